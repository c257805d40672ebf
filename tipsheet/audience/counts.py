"""How many subscribers there are."""

import datetime as dt
from collections.abc import Mapping

import sqlalchemy as sa

from tipsheet.audience.readers import CONFIRMED
from tipsheet.audience.rhythm import PAUSED, is_paused
from tipsheet.audience.rules import condition
from tipsheet.model.frequency import EVERY, FREQUENCIES
from tipsheet.model.segment import AllOf, Rule
from tipsheet.store.people import STATUSES, subscriber, suppression

__all__ = ["EVERYBODY", "choices_in_words", "count_by_status", "count_choices", "count_suppressed"]

EVERYBODY = AllOf(())


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
