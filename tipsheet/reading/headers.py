"""The headers of issues and articles, read before any body so that every address is known."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from tipsheet.documents import Document
from tipsheet.fields import read_table
from tipsheet.model.addresses import slug_of
from tipsheet.problems import Problem, Where
from tipsheet.reading.published import WELCOME_FILE
from tipsheet.reading.sources import Source
from tipsheet.reading.tables import ActionTable, ArticleTable, IssueTable, NoteTable, PostTable, WelcomeTable
from tipsheet.settings import Settings

__all__ = ["Headed", "read_post_header", "strange_to_pages"]

DATED = re.compile(r"\d{4}-\d{2}-\d{2}-")
FOLDER = {"issue": "issues", "article": "articles"}
TABLES: Mapping[str, type[PostTable | WelcomeTable]] = {
    "issue": IssueTable, "article": ArticleTable, "welcome": WelcomeTable,
}  # fmt: skip
WELCOME = "welcome"
"""Id of the letter that comes at once, and what those of the later ones begin with."""

PostKind = Literal["issue", "article", "welcome"]
"""Kinds of files that `Headed` is made of."""

OF_PAGES = frozenset(
    {"title", "description", "tags", "authors", "image", "slug", "aliases", "number", "minutes", "more"}
)
"""Keys that MkDocs, Material or one of their plugins gives a meaning in the header of an ordinary page."""
OF_POSTS = (
    frozenset(
        str(field.alias or name)
        for table in (IssueTable, ArticleTable, NoteTable, ActionTable, WelcomeTable)
        for name, field in table.model_fields.items()
    )
    - OF_PAGES
)
_KEY = re.compile(r"""["']?([A-Za-z][A-Za-z0-9_ -]*?)["']?\s*:(?:\s|$)""")
_DELIMITERS = re.compile(r"(?:-{3}|\.{3})\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Headed:
    """A post whose header is read; ``table`` is None when it has mistakes, and the body is read all the same.

    A welcome letter has neither an address nor a moment of publication; its ``slug`` is its id.
    """

    source: Source
    table: PostTable | WelcomeTable | None
    kind: PostKind
    slug: str
    published: dt.datetime | None

    @property
    def url(self) -> str:
        """Address of the page, relative to the site's root."""
        return f"{FOLDER[self.kind]}/{self.slug}/" if self.kind in FOLDER else ""


def read_post_header(kind: PostKind, source: Source, settings: Settings, problems: list[Problem]) -> Headed:
    """Read the header of a post; mistakes go to ``problems``."""
    table: PostTable | WelcomeTable | None = None
    if source.header is not None:
        what = "a welcome letter" if kind == "welcome" else f"an {kind}"
        table, found = read_table(TABLES[kind], source.header, what=f"the header of {what}", code="TS009")
        problems += found
    if kind == "welcome":
        first = source.name == WELCOME_FILE
        if isinstance(table, WelcomeTable) and source.header is not None and (table.after is None) is not first:
            problems.append(_wait_problem(source.header, first=first))
        name = WELCOME if first else f"{WELCOME}-{slug_of(source.stem)}"
        return Headed(source=source, table=table, kind=kind, slug=name, published=None)
    assert not isinstance(table, WelcomeTable)  # noqa: S101 - see TABLES
    slug = (table.slug if table else None) or slug_of(DATED.sub("", source.stem))
    published = settings.schedule.moment(table.date, settings.time_zone) if table else None
    return Headed(source=source, table=table, kind=kind, slug=slug, published=published)


def _wait_problem(header: Document, *, first: bool) -> Problem:
    if first:
        message = f"{WELCOME_FILE} goes out at once, when a reader has confirmed: it waits for nothing"
        return Problem(header.place(("after",)), "TS675", message, "move it to welcome/, or delete the line")
    message = "a later letter says how long after the confirmation it comes"
    return Problem(header.place(()), "TS675", message, "add 'after: 3d', or the like")


def strange_to_pages(path: str, text: str) -> Iterator[Problem]:
    """A header that only a post has, in an ordinary page: a draft in the wrong folder would be published (K3).

    It is looked for in lines, so that one that is not YAML counts as well. MkDocs takes lines of `key: value` at the
    top for a header too, without a line of hyphens before them.
    """
    for number, line in _header_lines(text):
        key = _KEY.match(line)
        if key and key[1].lower() in OF_POSTS:
            message = f"'{key[1]}' is for issues, articles, notes and actions; this is an ordinary page, which all see"
            yield Problem(Where(path, number), "TS022", message, "move the file to its folder, or delete the line")
            return


def _header_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines of whatever MkDocs may take for a header, with their numbers."""
    lines = text.lstrip("\ufeff").split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    marked = bool(_DELIMITERS.fullmatch(lines[first]))
    for number, line in enumerate(lines[first + marked :], first + marked + 1):
        if _DELIMITERS.fullmatch(line) or not (marked or line.strip()) or not (marked or _KEY.match(line.lstrip())):
            return
        yield number, line if marked else line.lstrip()
