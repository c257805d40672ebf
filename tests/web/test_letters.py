"""Letters of the service arrive at most once, whoever dies, and wait when nobody takes them."""

import datetime as dt
import json
import os
import subprocess
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.audience.people import add_confirmed, changing
from tests.delivery.builders import job
from tests.delivery.sink import Deed, Sink, running
from tests.delivery.test_approval import repository, ssh_key
from tests.delivery.test_welcome import letter as welcome_letter
from tests.delivery.test_welcome import write_outbox
from tests.warm import Started
from tests.web.builders import NOW, RECORD, World, world
from tests.web.door import ask, client, link_in, read, rows, send, tidied
from tipsheet.audience.address import Address
from tipsheet.audience.consent import Evidence
from tipsheet.audience.service_letters import ServiceLetter, enqueue
from tipsheet.audience.signups import SignupRequest
from tipsheet.audience.signups import ask as write_down
from tipsheet.audience.subscriber import Subscriber
from tipsheet.audience.transitions import erase, unsubscribe
from tipsheet.delivery.approval import approve, statement_of
from tipsheet.delivery.channel import ChannelError, Dropped
from tipsheet.delivery.sending import SendJob
from tipsheet.edition.edition import Edition
from tipsheet.edition.outbox import read_edition
from tipsheet.edition.service import MAILS
from tipsheet.settings import read_settings
from tipsheet.store.database import writing
from tipsheet.store.tables import service_letter
from tipsheet.web import post_from
from tipsheet.web.letters import KINDS, Post, Postman, work_off

MANY = 60
PUBLICATION = """
site_name: Half Turn
site_url: https://halfturn.example/
plugins:
  tipsheet:
    editor: {name: Mara Lindqvist, email: letters@halfturn.example}
    postal_address: Oudegracht 12, 3511 AB Utrecht
    review: {required: true}
    segments:
      managers: {title: Managers, where: {tag: manages}}
"""


@pytest.fixture
def half_turn(store, tmp_path):
    return world(store, tmp_path)


def queue(store, someone: Subscriber, mails: Iterable[str]) -> None:
    with changing(store) as register:
        for mail in mails:
            fields = (
                {"issue_title": "One thing", "issue_url": "https://halfturn.example/1/"} if mail == "forward" else {}
            )
            enqueue(
                register, ServiceLetter(mail=mail, recipient=someone.email, subscriber_id=someone.id, fields=fields)
            )


def strangers(store, count: int) -> None:
    """So many have asked, each at a domain of their own."""
    with writing(store) as connection:
        for number in range(count):
            address = Address(f"p{number}@d{number}.example", f"p{number}@d{number}.example")
            write_down(connection, SignupRequest(address=address, evidence=Evidence(source="test", form="page")), NOW)


def states(store) -> dict[str, int]:
    """How many letters are in which state."""
    with store.connect() as connection:
        query = sa.select(service_letter.c.state, sa.func.count()).group_by(service_letter.c.state)
        return {row.state: row[1] for row in connection.execute(query)}


def test_each_letter_has_a_kind():
    assert set(KINDS) == set(MAILS)


def test_a_letter_has_its_date_its_key_and_nothing_of_a_form(half_turn):
    """W5: To is the address alone; the Date is now, the Message-ID is random, and answers are no one's business."""
    browser = client(half_turn)
    half_turn.clock.forward(hours=3)
    with running(Sink()) as sink:
        ask(browser, first_name="Mallory", last_name="Mallory", segments=["managers"])
        (letter,) = send(half_turn, sink)
    message = read(letter)
    assert (message["To"], message["Date"].datetime) == ("Ada@example.org", NOW + dt.timedelta(hours=3))
    assert message["Message-ID"].startswith("<confirm.")
    assert b"Mallory" not in letter.message
    assert "Managers" not in letter.message.decode()


@pytest.mark.parametrize("name", ["offered", "inflight", "answered"])
def test_a_process_that_dies_doubles_no_letter(store, store_url, half_turn, tmp_path, name):
    """W3: killed at each step of the way; what was in flight is unknown, and readyz tells it."""
    strangers(store, 10)
    with running(Sink()) as sink:
        told = {"url": store_url, "outbox": str(tmp_path / "outbox"), "port": sink.port, "die": [name, 4]}
        with Started("tests.web.run_postman", json.dumps(told), stderr=subprocess.PIPE) as process:
            _, said = process.communicate()
        assert process.returncode == -9, said
        sink.wait_until_idle()
        half_turn.clock.forward(hours=1)
        tidied(half_turn)
        send(half_turn, sink)
        assert max(sink.recipients.values()) == 1
    unknown = 0 if name == "offered" else 1
    assert states(store) == {"sent": 10 - unknown} | ({"unknown": unknown} if unknown else {})
    assert len(sink.accepted) == (10 if name in {"offered", "answered"} else 9)
    ready = client(half_turn).get("/readyz")
    assert (ready.status_code, "may not have arrived" in ready.text) == (200, bool(unknown))


