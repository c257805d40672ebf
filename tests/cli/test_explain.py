"""``tipsheet explain`` knows every code that the program uses."""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import fields

import pytest

from tests.cli.conftest import run
from tests.sample import ROOT
from tipsheet.explanations import EXPLANATIONS, _read
from tipsheet.problems import Problem

LEVEL = [field.name for field in fields(Problem)].index("level")
CODE = re.compile(r"\bTS\d{3}\b")


def levels_told(source: str) -> Iterator[int]:
    """The lines at which a problem is made with a level."""
    for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
        made = ast.unparse(call.func).rpartition(".")[2] == "Problem"
        if made and (len(call.args) > LEVEL or any(keyword.arg == "level" for keyword in call.keywords)):
            yield call.lineno


def test_every_code_is_explained_and_no_other() -> None:
    files = [f for f in (ROOT / "tipsheet").rglob("*.py") if "explanations" not in f.parts]
    used = {code for file in files for code in CODE.findall(file.read_text("utf-8"))}
    assert used == set(EXPLANATIONS)


def test_levels_stand_in_the_registry_alone() -> None:
    """Whoever finds something says what it is; how bad it is, is said once."""
    files = [
        f for f in (ROOT / "tipsheet").rglob("*.py") if f.name not in ("last_build.py", "last_check.py")
    ]  # these bring back what was told
    assert [f"{f.name}:{line}" for f in files for line in levels_told(f.read_text("utf-8"))] == []


def test_a_level_that_is_told_is_seen() -> None:
    """Under any name: as the fifth value, or by its keyword."""
    told = 'Problem(at, code, "", "", _BAD)\nproblems.Problem(at, code, "", level=_BAD)\nProblem(at, code, "")\n'
    assert list(levels_told(told)) == [1, 2]


def test_what_would_publish_something_wrong_stays_an_error() -> None:
    assert {code for code, entry in EXPLANATIONS.items() if entry.levels == ("error",)} >= {"TS013", "TS103", "TS421"}
    assert EXPLANATIONS["TS405"].levels == ("off", "warning", "error")
    assert "lint: in mkdocs.yml can set it to off or error." in run("explain", "TS405").stdout
    assert "lint:" not in run("explain", "TS013").stdout


def test_a_section_that_explains_nothing_is_told() -> None:
    with pytest.raises(ValueError, match="## TS999 Half of it"):
        list(_read("# Some\n\n## TS999 Half of it\n\nOne paragraph.\n"))


def test_codes_are_in_order() -> None:
    assert list(EXPLANATIONS) == sorted(EXPLANATIONS)


@pytest.mark.parametrize("code", EXPLANATIONS)
def test_an_explanation_is_complete(code: str) -> None:
    entry = EXPLANATIONS[code]
    assert entry.code == code
    assert entry.before != entry.after
    assert entry.wrong.endswith(".")
    assert entry.mend.endswith(".")
    assert all((entry.title, entry.before, entry.after))
    page = run("explain", code).stdout
    assert page.startswith(f"{code}  {entry.title}\n")
    assert all(len(line) <= 100 for line in page.splitlines())


def test_small_letters_will_do() -> None:
    assert run("explain", "ts204").stdout == run("explain", "TS204").stdout


def test_without_a_code_all_are_listed() -> None:
    assert [line.split()[0] for line in run("explain").stdout.splitlines()] == ["code", *EXPLANATIONS]
    assert [entry["code"] for entry in json.loads(run("explain", "--json").stdout)] == list(EXPLANATIONS)


def test_one_for_a_program() -> None:
    assert json.loads(run("explain", "TS010", "--json").stdout)["title"] == "The id is taken"


@pytest.mark.parametrize(
    ("code", "hint"), [("TS24", "did you mean 'TS2"), ("TS2O4", "did you mean 'TS2"), ("x", "lists all codes")]
)
def test_an_unknown_code(code: str, hint: str) -> None:
    result = run("explain", code)
    assert result.exit_code == 2
    assert hint in result.stderr
