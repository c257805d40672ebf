"""How many subscribers there are, and how many of the readers have done an action."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from tipsheet.audience.rules import condition
from tipsheet.model.segment import AllOf, Rule
from tipsheet.store.people import STATUSES, subscriber, suppression
from tipsheet.store.service import action_done

__all__ = ["DONE_FROM", "count_by_status", "count_done", "count_suppressed", "done_counts"]

EVERYBODY = AllOf(())
DONE_FROM = 20
"""Fewer readers than this who have done an action are not told of: they might be known by it (W13)."""


def count_by_status(connection: sa.Connection, rule: Rule = EVERYBODY) -> Mapping[str, int]:
    """Those for whom the rule holds by their status, in the order of `STATUSES`, those that nobody has included."""
    holds = condition(rule, connection.dialect.name)
    query = sa.select(subscriber.c.status, sa.func.count()).where(holds).group_by(subscriber.c.status)
    counts = {status: count for status, count in connection.execute(query)}  # noqa: C416 - rows are not pairs to a type checker
    return {status: counts.get(status, 0) for status in STATUSES}


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
