"""Mistakes in headers and bodies: scenarios as files, each with everything that is said (C2, C3, C5, C16)."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Write
from tests.folders import issue, write_png
from tipsheet.press import prepare

SCENARIOS = Path(__file__).parent / "scenarios"
NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
TIP = "content/tipsheets/2026/2026-11-17-ask.md"
AROUND = {
    "content/actions/ask-first.md": "---\nid: ask-first\ntitle: Ask first\n---\n\n1. Ask.\n",
    "content/tipsheets/2026/2026-12-01-later.md": issue(
        id="2026-w49", title="Later", date="2026-12-01", body="/// action | Later { id=later }\n\n///\n"
    ),
    "content/tipsheets/2026/2026-11-10-old.md": issue(
        id="2026-w46", title="Old", date="2026-11-10", body="/// action | Old { id=old }\n\n///\n"
    ),
}


def cases(name: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in yaml.safe_load((SCENARIOS / name).read_text("utf-8"))]


def found(root: Path) -> list[str]:
    write_png(root / "content/images/scales.png")
    return [str(problem).replace(TIP, "TIP") for problem in prepare(root, now=NOW).problems]


@pytest.mark.parametrize("case", cases("headers.yml"))
def test_a_header(case: dict[str, Any], publication: Write) -> None:
    """Unknown keys, wrong values and syntax errors have their line and column."""
    fields = {name: str(value) for name, value in case["fields"].items()}
    assert found(publication({TIP: issue(**fields)})) == case["problems"]


@pytest.mark.parametrize("case", cases("bodies.yml"))
def test_a_body(case: dict[str, Any], publication: Write) -> None:
    """Blocks, merge fields, pictures, links and actions have their line and column."""
    assert sorted(found(publication({**AROUND, TIP: issue(body=case["body"])}))) == sorted(case["problems"])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("# No header\n", "TIP:1:1: TS007 the file does not begin with a header (begin it with a line of ---)"),
        ("---\nid: x\n", "TIP:1:1: TS008 the header is never closed (end it with a line of ---)"),
        ("---\n- a\n---\n", "TIP:2:1: TS009 the header of an issue must be a mapping of keys to values"),
    ],
)
def test_a_file_without_a_header(text: str, problem: str, publication: Write) -> None:
    assert found(publication({TIP: text})) == [problem]


def test_a_file_that_is_not_utf8(publication: Write) -> None:
    root = publication({})
    (root / TIP).write_bytes("---\ntitle: Caf\xe9\n---\n".encode("latin-1"))
    assert found(root) == ["TIP:2:11: TS001 this is not UTF-8 (byte 14) (save the file as UTF-8)"]


def test_two_files_with_one_id_or_one_address(publication: Write) -> None:
    other = "content/tipsheets/2026/2026-11-10-ask.md"
    assert found(publication({other: issue(date="2026-11-10")})) == [
        f"TIP:2:1: TS010 the id '2026-w47' is taken (the other is {other}; readers would get one of the two only)",
        f"TIP:3:1: TS011 the address 'issues/ask/' is taken (the other is {other}; give one of them another slug)",
    ]


def test_a_mistake_never_hides_another(publication: Write) -> None:
    """C16: settings, headers and bodies are all read, whatever is wrong in one of them."""
    body = "/// only | managrs\n\nHello @@fist_name or you@@ ![a](no.png)\n"
    root = publication({TIP: issue(title='"Ask', body=body)})
    (root / "mkdocs.yml").write_text((root / "mkdocs.yml").read_text().replace("postal_address:", "postal_adress:"))
    assert [line.split(": ")[1].split(" ")[0] for line in found(root)] == [
        "TS002", "TS103", "TS201", "TS205", "TS014", "TS105", "TS005", "TS004",
    ]  # fmt: skip
