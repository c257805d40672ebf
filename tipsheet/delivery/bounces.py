"""Letters that come back: at once, by the answer of a server (D13), or later, by a report (W9).

Whoever has an address that does not exist, or complains, is sent nothing any more. What failed for a
time is counted: `SOFT_LIMIT` failures over `SOFT_ISSUES` issues within `SOFT_DAYS` are a bounce. So is what
failed for good at another address than the letter's: a reader's address may stand for many, of whom one is
not all. A report is known by its digest, so that reading it again changes nothing.

Reports come in any order. Of what is said of one reader the strongest stands (`STRENGTH`), and what happened
before they last said yes is over.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from typing import Any

import sqlalchemy as sa

from tipsheet.audience.address import Address, normalised
from tipsheet.audience.consent import Evidence
from tipsheet.audience.register import Register, open_register
from tipsheet.audience.secret import Secret
from tipsheet.audience.subscriber import Subscriber, Suppression, find, suppress
from tipsheet.audience.transitions import bounce, complain, unsubscribe
from tipsheet.delivery.meanings import Kind
from tipsheet.delivery.reports import Report, read_reports
from tipsheet.store.tables import bounce_report, delivery, issue_send, service_letter, signup, subscriber

__all__ = [
    "SOFT_DAYS", "SOFT_ISSUES", "SOFT_LIMIT", "STRENGTH", "Effect", "Summary", "Taken", "last_letter", "letter_of",
    "take_down", "take_report", "take_reports",
]  # fmt: skip

SOFT_LIMIT, SOFT_ISSUES, SOFT_DAYS = 5, 3, 180
STRENGTH = ("confirmed", "bounced", "unsubscribed", "complained")
"""What a reader can be, the weakest first: a report never makes them what is weaker than what they are."""
BATCH = 100
"""Messages whose reports are taken in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What became of a report."""

    report: Report
    taken: "Taken"
    delivery: int | None = None
    """Number of the letter in the ledger."""
    issue: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How many messages were read, how many of them are no report, and what became of the reports."""

    read: int
    others: int
    effects: tuple[Effect, ...]


class Taken(StrEnum):
    """What a report has changed."""

    BOUNCED = "bounced"
    COMPLAINED = "complained"
    LEFT = "unsubscribed"
    COUNTED = "counted"
    """A failure for a time, of which there are not enough yet."""
    NOTED = "noted"
    """Kept, and of no consequence: policy, or a reader who has left or has another address."""
    KNOWN = "read before"
    SERVICE = "of a letter of the service"
    """Such as the one that asks to confirm; whoever cannot be reached by it does not confirm."""
    FOREIGN = "of no letter of ours"
    NOTHING = "nothing"


def take_down(connection: sa.Connection, secret: Secret, ids: Collection[int], now: dt.datetime) -> None:
    """Note the bounce of these deliveries with their subscribers, and suppress the addresses.

    Within the transaction that records the refusals, whose first statement was `audience.consent.hold`. Left out is
    whoever has another address by now, or has left.
    """
    register = Register(connection=connection, secret=secret, now=now)
    refused = sa.select(delivery.c.recipient, delivery.c.subscriber_id).where(delivery.c.id.in_(ids))
    for row in connection.execute(refused.order_by(delivery.c.id)).all():
        if (someone := _reader(connection, row, "bounced")) is not None:
            bounce(register, someone, Evidence(source="the mail server: there is no such mailbox"))


def take_reports(
    engine: sa.Engine, secret: Secret, messages: Iterable[bytes], now: dt.datetime, *, dry_run: bool = False
) -> Summary:
    """Do what reports among these messages ask for, some messages in each transaction; a dry run is one of its own."""
    remaining, effects, read, others = iter(messages), [], 0, 0
    while some := list(islice(remaining, None if dry_run else BATCH)):
        found = [read_reports(message) for message in some]
        with open_register(engine, secret, now=now, dry_run=dry_run) as register:
            effects += [take_report(register, report) for reports in found for report in reports]
        read, others = read + len(some), others + sum(not reports for reports in found)
    return Summary(read=read, others=others, effects=tuple(effects))


def take_report(register: Register, report: Report) -> Effect:
    """Do what a report asks for, in the transaction of the register."""
    connection = register.connection
    letter = letter_of(register, report.key, report.token)
    if letter is None:
        return Effect(report=report, taken=_of_the_service(register, report))
    if report.kind is Kind.NOTHING:
        return Effect(report=report, taken=Taken.NOTHING, delivery=letter.id, issue=letter.issue)
    if report.kind is Kind.HARD and _names_another(report.recipient, letter.recipient):
        report = replace(report, kind=Kind.SOFT)
    known = sa.select(bounce_report.c.digest).where(bounce_report.c.digest == report.digest)
    taken = Taken.KNOWN
    if connection.execute(known).first() is None:
        row = {
            "digest": report.digest, "delivery_id": letter.id, "kind": report.kind, "enhanced": report.enhanced,
            "at": report.at or register.now,
        }  # fmt: skip
        connection.execute(sa.insert(bounce_report).values(row))
        taken = _consequence(register, report, letter)
    return Effect(report=report, taken=taken, delivery=letter.id, issue=letter.issue)


