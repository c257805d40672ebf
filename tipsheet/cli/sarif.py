"""Findings as SARIF 2.1.0 (OASIS), as code scanning of GitHub takes it in.

GitHub asks for more than the standard: a place and a message for each result, help for each rule, addresses below the
repository, and a fingerprint by which a result is known again (docs.github.com, "SARIF support for code scanning").
"""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tipsheet import __version__
from tipsheet.blocks import explained
from tipsheet.blocks.commonmark import backticks
from tipsheet.cli.fingerprints import Fingerprint, fingerprints, source_lines
from tipsheet.explanations import Explanation
from tipsheet.problems import Problem, Severity

__all__ = ["MOST", "log_of"]

MOST = 25_000
"""Results in a run at most: GitHub refuses a file with more."""
LONGEST = 1024
"""Characters of a description at most."""
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
_WORD = re.compile(r"[^\s\])}>\"',;]+")


def log_of(problems: Iterable[Problem], root: Path) -> Mapping[str, Any]:
    """The log of one run; paths are relative to the working directory, which is the repository in a workflow.

    Of more findings than GitHub takes, the worst are written, and a notification says so.
    """
    found = sorted(fingerprints(problems, root), key=lambda one: (one[0].severity is not Severity.ERROR, one[0]))
    kept = sorted(found[:MOST], key=lambda one: one[0])
    codes = sorted({problem.code for problem, _ in kept})
    explanations = explained()
    files = {problem.where.path for problem, _ in kept}
    lines = {path: source_lines(root / path) for path in files}
    run: dict[str, Any] = {
        "tool": {
            "driver": {"name": "tipsheet", "version": __version__, "rules": [_rule(explanations[c]) for c in codes]}
        },
        "automationDetails": {"id": "tipsheet/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The folder in which tipsheet was started."}}},
        "invocations": [_invocation(len(found) - len(kept))],
        "results": [
            _result(problem, mark, codes.index(problem.code), root, lines[problem.where.path]) for problem, mark in kept
        ],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(entry: Explanation) -> Mapping[str, Any]:
    """The explanation of a code."""
    examples = [f"**{name}**\n\n{_fenced(text)}" for name, text in (("Wrong", entry.before), ("Right", entry.after))]
    markdown = "\n\n".join([entry.wrong, entry.mend, *examples])
    return {
        "id": entry.code,
        "name": "".join(word.capitalize() for word in re.findall(r"\w+", entry.title)),
        "shortDescription": {"text": entry.title[:LONGEST]},
        "fullDescription": {"text": entry.wrong[:LONGEST]},
        "help": {"text": f"{entry.wrong} {entry.mend}", "markdown": markdown},
        "defaultConfiguration": {"level": entry.level},
        "properties": {"tags": ["content"], "problem.severity": entry.level},
    }


def _fenced(text: str) -> str:
    fence = backticks(text, least=3)
    return f"{fence}\n{text}\n{fence}"


def _invocation(left_out: int) -> Mapping[str, Any]:
    """A run that came to its end; findings are no failure of it."""
    said = {
        "level": "warning",
        "message": {"text": f"{left_out} more findings were left out; tipsheet check lists all."},
    }
    return {"executionSuccessful": True} | ({"toolExecutionNotifications": [said]} if left_out else {})


def _result(problem: Problem, mark: Fingerprint, rule: int, root: Path, lines: Sequence[str]) -> Mapping[str, Any]:
    where = problem.where
    line = lines[where.line - 1] if where.line <= len(lines) else ""
    word = _WORD.match(line, where.col - 1)
    region = {
        "startLine": where.line,
        "startColumn": where.col,
        "endLine": where.line,
        "endColumn": word.end() + 1 if word else where.col + 1,
    }
    uri = quote(Path(os.path.relpath(root / where.path)).as_posix())
    text = f"{problem.message} ({problem.hint})" if problem.hint else problem.message
    return {
        "ruleId": problem.code,
        "ruleIndex": rule,
        "level": problem.severity.value,
        "message": {"text": text},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri, "uriBaseId": _ROOT}, "region": region}}],
        "partialFingerprints": {"primaryLocationLineHash": mark.short},
    }
