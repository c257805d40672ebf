"""``tipsheet new`` writes an issue that `check` has nothing to say about."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cli.conftest import Run, run
from tests.cli.test_findings import lint
from tests.soak import soak, times

NO_PROSE = "{TS260: off, TS261: off}"
"""Levels with which titles need not be English."""


def header(letter: Path, title: str) -> dict[str, str]:
    """The header of the issue with this slug, line by line."""
    (file,) = letter.glob(f"content/tipsheets/*/*-{title}.md")
    lines = file.read_text("utf-8").split("---\n")[1].splitlines()
    return {key: value for key, _, value in (line.partition(": ") for line in lines)}


def test_it_takes_the_next_free_slot_id_and_number(here: Run, letter: Path) -> None:
    """Schedule: Tuesdays at 07:00; the welcome is number 1 of 2026-11-17, today is Sunday the 22nd."""
    for title in ("One", "Two"):
        assert here("new", title).exit_code == 0
    one, two = header(letter, "one"), header(letter, "two")
    assert (one["id"], one["number"], one["date"]) == ("2026-w48", "2", "2026-11-24")
    assert (two["id"], two["number"], two["date"]) == ("2026-w49", "3", "2026-12-01")


def test_it_prints_the_path(here: Run, letter: Path) -> None:
    expected = letter / "content/tipsheets/2026/2026-11-24-move-the-centre.md"
    assert here("new", "Move the centre").stdout == f"{expected}\n"


@pytest.mark.parametrize(
    "title",
    [
        "Plain",
        'Colon: "quotes" #1',
        "*A_b* [c] (d)",
        "yes",
        "'tis",
        "日本語",
        "x" * 70,
        "a  b\nc",
        "@one",
        "12",
    ],
)
def test_check_passes_untouched(title: str, here: Run, letter: Path) -> None:
    lint(letter, NO_PROSE)
    assert here("new", title).exit_code == 0
    assert here("new", title).exit_code == 0
    result = here("check", "--strict")
    assert result.exit_code == 0, result.output


titles = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Co", "Cn", "Zl", "Zp"]), min_size=1, max_size=70)
tags = st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12), max_size=3)


@soak(1800)
@settings(max_examples=times(10, 200), deadline=None)
@given(st.lists(st.tuples(titles, tags), min_size=1, max_size=6))
def test_check_passes_whatever_new_takes(asked: list[tuple[str, list[str]]]) -> None:
    """What `new` takes is neither a mistake nor a warning, and what it refuses leaves nothing behind."""
    with TemporaryDirectory() as folder:
        root = Path(folder) / "letter"
        assert run("init", root).exit_code == 0
        lint(root, NO_PROSE)
        for title, names in asked:
            made = run("-C", root, "new", *(word for name in names for word in ("--tag", name)), "--", title)
            assert made.exit_code in {0, 2}, made.output
        result = run("-C", root, "check", "--strict")
        assert result.exit_code == 0, result.output


def test_it_stays_out_of_everything_until_it_is_edited(here: Run) -> None:
    here("new", "One")
    assert "draft" in here("list", "--future").stdout


def test_a_date_of_its_own(here: Run, letter: Path) -> None:
    assert here("new", "Special", "--date", "2026-11-26T18:30", "--no-draft").exit_code == 0
    special = header(letter, "special")
    assert (special["id"], special["date"], special["draft"]) == ("2026-w48", "2026-11-26T18:30", "false")
    checked = here("check")
    assert checked.exit_code == 0
    assert {line.split()[1] for line in checked.stdout.splitlines()} == {"TS232"}, "sentences are to be replaced"


def test_a_second_issue_in_a_week_has_a_number_after_its_id(here: Run, letter: Path) -> None:
    here("new", "One")
    here("new", "Special", "--date", "2026-11-26")
    assert header(letter, "special")["id"] == "2026-w48-2"


def test_author_and_tags(here: Run, letter: Path) -> None:
    with (letter / "content/authors.yml").open("a") as authors:
        authors.write("ines: {name: Inês Prado}\n")
    assert here("new", "One", "--author", "ines", "--tag", "a, b", "--tag", "no").exit_code == 0
    assert header(letter, "one")["authors"] == "[ines]"
    assert header(letter, "one")["tags"] == '["a, b", "no"]'
    assert here("check", "--strict").exit_code == 0


def test_unknown_author(here: Run) -> None:
    result = here("new", "One", "--author", "edit")
    assert result.exit_code == 2
    assert result.stderr == "Error: there is no author 'edit'\nHint: did you mean 'editor'?\n"


def test_nobody_to_write_it(here: Run, letter: Path) -> None:
    (letter / "content/authors.yml").unlink()
    assert "authors.yml names nobody" in here("new", "One").stderr


@pytest.mark.parametrize("title", ["", "  ", "x" * 121, "a\x1bb", "for @@first_name or you@@"])
def test_a_title_that_no_issue_may_have(title: str, here: Run) -> None:
    assert here("new", title).exit_code == 2


@pytest.mark.parametrize("tag", ["", " ", "a\x1bb", "@@x@@", "\udce9"])
def test_a_tag_that_no_issue_may_have(tag: str, here: Run) -> None:
    assert here("new", "One", "--tag", tag).exit_code == 2


def test_a_file_that_cannot_be_read_is_not_written_over(here: Run, letter: Path) -> None:
    file = letter / "content/tipsheets/2026/2026-11-24-one.md"
    file.write_text("my notes")
    result = here("new", "One")
    assert result.exit_code == 2
    assert "is already there" in result.stderr
    assert file.read_text() == "my notes"


def test_the_clock_changes_but_not_the_time_of_day(here: Run, letter: Path) -> None:
    """Amsterdam leaves summer time on 2026-10-25; the slot stays at 07:00 there."""
    settings = letter / "mkdocs.yml"
    settings.write_text(settings.read_text().replace("time_zone: UTC", "time_zone: Europe/Amsterdam"))
    (letter / "content/tipsheets/2026/2026-11-17-welcome.md").unlink()
    here("new", "One", "--now", "2026-10-24")
    assert header(letter, "one")["date"] == "2026-10-27"