def test_processes_share_the_work(store, half_turn):
    """W4: four at a time; no letter goes twice, and none is left."""
    strangers(store, MANY)
    with running(Sink()) as sink, ThreadPoolExecutor(4) as pool:
        post = Post(service=half_turn.service, connect=sink.connect)
        for done in [pool.submit(work_off, post) for _ in range(4)]:
            done.result()
        assert set(sink.recipients.values()) == {1}
    assert states(store) == {"sent": len(sink.accepted)} == {"sent": 50}  # the budget of an hour


def test_a_letter_that_is_put_off_is_tried_again_ever_more_rarely(store, half_turn):
    """4xx: after a minute, two, four …, for two days."""
    strangers(store, 1)
    with running(Sink(fault=lambda said: "451 4.3.0 later" if said.verb == "RCPT" else None)) as sink:
        waits = []
        for _ in range(60):
            send(half_turn, sink)
            ((state, due, cause),) = rows(store, service_letter, "state", "due_at", "cause")
            if state != "queued":
                break
            waits.append((due - half_turn.clock.now) / dt.timedelta(minutes=1))
            half_turn.clock.now = due
    assert waits[:9] == [1, 2, 4, 8, 16, 32, 64, 128, 240]
    assert (state, cause, rows(store, service_letter, "recipient")) == ("failed", "expired", [("",)])
    assert dt.timedelta(days=2) <= half_turn.clock.now - NOW < dt.timedelta(days=2, hours=4)


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (lambda said: "550 5.1.1 no such user" if said.verb == "RCPT" else None, "failed"),
        (lambda said: "554 5.7.1 spam" if said.verb == "." else None, "failed"),
        (lambda said: Deed.ACCEPT_AND_DROP if said.verb == "." else None, "unknown"),
        (lambda said: Deed.DROP if said.verb == "RCPT" else None, "queued"),
        (lambda said: "421 4.3.2 closing" if said.verb == "MAIL" else None, "queued"),
    ],
)
def test_what_a_server_does_to_a_letter(store, half_turn, fault, state):
    """A letter whose end was said and that nobody answered is never sent again."""
    strangers(store, 1)
    with running(Sink(fault=fault)) as sink:
        send(half_turn, sink)
        half_turn.clock.forward(minutes=10)
    assert states(store) == {state: 1}
    if state != "queued":
        with running(Sink()) as sink:
            assert send(half_turn, sink) == []


def test_without_a_mail_server_letters_wait(store, half_turn):
    """They are put off, readyz says so, and go when there is one."""
    strangers(store, 3)

    def nowhere():
        raise Dropped("no server")

    with pytest.raises(ChannelError):
        work_off(Post(service=half_turn.service, connect=nowhere))
    assert states(store) == {"queued": 3}
    half_turn.clock.forward(minutes=31)
    assert "letters wait" in client(half_turn).get("/readyz").text
    with running(Sink()) as sink:
        assert len(send(half_turn, sink)) == 3
    assert client(half_turn).get("/readyz").text == "ok\n"


@pytest.mark.parametrize("gone", [unsubscribe, erase])
def test_a_letter_to_who_has_left_meanwhile_is_dropped(store, half_turn, gone):
    """W3: but a farewell goes to whoever has left."""
    ada = add_confirmed(store, "ada@example.org", first_name="Ada")
    queue(store, ada, ("known", "changed", "goodbye"))
    with changing(store) as register:
        gone(register, ada, *([Evidence(source="test")] if gone is unsubscribe else []))
    with running(Sink()) as sink:
        subjects = [read(letter)["Subject"] for letter in send(half_turn, sink)]
    assert subjects == (["The letter goodbye"] if gone is unsubscribe else [])
    assert {recipient for (recipient,) in rows(store, service_letter, "recipient")} <= {""}


def test_a_letter_for_what_was_confirmed_otherwise_is_dropped(store, half_turn):
    """A letter that waits when the row is gone asks for nothing."""
    with changing(store) as register:
        enqueue(register, ServiceLetter(mail="confirm", recipient="a@b.example", subscriber_id=None, signup_id=7))
    with running(Sink()) as sink:
        assert send(half_turn, sink) == []
    assert states(store) == {"skipped": 1}


