"""What a shell offers when somebody presses tab (X8)."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

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


def test_the_shell_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_TIPSHEET_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "tipsheet explain ts00")
    monkeypatch.setenv("COMP_CWORD", "2")
    output = CliRunner().invoke(main, [], prog_name="tipsheet").output
    assert output.splitlines()[:2] == ["plain,TS001", "plain,TS002"]
