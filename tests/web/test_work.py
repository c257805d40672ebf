"""Who sends the service's letters: ``tipsheet web --once`` for cron, and workers of gunicorn beside their answers."""

import os
import signal
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import sqlalchemy as sa

from tests.audience.people import SECRET
from tests.delivery.sink import Sink, running
from tests.programs import free_port
from tests.web.builders import left_by_a_build, world
from tests.web.door import FORM, ask, client, rows
from tests.web.processes import HOST, PATIENCE, web
from tipsheet.store.tables import service_letter, signup

CONFIG = "site_name: Half Turn\nsite_url: https://halfturn.example/\n"


def test_once_works_off_what_waits(store: sa.Engine, store_url: str, tmp_path: Path) -> None:
    """W3: the service may leave its letters to cron; it says how many, and that nothing waits."""
    half_turn = world(store, tmp_path)
    (tmp_path / "mkdocs.yml").write_text(CONFIG)
    browser = client(half_turn)
    for name in ("ada", "eve"):
        ask(browser, email=f"{name}@example.org", address="")
    now = {"SOURCE_DATE_EPOCH": str(int(half_turn.clock.now.timestamp()))}
    said = []
    for _ in range(2):
        with web(tmp_path, store_url, "--once", "--through", "folder", environ=now) as process:
            said.append(process.ended())
    assert said == [(0, "2 asked, 2 sent\n"), (0, "Nothing waits.\n")]
    letters = tmp_path / "service-letters"
    assert sorted(file.name for file in letters.iterdir()) == ["ada@example.org.eml", "eve@example.org.eml"]
    assert letters.stat().st_mode & 0o777 == 0o700


def test_a_sender_that_is_none_is_told(sqlite_url: str, tmp_path: Path) -> None:
    left_by_a_build(tmp_path / "outbox")
    (tmp_path / "mkdocs.yml").write_text(CONFIG)
    for through, words in (("pigeon", "'pigeon' is not one of 'smtp'"), ("nobody", "--once sends")):
        with web(tmp_path, sqlite_url, "--once", "--through", through) as process:
            code, said = process.ended()
        assert (code, words in said) == (2, True), said


def posted(port: int) -> int:
    """Status of the answer to a form, as soon as somebody answers."""
    end = time.monotonic() + PATIENCE
    headers = {"Host": HOST, "Content-Type": "application/x-www-form-urlencoded"}
    while True:
        connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            connection.request("POST", "/subscribe", urlencode(FORM), headers)
            return connection.getresponse().status
        except ConnectionError:
            assert time.monotonic() < end
            time.sleep(0.2)
        finally:
            connection.close()


def test_workers_of_gunicorn_send_beside_their_answers(store: sa.Engine, store_url: str, tmp_path: Path) -> None:
    """W15: two processes, one letter; they end when they are told to."""
    left_by_a_build(tmp_path / "outbox")
    port = free_port()
    with running(Sink()) as sink:
        told = {
            "TIPSHEET_ROOT": str(tmp_path),
            "TIPSHEET_DATABASE_URL": store_url,
            "TIPSHEET_SECRET": SECRET.text,
            "TIPSHEET_SMTP_URL": f"smtp://127.0.0.1:{sink.port}",
        }
        command = [sys.executable, "-m", "gunicorn", "-w", "2", "-b", f"127.0.0.1:{port}", "tipsheet.web:app"]
        with subprocess.Popen(command, env={**os.environ, **told}, stderr=subprocess.PIPE) as process:
            try:
                assert posted(port) == 303
                sink.wait_for(1)
                process.send_signal(signal.SIGTERM)
                _, said = process.communicate(timeout=PATIENCE)
            finally:
                process.kill()
    assert b"Traceback" not in said, said.decode()
    assert b"@example.org" not in said
    assert (rows(store, service_letter, "state"), rows(store, signup, "state")) == ([("sent",)], [("asked",)])
    assert sink.recipients == {"Ada@example.org": 1}
