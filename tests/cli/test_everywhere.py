"""X9 and X10 over all commands: what is said before a command or after it, and what comes out of each."""

import json
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.audience.people import SECRET
from tests.cli.conftest import NOW, run
from tests.cli.invocations import COMMANDS, LINES, filled, publication_and_files
from tests.conftest import Write
from tests.soak import soak, times
from tipsheet.cli import main
from tipsheet.cli.session import Session

CODES = {0, 1, 2, 3, 4, 5, 69, 75}
"""The exit codes that ``tipsheet --help`` names, but for Ctrl-C."""
NAMES = [" ".join(path) for path in COMMANDS]
DOES = [name for name in NAMES if "does" in LINES[name]]
JSON = [" ".join(path) for path, command in COMMANDS.items() if any(p.name == "as_json" for p in command.params)]
HOSTILE = (
    "", "  ", "-", "-1", "0", "99999999999999999999", "1e999", "nan", "true", "\udce9", "\x1b[31mred", "x" * 5000,
    "..", "nowhere/at/all", "mkdocs.yml", "mkdocs.yml/x", "content", "a\nb", "@@x@@", "%s{0}$name", "日本語\u202e",
    "2026-W99", "0001-01-01", "9999-12-31T23:59-12:00", "x=y=z", "=", "postgresql://x", "sqlite:////nonexistent/x.db",
)  # fmt: skip
"""Words that no option means: empty, far too large, of another kind, in another place, not UTF-8, for the terminal."""


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A publication with readers and files beside it, in whose folder all commands of this module run."""
    folder = tmp_path_factory.mktemp("everywhere")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", str(int(NOW.timestamp())))
        patch.setenv("TIPSHEET_SECRET", SECRET.text)
        publication_and_files(folder)
        patch.chdir(folder / "letter")
        yield folder


def line(name: str, kind: str, folder: Path, *more: str) -> Result:
    """The result of a line of invocations.yml with more words behind it."""
    return run(*name.split(), *filled(LINES[name][kind], folder, "-".join(["", *more])), *more)


def test_there_is_a_line_for_every_command() -> None:
    assert sorted(LINES) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_command_takes_the_options_of_all(name: str) -> None:
    options = {option for param in COMMANDS[tuple(name.split())].params for option in param.opts}
    assert options >= {"-C", "-q", "-v"}


@pytest.mark.parametrize(
    "words",
    [
        ["-q", "-C", "X", "check"],
        ["check", "-q", "-C", "X"],
        ["-C", "X", "check", "--quiet"],
        ["-q", "check", "-C", "X"],
        ["segments", "-C", "X", "list", "-q"],
        ["segments", "-q", "list", "-C", "X"],
        ["-q", "segments", "list", "-C", "X"],
    ],
)
def test_before_and_after_are_the_same(words: list[str], publication: Write, tmp_path: Path) -> None:
    root = str(publication({}))
    done = run(*(root if word == "X" else word for word in words))
    assert (done.exit_code, done.stderr) == (0, "")


@pytest.mark.parametrize("words", [["-v", "check"], ["check", "-v"]])
def test_more_is_printed_with_v(words: list[str], publication: Write) -> None:
    root = publication({})
    assert f"Publication in {root}" in run("-C", root, *words).stderr


@pytest.mark.parametrize("name", DOES)
def test_a_quiet_run_that_goes_well_says_nothing_but_its_result(name: str, laid: Path) -> None:
    done = line(name, "does", laid, "-q")
    assert (done.exit_code, done.stderr) == (0, "")


@pytest.mark.parametrize("name", NAMES)
def test_a_quiet_run_says_what_failed(name: str, laid: Path) -> None:
    done = line(name, "fails", laid, "-q")
    assert done.exit_code in CODES - {0}
    assert len(done.output.split()) > 3
    if done.exit_code == 2:
        assert "Error: " in done.stderr


@pytest.mark.parametrize("name", sorted({*DOES} & {*JSON}))
def test_with_json_there_is_nothing_else_on_stdout(name: str, laid: Path) -> None:
    json.loads(line(name, "does", laid, "--json").stdout)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("init", "explain")])
def test_where_there_is_no_publication_each_says_how_to_begin(
    name: str, tmp_path: Path, laid: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = line(name, "does" if name in DOES else "fails", laid)
    assert done.exit_code in {2, 75}, done.output
    first = "tipsheet build" if name == "web" else "tipsheet init"  # the service may run where the outbox alone is
    assert first in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("init", "explain")])
def test_ctrl_c_stops_every_command_in_a_word(name: str, laid: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pressed(_: Session) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(Session, "root", property(pressed))
    done = line(name, "does" if name in DOES else "fails", laid)
    assert (done.exit_code, done.stderr.splitlines()[-1]) == (130, "Stopped.")


@st.composite
def hostile(draw: st.DrawFn, command: click.Command) -> list[str]:
    """Words behind a line that goes well, of which one is hostile; the last one given counts."""
    word = draw(st.sampled_from(HOSTILE))
    named = [param for param in command.params if isinstance(param, click.Option) and not param.is_flag]
    option = draw(st.sampled_from([param for param in named if (command.name, param.name) != ("serve", "host")]))
    return [option.opts[-1], word]


@soak(1800)
@pytest.mark.parametrize("name", NAMES)
def test_no_word_for_an_option_ends_in_a_traceback(name: str, laid: Path) -> None:
    command = COMMANDS[tuple(name.split())]

    @settings(max_examples=times(8, 300), deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(hostile(command))
    def law(words: list[str]) -> None:
        done = line(name, "does" if name in DOES else "fails", laid, *words)
        ends_in_words(done)

    law()


@pytest.mark.parametrize("word", HOSTILE, ids=ascii)
def test_no_argument_ends_in_a_traceback(word: str, laid: Path) -> None:
    for name, lines in LINES.items():
        command = COMMANDS[tuple(name.split())]
        if any(isinstance(param, click.Argument) for param in command.params):
            ends_in_words(run(*name.split(), word, *filled(lines.get("does", lines["fails"]), laid)[1:]))


def ends_in_words(done: Result) -> None:
    """Assert a documented exit code, words where it is not 0, and nothing that commands the terminal."""
    assert done.exit_code in CODES
    assert done.exit_code == 0 or len(done.output.split()) > 3
    assert "Traceback" not in done.output
    assert "\x1b" not in done.output


def test_without_a_command_the_first_steps_are_said(
    letter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run()
    assert (done.exit_code, done.stderr.splitlines()[-4:]) == (
        2,
        [
            "There is no publication here yet. Begin with one:",
            "  tipsheet init letter",
            "  cd letter",
            "  tipsheet serve",
        ],
    )
    monkeypatch.chdir(letter / "content")
    assert f"The publication here is {letter}. Next:" in run().stderr


def test_a_group_without_a_command_lists_its_commands() -> None:
    for name, command in main.commands.items():
        if isinstance(command, click.Group):
            assert "Examples:" in run(name).stderr
