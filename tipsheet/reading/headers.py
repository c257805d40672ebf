"""Headers of content files and ``authors.yml``: the keys that each may hold, and their reading.

Headers are read before any body, so that every address is known. The reference in docs/ is written from the tables.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from tipsheet.documents import Document
from tipsheet.fields import (
    TEXT,
    AudienceField,
    Day,
    Identifier,
    Moment,
    OneLine,
    Table,
    WebAddress,
    Whole,
    Words,
    parse_audience,
    read_table,
)
from tipsheet.model.addresses import slug_of
from tipsheet.model.audience import EVERYONE
from tipsheet.model.language import folder_of, language_in, without_language
from tipsheet.model.post import UNDATED, Image
from tipsheet.problems import Problem, Where
from tipsheet.reading.published import WELCOME_FILE
from tipsheet.reading.sources import Source
from tipsheet.reading.targets import Targets
from tipsheet.scalars import written
from tipsheet.settings import Settings

__all__ = [
    "ActionTable",
    "ArticleTable",
    "Headed",
    "ImageTable",
    "IssueTable",
    "LinkTable",
    "NoteTable",
    "PostTable",
    "ReprintTable",
    "TranslationTable",
    "WelcomeTable",
    "Wordings",
    "credited",
    "read_post_header",
    "strange_to_pages",
]

OPTIONAL = ""
HOUR = 60 * 60
_UNITS = {"h": HOUR, "d": 24 * HOUR, "w": 7 * 24 * HOUR}
_YEAR = 366 * 24 * HOUR


def _by_audience(value: Any) -> Any:
    return value if isinstance(value, Mapping) else {"everyone": value}


def _for_segments(value: dict[str, str]) -> dict[str, str]:
    for name in value:
        if parse_audience(name).none_of:
            raise ValueError(f"'{name}' excludes; a wording is for segments or for everyone")
    return value


def _seconds(value: Any) -> int:
    """Seconds of a wait such as ``12h``, ``3d`` or ``2w``."""
    found = re.fullmatch(r"([1-9][0-9]{0,3}) ?([hdw])", str(written(value)).strip())
    if found is None or int(found[1]) * _UNITS[found[2]] > _YEAR:
        raise ValueError(f"'{value}' is not a time of hours, days or weeks like 12h, 3d or 2w, up to a year")
    return int(found[1]) * _UNITS[found[2]]


Wait = Annotated[int, BeforeValidator(_seconds), WithJsonSchema({**TEXT, "examples": ["12h", "3d", "2w"]})]
"""Seconds after a reader's confirmation."""

Wordings = Annotated[
    dict[str, Annotated[OneLine, Field(max_length=160)]],
    BeforeValidator(_by_audience),
    AfterValidator(_for_segments),
    WithJsonSchema(
        {"anyOf": [TEXT, {"type": "object", "additionalProperties": TEXT}]},
    ),
]
"""One text for everyone, or texts by audience: the first that is meant for a reader wins."""


class ImageTable(Table):
    """A credited picture."""

    src: OneLine = Field(description="File, relative to this one")
    alt: OneLine = Field(description="What it shows, for whoever does not see it")
    credit: OneLine = Field(OPTIONAL, description="Who made it", validate_default=False)
    credit_url: WebAddress = Field(OPTIONAL, description="Where the maker is found", validate_default=False)
    licence: OneLine = Field(OPTIONAL, description="Under which licence it is used", validate_default=False)


class ReprintTable(Table):
    """The first publication of a republished piece."""

    title: OneLine = Field(description="Title it had there")
    site: OneLine = Field(description="Name of the site")
    url: WebAddress = Field(description="Its address there, which becomes the canonical one")
    author: OneLine = Field(OPTIONAL, description="Who wrote it", validate_default=False)
    permission: OneLine = Field("with permission", description="With whose permission")


class LinkTable(Table):
    """An entry of "more on the web"."""

    title: OneLine = Field(description="What the reader finds there")
    url: OneLine = Field(description="Address, or a Markdown file relative to this one")


_TITLE = Field(max_length=120, description="Title, plain text")
_DESCRIPTION = Field(
    max_length=300, description="One sentence: summary, meta description, and preheader where none is given"
)
_COVER = Field(None, description="Cover picture")
_MORE = Field((), description="More on the web")
_DRAFT = Field(False, description="A draft appears nowhere")
_AUDIENCE = Field(EVERYONE, description="Who receives it at all: `everyone` or segments")
_SUBJECT: Any = Field(
    {},
    description="Subject of the mail if it differs from the title: a text, or texts by segment as in "
    "`{managers: …, everyone: …}`, of which the first that fits is sent; may hold merge fields",
)
_PREHEADER: Any = Field(
    {},
    description="Line of 40 to 130 characters that inboxes show beside the subject, if it differs from the "
    "description: a text, or texts by segment; may hold merge fields",
)


