"""The Containerfile's steps, done as a script: no engine of containers is needed to know that they work."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sample import ROOT

STEPS = [
    line.split(" ", 1)
    for line in (ROOT / "Containerfile").read_text().splitlines()
    if line and not line.startswith("#")
]


def of(kind: str) -> list[str]:
    return [text for name, text in STEPS if name == kind]


def test_it_holds_what_it_needs_and_runs_as_nobody() -> None:
    """W17"""
    assert all((ROOT / name).exists() for text in of("COPY") for name in text.split()[:-1])
    assert [text.partition(":")[0] for text in of("USER")] == ["65534"]
    assert {name for name, _ in STEPS} <= {
        "FROM", "COPY", "RUN", "ENV", "USER", "WORKDIR", "VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD",
    }  # fmt: skip


@pytest.mark.skipif("TIPSHEET_CONTAINER" not in os.environ, reason="installs everything anew; see .ci/run")
def test_its_steps_make_a_tipsheet_that_answers(tmp_path: Path) -> None:
    """W17"""
    places = {"/src": f"{tmp_path}/src", "/venv": f"{tmp_path}/venv"}

    def here(text: str) -> str:
        for there, place in places.items():
            text = text.replace(there, place)
        return text

    for name, text in STEPS:
        if name == "COPY":
            *sources, target = text.split()
            for source in sources:
                where = Path(here(target)) / ("" if Path(source).is_file() else ".")
                where.mkdir(parents=True, exist_ok=True)
                copy = shutil.copy if (ROOT / source).is_file() else shutil.copytree
                copy(ROOT / source, where, **({"dirs_exist_ok": True} if copy is shutil.copytree else {}))
        elif name == "RUN":
            words = [sys.executable if word == "python" else word for word in shlex.split(here(text))]
            subprocess.run(words, check=True, cwd=tmp_path)
    made = subprocess.run(
        [f"{tmp_path}/venv/bin/tipsheet", "web", "--help"], check=True, capture_output=True, text=True, cwd=tmp_path
    )
    assert "--trusted-hop" in made.stdout
