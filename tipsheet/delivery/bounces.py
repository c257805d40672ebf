"""Letters that come back: at once, by the answer of a server (D13), or later, by a report (W9).

A reader whose address does not exist, or who complains, is sent nothing more. Temporary failures are counted:
`SOFT_LIMIT` of them over `SOFT_ISSUES` issues within `SOFT_DAYS` days are a bounce. A permanent failure at another
address than the letter's counts as temporary: a reader's address may forward to many. A report is known by its digest,
so reading it again changes nothing. Reports come in any order: of several about one reader the strongest counts
(`STRENGTH`), and one from before their last confirmation does not.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from typing import Any, assert_never

import sqlalchemy as sa

from tipsheet.audience.address import Address, normalised
from tipsheet.audience.consent import Evidence
from tipsheet.audience.register import Register, open_register
from tipsheet.audience.secret import Secret
from tipsheet.audience.subscriber import Subscriber, Suppression, find, suppress
from tipsheet.audience.transitions import bounce, complain, unsubscribe
from tipsheet.delivery.answers import ReportKind
from tipsheet.delivery.reports import MailReport, read_reports
from tipsheet.store.tables import TAKEN, bounce_report, delivery, issue_send, service_letter, signup, subscriber

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
    """The effect of a report."""

    report: MailReport
    taken: "Taken"
    delivery: int | None = None
    """Number of the letter in the ledger."""
    issue: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Counts of the messages that were read and of those that are no report, and the effects of the reports."""

    read: int
    others: int
    effects: tuple[Effect, ...]


class Taken(StrEnum):
    """The change that a report has made."""

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
    """Record the bounce of these deliveries with their subscribers, and suppress the addresses.

    Runs within the transaction that records the refusals, whose first statement was `audience.consent.hold`. Readers
    who have another address by now, or have unsubscribed, are passed over.
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


def take_report(register: Register, report: MailReport) -> Effect:
    """Do what a report asks for, in the transaction of the register."""
    connection = register.connection
    letter = letter_of(register, report.key, report.token)
    if letter is None:
        return Effect(report=report, taken=_of_the_service(register, report))
    if report.kind is ReportKind.NOTHING:
        return Effect(report=report, taken=Taken.NOTHING, delivery=letter.id, issue=letter.issue)
    if report.kind is ReportKind.HARD and _names_another(report.recipient, letter.recipient):
        report = replace(report, kind=ReportKind.SOFT)
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


def _of_the_service(register: Register, report: MailReport) -> Taken:
    """Take a report of a letter of the service: after a complaint no form of anybody has the address written to."""
    connection, c = register.connection, service_letter.c
    letter = connection.execute(sa.select(c.signup_id, c.subscriber_id).where(c.message_key == report.key)).first()
    if letter is None or not report.key:
        return Taken.FOREIGN
    if report.kind is not ReportKind.COMPLAINT:
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


_BECOMES = {ReportKind.COMPLAINT: "complained", ReportKind.OPT_OUT: "unsubscribed"}


def _consequence(register: Register, report: MailReport, letter: Any) -> Taken:
    someone = _reader(register.connection, letter, _BECOMES.get(report.kind, "bounced"), report.at)
    if someone is None:
        return Taken.NOTED
    by = report.by or "their provider"
    match report.kind:
        case ReportKind.POLICY | ReportKind.NOTHING:
            return Taken.NOTED
        case ReportKind.COMPLAINT:
            complain(register, someone, Evidence(source=f"a complaint, reported by {by}"))
            return Taken.COMPLAINED
        case ReportKind.OPT_OUT:
            unsubscribe(register, someone, Evidence(source=f"unsubscribed at {by}"))
            return Taken.LEFT
        case ReportKind.SOFT | ReportKind.HARD:
            if report.kind is ReportKind.SOFT and not _too_often(register, someone):
                return Taken.COUNTED
            why = report.enhanced or "no such mailbox"
            bounce(register, someone, Evidence(source=f"a report of {report.by or 'the mail server'}: {why}"))
            return Taken.BOUNCED
        case _:
            assert_never(report.kind)


def _names_another(named: str, recipient: str) -> bool:
    """Tell if a report names another recipient than the letter's; only local parts without tags are compared."""
    if "@" not in named or "@" not in recipient:
        return False  # a name inside a company, an address taken out, a reader who was erased
    names = {address.lower().rpartition("@")[0].partition("+")[0] for address in (named, recipient)}
    return len(names) > 1


_LETTERS = sa.select(
    delivery.c.id, delivery.c.subscriber_id, delivery.c.recipient, delivery.c.message_key, delivery.c.changed_at,
    issue_send.c.issue,
).join(issue_send, issue_send.c.id == delivery.c.send_id)  # fmt: skip


def letter_of(register: Register, key: str, token: str) -> Any | None:
    """The letter with this key, which only its reader and its carriers know; else the last one to the token's reader.

    A row with ``id``, ``subscriber_id``, ``recipient``, ``message_key``, ``changed_at`` (when it was sent), ``issue``.
    """
    if key:
        by_key = _LETTERS.where(delivery.c.message_key == key, TAKEN)
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
    """The reader of a letter, if the new status is stronger than theirs.

    None if they have another address by now, or have confirmed again since the letter was sent and this happened.
    """
    address = normalised(letter.recipient)
    someone = find(connection, address) if isinstance(address, Address) else None
    if someone is None or someone.id != letter.subscriber_id or someone.status not in STRENGTH:
        return None
    if at is not None and someone.confirmed_at is not None and max(at, letter.changed_at) < someone.confirmed_at:
        return None
    return someone if STRENGTH.index(someone.status) < STRENGTH.index(becomes) else None


def _too_often(register: Register, someone: Subscriber) -> bool:
    """Tell if the temporary failures of this reader are so many that they count as a bounce."""
    since = someone.confirmed_at or register.now
    soft = (
        sa.select(sa.func.count(), sa.func.count(delivery.c.send_id.distinct()))
        .select_from(bounce_report)
        .join(delivery)
        .where(
            delivery.c.subscriber_id == someone.id,
            bounce_report.c.kind == ReportKind.SOFT,
            bounce_report.c.at > register.now - dt.timedelta(days=SOFT_DAYS),
            sa.or_(bounce_report.c.at >= since, delivery.c.changed_at >= since),
        )
    )
    count, issues = register.connection.execute(soft).one()
    return bool(count >= SOFT_LIMIT and issues >= SOFT_ISSUES)
