"""A check is one file and one line of the registry, and then its findings stand in every form that `check` has."""

import json
from pathlib import Path

import pytest

from tests.folders import write_publication
from tests.scratch import Scratch, scratch
from tipsheet.cli.findings import FORMATS

CHECK = '''"""Titles that shout."""

from collections.abc import Iterator

from tipsheet.model.publication import Publication
from tipsheet.problems import Evidence, Problem, Sign
from tipsheet.settings import Settings


def shouting(publication: Publication, _settings: Settings) -> Iterator[Problem]:
    """Titles in capitals."""
    for issue in publication.issues:
        seen = (Evidence(Sign.KEY, "title"),)
        yield Problem(issue.where, "TS299", f"'{issue.title}' is loud", "whisper", evidence=seen)
'''
EXPLANATION = """
## TS299 A loud title

Level: warning

Capitals shout.

Whisper.

````wrong
title: ASK
````

````right
title: Ask
````
"""
PATH = "content/tipsheets/2026/2026-11-17-ask.md"
PLACE, MESSAGE = f"{PATH}:3:1", "'Ask one question' is loud"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Scratch:
    """The program with one check and one code more."""
    copy = scratch(tmp_path_factory.mktemp("program"))
    copy.write("tipsheet/checks/shouting.py", CHECK)
    first = "from tipsheet.checks.report import Report\n"
    copy.register("tipsheet/checks/__init__.py", first, f"{first}from tipsheet.checks.shouting import shouting\n")
    last = '    "due dates": due_dates,\n'
    copy.register("tipsheet/checks/__init__.py", last, f'{last}    "quiet titles": shouting,\n')
    copy.write("tipsheet/explanations/shouting.md", f"# Noise\n{EXPLANATION}")
    return copy


@pytest.fixture(scope="module")
def publication(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_publication(tmp_path_factory.mktemp("publication"), {})


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_has_its_finding(program: Scratch, publication: Path, form: str) -> None:
    said = program.tipsheet("check", "--format", form, folder=publication)
    assert said.returncode == 0, said.stderr
    match form:
        case "text":
            assert f"{PLACE}: TS299 warning: {MESSAGE} (whisper)\n" in said.stdout
            assert "quiet titles" in said.stderr
        case "lines":
            assert f"{PLACE}: warning TS299: {MESSAGE} (whisper)\n" in said.stdout
        case "json":
            told = json.loads(said.stdout)
            assert "quiet titles" in told["checks"]
            (found,) = (one for one in told["problems"] if one["code"] == "TS299")
            assert (found["path"], found["line"], found["message"]) == (PATH, 3, MESSAGE)
        case "github":
            annotation = f"::warning file={PATH},line=3,col=1,title=TS299::{MESSAGE} (whisper)"
            assert annotation in said.stdout.splitlines()
        case "sarif":
            (run,) = json.loads(said.stdout)["runs"]
            (found,) = (one for one in run["results"] if one["ruleId"] == "TS299")
            (rule,) = (one for one in run["tool"]["driver"]["rules"] if one["id"] == "TS299")
            assert (found["level"], found["message"]) == ("warning", {"text": f"{MESSAGE} (whisper)"})
            assert found["locations"][0]["physicalLocation"] == {
                "artifactLocation": {"uri": PATH, "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 3, "startColumn": 1, "endLine": 3, "endColumn": 7},
            }
            assert rule["help"]["text"] == "Capitals shout. Whisper."
        case _:
            pytest.fail(f"say what is expected of the form {form}")


def test_its_code_is_explained_and_can_be_set(program: Scratch, publication: Path, tmp_path: Path) -> None:
    assert program.tipsheet("explain", "TS299").stdout.startswith("TS299  A loud title\n")
    config = (publication / "mkdocs.yml").read_text("utf-8")
    quiet = config.replace("  - tipsheet:\n", "  - tipsheet:\n      lint: {TS299: off}\n")
    folder = write_publication(tmp_path / "publication", {"mkdocs.yml": quiet})
    assert "TS299" not in program.tipsheet("check", folder=folder).stdout
