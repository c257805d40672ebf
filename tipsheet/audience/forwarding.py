"""Forwarding: a reader has the public address of an issue sent to a friend, who asked for nothing.

So there is little of it: `READER_LIMIT` a day from one reader, one a week to an address, and never to somebody who
left, complained, was erased, bounced, or reads anyway. The friend's address is kept until the letter was sent.
"""

import datetime as dt

import sqlalchemy as sa

from tipsheet.audience.address import Address
from tipsheet.audience.letter_limits import Budget, Errand, one_at_a_time, queue_letter, refusal, spent
from tipsheet.audience.register import Register
from tipsheet.audience.subscriber import Subscriber, find
from tipsheet.audience.suppressions import suppression_of
from tipsheet.edition.service import PublicIssue
from tipsheet.store.service import service_letter

__all__ = ["READER_LIMIT", "forward"]

FORWARD = "forward"
READER_LIMIT = 5
"""Letters to friends that a reader may ask for in a day; each asks our good name of somebody who did not."""


def forward(register: Register, someone: Subscriber, friend: Address, issue: PublicIssue, budget: Budget) -> bool:
    """Queue a letter with the title and the public address of an issue to a friend of a reader; False for none."""
    one_at_a_time(register.connection)
    errand = Errand(
        mail=FORWARD,
        address=friend,
        subscriber_id=someone.id,
        fields={"issue_title": issue.title, "issue_url": issue.url},
    )
    if not (_may(register, someone) and _welcome(register, friend)):
        return False
    if spent(register, budget) or refusal(register, errand):
        return False
    queue_letter(register, errand)
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
