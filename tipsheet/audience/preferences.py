"""Preferences of readers: the segments, the name, the address and the calendar that they choose themselves.

Each change is one event of consent in the transaction of what it changes; what is as it was writes nothing. Words of
events name no person, since they outlive one. Frequency and pauses are in `tipsheet.audience.frequency`.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations

import sqlalchemy as sa

from tipsheet.audience.address import Address
from tipsheet.audience.consent import ConsentKind, Evidence, cut_ip
from tipsheet.audience.register import Register, label
from tipsheet.audience.service_letters import Budget, ServiceLetter, enqueue, lock_letter_counts, refusal, spent
from tipsheet.audience.subscriber import (
    Subscriber,
    Suppression,
    deliveries_to,
    find,
    find_by,
    lift,
    suppress,
    suppression_of,
)
from tipsheet.edition.service import Chosen
from tipsheet.model.segment import AllOf, Compare, Has, Operator, Reader, matches
from tipsheet.store.states import DeliveryState, SignupState
from tipsheet.store.tables import delivery, service_letter, signup, subscriber_tag, tag

__all__ = [
    "ADDRESS", "ADDRESS_LIMIT", "PreferenceChange", "ask_address", "calendar_reader", "change_address", "choose",
    "conflicts", "end_calendar", "held", "make_calendar", "reader_values", "save",
]  # fmt: skip

ADDRESS_LIMIT = 3
"""New addresses that a reader may name in a day; each gets a letter that somebody else may not want."""
ADDRESS = "address"
"""ConsentKind of the row in `signup`, and name of the letter that asks to confirm."""
_LASTING = ("bounced", "complained")
"""Reasons for which an address gets no letter, not even one that asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceChange:
    """The changes of a reader in a form; None, and a segment that is not named, stays as it is."""

    first_name: str | None = None
    last_name: str | None = None
    locale: str | None = None
    segments: Mapping[str, bool] = field(default_factory=dict)


def reader_values(someone: Subscriber) -> Reader:
    """The reader as rules of segments know them."""
    return Reader(
        attributes=someone.attributes, tags=frozenset(someone.tags), topics=frozenset(someone.topics),
        status=someone.status, locale=someone.locale,
    )  # fmt: skip


def held(choices: Iterable[Chosen], reader: Reader) -> frozenset[str]:
    """Ids of those choices whose attributes and tags a reader has, all of them."""
    return frozenset(choice.id for choice in choices if matches(_rule(choice), reader))


def choose(choices: Iterable[Chosen], wanted: Mapping[str, bool], reader: Reader) -> Reader:
    """The reader after choosing and un-choosing these segments.

    Choosing sets attributes and tags. Un-choosing removes those of a choice that the reader had whole, but what
    another choice of theirs needs as well stays. Nothing else changes; a choice whose facts
    others set is had with them.
    """
    kept, lost = _decided(tuple(choices), wanted, reader)
    attributes, tags = dict(reader.attributes), set(reader.tags)
    for choice in lost:
        for name in choice.attributes:
            attributes.pop(name, None)
        tags -= set(choice.tags)
    for choice in kept:
        attributes |= choice.attributes
        tags |= set(choice.tags)
    return replace(reader, attributes=attributes, tags=frozenset(tags))


def conflicts(choices: Iterable[Chosen], wanted: Mapping[str, bool], reader: Reader) -> tuple[Chosen, ...]:
    """Two choices that a reader cannot have at once, since one attribute has one value; empty when there are none."""
    kept, _ = _decided(tuple(choices), wanted, reader)
    for one, other in combinations(kept, 2):
        if not matches(_rule(one), Reader(attributes={**one.attributes, **other.attributes}, tags=frozenset(one.tags))):
            return one, other
    return ()


