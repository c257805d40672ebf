"""`--online`: pictures come from other hosts, and each that does not is told with its reason."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.archives.corpus import NOW
from tests.conftest import Write
from tests.folders import write_png
from tipsheet.archives import Wanted, carry_out, open_source, plan_import
from tipsheet.archives.pictures import LARGEST, PATIENCE, Downloads, is_public
from tipsheet.cli import main
from tipsheet.press import prepare

REFUSED = "http://127.0.0.1:9/a.png"
"""Nobody listens there (the port of discard, RFC 863)."""
HERE = ("127.0.0.1",)


class Answers(BaseHTTPRequestHandler):
    """A host with a picture, and with what can be wrong with one."""

    picture = b""

    def do_GET(self) -> None:
        name = self.path.partition("?")[0]
        places = {"/moved": "/a.png?x=1", "/round": "/round", "/bad": "http://[bad/", "/inside": "http://127.0.0.2/a"}
        bodies = {"/page.png": b"<p>No</p>", "/half.png": self.picture[:-20]} | dict.fromkeys(places, b"")
        lengths = {"/large.png": LARGEST + 1, "/half.png": len(self.picture)}
        body = bodies.get(name, self.picture)
        self.close_connection = True
        if name == "/slow.png":
            self.drip()
            return
        self.send_response(302 if name in places else 404 if name == "/gone.png" else 200)
        self.send_header("Content-Length", str(lengths.get(name, len(body))))
        if name in places:
            self.send_header("Location", places[name])
        self.end_headers()
        self.wfile.write(body)

    def drip(self) -> None:
        """Send a letter of a header now and then, until nobody listens any more."""
        with suppress(OSError):
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
            while True:
                self.wfile.write(b"a")
                threading.Event().wait(0.02)

    def log_message(self, *_words: object) -> None:
        pass


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with pictures."""
    file = tmp_path_factory.mktemp("host") / "a.png"
    write_png(file, 900, 600)
    Answers.picture = file.read_bytes()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_pictures_come_from_other_hosts_or_are_told(host: str, publication: Write, tmp_path: Path) -> None:
    told = {
        f"{host}/gone.png": "its host answers 404",
        f"{host}/large.png": "it is larger than 30 MB",
        f"{host}/half.png": "its host breaks off",
        f"{host}/round": "it is moved more than 5 times",
        f"{host}/bad": "no address of the web",
        f"{host}/inside": "its host is at 127.0.0.2, which is no public address",
        REFUSED: "its host does not answer: [Errno 111] Connection refused",
    }
    text = "".join(f"![Scales {n}]({name})\n\n" for n, name in enumerate([f"{host}/a.png", f"{host}/moved", *told]))
    source = tmp_path / "2020-01-01-scales.md"
    source.write_text(f"# Scales\n\n{text}![A page]({host}/page.png)\n", "utf-8")
    root = publication({})
    before = prepare(root, now=NOW)
    assert before.settings is not None
    assert before.publication is not None
    wanted = Wanted(fetch=Downloads(allowed=HERE))
    plan = plan_import(root, open_source(source), before.settings, before.publication, wanted)
    carry_out(root, plan)
    said = {one.detail: one.cause for one in plan.everything_left()}
    for name, reason in told.items():
        assert said[name] == f"a picture that does not come: {reason}"
    assert said[f"{host}/page.png"] == "a picture of a kind that letters cannot show, or damaged"
    pictures = sorted((root / "content/images/archive").iterdir())
    assert {len(file.read_bytes()) for file in pictures} == {len(file.read_bytes()) for file in pictures[:1]}
    page = (root / "content/tipsheets/2020/2020-01-01-scales.md").read_text("utf-8")
    assert page.count("](../../images/archive/") == 2
    assert f"[Scales 2]({host}/gone.png)" in page


def test_the_command_asks_no_host_of_the_network_that_it_runs_in(host: str, publication: Write, tmp_path: Path) -> None:
    source = tmp_path / "2020-01-01-scales.md"
    source.write_text(f"# Scales\n\n![Scales]({host}/a.png)\n", "utf-8")
    root = publication({})
    result = CliRunner().invoke(main, ["-C", str(root), "import", str(source), "--online", "--now", "2026-11-24"])
    reason = "its host is at 127.0.0.1, which is no public address"
    assert f"a picture that does not come: {reason}: {host}/a.png" in result.output
    assert not (root / "content/images/archive").exists()


@pytest.mark.parametrize(
    ("place", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("127.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - an address to refuse
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.215.14", True),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::5db8:d70e", True),
        ("2002:7f00:1::", False),
    ],
)
def test_an_address_that_the_internet_can_ask(place: str, public: bool) -> None:
    assert is_public(place) == public


def test_a_host_that_drips_is_left_after_its_time(host: str) -> None:
    fetch = Downloads(seconds_each=0.2, allowed=HERE)
    assert fetch(f"{host}/slow.png") == "it takes longer than 0.2 seconds"


def test_a_name_that_nobody_finds_holds_up_one_picture_for_its_time() -> None:
    over = threading.Event()

    def silent(_host: str) -> tuple[str, ...]:
        over.wait()
        return HERE

    fetch = Downloads(seconds_each=0.1, allowed=HERE, look_up=silent)
    assert fetch("http://old.example/a.png") == "it takes longer than 0.1 seconds"
    over.set()


def test_a_name_that_is_none_is_told() -> None:
    def unknown(_host: str) -> tuple[str, ...]:
        raise socket.gaierror(-2, "Name or service not known")

    fetch = Downloads(look_up=unknown)
    said = "its host does not answer: [Errno -2] Name or service not known"
    assert fetch("http://old.example/a.png") == said


def test_a_host_that_is_reached_too_late_is_not_asked(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.create_connection

    def late(*where: Any) -> socket.socket:
        threading.Event().wait(0.3)
        return connect(*where)

    monkeypatch.setattr(socket, "create_connection", late)
    fetch = Downloads(seconds_each=0.1, allowed=HERE)
    assert fetch(f"{host}/slow.png") == "it takes longer than 0.1 seconds"


def test_all_pictures_have_one_time(host: str) -> None:
    now = [0.0]
    fetch = Downloads(seconds=90, allowed=HERE, clock=lambda: now[0])
    assert isinstance(fetch(f"{host}/a.png"), bytes)
    now[0] = 90
    assert fetch(f"{host}/a.png") == "the time for all pictures is over: 90 seconds"


def test_a_host_that_does_not_answer_is_not_asked_for_ever() -> None:
    fetch = Downloads(allowed=HERE)
    answers = [fetch(REFUSED) for _ in range(PATIENCE + 1)]
    assert answers == [
        *["its host does not answer: [Errno 111] Connection refused"] * PATIENCE,
        f"its host has not answered {PATIENCE} times",
    ]
