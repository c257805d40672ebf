"""``/preferences/<token>``: the page on which a reader chooses what they get, and their data (W12).

The page says with hidden fields what it showed. So a form changes what its reader changed in it and nothing else: of
two tabs both hold, and where both changed the same field the later one. No answer is a redirect, whose address would
have to hold the token; a form that is sent again finds nothing to change.
"""

import calendar
import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from tipsheet.audience import preferences
from tipsheet.audience.address import Address, normalised, typed
from tipsheet.audience.consent import Evidence
from tipsheet.audience.frequency import pause, set_frequency
from tipsheet.audience.personal_data import dossier_of
from tipsheet.audience.register import Register
from tipsheet.audience.service_letters import budget_of
from tipsheet.audience.subscriber import Subscriber
from tipsheet.audience.transitions import erase
from tipsheet.delivery.channel import destination_of
from tipsheet.edition.service import ServiceRecord
from tipsheet.model.addresses import is_name, one_line
from tipsheet.model.frequency import EVERY, FREQUENCIES
from tipsheet.model.language import FIELD
from tipsheet.store.database import settle
from tipsheet.web.service import Service, answer, evidence_of, person_of, reader_of, stranger

__all__ = ["routes"]

PAUSES = {"1": 1, "2": 2, "3": 3}
"""Months of a pause, by the value in the form."""
LONGEST_PAUSE = dt.timedelta(days=366)
MAX_SHOWN = 300
FORM = "preferences"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """The reader after a change, or before one that failed, and what the page says of it."""

    someone: Subscriber
    flags: frozenset[str] = frozenset()
    values: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


Change = Callable[[Service, Register, Subscriber], _Shown]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pause:
    """A pause that a form asks for; ``until`` is None to end one. ``wrong``: the day cannot be."""

    until: dt.datetime | None = None
    wrong: bool = False


def routes(service: Service) -> Blueprint:
    """The page, what its buttons do, and the page that asks before it erases."""
    blueprint = Blueprint("preferences", __name__)

    @blueprint.get("/preferences/<token>")
    def show(token: str) -> ResponseReturnValue:
        someone = _reader(service, token)
        return _page(service.spoken(someone.locale), _Shown(someone=someone)) if someone else stranger(service)

    @blueprint.post("/preferences/<token>")
    def change(token: str) -> ResponseReturnValue:
        public_id = person_of(service, token)
        return _change(service, public_id) if public_id else stranger(service)

    @blueprint.get("/preferences/<token>/erase")
    def ask(token: str) -> ResponseReturnValue:
        someone = _reader(service, token)
        return _erase_page(service.spoken(someone.locale), someone) if someone else stranger(service)

    @blueprint.post("/preferences/<token>/erase")
    def erase_me(token: str) -> ResponseReturnValue:
        public_id = person_of(service, token)
        return _erase(service, public_id) if public_id else stranger(service)

    return blueprint


def _reader(service: Service, token: str) -> Subscriber | None:
    public_id = person_of(service, token)
    if public_id is None:
        return None
    with service.engine.connect() as connection:
        return reader_of(connection, service, public_id)


def _change(service: Service, public_id: str) -> Response:
    """Do what a button of the page asks for; who is not subscribed gets only the page and the download."""
    do = request.form.get("do", "")
    if do == "data":
        return _download(service, public_id)
    with service.register() as register:
        someone = reader_of(register.connection, service, public_id)
        if someone is None:
            return stranger(service)
        made = CHANGES.get(do) if someone.status == "confirmed" else None
        spoken = service.spoken(someone.locale)
        shown = made(spoken, register, someone) if made else _Shown(someone=someone)
    service.wake()
    return _page(service.spoken(shown.someone.locale), shown)


def _erase(service: Service, public_id: str) -> Response:
    """Erase who has typed their address; who was erased before is told the same, since a form may be sent twice."""
    given = normalised(request.form.get("email", ""))
    with service.register() as register:
        someone = reader_of(register.connection, service, public_id)
        spoken = service.spoken(someone.locale if someone else None)
        if someone and not (isinstance(given, Address) and given.norm == someone.email_norm):
            return _erase_page(spoken, someone, frozenset({"bad_address"}), 422)
        if someone:
            erase(register, someone)
    settle(service.engine)
    return answer(spoken, "erased")


