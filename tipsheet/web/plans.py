"""My plan, and "done": ``/plan/<token>.ics`` and ``/done/<action>`` (W13).

A reader's calendar holds the actions and events for the segments that they are in now (RFC 5545). An action is a
VTODO, and on the day it is due a VEVENT as well, since few programs show the tasks of a calendar that one subscribes
to. Moments are in UTC, and nothing in it depends on when it is asked for. A calendar that was ended, or whose reader
left, is 410, upon which programs stop asking.

That somebody has done an action is counted for the action and the month. Nothing else is kept; how often a network
tells so is limited in memory.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

import icalendar
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from tipsheet.audience.counts import count_done, done_counts
from tipsheet.audience.preferences import calendar_reader
from tipsheet.edition.plan import EntryKind, PlanEntry, plan_for, segments_among
from tipsheet.edition.service import ServiceRecord
from tipsheet.store.database import writing
from tipsheet.web.guards import client_address
from tipsheet.web.limits import NetworkLimit
from tipsheet.web.readers import answer
from tipsheet.web.service import Service

__all__ = ["plan_calendar", "routes"]

PRODUCT = "-//tipsheet//my plan//EN"
REFRESH = dt.timedelta(hours=12)
MAX_AGE = 3600
TELLERS = "5/day"
"""How often one network is counted for one action: a family or an office, and no machine."""


def routes(service: Service) -> Blueprint:
    """The calendar of one reader; and where the publication wants it, a button that says that an action was done."""
    blueprint = Blueprint("plans", __name__)
    limit = NetworkLimit(TELLERS)

    @blueprint.get("/plan/<token>.ics")
    def plan(token: str) -> ResponseReturnValue:
        return _calendar(service, token)

    @blueprint.get("/done/<action>")
    def ask(action: str) -> ResponseReturnValue:
        title = _title(service.record, action)
        return answer(service, "unknown", status=404) if title is None else _done(service, action, title)

    @blueprint.post("/done/<action>")
    def tell(action: str) -> ResponseReturnValue:
        title = _title(service.record, action)
        if title is None:
            return answer(service, "unknown", status=404)
        if limit.allows(client_address(request, service.trusted_hops), action):
            month = service.clock().astimezone(ZoneInfo(service.record.time_zone)).strftime("%Y-%m")
            with writing(service.engine) as connection:
                count_done(connection, action, month)
        return _done(service, action, title, told=True)

    return blueprint


def plan_calendar(record: ServiceRecord, entries: Iterable[PlanEntry]) -> bytes:
    """The calendar with these entries; the same entries give the same bytes."""
    whole = icalendar.Calendar()
    name = f"{record.name}: my plan"
    for field, value in (
        ("prodid", PRODUCT), ("version", "2.0"), ("calscale", "GREGORIAN"), ("method", "PUBLISH"), ("name", name),
        ("x-wr-calname", name), ("url", f"{record.site}/"),
    ):  # fmt: skip
        whole.add(field, value)
    for field in ("refresh-interval", "x-published-ttl"):
        whole.add(field, REFRESH, {"value": "DURATION"})
    for entry in entries:
        for component in _components(entry):
            whole.add_component(component)
    return bytes(whole.to_ical())


def _calendar(service: Service, token: str) -> Response:
    record, calendar_id = service.record, service.secret.calendar_id(token)
    if calendar_id is None:
        return answer(service, "unknown", status=404)
    with service.engine.connect() as connection:
        reader = calendar_reader(connection, calendar_id)
    if reader is None:
        return answer(service, "unknown", status=410)
    document = plan_calendar(record, plan_for(record.plan, segments_among(record.rules, reader)))
    response = Response(document, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'inline; filename="my-plan.ics"'
    response.cache_control.private = True
    response.cache_control.max_age = MAX_AGE
    response.add_etag()
    response.make_conditional(request)
    return response


def _components(entry: PlanEntry) -> Iterator[icalendar.Component]:
    if entry.kind is EntryKind.EVENT:
        yield _event(entry)
        return
    todo = _described(icalendar.Todo(), entry, entry.uid)
    todo.add("dtstart", entry.starts)
    if entry.ends:
        todo.add("due", entry.ends)
    yield todo
    if entry.ends:
        day = _described(icalendar.Event(), entry, f"day-{entry.uid}")
        day.add("dtstart", entry.ends)
        day.add("transp", "TRANSPARENT")
        day.add("related-to", entry.uid)
        yield day


def _event(entry: PlanEntry) -> icalendar.Component:
    event = _described(icalendar.Event(), entry, entry.uid)
    event.add("dtstart", _in_utc(entry.starts))
    if isinstance(entry.ends, dt.datetime):
        event.add("dtend", _in_utc(entry.ends))
    elif entry.ends:
        event.add("dtend", entry.ends + dt.timedelta(days=1))  # the day after the last (RFC 5545, 3.6.1)
    if entry.place:
        event.add("location", entry.place)
    return event


def _described(component: icalendar.Component, entry: PlanEntry, uid: str) -> icalendar.Component:
    minutes = f"{entry.minutes} minutes" if entry.minutes else ""
    text = "\n".join(part for part in (minutes, entry.text) if part)
    component.add("uid", uid)
    component.add("dtstamp", entry.told.astimezone(dt.UTC))
    component.add("summary", entry.title)
    if text:
        component.add("description", text)
    if entry.url:
        component.add("url", entry.url)
    return component


def _in_utc(moment: dt.date) -> dt.date:
    return moment.astimezone(dt.UTC) if isinstance(moment, dt.datetime) else moment


def _title(record: ServiceRecord, action: str) -> str | None:
    """The title of an action in the plan; None for what is none, and where nobody asks who has done it."""
    titles = (entry.title for entry in record.plan if entry.kind is EntryKind.ACTION and entry.name == action)
    return next(titles, None) if record.done else None


def _done(service: Service, action: str, title: str, *, told: bool = False) -> Response:
    with service.engine.connect() as connection:
        readers = done_counts(connection).get(action, 0)
    flags = {name for name, holds in (("told", told), ("readers", readers)) if holds}
    return answer(service, "done", {"title": title, "readers": str(readers)}, flags)
