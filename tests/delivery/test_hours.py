"""The Date of letters (D24), hours and caps (D29), and what is going on with an issue, also after a kill (D26)."""

import datetime as dt
from email import message_from_bytes
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from tests.delivery.builders import ISSUE, NOW, counts, job, owners, people
from tests.delivery.processes import finished, sender
from tests.delivery.sink import Sink, running
from tipsheet.delivery.pace import Clock, Limits, Pace, Rates
from tipsheet.delivery.schedule import Caps, Window, forecast
from tipsheet.delivery.sending import send
from tipsheet.delivery.status import Activity, status_of
from tipsheet.model.segment import Reader
from tipsheet.store.database import open_store

HOUR = dt.timedelta(hours=1)
DAYTIME = Window(opening=8, closing=20, zone=dt.UTC, attribute="zone")


@pytest.fixture
def store(sqlite_store_url):
    engine = open_store(sqlite_store_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sink():
    with running(Sink()) as sink:
        yield sink


def dates(sink: Sink) -> set[str]:
    return {message_from_bytes(one.message)["Date"] for one in sink.accepted}


def test_the_date_is_the_moment_of_sending(store, sink):
    """D24: nine days after the issue's moment, say; at the offset at which it was published."""
    people(store, 3)
    send(job(store, sink.connect, clock=lambda: NOW + 9 * 24 * HOUR))
    assert dates(sink) == {"Thu, 03 Dec 2026 08:00:00 +0100"}


def test_the_date_is_that_of_the_first_letter(store, sink):
    """D24: a letter that was put off, and a run of the next day, have the same."""
    people(store, 40)
    sink.fault = lambda said: "451 4.7.1 greylisted" if said.verb == "RCPT" and said.count < 20 else None
    send(job(store, sink.connect))
    send(job(store, sink.connect, clock=lambda: NOW + 24 * HOUR))
    assert counts(store) == {"sent": 40}
    assert dates(sink) == {"Tue, 24 Nov 2026 08:00:00 +0100"}


def test_a_date_with_which_nothing_went_out_is_forgotten(store, sink):
    """D24."""
    people(store, 5)
    sink.fault = lambda said: "530 5.7.0 login" if said.verb == "MAIL" else None
    send(job(store, sink.connect))
    sink.fault = lambda _said: None
    with store.begin() as connection:
        connection.execute(sa.text("UPDATE issue_send SET state = 'sending'"))
    send(job(store, sink.connect, clock=lambda: NOW + 24 * HOUR))
    assert dates(sink) == {"Wed, 25 Nov 2026 08:00:00 +0100"}


def test_a_kill_keeps_the_date_and_the_status_is_true(store, sqlite_url, monkeypatch):
    """D24, D26: no sender is at work, whatever the ledger's state says; the next run takes over."""
    people(store, 60)
    with running(Sink()) as sink:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(NOW.timestamp())))
        with sender(sqlite_url, sink, die=["answered", 20]) as process:
            code, said = finished(process)
            assert code == -9, said
        with store.connect() as connection:
            status = status_of(connection, ISSUE)
        assert (status.activity, status.senders, status.exit_code) == (Activity.STOPPED, 0, 4)
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int((NOW + HOUR).timestamp())))
        with sender(sqlite_url, sink) as process:
            assert finished(process)[0] == 4
    assert dates(sink) == {"Tue, 24 Nov 2026 08:00:00 +0100"}
    assert len(sink.accepted) > 50


def test_while_a_sender_works_the_status_says_so(store, sink):
    """D26."""
    people(store, 30)
    seen = []

    def look(_name: str) -> None:
        if len(sink.accepted) == 10 and not seen:
            with store.connect() as connection:
                seen.append(status_of(connection, ISSUE))

    send(job(store, sink.connect, checkpoint=look))
    assert [(one.activity, one.senders) for one in seen] == [(Activity.SENDING, 1)]


