"""``tipsheet rehearse``: a table for people, JSON for programs, and 1 for a pipeline that is to stop (X13)."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from docs.reference.pages.changes import rehearsals
from tests.cli import test_segments
from tests.cli.conftest import Run, fingerprint
from tipsheet.store.database import open_store

readers, coming = test_segments.readers, test_segments.coming
WEEK = ("rehearse", "--weeks", "1")


def test_with_made_up_readers_where_there_is_no_store(here: Run, letter: Path) -> None:
    (letter / "content/tipsheets/2026/leaders.md").write_text(test_segments.ISSUE.replace(" for=leaders", ""), "utf-8")
    before = fingerprint(letter)
    said = here(*WEEK)
    assert (said.exit_code, fingerprint(letter)) == (0, before)
    lines = said.stdout.splitlines()
    assert lines[0].split() == ["issue", "goes", "out", "state", "readers", "segments", "action", "language"]
    assert lines[1].startswith("2026-w48  Tue 2026-11-24 07:00 UTC  coming")
    assert lines[1].split()[6:] == ["898", "everyone", "Ask", "your", "team", "en"]
    assert lines[-1].split() == ["Tue", "2026-11-24", "898"]
    assert said.stderr == "Rehearsed 1 week with 898 made-up readers.\n0 gaps.\n"


def test_a_gap_ends_with_one(here: Run, readers: Path, coming: None) -> None:
    said = here(*WEEK)
    assert said.exit_code == 1
    assert "2026-w48 gives no action to 2 readers (no segment)" in said.stdout
    assert said.stderr.startswith("Rehearsed 1 week with 3 readers.\n")


def test_drafts_and_free_slots_are_gaps_with_strict(here: Run, readers: Path) -> None:
    here("new", "Not yet")
    said = here("rehearse", "--weeks", "2", "--now", "2026-11-25")
    assert (said.exit_code, "remark: 2026-w48 is a draft and does not go." in said.stdout) == (0, True)
    assert "remark: there is no issue on Tue 2026-12-01. Write one: tipsheet new." in said.stdout
    assert here("rehearse", "--weeks", "2", "--strict", "--now", "2026-11-25").exit_code == 1
    said = here(*WEEK, "--demo", "20")
    assert (said.exit_code, "remark: 2026-w48 is a draft" in said.stdout) == (0, True)
    said = here(*WEEK, "--demo", "20", "--drafts")
    assert (said.exit_code, "is a draft" in said.stdout) == (0, False)


def test_for_a_program(here: Run, readers: Path, coming: None) -> None:
    told = json.loads(here(*WEEK, "--json").stdout)
    assert (told["readers"], told["made_up"]) == (3, False)
    assert [finding["kind"] for finding in told["findings"] if finding["gap"]] == ["held", "no action", "never"]
    (issue,) = [one for one in told["issues"] if one["id"] == "2026-w48"]
    assert issue["goes"] == "2026-11-24T07:00:00+00:00"
    assert issue["actions_of_segments"] == {"leaders": "own"}
    assert {"segments": ["leaders"], "readers": 1, "gets": [{"issue": "2026-w48", "action": "ask-team"}]} in told[
        "cohorts"
    ]
    assert {"day": "2026-11-24", "letters": 3, "limit": None, "waiting": {}} in told["days"]


def test_the_page_of_the_reference_has_all_keys_and_no_others(here: Run, readers: Path, coming: None) -> None:
    told = json.loads(here(*WEEK, "--json").stdout)
    first = {
        "Rehearsal": told,
        "IssueOfRehearsal": told["issues"][0],
        "GroupOfIssue": told["issues"][0]["groups"][0],
        "ActionOfGroup": next(one["action"] for one in told["issues"][-1]["groups"] if one["action"]),
        "CohortOfRehearsal": told["cohorts"][0],
        "IssueOfCohort": next(one["gets"][0] for one in told["cohorts"] if one["gets"]),
        "DayOfRehearsal": told["days"][0],
        "FindingOfRehearsal": told["findings"][0],
    }
    parts = dict(part.split("\n", 1) for part in rehearsals().split("\n## ")[1:])
    pages = {name: set(re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)) for name, part in parts.items()}
    assert pages == {name: set(value) for name, value in first.items()}


def test_made_up_readers_leave_the_store_alone(here: Run, readers: Path, coming: None) -> None:
    told = json.loads(here(*WEEK, "--demo", "50", "--json").stdout)
    assert told["made_up"]
    assert 40 <= told["readers"] <= 50
    engine = open_store(f"sqlite:///{readers / 'audience.db'}")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM subscriber").scalar() == 4
    engine.dispose()


def test_a_store_that_is_named_is_there_or_made_up_readers_are_asked_for(here: Run, letter: Path) -> None:
    """In a pipeline nobody would see that a rehearsal was of people who are made up."""
    said = here("rehearse", "--database", "none.db")
    assert (said.exit_code, "there is no store at 'none.db'\nHint: name the one" in said.stderr) == (2, True)
    assert here("rehearse", "--database", "none.db", "--demo", "3").exit_code == 0
    assert not (letter / "none.db").exists()


@pytest.mark.parametrize("weeks", ["0", "53", "x"])
def test_weeks_are_a_number(here: Run, weeks: str) -> None:
    assert here("rehearse", "--weeks", weeks).exit_code == 2


HEADER = """---
id: {0}
title: The issue {0}
date: {1}
description: Somebody says something to somebody else.
authors: [editor]
---

