"""``tipsheet check`` says what it looked for, and fails when it should."""

import json
from pathlib import Path

from tests.cli.conftest import Run, fingerprint
from tipsheet.checks import CHECKS

SHORT = "description: Too short."


def shorten(letter: Path) -> None:
    """A warning: the description does not fill the inbox line."""
    (file,) = letter.glob("content/tipsheets/*/*.md")
    lines = file.read_text("utf-8").splitlines(keepends=True)
    file.write_text("".join(f"{SHORT}\n" if line.startswith("description:") else line for line in lines), "utf-8")


def test_it_says_which_checks_ran(here: Run) -> None:
    said = here("check").stderr
    assert all(name in said for name in CHECKS)
    assert said.endswith("0 mistakes.\n")
    assert set(CHECKS) < set(json.loads(here("check", "--format", "json").stdout)["checks"])


def test_a_warning_fails_only_when_asked(here: Run, letter: Path) -> None:
    shorten(letter)
    mild, strict = here("check"), here("check", "--strict")
    assert (mild.exit_code, strict.exit_code) == (0, 1)
    assert ": TS220 warning: the description has 10 characters" in mild.stdout
    assert mild.stderr.endswith("\n1 warning.\n")


def test_a_warning_stops_a_build_only_when_asked(here: Run, letter: Path) -> None:
    shorten(letter)
    before = fingerprint(letter)
    strict = here("build", "--strict")
    assert (strict.exit_code, fingerprint(letter)) == (1, before)
    assert strict.stderr.endswith("1 warning; nothing was written.\n")
    mild = here("build")
    assert mild.exit_code == 0
    assert "TS220 warning" in mild.stderr


def test_quiet_prints_the_findings_alone(here: Run, letter: Path) -> None:
    shorten(letter)
    result = here("-q", "check")
    assert (len(result.stdout.splitlines()), result.stderr) == (1, "")


def test_settings_that_are_not_yaml_are_all_that_is_read(here: Run, letter: Path) -> None:
    (letter / "mkdocs.yml").write_text('site_name: "open\n')
    result = here("check", "--format", "json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["checks"] == ["headers and mkdocs.yml"]


def test_an_annotation_escapes_what_github_would_read(here: Run, letter: Path) -> None:
    (letter / "content/tipsheets/2026/a,b.md").write_text("no 100% header")
    assert here("check", "--format", "github").stdout.startswith("::error file=content/tipsheets/2026/a%2Cb.md,line=1,")


def test_fix_repairs_lists_once(here: Run, letter: Path) -> None:
    """A list right under a line of text; a second run changes nothing (X4)."""
    about = letter / "content/about.md"
    about.write_text("# About\n\nYou need:\n- a pen\n- paper\n")
    assert "Repaired content/about.md" in here("check", "--fix").stderr
    assert about.read_text() == "# About\n\nYou need:\n\n- a pen\n- paper\n"
    before = fingerprint(letter)
    assert "Repaired" not in here("check", "--fix").stderr
    assert fingerprint(letter) == before