def save(
    register: Register, someone: Subscriber, wish: PreferenceChange, choices: Iterable[Chosen], evidence: Evidence
) -> Subscriber:
    """Give a reader the name, the language and the segments they chose.

    The event of consent holds the words of the evidence with the language and the segments that they have now, of
    those that can be chosen; of a name it says that it changed.
    """
    choices = tuple(choices)
    before = reader_values(someone)
    after = choose(choices, wish.segments, before)
    locale = someone.locale if wish.locale is None else wish.locale
    changed = replace(
        someone,
        first_name=someone.first_name if wish.first_name is None else wish.first_name,
        last_name=someone.last_name if wish.last_name is None else wish.last_name,
        locale=locale,
        attributes=after.attributes,
        tags=tuple(sorted(after.tags)),
    )
    words = []
    if (changed.first_name, changed.last_name) != (someone.first_name, someone.last_name):
        words.append("My name changed")
    if locale != someone.locale:
        words.append(f"Language: {locale}")
    if after != before:
        mine = held(choices, after)
        words.append(f"Segments: {', '.join(choice.title for choice in choices if choice.id in mine) or 'none'}")
    if not words:
        return someone
    _choose(register, changed, ("first_name", "last_name", "locale", "attributes"), evidence, "; ".join(words))
    _tag(register, someone.id, set(after.tags), set(before.tags))
    return replace(changed, changed_at=register.now)


def make_calendar(register: Register, someone: Subscriber, evidence: Evidence) -> Subscriber:
    """Give a reader the secret address of a calendar, or another one in the place of theirs."""
    changed = replace(someone, calendar_id=register.public_id(), changed_at=register.now)
    _choose(register, changed, ("calendar_id",), evidence, "A calendar of my own")
    return changed


def end_calendar(register: Register, someone: Subscriber, evidence: Evidence) -> Subscriber:
    """End the address of a reader's calendar, if there is one."""
    if someone.calendar_id is None:
        return someone
    changed = replace(someone, calendar_id=None, changed_at=register.now)
    _choose(register, changed, ("calendar_id",), evidence, "No calendar of my own any more")
    return changed


def calendar_reader(connection: sa.Connection, calendar_id: str) -> Reader | None:
    """The subscriber whose calendar this is, as rules know them; None when it was ended or its reader left."""
    someone = find_by(connection, calendar_id=calendar_id, status="confirmed")
    return reader_values(someone) if someone else None


def ask_address(register: Register, someone: Subscriber, address: Address, evidence: Evidence, budget: Budget) -> None:
    """Ask for a yes at the new address of a reader, by a letter to it; nothing changes before.

    A subscriber who has that address already is told so instead. Nothing goes to an address that bounced or complained,
    nor beyond the limits of letters. Nothing that is returned tells which. What was asked before is void.
    """
    connection, theirs = register.connection, (signup.c.kind == ADDRESS) & (signup.c.subscriber_id == someone.id)
    since = signup.c.at > register.now - dt.timedelta(days=1)
    asked = connection.execute(sa.select(sa.func.count()).where(theirs, since)).scalar_one()
    if address.norm == someone.email_norm or asked >= ADDRESS_LIMIT:
        return
    _void(register, theirs, someone.id)
    other = find(connection, address)
    cause = _refused(register, address, other, budget)
    row = {
        "public_id": register.public_id(), "kind": ADDRESS, "subscriber_id": someone.id, "choices": {},
        "locale": someone.locale,
        "form": evidence.form, "wording": evidence.wording, "source": evidence.source, "at": register.now,
    }  # fmt: skip
    if other or cause:  # only the cause is kept, as of other requests that are dropped
        row |= {"state": SignupState.DROPPED, "cause": cause or "known", "email": "", "email_norm": ""}
    else:
        row |= {
            "state": SignupState.ASKED,
            "email": address.email,
            "email_norm": address.norm,
            "ip": cut_ip(evidence.ip),
        }
    (number,) = connection.execute(sa.insert(signup).values(row)).inserted_primary_key  # type: ignore[misc]
    if other and not cause:
        enqueue(
            register,
            ServiceLetter(mail="known", recipient=other.email, subscriber_id=other.id, language=other.locale),
        )
    elif not cause:
        letter = ServiceLetter(
            mail=ADDRESS, recipient=address.email, subscriber_id=someone.id, signup_id=number, language=someone.locale
        )
        enqueue(register, letter)


