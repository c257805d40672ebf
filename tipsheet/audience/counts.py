"""How many subscribers there are."""

from collections.abc import Mapping

import sqlalchemy as sa

from tipsheet.audience.rules import condition
from tipsheet.model.segment import AllOf, Rule
from tipsheet.store.people import STATUSES, subscriber, suppression

__all__ = ["count_by_status", "count_suppressed"]

EVERYBODY = AllOf(())


def count_by_status(connection: sa.Connection, rule: Rule = EVERYBODY) -> Mapping[str, int]:
    """Those for whom the rule holds by their status, in the order of `STATUSES`, those that nobody has included."""
    holds = condition(rule, connection.dialect.name)
    query = sa.select(subscriber.c.status, sa.func.count()).where(holds).group_by(subscriber.c.status)
    counts = {status: count for status, count in connection.execute(query)}  # noqa: C416 - rows are not pairs to a type checker
    return {status: counts.get(status, 0) for status in STATUSES}


def count_suppressed(connection: sa.Connection) -> int:
    """Addresses that must not be written to, of known and of erased people."""
    return connection.execute(sa.select(sa.func.count()).select_from(suppression)).scalar_one()
