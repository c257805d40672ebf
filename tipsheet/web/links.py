"""The links of a letter besides preferences: unsubscribe, send to a friend, my plan as a calendar, "done".

``/leave/<token>``: GET shows a page with a button, POST unsubscribes, by one click as well (RFC 8058). GET changes
nothing, since mail scanners open every link (W1). Any POST unsubscribes, whatever is in it: what a mailbox provider
sends must never fail. The answer has the same words for whoever is subscribed, has left, was erased, or never was
(`TEST_ID`, by which an address is tried). Who left by the button of the page may undo it for an hour by another
button, which stands on that answer alone and says what they agree to: it is their consent anew. Whoever left by one
click, by mail or long ago comes back by the form.

``/forward/<token>?issue=ID``: a reader sends the public address of an issue to a friend. Nothing that was typed is in
the letter but the address it goes to (W5), which is kept until it was sent. The page answers alike whether a letter
goes or not: see `tipsheet.audience.service_letters.forward` for when it does not.

``/plan/<token>.ics`` (W13): the actions and events for the segments that a reader is in now (RFC 5545). An action is a
VTODO, and on the day it is due a VEVENT as well, since few programs show the tasks of a calendar that one subscribes
to. Moments are in UTC, and nothing depends on when it is asked for. A calendar that was ended, or whose reader left,
is 410, upon which programs stop asking.

``/done/<action>`` counts that somebody has done an action, by the action and the month. Nothing else is kept; how
often a network says so is limited in memory.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

import icalendar
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from tipsheet.audience.address import Address, typed
from tipsheet.audience.consent import Evidence
from tipsheet.audience.preferences import calendar_reader
from tipsheet.audience.readers import count_done, done_counts
from tipsheet.audience.register import Register
from tipsheet.audience.secret import TEST_ID
from tipsheet.audience.service_letters import budget_of, forward
from tipsheet.audience.subscriber import Subscriber
from tipsheet.audience.transitions import can_undo, undo_unsubscribe, unsubscribe_by_page, unsubscribe_together
from tipsheet.delivery.channel import destination_of
from tipsheet.edition.plan import EntryKind, PlanEntry, plan_for, segments_among
from tipsheet.edition.service import PublicIssue, ServiceRecord
from tipsheet.model.audience import Segments, visible
from tipsheet.model.language import is_language, segments_for
from tipsheet.store.database import writing
from tipsheet.web.guards import NetworkLimit, client_address
from tipsheet.web.service import GroupCommit, Service, answer, evidence_of, person_of, reader_of, stranger
from tipsheet.words import words_of

__all__ = ["forwarding_routes", "leaving_routes", "plan_calendar", "plan_routes"]

ONE_CLICK = "one-click"
"""Name of the form in the evidence of who left by their mail program."""
LEAVE, UNDO = "leave", "undo"
"""Values of ``do`` in the forms of the page."""
BUTTONS: Mapping[str, str] = {UNDO: UNDO, LEAVE: ""}
"""Name of the form in the evidence, by the value of ``do``."""
MAX_SHOWN = 300
PRODUCT = "-//tipsheet//my plan//EN"
REFRESH = dt.timedelta(hours=12)
MAX_AGE = 3600
TELLERS = "5/day"
"""How often one network is counted for one action: a family or an office, and no machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """A request to unsubscribe, or to undo that; its evidence is made by its own thread."""

    public_id: str
    do: str
    evidence: Evidence


def leaving_routes(service: Service) -> Blueprint:
    """The page to unsubscribe, and what its button does."""
    blueprint = Blueprint("leaving", __name__)
    group = GroupCommit(service.register, partial(_leave, service))

    @blueprint.get("/leave/<token>")
    def ask(token: str) -> ResponseReturnValue:
        public_id = person_of(service, token)
        if public_id is None:
            return stranger(service)
        spoken = _spoken_to(service, public_id)
        values = {"token": service.secret.leave_token(public_id), "leave_words": _words(spoken, LEAVE)}
        return answer(spoken, "leave", values)

    @blueprint.post("/leave/<token>")
    def leave(token: str) -> ResponseReturnValue:
        public_id = person_of(service, token)
        if public_id is None:
            return stranger(service)
        try:
            do, spoken = (
                request.form.get("do", ""),
                service.spoken(),
            )  # of the page with the button, whose words they read
        except HTTPException:  # a body that is too long, or of too many parts, is one click as any other
            do, spoken = "", service
        evidence = evidence_of(service, "leave/", form=BUTTONS.get(do, ONE_CLICK), wording=_words(spoken, do))
        flags = group.commit(_Request(public_id=public_id, do=do, evidence=evidence))
        return answer(spoken, "left", {"undo_words": _words(spoken, UNDO)}, flags)

    return blueprint


