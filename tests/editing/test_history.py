"""The history of the desk is bounded, and made of files whose names say all."""

import datetime as dt
from pathlib import Path

import pytest

from tests.sample import NOW
from tipsheet.editing.history import Cause, History

PATH, OTHER = "content/about.md", "content/notes/été 1.md"


def keep(history: History, path: str, *texts: str) -> None:
    for number, text in enumerate(texts):
        history.keep(path, text.encode(), Cause.SAVED, now=NOW + dt.timedelta(seconds=number))


def texts(history: History, path: str) -> list[str]:
    return [history.data(path, one).decode() for one in history.versions(path)]


def test_versions_are_read_back_as_they_were_kept(tmp_path: Path) -> None:
    history = History(folder=tmp_path / "desk")
    first = history.keep(PATH, b"\xffone", Cause.FOUND, now=NOW)
    second = history.keep(PATH, b"two", Cause.REFUSED, now=NOW, before=1)
    settled = history.settle(PATH, second, Cause.SAVED, 1)
    keep(history, OTHER, "else")
    again = History(folder=tmp_path / "desk")
    assert again.versions(PATH) == (first, settled)
    assert again.state(PATH) == settled
    assert (again.data(PATH, first), again.find(PATH, second.digest), again.find(PATH, "0")) == (
        b"\xffone",
        b"two",
        None,
    )
    assert again.paths() == (PATH, OTHER)


def test_of_one_path_the_oldest_are_let_go(tmp_path: Path) -> None:
    history = History(folder=tmp_path / "desk", most=3)
    keep(history, PATH, *"abcde")
    assert texts(history, PATH) == ["c", "d", "e"]
    assert [one.number for one in history.versions(PATH)] == [3, 4, 5]


@pytest.mark.parametrize("restarts", [False, True])
def test_of_all_paths_the_oldest_are_let_go_when_there_are_too_many_bytes(tmp_path: Path, restarts: bool) -> None:
    history = History(folder=tmp_path / "desk", most_bytes=100)
    keep(history, PATH, "a" * 40, "b" * 40)
    if restarts:
        history = History(folder=tmp_path / "desk", most_bytes=100)
    keep(history, OTHER, "c" * 40)
    history.keep(OTHER, b"d" * 40, Cause.SAVED, now=NOW + dt.timedelta(hours=1))
    kept = [text[0] for path in (PATH, OTHER) for text in texts(history, path)]
    assert len(kept) == 2
    assert "d" in kept
    history.keep(PATH, b"e" * 400, Cause.SAVED, now=NOW - dt.timedelta(hours=1))
    assert "e" in {text[0] for text in texts(history, PATH)}, "what was just kept is let go"


def test_what_is_none_of_ours_is_passed_over(tmp_path: Path) -> None:
    history = History(folder=tmp_path / "desk")
    assert (history.versions(PATH), history.paths(), history.state(PATH)) == ((), (), None)
    keep(history, PATH, "a")
    (folder,) = (one for one in (tmp_path / "desk").iterdir() if one.is_dir())
    (folder / "notes.txt").write_text("x")
    (folder / f"00000009-00000000-strange-20261121T120000Z-1-{'0' * 32}.text").write_text("x")
    (tmp_path / "desk/empty").mkdir()
    assert texts(history, PATH) == ["a"]
    assert history.paths() == (PATH,)


def test_a_version_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    history = History(folder=tmp_path / "desk")
    keep(history, PATH, "a")
    (folder,) = (one for one in (tmp_path / "desk").iterdir() if one.is_dir())
    (folder / ".new").mkdir()
    with pytest.raises(OSError, match=r"\.new"):
        keep(history, PATH, "b")
    assert texts(history, PATH) == ["a"]
