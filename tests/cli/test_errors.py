"""A user's mistake ends in a sentence and an exit code, never in a traceback (X10)."""

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run, fingerprint, run
from tests.warm import Started
from tipsheet import press


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["-C", "nowhere", "check"], 2, "does not exist"),
        (["-C", "mkdocs.yml", "check"], 2, "is a file"),
        (["-C", "content/actions", "check"], 2, "there is no mkdocs.yml"),
        (["chekc"], 2, "No such command 'chekc'"),
        (["check", "--now", "someday"], 2, "neither a day like 2026-11-24"),
        (["check", "--now", ""], 2, "neither a day like 2026-11-24"),
        (["check", "--now", "0001-01-01"], 2, "0001-01-01 is not between"),
        (["check", "--now", "9999-12-31T23:59-12:00"], 2, "9999-12-31 is not between"),
        (["check", "--format", "xml"], 2, "'xml' is not one of"),
        (["init"], 2, "Missing argument 'DIR'"),
        (["init", "mkdocs.yml"], 2, "is not an empty folder"),
        (["init", "mkdocs.yml/x"], 1, "'mkdocs.yml/x'"),
        (["init", "x" * 300], 1, "the name is too long"),
        (["new"], 2, "Missing argument 'TITLE'"),
        (["new", "One", "--date", "tomorrow"], 2, "neither a day"),
        (["build", "--site-dir", "mkdocs.yml"], 2, "is a file"),
        (["build", "--site-dir", "mkdocs.yml/x"], 1, "a part of the path is a file"),
        (["explain", "TS999999"], 2, "there is no problem code"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_a_wrong_command(args: list[str], code: int, words: str, here: Run) -> None:
    result = here(*args)
    assert result.exit_code == code, result.output
    assert words in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"site_name: caf\xe9\n", "TS001"),
        (b"- a\n- list\n", "TS0"),
        (b"a scalar", "TS0"),
        (b"", "TS0"),
        (b"? {a: b}\n: c\n", "TS002"),
        (b"plugins: &a [*a]\n", "TS0"),
        (b"a: \x00", "TS033"),
        (b"plugins: {tipsheet: {segments: [a], attributes: 3, look: {light: {ink: red}}}}\n", "TS0"),
    ],
)
def test_settings_that_make_no_sense(content: bytes, code: str, here: Run, letter: Path) -> None:
    (letter / "mkdocs.yml").write_bytes(content)
    for command in (
        ["check"],
        ["build"],
        ["list"],
        ["new", "One"],
        ["segments", "list"],
        ["check", "--now", "2026-11-24"],
    ):
        result = here(*command)
        assert result.exit_code in {0, 1}, result.output
    assert code in here("check").stdout


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"caf\xe9: {name: x}\n", "TS001"), (b"- a\n", "TS009"), (b"&a {a: *a}\n", "TS0"), (b"a: 3\n", "TS009")],
)
def test_authors_that_make_no_sense(content: bytes, code: str, here: Run, letter: Path) -> None:
    (letter / "content/authors.yml").write_bytes(content)
    result = here("check")
    assert (result.exit_code, code in result.stdout) == (1, True), result.output


def test_a_folder_where_a_file_should_be(here: Run, letter: Path) -> None:
    (letter / "content/notes/folder.md").mkdir()
    result = here("check")
    assert result.exit_code in {0, 1}


@pytest.mark.parametrize(
    ("error", "exit_code", "words"),
    [
        (
            PermissionError(errno.EACCES, "Permission denied", "site"),
            1,
            "'site' cannot be read or written: there is no permission",
        ),
        (
            OSError(errno.ENOSPC, "No space left on device", "site/a"),
            1,
            "'site/a' cannot be read or written: the disk is full",
        ),
        (OSError(errno.EIO, "Input/output error"), 1, "the system says: input/output error"),
        (KeyboardInterrupt(), 130, "Stopped."),
    ],
)
def test_what_the_system_refuses(
    error: BaseException, exit_code: int, words: str, here: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr(press, "check", refuse)
    result = here("check")
    assert result.exit_code == exit_code
    assert words in result.stderr


def test_a_reader_that_has_gone_is_no_mistake() -> None:
    """``tipsheet explain | head -1``"""
    command = [sys.executable, "-m", "tipsheet", "explain"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


@pytest.mark.parametrize("closed", ["stdin", "stdout", "stderr"])
@pytest.mark.parametrize("command", ["check", "list", "build"])
def test_a_stream_that_is_closed_is_no_mistake(closed: str, command: str, letter: Path) -> None:
    """``tipsheet list >&-``, or a program that starts ours without streams."""
    told = ["tests.cli.run_closed", closed, "-C", letter, command]
    with Started(*told, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as program:
        _, said = program.communicate()
    assert (program.returncode, b"Traceback" in said) == (0, False)


@pytest.mark.parametrize("command", ["list", "explain", "calendar"])
def test_a_full_disk_behind_the_output_is_told(command: str, letter: Path) -> None:
    with Path("/dev/full").open("w") as full:
        program = [sys.executable, "-m", "tipsheet", "-C", letter, command]
        done = subprocess.run(program, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert done.stderr.splitlines()[-1] == "Error: the system says: the disk is full"


def test_a_name_that_is_not_utf8_is_told(here: Run, letter: Path) -> None:
    result = here("build", "--site-dir", "caf\udce9")
    assert (result.exit_code, "caf\\xe9' is not in UTF-8" in result.stderr) == (1, True), result.output
    assert here("build").exit_code == 0


def test_nothing_is_left_of_an_issue_that_cannot_be_written(here: Run, letter: Path) -> None:
    before = fingerprint(letter)
    assert here("new", "One", "--tag", "caf\udce9").exit_code == 2
    assert here("new", "One", "--author", "caf\udce9").exit_code == 2
    assert fingerprint(letter) == before


def test_the_publication_is_found_from_below(letter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(letter / "content/notes")
    assert run("check").exit_code == 0
    assert f"Publication in {letter}" in run("-v", "check").stderr


def test_where_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for command in (
        ["check"],
        ["build"],
        ["list"],
        ["new", "One"],
        ["assemble"],
        ["segments", "list"],
        ["check", "--now", "2026-01-01"],
    ):
        result = run(*command)
        assert (result.exit_code, "tipsheet init" in result.stderr) == (2, True)