class PostTable(Table):
    """Keys that issues and articles have in common."""

    id: Identifier = Field(description="Never changes: the feed's guid, the Message-ID and the ledger hang on it")
    slug: Identifier | None = Field(
        None, description="Last part of the address; default is the file's name without its date"
    )
    title: OneLine = _TITLE
    date: Moment = Field(description="Day or moment of publication, in the publication's zone")
    description: OneLine = _DESCRIPTION
    authors: Words = Field(min_length=1, description="Ids from authors.yml")
    tags: Words = Field((), description="Tags")
    image: ImageTable | None = _COVER
    republished: ReprintTable | None = Field(None, description="Where it stood first, if it did")
    more: tuple[LinkTable, ...] = _MORE
    aliases: tuple[Identifier, ...] = Field((), description="Earlier slugs, which lead here")
    once_for: tuple[Identifier, ...] = Field(
        (), description="Public segments that once read another text here; the address of theirs leads on"
    )
    draft: bool = _DRAFT


class IssueTable(PostTable):
    """Header of an issue: `content/tipsheets/<year>/<date>-<slug>.md`."""

    number: Whole | None = Field(None, ge=1, description="Running number")
    archived: bool = Field(False, description="Its readers had it before it came here: no letter of it is made or sent")
    audience: AudienceField = _AUDIENCE
    subject: Wordings = _SUBJECT
    preheader: Wordings = _PREHEADER


_REPEATED = "That of the original, if it is repeated"


class TranslationTable(IssueTable):
    """Header of a translation: `<name>.<language>.md` beside `<name>.md`, whose facts it shares."""

    id: Identifier = Field("", validate_default=False, description=_REPEATED)
    date: Moment = Field(UNDATED, validate_default=False, description=_REPEATED)
    authors: Words = Field((), description="Ids from authors.yml; default is those of the original")


class WelcomeTable(Table):
    """Header of a letter that follows a confirmation: `content/welcome.md`, and `content/welcome/<name>.md`."""

    after: Wait | None = Field(
        None,
        description="How long after the confirmation a later letter is sent, like `12h`, `3d` or `2w`; "
        "`content/welcome.md` has none",
    )
    imported: bool = Field(False, description="It is for readers who come by an import as well")
    title: OneLine = _TITLE
    description: OneLine = _DESCRIPTION
    authors: Words = Field((), description="Ids from authors.yml")
    image: ImageTable | None = _COVER
    more: tuple[LinkTable, ...] = _MORE
    audience: AudienceField = _AUDIENCE
    subject: Wordings = _SUBJECT
    preheader: Wordings = _PREHEADER
    draft: bool = _DRAFT


class ArticleTable(PostTable):
    """Header of an article: `content/articles/<slug>.md`."""


class NoteTable(Table):
    """Header of a note: `content/notes/<name>.md`."""

    id: Identifier = Field(description="Name that never changes")
    title: OneLine = Field(max_length=120, description="Heading of the notice")
    starts: Day = Field(alias="from", description="First day on which an issue carries it")
    expires: Day = Field(description="Last day on which an issue carries it")
    audience: AudienceField = Field(EVERYONE, alias="for", description="Segments that are told")

    @model_validator(mode="after")
    def _in_order(self) -> "NoteTable":
        if self.expires < self.starts:
            raise ValueError("the note expires before it begins")
        return self


class NoteTranslationTable(Table):
    """Header of a note's translation, `content/notes/<name>.<language>.md`, whose facts are those of `<name>.md`."""

    id: Identifier = Field("", validate_default=False, description=_REPEATED)
    title: OneLine = Field(max_length=120, description="Heading of the notice")
    starts: Day | None = Field(None, alias="from", description=_REPEATED)
    expires: Day | None = Field(None, description=_REPEATED)
    audience: AudienceField = Field(EVERYONE, alias="for", description=_REPEATED)


class ActionTable(Table):
    """Header of an evergreen action: `content/actions/<name>.md`."""

    id: Identifier = Field(description="Name that never changes")
    title: OneLine = Field(max_length=120, description="The action as a sentence that starts the work")
    minutes: Whole | None = Field(None, ge=1, le=600, description="Minutes it takes")
    tags: Words = Field((), description="Tags")
    audience: AudienceField = Field(EVERYONE, alias="for", description="Segments it is for")


class ActionTranslationTable(ActionTable):
    """Header of a translation, `content/actions/<name>.<language>.md`, whose facts are those of `<name>.md`."""

    id: Identifier = Field("", validate_default=False, description=_REPEATED)


DATED = re.compile(r"\d{4}-\d{2}-\d{2}-")
FOLDER = {"issue": "issues", "article": "articles"}
TABLES: Mapping[str, type[PostTable | WelcomeTable]] = {
    "issue": IssueTable, "article": ArticleTable, "welcome": WelcomeTable,
}  # fmt: skip
WELCOME = "welcome"
"""Id of the letter that comes at once, and the beginning of the ids of later ones."""

