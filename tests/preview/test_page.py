"""The files of the desk's page, and those of its editor field."""

import importlib.util
import re
import sys
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

import pytest

from tests.cli.conftest import NOW, run
from tests.sample import ROOT
from tipsheet.preview.desk import Desk
from tipsheet.preview.server import FACE, create_desk, editor_files

Get = Callable[[str], tuple[int, str, str]]


@pytest.fixture
def get(tmp_path: Path) -> Get:
    """Ask a desk: status, type and text of its answer."""
    assert run("init", tmp_path / "letter").exit_code == 0
    desk = Desk(tmp_path / "letter", lambda: NOW)
    client = create_desk(desk, host="127.0.0.1", token="any").test_client()  # noqa: S106 - of a desk that nobody opens

    def asked(path: str) -> tuple[int, str, str]:
        with client.get(f"/_desk/{path}") as answer:
            return answer.status_code, answer.content_type, answer.text

    return asked


@pytest.fixture
def without_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)


def test_every_file_of_the_page_is_served_but_templates(get: Get) -> None:
    for file in FACE.iterdir():
        status, kind, _ = get(f"static/{file.name}")
        assert status == (HTTPStatus.NOT_FOUND if file.suffix == ".html" else HTTPStatus.OK), file.name
        assert file.suffix != ".js" or kind.startswith("text/javascript")


def test_the_editor_is_served_and_nothing_of_its_package_runs(get: Get) -> None:
    status, kind, text = get("editor/index.js")
    assert (status, kind.partition(";")[0]) == (HTTPStatus.OK, "text/javascript")
    assert "EditorView" in text
    assert get("editor/../codemirror.py")[0] == HTTPStatus.NOT_FOUND
    assert 'name="desk-editor" content="yes"' in get("")[2]
    assert "nicegui" not in sys.modules


@pytest.mark.usefixtures("without_extra")
def test_without_the_extra_the_page_says_so_and_takes_a_plain_field(get: Get) -> None:
    assert editor_files() is None
    assert get("editor/index.js")[0] == HTTPStatus.NOT_FOUND
    assert 'name="desk-editor" content="no"' in get("")[2]


def test_the_guide_lists_the_shortcuts_that_the_page_lists() -> None:
    text = (FACE / "dialogs.js").read_text("utf-8")
    listed = re.findall(
        r'\["([^"]+)", "([^"]+)"\]', text[text.index("SHORTCUTS = [") : text.index("export function showShortcuts")]
    )
    guide = (ROOT / "docs/how-to/desk.md").read_text("utf-8").partition("## By keyboard")[2]
    assert re.findall(r"^\| `(.+?)` \| (.+) \|$", guide, re.MULTILINE) == listed
