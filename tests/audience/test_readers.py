"""Who gets an issue, in one query."""

import pytest
import sqlalchemy as sa

from tests.audience.readership import put
from tipsheet.audience.readers import combinations, counts, each, merge_values, readers, segments_of_text
from tipsheet.errors import UnknownNameError
from tipsheet.model.audience import Audience
from tipsheet.model.segment import Compare, Has, Operator, Reader, Segment
from tipsheet.store.tables import subscriber

SEGMENTS = (
    Segment(id="toronto", title="Toronto", rule=Has("tag", "toronto")),
    Segment(id="managers", title="Managers", rule=Compare("role", Operator.IS, "manager")),
)
PEOPLE = (
    Reader(attributes={"role": "manager"}, tags=frozenset({"toronto"})),
    Reader(attributes={"role": "manager"}),
    Reader(),
    Reader(attributes={"role": "manager"}, status="unsubscribed"),
)
MANAGERS = Audience(frozenset({"managers"}))


def test_a_reader_in_two_segments_is_one_row(store: sa.Engine) -> None:
    """D9, C6: the segments overlap; the people do not."""
    with store.begin() as connection:
        put(connection, PEOPLE)
        rows = each(connection, readers(SEGMENTS, dialect=store.dialect.name))
        assert [(row.email_norm, row.segments) for row in rows] == [
            ("p1@example.org", "managers toronto"),
            ("p2@example.org", "managers"),
            ("p3@example.org", ""),
        ]


@pytest.mark.parametrize(
    ("audience", "named", "found"),
    [
        (Audience(), None, {"managers toronto": 1, "managers": 1, "": 1}),
        (Audience(), {"managers"}, {"managers": 2, "": 1}),
        (Audience(), set(), {"": 3}),
        (MANAGERS, None, {"managers toronto": 1, "managers": 1}),
        (MANAGERS, {"toronto"}, {"toronto": 1, "": 1}),
        (Audience(frozenset(), frozenset({"toronto"})), None, {"managers": 1, "": 1}),
        (Audience(frozenset({"managers"}), frozenset({"toronto"})), None, {"managers": 1}),
    ],
    ids=str,
)
def test_combinations_are_counted_without_fetching_anybody(
    store: sa.Engine, audience: Audience, named: set[str] | None, found: dict[str, int]
) -> None:
    with store.begin() as connection:
        put(connection, PEOPLE)
        query = combinations(SEGMENTS, audience, dialect=store.dialect.name, named=named)
        assert {row.segments: row.readers for row in connection.execute(query)} == found


@pytest.mark.parametrize("audience", [Audience(frozenset({"gone"})), Audience(frozenset(), frozenset({"gone"}))])
def test_a_segment_that_is_no_longer_declared_stops(audience: Audience) -> None:
    """Nobody may be sent what was for others, whichever way the name is used."""
    with pytest.raises(UnknownNameError, match="declares no segment 'gone'"):
        readers(SEGMENTS, audience, dialect="sqlite")


def test_the_rows_say_what_a_message_needs(store: sa.Engine) -> None:
    facts = {"role": "manager", "city": "New\r\n York", "seats": 25.0, "share": 0.5, "trial": True, "old": None}
    with store.begin() as connection:
        put(connection, [Reader(attributes=facts)], first_name={1: " Zoë "}, last_name={1: "Ångström"})
        (row,) = each(connection, readers(SEGMENTS, dialect=store.dialect.name))
    assert (row.id, row.public_id, row.attributes) == (1, "p1", facts)
    assert merge_values(row, ("city", "seats", "share", "trial", "old", "never")) == {
        "first_name": "Zoë", "last_name": "Ångström", "email": "P1@example.org", "city": "New York", "seats": "25",
        "share": "0.5", "trial": "yes", "old": "", "never": "",
    }  # fmt: skip


def test_the_text_of_a_row_is_a_set() -> None:
    assert segments_of_text("") == frozenset()
    assert segments_of_text("managers toronto") == {"managers", "toronto"}


def test_a_list_asks_only_for_what_it_needs(store: sa.Engine) -> None:
    with store.begin() as connection:
        put(connection, PEOPLE)
        query = readers(SEGMENTS, MANAGERS, dialect=store.dialect.name, columns=(subscriber.c.email,))
        assert [tuple(row) for row in each(connection, query)] == [
            ("P1@example.org", "managers toronto"),
            ("P2@example.org", "managers"),
        ]


def test_every_segment_is_counted_at_once(store: sa.Engine) -> None:
    with store.begin() as connection:
        put(connection, PEOPLE)
        assert counts(connection, SEGMENTS) == {"everyone": 3, "toronto": 1, "managers": 2}
        assert counts(connection, ()) == {"everyone": 3}


def test_a_hundred_segments_with_long_names(store: sa.Engine) -> None:
    """More than bits in a number, and longer than what PostgreSQL calls a column."""
    many = tuple(Segment(id=f"{'s' * 80}-{n:03}", title="", rule=Has("tag", f"tag-{n}")) for n in range(100))
    with store.begin() as connection:
        put(connection, [Reader(tags=frozenset({"tag-7", "tag-99"})), Reader()])
        (first, second) = each(connection, readers(many, dialect=store.dialect.name))
        assert segments_of_text(first.segments) == {many[7].id, many[99].id}
        assert second.segments == ""
        found = counts(connection, many)
        assert {name for name, readers in found.items() if readers} == {"everyone", many[7].id, many[99].id}