def _save(service: Service, register: Register, someone: Subscriber) -> _Shown:
    """Name, language, segments, frequency and pause: what was changed in the form."""
    record = service.record
    wish = preferences.PreferenceChange(
        first_name=_name("first_name"), last_name=_name("last_name"), locale=_locale(record), segments=_segments()
    )
    frequency, rest = _changed("frequency"), _pause(service)
    clash = preferences.conflicts(record.segments, wish.segments, preferences.reader_values(someone))
    faults = {
        "bad_name": not all(is_name(_changed(name) or "") for name in ("first_name", "last_name")),
        "conflict": bool(clash),
        "bad_day": rest is not None and rest.wrong,
    }
    if any(faults.values()):
        return _wrong(someone, faults, {"one": clash[0].title, "other": clash[1].title} if clash else {})
    evidence = _evidence(service)
    after = preferences.save(register, someone, wish, record.segments, evidence)
    if frequency and frequency in FREQUENCIES:
        after = set_frequency(register, after, frequency, evidence)
    if rest:
        after = pause(register, after, rest.until, evidence)
    return _Shown(someone=after, flags=frozenset({"saved"}))


def _address(service: Service, register: Register, someone: Subscriber) -> _Shown:
    """Ask at a new address; the answer is the same whoever reads there."""
    text = request.form.get("email", "").strip()[:MAX_SHOWN]
    address = typed(text)
    if not isinstance(address, Address) or destination_of(address.email) is None:
        return _Shown(
            someone=someone, flags=frozenset({"errors", "bad_address"}), values={"typed_email": text}, status=422
        )
    evidence = _evidence(service, service.words("new_address", publication=service.record.name))
    budget = budget_of(register.connection, service.record)
    preferences.ask_address(register, someone, address, evidence, budget)
    return _Shown(someone=someone, flags=frozenset({"asked"}), values={"new_email": address.email})


def _calendar(service: Service, register: Register, someone: Subscriber) -> _Shown:
    after = preferences.make_calendar(register, someone, _evidence(service))
    return _Shown(someone=after, flags=frozenset({"saved"}))


def _end_calendar(service: Service, register: Register, someone: Subscriber) -> _Shown:
    after = preferences.end_calendar(register, someone, _evidence(service))
    return _Shown(someone=after, flags=frozenset({"saved"}))


CHANGES: Mapping[str, Change] = {
    "save": _save, "address": _address, "calendar": _calendar, "calendar-end": _end_calendar
}  # fmt: skip
"""Changes that buttons ask for, by the value of ``do`` in the form."""


