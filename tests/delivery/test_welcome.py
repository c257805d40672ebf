"""W11: welcome letters go to whoever confirms, each to every reader once."""

import datetime as dt
import json
import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.audience.people import address
from tests.delivery.builders import MANAGERS, NOW, SECRET, edition, job, owners
from tests.delivery.sink import Sink, running
from tipsheet.audience import frequency, transitions
from tipsheet.audience.consent import Evidence
from tipsheet.audience.importing.columns import Instructions
from tipsheet.audience.importing.run import Import
from tipsheet.audience.register import open_register
from tipsheet.audience.subscriber import NewSubscriber, known
from tipsheet.delivery import status
from tipsheet.delivery.approval import NotApprovedError
from tipsheet.delivery.locks import AnotherSenderError, only_sender
from tipsheet.delivery.sending import Transport, send
from tipsheet.delivery.snapshot import NotThatStateError
from tipsheet.delivery.status import Activity, Status, status_of
from tipsheet.delivery.welcome import read_series, send_due_welcomes
from tipsheet.edition.edition import Edition
from tipsheet.edition.outbox import NotInOutboxError, digest_of, read_edition, record_of
from tipsheet.model.audience import EVERYONE, Audience
from tipsheet.press import prepare
from tipsheet.store.database import open_store, writing
from tipsheet.store.tables import delivery, issue_send

PAGE = Evidence(source="https://lists.example/confirm", form="confirm", wording="Send me the sheet.")
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
SERIES = (("welcome", 0), ("welcome-second", 3 * 86_400))


def letter(name: str, text: str = "Good that you are here.\n", audience: Audience = EVERYONE) -> Edition:
    made = replace(edition(text, issue=name, audience=audience), published="1970-01-01T00:00:00+00:00", digest="")
    return replace(made, digest=digest_of(made))


def write_outbox(folder: Path, *editions: Edition, **more: object) -> Path:
    """What the build leaves: the letters, and the file that says when each goes."""
    after = dict(SERIES)
    for one in editions:
        (folder / one.issue).mkdir(parents=True, exist_ok=True)
        (folder / one.issue / "edition.json").write_text(record_of(one))
    letters = [{"issue": one.issue, "after": after[one.issue], **more} for one in editions]
    (folder / "service").mkdir(exist_ok=True)
    (folder / "service/series.json").write_text(json.dumps({"version": 1, "letters": letters}))
    return folder


@pytest.fixture
def outbox(tmp_path):
    return write_outbox(tmp_path / "outbox", letter("welcome"), letter("welcome-second"))


@pytest.fixture
def sink():
    with running(Sink()) as sink:
        yield sink


def run(store: sa.Engine, outbox: Path, sink: Sink, now: dt.datetime, **more: object) -> list[Status]:
    """One look at the series, as `publish` and `web` do."""

    def job_for(one: Edition):
        return job(store, sink.connect, edition=one, clock=lambda: now, **more)

    return list(send_due_welcomes(store, outbox, lambda: now, job_for))


def act(store: sa.Engine, what: Callable[..., object], email: str, now: dt.datetime) -> None:
    with open_register(store, SECRET, now=now) as register:
        what(register, known(register.connection, address(email)), PAGE)


def confirm(store: sa.Engine, email: str, now: dt.datetime, **facts: object) -> None:
    """The way of a reader: they ask, and confirm, for the first time or again."""
    with open_register(store, SECRET, now=now) as register:
        transitions.resubscribe(register, NewSubscriber(address=address(email), **facts), PAGE)


def letters(store: sa.Engine) -> dict[tuple[str, int], tuple[str, str]]:
    query = sa.select(issue_send.c.issue, delivery.c.subscriber_id, delivery.c.state, delivery.c.cause)
    with store.connect() as connection:
        rows = connection.execute(query.join_from(delivery, issue_send, issue_send.c.id == delivery.c.send_id)).all()
    return {(row.issue, row.subscriber_id): (row.state, row.cause) for row in rows}


def test_whoever_confirms_is_sent_each_letter_when_it_is_due(store, outbox, sink):
    confirm(store, "early@example.org", NOW)
    assert [status.total for status in run(store, outbox, sink, NOW)] == [0, 0]
    confirm(store, "ada@example.org", NOW + HOUR)
    for hours in (1, 1, 2, 72, 73, 73, 1000):
        run(store, outbox, sink, NOW + hours * HOUR)
        if hours == 72:
            assert letters(store) == {("welcome", 2): ("sent", "")}
    assert letters(store) == {("welcome", 2): ("sent", ""), ("welcome-second", 2): ("sent", "")}
    assert Counter(sink.recipients) == {"ada@example.org": 2}
    with store.connect() as connection:
        found = status_of(connection, "welcome")
    assert (found.activity, found.since, found.exit_code) == (Activity.SERIES, NOW, 0)


def test_nothing_is_written_where_nothing_is_due(store, outbox, sink):
    run(store, outbox, sink, NOW)
    confirm(store, "ada@example.org", NOW)
    run(store, outbox, sink, NOW)
    assert run(store, outbox, sink, NOW + DAY) == []


