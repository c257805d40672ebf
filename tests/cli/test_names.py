"""What a shell offers when somebody presses tab (X8)."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tests.cli.invocations import COMMANDS
from tests.sample import ROOT
from tipsheet.cli import main, options


@pytest.fixture
def context() -> click.Context:
    return click.Context(main, info_name="tipsheet")


@pytest.fixture
def param() -> click.Parameter:
    return click.Option(["--x"])


def test_names_of_a_publication(
    letter: Path, context: click.Context, param: click.Parameter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(letter)
    assert options.issues(context, param, "2026") == ["2026-w47"]
    assert options.segments(context, param, "") == ["leaders"]
    assert options.authors(context, param, "e") == ["editor"]
    assert options.authors(context, param, "x") == []


def test_names_of_the_sample(context: click.Context, param: click.Parameter) -> None:
    context.params["directory"] = ROOT
    assert options.segments(context, param, "") == ["jobseekers", "managers", "sellers", "utrecht"]
    assert "2026-w48" in options.issues(context, param, "2026-w4")
    assert options.authors(context, param, "") == ["hanne", "ines", "mara", "tomas"]


def test_no_publication(
    tmp_path: Path, context: click.Context, param: click.Parameter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert (
        options.issues(context, param, "")
        == options.segments(context, param, "")
        == options.authors(context, param, "")
        == []
    )


NAMED = {"issue": options.issues, "segment": options.segments, "author": options.authors, "code": options.codes}
"""What the arguments and options of these names are completed with, in every command."""


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_name_of_something_is_completed(
    path: tuple[str, ...], letter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(letter)
    made = click.Context(COMMANDS[path], parent=click.Context(main))
    for param in COMMANDS[path].params:
        word = {"named": "segment"}.get(str(param.name), str(param.name))
        if word in NAMED:
            offered = [item.value for item in param.shell_complete(made, "")]
            assert offered == NAMED[word](made, param, "") != [], param.name


def test_tags(context: click.Context, param: click.Parameter, letter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(letter)
    for number, tags in enumerate(("tags: [selling, 'a b']", "tags: one, trust", "tags:\n  - x\n  - selling")):
        (letter / f"content/{number}.md").write_text(f"---\nid: a\n{tags}\ndraft: true\n---\n")
    assert options.tags(context, param, "") == ["a b", "listening", "one", "selling", "trust", "x"]
    assert options.tags(context, param, "s") == ["selling"]


@pytest.mark.parametrize(
    ("shell", "first"), [("bash", "plain,TS001"), ("zsh", "plain\nTS001\n_"), ("fish", "plain,TS001")]
)
def test_the_shell_is_answered(shell: str, first: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_TIPSHEET_COMPLETE", f"{shell}_complete")
    monkeypatch.setenv("COMP_WORDS", "tipsheet explain ts00")
    monkeypatch.setenv("COMP_CWORD", "ts00" if shell == "fish" else "2")
    output = CliRunner().invoke(main, [], prog_name="tipsheet").output
    assert output.startswith(first)


SCRIPT = """
eval "$(_TIPSHEET_COMPLETE=bash_source tipsheet)"
read -ra COMP_WORDS <<< "$1"
[[ $1 == *" " ]] && COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_tipsheet_completion tipsheet
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not there")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("tipsheet ex", ["explain", "export"]),
        ("tipsheet segments ", ["list", "count", "explain", "index"]),
        ("tipsheet send 2026-w4", ["2026-w47"]),
        ("tipsheet send -C LETTER 2026-w4", ["2026-w47"]),
        ("tipsheet -C LETTER export x --segment l", ["leaders"]),
        ("tipsheet new One --author ", ["editor"]),
        ("tipsheet check --format s", ["sarif"]),
        ("tipsheet init --editor v", ["vscode"]),
    ],
)
def test_bash_completes(typed: str, offered: list[str], letter: Path, tmp_path: Path) -> None:
    """The function that bash calls when somebody presses tab, in bash."""
    where = tmp_path if "LETTER" in typed else letter
    words = typed.replace("LETTER", str(letter))
    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    program = ["bash", "--norc", "-c", SCRIPT, "bash", words]
    done = subprocess.run(program, cwd=where, env=environ, capture_output=True, text=True, check=False)
    assert (done.stderr, done.stdout.split()) == ("", offered)
