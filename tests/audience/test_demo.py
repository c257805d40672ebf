"""Fictional subscribers: the same every time, and nobody real among them."""

import pytest
import sqlalchemy as sa

from tests.audience.people import SECRET, add_confirmed, address, changing
from tipsheet.audience.consent import verify
from tipsheet.audience.demo import DOMAINS, FictionalAudience, RealPeopleError, enrol_fictional
from tipsheet.audience.readers import count_by_status
from tipsheet.audience.subscriber import find, known
from tipsheet.audience.transitions import erase
from tipsheet.model.segment import (
    AllOf,
    Attribute,
    AttributeType,
    Compare,
    Has,
    Not,
    Operator,
    Reader,
    Segment,
    matches,
)

ATTRIBUTES = (
    Attribute(name="role", type=AttributeType.TEXT, choices=("manager", "seller")),
    Attribute(name="city", type=AttributeType.TEXT),
    Attribute(name="seats", type=AttributeType.NUMBER),
    Attribute(name="remote", type=AttributeType.BOOLEAN),
)
BIG = AllOf((Compare("role", Operator.IS, "manager"), Compare("seats", Operator.AT_LEAST, 500)))
SEGMENTS = (
    Segment(id="big", title="Big teams", rule=BIG),
    Segment(id="ghent", title="Ghent", rule=Compare("city", Operator.ONE_OF, ("Ghent", "Bruges"))),
    Segment(id="trial", title="Trial", rule=Has("tag", "trial")),
    Segment(id="news", title="News", rule=Not(Has("topic", "news"))),
    Segment(id="away", title="Away", rule=Compare("remote", Operator.IS, True)),
)
CAST = FictionalAudience(attributes=ATTRIBUTES, segments=SEGMENTS)


def invent(store: sa.Engine, count: int) -> int:
    with changing(store) as register:
        return sum(new for _, new in enrol_fictional(register, count, CAST))


def test_they_are_at_addresses_that_nobody_has() -> None:
    people = [CAST.person(number) for number in range(300)]
    assert {person.address.norm.partition("@")[2] for person in people} == set(DOMAINS)
    assert len({person.address.norm for person in people}) == 300
    assert all(address(person.address.email) == person.address for person in people)


@pytest.mark.parametrize("segment", SEGMENTS, ids=lambda segment: segment.id)
def test_every_segment_has_some_and_not_all(segment: Segment) -> None:
    people = [CAST.person(number) for number in range(300)]
    readers = [Reader(attributes=p.attributes, tags=frozenset(p.tags), topics=frozenset(p.topics)) for p in people]
    assert 0 < sum(matches(segment.rule, reader) for reader in readers) < 300


def test_attributes_are_as_declared() -> None:
    kinds = {"role": str, "city": str, "seats": int, "remote": bool}
    people = [CAST.person(number) for number in range(300)]
    assert all(type(value) is kinds[name] for person in people for name, value in person.attributes.items())
    assert {person.attributes.get("role") for person in people} == {"manager", "seller", None}


def test_most_are_confirmed(store: sa.Engine) -> None:
    assert invent(store, 600) == 600
    with store.connect() as connection:
        counts = count_by_status(connection)
        assert verify(connection).fault == ""
    assert sum(counts.values()) == 600
    assert counts["confirmed"] > 500
    assert all(counts.values())


def test_a_second_run_adds_nobody_and_a_longer_one_the_rest(store: sa.Engine) -> None:
    assert [invent(store, 100), invent(store, 100), invent(store, 130)] == [100, 0, 30]


def test_whoever_was_erased_stays_erased(store: sa.Engine) -> None:
    invent(store, 20)
    someone = CAST.person(7).address
    with changing(store) as register:
        erase(register, known(register.connection, someone))
    assert invent(store, 20) == 0
    with store.connect() as connection:
        assert find(connection, someone) is None


@pytest.mark.parametrize("real", ["ada@example.de", "ada@notexample.org", "ada@sub.example.org"])
def test_a_store_with_real_people_is_refused(store: sa.Engine, real: str) -> None:
    add_confirmed(store, real)
    with pytest.raises(RealPeopleError):
        invent(store, 10)


def test_a_publication_without_attributes(store: sa.Engine) -> None:
    with changing(store) as register:
        assert sum(new for _, new in enrol_fictional(register, 3, FictionalAudience(attributes=(), segments=()))) == 3
    assert SECRET
