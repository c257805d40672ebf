"""A sender is one file and one line of the registry, and then every command, the gate and the reference name it."""

from pathlib import Path

import pytest

from tests.folders import write_publication
from tests.scratch import Scratch, scratch

SENDER = '''"""Letters to the owner of a dovecote."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from tipsheet.delivery.channel import Connect
from tipsheet.delivery.readiness import Facts, Finding, error, good
from tipsheet.delivery.senders.folder import opened as folder_opened
from tipsheet.errors import TipsheetError


class NoDovecoteError(TipsheetError):
    """There is no dovecote."""


def opened(environ: Mapping[str, str], folder: Path) -> Connect:
    """Channels into a dovecote."""
    if "DOVECOTE" not in environ:
        raise NoDovecoteError("there is no dovecote", "set DOVECOTE")
    return folder_opened(environ, Path(environ["DOVECOTE"]))


def examine(facts: Facts) -> Iterator[Finding]:
    """The dovecote: that pigeons live in it."""
    opened(facts.environ, facts.root)
    yield good("dovecote", "pigeons are at home")
'''
LAST = '        Sender(name="folder", summary="an .eml file each, to look at"),\n'
LINE = '        Sender(name="pigeon", summary="a pigeon for each letter", real=True, subject="dovecote"),\n'


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Scratch:
    """The program with one sender more."""
    copy = scratch(tmp_path_factory.mktemp("program"))
    copy.write("tipsheet/delivery/senders/pigeon.py", SENDER)
    copy.register("tipsheet/delivery/senders/__init__.py", LAST, LINE + LAST)
    return copy


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("send", "sendmail or pigeon; folder or maildir"),
        ("publish", "[smtp|sendmail|pigeon]"),
        ("doctor", "pigeons live in it"),
        ("web", "pigeon"),
    ],
)
def test_the_help_of_commands_names_it(program: Scratch, command: str, words: str) -> None:
    said = program.tipsheet(command, "--help")
    assert words in " ".join(said.stdout.split()), said.stderr


def test_a_name_that_is_none_is_answered_with_it(program: Scratch, tmp_path: Path) -> None:
    for command in (("send", "2026-w48"), ("publish",), ("doctor",)):
        said = program.tipsheet(*command, "--sender", "owl", folder=tmp_path)
        assert said.returncode == 2
        assert "'pigeon'" in said.stderr


def test_doctor_looks_at_it_and_the_gate_waits_for_it(program: Scratch, tmp_path: Path) -> None:
    folder = write_publication(tmp_path, {})
    said = program.tipsheet("doctor", "--sender", "pigeon", folder=folder)
    assert "dovecote: there is no dovecote\n           set DOVECOTE" in said.stdout
    assert "mail server" not in said.stdout
    assert program.tipsheet("build", folder=folder).returncode == 0
    refused = program.tipsheet("send", "2026-w47", "--yes", "--sender", "pigeon", folder=folder)
    assert "--allow dovecote" in refused.stderr


def test_it_takes_letters(program: Scratch, tmp_path: Path) -> None:
    folder = write_publication(tmp_path, {})
    code = (
        "from pathlib import Path; from tipsheet.delivery.senders import SENDERS; "
        "SENDERS['pigeon'].open({'DOVECOTE': 'cote'}, Path())(); print(Path('cote').is_dir())"
    )
    assert program.python("-c", code, folder=folder).stdout == "True\n"


def test_the_reference_names_it(program: Scratch) -> None:
    code = "from docs.reference.pages import PAGES; print(*(PAGES[n]() for n in ('commands.md', 'examinations.md')))"
    said = program.python("-c", code).stdout
    assert "| pigeon | a pigeon for each letter | yes |" in said
    assert "| dovecote | The dovecote: that pigeons live in it. |" in said
