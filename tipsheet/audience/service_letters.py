"""Single letters of the service, each sent at most once, and limits on those that strangers cause (W4).

A letter is queued in the transaction of what it tells of, so that there is neither a letter without its change nor a
change without its letter. The service sends it later, and empties ``recipient`` then.

A letter that a stranger can ask for goes to an address that the stranger typed. So it counts: for the address, for
its domain, and for the publication as a whole. The store holds what is counted, so that all processes of the service
count together; an address is counted by its HMAC and forgotten as soon as its letter was sent.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tipsheet.audience.address import Address, normalised
from tipsheet.audience.register import Register
from tipsheet.audience.subscriber import Subscriber, find, suppression_of
from tipsheet.edition.service import MAILS, PublicIssue, ServiceRecord
from tipsheet.store.states import DeliveryState, SignupState
from tipsheet.store.tables import service_letter, signup, subscriber

__all__ = [
    "KEPT", "READER_LIMIT", "UNPROVEN", "Budget", "ServiceLetter", "answered", "budget_of", "enqueue", "forward",
    "lock_letter_counts", "refusal", "spent",
]  # fmt: skip

BY_STRANGERS = ("confirm", "known", "address", "forward")
"""Letters that go to an address which somebody typed; they are counted, and hold nothing else that was typed (W5)."""

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
KEPT = dt.timedelta(days=30)
"""The time for which it is known that a letter went out."""

PER_DAY, PER_MONTH = 1, 3
"""Letters of one name to one address that nobody answered."""

FEW: Mapping[str, tuple[dt.timedelta, int]] = {"known": (KEPT, 1), "forward": (dt.timedelta(days=7), 1)}
"""Limits of two letters to one address: that somebody is on the list already, and one that a friend asked for."""

DOMAIN_PER_DAY = 40
"""Letters to addresses of one domain that nobody answered. A firm whose people do answer gets as many as it needs."""

UNPROVEN = 10
"""A letter in so many may be for somebody whose browser has proved nothing, where the form asks for a proof."""

LARGE_PROVIDERS = frozenset(Path(__file__).with_name("large_providers.txt").read_text("utf-8").split())
"""Domains whose addresses have nothing to do with each other: many at once are no attack on anybody."""

_LOCK = 0x7469_7073_6865_6574

FORWARD = "forward"
"""The letter to a friend of a reader: it carries nobody's token."""
READER_LIMIT = 5
"""Letters to friends that a reader may ask for in a day; each asks our good name of somebody who did not."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The numbers of letters that strangers may cause in all, in any hour and in any day."""

    hour: int
    day: int


