"""F22: the calendar that readers subscribe to."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import icalendar

from tests.rendering.feed_builders import (
    FOR_MANAGERS,
    MANAGERS,
    NOW,
    ZONE,
    action,
    calendar,
    calendar_files,
    event,
    issue,
    note,
    publication,
)
from tests.rendering.feed_builders import TORONTO as TORONTO_SEGMENT
from tipsheet.model.audience import Audience
from tipsheet.model.publication import Publication
from tipsheet.rendering.calendar import calendar_paths

TORONTO = ZoneInfo("America/Toronto")


def entries(publication: Publication) -> dict[str, Any]:
    """The entries of the calendar, read back, by their UID."""
    whole = icalendar.Calendar.from_ical(calendar(publication))
    return {str(entry["UID"]): entry for entry in whole.walk("VEVENT")}


def test_an_event_keeps_its_zone_and_the_zone_is_described() -> None:
    """F22: VTIMEZONE for every TZID, times on the wall clock of the place."""
    starts = dt.datetime(2027, 1, 25, 18, tzinfo=TORONTO)
    told = publication(issue(1, event(starts=starts, ends=None), event(id="here")))
    whole = icalendar.Calendar.from_ical(calendar(told))
    assert {str(zone["TZID"]) for zone in whole.walk("VTIMEZONE")} == {"America/Toronto", "Europe/Amsterdam"}
    assert entries(told)["listening@tips.example.org"]["DTSTART"].dt == starts
    assert b"DTSTART;TZID=America/Toronto:20270125T180000\r\n" in calendar(told)


def test_uids_hang_on_the_identity_and_not_on_the_words() -> None:
    """F22: stable UIDs."""
    before = publication(issue(1, event(), action(due=NOW.date())))
    after = publication(issue(1, event(name="Renamed"), action(due=NOW.date(), title="Renamed"), slug="renamed"))
    assert entries(before).keys() == entries(after).keys() == {
        "listening@tips.example.org",
        "action-ask@tips.example.org",
    }  # fmt: skip


def test_an_event_says_where_what_and_how_to_book() -> None:
    """F22: location, address and plain text."""
    html = "<p>Bring a <em>case</em>.</p><ul><li>Tea &amp; cake</li></ul>"
    told = event(place="Herengracht 1; Amsterdam", url="https://book.example/x?a=1,2", price="€ 40", html=html)
    entry = entries(publication(issue(1, told)))["listening@tips.example.org"]
    assert str(entry["LOCATION"]) == "Herengracht 1; Amsterdam"
    assert str(entry["URL"]) == "https://book.example/x?a=1,2"
    assert str(entry["DESCRIPTION"]) == "€ 40\nBring a case.\nTea & cake"


def test_an_action_is_a_whole_day_with_its_steps() -> None:
    """F22: an action with a day is an all-day entry that leads to its place on the page."""
    due = dt.date(2026, 12, 3)
    told = publication(issue(1, action(due=due, steps=("Write to @@first_name or a friend@@", "Wait"))))
    entry = entries(told)["action-ask@tips.example.org"]
    assert entry["DTSTART"].dt == due
    assert str(entry["SUMMARY"]) == "Ask before you pitch"
    assert str(entry["DESCRIPTION"]) == "10 minutes\n☐ Write to a friend\n☐ Wait"
    assert str(entry["URL"]) == "https://tips.example.org/weekly/issues/issue-1/#action-ask"


def test_what_is_over_is_gone() -> None:
    """F22, C9: an event goes at the end of its day in its zone, an action at the end of its day in ours."""
    told = publication(
        issue(1, event(), event(id="evening", starts=dt.datetime(2026, 12, 1, 20, tzinfo=TORONTO), ends=None)),
        issue(2, action(id="today", due=dt.date(2026, 12, 1))),
        issue(3, action(id="yesterday", due=dt.date(2026, 11, 30))),
        issue(4, action(id="some-day")),
        now=dt.datetime(2026, 12, 1, 23, 59, tzinfo=ZONE).astimezone(dt.UTC),
    )
    assert entries(told).keys() == {
        "listening@tips.example.org",
        "evening@tips.example.org",
        "action-today@tips.example.org",
    }  # fmt: skip


def test_an_action_that_returns_has_its_new_day() -> None:
    told = publication(
        issue(1, action(due=dt.date(2026, 12, 8), used=True)),
        issue(2, action(due=dt.date(2026, 12, 3))),
    )
    entry = entries(told)["action-ask@tips.example.org"]
    assert entry["DTSTART"].dt == dt.date(2026, 12, 8)
    assert str(entry["URL"]).endswith("issues/issue-1/#action-ask")


def test_text_for_segments_stays_out() -> None:
    """C7: the calendar is public."""
    told = publication(
        issue(1, (event(name="SECRET"), FOR_MANAGERS), (action(title="SECRET", due=NOW.date()), FOR_MANAGERS)),
        issue(2, event(id="x", name="SECRET"), audience=FOR_MANAGERS),
        issue(3, notes=(note(event(id="y", name="SECRET"), audience=FOR_MANAGERS),)),
    )
    assert b"SECRET" not in calendar(told)


def test_an_event_of_a_note_is_in_it_once() -> None:
    seats = note(event())
    assert len(entries(publication(issue(1, notes=(seats,)), issue(2, notes=(seats,))))) == 1


def test_the_file_is_folded_ended_and_the_same_every_time() -> None:
    """F22: identical bytes per build; RFC 5545, 3.1: CRLF and lines of at most 75 octets."""
    told = publication(issue(1, event(name="Zuhören: " * 20, html="<p>Ä\x0b" + "ö" * 300 + "</p>")))
    written = calendar(told)
    assert written == calendar(told)
    assert b"\n" not in written.replace(b"\r\n", b"")
    assert max(map(len, written.split(b"\r\n"))) <= 75
    assert str(entries(told)["listening@tips.example.org"]["SUMMARY"]) == "Zuhören: " * 20


def test_the_stamp_is_of_the_issue_that_told_of_it_first() -> None:
    """F22: the clock is not in it."""
    told = publication(issue(1, event()), issue(2, event()))
    assert entries(told)["listening@tips.example.org"]["DTSTAMP"].dt == (NOW - dt.timedelta(weeks=2)).astimezone(dt.UTC)


def test_a_publication_without_dates_has_an_empty_calendar() -> None:
    assert entries(publication(issue(1))) == {}


def files(publication: Publication) -> dict[str, Any]:
    """The only entry of each file, by the file's path."""
    found = {}
    for path, text in calendar_files(publication):
        (found[path],) = icalendar.Calendar.from_ical(text).walk("VEVENT")
    return found


