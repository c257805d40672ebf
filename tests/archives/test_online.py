"""`--online`: pictures come from other hosts, and each that does not is told with its reason."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.conftest import Write
from tests.folders import write_png
from tipsheet.archives.pictures import LARGEST
from tipsheet.cli import main

REFUSED = "http://127.0.0.1:9/a.png"
"""Nobody listens there (the port of discard, RFC 863)."""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with pictures."""
    file = tmp_path_factory.mktemp("host") / "a.png"
    write_png(file, 900, 600)
    picture = file.read_bytes()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.partition("?")[0]
            length, body, there = len(picture), picture, ""
            match name:
                case "/moved":
                    there, length, body = "/a.png?x=1", 0, b""
                case "/round":
                    there, length, body = "/round", 0, b""
                case "/bad":
                    there, length, body = "http://[bad/", 0, b""
                case "/page.png":
                    length, body = 9, b"<p>No</p>"
                case "/large.png":
                    length = LARGEST + 1
                case "/half.png":
                    body = picture[:-20]
            self.send_response(302 if there else 404 if name == "/gone.png" else 200)
            self.send_header("Content-Length", str(length))
            if there:
                self.send_header("Location", there)
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = True

        def log_message(self, *_words: object) -> None:
            pass

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
        REFUSED: "its host does not answer: [Errno 111] Connection refused",
    }
    text = "".join(f"![Scales {n}]({name})\n\n" for n, name in enumerate([f"{host}/a.png", f"{host}/moved", *told]))
    source = tmp_path / "2020-01-01-scales.md"
    source.write_text(f"# Scales\n\n{text}![A page]({host}/page.png)\n", "utf-8")
    root = publication({})
    result = CliRunner().invoke(main, ["-C", str(root), "import", str(source), "--online", "-v", "--now", "2026-11-24"])
    assert result.exit_code == 0, result.output
    for name, reason in told.items():
        assert f"a picture that does not come: {reason}: {name}" in result.output
    assert f"a picture of a kind that letters cannot show, or damaged: {host}/page.png" in result.output
    pictures = sorted((root / "content/images/archive").iterdir())
    assert {len(file.read_bytes()) for file in pictures} == {len(file.read_bytes()) for file in pictures[:1]}
    page = (root / "content/tipsheets/2020/2020-01-01-scales.md").read_text("utf-8")
    assert page.count("](../../images/archive/") == 2
    assert f"[Scales 2]({host}/gone.png)" in page
