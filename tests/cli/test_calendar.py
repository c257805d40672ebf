"""``tipsheet calendar``: what the editor has coming, and what nobody has written yet."""

import json
from pathlib import Path

from tests.cli.conftest import Run

EVENT = """
/// event | Evening of ten { starts=2026-12-08T19:00 ends=2026-12-08T21:00 tz=America/Toronto }

///
"""


def test_issues_drafts_free_slots_and_notes(here: Run, letter: Path) -> None:
    here("new", "Later", "--no-draft")
    here("new", "Draft", "--date", "2026-12-08")
    here("new", "Forgotten", "--date", "2026-11-20")
    rows = json.loads(here("calendar", "--weeks", "8", "--json").stdout)
    assert [(row["at"][:16], row["kind"], row["title"]) for row in rows] == [
        ("2026-11-20T07:00", "overdue draft", "Forgotten"),
        ("2026-11-24T07:00", "issue", "Later"),
        ("2026-12-01T07:00", "free slot", None),
        ("2026-12-08T07:00", "draft", "Draft"),
        ("2026-12-15T07:00", "free slot", None),
        ("2026-12-22T07:00", "free slot", None),
        ("2026-12-29T07:00", "free slot", None),
        ("2027-01-05T07:00", "free slot", None),
        ("2027-01-12", "last day of a note", "What shall we write about?"),
        ("2027-01-12T07:00", "free slot", None),
    ]
    assert here("calendar", "--weeks", "1").stdout.splitlines()[-1].startswith("Tue 2026-11-24 07:00 UTC  issue")


def test_an_event_has_the_time_of_its_place(here: Run, letter: Path) -> None:
    (file,) = letter.glob("content/tipsheets/*/*welcome.md")
    file.write_text(file.read_text() + EVENT)
    rows = json.loads(here("calendar", "--json").stdout)
    (event,) = [row for row in rows if row["kind"] == "event"]
    assert event == {
        "at": "2026-12-08T19:00:00-05:00",
        "kind": "event",
        "id": "2026-12-08-evening-of-ten",
        "title": "Evening of ten",
    }
    assert "Tue 2026-12-08 19:00 EST  event" in here("calendar").stdout
    gone = json.loads(here("calendar", "--json", "--now", "2026-12-10").stdout)
    assert not [row for row in gone if row["kind"] == "event"]