def test_each_coming_event_and_open_action_has_a_file() -> None:
    """With the ids of the calendar that readers subscribe to, so that both together give one entry."""
    told = publication(issue(1, event(), action(due=dt.date(2026, 12, 3)), action(id="over", due=dt.date(2026, 11, 1))))
    found = files(told)
    assert found.keys() == {"events/listening.ics", "actions/ask.ics"}
    assert {str(entry["UID"]) for entry in found.values()} == entries(told).keys()
    assert calendar_paths(told) == {"event-listening": "events/listening.ics", "action-ask": "actions/ask.ics"}


def test_what_only_a_public_segment_is_told_stands_below_its_page() -> None:
    told = publication(
        issue(1, event(), (event(id="team"), FOR_MANAGERS), (action(id="lead", due=NOW.date()), FOR_MANAGERS)),
        issue(2, event(id="x", name="SECRET"), audience=Audience(frozenset({"toronto"}))),
        segments=(MANAGERS, TORONTO_SEGMENT),
    )
    found = files(told)
    assert found.keys() == {
        "events/listening.ics",
        "for/managers/events/team.ics",
        "for/managers/actions/lead.ics",
    }  # fmt: skip
    assert calendar_paths(told, MANAGERS)["event-listening"] == "events/listening.ics"
    assert str(found["for/managers/actions/lead.ics"]["URL"]).endswith("/for/managers/issue-1/#action-lead")


def test_files_are_the_same_every_time() -> None:
    told = publication(issue(1, event(), event(id="far", starts=dt.datetime(2027, 1, 1, 9, tzinfo=TORONTO), ends=None)))
    assert dict(calendar_files(told)) == dict(calendar_files(told))
    assert b"BEGIN:VTIMEZONE" in dict(calendar_files(told))["events/far.ics"]
