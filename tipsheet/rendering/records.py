"""Models of the documents that `tipsheet.rendering.data` writes; the schemas are generated from them."""

import datetime as dt
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "ActionRecord", "ActionsDocument", "BlockRecord", "Document", "Happening", "IssueRecord", "IssuesDocument",
    "Occurrence", "Person", "Picture", "Record", "Task",
]  # fmt: skip

URI: dict[str, Any] = {"format": "uri"}


class Record(BaseModel):
    """A part of a document; nothing that is not described here stands in one."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, defer_build=True)


class Person(Record):
    """An author."""

    name: str
    url: str = Field(description="Page of the author", json_schema_extra=URI)


class Picture(Record):
    """The picture of an issue."""

    url: str = Field(json_schema_extra=URI)
    alt: str = Field(description="What it shows")
    width: int = Field(description="px")
    height: int = Field(description="px")
    credit: str = Field(description="Who made it; may be empty")
    licence: str = Field(description="Under which terms; may be empty")


class Task(Record):
    """The action of an issue."""

    id: str = Field(description="Name that never changes; details are in actions.json")
    title: str
    minutes: int | None = Field(description="Minutes it takes to do")
    due: dt.date | None = Field(description="Day by which it is worth doing, in the publication's time zone")
    url: str = Field(description="Its place on the issue's page", json_schema_extra=URI)


class Happening(Record):
    """An event that an issue tells of."""

    id: str
    name: str
    starts: dt.datetime | dt.date = Field(description="A moment; or a day, when the event is of whole days")
    ends: dt.datetime | dt.date | None = Field(description="A moment; or the last day")
    time_zone: str = Field(description="IANA name, or UTC")
    place: str
    price: str
    url: str = Field(description="Where to book or read more; may be empty")


class BlockRecord(Record):
    """A block of an issue that is neither its action nor an event."""

    kind: str = Field(description="Name of the kind of block")
    title: str = Field(description="May be empty")
    html: str


class IssueRecord(Record):
    """An issue as everyone reads it."""

    id: str = Field(description="Name that never changes")
    number: int | None
    title: str
    description: str
    url: str = Field(description="Its page", json_schema_extra=URI)
    permalink: str = Field(description="Address that survives a new title", json_schema_extra=URI)
    original: str | None = Field(description="Where a republished piece stood first")
    published: dt.datetime
    authors: tuple[Person, ...]
    tags: tuple[str, ...]
    reading_minutes: int
    image: Picture | None
    action: Task | None
    events: tuple[Happening, ...]
    blocks: tuple[BlockRecord, ...] = Field((), description="Other blocks; left out where there are none")


class Occurrence(Record):
    """An issue in which an action stood."""

    issue: str = Field(description="id of the issue")
    title: str
    url: str = Field(description="The place on the issue's page", json_schema_extra=URI)
    published: dt.datetime
    due: dt.date | None


class ActionRecord(Record):
    """An action of the library."""

    id: str = Field(description="Name that never changes")
    title: str
    url: str = Field(description="Where it stood last, or its place in the library", json_schema_extra=URI)
    minutes: int | None = Field(description="Minutes it takes to do")
    steps: tuple[str, ...] = Field(description="The steps as plain text")
    html: str = Field(description="The whole text with absolute addresses")
    tags: tuple[str, ...]
    everyone: bool = Field(description="Whether readers of no segment are given it")
    segments: tuple[str, ...] = Field(description="ids of the public segments whose readers are given it")
    calendar: str | None = Field(description="iCalendar file, while its day is still to come")
    appearances: tuple[Occurrence, ...] = Field(description="Oldest first; none while it waits for its turn")


class Document(Record):
    """The head of both documents."""

    json_schema: str = Field(alias="$schema", description="Address of this schema", json_schema_extra=URI)
    title: str = Field(description="Name of the publication")
    home_page_url: str = Field(json_schema_extra=URI)
    language: str = Field(description="BCP 47")


class IssuesDocument(Document):
    """Every issue that everyone was sent, newest first."""

    issues: tuple[IssueRecord, ...]


class ActionsDocument(Document):
    """Every action of the library: the newest first, then those that wait for their turn."""

    actions: tuple[ActionRecord, ...]
