"""``tipsheet serve``: a save is a new page in the browser, a mistake leaves the old one."""

import re
import socket
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

import pytest

from tests.cli.conftest import fingerprint, run
from tests.cli.served import serving


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
    with serving(letter) as served:
        assert "Welcome, and one thing to do" in served.get("issues/welcome/")[1]
        assert "/livereload/" in served.get("issues/welcome/")[1], "the page asks when to load itself anew"
        save(welcome(letter), "Welcome, and one thing to do", "Hello, and one thing to do")
        served.shows("Hello, and one thing to do", "issues/welcome/")
        code, said = served.interrupt()
        assert code == 0
        assert said.endswith("Stopped.\n")
    assert "Hello, and one" in (letter / "site/issues/welcome/index.html").read_text(), "as a build would leave it"
    assert "/livereload/" not in (letter / "site/issues/welcome/index.html").read_text()


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
    with serving(letter, "--drafts") as served:
        assert "A secret plan" in served.get("issues/a-secret-plan/")[1]
    assert fingerprint(letter) == before


def test_the_site_has_the_path_that_it_has_in_public(letter: Path) -> None:
    config = letter / "mkdocs.yml"
    config.write_text(re.sub(r"(?m)^site_url: .*", "site_url: https://example.org/weekly/", config.read_text()))
    with serving(letter) as served:
        assert served.url.endswith("/weekly/")
        assert "one thing to do" in served.get("issues/welcome/")[1]
        status, page = served.get("no/such/page/")
        assert status == HTTPStatus.NOT_FOUND
        assert page == (letter / "site/404.html").read_text()


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
