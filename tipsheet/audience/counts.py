"""How many subscribers there are, and how many of the readers have done an action."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from tipsheet.audience.readers import CONFIRMED
from tipsheet.audience.rhythm import PAUSED, is_paused
from tipsheet.audience.rules import condition
from tipsheet.model.frequency import EVERY, FREQUENCIES
from tipsheet.model.segment import AllOf, Rule
from tipsheet.store.tables import STATUSES, action_done, subscriber, suppression

__all__ = [
    "DONE_FROM",
    "EVERYBODY",
    "choices_in_words",
    "count_by_status",
    "count_choices",
    "count_done",
    "count_suppressed",
    "done_counts",
]

EVERYBODY = AllOf(())
DONE_FROM = 20
"""Fewer readers than this who have done an action are not told of: they might be known by it (W13)."""


def count_by_status(connection: sa.Connection, rule: Rule = EVERYBODY) -> Mapping[str, int]:
    """Those for whom the rule holds by their status, in the order of `STATUSES`, those that nobody has included."""
    holds = condition(rule, connection.dialect.name)
    query = sa.select(subscriber.c.status, sa.func.count()).where(holds).group_by(subscriber.c.status)
    counts = {status: count for status, count in connection.execute(query)}  # noqa: C416 - rows are not pairs to a type checker
    return {status: counts.get(status, 0) for status in STATUSES}


def count_choices(connection: sa.Connection, now: dt.datetime, rule: Rule = EVERYBODY) -> Mapping[str, int]:
    """Readers for whom the rule holds by what they chose: each of `FREQUENCIES`, and ``paused``.

    Whoever has paused is counted with their frequency as well.
    """
    holds = condition(AllOf((CONFIRMED, rule)), connection.dialect.name)
    cases = [sa.func.count(sa.case((subscriber.c.frequency == name, 1))) for name in FREQUENCIES]
    query = sa.select(*cases, sa.func.count(sa.case((is_paused(now), 1)))).where(holds)
    return dict(zip((*FREQUENCIES, PAUSED), connection.execute(query).one(), strict=True))


def choices_in_words(choices: Mapping[str, int]) -> str:
    """A sentence about those who do not get each issue; empty when that is nobody."""
    told = [f"{count:,} {name}" for name, count in choices.items() if count and name != EVERY]
    return f"Of the readers, some chose less than each issue: {', '.join(told)}." if told else ""


def count_suppressed(connection: sa.Connection) -> int:
    """Addresses that must not be written to, of known and of erased people."""
    return connection.execute(sa.select(sa.func.count()).select_from(suppression)).scalar_one()


def count_done(connection: sa.Connection, action: str, month: str) -> None:
    """Count that a reader has done this action in a month such as ``2026-11``; nothing says who."""
    insert: Any = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(action_done)
    one = insert.values(action=action, month=month, readers=1)
    more = {"readers": action_done.c.readers + 1}
    connection.execute(one.on_conflict_do_update(index_elements=["action", "month"], set_=more))


def done_counts(connection: sa.Connection) -> Mapping[str, int]:
    """How many readers have done each action in all, for those that `DONE_FROM` have done at least."""
    readers = sa.func.sum(action_done.c.readers)
    query = sa.select(action_done.c.action, readers).group_by(action_done.c.action).having(readers >= DONE_FROM)
    return {action: int(count) for action, count in connection.execute(query)}