Hello @@first_name or there@@, this is the text.

"""
ACTION = "/// action | Do {0} {{ id=do-{0}{1} }}\n\n1. Do.\n\n///\n"


def written(folder: Path, name: str, date: str, *actions: str) -> None:
    file = folder / f"content/tipsheets/2026/{name}.md"
    file.write_text(HEADER.format(name, date) + "\n".join(actions), "utf-8")


def everybody(name: str) -> str:
    return ACTION.format(name, "")


def no_action(folder: Path) -> None:
    written(folder, "a", "2026-11-24", ACTION.format("a", " for=leaders"))


def twice(folder: Path) -> None:
    again = "/// action { use=ask-what-changed }\n\n///\n"
    written(folder, "a", "2026-11-24", again)
    written(folder, "b", "2026-12-01", again)


def two_letters(folder: Path) -> None:
    written(folder, "a", "2026-11-24T07:00", everybody("a"))
    written(folder, "b", "2026-11-24T17:00", everybody("b"))


def limits(folder: Path) -> None:
    written(folder, "a", "2026-11-24", everybody("a"))
    written(folder, "b", "2026-12-01", everybody("b"))
    settings = folder / "mkdocs.yml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace("      tagline:", "      delivery: {daily: 1}\n      tagline:", 1), "utf-8")


def mistake(folder: Path) -> None:
    written(folder, "a", "2026-11-24", everybody("a"))
    written(folder, "b", "not a day", everybody("b"))


@pytest.mark.parametrize(
    ("prepare", "kinds"),
    [
        (no_action, {"no action", "never"}),
        (twice, {"twice"}),
        (two_letters, {"two letters a day"}),
        (limits, {"limits"}),
        (mistake, {"mistake"}),
    ],
)
def test_each_kind_of_gap_ends_with_1(
    here: Run, letter: Path, prepare: Callable[[Path], None], kinds: set[str]
) -> None:
    """Those of readers who are made up; an issue that is held is one of the store's."""
    prepare(letter)
    said = here("rehearse", "--weeks", "3", "--demo", "20", "--json")
    found = {one["kind"] for one in json.loads(said.stdout)["findings"] if one["gap"]}
    assert (said.exit_code, found) == (1, kinds)


def test_an_issue_that_nobody_sent_in_time_is_a_gap(here: Run, readers: Path) -> None:
    written(readers, "late", "2026-11-18", everybody("late"))
    said = here("rehearse", "--weeks", "1", "--json")
    found = {one["kind"]: one["issue"] for one in json.loads(said.stdout)["findings"] if one["gap"]}
    assert (said.exit_code, found.get("held")) == (1, "late")