PostKind = Literal["issue", "article", "welcome"]

_OF_PAGES = frozenset(
    {"title", "description", "tags", "authors", "image", "slug", "aliases", "number", "minutes", "more"}
)
"""Keys that MkDocs, Material or one of their plugins gives a meaning in the header of an ordinary page."""
_OF_POSTS = (
    frozenset(
        str(field.alias or name)
        for table in (IssueTable, ArticleTable, NoteTable, ActionTable, WelcomeTable)
        for name, field in table.model_fields.items()
    )
    - _OF_PAGES
)
_KEY = re.compile(r"""["']?([A-Za-z][A-Za-z0-9_ -]*?)["']?\s*:(?:\s|$)""")
_DELIMITERS = re.compile(r"(?:-{3}|\.{3})\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Headed:
    """A post whose header is read; ``table`` is None when it has mistakes, and the body is read all the same.

    ``language`` is that of a translation, and empty for anything else.

    A welcome letter has neither an address nor a moment of publication; its ``slug`` is its id.
    """

    source: Source
    table: PostTable | WelcomeTable | None
    kind: PostKind
    slug: str
    published: dt.datetime | None
    language: str = ""

    @property
    def url(self) -> str:
        """Address of the page, relative to the site's root."""
        return f"{folder_of(self.language)}{FOLDER[self.kind]}/{self.slug}/" if self.kind in FOLDER else ""


def read_post_header(kind: PostKind, source: Source, settings: Settings, problems: list[Problem]) -> Headed:
    """Read the header of a post; mistakes go to ``problems``."""
    language = language_in(source.name, settings.languages)
    stem = without_language(source.stem, language)
    table: PostTable | WelcomeTable | None = None
    if source.header is not None:
        what, form = "a welcome letter" if kind == "welcome" else f"an {kind}", TABLES[kind]
        if language and kind != "welcome":
            what, form = "a translation", TranslationTable
        table, found = read_table(form, source.header, what=f"the header of {what}", code="TS009")
        problems += found
    if kind == "welcome":
        first = "/" not in source.name
        wrong = isinstance(table, WelcomeTable) and (table.after is None) is not first and (first or not language)
        if wrong and source.header is not None:
            problems.append(_wait_problem(source.header, first=first))
        name = WELCOME if first else f"{WELCOME}-{slug_of(stem)}"
        return Headed(source=source, table=table, kind=kind, slug=name, published=None, language=language)
    assert not isinstance(table, WelcomeTable)  # noqa: S101 - see TABLES
    slug = (table.slug if table else None) or slug_of(DATED.sub("", stem))
    published = settings.schedule.moment(table.date, settings.time_zone) if table and table.date != UNDATED else None
    return Headed(source=source, table=table, kind=kind, slug=slug, published=published, language=language)


def _wait_problem(header: Document, *, first: bool) -> Problem:
    if first:
        message = f"{WELCOME_FILE} goes out at once, when a reader has confirmed: it waits for nothing"
        return Problem(header.place(("after",)), "TS675", message, "move it to welcome/, or delete the line")
    message = "a later letter says how long after the confirmation it comes"
    return Problem(header.place(()), "TS675", message, "add 'after: 3d', or the like")


def strange_to_pages(path: str, text: str) -> Iterator[Problem]:
    """A header that only a post has, in an ordinary page: a draft in the wrong folder would be published (K3).

    Lines are compared, so that a header that is not YAML counts as well. MkDocs takes lines of `key: value` at the top
    for a header too, without a line of hyphens before them.
    """
    for number, line in _header_lines(text):
        key = _KEY.match(line)
        if key and key[1].lower() in _OF_POSTS:
            message = f"'{key[1]}' is for issues, articles, notes and actions; this is an ordinary page, which all see"
            yield Problem(Where(path, number), "TS022", message, "move the file to its folder, or delete the line")
            return


def _header_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that MkDocs may take for a header, with their numbers."""
    lines = text.lstrip("\ufeff").split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    marked = bool(_DELIMITERS.fullmatch(lines[first]))
    for number, line in enumerate(lines[first + marked :], first + marked + 1):
        if _DELIMITERS.fullmatch(line) or not (marked or line.strip()) or not (marked or _KEY.match(line.lstrip())):
            return
        yield number, line if marked else line.lstrip()


def credited(
    table: ImageTable | None, targets: Targets, name: str, where: Where, problems: list[Problem]
) -> Image | None:
    """The picture that a header in the file ``name`` names, with its credit; mistakes go to ``problems``."""
    if table is None:
        return None
    image, problem = targets.image(table.src, table.alt, name, where)
    problems += [problem] if problem else []
    return image and replace(image, credit=table.credit, credit_url=table.credit_url, licence=table.licence)
