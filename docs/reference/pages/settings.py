"""The page of settings, from the tables that read mkdocs.yml."""

from collections.abc import Iterator

from pydantic.fields import FieldInfo

from docs.reference.pages.markdown import code, grid, page
from docs.reference.pages.tables import field_grid, summary, table_in
from tipsheet.reading.conversion import DIALECT
from tipsheet.settings.look import PAIRS, DarkTones, Look, Tones
from tipsheet.settings.rules import AttributeTable, SegmentTable
from tipsheet.settings.tables import LanguageTable, PluginTable

__all__ = ["SITE_SETTINGS", "settings"]

SITE_SETTINGS = (
    ("site_name", "**required**", "Name of the publication."),
    (
        "site_url",
        "**required**",
        "Where the site will be, with `https://`. A path (`https://example.org/letter/`) works.",
    ),
    ("site_description", "the tagline", "What the publication is, in a sentence."),
    ("copyright", "", "Line in the foot of site and mail."),
    ("docs_dir", "`content`", "Folder of the content."),
    (
        "use_directory_urls",
        "`true`",
        "With `false` an ordinary page is `about.html`, not `about/`. Issues, articles and lists keep their addresses.",
    ),
    ("theme.language", "`en`", "Language of the publication, such as `de` or `pt-BR`."),
    ("theme.custom_dir", "", "Folder of your own templates and drawings; see [templates](templates.md)."),
    ("theme.palette", "", "`primary: custom` and `accent: custom` leave the colours to `look:` below."),
    ("markdown_extensions", "", f"Extensions besides those that are always on: {', '.join(map(code, DIALECT))}."),
    (
        "extra.segments",
        "",
        (
            "For each public segment a `name` and a `line` for the home page and the subscribe page, and `join`, the "
            "words of the button on its own page."
        ),
    ),
    (
        "extra.whole_material",
        "`false`",
        (
            "With `true` every page has Material's script and style sheets whole, from the start; see "
            "[change the look](../how-to/change-the-look.md#materials-script-and-sheets)."
        ),
    ),
)


TONES = {
    "paper": "Ground of the page",
    "sheet": "Ground of the letter and of forms",
    "wash": "Ground of quiet panels, such as notes",
    "ink": "Text",
    "soft": "Text of less weight, such as dates",
    "edge": "Borders of controls",
    "hair": "Thin lines",
    "spruce": "Links and buttons",
    "spruce_hover": "The same under the pointer",
    "on_spruce": "Text on buttons",
    "gold": "Ground of the action",
    "on_gold": "Text of the action",
    "on_gold_soft": "Small print of the action",
    "error": "What is wrong with a form",
}


NOTES = {
    "mail": "A letter says how to unsubscribe as far as it is set up here or under [service](#service), in its head "
    "and its foot. Until something is set up, letters go to nobody but you.",
    "subscribe": "The form posts `email`, `first_name`, `last_name`, `segments` (several) and `consent`. A field named "
    "`website` is there for robots: a person leaves it empty. With `service.url` the form posts to `tipsheet web`.",
}


def settings() -> str:
    """Every key of mkdocs.yml that tipsheet reads."""
    entry = PluginTable
    parts = [part for name, field in entry.model_fields.items() for part in settings_section(name, field)]
    return page(
        "Settings",
        "Everything is set in `mkdocs.yml`. `tipsheet check` names the line of every mistake in it. "
        "The [sample publication's file](../../mkdocs.yml) uses most of this.",
        "## What tipsheet reads of MkDocs' own settings",
        grid(("key", "default", "what it is"), ([code(key), default, words] for key, default, words in SITE_SETTINGS)),
        "MkDocs and Material for MkDocs know more of them; those work for ordinary pages as usual.",
        "## The `tipsheet` entry under `plugins:`",
        field_grid(entry),
        *parts,
        "## `languages:`",
        "A list of codes, such as `[de, pt-BR]`, or a mapping of codes to the publication's own words in each "
        "language. See [Write in several languages](../how-to/write-in-several-languages.md).",
        field_grid(LanguageTable),
        "## `attributes:`",
        "Each has a name of your own. A [rule](rules.md) may ask for it, and so may a text: `@@city or your town@@`.",
        field_grid(AttributeTable),
        "## `segments:`",
        "Each has a name of your own: small letters, digits, hyphens. [Rules](rules.md) have a page of their own.",
        field_grid(SegmentTable),
    )


def settings_section(name: str, field: FieldInfo) -> Iterator[str]:
    """A setting that is a table of its own, if it is."""
    table = table_in(field.annotation)
    if table is None:
        return
    yield f"## `{name}:`"
    yield summary(table)
    yield field_grid(table)
    if name in NOTES:
        yield NOTES[name]
    if table is Look:
        yield tones()
        return
    for inner, inner_field in table.model_fields.items():
        yield from settings_section(f"{name}: {inner}", inner_field)


def tones() -> str:
    """The colours of both schemes."""
    words = (
        "### `look: light:` and `look: dark:`\n\nA scheme may name some of its colours; the others stay. "
        "Pages of the site and the service, letters and share pictures take them from here. A colour with less "
        "contrast than it needs is moved towards black or white."
    )
    light, dark = Tones().model_dump(), DarkTones().model_dump()
    needed = {name: f"{', '.join(map(code, grounds))}: {floor:g} to 1" for name, grounds, floor in PAIRS}
    rows = ([code(k), code(light[k]), code(dark[k]), f"{TONES[k]}.", needed.get(k, "")] for k in light)
    return f"{words}\n\n{grid(('key', 'light', 'dark', 'where it stands', 'contrast, at least, on'), rows)}"
