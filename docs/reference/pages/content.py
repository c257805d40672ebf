"""The pages about what an editor writes: headers and blocks."""

from collections.abc import Iterable, Mapping

from docs.reference.pages.markdown import code, fenced, page
from docs.reference.pages.tables import field_grid, summary
from tipsheet.blocks import BLOCKS
from tipsheet.fields import Table
from tipsheet.reading import authors
from tipsheet.reading import headers as headers_of
from tipsheet.reading.conversion import DIALECT
from tipsheet.settings.rules import READER_FIELDS

__all__ = ["blocks", "headers"]


def headers() -> str:
    """What may stand in the header of each kind of file."""
    tables: Mapping[str, type[Table]] = {
        "An issue": headers_of.IssueTable,
        "An article": headers_of.ArticleTable,
        "A translation": headers_of.TranslationTable,
        "A welcome letter": headers_of.WelcomeTable,
        "A note": headers_of.NoteTable,
        "A note's translation": headers_of.NoteTranslationTable,
        "An action of the library": headers_of.ActionTable,
        "An action's translation": headers_of.ActionTranslationTable,
        "An author": authors.AuthorTable,
        "An entry of an author's `languages:`": authors.AuthorWordsTable,
        "`image:`": headers_of.ImageTable,
        "`republished:`": headers_of.ReprintTable,
        "An entry of `more:`": headers_of.LinkTable,
    }
    return page(
        "Headers",
        "The header of a file stands between two lines of `---` at its very top. It is YAML. An unknown key is a "
        "mistake (TS004), so that a slip of the keyboard is never passed over.",
        *(f"## {title}\n\n{summary(table)}\n\n{field_grid(table)}" for title, table in tables.items()),
        "## An ordinary page",
        "Other Markdown files in the content folder, such as `about.md`, are MkDocs pages. Their header is optional; "
        f"`title` and `description` are used. {_and(f'`{k.name}`' for k in BLOCKS.values() if 'page' in k.stands_in)} "
        "blocks may stand in them.",
    )


def _and(words: Iterable[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def blocks() -> str:
    """Every kind of block, merge fields, and Markdown."""
    return page(
        "Blocks",
        "A block begins and ends with a line of slashes. A blank line follows its header, and another stands before "
        "its end, so that formatters leave it alone. A block around another has one slash more.",
        fenced('/// name | Title { key=value other="two words" }\n\nMarkdown.\n\n///', "text"),
        *(block_section(name) for name in BLOCKS),
        "## Merge fields",
        f"`@@first_name or there@@` is filled for each reader; the site, the feeds and readers without a name show "
        f"what stands after `or`. Fields are {', '.join(map(code, READER_FIELDS))} and the attributes that "
        "`mkdocs.yml` declares. They may stand in the body and in `subject:`.",
        "## Markdown",
        f"Bodies are read by Python-Markdown with {', '.join(map(code, DIALECT))}. Lists are read as CommonMark reads "
        "them: nesting by two or three spaces works. Two classes have a meaning of their own:",
        fenced(
            "[Reserve a seat](https://example.org/seats){ .cta }\n\n> What happens if nothing changes?\n{ .ask }",
            "markdown",
        ),
        "A link with `.cta` that stands alone in its paragraph is a button. A quotation with `.ask` is the question of "
        "the issue, set large. `<cite>` in a quotation says whose words they are.",
    )


def block_section(name: str) -> str:
    """One kind of block."""
    kind = BLOCKS[name]
    rows = field_grid(kind.options) if kind.options.model_fields else "It has no options."
    holds = f"Inside may stand: {', '.join(sorted(kind.holds))}." if kind.holds else ""
    parts = (
        f"## {name}",
        kind.summary,
        fenced(kind.example, "text"),
        f"After the bar: {kind.argument.value}.",
        rows,
        holds,
    )
    return "\n\n".join(part for part in parts if part)