def test_none_goes_without_approval_where_review_is_required(store, outbox, sink, publication):
    """X14: the run ends without an error, and the letter waits for one that may send it."""
    settings = prepare(publication(), now=NOW).ready()[0]
    way = Transport(settings=settings, environ={"TIPSHEET_REVIEW": "required"}, sender="smtp", folder=outbox)
    run(store, outbox, sink, NOW)
    confirm(store, "ada@example.org", NOW + HOUR)
    found = send_due_welcomes(store, outbox, lambda: NOW + HOUR, lambda one: way.job(store, one))
    assert (list(found), letters(store), sink.recipients) == ([], {}, {})
    with pytest.raises(NotApprovedError, match="welcome goes to no reader"):
        way.job(store, read_edition(outbox, "welcome"))
    run(store, outbox, sink, NOW + 2 * HOUR)
    assert sink.recipients == {"ada@example.org": 1}


def test_who_left_or_paused_in_between_is_passed_over_for_good(store, outbox, sink):
    """Whoever has left once is not new, though they come back; what was missed in a pause is not sent later."""
    run(store, outbox, sink, NOW)
    for email in ("left@example.org", "paused@example.org", "erased@example.org"):
        confirm(store, email, NOW)
    run(store, outbox, sink, NOW)
    act(store, transitions.unsubscribe, "left@example.org", NOW + DAY)
    act(store, lambda register, someone, _: transitions.erase(register, someone), "erased@example.org", NOW + DAY)
    act(
        store,
        lambda register, someone, evidence: frequency.pause(register, someone, NOW + 5 * DAY, evidence),
        "paused@example.org",
        NOW + DAY,
    )
    confirm(store, "left@example.org", NOW + 2 * DAY)
    for days in (3, 5, 6, 30):
        run(store, outbox, sink, NOW + days * DAY)
    assert Counter(sink.recipients) == {"left@example.org": 1, "paused@example.org": 1, "erased@example.org": 1}
    assert letters(store)["welcome-second", 2] == ("skipped", "paused")
    assert ("welcome-second", 1) not in letters(store)


@pytest.mark.parametrize(
    ("asked", "sent"), [(False, {"own@example.org"}), (True, {"own@example.org", "p1@example.org"})]
)
def test_people_of_an_import_are_not_sent_it_unless_that_is_asked(store, tmp_path, sink, asked, sent):
    outbox = write_outbox(tmp_path / "outbox", letter("welcome"), imported=asked)
    run(store, outbox, sink, NOW)
    file = tmp_path / "list.csv"
    file.write_text("email,status\np1@example.org,confirmed\n")
    instructions = Instructions(consent="At the fair", mapped={"email": ("email",), "status": ("status",)})
    Import(engine=store, secret=SECRET, now=NOW, instructions=instructions).take([file])
    confirm(store, "own@example.org", NOW)
    run(store, outbox, sink, NOW)
    assert sink.recipients.keys() == sent


def test_it_is_for_segments_as_issues_are(store, tmp_path, sink):
    outbox = write_outbox(tmp_path / "outbox", letter("welcome", audience=MANAGERS))
    run(store, outbox, sink, NOW)
    confirm(store, "ada@example.org", NOW, tags=("managers",))
    confirm(store, "bo@example.org", NOW)
    run(store, outbox, sink, NOW)
    assert sink.recipients.keys() == {"ada@example.org"}


def test_a_changed_text_goes_to_whoever_comes_then(store, outbox, sink):
    """D8 is for issues: a series may be mended, and nobody gets it twice."""
    run(store, outbox, sink, NOW)
    confirm(store, "ada@example.org", NOW)
    run(store, outbox, sink, NOW)
    write_outbox(outbox, letter("welcome", "Better.\n"))
    confirm(store, "bo@example.org", NOW)
    run(store, outbox, sink, NOW + HOUR)
    assert Counter(sink.recipients) == {"ada@example.org": 1, "bo@example.org": 1}
    assert sorted(b"Better." in one.message for one in sink.accepted) == [False, True]


def test_a_letter_says_when_it_was_sent(store, outbox, sink):
    """Each run has a Date of its own, and not that of the first letter of the series."""
    run(store, outbox, sink, NOW)
    for days in (0, 9):
        confirm(store, f"p{days}@example.org", NOW + days * DAY)
        run(store, outbox, sink, NOW + days * DAY)
    dates = {line for one in sink.accepted for line in one.message.splitlines() if line.startswith(b"Date:")}
    assert dates == {b"Date: Tue, 24 Nov 2026 07:00:00 +0000", b"Date: Thu, 03 Dec 2026 07:00:00 +0000"}


def test_a_person_pauses_and_ends_a_series(store, outbox, sink):
    run(store, outbox, sink, NOW)
    with writing(store) as connection:
        connection.execute(sa.update(issue_send).values(state="sending"))
        status.pause(connection, "welcome", NOW)
    confirm(store, "ada@example.org", NOW)
    run(store, outbox, sink, NOW)
    assert letters(store) == {}
    with writing(store) as connection:
        status.resume(connection, "welcome", NOW)
    run(store, outbox, sink, NOW)
    assert letters(store) == {("welcome", 1): ("sent", "")}


