"""C20: an event of days without a time is of whole days in every output."""

import datetime as dt
import json
import re
from pathlib import Path

import icalendar
import pytest

from tests.conftest import Write
from tests.folders import issue
from tipsheet.last_build import BuildOptions
from tipsheet.model.body import Event
from tipsheet.press import build, check
from tipsheet.rendering.language import span
from tipsheet.words import words_of

NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
ISSUE = "content/tipsheets/2026/2026-11-17-ask.md"
ACTION = "\n/// action | Ask { id=ask }\n\n///\n"


def with_event(options: str) -> dict[str, str]:
    return {ISSUE: issue(body=f"Text.\n\n/// event | A fair {{ id=fair {options} }}\n\nCome.\n\n///\n{ACTION}")}


def test_every_output_says_days(publication: Write, tmp_path: Path) -> None:
    """C20: page, letter, text, calendar (the end is exclusive there), JSON-LD, the data and the feed."""
    root = publication(with_event("starts=2027-01-25 ends=2027-01-27"))
    build(root, BuildOptions(site_dir=tmp_path / "site", outbox_dir=tmp_path / "outbox"), now=NOW)
    days = "Monday 25 to Wednesday 27 January 2027"
    page = (tmp_path / "site/issues/ask/index.html").read_text(encoding="utf-8")
    assert f">{days}<" in page
    assert 'datetime="2027-01-25"' in page
    data = next(
        d
        for text in re.findall(r'ld\+json">(.*?)</script>', page, re.DOTALL)
        if (d := json.loads(text))["@type"] == "Event"
    )
    assert (data["startDate"], data["endDate"]) == ("2027-01-25", "2027-01-27")
    for file in (*(tmp_path / "outbox").glob("*/everyone.*t*"), tmp_path / "site/feed.xml"):
        text = " ".join(file.read_text(encoding="utf-8").split())
        assert days in text, file.name
        assert "0:00" not in re.sub(r"\d\d:\d\d:00|T\d\d:00", "", text), file.name
    (told,) = icalendar.Calendar.from_ical((tmp_path / "site/actions.ics").read_bytes()).walk("VEVENT")
    assert (told["DTSTART"].dt, told["DTEND"].dt) == (dt.date(2027, 1, 25), dt.date(2027, 1, 28))
    assert b"DTSTART;VALUE=DATE:20270125" in (tmp_path / "site/events/fair.ics").read_bytes()
    (newest, *_) = json.loads((tmp_path / "site/api/issues.json").read_text(encoding="utf-8"))["issues"]
    assert [(e["starts"], e["ends"]) for e in newest["events"]] == [("2027-01-25", "2027-01-27")]


@pytest.mark.parametrize(
    ("starts", "ends", "language", "said"),
    [
        ("2027-01-25", None, "en", "Monday 25 January 2027"),
        ("2027-01-25", "2027-01-25", "en", "Monday 25 January 2027"),
        ("2027-01-30", "2027-02-01", "en", "Saturday 30 January to Monday 1 February 2027"),
        ("2026-12-31", "2027-01-01", "en", "Thursday 31 December 2026 to Friday 1 January 2027"),
        ("2027-01-25", "2027-01-27", "en-US", "Monday, January 25, 2027 to Wednesday, January 27, 2027"),
    ],
)
def test_days_as_people_say_them(starts: str, ends: str | None, language: str, said: str) -> None:
    last = dt.date.fromisoformat(ends) if ends else None
    event = Event(id="x", name="X", starts=dt.date.fromisoformat(starts), ends=last)
    assert span(event, words_of(language, "letters")) == said


def test_it_is_over_when_its_last_day_is_in_its_zone(publication: Write, tmp_path: Path) -> None:
    """C9: the last day belongs to it."""
    root = publication(with_event("starts=2026-11-20 ends=2026-11-21 tz=America/Toronto"))
    for now, there in (
        (dt.datetime(2026, 11, 22, 4, 59, tzinfo=dt.UTC), True),
        (dt.datetime(2026, 11, 22, 5, tzinfo=dt.UTC), False),
    ):
        build(root, BuildOptions(site_dir=tmp_path / "site", outbox_dir=tmp_path / "outbox"), now=now)
        assert (tmp_path / "site/events/fair.ics").exists() is there


@pytest.mark.parametrize(
    "options",
    [
        "starts=2027-01-25 ends=2027-01-27T10:00",
        "starts=2027-01-25T10:00 ends=2027-01-27",
        "starts=2027-01-25 ends=2027-01-24",
    ],
)
def test_a_day_and_a_moment_do_not_go_together(options: str, publication: Write) -> None:
    problems = check(publication(with_event(options)), now=NOW).problems
    assert [(p.where.path, p.code) for p in problems] == [(ISSUE, "TS102")]