def test_letters_go_in_the_hours_of_their_readers(store, sink):
    """D29: the zone is the reader's where it is known; a letter that waits costs nobody a try."""
    zones = ["Asia/Tokyo", "America/New_York", "", "no/zone"]
    people(store, [Reader(attributes={"zone": zone} if zone else {}) for zone in zones])
    early = NOW.replace(hour=7)  # 16:00 in Tokyo, 2:00 in New York
    run = lambda moment: send(job(store, sink.connect, window=DAYTIME, clock=lambda: moment))  # noqa: E731
    status = run(early)
    assert list(sink.recipients) == ["P1@example.org"]
    assert (status.activity, status.next_due) == (Activity.WAITING, NOW.replace(hour=8))
    assert {(s, cause): n for (s, cause), n in status.causes.items() if cause} == {("queued", "out of hours"): 3}
    run(NOW.replace(hour=8))
    assert sorted(sink.recipients) == ["P1@example.org", "P3@example.org", "P4@example.org"]
    assert run(NOW.replace(hour=12)).next_due == NOW.replace(hour=13)
    assert run(NOW.replace(hour=13)).exit_code == 0
    with store.connect() as connection:
        assert set(connection.execute(sa.text("SELECT attempts FROM delivery")).scalars()) == {1}


def test_a_clock_that_was_ahead_starves_nobody_of_their_hours(store, sink):
    """D6, D29."""
    people(store, 3)
    send(job(store, sink.connect, window=DAYTIME, clock=lambda: NOW.replace(hour=21) + 72 * HOUR))
    assert counts(store) == {"queued": 3}
    assert send(job(store, sink.connect, window=DAYTIME, clock=lambda: NOW.replace(hour=9))).exit_code == 0


@given(
    moment=st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: NOW + dt.timedelta(minutes=minutes)),
    hours=st.tuples(st.integers(0, 23), st.integers(1, 24)).filter(lambda pair: pair[0] < pair[1]),
    zone=st.sampled_from(["Europe/Amsterdam", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia", ""]),
)
def test_a_window_always_opens_within_a_day_and_an_hour(moment, hours, zone):
    """D29: across both changes of the clock, and when it opens letters go."""
    window = Window(opening=hours[0], closing=hours[1], zone=ZoneInfo("America/Toronto"), attribute="zone")
    opens = window.opens({"zone": zone}, moment)
    if opens is not None:
        assert dt.timedelta() < opens - moment <= dt.timedelta(hours=25)
        assert window.opens({"zone": zone}, opens) is None or hours[1] - hours[0] == 1  # an hour that spring leaves out


def test_a_cap_is_carried_over_days_and_over_kills(store, sink):
    """D29: three runs a day, a sender that is killed in between; the warm-up doubles each day."""
    people(store, 70)
    caps, by_day = Caps(first=10, factor=2.0, until=1000), []
    for day in range(3):
        for hour in (0, 1, 2):
            wall = lambda day=day, hour=hour: NOW + dt.timedelta(days=day, hours=hour)  # noqa: E731
            pace = Pace(Rates(), Limits(), Clock(wall=wall, steady=lambda: 1000.0), caps=caps)
            with store.begin() as connection:
                pace.load(connection)
            status = send(job(store, sink.connect, governor=pace, clock=wall, new_owner=owners(f"{day}-{hour}")))
        by_day.append(len(sink.accepted))
        if day < 2:
            assert status.activity is Activity.WAITING
            assert "letters have gone out today, which is the cap" in status.cause
            assert status.next_due == (NOW + dt.timedelta(days=day + 1)).replace(hour=0)
    assert by_day == [10, 30, 70]
    assert status.exit_code == 0
    assert set(sink.recipients.values()) == {1}


def test_what_plan_says_of_caps() -> None:
    """D29."""
    assert forecast(Caps(first=10, factor=2.0), 100, days_before=0, sent_today=4).days == (6, 20, 40, 34)
    assert forecast(Caps(daily=50), 100, days_before=9, sent_today=50).days == (0, 50, 50)
    assert forecast(Caps(), 100, days_before=0, sent_today=0).in_words == ""
    assert forecast(Caps(daily=50), 100, days_before=0, sent_today=0).in_words == "capped: 2 days, with 50, 50 letters"
    never = forecast(Caps(daily=1), 5000, days_before=0, sent_today=0)
    assert (never.waiting, never.in_words) == (1340, "capped: more than 3,660 days, with 1, 1, 1, 1, 1, … letters")