def test_a_welcome_letter_is_not_sent_to_everybody(store, outbox, sink):
    confirm(store, "ada@example.org", NOW)
    run(store, outbox, sink, NOW)
    with pytest.raises(NotThatStateError, match="welcome is a welcome letter"):
        send(job(store, sink.connect, edition=letter("welcome")))
    assert letters(store) == {}


def test_an_issue_of_the_same_name_is_left_alone(store, outbox, sink):
    confirm(store, "ada@example.org", NOW)
    send(job(store, sink.connect, edition=letter("welcome")))
    with pytest.raises(NotThatStateError, match="by the name of the welcome letter"):
        run(store, outbox, sink, NOW)


def test_two_at_once_send_it_once(store, outbox, sink):
    """Whoever comes second on SQLite leaves it to the first."""
    run(store, outbox, sink, NOW)
    for number in range(40):
        confirm(store, f"p{number}@example.org", NOW)
    barrier = threading.Barrier(2)

    def work(prefix: str) -> None:
        barrier.wait(60)

        def job_for(one: Edition):
            return job(store, sink.connect, edition=one, new_owner=owners(prefix))

        list(send_due_welcomes(store, outbox, lambda: NOW, job_for))

    threads = [threading.Thread(target=work, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run(store, outbox, sink, NOW)
    assert set(letters(store).values()) == {("sent", "")}
    assert sorted(sink.recipients.values()) == [1] * 40


def test_an_issue_waits_for_a_sender_of_welcome_letters(sqlite_url, tmp_path):
    """A schedule that comes in the same second sends its issue all the same."""
    url = sa.make_url(sqlite_url)
    begun, done = threading.Event(), threading.Event()

    def work() -> None:
        with only_sender(url, brief=True):
            begun.set()
            done.wait(60)

    thread = threading.Thread(target=work)
    thread.start()
    assert begun.wait(60)
    with pytest.raises(AnotherSenderError), only_sender(url, brief=True):
        pass
    waiting = threading.Timer(0.2, done.set)
    waiting.start()
    with only_sender(url), pytest.raises(AnotherSenderError), only_sender(url):
        pass
    thread.join()
    waiting.join()


@pytest.mark.parametrize("text", ["[]", "{}", '{"version": 2, "letters": []}', '{"version": 1, "letters": [{}]}'])
def test_a_series_that_cannot_be_read_is_told(tmp_path, text):
    (tmp_path / "service").mkdir()
    (tmp_path / "service/series.json").write_text(text)
    with pytest.raises(NotInOutboxError, match=r"service/series\.json"):
        read_series(tmp_path)


def test_without_a_series_nothing_happens(store, tmp_path, sink):
    assert run(store, tmp_path, sink, NOW) == []


class Killed(Exception):  # noqa: N818 - what happened, not an error
    """The sender died here."""


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("confirm"), st.integers(0, 3)),
        st.tuples(st.just("leave"), st.integers(0, 3)),
        st.tuples(st.just("run"), st.sampled_from(["", "claimed", "offered", "inflight", "answered"])),
        st.tuples(st.just("wait"), st.sampled_from([1, 24, 71, 72])),
        st.tuples(st.just("change"), st.integers(0, 9)),
    ),
    max_size=14,
)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_each_person_gets_each_letter_once(steps, sqlite_template):
    """W11: whatever happens when, and wherever a sender is killed; who stayed has had it in the end."""
    with tempfile.TemporaryDirectory() as folder, running(Sink()) as sink:
        shutil.copy(sqlite_template, f"{folder}/audience.db")
        store = open_store(f"sqlite:///{folder}/audience.db")
        outbox = write_outbox(Path(folder), letter("welcome"), letter("welcome-second"))
        now, left, confirmed = NOW, set[str](), set[str]()
        run(store, outbox, sink, now)
        for turn, (what, which) in enumerate([*steps, ("wait", 100), ("run", "")]):
            email = f"p{which}@example.org"
            if what == "confirm":
                confirm(store, email, now)
                confirmed.add(email)
            elif what == "leave" and email in confirmed:
                act(store, transitions.unsubscribe, email, now)
                left.add(email)
            elif what == "wait":
                now += which * HOUR
            elif what == "change":
                write_outbox(outbox, letter("welcome", f"Text {which}.\n"), letter("welcome-second"))
            elif what == "run":
                reached = checkpoint(which)
                new = owners(f"turn-{turn}")
                with suppress(Killed):
                    run(store, outbox, sink, now, checkpoint=reached, new_owner=new)
        assert all(count <= len(SERIES) for count in sink.recipients.values())
        rows = letters(store)
        for email in confirmed - left:
            number = person_number(store, email)
            assert {rows[name, number][0] for name, _ in SERIES} <= {"sent", "unknown"}
        store.dispose()


def checkpoint(fatal: str) -> Callable[[str], None]:
    def reached(step: str) -> None:
        if step == fatal:
            raise Killed

    return reached


def person_number(store: sa.Engine, email: str) -> int:
    with store.connect() as connection:
        return known(connection, address(email)).id
