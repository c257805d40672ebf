"""Commands that ask the store about segments, and the plan."""

import json
from pathlib import Path

import pytest

from tests.audience.people import FORM, add_confirmed, changing
from tests.audience.people import person as new
from tests.cli.conftest import Run
from tipsheet.audience.transitions import add
from tipsheet.store.database import open_store

ISSUE = """\
---
id: 2026-w48
title: For leaders
date: 2026-11-24
description: What only those who lead a team are given something to do about.
authors: [editor]
---

Text.

/// action | Ask your team { id=ask-team for=leaders }

1. Ask.

///
"""


@pytest.fixture
def readers(letter: Path) -> Path:
    """Three readers, of whom one leads a team, and somebody who has not confirmed."""
    store = open_store(f"sqlite:///{letter / 'audience.db'}")
    add_confirmed(store, "ada@example.org", attributes={"role": "leader"}, tags=("sells",))
    add_confirmed(store, "bo@example.org", attributes={"role": "maker"})
    add_confirmed(store, "cy@example.org", attributes={})
    with changing(store) as register:
        add(register, new("di@example.org", attributes={"role": "leader"}), FORM)
    store.dispose()
    return letter


@pytest.fixture
def coming(letter: Path) -> None:
    (letter / "content/tipsheets/2026/leaders.md").write_text(ISSUE, "utf-8")


def test_the_plan_without_a_store(here: Run, letter: Path, coming: None) -> None:
    result = here("plan")
    assert result.stdout.splitlines() == [
        "issue     goes out                  state   title",
        "2026-w47  Tue 2026-11-17 07:00 UTC  due     Welcome, and one thing to do",
        "2026-w48  Tue 2026-11-24 07:00 UTC  coming  For leaders",
    ]
    assert result.stderr == "There is no store of subscribers yet, so nobody is counted.\n"
    assert not (letter / "audience.db").exists()


def test_the_plan_says_who_would_read_what(here: Run, readers: Path, coming: None) -> None:
    """Issue 6, 4: the combinations that occur, and readers nobody wrote an action for."""
    result = here("plan")
    assert result.stdout.splitlines() == [
        "issue     goes out                  state   readers  segments  action",
        "2026-w47  Tue 2026-11-17 07:00 UTC  due     2        others    Write down whom this letter is for",
        "                                            1        leaders   Ask your team whom their letter is for",
        "2026-w48  Tue 2026-11-24 07:00 UTC  coming  2        others    NONE: nobody wrote one",
        "                                            1        leaders   Ask your team",
    ]
    assert result.stderr == ("2026-w48: 2 readers would get no action. Write one for them, or one without for=.\n")


def test_the_plan_is_in_the_zone_of_the_publication(here: Run, letter: Path, coming: None) -> None:
    """The hour is the reader's on both sides of a change of clocks."""
    text = (letter / "mkdocs.yml").read_text("utf-8").replace("time_zone: UTC", "time_zone: Europe/Amsterdam")
    (letter / "mkdocs.yml").write_text(text, "utf-8")
    later = ISSUE.replace("2026-w48", "2027-w13").replace("2026-11-24", "2027-03-30").replace("ask-team", "ask-more")
    (letter / "content/tipsheets/2026/spring.md").write_text(later, "utf-8")
    shown = here("plan").stdout
    assert "Tue 2026-11-24 07:00 CET" in shown
    assert "Tue 2027-03-30 07:00 CEST" in shown


def test_the_plan_for_a_program(here: Run, readers: Path, coming: None) -> None:
    _, one = json.loads(here("plan", "--json").stdout)
    assert (one["id"], one["published"], one["state"]) == ("2026-w48", "2026-11-24T07:00:00+00:00", "coming")
    assert (one["readers"], one["without_action"]) == (3, 2)
    assert one["groups"] == [
        {"segments": [], "readers": 2, "action": None},
        {"segments": ["leaders"], "readers": 1, "action": {"id": "ask-team", "title": "Ask your team"}},
    ]


def test_the_plan_for_a_program_without_a_store(here: Run, letter: Path) -> None:
    (one,) = json.loads(here("plan", "--json").stdout)
    assert (one["readers"], one["without_action"], one["groups"]) == (None, None, None)


def test_an_issue_for_nobody_is_planned_for_nobody(here: Run, readers: Path, coming: None) -> None:
    file = readers / "content/tipsheets/2026/leaders.md"
    file.write_text(ISSUE.replace("authors:", "audience: [leaders]\nauthors:"), "utf-8")
    (readers / "mkdocs.yml").write_text(
        (readers / "mkdocs.yml").read_text("utf-8").replace("{role: leader}", "{tag: nobody-has-it}"), "utf-8"
    )
    assert "coming  0        nobody" in here("plan").stdout


def test_nothing_is_planned(here: Run, letter: Path) -> None:
    assert here("plan", "--now", "2026-12-24").stderr.startswith("Nothing is due, and nothing is planned.\n")


