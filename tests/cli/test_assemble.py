"""``tipsheet assemble`` writes a draft from the library, and says why (C15)."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run, fingerprint

UNUSED = "never given to them; the first by id"


def draft(stdout: str) -> str:
    return Path(stdout.splitlines()[0]).read_text("utf-8")


@pytest.fixture
def library(letter: Path) -> Path:
    """Actions for everyone, and one for leaders only."""
    for name, readers in (("alpha", ""), ("beta", ""), ("aim", "for: [leaders]\n")):
        file = letter / f"content/actions/{name}.md"
        file.write_text(f"---\nid: {name}\ntitle: Do the {name}\ntags: [{name}]\n{readers}---\n\n1. Do it.\n")
    return letter


def test_one_action_for_everyone_and_a_variant_for_leaders(here: Run, library: Path) -> None:
    text = draft(here("assemble").stdout)
    assert "id: 2026-w48\nnumber: 2\ntitle: Do the alpha\ndate: 2026-11-24\n" in text
    assert "/// action { use=alpha }\n\n///\n\n/// action { use=aim for=leaders }\n\n///\n" in text


def test_nobody_is_given_what_another_variant_was_written_for(here: Run, letter: Path) -> None:
    """In the welcome, leaders had an action of their own instead of everyone's."""
    report = json.loads(here("assemble", "--json", "--week", "2027-W20").stdout)
    had_instead = "write-down-whom-it-is-for"
    assert [c["action"] for c in report["choices"]] == ["ask-what-changed", "ask-what-changed"]
    report = json.loads(here("assemble", "--json", "--week", "2027-W21").stdout)
    assert [c["action"] for c in report["choices"]] == [had_instead, "ask-whom-it-is-for"]


def test_a_private_note_is_not_named_in_the_text(here: Run, letter: Path) -> None:
    """C7: what the editor may forget to delete must not reach the public page."""
    note = letter / "content/notes/what-to-write-about.md"
    note.write_text(note.read_text("utf-8").replace("title: ", "for: [leaders]\ntitle: "), "utf-8")
    result = here("assemble")
    assert "What shall we write about?" in result.stdout
    assert "What shall we write about?" not in draft(result.stdout)


def test_check_passes_untouched(here: Run, library: Path) -> None:
    for _ in range(6):
        assert here("assemble").exit_code == 0
    result = here("check", "--strict")
    assert result.exit_code == 0, result.output


def test_it_says_why_and_what_each_segment_had(here: Run, library: Path) -> None:
    here("assemble")
    assert here("assemble").stdout.splitlines()[1:] == [
        "",
        "For Tuesday 2026-12-01:",
        "",
        f"Everyone else: Ask somebody what they do with it now (ask-what-changed): {UNUSED} of 4 that fit",
        "  gets 2026-11-24  Do the alpha",
        "  had  2026-11-17  Write down whom this letter is for",
        "",
        f"People who lead a team: Do the alpha (alpha): {UNUSED} of 5 that fit",
        "  gets 2026-11-24  Do the aim",
        "  had  2026-11-17  Ask your team whom their letter is for",
        "",
        "Notes that it carries by itself:",
        "  What shall we write about? (until 2027-01-12)",
    ]


def test_the_same_for_a_program(here: Run, library: Path) -> None:
    report = json.loads(here("assemble", "--json").stdout)
    assert report["id"] == "2026-w48"
    assert report["notes"] == ["note-what-to-write-about"]
    assert [(c["segment"], c["action"]) for c in report["choices"]] == [(None, "alpha"), ("leaders", "aim")]
    assert report["choices"][1]["had"] == [{"date": "2026-11-17", "issue": "2026-w47", "action": "ask-whom-it-is-for"}]


def test_the_same_folder_gives_the_same_draft(here: Run, library: Path) -> None:
    drafts = []
    for _ in range(2):
        path = Path(here("assemble").stdout.splitlines()[0])
        drafts.append(path.read_bytes())
        path.unlink()
    assert drafts[0] == drafts[1]


def test_a_week_of_its_own(here: Run, library: Path) -> None:
    text = draft(here("assemble", "--week", "2027-W02").stdout)
    assert "id: 2027-w02\n" in text
    assert "date: 2027-01-12\n" in text


@pytest.mark.parametrize("week", ["next", "2026-W54", "2026-W00", "2025-W53", "0000-W01", "2026-12-01"])
def test_a_week_that_does_not_exist(week: str, here: Run, letter: Path) -> None:
    before = fingerprint(letter)
    result = here("assemble", "--week", week)
    assert (result.exit_code, fingerprint(letter)) == (2, before)


def test_when_nothing_has_rested_the_draft_asks_for_an_action(here: Run) -> None:
    """The starter has one evergreen action, and the cool-down is twelve weeks."""
    here("assemble")
    result = here("assemble")
    assert "none of the 2 that fit has rested; write a new action into the draft" in result.stdout
    assert "title: Tipsheet of week 49, 2026\n" in draft(result.stdout)
    assert "/// action | Name here the one thing to do {" in draft(result.stdout)
