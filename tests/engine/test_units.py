"""Units: the key is the digest of what a function is called with, and nothing else can be seen by it."""

import datetime as dt
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipsheet.engine.digest import digest_of_value
from tipsheet.engine.units import Made, Part, Ref, Unit, called, key_of, words_of


class Colour(Enum):
    RED = "red"


@dataclass(frozen=True)
class Box:
    inside: object
    aside: int = field(default=0, compare=False)


def write(**args: object) -> Made:
    return Made({}, (), args)


def join(first: str, rest: tuple[str, ...] = ()) -> str:
    return first + "".join(rest)


def unit(**args: object) -> Unit:
    return Unit("site/x", write, args)


PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.binary(max_size=8) | st.dates()
VALUES = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple)
        | st.frozensets(PLAIN, max_size=3)
        | st.dictionaries(st.text(max_size=4), inner, max_size=3)
        | st.builds(Box, inner)
        | st.builds(Ref, st.text(max_size=3), st.text(max_size=3), st.text(max_size=3))
    ),
    max_leaves=8,
)


@given(VALUES, VALUES)
def test_keys_are_equal_where_values_are(one: object, other: object) -> None:
    """Equal values have equal keys; a key that is the same although the values are not would leave an old page."""
    same = repr(one) == repr(other)
    if same:
        assert key_of(unit(a=one)) == key_of(unit(a=other))
    elif one != other:
        assert key_of(unit(a=one)) != key_of(unit(a=other))


@given(st.frozensets(st.text(max_size=5), max_size=6))
def test_the_order_of_a_set_does_not_count(texts: frozenset[str]) -> None:
    backwards = frozenset(sorted(texts, reverse=True))
    assert digest_of_value(texts) == digest_of_value(backwards) == digest_of_value(set(texts))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1", 1),
        (1, True),
        ((), None),
        (("a", "b"), ("a,b",)),
        (("a",), (("a",),)),
        ({"a": "b"}, {"a": ("b",)}),
        (Ref("text", "a", "1"), Ref("text", "b", "1")),
        (Ref("text", "a", "1"), Ref("text", "a", "2")),
        (Ref("text", "a", "1"), "text\0a\0" + "1"),
        (Box("a"), ("a",)),
        (Colour.RED, "red"),
        (dt.date(2026, 1, 6), dt.datetime(2026, 1, 6)),  # noqa: DTZ001 - a naive one is a value too
        (dt.datetime(2026, 1, 6, tzinfo=dt.UTC), dt.datetime(2026, 1, 6, tzinfo=ZoneInfo("Europe/Amsterdam"))),
        (Part(join, {"first": "a"}), Part(join, {"first": "b"})),
        (Part(join, {"first": "a"}), Part(write, {"first": "a"})),
        (Part(write, {"x": Part(write, {}), "y": 1}), Part(write, {"x": Part(write, {"y": 1})})),
        (Part(write, {"x": Part(write, {})}), Part(write, {"y": Part(write, {})})),
    ],
)
def test_what_differs_has_another_key(one: object, other: object) -> None:
    assert key_of(unit(a=one)) != key_of(unit(a=other))


def shape(value: object) -> object:
    """A part as plain values, to be compared by."""
    if isinstance(value, Part):
        return ("part", value.function.__name__, {name: shape(inner) for name, inner in value.args.items()})
    return value


NAMES = st.sampled_from(["a", "b", "c"])
PARTS = st.recursive(
    st.integers(0, 2),
    lambda inner: st.builds(Part, st.sampled_from([join, write]), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=6,
)


@given(st.dictionaries(NAMES, PARTS, max_size=3), st.dictionaries(NAMES, PARTS, max_size=3))
def test_keys_tell_how_parts_stand_in_each_other(one: dict[str, object], other: dict[str, object]) -> None:
    """The same arguments, in a part or beside it, under this name or that, are not the same."""
    ours, theirs = ({name: shape(value) for name, value in args.items()} for args in (one, other))
    if repr(ours) == repr(theirs):
        assert key_of(unit(**one)) == key_of(unit(**other))
    elif ours != theirs:
        assert key_of(unit(**one)) != key_of(unit(**other))


def test_the_function_and_the_names_of_arguments_count() -> None:
    keys = {key_of(Unit("x", write, {"a": 1})), key_of(Unit("x", write, {"b": 1})), key_of(Unit("x", join, {"a": 1}))}
    assert len(keys) == 3


def test_fields_that_do_not_count_in_a_comparison_do_not_count_here() -> None:
    assert digest_of_value(Box("a", aside=1)) == digest_of_value(Box("a", aside=2))


@pytest.mark.parametrize("value", [object(), len, lambda: 1, (1, [print]), {"a": object}, Box(iter(()))])
def test_a_value_of_which_nothing_is_known_is_refused(value: object) -> None:
    """A function or an object would be told by its address in memory, which is another one each time."""
    with pytest.raises(TypeError, match="cannot be an argument of a unit"):
        key_of(unit(a=value))


def test_mappings_of_any_kind_are_told_by_what_they_hold() -> None:
    assert digest_of_value(MappingProxyType({"a": 1})) == digest_of_value({"a": 1}) != digest_of_value({"a": 2})


def test_words_name_the_arguments_that_changed() -> None:
    page = Part(join, {"first": Ref("text", "x", "1"), "rest": ("a",)})
    before = unit(content=page, menus="m")
    changed = replace(before, args={"content": Part(join, {**page.args, "first": Ref("text", "x", "2")}), "menus": "n"})
    assert words_of(key_of(before), key_of(before)) == ()
    assert words_of(key_of(changed), key_of(before)) == ("first", "menus")
    assert words_of(key_of(unit(menus="m")), key_of(before)) == ("function", "first", "rest")
    twice = replace(before, args={"content": page, "more": page, "menus": "m"})
    assert words_of(key_of(twice), key_of(before)) == ("function", "first", "rest")


def test_references_are_loaded_and_parts_are_worked_out_where_they_stand() -> None:
    loaded: list[str] = []

    def load(ref: Ref) -> Any:
        loaded.append(ref.name)
        return f"<{ref.name}>"

    part = Part(join, {"first": Ref("text", "a", "1"), "rest": (Ref("text", "b", "1"), "c")})
    made = called(unit(text=part, names=("x", (Ref("text", "d", "1"),)), plain={"a": 1}), load, {})
    assert made.value == {"text": "<a><b>c", "names": ("x", ("<d>",)), "plain": {"a": 1}}
    assert loaded == ["a", "b", "d"]


def test_a_shared_part_is_worked_out_once() -> None:
    calls: list[str] = []

    def load(ref: Ref) -> str:
        calls.append(ref.name)
        return ref.name

    shared = Part(join, {"first": Ref("text", "a", "1")}, shared=True)
    known: dict[str, Any] = {}
    values = [called(unit(entries=(shared, shared)), load, known).value for _ in range(2)]
    assert values == [{"entries": ("a", "a")}] * 2
    assert calls == ["a"]
