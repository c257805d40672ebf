"""HTML as the Nu checker (the W3C's validator) sees it: no error in any page, only Word's own words in mails (S7)."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.sample import ROOT, Sample

JAR = Path(os.environ.get("TIPSHEET_NODE_MODULES", ROOT / "node_modules")) / "vnu-jar/build/dist/vnu.jar"

pytestmark = [
    pytest.mark.java,
    pytest.mark.skipif(not (JAR.is_file() and shutil.which("java")), reason="needs Java and vnu-jar from npm"),
    pytest.mark.no_cover,  # what is looked at was built before
]

BRIEFLY = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss8m")
"""For a program of a few seconds: compiled once and lightly, which takes half of the time, and frames are larger."""

FOR_WORD = re.compile(
    r"Attribute “xmlns:[vo]” not allowed here\."
    r"|CSS: “(mso-[a-z-]+|supported-color-schemes)”: Property “\1” doesn't exist\."
)
"""What Word and older Apple Mail need and no standard knows."""


def errors_of(*files: Path) -> list[str]:
    """Messages with their places; raises when the checker did not look at anything."""
    command = [
        "java",
        *BRIEFLY,
        "-jar",
        str(JAR),
        "--errors-only",
        "--skip-non-html",
        "--format",
        "json",
        *map(str, files),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    messages = json.loads(done.stderr)["messages"]
    return [f"{m.get('url', '')}:{m.get('lastLine')}: {m['message']}" for m in messages]


def test_the_checker_finds_mistakes(tmp_path: Path) -> None:
    """A check that cannot fail is none."""
    (tmp_path / "wrong.html").write_text("<!doctype html><html lang=en><title>x</title><p><div></p>")
    assert errors_of(tmp_path)


def test_every_page_is_valid(sample: Sample) -> None:
    assert errors_of(sample.site) == []


def test_every_mail_is_valid_but_for_what_word_needs(sample: Sample) -> None:
    errors = errors_of(*sample.outbox.rglob("*.html"))
    assert errors  # xmlns is in every mail: the files were looked at
    assert [e for e in errors if not FOR_WORD.search(e)] == []
