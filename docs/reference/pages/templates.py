"""The page for those who write templates: blocks and values, read from ours."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from jinja2 import Environment, nodes

from docs.reference.pages.markdown import code, grid, page
from tipsheet.edition.service import MAILS
from tipsheet.model.placeholders import OPEN
from tipsheet.model.publication import Masthead
from tipsheet.rendering.email.contents import Contents
from tipsheet.site.face import Face
from tipsheet.site.page import SitePage

__all__ = ["templates"]

WORDS = ("subject", "preheader", "title", "body")
WORDS_MAY_ASK = ("name", "promise", "host", "service", "letter", "words")
TEMPLATES = Path(__file__).parents[3] / "tipsheet" / "templates"

BLOCK_WORDS = {
    "site_meta": "Description, canonical address, feeds, social cards, icon",
    "htmltitle": "The title of the window",
    "styles": "Style sheets",
    "extrahead": "Our script: ticks, copying, printing; pages work without it",
    "scripts": "Material's script, which waits until it is asked for, unless a template fills this",
    "site_nav": "Empty: menus are in the header",
    "container": "The column and what follows it",
    "page": "All of a page of ours",
    "content": "The text of an ordinary page",
    "after": "The strip that invites to subscribe",
    "head": "Empty: the end of the head",
    "web": "The link to the page in a browser",
    "masthead": "Mark, name, number, date, tagline",
    "notes": "Notes in force",
    "title": "Title, byline, and the line that announces the action",
    "cover": "The picture and its credit",
    "body": "Text, action, events",
    "republished": "Where the piece stood first",
    "more": "More on the web",
    "foot": "The foot, which holds the next two",
    "letters": "Answer, forward, get your own copy, archive",
    "imprint": "Date, copyright, postal address, unsubscribe. The law asks for it: keep it",
}


def templates() -> str:
    """What an override may fill, and what it may ask for."""
    pages = sorted(
        p.name for p in (TEMPLATES / "site").glob("*.html") if p.name not in {"main.html", "face.html", "moved.html"}
    )
    partials = sorted(f"partials/{p.name}" for p in (TEMPLATES / "site/partials").glob("*.html"))
    return page(
        "Templates",
        "Templates are Jinja. A file of the same name in your `theme.custom_dir` stands in for ours. "
        "[Change the look](../how-to/change-the-look.md) shows how, with examples that a test builds.",
        "## The site",
        "`overrides/main.html` extends `face.html` and may fill its blocks, on every page:",
        grid(("block of `face.html`", "what is in it"), block_rows("site/face.html")),
        "Blocks of Material for MkDocs that ours leave alone, such as `libs`, may be filled as well. With `libs` or "
        "`scripts` in a template of yours every page has Material's script and sheets whole. One page is changed by a "
        "file of its name that extends `main.html`:",
        grid(("template", "its blocks"), ([code(p), blocks_in(f"site/{p}")] for p in pages)),
        f"Smaller parts are replaced whole: {', '.join(map(code, partials))}.",
        "### `face`: what every page may ask for",
        value_grid(Face),
        "### `face.masthead`",
        value_grid(Masthead),
        "### `sheet`: the page, when it is one of ours",
        value_grid(SitePage),
        "On ordinary pages `sheet` is empty and MkDocs' `page` is there. What a page's own template has beside these "
        "is in `context`; the templates themselves show it. `face.words('archive')` is a text of ours in the "
        "publication's language, `face.words.html` fills values into one and `face.words.count` a number; "
        "`tipsheet/words/en.toml` lists them.",
        "## The mail",
        "`overrides/email/main.html` extends `email/base.html` and may fill its blocks. Markup stays in whole rows of "
        "the table: `<tr><td>…</td></tr>`. An unknown name is an error (TS601).",
        grid(("block of `email/base.html`", "what is in it"), block_rows("email/base.html")),
        f"Beside the letter there are {', '.join(map(code, mail_values()))}. `email/inline.css` is written into the "
        "elements, `email/head.css` stays a style sheet for dark mode and small screens; either may be replaced whole. "
        "`words('more')` is a text of ours in the publication's language, `words.html` fills values into one and "
        "`words.count` a number; `tipsheet/words/en.toml` lists them.",
        "### `letter`",
        value_grid(Contents),
        f"`letter` also has {', '.join(code(name) for name in properties(Contents))}; `letter.url(path)` makes an "
        "address absolute, and `letter.isolated(text)` keeps a name apart that runs against the letter. Sheets are "
        "written for letters that run to the right; for one that runs to the left they are mirrored, and a template "
        "asks for its sides by `letter.start` and `letter.end`.",
        "## Letters of the service",
        f"Their words stand in `overrides/email/service/<name>.html`: {', '.join(map(code, MAILS))}. Such a file has "
        f"four blocks, {', '.join(map(code, WORDS))}. The body is HTML; both parts of the mail are made of it. A "
        'link with `class="cta"` alone in its paragraph is a button. '
        f"A file may ask for {', '.join(map(code, WORDS_MAY_ASK))}, and `slot(name)` is what the service fills in: "
        f"{', '.join(map(code, OPEN))}. Around the words stands `overrides/email/main.html`, as around every letter; "
        "`overrides/email/service.html` may replace how.",
        "## Pages of the service",
        f"`overrides/service/<name>.html` stands in for ours: {', '.join(map(code, service_pages()))}. They extend "
        "`service/frame.html` and fill its blocks `title` and `content`, once, at build. `slot(name)` is a value of "
        "the service, `when(name)` and `unless(name)` open a part that a flag shows or hides, and `end()` closes it. "
        "They may ask for `service` (what stands in `service.json`, without issues and plan), `frame`, `language`, "
        "`words` and `assets`. The classes that pages are made of are listed at the top of `service/service.css`. "
        "Pages hold no script and no style of their own: browsers are told not to run them.",
    )


def service_pages() -> list[str]:
    """The pages of the service that may be replaced."""
    return sorted(path.name for path in (TEMPLATES / "service").glob("*.html") if path.name != "frame.html")


def parsed(name: str) -> nodes.Template:
    """A template of ours, read by Jinja."""
    return Environment(autoescape=True).parse((TEMPLATES / name).read_text(encoding="utf-8"))


def block_rows(name: str) -> Iterator[list[str]]:
    """A row for each block of a template."""
    for block in parsed(name).find_all(nodes.Block):
        yield [code(block.name), f"{BLOCK_WORDS[block.name]}."]


def blocks_in(name: str) -> str:
    """The blocks of a template in one line."""
    return ", ".join(code(block.name) for block in parsed(name).find_all(nodes.Block))


def mail_values() -> list[str]:
    """The names that the letter uses besides `letter`."""
    called = {name.name for name in parsed("email/base.html").find_all(nodes.Name) if name.ctx == "load"}
    return sorted(called & {"issue", "masthead", "light", "dark", "width", "words", "prose"})


def value_grid(record: type) -> str:
    """The fields of a record that templates see."""
    rows = ([code(f.name), code(type_name(f.type))] for f in fields(record))
    return grid(("name", "type"), rows)


def type_name(annotation: Any) -> str:
    """A type without the names of modules."""
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return re.sub(r"\b(?:\w+\.)+(\w+)", r"\1", text)


def properties(record: type) -> list[str]:
    """What a record works out."""
    return [name for name, value in vars(record).items() if isinstance(value, property)]
