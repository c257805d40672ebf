"""Rules of segments come back from the record of the service."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipsheet.edition.plan import plain_rule, rule_from, segments_among
from tipsheet.model.segment import AllOf, AnyOf, Compare, Has, Not, Operator, Reader, Rule

values = st.text() | st.booleans() | st.integers(-(2**53), 2**53)
leaves = st.builds(Has, st.sampled_from(["tag", "topic", "status"]), st.text()) | st.builds(
    Compare, st.sampled_from(["role", "years"]), st.sampled_from([*Operator]), values | st.lists(values).map(tuple)
)
rules = st.recursive(
    leaves,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(AllOf, st.lists(inner, max_size=3).map(tuple))
        | st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple))
    ),
    max_leaves=6,
)


@given(rules)
def test_a_rule_comes_back(rule: Rule) -> None:
    """W13, A1"""
    assert rule_from(json.loads(json.dumps(plain_rule(rule)))) == rule


@pytest.mark.parametrize("data", [{}, {"role": "x"}, {"role": {"like": "x"}}, {"all": [1]}, {"a": 1, "b": 2}])
def test_what_is_no_rule_is_refused(data: dict[str, object]) -> None:
    with pytest.raises((ValueError, TypeError, AttributeError)):
        rule_from(data)


def test_the_segments_of_a_reader() -> None:
    known = {"managers": Has("tag", "manages"), "others": Not(Has("tag", "manages"))}
    assert segments_among(known, Reader(tags=frozenset({"manages"}))) == {"managers"}
