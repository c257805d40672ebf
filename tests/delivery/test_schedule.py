"""What a scheduled run finds to do: late, missed, doubled runs, an archive, both changes of the clock."""

import datetime as dt
import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipsheet.delivery.schedule import Decision, Late, Outgoing, due, outgoing, shared_slots
from tipsheet.editing.timetable import Timetable
from tipsheet.edition.outbox import NotInOutboxError
from tipsheet.settings import Schedule
from tipsheet.store.states import SendState

WEEK = dt.timedelta(weeks=1)
DAY = dt.timedelta(days=1)
FIRST = dt.datetime(2026, 11, 3, 7, tzinfo=dt.UTC)
W45, W46, W47, W48 = (Outgoing(FIRST + n * WEEK, f"2026-w{45 + n}", f"No. {n}") for n in range(4))
LETTERS = (W48, W46, W45, W47)
DONE, SENDING = SendState.DONE, SendState.SENDING


def found(
    now: dt.datetime, ledger: dict[str, SendState] | None = None, late: Late = Late.HOLD, letters=LETTERS
) -> list[tuple[str, Decision]]:
    ledger = {W45.issue: DONE} if ledger is None else ledger
    return [(d.outgoing.issue, d.verdict) for d in due(letters, ledger, now, max_late=DAY, late=late)]


def test_nothing_goes_before_its_moment() -> None:
    assert found(W46.published - dt.timedelta(microseconds=1)) == []
    assert found(W46.published) == [("2026-w46", Decision.SEND)]


def test_a_late_run_catches_up() -> None:
    assert found(W46.published + DAY) == [("2026-w46", Decision.SEND)]


@pytest.mark.parametrize(
    ("late", "verdict"), [(Late.SEND, Decision.SEND), (Late.HOLD, Decision.HELD), (Late.SKIP, Decision.SKIPPED)]
)
def test_later_than_max_late_the_editor_decides(late: Late, verdict: Decision) -> None:
    assert found(W46.published + DAY * 1.01, late=late) == [("2026-w46", verdict)]


def test_what_was_begun_goes_on_however_late() -> None:
    ledger = {W45.issue: DONE, W46.issue: SENDING}
    assert found(W47.published + 3 * DAY, ledger, late=Late.SKIP) == [
        ("2026-w46", Decision.GO_ON),
        ("2026-w47", Decision.SKIPPED),
    ]


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        (SendState.PREPARED, [("2026-w46", Decision.GO_ON)]),
        (SendState.PAUSED, [("2026-w46", Decision.PAUSED)]),
        (SendState.DONE, []),
        (SendState.CANCELLED, []),
    ],
)
def test_the_ledger_says_where_an_issue_stands(state: SendState, verdict: list[tuple[str, Decision]]) -> None:
    """A doubled run finds nothing to do."""
    assert found(W46.published, {W45.issue: DONE, W46.issue: state}) == verdict


@pytest.mark.parametrize("late", Late)
def test_a_new_ledger_never_sends_the_archive(late: Late) -> None:
    """At most the newest issue is looked at; the others were published elsewhere, or long ago."""
    names = [issue for issue, _ in found(W48.published + 30 * DAY, {}, late)]
    assert names == ["2026-w48"]
    assert [issue for issue, _ in found(W48.published, {}, late)] == ["2026-w47", "2026-w48"]


def test_what_was_missed_before_a_newer_issue_went_is_archive() -> None:
    assert found(W48.published + DAY, {W45.issue: DONE, W47.issue: DONE}) == [("2026-w48", Decision.SEND)]


def test_an_issue_dated_back_still_goes_within_max_late() -> None:
    special = Outgoing(W46.published - dt.timedelta(hours=20), "special", "Special")
    assert found(W46.published, {W46.issue: DONE}, letters=(*LETTERS, special)) == [("special", Decision.SEND)]


def test_two_issues_on_one_slot_are_told() -> None:
    other = Outgoing(W46.published, "special", "Special")
    both = due((*LETTERS, other), {W45.issue: DONE}, W46.published, max_late=DAY, late=Late.HOLD)
    assert list(shared_slots(both)) == [("2026-w46", "special")]
    assert list(shared_slots(both[:1])) == []


@given(
    runs=st.lists(st.integers(-3 * 24, 6 * 24 * 7), max_size=40),
    late=st.sampled_from(Late),
)
def test_whenever_runs_come_each_issue_is_sent_at_most_once_and_in_time_if_one_came_in_time(
    runs: list[int], late: Late
) -> None:
    """Missed and doubled runs, at any hour: nothing twice, nothing early, nothing lost that a run was in time for."""
    ledger: dict[str, SendState] = {}
    sent: list[str] = []
    times = sorted(FIRST + dt.timedelta(hours=hours) for hours in runs)
    for now in times:
        for one in due(LETTERS, ledger, now, max_late=DAY, late=late):
            if one.goes:
                assert one.outgoing.published <= now
                sent.append(one.outgoing.issue)
                ledger[one.outgoing.issue] = DONE
    assert len(sent) == len(set(sent))
    for letter in LETTERS:
        if any(letter.published <= now <= letter.published + DAY for now in times):
            assert letter.issue in sent


@pytest.mark.parametrize(
    ("day", "utc"),
    [
        (dt.date(2026, 3, 22), "2026-03-22T01:30"),
        (dt.date(2026, 3, 29), "2026-03-29T01:30"),  # 02:30 does not exist; the clocks show 03:30 then
        (dt.date(2026, 4, 5), "2026-04-05T00:30"),
        (dt.date(2026, 10, 18), "2026-10-18T00:30"),
        (dt.date(2026, 10, 25), "2026-10-25T00:30"),  # 02:30 comes twice; the first counts
        (dt.date(2026, 11, 1), "2026-11-01T01:30"),
    ],
)
def test_a_slot_in_the_hour_that_the_clock_leaves_out_or_repeats(day: dt.date, utc: str) -> None:
    """Each Sunday at 02:30 in Amsterdam has one moment, also when the clock changes at that hour."""
    zone = ZoneInfo("Europe/Amsterdam")
    timetable = Timetable(Schedule.model_validate({"day": "sunday", "time": "02:30"}), zone)
    slot = timetable.moment(day)
    moment = dt.datetime.fromisoformat(f"{utc}+00:00")
    assert slot.astimezone(dt.UTC) == moment
    letter = Outgoing(dt.datetime.fromisoformat(slot.isoformat()).astimezone(dt.UTC), "it", "It")
    for minutes in (-1, 0, 30, 60, 90):
        now = moment + dt.timedelta(minutes=minutes)
        assert bool(due([letter], {}, now.astimezone(zone), max_late=DAY, late=Late.HOLD)) is (minutes >= 0)


def test_the_outbox_is_read_in_order(tmp_path: Path) -> None:
    for name, published in (("b", "2026-11-24T08:00:00+01:00"), ("a", "2026-11-24T08:00:00+02:00")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "edition.json").write_text(
            json.dumps({"issue": name, "title": name.upper(), "published": published})
        )
    assert [one.issue for one in outgoing(tmp_path)] == ["a", "b"]
    assert outgoing(tmp_path / "none") == ()
    (tmp_path / "a" / "edition.json").write_text("{}")
    with pytest.raises(NotInOutboxError, match="is no letter"):
        outgoing(tmp_path)
