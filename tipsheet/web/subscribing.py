"""Subscribing: ``/subscribe`` takes the form, ``/confirm/<token>`` confirms it, ``/altcha`` sets a proof of work.

The form's answer looks nobody up: it writes one row and says one thing, whoever the address belongs to, so that
its words, status and time tell nothing (W3). Who gets which letter is decided later, in `tipsheet.audience.signups`.
A link in a letter changes nothing when it is opened; the button behind it does (W1).
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import altcha
import sqlalchemy as sa
from flask import Blueprint, abort, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, TimestampSigner
from werkzeug.datastructures import MultiDict

from tipsheet.audience.address import Address, typed
from tipsheet.audience.signups import NoSuchSignupError, SignupRequest, ask, choices_of, confirm_signup, open_signup
from tipsheet.delivery.channel import destination_of
from tipsheet.edition.service import ServiceRecord
from tipsheet.model.addresses import is_name, one_line
from tipsheet.model.frequency import EVERY, FREQUENCIES
from tipsheet.model.language import query_of
from tipsheet.store.database import writing
from tipsheet.web.guards import NetworkLimit, client_address
from tipsheet.web.service import Service, evidence_of

__all__ = ["Form", "Proof", "proof_routes", "read_form", "routes"]

FORM_NAMES = ("page", "home", "strip", "service")
"""Where a form stands: the site's subscribe page, the head of its home page, the strip under a page, the service."""
FORMS = "20/minute;200/hour"
"""Posts of the form from one network: people in one hall may subscribe at a time, a machine may not go on."""
MAX_ADDRESS, MAX_SHOWN = 254, 300
TOO_QUICK = dt.timedelta(seconds=1)
"""Nobody fills in a form within a second."""
FORM_LIVES = dt.timedelta(days=1)
"""Time after which the stamp on a form says nothing any more."""
ALGORITHM, COST, PREFIX = "PBKDF2/SHA-256", 4_000, "00"
"""On average 256 keys of 4,000 rounds each: about a second in a browser, three milliseconds to verify."""
VALID = dt.timedelta(minutes=30)
LONGEST = 4_000
"""Characters of a solution, at most."""
_UNTIL = "until"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form as it was posted, each text on one line; ``faults`` are flags of the page for what is wrong with it."""

    address: Address | None
    email: str
    first_name: str
    last_name: str
    segments: tuple[str, ...]
    frequency: str
    consent: bool
    name: str
    issued: str
    faults: tuple[str, ...]

    def values(self, issued: str) -> Mapping[str, str]:
        """Typed texts, for the page that shows them again."""
        shown = {"email": self.email, "first_name": self.first_name, "last_name": self.last_name}
        return {
            **{name: text[:MAX_SHOWN] for name, text in shown.items()}, "form": self.name, "issued": issued
        }  # fmt: skip

    def flags(self) -> frozenset[str]:
        """Flags of the page: ticked boxes, and faults."""
        ticked = {f"segment:{name}" for name in self.segments} | ({"consent"} if self.consent else set())
        ticked.add(f"frequency:{self.frequency or EVERY}")
        return frozenset({*ticked, *self.faults, *(("errors",) if self.faults else ())})


def read_form(data: MultiDict[str, str], record: ServiceRecord) -> Form:
    """The form in what was posted; choices that it does not have are passed over."""
    email, first_name, last_name = (one_line(data.get(name, "")) for name in ("email", "first_name", "last_name"))
    found = typed(email) if email else None
    address = found if isinstance(found, Address) and destination_of(found.email) else None
    consent = data.get("consent") == "yes"
    faults = {
        "no_address": not email,
        "bad_address": bool(email) and address is None,
        "bad_name": not (is_name(data.get("first_name", "")) and is_name(data.get("last_name", ""))),
        "no_consent": not consent,
    }
    chosen = set(data.getlist("segments"))
    name, frequency = data.get("form", ""), data.get("frequency", "")
    return Form(
        address=address,
        email=email,
        first_name=first_name,
        last_name=last_name,
        segments=tuple(segment.id for segment in record.segments if segment.id in chosen),
        frequency=frequency if frequency in FREQUENCIES else "",
        consent=consent,
        name=name if name in FORM_NAMES else "page",
        issued=data.get("issued", ""),
        faults=tuple(fault for fault, wrong in faults.items() if wrong),
    )


class _Stamp(TimestampSigner):
    """Signed times at which forms were shown, by our clock."""

    def __init__(self, key: bytes, clock: Callable[[], dt.datetime]) -> None:
        super().__init__(key, salt="form")
        self._clock = clock

    def get_timestamp(self) -> int:
        return int(self._clock().timestamp())

    def age(self, text: str) -> dt.timedelta | None:
        """Age of a stamp; None for one that is not ours, or older than `FORM_LIVES`."""
        try:
            _, made = self.unsign(text, max_age=int(FORM_LIVES.total_seconds()), return_timestamp=True)
        except BadSignature:
            return None
        return dt.timedelta(seconds=self.get_timestamp() - int(made.timestamp()))

    def new(self) -> str:
        """A stamp of now."""
        return self.sign("form").decode()


class Proof:
    """Sets challenges that are signed, and sees whether one was solved; nothing is kept of them here."""

    def __init__(self, key: bytes, clock: Callable[[], dt.datetime]) -> None:
        self._key, self._clock = key, clock

    def challenge(self) -> dict[str, object]:
        """A new challenge, as data for JSON."""
        until = int((self._clock() + VALID).timestamp())
        made = altcha.create_challenge(ALGORITHM, COST, key_prefix=PREFIX, data={_UNTIL: until}, hmac_secret=self._key)
        return dict(made.to_dict())

    def solved(self, text: str) -> str | None:
        """The name of the challenge that this text solves, by which a replay is seen; None for anything else."""
        if not 0 < len(text) <= LONGEST:
            return None
        try:
            payload = altcha.Payload.from_base64(text)
            found = altcha.verify_solution(payload, self._key)
            until = (payload.challenge.parameters.data or {})[_UNTIL] if found.verified else 0
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):  # whatever a stranger may send
            return None
        return str(payload.challenge.parameters.nonce) if until > self._clock().timestamp() else None


class _FormPage:
    """The form's page, and the answer to what was posted."""

    def __init__(self, service: Service) -> None:
        self._stamp = _Stamp(service.secret.key("form"), service.clock)
        self._proof = Proof(service.secret.key("proof"), service.clock)

    def html(self, service: Service, form: Form | None = None, template: str = "subscribe") -> str:
        """The form with what was typed, or an empty one; its time is that of the first showing."""
        empty = read_form(MultiDict({"form": "service"}), service.record)
        form = form or replace(empty, faults=())  # nobody has made a mistake yet
        issued = form.issued if self._stamp.age(form.issued) is not None else self._stamp.new()
        return service.html(template, form.values(issued), form.flags())

    def posted(self, service: Service, data: MultiDict[str, str]) -> ResponseReturnValue:
        """The answer to a form."""
        record = service.record
        age = self._stamp.age(data.get("issued", ""))
        if data.get("website") or (age is not None and age < TOO_QUICK):
            return self._asked(service)  # a robot, which need not know that it was seen
        form = read_form(data, record)
        if form.address is None or form.faults:
            return self.html(service, form), 422
        solved = self._proof.solved(data.get("altcha", "")) if record.proof else None
        if record.proof and solved is None and data.get("plain") != "yes":
            return self.html(service, form, "proof")
        self._keep(service, form, form.address, solved)
        service.wake()
        return self._asked(service)

    @staticmethod
    def _asked(service: Service) -> ResponseReturnValue:
        query = query_of(service.language, service.record.languages) if service.language else ""
        return redirect(f"subscribe/asked{query}", 303)  # relative: it holds wherever the service stands

    def _keep(self, service: Service, form: Form, address: Address, proof: str | None) -> None:
        """Write it down, with the language in which it was asked; a proof that was used before counts as none."""
        record = service.record
        asked = SignupRequest(
            address=address,
            first_name=form.first_name,
            last_name=form.last_name,
            locale=service.language,
            wishes=choices_of(record.segments, form.segments, form.frequency),
            evidence=evidence_of(service, "subscribe", form=form.name, wording=record.consent),
            proof=proof,
        )
        try:
            with writing(service.engine) as connection:
                ask(connection, asked, service.clock(), service.entropy)
        except sa.exc.IntegrityError:
            if proof is None:
                raise
            self._keep(service, form, address, None)


