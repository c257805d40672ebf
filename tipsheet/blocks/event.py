"""The kind of block ``event``: ``/// event | Listening workshop { starts=2027-01-25T18:00 place="Toronto" }``."""

import datetime as dt
from functools import partial
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from tipsheet.blocks.kind import Argument, BlockKind, Header, titled
from tipsheet.fields import AudienceField, Identifier, Moment, OneLine, Table, WebAddress, Zone
from tipsheet.model.addresses import slug_of
from tipsheet.model.audience import EVERYONE
from tipsheet.model.body import Event

__all__ = ["EVENT", "EventOptions"]


class EventOptions(Table):
    """Options of an event."""

    starts: Moment = Field(
        description="Day and time it begins, in the zone of `tz` or the publication; or a day, all of it"
    )
    ends: Moment | None = Field(None, description="Day and time it ends, or its last day")
    place: OneLine | None = Field(None, description="Where it is")
    url: WebAddress | None = Field(None, description="Where to reserve or read more")
    price: OneLine | None = Field(None, description="What it costs, in words")
    audience: AudienceField = Field(EVERYONE, alias="for", description="Segments that are told of it")
    tz: Zone | None = Field(None, description="IANA zone of the place, like Europe/Brussels")
    id: Identifier | None = Field(
        None, description="Name that never changes; default is made from the day and the title"
    )

    @model_validator(mode="after")
    def _in_order(self) -> "EventOptions":
        if self.ends is not None and isinstance(self.starts, dt.datetime) is not isinstance(self.ends, dt.datetime):
            raise ValueError("starts and ends are both days, or both days with a time")
        if self.ends is not None and _moment(self.ends, dt.UTC) < _moment(self.starts, dt.UTC):
            raise ValueError("the event ends before it starts")
        return self


def _moment(value: dt.date | dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    """An aware moment in the zone: of a day without a time its midnight, of a time with an offset the same moment."""
    if not isinstance(value, dt.datetime):
        return dt.datetime.combine(value, dt.time(), zone)
    return value.replace(tzinfo=zone) if value.tzinfo is None else value.astimezone(zone)


def _content(header: Header, html: str, zone: ZoneInfo) -> Event:
    options = header.options
    assert isinstance(options, EventOptions)  # noqa: S101 - read by the table of the kind
    zone = options.tz or zone
    starts, ends = (
        _moment(value, zone) if isinstance(value, dt.datetime) else value for value in (options.starts, options.ends)
    )
    assert starts is not None  # noqa: S101 - the table asks for it
    return Event(
        id=options.id or slug_of(f"{starts:%Y-%m-%d} {header.argument}"),
        name=header.argument,
        starts=starts,
        ends=ends,
        tz=dt.UTC if isinstance(starts, dt.datetime) else zone,
        place=options.place or "",
        url=options.url or "",
        price=options.price or "",
        html=html,
        audience=options.audience,
    )


EVENT = BlockKind(
    name="event",
    argument=Argument.TITLE,
    options=EventOptions,
    element=partial(titled, tag="aside"),
    content=_content,
    summary="Something at a place and time. It leaves the mail and is marked as past when its last day is over.",
    example="/// event | Listening workshop "
    '{ starts=2027-01-25T18:00 ends=2027-01-25T20:00 place="Toronto" for=toronto }\n\n'
    "Two hours, twelve seats.\n\n///",
)
