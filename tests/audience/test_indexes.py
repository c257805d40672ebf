"""Indexes for large stores: made for the rules, used by them, and gone when asked."""

import sqlalchemy as sa

from tests.audience.readership import put
from tipsheet.audience.conditions import compared_attributes, condition, drop_indexes, make_indexes
from tipsheet.audience.readers import combinations
from tipsheet.model.segment import AllOf, AnyOf, Compare, Has, Not, Operator, Reader, Segment
from tipsheet.store.tables import subscriber

MANAGER = Compare("role", Operator.IS, "manager")
RULE = AllOf(
    (
        MANAGER,
        Compare("seats", Operator.AT_LEAST, 20),
        AnyOf((Has("tag", "x"), Not(Compare("city", Operator.ONE_OF, ("Ghent",))))),
    )
)


def way_of(connection: sa.Connection, query: sa.Select) -> str:
    """How the database would answer the query, with its parameters as they are bound."""
    word = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
    event = (connection, "before_cursor_execute", lambda *args: (word + args[2], args[3]))
    sa.event.listen(*event, retval=True)
    try:
        return " ".join(map(str, connection.execute(query).cursor.fetchall()))
    finally:
        sa.event.remove(*event)


def test_they_are_made_for_texts_that_rules_want_to_be_equal() -> None:
    assert compared_attributes([Segment(id="big", title="Big", rule=RULE)]) == ("city", "role")


def test_they_are_made_once_and_dropped(store: sa.Engine) -> None:
    with store.begin() as connection:
        assert make_indexes(connection, ("city", "role")) == ("city", "role")
        assert make_indexes(connection, ("city", "role", "zone")) == ("zone",)
        assert drop_indexes(connection) == ("city", "role", "zone")
        assert drop_indexes(connection) == ()


def test_a_rule_uses_its_index(store: sa.Engine) -> None:
    """A5: what an editor wrote is a parameter, and the index is found all the same."""
    people = [Reader(attributes={"role": "manager" if number == 7 else "seller"}) for number in range(500)]
    query = sa.select(subscriber.c.id).where(subscriber.c.status == "confirmed", condition(MANAGER, store.dialect.name))
    with store.begin() as connection:
        put(connection, people)
        make_indexes(connection, ("role",))
        assert "subscriber_by_role" in way_of(connection, query)
        assert connection.execute(query).scalars().all() == [8]
        counted = connection.execute(
            combinations([Segment(id="m", title="", rule=MANAGER)], dialect=store.dialect.name)
        )
        assert {row.segments: row.readers for row in counted} == {"m": 1, "": 499}
