"""Rules as SQL and as predicate say the same of everybody, on every database."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.audience.readership import put
from tipsheet.audience.conditions import condition
from tipsheet.audience.readers import each, readers, segments_of_text
from tipsheet.model.audience import Audience
from tipsheet.model.segment import (
    STATUSES,
    AllOf,
    AnyOf,
    Compare,
    Has,
    Not,
    Operand,
    Operator,
    Reader,
    Rule,
    Segment,
    Value,
    matches,
)
from tipsheet.store.tables import subscriber

HOSTILE = (
    "", " ", "a", "A", "ab", "b", "%", "_", "a%", "*", "?", "[a]", "\\", "\\'", "'", '"', "''", "--", ";", "$.role",
    "'; DROP TABLE subscriber; --", "' OR '1'='1", '") OR (1=1', "x' UNION SELECT email FROM subscriber --",
    "${7*7}", "{{7*7}}", "%(role)s", ":role", "%s", "@@email or x@@", "null", "true", "false", "1", "1.0", "0", "20",
    "Zürich", "Zu\u0308rich", "zürich", "ZÜRICH", "ß", "ss", "İ", "i\u0307", "ﬁ", "🙂", "🙂\u200d🙂", "\u200b",
    "\ufeffa", "\u202ea", "a\tb", "a\r\nb", "\x01", "\x7f", "\uffff", "\U0010ffff",
)  # fmt: skip
"""Texts that some database, some pattern language or some collation treats in a way of its own."""

texts = st.sampled_from(HOSTILE) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6
)
numbers = (
    st.sampled_from([0, 1, -1, 20, 1.0, 20.0, 0.1, 0.5, -0.0, 1e15, 2**53, -(2**53)])
    | st.integers(-(2**53), 2**53)
    | st.floats(-1e15, 1e15)
)
ALIKE: tuple[tuple[Value, ...], ...] = (
    (1, True, 1.0, "1", "true", "1.0"),
    (0, False, -0.0, "0", "false", ""),
    (20, "20", 20.0, 20.5, "2", True),
    ("a", "A", "ab", "a%", "%", "_", "b"),
    ("Zürich", "zürich", "Zu\u0308rich", "Z", "z"),
)
"""Values that are taken for each other by whoever looks less closely than the predicate does."""

anything: st.SearchStrategy[Value] = st.booleans() | numbers | texts
pools = st.sampled_from(ALIKE) | st.lists(anything, min_size=2, max_size=5)
values: st.SearchStrategy[Value] = st.shared(pools).flatmap(st.sampled_from)
"""A few of them an example, so that rules meet what they speak of."""
attributes = st.sampled_from(["role", "seats"])
names = st.sampled_from(["trial", "sells", "it's", 'a"b', "Trial", "%"])

OF = {operand: [one for one in Operator if one.comparison.operand is operand] for operand in Operand}
comparisons: st.SearchStrategy[Rule] = st.one_of(
    st.builds(Compare, attributes, st.sampled_from(OF[Operand.VALUE]), values),
    st.builds(
        Compare, attributes, st.sampled_from(OF[Operand.LIST]), st.lists(values, min_size=1, max_size=3).map(tuple)
    ),
    st.builds(Compare, attributes, st.sampled_from(OF[Operand.TRUTH]), st.booleans()),
)
memberships: st.SearchStrategy[Rule] = st.one_of(
    st.builds(Has, st.sampled_from(["tag", "topic"]), names),
    st.builds(Has, st.just("status"), st.sampled_from(STATUSES)),
)


def combined(rules: st.SearchStrategy[Rule]) -> st.SearchStrategy[Rule]:
    several = st.lists(rules, max_size=3).map(tuple)
    return st.builds(AllOf, several) | st.builds(AnyOf, several) | st.builds(Not, rules)


rules = st.recursive(comparisons | memberships, combined, max_leaves=6)
people = st.builds(
    Reader,
    attributes=st.dictionaries(attributes, values | st.none()),
    tags=st.frozensets(names, max_size=3),
    topics=st.frozensets(names, max_size=3),
    status=st.sampled_from(STATUSES),
)
readerships = st.lists(people, min_size=1, max_size=8)


@pytest.fixture
def connection(store: sa.Engine) -> Iterator[sa.Connection]:
    with store.connect() as connection:
        yield connection


def chosen(connection: sa.Connection, rule: Rule) -> list[int]:
    """Numbers of those for whom the rule holds."""
    query = sa.select(subscriber.c.id).where(condition(rule, connection.dialect.name)).order_by(subscriber.c.id)
    return list(connection.execute(query).scalars())


@pytest.mark.parametrize("alike", [*ALIKE, HOSTILE], ids=lambda values: repr(values[1]))
def test_every_comparison_with_every_value(connection: sa.Connection, alike: tuple[Value, ...]) -> None:
    """A1, A3: one person for each value, one whose value is null, one without; and a rule of every kind on them."""
    people = [*(Reader(attributes={"role": value}) for value in alike), Reader(attributes={"role": None}), Reader()]
    single = [Compare("role", operator, value) for operator in OF[Operand.VALUE] for value in alike]
    several = [Compare("role", Operator.ONE_OF, alike[start:]) for start in range(len(alike))]
    exist = [Compare("role", Operator.EXISTS, exists) for exists in (True, False)]
    with connection.begin() as transaction:
        put(connection, people)
        for rule in (*single, *several, *exist):
            expected = [matches(rule, person) for person in people]
            assert (rule, chosen(connection, rule)) == (rule, [n for n, held in enumerate(expected, start=1) if held])
            assert (rule, chosen(connection, Not(rule))) == (
                rule,
                [n for n, held in enumerate(expected, start=1) if not held],
            )
        transaction.rollback()


law = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@law
@given(people=readerships, rules=st.lists(rules, min_size=1, max_size=4))
def test_the_database_and_the_predicate_agree_on_every_subscriber(
    connection: sa.Connection, people: list[Reader], rules: list[Rule]
) -> None:
    """A1, A3: whatever the rule, whatever is known of people, whatever stands in either."""
    with connection.begin() as transaction:
        put(connection, people)
        for rule in rules:
            expected = [number for number, person in enumerate(people, start=1) if matches(rule, person)]
            assert chosen(connection, rule) == expected
        transaction.rollback()


@law
@given(
    people=readerships,
    rules=st.lists(rules, min_size=3, max_size=3),
    audience=st.builds(
        Audience, st.frozensets(st.sampled_from("abc"), max_size=2), st.frozensets(st.sampled_from("abc"), max_size=2)
    ),
)
def test_an_issue_has_the_readers_and_each_reader_the_segments_that_the_model_says(
    connection: sa.Connection, people: list[Reader], rules: list[Rule], audience: Audience
) -> None:
    """A1, C7: the database selects whom `Audience.includes` includes, and tells their segments."""
    segments = tuple(Segment(id=name, title=name, rule=rule) for name, rule in zip("abc", rules, strict=True))
    with connection.begin() as transaction:
        put(connection, people)
        rows = each(connection, readers(segments, audience, dialect=connection.dialect.name))
        found = {row.id: segments_of_text(row.segments) for row in rows}
        transaction.rollback()
    theirs = {
        number: frozenset(one.id for one in segments if matches(one.rule, person))
        for number, person in enumerate(people, start=1)
    }
    confirmed = {number for number, person in enumerate(people, start=1) if person.status == "confirmed"}
    assert found == {n: mine for n, mine in theirs.items() if n in confirmed and audience.includes(mine)}
