"""``tipsheet list`` and ``tipsheet segments list``."""

import json
from pathlib import Path

from tests.cli.conftest import Run


def test_the_issues(here: Run) -> None:
    here("new", "Later", "--no-draft")
    here("new", "Draft")
    assert here("list").stdout.splitlines() == [
        "date        id        state   title                         action",
        "2026-12-01  2026-w49  draft   Draft                         Name here the one thing to do",
        "2026-11-24  2026-w48  future  Later                         Name here the one thing to do",
        "2026-11-17  2026-w47  out     Welcome, and one thing to do  Write down whom this letter is for",
    ]


def test_what_is_planned_comes_soonest_first(here: Run) -> None:
    assert here("list", "--future").stderr == "Nothing is planned.\n"
    here("new", "Later", "--no-draft")
    here("new", "Draft")
    assert [row["id"] for row in json.loads(here("list", "--future", "--json").stdout)] == ["2026-w48", "2026-w49"]
    assert json.loads(here("list", "--future", "--json", "--now", "2026-11-24").stdout)[0]["id"] == "2026-w49"


def test_articles(here: Run, letter: Path) -> None:
    (letter / "content/articles").mkdir()
    (letter / "content/articles/long.md").write_text(
        "---\nid: long\ntitle: Long\ndate: 2026-11-18\nauthors: [editor]\n"
        "description: A longer piece that stands on its own beside the issues.\n---\n\nText.\n"
    )
    assert here("list", "--articles").stdout.splitlines()[:2] == [
        "date        id        kind     state  title                         action",
        "2026-11-18  long      article  out    Long",
    ]
    assert "long" not in here("list").stdout


def test_columns_stand_under_each_other_in_every_script(here: Run) -> None:
    here("new", "日本語の号")
    header, first, second = here("list").stdout.splitlines()
    assert header.index("action") == first.index("Name") + 5 == second.index("Write")


def test_a_broken_file_does_not_hide_the_others(here: Run, letter: Path) -> None:
    (letter / "content/tipsheets/2026/broken.md").write_text("---\n")
    result = here("list")
    assert "2026-w47" in result.stdout
    assert "tipsheet check lists them" in result.stderr


def test_the_segments(here: Run) -> None:
    assert here("segments", "list").stdout.splitlines() == [
        "id       title                   pages   who             issues  actions",
        "leaders  People who lead a team  public  role is leader  1       1",
    ]


def test_the_segments_for_a_program(here: Run) -> None:
    (leaders,) = json.loads(here("segments", "list", "--json").stdout)
    assert (leaders["id"], leaders["issues"], leaders["actions"]) == ("leaders", 1, 1)


def test_no_segments(here: Run, letter: Path) -> None:
    settings = (letter / "mkdocs.yml").read_text("utf-8").splitlines(keepends=True)
    start = next(i for i, line in enumerate(settings) if line.startswith("      segments:"))
    (letter / "mkdocs.yml").write_text("".join(settings[:start]), "utf-8")
    assert here("segments", "list").stderr.endswith("mkdocs.yml declares no segments.\n")
