"""X9: what is said before a command may be said after it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from docs.reference.pages.commands import subcommands
from tests.conftest import Write
from tipsheet.cli import main

COMMANDS = dict(subcommands(main, ("tipsheet",)))


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_takes_the_options_of_all(path: tuple[str, ...]) -> None:
    options = {name for param in COMMANDS[path].params for name in param.opts}
    assert options >= {"-C", "-q", "-v"}


@pytest.mark.parametrize(
    "words",
    [
        ["-q", "-C", "X", "check"],
        ["check", "-q", "-C", "X"],
        ["-C", "X", "check", "--quiet"],
        ["-q", "check", "-C", "X"],
    ],
)
def test_before_and_after_are_the_same(words: list[str], publication: Write, tmp_path: Path) -> None:
    root = str(publication({}))
    done = CliRunner().invoke(main, [root if word == "X" else word for word in words])
    assert (done.exit_code, done.stderr) == (0, "")
    loud = CliRunner().invoke(main, ["check", "-v", "-C", root])
    assert f"Publication in {root}" in loud.stderr