def test_the_list_counts_readers_where_there_is_a_store(here: Run, readers: Path) -> None:
    """A4: the sentence and the count."""
    assert here("segments", "list").stdout.splitlines() == [
        "id       title                   pages   who             readers  issues  actions",
        "leaders  People who lead a team  public  role is leader  1        1       1",
    ]
    assert json.loads(here("segments", "list", "--json").stdout)[0]["readers"] == 1


def test_segments_are_counted(here: Run, readers: Path) -> None:
    assert here("segments", "count").stdout.splitlines() == ["segment   readers", "everyone  3", "leaders   1"]
    assert here("segments", "count", "leaders").stdout == "1\n"
    assert json.loads(here("segments", "count", "--json").stdout) == {"everyone": 3, "leaders": 1}
    assert json.loads(here("segments", "count", "leaders", "--json").stdout) == {"leaders": 1}


def test_subscribers_of_a_segment_are_counted_by_status(here: Run, readers: Path) -> None:
    result = here("subscribers", "count", "--segment", "leaders")
    assert result.stdout.splitlines()[1:3] == ["pending       1", "confirmed     1"]
    assert result.stderr == "2 in all in leaders.\n"
    found = json.loads(here("subscribers", "count", "--segment", "leaders", "--json").stdout)
    assert (found["segment"], found["total"]) == ("leaders", 2)


def test_why_somebody_is_in_a_segment(here: Run, readers: Path) -> None:
    """A4: each condition, what is known of the person, and whether it holds."""
    rule = "{all: [{role: leader}, {not: {tag: sells}}, {role: {exists: true}}]}"
    text = (readers / "mkdocs.yml").read_text("utf-8").replace("{role: leader}", rule)
    (readers / "mkdocs.yml").write_text(text, "utf-8")
    assert here("segments", "explain", "Ada@Example.org").stdout.splitlines() == [
        "ada@example.org is confirmed, and in no segment.",
        "",
        "segment  in it  condition          holds  known",
        "leaders  no     role is leader     yes    role: leader",
        "                has the tag sells  yes    tags: sells",
        "                role is known      yes    role: leader",
    ]
    assert here("segments", "explain", "cy@example.org").stdout.splitlines()[3:] == [
        "leaders  no     role is leader     no     role: not known",
        "                has the tag sells  no     tags: none",
        "                role is known      no     role: not known",
    ]


def test_why_for_a_program(here: Run, readers: Path) -> None:
    found = json.loads(here("segments", "explain", "di@example.org", "--json").stdout)
    assert found == {
        "email": "di@example.org",
        "status": "pending",
        "segments": [
            {
                "id": "leaders",
                "title": "People who lead a team",
                "who": "role is leader",
                "member": True,
                "reasons": [{"condition": "role is leader", "asks": "role", "known": "leader", "holds": True}],
            }
        ],
    }
    assert here("segments", "explain", "di@example.org").stdout.splitlines()[0] == (
        "di@example.org is pending, and in leaders. Only the confirmed are sent anything."
    )


def test_indexes_are_made_and_dropped(here: Run, readers: Path) -> None:
    assert here("segments", "index").stderr == "Made: role.\n"
    assert here("segments", "index").stderr == "Made: none.\n"
    assert json.loads(here("segments", "index", "--drop", "--json").stdout) == {"dropped": ["role"]}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("segments", "explain", "eve@example.org"), "nobody is subscribed as eve@example.org"),
        (("segments", "explain", "eve"), "eve"),
        (("segments", "count", "leader"), "did you mean 'leaders'?"),
        (("subscribers", "count", "--segment", "leader"), "did you mean 'leaders'?"),
    ],
    ids=" ".join,
)
def test_a_name_that_nobody_has(here: Run, readers: Path, words: tuple[str, ...], said: str) -> None:
    result = here(*words)
    assert result.exit_code == 2
    assert said in result.stderr


@pytest.mark.parametrize("words", [("count",), ("explain", "ada@example.org"), ("index",)], ids=" ".join)
def test_commands_that_only_ask_make_no_store(here: Run, letter: Path, words: tuple[str, ...]) -> None:
    result = here("segments", *words)
    assert result.exit_code == 2
    assert "no store of subscribers yet" in result.stderr
    assert not (letter / "audience.db").exists()


@pytest.mark.parametrize("words", [("count",), ("explain", "ada@example.org"), ("index",)], ids=" ".join)
def test_a_mistake_in_a_rule_stops_them(here: Run, readers: Path, words: tuple[str, ...]) -> None:
    """A2: a rule with a mistake would count nobody, without a word."""
    text = (readers / "mkdocs.yml").read_text("utf-8").replace("{role: leader}", "{rol: leader}")
    (readers / "mkdocs.yml").write_text(text, "utf-8")
    result = here("segments", *words)
    assert result.exit_code == 1
    assert "TS202 unknown attribute 'rol' (did you mean 'role'?)" in result.stderr