def budget_of(connection: sa.Connection, record: ServiceRecord) -> Budget:
    """The budget that mkdocs.yml sets, or one that grows with the list: room for a good day, none for an attack.

    A list of 2,000 may cause 52 letters an hour and 210 a day, one of 100,000 may cause 150 and 700.
    """
    readers = 0
    if not (record.per_hour and record.per_day):
        confirmed = sa.select(sa.func.count()).select_from(subscriber).where(subscriber.c.status == "confirmed")
        readers = connection.execute(confirmed).scalar_one()
    return Budget(hour=record.per_hour or 50 + readers // 1_000, day=record.per_day or 200 + readers // 200)


def spent(register: Register, budget: Budget, *, share: int = 1, unproven: bool = False) -> str:
    """The budget that has no letter left; empty when both have. One in ``share`` letters may be ``unproven``."""
    c = service_letter.c
    counted = sa.select(sa.func.count()).where(c.mail.in_(BY_STRANGERS))
    if unproven:
        counted = counted.join_from(service_letter, signup, signup.c.id == c.signup_id).where(signup.c.proof.is_(None))
    for span, most, name in ((HOUR, budget.hour, "hour"), (DAY, budget.day, "day")):
        if _number(register.connection, counted.where(c.at > register.now - span)) >= max(1, most // share):
            return f"budget of the {name}{' without proof' if unproven else ''}"
    return ""


def refusal(register: Register, mail: str, address: Address) -> str:
    """The limit by which a letter that somebody else asked for may not go to this address; empty when it may.

    Call it after `lock_letter_counts`, and queue the letter in the same transaction.
    """
    if _too_often(register, mail, address):
        return "address"
    return "domain" if _domain_full(register.connection, address, register.now) else ""


def lock_letter_counts(connection: sa.Connection) -> None:
    """Let no other process count letters until this transaction ends; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def counted_as(register: Register, email_norm: str) -> str:
    """The MAC by which letters to a mailbox are counted, when the address itself is forgotten."""
    return register.secret.recipient(_mailbox(email_norm))


def answered(register: Register, email_norm: str) -> None:
    """Forget how many letters went to an address: its owner has answered one."""
    theirs = service_letter.c.address == counted_as(register, email_norm)
    register.connection.execute(sa.update(service_letter).where(theirs).values(address=""))


def _too_often(register: Register, mail: str, address: Address) -> bool:
    c = service_letter.c
    sent = sa.select(sa.func.count()).where(c.mail == mail, c.address == counted_as(register, address.norm))
    limits = (FEW[mail],) if mail in FEW else ((DAY, PER_DAY), (KEPT, PER_MONTH))
    return any(_number(register.connection, sent.where(c.at > register.now - span)) >= most for span, most in limits)


def _domain_full(connection: sa.Connection, address: Address, now: dt.datetime) -> bool:
    """True when many at one domain have been asked today and none of them has answered."""
    domain = address.norm.rpartition("@")[2]
    if domain in LARGE_PROVIDERS:
        return False
    asked = sa.select(sa.func.count()).where(
        signup.c.state == SignupState.ASKED,
        signup.c.at > now - DAY,
        signup.c.email_norm.endswith(f"@{domain}", autoescape=True),
    )
    return _number(connection, asked) >= DOMAIN_PER_DAY


def _mailbox(norm: str) -> str:
    """The mailbox behind an address, as far as limits go: ``ada+one@`` and ``ada+two@`` reach the same person.

    Gmail takes no notice of full stops either. Readers are told apart by their whole address all the same.
    """
    local, _, domain = norm.rpartition("@")
    local = local.partition("+")[0] or local
    if domain in {"gmail.com", "googlemail.com"}:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def _number(connection: sa.Connection, query: sa.Select[Any]) -> int:
    return int(connection.execute(query).scalar_one())


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLetter:
    """A letter of the service; ``mail`` is its name in `MAILS`.

    ``subscriber_id`` is the reader whose token it carries, or who asked for it; ``signup_id`` the request that it asks
    to confirm; ``language`` the locale of its reader, or the language in which it was asked for. ``fields`` are values
    of its slots and hold no token: tokens are made when it is sent.
    """

    mail: str
    recipient: str
    subscriber_id: int | None
    signup_id: int | None = None
    language: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


def enqueue(register: Register, letter: ServiceLetter) -> None:
    """Queue a letter of the service; one that somebody else can ask for, after `refusal`.

    Raises ValueError for a mail that there is not.
    """
    if letter.mail not in MAILS:
        raise ValueError(f"the service has no letter '{letter.mail}'")
    now, address = register.now, normalised(letter.recipient)
    row = asdict(letter) | {
        "address": counted_as(register, address.norm) if isinstance(address, Address) else "",
        "message_key": register.secret.message_key(f"mail-{letter.mail}", register.public_id()),
        "state": DeliveryState.QUEUED,
        "due_at": now,
        "at": now,
        "changed_at": now,
    }
    register.connection.execute(sa.insert(service_letter).values(row))


def forward(register: Register, someone: Subscriber, friend: Address, issue: PublicIssue, budget: Budget) -> bool:
    """Queue a letter with the title and the public address of an issue to a friend of a reader; False for none.

    None goes to whoever left, complained, was erased, bounced or reads anyway, to an address that had one this week,
    after `READER_LIMIT` in a day, nor when strangers have caused as many letters as they may.
    """
    lock_letter_counts(register.connection)
    if not (_may(register, someone) and _welcome(register, friend)):
        return False
    if spent(register, budget) or refusal(register, FORWARD, friend):
        return False
    fields = {"issue_title": issue.title, "issue_url": issue.url}
    letter = ServiceLetter(
        mail=FORWARD, recipient=friend.email, subscriber_id=someone.id, language=someone.locale, fields=fields
    )
    enqueue(register, letter)
    return True


def _may(register: Register, someone: Subscriber) -> bool:
    c = service_letter.c
    asked = sa.select(sa.func.count()).where(
        c.mail == FORWARD, c.subscriber_id == someone.id, c.at > register.now - dt.timedelta(days=1)
    )
    return int(register.connection.execute(asked).scalar_one()) < READER_LIMIT


def _welcome(register: Register, friend: Address) -> bool:
    connection = register.connection
    return suppression_of(connection, register.secret, friend) is None and find(connection, friend) is None