def _of_the_service(register: Register, report: Report) -> Taken:
    """What follows from a report of a letter of the service.

    Whoever calls one spam is written to no more, and asked nothing, whoever types their address into a form.
    """
    connection, c = register.connection, service_letter.c
    letter = connection.execute(sa.select(c.signup_id, c.subscriber_id).where(c.message_key == report.key)).first()
    if letter is None or not report.key:
        return Taken.FOREIGN
    if report.kind is not Kind.COMPLAINT:
        return Taken.SERVICE
    for table, number in ((signup, letter.signup_id), (subscriber, letter.subscriber_id)):
        row = connection.execute(sa.select(table.c.email, table.c.email_norm).where(table.c.id == number)).first()
        if row is None:
            continue
        someone = find(connection, Address(row.email, row.email_norm))
        if someone is not None:
            complain(register, someone, Evidence(source="a complaint of a letter that they were asked by"))
        else:
            why = Suppression(reason="complained", at=register.now)
            suppress(connection, register.secret, [row.email_norm], why)
    connection.execute(sa.delete(signup).where(signup.c.id == letter.signup_id))
    return Taken.COMPLAINED


_BECOMES = {Kind.COMPLAINT: "complained", Kind.OPT_OUT: "unsubscribed"}


def _consequence(register: Register, report: Report, letter: Any) -> Taken:
    becomes = _BECOMES.get(report.kind, "bounced")
    someone = _reader(register.connection, letter, becomes, report.at)
    if someone is None or report.kind is Kind.POLICY:
        return Taken.NOTED
    if report.kind is Kind.COMPLAINT:
        complain(register, someone, Evidence(source=f"a complaint, reported by {report.by or 'their provider'}"))
        return Taken.COMPLAINED
    if report.kind is Kind.OPT_OUT:
        unsubscribe(register, someone, Evidence(source=f"unsubscribed at {report.by or 'their provider'}"))
        return Taken.LEFT
    if report.kind is Kind.SOFT and not _too_often(register, someone):
        return Taken.COUNTED
    why = report.enhanced or "no such mailbox"
    bounce(register, someone, Evidence(source=f"a report of {report.by or 'the mail server'}: {why}"))
    return Taken.BOUNCED


def _names_another(named: str, recipient: str) -> bool:
    """Whether a report names somebody else than the letter went to; a domain may be written otherwise inside."""
    if "@" not in named or "@" not in recipient:
        return False  # a name inside a company, an address taken out, a reader who was erased
    names = {address.lower().rpartition("@")[0].partition("+")[0] for address in (named, recipient)}
    return len(names) > 1


_LETTERS = sa.select(
    delivery.c.id, delivery.c.subscriber_id, delivery.c.recipient, delivery.c.message_key, delivery.c.changed_at,
    issue_send.c.issue,
).join(issue_send)  # fmt: skip


def letter_of(register: Register, key: str, token: str) -> Any | None:
    """The letter by its key, which nobody but its reader and those who carried it know; or the token's reader's last.

    A row with ``id``, ``subscriber_id``, ``recipient``, ``message_key``, ``changed_at`` (when it was sent), ``issue``.
    """
    if key:
        by_key = _LETTERS.where(delivery.c.message_key == key)
        if found := register.connection.execute(by_key).first():
            return found
    public_id = register.secret.public_id(token) if token else None
    if public_id is None:
        return None
    return last_letter(register.connection, subscriber.c.public_id == public_id)


def last_letter(connection: sa.Connection, whose: sa.ColumnElement[bool]) -> Any | None:
    """The last letter that was sent to a reader, as `letter_of` gives it."""
    theirs = sa.select(subscriber.c.id).where(whose).scalar_subquery()
    last = _LETTERS.where(delivery.c.subscriber_id == theirs, delivery.c.state == "sent").order_by(delivery.c.id.desc())
    return connection.execute(last.limit(1)).first()


def _reader(connection: sa.Connection, letter: Any, becomes: str, at: dt.datetime | None = None) -> Subscriber | None:
    """The reader of a letter, if they become by it what is stronger than what they are.

    None for one who has another address by now, has left in a stronger way, or has said yes since the letter was sent
    and this happened.
    """
    address = normalised(letter.recipient)
    someone = find(connection, address) if isinstance(address, Address) else None
    if someone is None or someone.id != letter.subscriber_id or someone.status not in STRENGTH:
        return None
    if at is not None and someone.confirmed_at is not None and max(at, letter.changed_at) < someone.confirmed_at:
        return None
    return someone if STRENGTH.index(someone.status) < STRENGTH.index(becomes) else None


def _too_often(register: Register, someone: Subscriber) -> bool:
    """Whether letters to this reader have failed for a time so often that they fail for good."""
    since = someone.confirmed_at or register.now
    soft = (
        sa.select(sa.func.count(), sa.func.count(delivery.c.send_id.distinct()))
        .select_from(bounce_report)
        .join(delivery)
        .where(
            delivery.c.subscriber_id == someone.id,
            bounce_report.c.kind == Kind.SOFT,
            bounce_report.c.at > register.now - dt.timedelta(days=SOFT_DAYS),
            sa.or_(bounce_report.c.at >= since, delivery.c.changed_at >= since),
        )
    )
    count, issues = register.connection.execute(soft).one()
    return bool(count >= SOFT_LIMIT and issues >= SOFT_ISSUES)
