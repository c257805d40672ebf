"""Through servers that others wrote: aiosmtpd, and postfix's smtp-sink where it is installed."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from os import environ, geteuid

import pytest

from tests.delivery.builders import counts, job, people
from tests.delivery.servers import mail_server
from tests.delivery.sink import connect_to
from tests.programs import free_port, wait_for
from tipsheet.delivery.sending import send
from tipsheet.delivery.writer import LedgerWriter
from tipsheet.store.database import open_store

PATHS = f"{environ['PATH']}:/usr/sbin"


def test_aiosmtpd_gets_every_letter_once(store):
    people(store, 60)
    with mail_server() as (port, post):
        assert send(job(store, lambda: connect_to(port))).exit_code == 0
    assert sorted(recipients for _, recipients, _ in post.arrived) == sorted(
        [f"P{n}@example.org"] for n in range(1, 61)
    )
    assert all(message.count(b"\nMessage-ID: ") == 1 for _, _, message in post.arrived)


def test_each_letter_has_a_return_path_of_its_own(store):
    """W9: bounces+TOKEN@ the domain of the mailbox, by the token that unsubscribes the reader; else the one given."""
    people(store, 2)
    with mail_server() as (port, post):
        send(job(store, lambda: connect_to(port), mailbox="lists@lists.example"))
    tokens = {to: re.search(rb"/leave/([a-z0-9]+)", message)[1].decode() for _, (to,), message in post.arrived}
    assert {to: sender for sender, (to,), _ in post.arrived} == {
        to: f"bounces+{token}@lists.example" for to, token in tokens.items()
    }
    assert len(set(tokens.values())) == 2


@contextmanager
def smtp_sink(*options: str) -> Iterator[int]:
    program = shutil.which("smtp-sink", path=PATHS)
    if program is None:
        pytest.skip("smtp-sink is not installed")
    port = free_port()
    who = ["-u", "nobody"] if geteuid() == 0 else []
    with subprocess.Popen([program, *who, *options, f"127.0.0.1:{port}", "100"], stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(port, process)
            yield port
        finally:
            process.terminate()


@pytest.mark.postfix
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), {"sent": 40}),
        (("-p",), {"sent": 40}),  # without PIPELINING
        (("-f", "RCPT"), {"failed": 40}),
        (("-f", "."), {"failed": 40}),
        (("-r", "DATA"), {"queued": 40}),
        (("-q", "DATA"), {"queued": 40}),
    ],
)
def test_smtp_sink(store, options, expected):
    people(store, 40)
    with smtp_sink(*options) as port:
        send(job(store, lambda: connect_to(port)))
    assert counts(store) == expected


@pytest.mark.postfix
def test_four_connections_are_one_commit(sqlite_url):
    """D21: what makes it fast. `make bench-delivery` measures; here each commit is for several connections."""
    store = open_store(sqlite_url)
    commits = []
    people(store, 400)
    with smtp_sink() as port:
        writing = LedgerWriter.write

        def counted(writer, steps, claim=0):
            commits.append(sum(step.begin is not None for step in steps))
            return writing(writer, steps, claim)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(LedgerWriter, "write", counted)
            assert send(job(store, lambda: connect_to(port), connections=4)).exit_code == 0
    assert sum(commits) == 400
    assert len(commits) < 250
    store.dispose()