def _spoken_to(service: Service, public_id: str) -> Service:
    """The service in the language of a reader; one language needs no look at who it is."""
    if not service.record.languages:
        return service
    with service.engine.connect() as connection:
        someone = reader_of(connection, service, public_id)
    return service.spoken(someone.locale if someone else None)


def _leave(service: Service, register: Register, asked: Sequence[_Request]) -> list[frozenset[str]]:
    """Do these requests, and return the flags of the page that answers each."""
    one_click = [(one.public_id, one.evidence) for one in asked if one.do not in BUTTONS and one.public_id != TEST_ID]
    if one_click:
        unsubscribe_together(register, one_click)
    return [_press(service, register, one) if one.do in BUTTONS else frozenset() for one in asked]


def _press(service: Service, register: Register, pressed: _Request) -> frozenset[str]:
    """Do what a button of the page asks for, and return the flags of the page that answers."""
    someone = reader_of(register.connection, service, pressed.public_id)
    if someone is None:
        return frozenset()
    if pressed.do == UNDO:  # who may not is told the way by the form
        return frozenset({"back"} if undo_unsubscribe(register, someone, pressed.evidence) else ())
    left = unsubscribe_by_page(register, someone, pressed.evidence)
    return frozenset({UNDO} if can_undo(register, left) else ())


def _words(service: Service, do: str) -> str:
    """The words at the button that asks for this; empty for one click, where nobody has read words of ours."""
    match do:
        case "undo":
            return service.words("undo", publication=service.record.name)
        case "leave":
            return service.words("leave", publication=service.record.name)
    return ""


def forwarding_routes(service: Service) -> Blueprint:
    """The page that asks for the friend's address, and what its button does."""
    blueprint = Blueprint("forwarding", __name__)

    @blueprint.get("/forward/<token>")
    def ask(token: str) -> ResponseReturnValue:
        public_id = person_of(service, token)
        if public_id is None or _issue(service) is None:
            return stranger(service)
        with service.engine.connect() as connection:
            someone = reader_of(connection, service, public_id)
        if someone is None or not _may(someone):
            return stranger(service)
        spoken = service.spoken(someone.locale)
        issue = _issue(spoken)
        return _page(spoken, issue) if issue else stranger(service)

    @blueprint.post("/forward/<token>")
    def send(token: str) -> ResponseReturnValue:
        public_id = person_of(service, token)
        if public_id is None or _issue(service) is None:
            return stranger(service)
        friend = typed(request.form.get("email", "")[:MAX_SHOWN])
        with service.register() as register:
            someone = reader_of(register.connection, service, public_id)
            if someone is None or not _may(someone):
                return stranger(service)
            spoken = service.spoken(someone.locale)
            issue = _issue(spoken)
            if issue is None:  # a build has taken it away meanwhile
                return stranger(service)
            if not isinstance(friend, Address) or destination_of(friend.email) is None:
                return _page(spoken, issue, {"errors"}, 422)
            forward(register, someone, friend, issue, budget_of(register.connection, service.record))
        service.wake()
        return answer(spoken, "forwarded", {"title": issue.title})

    return blueprint


def _may(someone: Subscriber | None) -> bool:
    """True for a subscriber; who left has nothing to pass on in our name."""
    return someone is not None and someone.status == "confirmed"


def _issue(service: Service) -> PublicIssue | None:
    """The issue that the address names, among those with a public page; the newest when it names none."""
    issues, named = service.record.issues, request.args.get("issue", "")
    if not named:
        return max(issues, key=lambda issue: issue.published, default=None)
    return next((issue for issue in issues if issue.id == named), None)


def _page(service: Service, issue: PublicIssue, flags: AbstractSet[str] = frozenset(), status: int = 200) -> Response:
    text = request.form.get("email", "")[:MAX_SHOWN]
    return answer(service, "forward", {"title": issue.title, "url": issue.url, "typed_email": text}, flags, status)


