"""Requests by forms: kept until somebody confirms them, and decided apart from the answer to the form.

::

    form ──► new ──► asked ──► confirmed (the row is deleted, a reader is there)
              │        └─────► deleted after seven days
              └──────► dropped, with a cause: known, complained, or a limit

Whoever answers the form looks nobody up (`ask`), so that its answer says nothing about the address (W3). Later
`decide` sees who is known and who has left, and whether a letter may go. Until it is confirmed nothing that was
typed stands with a reader: names, segments and frequency are the row's, and only the row's.
"""

import datetime as dt
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from tipsheet.audience.address import Address
from tipsheet.audience.consent import ConsentKind, Entropy, Evidence, cut_ip
from tipsheet.audience.preferences import ADDRESS, change_address
from tipsheet.audience.register import Register, enrol, label, new_public_id
from tipsheet.audience.secret import PUBLIC_ID
from tipsheet.audience.service_letters import (
    KEPT,
    UNPROVEN,
    Budget,
    ServiceLetter,
    answered,
    budget_of,
    enqueue,
    lock_letter_counts,
    refusal,
    spent,
)
from tipsheet.audience.subscriber import NewSubscriber, Subscriber, find, find_by, known, suppression_of
from tipsheet.audience.transitions import confirm
from tipsheet.edition.service import Chosen, ServiceRecord
from tipsheet.errors import TipsheetError
from tipsheet.model.segment import Value
from tipsheet.store.states import DeliveryState, SignupState
from tipsheet.store.tables import service_letter, signup, subscriber

__all__ = [
    "VALID", "NoSuchSignupError", "OpenSignup", "SignupChoices", "SignupRequest", "ask", "choices_of", "clear",
    "confirm_signup", "decide", "open_signup", "undecided",
]  # fmt: skip

VALID = dt.timedelta(days=7)
"""The time in which a request may be confirmed."""

BATCH = 200


class NoSuchSignupError(TipsheetError):
    """Nothing waits to be confirmed by this token: it was used, it is too old, or we have not made it.

    ``ours``: we have made it.
    """

    exit_code = 2

    def __init__(self, *, ours: bool) -> None:
        super().__init__("nothing waits to be confirmed by this token", "ask again by the form")
        self.ours = ours


@dataclass(frozen=True, slots=True, kw_only=True)
class SignupChoices:
    """The choices at a form: segments, the attributes and tags that they set, and a frequency, or none."""

    segments: tuple[str, ...] = ()
    attributes: Mapping[str, Value] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    frequency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignupRequest:
    """A request by a form; ``ip`` is cut before it is kept. ``proof`` names the challenge that was solved for it."""

    address: Address
    first_name: str = ""
    last_name: str = ""
    locale: str = ""
    wishes: SignupChoices = field(default_factory=SignupChoices)
    evidence: Evidence
    proof: str | None = None


def choices_of(segments: Sequence[Chosen], names: Sequence[str], frequency: str = "") -> SignupChoices:
    """The choices of somebody who chose the segments of these names; a name that no segment has is passed over."""
    chosen = [segment for segment in segments if segment.id in names]
    return SignupChoices(
        segments=tuple(segment.id for segment in chosen),
        attributes={name: value for segment in chosen for name, value in segment.attributes.items()},
        tags=tuple(sorted({name for segment in chosen for name in segment.tags})),
        frequency=frequency,
    )


def ask(connection: sa.Connection, asked: SignupRequest, now: dt.datetime, entropy: Entropy = os.urandom) -> None:
    """Store a request: one row, whoever it is; raises IntegrityError for a proof that was used."""
    wishes, evidence = asked.wishes, asked.evidence
    row = {
        "public_id": new_public_id(entropy),
        "kind": "subscribe",
        "email": asked.address.email,
        "email_norm": asked.address.norm,
        "first_name": asked.first_name,
        "last_name": asked.last_name,
        "locale": asked.locale,
        "choices": {
            "segments": list(wishes.segments),
            "attributes": dict(wishes.attributes),
            "tags": list(wishes.tags),
            "frequency": wishes.frequency,
        },
        "form": evidence.form,
        "wording": evidence.wording,
        "source": evidence.source,
        "ip": cut_ip(evidence.ip),
        "proof": asked.proof,
        "state": SignupState.NEW,
        "at": now,
    }
    connection.execute(sa.insert(signup).values(row))


def undecided(connection: sa.Connection) -> bool:
    """True when somebody waits for `decide`."""
    return connection.execute(_NEW.limit(1)).first() is not None


_NEW = sa.select(signup).where(signup.c.state == SignupState.NEW, signup.c.kind == "subscribe").order_by(signup.c.id)


def decide(register: Register, record: ServiceRecord) -> Counter[str]:
    """Decide the next new requests; returns their numbers by what became of them."""
    connection, c = register.connection, signup.c
    lock_letter_counts(connection)
    rows = connection.execute(_NEW.limit(BATCH).with_for_update(skip_locked=True)).all()
    budget = budget_of(connection, record)
    done: Counter[str] = Counter()
    for row in rows:
        if cause := spent(register, budget):  # nobody else gets one either, however many they are
            rest = _dropped(cause).where(c.state == SignupState.NEW, c.kind == "subscribe")
            done[cause] += connection.execute(rest).rowcount
            break
        cause = _decided(register, row, budget, proof=record.proof)
        done[cause or "asked"] += 1
        change = _dropped(cause) if cause else sa.update(signup).values(state=SignupState.ASKED)
        connection.execute(change.where(c.id == row.id))
    return done


