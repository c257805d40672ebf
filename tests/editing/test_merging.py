"""Differences, and merges that are proposed: never otherwise than git would merge."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipsheet.editing import merging
from tipsheet.editing.merging import difference, matches, merge

TEXTS = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=8).map("\n".join)


@given(before=TEXTS, after=TEXTS)
def test_a_difference_holds_both_texts(before: str, after: str) -> None:
    lines = difference(before, after)
    assert "\n".join(line.text for line in lines if line.op != "added") == before
    assert "\n".join(line.text for line in lines if line.op != "removed") == after
    assert before != after or {line.op for line in lines} == {"same"}


@given(before=TEXTS, after=TEXTS)
def test_lines_that_match_are_the_same_and_in_order(before: str, after: str) -> None:
    one, other = before.split("\n"), after.split("\n")
    found = list(matches(one, other))
    assert all(one[old] == other[new] for new, old in found)
    assert found == sorted(found)


@given(base=TEXTS, other=TEXTS)
def test_one_side_alone_is_taken(base: str, other: str) -> None:
    assert merge(base, base, other) == merge(base, other, base) == merge(base, other, other) == other


@given(base=TEXTS, one=TEXTS, other=TEXTS)
def test_it_does_not_matter_who_was_first(base: str, one: str, other: str) -> None:
    assert merge(base, one, other) == merge(base, other, one)


@pytest.mark.parametrize(
    ("one", "other", "merged"),
    [
        ("A\nb\nc\nd", "a\nb\nc\nD", "A\nb\nc\nD"),
        ("A\nb\nc\nd", "a\nB\nc\nd", None),
        ("A\nb\nc\nd", "X\nb\nc\nd", None),
        ("A\nb\nc\nd", "A\nb\nc\nD", "A\nb\nc\nD"),
        ("b\nc\nd", "a\nb\nc\nd\ne", "b\nc\nd\ne"),
        ("a\nnew\nb\nc\nd", "a\nother\nb\nc\nd", None),
        ("a\nb\nc\nd\n", "A\nb\nc\nd", "A\nb\nc\nd\n"),
    ],
)
def test_merges(one: str, other: str, merged: str | None) -> None:
    assert merge("a\nb\nc\nd", one, other) == merged


def test_git_merges_alike(tmp_path: Path) -> None:
    """Each pair of edits of twelve lines that we merge, git merges to the same text."""
    base = [f"line {number}" for number in range(12)]
    edits = [
        [*base[:at], *new, *base[at + gone :]]
        for at in (0, 3, 6, 9, 11)
        for gone in (0, 1, 2)
        for new in ([], ["new"], ["new", "lines"])
    ]
    merged = 0
    for number, one in enumerate(edits):
        other = edits[(number * 7 + 11) % len(edits)]
        files = [tmp_path / name for name in ("one", "base", "other")]
        for file, lines in zip(files, (one, base, other), strict=True):
            file.write_text("\n".join(lines) + "\n")
        ours = merge(*("\n".join(lines) + "\n" for lines in (base, one, other)))
        theirs = subprocess.run(["git", "merge-file", "-p", *files], capture_output=True, text=True, check=False)
        if ours is not None:
            merged += 1
            assert (theirs.returncode, theirs.stdout) == (0, ours), (one, other)
    assert merged > len(edits) // 2


def test_texts_that_are_too_long_to_compare_differ_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "MOST", 2)
    lines = difference("a\n1\n2\n3\nz", "a\n4\n2\n6\nz")
    assert [line.op for line in lines] == ["same", *["removed"] * 3, *["added"] * 3, "same"]
    assert merge("a\n1\n2\n3\nz", "a\n4\n2\n3\nz", "a\n1\n2\n4\nz") == "a\n4\n2\n4\nz"
    assert merge("a\n1\n2\n3\nz", "a\n4\n2\n6\nz", "a\n1\n2\n5\nz") is None
