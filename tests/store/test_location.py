"""The store lies beside mkdocs.yml, or where it is told, and never where others come to read it (A10)."""

import subprocess
from pathlib import Path

import pytest
import sqlalchemy as sa

from tipsheet.store.location import MisplacedStoreError, store_url


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize(
    ("named", "database"),
    [
        ("", "{root}/audience.db"),
        ("people/readers.db", "{root}/people/readers.db"),
        ("sqlite:///readers.db", "{root}/readers.db"),
        ("sqlite:////var/lib/readers.db", "/var/lib/readers.db"),
        ("/var/lib/readers.db", "/var/lib/readers.db"),
    ],
)
def test_a_file(named: str, database: str, tmp_path: Path) -> None:
    url = store_url(tmp_path, named)
    assert (url.drivername, url.database) == ("sqlite", database.format(root=tmp_path))


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_server(scheme: str, tmp_path: Path) -> None:
    url = store_url(tmp_path, f"{scheme}://ada:secret@db.example/letter")
    assert url == sa.make_url("postgresql+psycopg://ada:secret@db.example/letter")
    assert "secret" not in repr(url)


@pytest.mark.parametrize(
    "named", [".tipsheet/a.db", "site/a.db", "outbox/x/a.db", "exports/a.db", "texts/a.db", "link/a.db", "x/../site/a"]
)
def test_not_where_it_would_be_published_or_cached(named: str, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "link").symlink_to("site")
    with pytest.raises(MisplacedStoreError, match="published or cached") as refused:
        store_url(tmp_path, named, published=["texts"])
    assert (refused.value.exit_code, "--database audience.db" in refused.value.hint) == (2, True)


@pytest.mark.parametrize("name", ["audience.db", "audience.db-wal", "audience.db.before-0002", "audience.db [1]"])
def test_not_what_git_tracks(name: str, tmp_path: Path) -> None:
    git(tmp_path, "init")
    (tmp_path / "audience.db").touch()
    (tmp_path / name).touch()
    store_url(tmp_path)
    git(tmp_path, "add", "--force", name)
    with pytest.raises(MisplacedStoreError) as refused:
        store_url(tmp_path)
    assert f"git tracks {name}" in str(refused.value)
    assert f"git rm --cached {name}" in refused.value.hint


def test_a_repository_around_it_is_seen_also_from_a_hook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """git sets GIT_DIR and GIT_INDEX_FILE for hooks, which would lead elsewhere."""
    git(tmp_path, "init")
    letter = tmp_path / "letter"
    letter.mkdir()
    (letter / "audience.db").touch()
    git(tmp_path, "add", "letter/audience.db")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(MisplacedStoreError):
        store_url(letter)


def test_without_git_nothing_is_tracked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "audience.db").touch()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert store_url(tmp_path).database == str(tmp_path / "audience.db")