def routes(service: Service) -> Blueprint:
    """``/subscribe``, ``/subscribe/asked`` and ``/confirm/<token>``."""
    blueprint = Blueprint("subscribing", __name__)
    page, limit = _FormPage(service), NetworkLimit(FORMS)

    @blueprint.get("/subscribe")
    def form() -> ResponseReturnValue:
        return page.html(service.spoken())

    @blueprint.post("/subscribe")
    def post() -> ResponseReturnValue:
        if not limit.allows(client_address(request, service.trusted_hops)):
            abort(429)
        return page.posted(service.spoken(), request.form)

    @blueprint.get("/subscribe/asked")
    def asked() -> ResponseReturnValue:
        return service.spoken().html("asked", {})

    @blueprint.get("/confirm/<token>")
    def button(token: str) -> ResponseReturnValue:
        return _ask(service, token)

    @blueprint.post("/confirm/<token>")
    def confirmed(token: str) -> ResponseReturnValue:
        return _confirm(service, token)

    return blueprint


def _ask(service: Service, token: str) -> ResponseReturnValue:
    """The page with the button, in the language in which it was asked for."""
    signup_id = service.secret.signup_id(token)
    if signup_id is None:
        return _nothing(service, ours=False)
    with service.engine.connect() as connection:
        waits = open_signup(connection, signup_id, service.clock())
    if waits is None:
        return _nothing(service, ours=True)
    return service.spoken(waits.locale).html("confirm", {}, {waits.kind})


def _confirm(service: Service, token: str) -> ResponseReturnValue:
    """Confirm what was asked for, and say so; a request that is used up, or too old, does nothing."""
    signup_id = service.secret.signup_id(token)
    if signup_id is None:  # before the register is opened, for which others may wait
        return _nothing(service, ours=False)
    try:
        with service.register() as register:
            waits = open_signup(register.connection, signup_id, register.now)
            if waits is None:
                return _nothing(service, ours=True)
            spoken = service.spoken(waits.locale)
            words = spoken.record.consent if waits.kind == "subscribe" else ""
            confirm_signup(register, signup_id, evidence_of(service, "confirm", form="confirm", wording=words))
    except NoSuchSignupError as error:
        return _nothing(service, ours=error.ours)
    service.wake()
    return spoken.html("confirmed", {}, {waits.kind})


def _nothing(service: Service, *, ours: bool) -> ResponseReturnValue:
    """The page for a link that does nothing: gone when it was one of ours, else not found."""
    return service.spoken().html("expired", {}, {"ours"} if ours else frozenset()), 410 if ours else 404


def proof_routes(service: Service) -> Blueprint:
    """``GET /altcha`` gives a challenge, where the publication asks for proofs."""
    blueprint = Blueprint("proof", __name__)
    proof = Proof(service.secret.key("proof"), service.clock)

    @blueprint.get("/altcha")
    def challenge() -> ResponseReturnValue:
        if not service.record.proof:
            abort(404)
        answer = jsonify(proof.challenge())
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return blueprint
