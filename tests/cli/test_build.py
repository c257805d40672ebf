"""``tipsheet build`` says what it made and where."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.sample import NOW, Sample
from tipsheet import press
from tipsheet.cli.build import WORDS
from tipsheet.engine import build as engine
from tipsheet.engine.units import Part
from tipsheet.last_build import BuildOptions


def test_it_says_where_everything_is(here: Run) -> None:
    said = here("build").stderr.splitlines()
    assert said[:2] == ["Reading content", "Making the mail, the site and the feeds"]
    assert re.fullmatch(r"Built 1 issue, \d+ pages, \d+ letters? in \d+\.\d s\.", said[2])
    assert said[3:] == ["  site  site/index.html", "  feed  site/feed.xml", "  mail  outbox"]


def test_the_same_for_a_program(here: Run, letter: Path) -> None:
    summary = json.loads(here("-q", "build", "--site-dir", "public", "--json").stdout)
    assert (summary["issues"], summary["problems"]) == (1, [])
    assert Path(summary["site_dir"]) == letter / "public"
    assert (letter / "public/index.html").is_file()


def test_quiet(here: Run) -> None:
    assert here("-q", "build").output == ""


def test_now_decides_what_is_out(here: Run, letter: Path) -> None:
    """A day means the scheduled time of that day, so its issue is out."""
    here("new", "One", "--no-draft")
    for now, out in (("2026-11-24T06:59", False), ("2026-11-24", True)):
        assert here("-q", "build", "--now", now).exit_code == 0
        assert (letter / "site/issues/one").is_dir() is out, now


def test_a_moment_with_an_offset_is_taken_as_it_is(here: Run) -> None:
    here("new", "One", "--no-draft")
    assert "future" in here("list", "--now", "2026-11-24T07:59+01:00").stdout
    assert "future" not in here("list", "--now", "2026-11-24T08:00+01:00").stdout


def test_drafts_are_shown_when_asked(here: Run, letter: Path) -> None:
    here("new", "One")
    here("-q", "build", "--drafts")
    assert (letter / "site/issues/one").is_dir()


def test_a_folder_with_other_files_is_refused(here: Run, letter: Path) -> None:
    (letter / "other").mkdir()
    (letter / "other/mine.txt").write_text("mine")
    result = here("build", "--site-dir", "other")
    assert result.exit_code == 2
    assert "holds other files than a build writes" in result.stderr
    assert (letter / "content/about.md").is_file()


def _names(args: Mapping[str, object]) -> set[str]:
    """The names of arguments, those of parts included."""
    inside = [value for value in args.values() if isinstance(value, Part)]
    return {name for name, value in args.items() if not isinstance(value, Part)}.union(
        *map(_names, (p.args for p in inside))
    )


def test_every_argument_of_a_unit_has_words_of_an_editor(
    sample: Sample, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`--explain` says them; a new argument without words would be said by its name in the program."""
    seen: set[str] = set()
    real = engine.Run.make

    def make(self, units, load):
        for unit in units:
            seen.update(_names(unit.args))
        return real(self, units, load)

    monkeypatch.setattr(engine.Run, "make", make)
    root = sample.built.site_dir.parent / "publication"
    press.build(root, BuildOptions(site_dir=tmp_path / "site", outbox_dir=tmp_path / "outbox", drafts=True), now=NOW)
    assert seen - WORDS.keys() == set()
