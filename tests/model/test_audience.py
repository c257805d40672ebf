"""Who sees what: the one decision, and variants of which one at most is seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipsheet.fields import parse_audience
from tipsheet.model.audience import Audience, exclusive, visible

NAMES = ("managers", "sellers", "toronto")
readers = st.frozensets(st.sampled_from(NAMES))


@pytest.mark.parametrize(
    ("written", "reader", "sees"),
    [
        ("everyone", "", True),
        ("everyone", "managers", True),
        ("managers", "", False),
        ("managers", "managers toronto", True),
        ("managers, toronto", "toronto", True),
        ("!managers", "", True),
        ("!managers", "managers toronto", False),
        ("toronto, !managers", "toronto", True),
        ("toronto, !managers", "toronto managers", False),
    ],
)
def test_what_an_editor_writes_decides(written: str, reader: str, sees: bool) -> None:
    assert parse_audience(written).includes(frozenset(reader.split())) is sees


def test_everything_around_it_must_hold_too() -> None:
    around = (parse_audience("managers"), parse_audience("toronto"))
    assert visible(around, frozenset({"managers", "toronto"}))
    assert not visible(around, frozenset({"managers"}))


def test_an_audience_reads_as_it_was_written() -> None:
    assert str(parse_audience("!toronto, sellers, managers")) == "managers, sellers, !toronto"
    assert str(parse_audience("everyone")) == "everyone"


@pytest.mark.parametrize("wrong", ["", "Managers and sellers", "everyone, managers", "!", "9"])
def test_what_is_no_audience_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"audience|alone"):
        parse_audience(wrong)


@given(st.lists(st.frozensets(st.sampled_from(NAMES)), max_size=5), readers)
def test_the_first_variant_that_matches_wins_and_the_default_waits(
    named: list[frozenset[str]], reader: frozenset[str]
) -> None:
    """C6: at most one variant is seen; it is the first that names a segment of the reader, else the default."""
    seen_default = False
    variants = []
    for names in named:
        if names or not seen_default:
            variants.append(Audience(names))
        seen_default = seen_default or not names
    chosen = [i for i, condition in enumerate(exclusive(variants)) if condition.includes(reader)]
    matching = [i for i, v in enumerate(variants) if v.any_of and v.any_of & reader]
    default = [i for i, v in enumerate(variants) if not v.any_of]
    assert chosen == (matching[:1] or default)
