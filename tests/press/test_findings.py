"""Every finding stands at the place of the thing itself (X3): each code of the registry, through the commands."""

import datetime as dt
import os
from collections.abc import Iterator
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Write
from tests.folders import MKDOCS, issue, write_png
from tests.pictures.made import MADE
from tipsheet import press
from tipsheet.errors import ContentError
from tipsheet.explanations import EXPLANATIONS
from tipsheet.last_build import BuildOptions
from tipsheet.problems import Problem
from tipsheet.rendering.providers import PROVIDERS

CASES = yaml.safe_load(Path(__file__).with_name("findings.yml").read_text("utf-8"))
NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
TIP = "content/tipsheets/2026/2026-11-17-ask.md"
MARK = "¦"
UNREACHED = {"TS135", "TS250", "TS417"}
"""Links are followed by `check --online` alone (``tests/cli/test_online.py``).
Tags are read as on GitHub, as far as is known, and the witness tells if one is not (``tests/witness``).
Headers refuse a subject of two lines (TS009) before any letter is made of it."""


def written(case: dict[str, Any]) -> dict[str, str]:
    """The files of a case, with their marks."""
    files = {TIP if name == "TIP" else name: text for name, text in case.get("files", {}).items()}
    body = case["repeat"][0] * case["repeat"][1] if "repeat" in case else case.get("body", "Text.")
    if TIP not in files:
        fields = {name: str(value) for name, value in case.get("header", {}).items()}
        text = issue(body=body, **{name.strip(MARK): value for name, value in fields.items()})
        for name in fields:
            text = text.replace(f"\n{name.strip(MARK)}:", f"\n{name}:")
        files[TIP] = text
    config = MKDOCS
    if "settings" in case:
        old, new = case["settings"]
        assert old in config
        config = config.replace(old, new, 1)
    for name, (old, new) in case.get("templates", {}).items():
        template = (package_files("tipsheet") / "templates/email" / name).read_text("utf-8")
        assert old in template
        files[f"overrides/email/{name}"] = template.replace(old, new, 1)
        config = config.replace("  name: material\n", "  name: material\n  custom_dir: overrides\n")
    return {**files, "mkdocs.yml": config}


def marks(files: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The files without marks, and the places of these: names of files with a text, or of places with nothing."""
    for name, source in files.items():
        text = source
        while (at := text.find(MARK)) >= 0:
            yield f"{name}:{text.count(chr(10), 0, at) + 1}:{at - text.rfind(chr(10), 0, at)}", ""
            text = text.replace(MARK, "", 1)
        yield name, text


def found(root: Path, command: str) -> tuple[Problem, ...]:
    """What the command finds."""
    if command == "check":
        return press.check(root, now=NOW).problems
    try:
        if command == "build":
            return press.build(root, BuildOptions(site_dir=root / "site", outbox_dir=root / "outbox"), now=NOW).problems
        return press.export(root, "2026-w47", PROVIDERS[command], frozenset(), now=NOW).problems
    except ContentError as error:
        return error.problems


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["code"])
def test_a_finding_stands_where_the_thing_is(case: dict[str, Any], publication: Write) -> None:
    """X3: the exact line, and never the first of a file whose text has the place."""
    parts = list(marks(written(case)))
    places = [name for name, text in parts if not text] or [at.replace("TIP", TIP) for at in (case.get("at"),) if at]
    if case.get("before"):
        root = publication({})
        write_png(root / "content/images/scales.png")
        found(root, "build")
    root = publication({name: text for name, text in parts if text})
    write_png(root / "content/images/scales.png")
    for name, kind in case.get("pictures", {}).items():
        (root / name).write_bytes(MADE[kind]())
    if "link" in case:
        (root / case["link"][0]).symlink_to(case["link"][1])
    if "pipe" in case:
        os.mkfifo(root / case["pipe"])
    if "bytes" in case:
        (root / TIP).write_bytes(case["bytes"].encode("latin-1"))
    problems = [p for p in found(root, case.get("by", "check")) if p.code == case["code"]]
    assert sorted({str(p.where) for p in problems}) == sorted(places)


def test_every_code_has_a_case() -> None:
    assert {case["code"] for case in CASES} | UNREACHED == set(EXPLANATIONS)
