"""Every command explains itself, and quickly."""

import inspect
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator

import click
import pytest

from tests.cli.conftest import run
from tipsheet import __version__
from tipsheet.archives import SHAPES
from tipsheet.audience.importing.csv_file import SEPARATORS
from tipsheet.audience.importing.importers import IMPORTERS
from tipsheet.cli import main
from tipsheet.cli.findings import FORMATS
from tipsheet.delivery.senders import SENDERS
from tipsheet.model.segment import STATUSES
from tipsheet.rendering import providers as rendering
from tipsheet.web import NOBODY


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


def at(path: tuple[str, ...]) -> click.Command:
    """The command at the end of these words."""
    command: click.Command = main
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    return command


def is_command(path: tuple[str, ...]) -> bool:
    return not isinstance(at(path), click.Group)


@pytest.mark.parametrize("path", list(commands(main)), ids=" ".join)
def test_help_shows_an_example(path: tuple[str, ...]) -> None:
    text = run(*path, "--help").output
    example = f"tipsheet {' '.join(path)}".strip()
    assert "Examples:\n" in text
    assert any(line.strip().startswith(example) for line in text.partition("Examples:")[2].splitlines())


@pytest.mark.parametrize("path", list(commands(main)), ids=" ".join)
def test_every_option_says_what_it_does(path: tuple[str, ...]) -> None:
    assert [p.name for p in at(path).params if isinstance(p, click.Option) and not p.help] == []


@pytest.mark.parametrize(
    ("path", "option", "registry"),
    [
        (("export",), "provider", rendering.PROVIDERS),
        (("check",), "form", FORMATS),
        (("import",), "shape", SHAPES),
        (("subscribers", "import"), "provider", IMPORTERS),
        (("subscribers", "import"), "separator", SEPARATORS),
        (("subscribers", "export"), "status", STATUSES),
        (("web",), "through", (*SENDERS, NOBODY)),
    ],
)
def test_the_choices_of_an_option_are_the_names_of_a_registry(
    path: tuple[str, ...], option: str, registry: Iterable[str]
) -> None:
    (param,) = (param for param in at(path).params if param.name == option)
    assert isinstance(param.type, click.Choice)
    assert param.type.choices == tuple(registry)


@pytest.mark.parametrize("path", list(commands(main)), ids=" ".join)
def test_nothing_in_a_help_is_cut_at_80_columns(path: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = run(*path, "--help").output
    assert re.findall(r"[a-z]\.\.\.", text) == []  # Click's sign of a sentence that it cut
    examples = text.partition("Examples:\n")[2].partition("\n\n")[0].splitlines()  # each is to be copied as it is
    assert [line for line in text.splitlines() if len(line) > 80 and line not in examples] == []


@pytest.mark.parametrize("path", [path for path in commands(main) if not is_command(path)], ids=" ".join)
def test_a_group_lists_the_first_sentence_of_each_command(path: tuple[str, ...]) -> None:
    group = at(path)
    assert isinstance(group, click.Group)
    text = " ".join(run(*path, "--help").output.split())
    for name, command in group.commands.items():
        assert f" {name} {inspect.cleandoc(command.help or '').split('.')[0]}." in text


def test_commands_are_listed_by_what_they_are_for() -> None:
    headings = re.findall(r"^(\w+):$", run("--help").output, re.MULTILINE)
    assert headings[:5] == ["Options", "Write", "Look", "Readers", "Send"]


def test_help_names_the_exit_codes() -> None:
    assert "0  done" in run("--help").output


def test_version() -> None:
    assert run("--version").output == f"tipsheet, version {__version__}\n"


def test_help_imports_nothing_that_takes_long() -> None:
    """An editor who asks for help, or presses tab, does not wait for MkDocs."""
    code = (
        "import sys; sys.argv = ['tipsheet', '--help']\n"
        "from tipsheet.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "slow = {'mkdocs', 'pydantic', 'lxml', 'markdown', 'rich', 'yaml', 'jinja2', 'sqlalchemy', 'alembic'}\n"
        "heavy = slow & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_python_m_tipsheet_is_the_same_program() -> None:
    done = subprocess.run([sys.executable, "-m", "tipsheet", "--help"], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("Usage: tipsheet ")
