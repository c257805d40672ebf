"""A check that remembers says what one from nothing says, and a state can cost time only (X4)."""

import datetime as dt
import os
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.folders import MKDOCS, issue, write_publication
from tests.press.edits import EDITS, path_of, start
from tests.sample import NOW
from tipsheet import press
from tipsheet.engine.state import load, save
from tipsheet.errors import NotAPublicationError
from tipsheet.last_check import Checked, check

STATE = ".tipsheet/check/state.db"


def add_taste(root: Path, number: int) -> None:
    (root / "content/tipsheets/2026/taste.md").write_text(
        issue(body=f"TK [here](https://x.example/{number % 2}?utm_a=1)", id="taste", date="2026-11-20")
    )


def same_id(root: Path, number: int) -> None:
    text = (root / path_of(number % 5)).read_text() if (root / path_of(number % 5)).is_file() else issue()
    (root / "content/tipsheets/2026/copy-of-one.md").write_text(text)


def hidden_secret(root: Path, number: int) -> None:
    file = root / "content/.env"
    file.unlink() if file.exists() else file.write_text("A=1")


def broken_settings(root: Path, number: int) -> None:
    config = root / "mkdocs.yml"
    text = config.read_text()
    config.write_text(
        text.replace("tagline:", "taglin:") if "taglin:" not in text else text.replace("taglin:", "tagline:")
    )


def lint_level(root: Path, number: int) -> None:
    config = root / "mkdocs.yml"
    text = config.read_text()
    if "lint:" not in text:
        config.write_text(text.replace("      tagline", "      lint: {TS231: error, TS414: off}\n      tagline", 1))


OWN = {"taste": add_taste, "same id": same_id, "secret": hidden_secret, "settings": broken_settings, "lint": lint_level}
ALL = {**EDITS, **OWN}


def again(root: Path, now: dt.datetime = NOW) -> Checked:
    return check(root, now=now, environ={})


@settings(
    max_examples=8, deadline=None, database=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(
    st.lists(st.tuples(st.sampled_from(sorted(ALL)), st.integers(0, 40), st.integers(0, 30)), min_size=2, max_size=4)
)
def test_what_is_remembered_is_what_is_found(tmp_path_factory: pytest.TempPathFactory, edits) -> None:
    root = write_publication(tmp_path_factory.mktemp("law"), {})
    start(root)
    for name, number, days in edits:
        ALL[name](root, number)
        now = NOW + dt.timedelta(days=days)
        expected = press.check(root, now=now).problems
        assert again(root, now).problems == expected, name
        assert again(root, now).problems == expected, f"{name}, and then nothing"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_publication(
        tmp_path / "letter", {"content/tipsheets/2026/taste.md": issue(body="[here](https://x.example/)", id="t")}
    )


def test_nothing_is_read_while_nothing_changes(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = again(root)
    assert before.problems
    monkeypatch.setattr(press, "check", lambda *_args, **_named: pytest.fail("something was read"))
    assert again(root) == before


@pytest.mark.parametrize("now", [NOW + dt.timedelta(weeks=5), NOW - dt.timedelta(weeks=1), NOW + dt.timedelta(days=50)])
def test_another_moment_is_looked_at_anew(publication, now: dt.datetime) -> None:
    """An issue appears, is too old to be sent, or the year of the copyright is over."""
    root = publication({"mkdocs.yml": MKDOCS.replace("docs_dir:", "copyright: © 2026 The Test Sheet\ndocs_dir:")})
    again(root)
    assert again(root, now).problems == press.check(root, now=now).problems


def test_variables_of_the_environment_count(publication) -> None:
    config = MKDOCS.replace("site_url: https://sheet.example/", "site_url: !ENV [SHEET, https://sheet.example/]")
    root = publication({"mkdocs.yml": config})
    assert again(root).problems == ()
    os.environ["SHEET"] = "no address"
    try:
        assert check(root, now=NOW, environ=os.environ).problems == press.check(root, now=NOW).problems != ()
    finally:
        del os.environ["SHEET"]


@pytest.mark.parametrize("damage", ["nonsense", "row", "found", "problem", "folder"])
def test_a_state_of_others_costs_time_only(root: Path, damage: str) -> None:
    expected = again(root)
    file = root / STATE
    match damage:
        case "nonsense":
            file.write_bytes(b"nonsense")
        case "folder":
            file.unlink()
            file.mkdir()
        case "row":
            with sqlite3.connect(file) as state:
                state.execute("UPDATE fact SET value = '[]' WHERE name = 'found'")
        case _:
            before, _ = load(file)
            found = "[]" if damage == "found" else '[[["x", "y", 1, "TS405", "m", "h", "loud"]], {}, []]'
            save(file, before, replace(before, facts={**before.facts, "found": found}))
    assert again(root) == expected


def test_where_no_state_can_be_kept(root: Path) -> None:
    (root / ".tipsheet").write_text("a file")
    assert again(root).problems == press.check(root, now=NOW).problems != ()


def test_a_folder_without_settings_gets_no_state(tmp_path: Path) -> None:
    with pytest.raises(NotAPublicationError):
        again(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_settings_that_are_not_yaml_are_not_remembered(root: Path) -> None:
    (root / "mkdocs.yml").write_text("a: [")
    first, second = again(root), again(root)
    assert first == second
    assert first.read is None
