"""Letters that come back: at once, by the answer of a server (D13), or later, by a report (W9).

Whoever has an address that does not exist, or complains, is sent nothing any more. What failed for a
time is counted: `SOFT_LIMIT` failures over `SOFT_ISSUES` issues within `SOFT_DAYS` are a bounce. So is what
failed for good at another address than the letter's: a reader's address may stand for many, of whom one is
not all. A report is known by its digest, so that reading it again changes nothing.
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
from tipsheet.audience.subscriber import Subscriber, find
from tipsheet.audience.transitions import bounce, complain, unsubscribe
from tipsheet.delivery.meanings import Kind
from tipsheet.delivery.reports import Report, read_reports
from tipsheet.store.ledger import bounce_report, delivery, issue_send
from tipsheet.store.people import subscriber

__all__ = [
    "SOFT_DAYS", "SOFT_ISSUES", "SOFT_LIMIT", "Effect", "Summary", "Taken", "take_down", "take_report", "take_reports",
]  # fmt: skip

SOFT_LIMIT, SOFT_ISSUES, SOFT_DAYS = 5, 3, 180
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
        if (someone := _reader(connection, row)) is not None:
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
    letter = _letter(register, report)
    if letter is None:
        return Effect(report=report, taken=Taken.FOREIGN)
    if report.kind is Kind.NOTHING:
        return Effect(report=report, taken=Taken.NOTHING, delivery=letter.id, issue=letter.issue)
    if report.kind is Kind.HARD and _names_another(report.recipient, letter.recipient):
        report = replace(report, kind=Kind.SOFT)
    known = sa.select(bounce_report.c.digest).where(bounce_report.c.digest == report.digest)
    taken = Taken.KNOWN
    if connection.execute(known).first() is None:
        row = {
            "digest": report.digest, "delivery_id": letter.id, "kind": report.kind, "enhanced": report.enhanced,
            "at": register.now,
        }  # fmt: skip
        connection.execute(sa.insert(bounce_report).values(row))
        taken = _consequence(register, report, letter)
    return Effect(report=report, taken=taken, delivery=letter.id, issue=letter.issue)


def _consequence(register: Register, report: Report, letter: Any) -> Taken:
    someone = _reader(register.connection, letter)
    if someone is None or report.kind is Kind.POLICY:
        return Taken.NOTED
    if report.kind is Kind.COMPLAINT:
        complain(register, someone, Evidence(source="a complaint, reported by the reader's provider"))
        return Taken.COMPLAINED
    if report.kind is Kind.OPT_OUT:
        unsubscribe(register, someone, Evidence(source="a report of the reader's provider: they opted out"))
        return Taken.LEFT
    if report.kind is Kind.SOFT and not _too_often(register, someone):
        return Taken.COUNTED
    why = report.enhanced or "no such mailbox"
    bounce(register, someone, Evidence(source=f"a report of the mail server: {why}"))
    return Taken.BOUNCED


def _names_another(named: str, recipient: str) -> bool:
    """Whether a report names somebody else than the letter went to; a domain may be written otherwise inside."""
    if "@" not in named or "@" not in recipient:
        return False  # a name inside a company, an address taken out, a reader who was erased
    names = {address.lower().rpartition("@")[0].partition("+")[0] for address in (named, recipient)}
    return len(names) > 1


def _letter(register: Register, report: Report) -> Any | None:
    """The letter by its key, which nobody but its reader and those who carried it know; or the reader's last one.

    A row with ``id``, ``subscriber_id``, ``recipient`` and ``issue``.
    """
    query = sa.select(delivery.c.id, delivery.c.subscriber_id, delivery.c.recipient, issue_send.c.issue).join(
        issue_send
    )
    if report.key:
        by_key = query.where(delivery.c.message_key == report.key)
        if found := register.connection.execute(by_key).first():
            return found
    public_id = register.secret.public_id(report.token) if report.token else None
    if public_id is None:
        return None
    theirs = sa.select(subscriber.c.id).where(subscriber.c.public_id == public_id).scalar_subquery()
    last = query.where(delivery.c.subscriber_id == theirs, delivery.c.state == "sent").order_by(delivery.c.id.desc())
    return register.connection.execute(last.limit(1)).first()


def _reader(connection: sa.Connection, letter: Any) -> Subscriber | None:
    """The reader of a letter, unless they have another address by now, or have left."""
    address = normalised(letter.recipient)
    someone = find(connection, address) if isinstance(address, Address) else None
    there = someone is not None and someone.id == letter.subscriber_id and someone.status == "confirmed"
    return someone if there else None


def _too_often(register: Register, someone: Subscriber) -> bool:
    """Whether letters to this reader have failed for a time so often that they fail for good."""
    soft = (
        sa.select(sa.func.count(), sa.func.count(delivery.c.send_id.distinct()))
        .select_from(bounce_report)
        .join(delivery)
        .where(
            delivery.c.subscriber_id == someone.id,
            bounce_report.c.kind == Kind.SOFT,
            bounce_report.c.at > register.now - dt.timedelta(days=SOFT_DAYS),
        )
    )
    count, issues = register.connection.execute(soft).one()
    return bool(count >= SOFT_LIMIT and issues >= SOFT_ISSUES)