def test_names_stand_in_letters_that_no_stranger_can_cause(store, half_turn):
    """W5"""
    ada = add_confirmed(store, "ada@example.org", first_name="Ada", last_name="L")
    queue(store, ada, (mail for mail in MAILS if not KINDS[mail].asks))
    with running(Sink()) as sink:
        named = {read(one)["Subject"].rpartition(" ")[2]: read(one)["To"] for one in send(half_turn, sink)}
    assert named == {
        "known": "ada@example.org", "changed": "Ada L <ada@example.org>", "goodbye": "Ada L <ada@example.org>",
        "forward": "ada@example.org",
    }  # fmt: skip


def test_the_thread_wakes_and_ends(store, half_turn):
    """A form rings the bell; the letter goes at once, and the thread ends when it is told to."""
    with running(Sink()) as sink:
        postman = Postman(Post(service=half_turn.service, connect=sink.connect))
        postman.start()
        half_turn.service = postman.service
        ask(client(half_turn))
        sink.wait_for(1)
        postman.stop()
        assert "letters" not in {thread.name for thread in threading.enumerate()}
        assert link_in(sink.accepted[0]).startswith("/confirm/")
    assert RECORD.url


def test_the_thread_goes_on_after_a_fault(store, half_turn, caplog):
    """W7: what it logs holds no address."""
    failed = threading.Event()
    with running(Sink()) as sink:

        def connect():
            if not failed.is_set():
                failed.set()
                raise RuntimeError("ada@example.org")
            return sink.connect()

        postman = Postman(Post(service=half_turn.service, connect=connect))
        half_turn.service = postman.service
        ask(client(half_turn))
        postman.start()
        assert failed.wait(30)
        half_turn.clock.forward(minutes=16)  # the lease of what it had in hand
        sink.wait_for(1)
        postman.stop()
    assert "RuntimeError" in caplog.text
    assert "ada@" not in caplog.text.lower()


def test_who_confirms_is_sent_the_welcome_letter(half_turn: World) -> None:
    """W11: by the thread of the service, with nobody doing anything more."""
    service, browser = half_turn.service, client(half_turn)
    write_outbox(service.outbox.folder, welcome_letter("welcome"))
    with running(Sink()) as sink:

        def job_for(edition: Edition) -> SendJob:
            return job(service.engine, sink.connect, edition=edition, clock=service.clock, secret=service.secret)

        assert send(half_turn, sink, job_for=job_for) == []
        ask(browser)
        (letter,) = send(half_turn, sink, job_for=job_for)
        assert browser.post(link_in(letter)).status_code == 200
        (welcome,) = send(half_turn, sink, job_for=job_for)
        assert read(welcome)["Subject"] == "One thing"
        assert send(half_turn, sink, job_for=job_for) == []


def test_a_welcome_letter_waits_for_its_approval_and_goes_after_it(
    half_turn: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """X14: sent as `tipsheet web` sends, which logs once why; the service's own letters need no approval."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    service, browser = half_turn.service, client(half_turn)
    (tmp_path / "mkdocs.yml").write_text(PUBLICATION, "utf-8")
    write_outbox(service.outbox.folder, welcome_letter("welcome"))
    with running(Sink()) as sink:
        environ = {"TIPSHEET_SMTP_URL": f"smtp://127.0.0.1:{sink.port}", "TIPSHEET_SECRET": service.secret.text}
        post = post_from(replace(service, environ=service.environ | environ), tmp_path)
        assert post is not None
        work_off(post)
        ask(browser)
        work_off(post)
        assert browser.post(link_in(sink.accepted[0])).status_code == 200
        for _ in range(3):
            work_off(post)
        why = f"approvals cannot be read: {tmp_path} is in no repository of git"
        assert caplog.text.count(f"welcome goes to no reader: {why}") == 1
        assert len(sink.accepted) == 1
        repository(tmp_path, ssh_key(tmp_path, "chief"))
        settings, _ = read_settings(tmp_path)
        assert settings is not None
        approve(tmp_path, statement_of(read_edition(service.outbox.folder, "welcome"), settings))
        work_off(post)  # from when it is approved on it is for whoever confirms
        ask(browser, email="bo@example.org")
        work_off(post)
        assert browser.post(link_in(sink.accepted[-1])).status_code == 200
        work_off(post)
    assert [read(letter)["Subject"] for letter in sink.accepted][2:] == ["One thing"]