def _void(register: Register, theirs: sa.ColumnElement[bool], subscriber_id: int) -> None:
    """Drop the earlier requests of a reader for an address; a letter about one that waits does not go."""
    connection, c = register.connection, service_letter.c
    gone = sa.update(signup).where(theirs, signup.c.state == SignupState.ASKED)
    connection.execute(gone.values(state=SignupState.DROPPED, cause="replaced", email="", email_norm="", ip=""))
    waiting = sa.update(service_letter).where(
        c.mail == ADDRESS, c.subscriber_id == subscriber_id, c.state == DeliveryState.QUEUED
    )
    connection.execute(waiting.values(state=DeliveryState.SKIPPED, cause="replaced", recipient=""))


def _refused(register: Register, address: Address, other: Subscriber | None, budget: Budget) -> str:
    """The reason for which no letter goes to a new address, at which another may read; empty when one goes."""
    lock_letter_counts(register.connection)
    why = suppression_of(register.connection, register.secret, address)
    if why and why.reason in _LASTING:
        return why.reason
    if other and other.status != "confirmed":
        return "known"
    return spent(register, budget) or refusal(register, "known" if other else ADDRESS, address)


def change_address(register: Register, someone: Subscriber, address: Address, evidence: Evidence) -> Subscriber | None:
    """Write to a reader at their new address, which they have confirmed; None when that cannot be any more.

    It cannot when they have left meanwhile, or somebody reads at the new address by now, or it bounced or complained.
    Letters that wait go to the new address. The old one is told by a letter, from which the change can be undone, and
    no file brings it back.
    """
    connection, secret = register.connection, register.secret
    why = suppression_of(connection, secret, address)
    theirs = (signup.c.kind == ADDRESS) & (signup.c.subscriber_id == someone.id)
    connection.execute(sa.delete(signup).where(theirs))
    if someone.status != "confirmed" or find(connection, address) or (why and why.reason in _LASTING):
        return None
    lift(connection, secret, address.norm)
    suppress(connection, secret, [someone.email_norm], Suppression(reason="unsubscribed", at=register.now))
    changed = replace(someone, email=address.email, email_norm=address.norm, changed_at=register.now)
    _choose(register, changed, ("email", "email_norm"), evidence, "Another address")
    letters = deliveries_to(delivery.c.subscriber_id == someone.id)
    waiting = sa.update(delivery).where(letters, delivery.c.state == DeliveryState.QUEUED)
    connection.execute(waiting.values(recipient=address.email))
    enqueue(
        register,
        ServiceLetter(mail="changed", recipient=someone.email, subscriber_id=someone.id, language=someone.locale),
    )
    return changed


def _decided(
    choices: tuple[Chosen, ...], wanted: Mapping[str, bool], reader: Reader
) -> tuple[list[Chosen], list[Chosen]]:
    """The choices that a reader has or gets, and those that they had and give up."""
    before = held(choices, reader)
    kept = [choice for choice in choices if wanted.get(choice.id, choice.id in before)]
    return kept, [choice for choice in choices if choice.id in before and choice not in kept]


def _rule(choice: Chosen) -> AllOf:
    """The rule that holds for whoever has what the choice sets."""
    compared = (Compare(name, Operator.IS, value) for name, value in choice.attributes.items())
    return AllOf((*compared, *(Has("tag", name) for name in choice.tags)))


def _choose(register: Register, someone: Subscriber, columns: Iterable[str], evidence: Evidence, words: str) -> None:
    """Write down a choice of the reader; an undo of an import does not take it back, since it is their own word."""
    said = replace(evidence, wording=evidence.wording or words)
    register.change(someone, columns, ConsentKind.CHANGED, said)


def _tag(register: Register, subscriber_id: int, after: set[str], before: set[str]) -> None:
    if after - before:
        label(register.connection, "tags", {subscriber_id: after - before})
    if before - after:
        c, gone = subscriber_tag.c, sa.select(tag.c.id).where(tag.c.name.in_(before - after))
        lost = sa.delete(subscriber_tag).where(c.subscriber_id == subscriber_id, c.tag_id.in_(gone))
        register.connection.execute(lost)
