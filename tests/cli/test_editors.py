"""X7: settings for the programs that people write in, each tried by its own validator where there is one."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator
from jsonschema.validators import validator_for

from tests.cli.conftest import Run, fingerprint, run
from tests.sample import ROOT
from tipsheet.blocks import BLOCKS
from tipsheet.editing.editors import EDITORS, Editor, stale, write_files
from tipsheet.editing.schemas import HEADERS, SCHEMAS

MODULES = Path(os.environ.get("TIPSHEET_NODE_MODULES", ROOT / ".ci/node_modules"))
VSCODE = EDITORS["vscode"].make("content")
CMS = yaml.safe_load(EDITORS["sveltia"].make("content")["admin/config.yml"])


def of_vscode(name: str) -> Any:
    """A file of VS Code, whose first line is a comment."""
    return json.loads(VSCODE[f".vscode/{name}"].partition("\n")[2])


def node_module(name: str) -> Path:
    """The folder of a package of npm."""
    if not (MODULES / name).is_dir():
        pytest.skip(f"{name} is not there: npm install {name}, and TIPSHEET_NODE_MODULES if it is not here")
    return MODULES / name


def files(folder: Path) -> set[str]:
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("name", EDITORS)
def test_only_its_own_files_are_added_to_a_publication(name: str, here: Run, letter: Path) -> None:
    before = {file: (letter / file).read_bytes() for file in files(letter)}
    done = here("init", "--editor", name)
    made = EDITORS[name].make("content")
    assert (done.exit_code, done.stderr, done.stdout.splitlines()) == (0, "", [str(letter / path) for path in made])
    assert files(letter) - set(before) == set(made)
    assert {file: (letter / file).read_bytes() for file in before} == before
    assert here("check", "--strict").exit_code == 0


def test_a_new_publication_may_have_several(tmp_path: Path) -> None:
    done = run("init", tmp_path / "x", "--editor", "vscode", "--editor", "sveltia", "--editor", "prettier")
    assert done.exit_code == 0
    assert files(tmp_path / "x") >= {".vscode/tasks.json", "admin/config.yml", ".prettierrc.yaml", "mkdocs.yml"}


def test_a_second_run_changes_nothing(here: Run, letter: Path) -> None:
    here("init", "--editor", "vscode", "--editor", "decap")
    before = fingerprint(letter)
    assert here("init", "--editor", "vscode", "--editor", "sveltia").exit_code == 0
    assert fingerprint(letter) == before


def test_a_file_that_was_changed_stays_and_is_told(here: Run, letter: Path) -> None:
    (letter / ".vscode").mkdir()
    (letter / ".vscode/settings.json").write_text("{}")
    done = here("init", "-q", "--editor", "vscode")
    assert (letter / ".vscode/settings.json").read_text() == "{}"
    assert done.stderr.startswith(".vscode/settings.json is not as tipsheet wrote it, and stays")
    assert (letter / ".vscode/tasks.json").is_file()


def test_a_file_of_another_version_is_told_by_check_and_written_anew(
    here: Run, letter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here("init", "--editor", "vscode", "--editor", "sveltia")
    assert "another version" not in here("check").stderr
    monkeypatch.setitem(BLOCKS, "only", replace(BLOCKS["only"], summary="Other words."))  # type: ignore[arg-type]
    path = ".vscode/tipsheet.code-snippets"
    assert stale(letter, "content") == {path: "vscode"}
    assert f"{path} is of another version; tipsheet init --editor vscode writes it anew." in here("check").stderr
    assert here("init", "--editor", "vscode").exit_code == 0
    assert stale(letter, "content") == {}


def test_the_repository_of_a_cms_is_for_people_to_fill_in(here: Run, letter: Path) -> None:
    here("init", "--editor", "sveltia")
    file = letter / "admin/config.yml"
    mine = file.read_text().replace("OWNER/REPOSITORY", "ada/sheet").replace("branch: main", "branch: live")
    file.write_text(mine)
    assert here("init", "--editor", "sveltia").stderr == ""
    assert file.read_text() == mine
    later = Editor(
        title="later", places=(), make=lambda docs: {
            path: text.replace("Issues", "All issues") for path, text in EDITORS["sveltia"].make(docs).items()
        }
    )  # fmt: skip
    write_files(letter, "content", later)
    assert "label: All issues" in file.read_text()
    assert "repo: ada/sheet" in file.read_text()


@pytest.mark.parametrize("args", [["init"], ["init", "--name", "x"]])
def test_without_a_folder_an_editor_must_be_named(args: list[str], here: Run) -> None:
    done = here(*args)
    assert (done.exit_code, "Missing argument 'DIR'" in done.stderr) == (2, True)


def test_the_problem_matcher_reads_every_line_of_check(here: Run, letter: Path) -> None:
    """VS Code's own way: the regular expression over the task's output, the groups by their numbers."""
    task = of_vscode("tasks.json")["tasks"][0]
    pattern = task["problemMatcher"]["pattern"]
    (letter / "content/about.md").write_text("# About\n\n![ ](nowhere.png)\n\n/// only | nobody: a (b)\n\nx\n")
    (letter / "content/notes/n: 1:2: x.md").write_text("no header\n")
    (issue,) = letter.glob("content/tipsheets/*/*.md")
    issue.write_text(f"{issue.read_text()}\nRead [here](https://example.org/?utm_source=x).\n")
    wanted = json.loads(here("check", "--format", "json").stdout)["problems"]
    lines = here(*task["args"]).stdout.splitlines()
    assert len(lines) == len(wanted) > 3
    assert {one["severity"] for one in wanted} == {"error", "warning"}
    for line, one in zip(lines, wanted, strict=True):
        found = re.fullmatch(pattern["regexp"], line)
        assert found, line
        got = {name: found[group] for name, group in pattern.items() if name != "regexp"}
        assert (got["line"], got["column"], got["severity"], got["code"]) == (
            str(one["line"]), str(one["col"]), one["severity"], one["code"],
        )  # fmt: skip
        assert got["message"].startswith(one["message"])
        assert got["file"] == one["path"] or "1:2" in one["path"]


def test_tasks_are_commands_that_there_are(here: Run) -> None:
    for task in of_vscode("tasks.json")["tasks"]:
        assert here(*task["args"], "--help").exit_code == 0
        assert task["command"] == "tipsheet"


def test_each_kind_of_block_is_a_snippet_of_its_example() -> None:
    snippets = of_vscode("tipsheet.code-snippets")
    for name, kind in BLOCKS.items():
        body = "\n".join(snippets[f"tipsheet block: {name}"]["body"]).removesuffix("\n$0")
        assert re.sub(r"\\([$}\\])", r"\1", body) == kind.example.rstrip("\n")


@pytest.mark.parametrize("kind", HEADERS)
def test_the_snippet_of_a_header_is_one(kind: str) -> None:
    """With the words that it suggests, a header has all that the schema asks for."""
    body = of_vscode("tipsheet.code-snippets")[f"tipsheet header: {kind}"]["body"]
    text = re.sub(r"\$\{\d+:(.*?)\}", r"\1", "\n".join(body[1 : body.index("---", 1)]))
    header = {key: str(value) for key, value in yaml.safe_load(text).items()}
    Draft7Validator(SCHEMAS[f"{kind}-header"]()).validate(header)


def test_settings_name_the_schemas_that_are_written() -> None:
    for path in of_vscode("settings.json")["yaml.schemas"]:
        schema = json.loads(VSCODE[path.removeprefix("./")])
        Draft7Validator.check_schema(schema)


def test_check_jsonschema_takes_the_files_of_a_new_publication(here: Run, letter: Path) -> None:
    here("init", "--editor", "vscode")
    schema = letter / ".vscode/tipsheet/authors.schema.json"
    program = ["check-jsonschema", "--schemafile", str(schema)]
    file = letter / "content/authors.yml"
    command = [str(Path(sys.executable).parent / program[0]), *program[1:], str(file)]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
    file.write_text("ada: {nmae: Ada}\n")
    assert subprocess.run(command, check=False, capture_output=True).returncode == 1


def test_the_cms_has_a_field_for_every_key_of_a_header() -> None:
    for collection in CMS["collections"]:
        table = HEADERS[collection["name"]]
        keys = [field.alias or name for name, field in table.model_fields.items()]
        assert [field["name"] for field in collection["fields"]] == [*keys, "body"]
        assert (ROOT / collection["folder"]).is_dir()


@pytest.mark.node
def test_sveltia_takes_its_configuration() -> None:
    schema = json.loads((node_module("@sveltia/cms") / "schema/sveltia-cms.json").read_text("utf-8"))
    errors = [error.message[:200] for error in validator_for(schema)(schema).iter_errors(CMS)]
    assert errors == []
    wrong = {**CMS, "collections": [{**CMS["collections"][0], "folder": 3}]}
    assert not validator_for(schema)(schema).is_valid(wrong)


@pytest.mark.node
def test_prettier_takes_its_configuration(here: Run, letter: Path) -> None:
    here("init", "--editor", "prettier")
    program = ["node", str(node_module("prettier") / "bin/prettier.cjs"), "--check", "content"]
    done = subprocess.run(program, cwd=letter, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
