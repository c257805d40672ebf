"""What may stand in the header of each kind of file; the reference in docs/ is written from here."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from tipsheet.documents import written
from tipsheet.fields import (
    Address,
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
)
from tipsheet.model.audience import EVERYONE

__all__ = [
    "ActionTable",
    "ArticleTable",
    "AuthorTable",
    "ImageTable",
    "IssueTable",
    "LinkTable",
    "NoteTable",
    "PostTable",
    "ReprintTable",
    "WelcomeTable",
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


Wait = Annotated[int, BeforeValidator(_seconds), WithJsonSchema({"type": "string", "examples": ["12h", "3d", "2w"]})]
"""How long after something, in seconds."""

Wordings = Annotated[
    dict[str, Annotated[OneLine, Field(max_length=160)]],
    BeforeValidator(_by_audience),
    AfterValidator(_for_segments),
    WithJsonSchema(
        {"oneOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}]},
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
    """Where a republished piece stood first."""

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
    """What issues and articles have in common."""

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
    draft: bool = _DRAFT


class IssueTable(PostTable):
    """Header of an issue: `content/tipsheets/<year>/<date>-<slug>.md`."""

    number: Whole | None = Field(None, ge=1, description="Running number")
    audience: AudienceField = _AUDIENCE
    subject: Wordings = _SUBJECT
    preheader: Wordings = _PREHEADER


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


class ActionTable(Table):
    """Header of an evergreen action: `content/actions/<name>.md`."""

    id: Identifier = Field(description="Name that never changes")
    title: OneLine = Field(max_length=120, description="The action as a sentence that starts the work")
    minutes: Whole | None = Field(None, ge=1, le=600, description="Minutes it takes")
    tags: Words = Field((), description="Tags")
    audience: AudienceField = Field(EVERYONE, alias="for", description="Segments it is for")


class AuthorTable(Table):
    """An entry of `content/authors.yml`."""

    name: OneLine = Field(description="Full name")
    role: OneLine = Field(OPTIONAL, description="What they do here", validate_default=False)
    bio: OneLine = Field(OPTIONAL, description="Two or three sentences, plain text", validate_default=False)
    email: Address = Field(OPTIONAL, description="Address that readers may use", validate_default=False)
    url: WebAddress = Field(OPTIONAL, description="Their own site", validate_default=False)
    image: ImageTable | None = Field(None, description="Portrait, relative to the content folder")