def _download(service: Service, public_id: str) -> Response:
    """Everything that is held about the reader, as a file (GDPR, article 15 and 20)."""
    with service.engine.connect() as connection:
        someone = reader_of(connection, service, public_id)
        if someone is None:
            return stranger(service)
        dossier = dossier_of(connection, service.secret, Address(someone.email, someone.email_norm))
    text = json.dumps(asdict(dossier), default=_plain, ensure_ascii=False, indent=2) + "\n"
    response = Response(text, mimetype="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="about-me.json"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _plain(value: Any) -> str:
    """A moment as RFC 3339 has it."""
    if not isinstance(value, dt.datetime):
        raise TypeError(f"{type(value).__name__} in a dossier")
    return value.isoformat()


def _page(service: Service, shown: _Shown) -> Response:
    someone, record = shown.someone, service.record
    mine = preferences.held(record.segments, preferences.reader_values(someone))
    now = service.clock()
    paused = someone.paused_until if someone.paused_until and someone.paused_until > now else None
    frequency = someone.frequency if someone.frequency in FREQUENCIES else EVERY
    language = record.language
    values = {
        "token": service.secret.leave_token(someone.public_id),
        "email": someone.email,
        "first_name": someone.first_name,
        "last_name": someone.last_name,
        "was_first_name": someone.first_name,
        "was_last_name": someone.last_name,
        "was_frequency": frequency,
        "was_language": language,
        "first_day": str(_today(service) + dt.timedelta(days=1)),
        "last_day": str(_today(service) + LONGEST_PAUSE),
        "paused_until": _day_words(paused, record) if paused else "",
        "pause_until": "",
        "typed_email": "",
        "calendar_url": _calendar_url(service, someone),
    }
    flags = {f"was:{name}" for name in mine} | {
        name for name, holds in {
            "confirmed": someone.status == "confirmed", "paused": paused, "calendar": someone.calendar_id,
        }.items() if holds
    }  # fmt: skip
    if "typed" not in shown.flags:
        flags |= {f"segment:{name}" for name in mine}
        flags |= {f"frequency:{frequency}", f"language:{language.lower()}", "pause:none"}
    return answer(service, FORM, {**values, **shown.values}, flags | shown.flags, shown.status)


def _wrong(someone: Subscriber, faults: Mapping[str, bool], values: Mapping[str, str]) -> _Shown:
    """The form with what was typed and chosen, beside what the page showed first."""
    form = request.form
    names = ("first_name", "last_name", "pause_until")
    was = ("was_first_name", "was_last_name", "was_frequency", "was_language")
    given = {name: form.get(name, "")[:MAX_SHOWN] for name in (*names, *(name for name in was if name in form))}
    ticked = {f"segment:{name}" for name in form.getlist("segments")}
    radios = {f"{name}:{form.get(name, '').lower()}" for name in ("frequency", FIELD)}
    radios.add(f"pause:{form.get('pause') or 'none'}")
    told = {fault for fault, holds in faults.items() if holds}
    return _Shown(
        someone=someone, flags=frozenset({"errors", "typed", *told, *ticked, *radios}), values={**given, **values},
        status=422,
    )  # fmt: skip


def _erase_page(
    service: Service, someone: Subscriber, flags: frozenset[str] = frozenset(), status: int = 200
) -> Response:
    text = request.form.get("email", "")[:MAX_SHOWN]
    values = {"token": service.secret.leave_token(someone.public_id), "typed_email": text}
    return answer(service, "erase", values, flags, status)


def _changed(name: str) -> str | None:
    """The value of a field that its reader changed; None for one that is as the page showed it."""
    value = request.form.get(name)
    return None if value == request.form.get(f"was_{name}") else value


def _name(field_name: str) -> str | None:
    value = _changed(field_name)
    return None if value is None else one_line(value)


def _locale(record: ServiceRecord) -> str | None:
    """The language that the reader changed to, if it is one of ours."""
    value = _changed(FIELD)
    return value if value in record.languages else None


def _segments() -> dict[str, bool]:
    """Segments that were ticked or unticked; of those that the page did not show, nothing is said."""
    form = request.form
    shown, was, ticked = (set(form.getlist(name)) for name in ("shown", "was", "segments"))
    return {name: name in ticked for name in sorted(shown) if (name in ticked) != (name in was)}


def _pause(service: Service) -> _Pause | None:
    """The pause that the form asks for; None leaves it as it is."""
    chosen, today = request.form.get("pause", ""), _today(service)
    if chosen == "end":
        return _Pause()
    if chosen in PAUSES:
        day = _months_on(today, PAUSES[chosen])
    elif chosen == "day":
        try:
            day = dt.date.fromisoformat(request.form.get("pause_until", ""))
        except ValueError:
            return _Pause(wrong=True)
        if not today < day <= today + LONGEST_PAUSE:
            return _Pause(wrong=True)
    else:
        return None
    midnight = dt.datetime.combine(day, dt.time(), ZoneInfo(service.record.time_zone))
    return _Pause(until=midnight.astimezone(dt.UTC))


def _months_on(day: dt.date, months: int) -> dt.date:
    """The same day so many months later, or the last one of a month that has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    last = calendar.monthrange(day.year + years, month + 1)[1]
    return dt.date(day.year + years, month + 1, min(day.day, last))


def _today(service: Service) -> dt.date:
    return service.clock().astimezone(ZoneInfo(service.record.time_zone)).date()


def _day_words(moment: dt.datetime, record: ServiceRecord) -> str:
    day = moment.astimezone(ZoneInfo(record.time_zone)).date()
    return format_date(day, "d MMMM y", record.language.replace("-", "_"))


def _calendar_url(service: Service, someone: Subscriber) -> str:
    """The address of the reader's calendar, or nothing."""
    if someone.calendar_id is None:
        return ""
    return f"{service.record.url}/plan/{service.secret.plan_token(someone.calendar_id)}.ics"


def _evidence(service: Service, wording: str = "") -> Evidence:
    return evidence_of(service, "preferences/", form=FORM, wording=wording)
