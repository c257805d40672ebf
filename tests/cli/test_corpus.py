"""K8: every command over publications, states and environments that are broken. It says so, and ends.

`make test` runs a choice of pairs; `make soak` runs every command over every folder.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from docs.reference.pages.commands import subcommands
from tests.folders import write_publication
from tests.sample import NOW, ROOT
from tests.soak import LONG, soak
from tests.warm import Started
from tipsheet.cli import main
from tipsheet.last_build import BuildOptions
from tipsheet.press import build

pytestmark = pytest.mark.no_cover  # in processes of their own

CASES = yaml.safe_load((Path(__file__).parent / "corpus.yml").read_text(encoding="utf-8"))
ENDLESS = {"serve", "web"}
"""They wait for visitors; what they read, `build` reads."""
COMMANDS = [words for path, _ in subcommands(main, ("tipsheet",)) if (words := path[1:])[0] not in ENDLESS]
READERS = [("check",), ("build",), ("list",), ("doctor",)]
"""Commands that read all of a publication, each in its way."""
CODES = {0, 1, 2, 3, 4, 5, 69, 75}


def lay(case: dict[str, Any], root: Path) -> None:
    write_publication(root, {})
    if case.get("built"):
        build(root, BuildOptions(site_dir=root / "site", outbox_dir=root / "outbox"), now=NOW)
    for name, text in case.get("files", {}).items():
        path = root / name
        if text is None:
            subprocess.run(["rm", "-r", path], check=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name, text in case.get("bytes", {}).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode("latin-1"))
    if case.get("odd"):
        Path(os.fsdecode(os.fsencode(root / "content") + b"/caf\xe9.md")).write_text("# Caf\u00e9\n", encoding="utf-8")


def said_by(root: Path, *words: str, **environ: str) -> bytes:
    """The results of these commands; where the environment is an odd one, of a program that began in it."""
    command = ["tests.cli.corpus", str(root), *words]
    if environ:
        environ = {**os.environ, "PYTHONPATH": str(ROOT), **environ}
        done = subprocess.run(
            [sys.executable, "-m", *command], capture_output=True, env=environ, check=False, timeout=600
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout
    with Started(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        said, complaints = program.communicate(600)
    assert program.returncode == 0, complaints[-2000:]
    return said


@soak(600)
@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_every_command_ends_in_words(case: dict[str, Any], tmp_path: Path) -> None:
    """K8: a documented exit code, a remedy for a mistake, no traceback, 10 s of work and 1.5 GiB of addresses."""
    root = tmp_path / "letter"
    lay(case, root)
    chosen = COMMANDS if case.get("every") or LONG else READERS
    results = json.loads(said_by(root, *("+".join(words) for words in chosen), **case.get("environ", {})))
    wrong = {
        name: (one["code"], one["fault"], one["output"][-300:])
        for name, one in results.items()
        if one["fault"] or one["code"] not in CODES or "Traceback" in one["output"] or one["seconds"] > 10
    }
    assert wrong == {}
    if case.get("user"):
        assert results["check"]["code"] in {1, 2}
        assert "TS" in results["check"]["output"] or "Hint:" in results["check"]["output"], results["check"]["output"]