def plan_routes(service: Service) -> Blueprint:
    """The calendar of one reader; and where the publication wants it, a button that says that an action was done."""
    blueprint = Blueprint("plans", __name__)
    limit = NetworkLimit(TELLERS)

    @blueprint.get("/plan/<token>.ics")
    def plan(token: str) -> ResponseReturnValue:
        return _calendar(service, token)

    @blueprint.get("/done/<action>")
    def ask(action: str) -> ResponseReturnValue:
        spoken = service.spoken()
        title = _title(spoken.record, action)
        return stranger(service) if title is None else _done(spoken, action, title)

    @blueprint.post("/done/<action>")
    def tell(action: str) -> ResponseReturnValue:
        spoken = service.spoken()
        title = _title(spoken.record, action)
        if title is None:
            return stranger(service)
        if limit.allows(client_address(request, service.trusted_hops), action):
            month = service.clock().astimezone(ZoneInfo(service.record.time_zone)).strftime("%Y-%m")
            with writing(service.engine) as connection:
                count_done(connection, action, month)
        return _done(spoken, action, title, told=True)

    return blueprint


def plan_calendar(record: ServiceRecord, entries: Iterable[PlanEntry]) -> bytes:
    """The calendar with these entries (RFC 5545); the same entries give the same bytes."""
    whole, words = icalendar.Calendar(), words_of(record.language, "service", record.own)
    name = words("plan", publication=record.name)
    for field, value in (
        ("prodid", PRODUCT), ("version", "2.0"), ("calscale", "GREGORIAN"), ("method", "PUBLISH"), ("name", name),
        ("x-wr-calname", name), ("url", f"{record.site}/"),
    ):  # fmt: skip
        whole.add(field, value)
    for field in ("refresh-interval", "x-published-ttl"):
        whole.add(field, REFRESH, {"value": "DURATION"})
    for entry in entries:
        minutes = words.count("minutes", entry.minutes) if entry.minutes else ""
        text = "\n".join(part for part in (minutes, entry.text) if part)
        for component in _components(entry, text):
            whole.add_component(component)
    return bytes(whole.to_ical())


def _calendar(service: Service, token: str) -> Response:
    calendar_id = service.secret.calendar_id(token)
    if calendar_id is None:
        return stranger(service)
    with service.engine.connect() as connection:
        reader = calendar_reader(connection, calendar_id)
    if reader is None:
        return answer(service.spoken(), "unknown", status=410)
    record = service.spoken(reader.locale).record
    document = plan_calendar(record, plan_for(record.plan, segments_among(record.rules, reader)))
    response = Response(document, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'inline; filename="my-plan.ics"'
    response.cache_control.private = True
    response.cache_control.max_age = MAX_AGE
    response.add_etag()
    response.make_conditional(request)
    return response


def _components(entry: PlanEntry, text: str) -> Iterator[icalendar.Component]:
    """An entry as components: an event as a VEVENT, an action as a VTODO and a VEVENT on its last day."""
    if entry.kind is EntryKind.EVENT:
        event = _described(icalendar.Event(), entry, entry.uid, text)
        event.add("dtstart", _in_utc(entry.starts))
        if isinstance(entry.ends, dt.datetime):
            event.add("dtend", _in_utc(entry.ends))
        elif entry.ends:
            event.add("dtend", entry.ends + dt.timedelta(days=1))  # the day after the last (RFC 5545, 3.6.1)
        if entry.place:
            event.add("location", entry.place)
        yield event
        return
    todo = _described(icalendar.Todo(), entry, entry.uid, text)
    todo.add("dtstart", entry.starts)
    if entry.ends:
        todo.add("due", entry.ends)
    yield todo
    if entry.ends:
        day = _described(icalendar.Event(), entry, f"day-{entry.uid}", text)
        day.add("dtstart", entry.ends)
        day.add("transp", "TRANSPARENT")
        day.add("related-to", entry.uid)
        yield day


def _described(component: icalendar.Component, entry: PlanEntry, uid: str, text: str) -> icalendar.Component:
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
    """The title of an action that a public page shows; None for any other, and where nobody asks who has done it.

    Whoever guesses the name of an action for some readers alone is told nothing of it (K1).
    """
    segments = segments_for(record.language, record.languages)
    titles = (
        entry.title
        for entry in record.plan
        if entry.kind is EntryKind.ACTION and entry.name == action and entry.url and _is_in(entry, segments)
    )
    return next(titles, None) if record.done else None


def _is_in(entry: PlanEntry, spoken: Segments) -> bool:
    """True for an entry in the language of these segments, whoever else it is for."""
    return visible([one for one in entry.when.conditions if any(map(is_language, one.names()))], spoken)


def _done(service: Service, action: str, title: str, *, told: bool = False) -> Response:
    with service.engine.connect() as connection:
        readers = done_counts(connection).get(action, 0)
    flags = {name for name, holds in (("told", told), ("readers", readers)) if holds}
    return answer(service, "done", {"title": title, "readers": str(readers)}, flags)