def _dropped(cause: str) -> sa.Update:
    """The statement that drops requests, of which only the cause is kept."""
    return sa.update(signup).values(
        email="", email_norm="", first_name="", last_name="", choices={}, ip="", state=SignupState.DROPPED, cause=cause
    )


def _decided(register: Register, row: sa.Row[Any], budget: Budget, *, proof: bool) -> str:
    """Queue the letter for a request, or return the cause for which there is none.

    Whoever has complained is not written to, not even by a letter that they may have asked for: it would be the next
    complaint. A person helps them by `tipsheet subscribers add --reconfirmed`.
    """
    address = Address(row.email, row.email_norm)
    someone = find(register.connection, address)
    suppression = suppression_of(register.connection, register.secret, address)
    if "complained" in {someone and someone.status, suppression and suppression.reason}:
        return "complained"
    is_known = someone is not None and someone.status == "confirmed" and suppression is None
    mail = "known" if is_known else "confirm"
    if someone:
        address = Address(someone.email, someone.email_norm)  # not as a stranger spells it
    limited = spent(register, budget, share=UNPROVEN, unproven=True) if proof and row.proof is None else ""
    if cause := limited or refusal(register, mail, address):
        return cause
    reader = someone if is_known else None
    enqueue(
        register,
        ServiceLetter(
            mail=mail, recipient=address.email, subscriber_id=reader.id if reader else None, signup_id=row.id,
            language=reader.locale if reader else row.locale,
        ),
    )  # fmt: skip
    return "known" if is_known else ""


@dataclass(frozen=True, slots=True)
class OpenSignup:
    """A request that waits: its kind, ``subscribe`` or ``address``, and the language that it was made in, or empty."""

    kind: str
    locale: str


def open_signup(connection: sa.Connection, public_id: str, now: dt.datetime) -> OpenSignup | None:
    """The request that can be confirmed by this id, if there is one."""
    query = sa.select(signup.c.kind, signup.c.locale).where(*_open(public_id, now))
    row = connection.execute(query).first()
    return OpenSignup(row.kind, row.locale) if row else None


def confirm_signup(register: Register, who: str, evidence: Evidence) -> Subscriber:
    """Confirm a request, by its token or its id: the person reads from now on, or at a new address.

    The request is used up. Two events of consent are written for a new reader: that it was asked for, then, with
    the evidence of the form, and that it was confirmed, now, with this ``evidence``. Raises NoSuchSignupError.
    """
    connection = register.connection
    public_id = who if PUBLIC_ID.fullmatch(who) else register.secret.signup_id(who)
    if public_id is None:
        raise NoSuchSignupError(ours=False)
    row = connection.execute(sa.delete(signup).where(*_open(public_id, register.now)).returning(signup)).first()
    if row is None:
        raise NoSuchSignupError(ours=True)
    answered(register, row.email_norm)
    waiting = (service_letter.c.signup_id == row.id) & (service_letter.c.state == DeliveryState.QUEUED)
    connection.execute(sa.delete(service_letter).where(waiting))
    address = Address(row.email, row.email_norm)
    if row.kind == ADDRESS:
        someone = find_by(connection, id=row.subscriber_id)
        changed = change_address(register, someone, address, evidence) if someone else None
        if changed is None:
            raise NoSuchSignupError(ours=True)
        return changed
    _apply(register, confirm(register, _asked(register, row), evidence), row)
    return known(connection, address)


def clear(connection: sa.Connection, now: dt.datetime) -> int:
    """Delete what nobody confirmed in time, and what is known of letters that went out long ago."""
    old = connection.execute(sa.delete(signup).where(signup.c.at <= now - VALID)).rowcount
    done = service_letter.c.state.not_in((DeliveryState.QUEUED, DeliveryState.INFLIGHT))
    connection.execute(sa.delete(service_letter).where(done, service_letter.c.at <= now - KEPT))
    return old


def _open(public_id: str, now: dt.datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (signup.c.public_id == public_id, signup.c.state == SignupState.ASKED, signup.c.at > now - VALID)


def _asked(register: Register, row: sa.Row[Any]) -> Subscriber:
    """The person as they were when they asked, with the event of that moment; a new one is pending."""
    then = replace(register, now=row.at)
    evidence = Evidence(source=row.source, form=row.form, wording=row.wording, ip=row.ip)
    address = Address(row.email, row.email_norm)
    someone = find(register.connection, address)
    if someone is not None:
        then.note(ConsentKind.ADDED, someone.id, evidence)
        return someone
    sum(enrol(then, [NewSubscriber(address=address, locale=row.locale)], evidence, status="pending"))
    return known(register.connection, address)


def _apply(register: Register, someone: Subscriber, row: sa.Row[Any]) -> None:
    """Give them the names and choices of the form; what it left out stays as it was."""
    connection, choices = register.connection, row.choices
    given = {name: getattr(row, name) for name in ("first_name", "last_name", "locale") if getattr(row, name)}
    if choices.get("frequency"):
        given["frequency"] = choices["frequency"]
    attributes = {**someone.attributes, **choices.get("attributes", {})}
    values = {**given, "attributes": attributes, "changed_at": register.now}
    connection.execute(sa.update(subscriber).where(subscriber.c.id == someone.id).values(values))
    new = set(choices.get("tags", ())) - set(someone.tags)
    if new:
        label(connection, "tags", {someone.id: new})
