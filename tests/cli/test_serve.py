"""``tipsheet serve``: a save is a new page in the browser, a mistake leaves the old one."""

import os
import re
import socket
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

import pytest
from watchdog.events import FileModifiedEvent

from tests.cli.conftest import fingerprint, run
from tests.cli.served import serving
from tipsheet.preview.guards import is_of_this_machine
from tipsheet.preview.watching import Place, _Handler

ANY = "0.0.0.0"  # noqa: S104 - what an editor may give as --host


def welcome(letter: Path) -> Path:
    (file,) = letter.glob("content/tipsheets/*/*welcome.md")
    return file


def replaced(file: Path, old: str, new: str) -> None:
    """Save as many editors do: another file in place of the old one."""
    text = file.read_text()
    assert old in text
    beside = file.with_name(f".{file.name}.swp")
    beside.write_text(text.replace(old, new))
    beside.replace(file)


def written(file: Path, old: str, new: str) -> None:
    """Save as the others do: into the file."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


@pytest.mark.parametrize("save", [replaced, written])
def test_a_save_is_a_new_page(letter: Path, save: Callable[[Path, str, str], None]) -> None:
    with serving(letter, "--no-drafts") as served:
        assert "Welcome, and one thing to do" in served.get("issues/welcome/")[1]
        assert "/_desk/static/reload.js" in served.get("issues/welcome/")[1], "the page asks when to load itself anew"
        save(welcome(letter), "Welcome, and one thing to do", "Hello, and one thing to do")
        served.shows("Hello, and one thing to do", "issues/welcome/")
        code, said = served.interrupt()
        assert code == 0
        assert said.endswith("Stopped.\n")
    assert "Hello, and one" in (letter / "site/issues/welcome/index.html").read_text(), "as a build would leave it"
    assert "/_desk/static/reload.js" not in (letter / "site/issues/welcome/index.html").read_text()


def test_a_mistake_is_told_with_its_place_and_the_last_good_site_stays(letter: Path) -> None:
    file = welcome(letter)
    with serving(letter) as served:
        written(file, "/// action", "/// acton")
        served.hears(rf"{file.relative_to(letter).as_posix()}:\d+:\d+: .*TS\d+.*\n(.*\n)*.*nothing was written")
        assert "one thing to do" in served.get("issues/welcome/")[1]
        written(file, "/// acton", "/// action")
        served.hears("Nothing changed in")
        written(letter / "mkdocs.yml", "site_name:", "site_name: Another Sheet # ")
        served.shows("Another Sheet")


def test_a_site_that_has_never_been_right_is_shown_when_it_is(letter: Path) -> None:
    written(welcome(letter), "/// action", "/// acton")
    with serving(letter) as served:
        assert "nothing was written" in served.said
        assert served.get()[0] == HTTPStatus.NOT_FOUND
        written(welcome(letter), "/// acton", "/// action")
        served.shows("one thing to do", "issues/welcome/")


def test_drafts_are_shown_and_never_lie_where_the_site_is_published(letter: Path) -> None:
    assert run("-C", letter, "new", "A secret plan").exit_code == 0
    assert run("-C", letter, "build").exit_code == 0
    before = fingerprint(letter)
    with serving(letter) as served:
        assert "A secret plan" in served.get("issues/a-secret-plan/")[1]
    assert fingerprint(letter) == before


def test_the_site_has_the_path_that_it_has_in_public(letter: Path) -> None:
    config = letter / "mkdocs.yml"
    config.write_text(re.sub(r"(?m)^site_url: .*", "site_url: https://example.org/weekly/", config.read_text()))
    with serving(letter, "--no-drafts") as served:
        assert served.url.endswith("/weekly/")
        assert "one thing to do" in served.get("issues/welcome/")[1]
        status, page = served.get("no/such/page/")
        assert status == HTTPStatus.NOT_FOUND
        assert re.sub("<script src=./_desk/.*</script>", "", page) == (letter / "site/404.html").read_text()


def test_a_port_in_use_is_said_before_anything_is_built(letter: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("-C", letter, "serve", "--port", str(port))
    assert result.exit_code == 2
    assert f"another program answers at port {port}" in result.stderr
    assert f"tipsheet serve --port {port + 1}" in result.stderr
    assert not (letter / "site").exists()


def test_somewhere_else_there_is_nothing_to_serve(tmp_path: Path) -> None:
    result = run("-C", tmp_path, "serve")
    assert result.exit_code == 2
    assert "there is no mkdocs.yml" in result.stderr


def test_what_lies_behind_a_link_is_watched_as_well(letter: Path) -> None:
    """K3: links inside the publication are followed by the build and by the live view alike."""
    file = welcome(letter)
    (letter / "linked").mkdir()
    file.parent.rename(letter / "linked/2026")
    file.parent.symlink_to("../../linked/2026")
    (letter / "notes").mkdir()
    (letter / "notes/about.md").write_text("# Who\n\nWe are.\n")
    (letter / "content/who.md").symlink_to("../notes/about.md")
    with serving(letter) as served:
        replaced(letter / "linked/2026" / file.name, "Welcome, and one thing", "Hello, and one thing")
        served.shows("Hello, and one thing to do", "issues/welcome/")
        written(letter / "notes/about.md", "We are.", "You are.")
        served.shows("You are.", "who/")


@pytest.mark.parametrize("name", ["x.md~", "#x.md#", "x.md.bak", ".x.md.swp", "x (1).md"])
def test_a_copy_builds_nothing(name: str) -> None:
    """K3: the watcher asks the one list of what counts."""
    changed: list[bool] = []
    place = Place(folder=Path("/letter/content"), content=True)
    handler = _Handler(place, lambda _file: changed.append(True))
    handler.on_any_event(FileModifiedEvent(f"/letter/content/tipsheets/{name}"))
    assert changed == []
    handler.on_any_event(FileModifiedEvent("/letter/content/tipsheets/x.md"))
    assert changed == [True]


@pytest.mark.parametrize(
    ("asked", "host", "answered"),
    [
        ("localhost", "127.0.0.1", True), ("localhost:8000", "127.0.0.1", True), ("LOCALHOST:8000", "127.0.0.1", True),
        ("127.0.0.1:8000", "127.0.0.1", True), ("[::1]:8000", "127.0.0.1", True), ("my.localhost", "127.0.0.1", True),
        ("192.168.1.5:8000", ANY, True), ("desk.example:8000", "desk.example", True),
        ("evil.example", "127.0.0.1", False), ("evil.example:8000", ANY, False), ("", "127.0.0.1", False),
        ("localhost.evil.example", "127.0.0.1", False), ("127.0.0.1.evil.example", "127.0.0.1", False),
        ("localhost@evil.example", "127.0.0.1", False), ("evil.example/localhost", "127.0.0.1", False),
        ("evillocalhost", "127.0.0.1", False), ("[::1", "127.0.0.1", False),
    ],
)  # fmt: skip
def test_only_names_of_this_machine_are_answered_to(asked: str, host: str, answered: bool) -> None:
    """K11: a page of the web cannot ask through a name that leads here (DNS rebinding)."""
    assert is_of_this_machine(asked, host) is answered


def test_the_live_view_answers_for_its_folder_and_nothing_else(letter: Path) -> None:
    """K11: Host, method and path of a request."""
    with serving(letter, "--no-drafts") as served:
        (letter / "secret.txt").write_text("zqxsecret")
        (letter / "site/out.txt").symlink_to("../secret.txt")
        os.mkfifo(letter / "site/pipe")
        out = ("out.txt", "../secret.txt", "%2e%2e/secret.txt", "..%2fsecret.txt", "a%00b", "%0a", "x" * 5000, "pipe")
        for path in out:
            status, text = served.get(path)
            assert (status, "zqxsecret" in text) == (HTTPStatus.NOT_FOUND, False), path
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            assert served.get(method=method)[0] == HTTPStatus.METHOD_NOT_ALLOWED
        assert served.get(host="evil.example")[0] == HTTPStatus.FORBIDDEN
        assert served.get()[0] == HTTPStatus.OK
        assert "Traceback" not in served.interrupt()[1]
