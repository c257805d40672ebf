"""Folders for site, outbox, content and state: none in another, by whatever option or link (K4)."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.conftest import Write
from tests.press.test_law import tree
from tests.sample import NOW
from tipsheet.cli import main
from tipsheet.press import prepare


def outcome(root: Path, *options: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["-C", str(root), "build", "--now", NOW.isoformat(), *options])
    return done.exit_code, done.output


@pytest.mark.parametrize(
    "options",
    [
        ["--outbox-dir", "site/outbox"],
        ["--outbox-dir", "site"],
        ["--site-dir", "outbox/site"],
        ["--site-dir", "content"],
        ["--site-dir", "content/site"],
        ["--outbox-dir", "content/outbox"],
        ["--site-dir", "."],
        ["--site-dir", ".."],
        ["--site-dir", "/"],
        ["--outbox-dir", "/"],
        ["--outbox-dir", "."],
        ["--outbox-dir", ".tipsheet"],
        ["--site-dir", ".tipsheet/site"],
        ["--site-dir", "content/../content/x"],
        ["--site-dir", "linked"],
        ["--site-dir", "linked/site"],
        ["--outbox-dir", "to-site/outbox"],
        ["--site-dir", "overrides/x"],
        ["--site-dir", "behind-a-link"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("again", [False, True], ids=["first", "again"])
def test_folders_that_overlap_are_refused_and_nothing_changes(
    options: list[str], again: bool, publication: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K4: a first build, and one that would find everything as it was."""
    root = publication({"overrides/x.txt": "x", "behind-a-link/x.md": "# X\n"})
    settings = root / "mkdocs.yml"
    settings.write_text(settings.read_text().replace("  font: false", "  font: false\n  custom_dir: overrides"))
    monkeypatch.chdir(root)
    (root / "linked").symlink_to("content")
    (root / "to-site").symlink_to("site")
    (root / "content/pages").symlink_to("../behind-a-link")
    if again:
        assert outcome(root)[0] == 0
    before = {name: data for name, data in tree(root).items() if not name.startswith(".tipsheet")}
    code, said = outcome(root, *options)
    assert (code, "Traceback" in said) == (2, False), said
    assert {name: data for name, data in tree(root).items() if not name.startswith(".tipsheet")} == before


def test_the_site_is_never_the_home_folder(publication: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    assert outcome(publication({}), "--site-dir", str(home))[0] == 2


def test_a_link_that_comes_later_is_seen_as_well(publication: Write) -> None:
    """K4: what was built is not taken for unchanged when its folder has become another one."""
    root = publication({})
    assert outcome(root)[0] == 0
    (root / "outbox").rename(root / "site/letters-of-all")
    (root / "outbox").symlink_to("site/letters-of-all")
    assert outcome(root)[0] == 2


def test_the_state_does_not_lie_in_what_is_published(publication: Write) -> None:
    root = publication({})
    (root / "content/.cache").mkdir()
    (root / ".tipsheet").symlink_to("content/.cache")
    assert outcome(root)[0] == 0  # a hidden folder is not published
    assert not any(name.endswith(".db") for name in tree(root / "site"))


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("docs_dir: .", "3:11"), ("docs_dir: ..", "3:11"), ("docs_dir: ../elsewhere", "3:11"),
        ("docs_dir: /etc", "3:11"), ("docs_dir: .git", "3:11"), ("docs_dir: linked", "3:11"),
        ("docs_dir: content\nsite_dir: content/site", "4:11"), ("docs_dir: content\nsite_dir: .", "4:11"),
        ("docs_dir: content\nsite_dir: ..", "4:11"), ("docs_dir: content\nsite_dir: .tipsheet", "4:11"),
    ],
)  # fmt: skip
def test_mkdocs_yml_names_folders_of_their_own(line: str, place: str, publication: Write) -> None:
    """K4: told by `check`, with the place."""
    root = publication({"../outside/x.md": "# X\n"})
    (root / "linked").symlink_to("../outside")
    settings = root / "mkdocs.yml"
    settings.write_text(settings.read_text().replace("docs_dir: content", line))
    told = [str(p.where) for p in prepare(root, now=NOW).problems if p.code == "TS028"]
    assert told == [f"mkdocs.yml:{place}"]


@pytest.mark.parametrize("folder", ["content/", "./content", "content/../content"])
def test_a_content_folder_may_be_written_in_other_ways(folder: str, publication: Write) -> None:
    root = publication({})
    settings = root / "mkdocs.yml"
    settings.write_text(settings.read_text().replace("docs_dir: content", f"docs_dir: {folder}"))
    assert prepare(root, now=NOW).problems == ()
    assert outcome(root)[0] == 0
    assert (root / "site/issues/ask/index.html").is_file()


def test_mkdocs_by_itself_keeps_out_of_the_outbox(publication: Write) -> None:
    root = publication({})
    assert outcome(root)[0] == 0
    before = tree(root / "outbox")
    command = [sys.executable, "-m", "mkdocs", "build", "-q", "-d", "outbox"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, "overlap" in done.stderr) == (1, True), done.stderr
    assert tree(root / "outbox") == before
