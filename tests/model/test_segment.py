"""The rule language as a predicate and as an English sentence."""

import pytest

from tipsheet.model.segment import (
    AllOf,
    AnyOf,
    Choice,
    Compare,
    Has,
    Not,
    Operator,
    Reader,
    Rule,
    Segment,
    choice_of,
    matches,
    sentence,
)

MANAGER = Compare("role", Operator.IS, "manager")
DANA = Reader(attributes={"role": "manager", "city": "Toronto", "seats": 25, "paid": True}, tags=frozenset({"trial"}))
NOBODY = Reader()


@pytest.mark.parametrize(
    ("rule", "dana", "nobody", "words"),
    [
        (MANAGER, True, False, "role is manager"),
        (Compare("role", Operator.IS_NOT, "seller"), True, False, "role is not seller"),
        (Compare("city", Operator.ONE_OF, ("Toronto", "Ghent")), True, False, "city is one of Toronto, Ghent"),
        (Compare("seats", Operator.AT_LEAST, 25), True, False, "seats is at least 25"),
        (Compare("seats", Operator.AT_MOST, 24), False, False, "seats is at most 24"),
        (Compare("seats", Operator.MORE_THAN, 24), True, False, "seats is more than 24"),
        (Compare("seats", Operator.LESS_THAN, 25), False, False, "seats is less than 25"),
        (Compare("city", Operator.STARTS_WITH, "Tor"), True, False, "city starts with Tor"),
        (Compare("city", Operator.CONTAINS, "ron"), True, False, "city contains ron"),
        (Compare("role", Operator.AT_LEAST, 3), False, False, "role is at least 3"),
        (Compare("role", Operator.AT_LEAST, "a"), False, False, "role is at least a"),
        (Compare("seats", Operator.STARTS_WITH, "2"), False, False, 'seats starts with "2"'),
        (Compare("seats", Operator.IS, "25"), False, False, 'seats is "25"'),
        (Compare("seats", Operator.IS, 25.0), True, False, "seats is 25.0"),
        (Compare("paid", Operator.IS, True), True, False, "paid is true"),
        (Compare("paid", Operator.IS, 1), False, False, "paid is 1"),
        (Compare("paid", Operator.AT_LEAST, 0), False, False, "paid is at least 0"),
        (Compare("city", Operator.IS, "Ghent or role is x"), False, False, 'city is "Ghent or role is x"'),
        (Compare("city", Operator.ONE_OF, ("New York", "A, B")), False, False, 'city is one of New York, "A, B"'),
        (Has("tag", "for you and me"), False, False, 'has the tag "for you and me"'),
        (AllOf(()), True, True, "everyone"),
        (AnyOf(()), False, False, "nobody"),
        (Compare("city", Operator.EXISTS, True), True, False, "city is known"),
        (Compare("city", Operator.EXISTS, False), False, True, "city is not known"),
        (Has("tag", "trial"), True, False, "has the tag trial"),
        (Has("topic", "trial"), False, False, "has the topic trial"),
        (Has("status", "confirmed"), True, True, "status is confirmed"),
        (Not(MANAGER), False, True, "not (role is manager)"),
        (AllOf((MANAGER, Not(Has("tag", "trial")))), False, False, "role is manager and not (has the tag trial)"),
        (
            AnyOf((MANAGER, AllOf((MANAGER, MANAGER)))),
            True,
            False,
            "role is manager or (role is manager and role is manager)",
        ),
    ],
)
def test_a_rule_holds_and_says_what_it_means(rule: Rule, dana: bool, nobody: bool, words: str) -> None:
    """A1: a comparison with a missing attribute is false, so `not` of it is true."""
    assert matches(rule, DANA) is dana
    assert matches(rule, NOBODY) is nobody
    assert sentence(rule) == words


def test_segments_overlap() -> None:
    """C6: a person can be a manager and in Toronto."""
    segments = (
        Segment(id="managers", title="Managers", rule=MANAGER),
        Segment(id="toronto", title="Toronto", rule=Compare("city", Operator.IS, "Toronto")),
        Segment(id="sellers", title="Sellers", rule=Compare("role", Operator.IS, "seller")),
    )
    assert [one.id for one in segments if matches(one.rule, DANA)] == ["managers", "toronto"]


@pytest.mark.parametrize(
    ("rule", "choice"),
    [
        (Compare("role", Operator.IS, "manager"), Choice(attributes={"role": "manager"})),
        (Has("tag", "sells"), Choice(tags=frozenset({"sells"}))),
        (AnyOf((Compare("role", Operator.IS, "seller"), Has("tag", "sells"))), Choice(tags=frozenset({"sells"}))),
        (AnyOf((Not(Has("tag", "a")), Compare("role", Operator.IS, "b"))), Choice(attributes={"role": "b"})),
        (
            AllOf((Compare("role", Operator.IS, "b"), Has("tag", "c"))),
            Choice(attributes={"role": "b"}, tags=frozenset({"c"})),
        ),
        (AllOf((Compare("role", Operator.IS, "b"), Compare("role", Operator.IS, "c"))), None),
        (Not(Has("tag", "a")), None),
        (Has("topic", "a"), None),
        (Has("status", "confirmed"), None),
        (Compare("seats", Operator.AT_LEAST, 3), None),
        (AllOf(()), None),
    ],
)
def test_choosing_a_segment_sets_the_least_that_its_rule_asks_for(rule: Rule, choice: Choice | None) -> None:
    """W12"""
    assert choice_of(rule) == choice
    if choice is not None:
        assert matches(rule, Reader(attributes=choice.attributes, tags=choice.tags))
