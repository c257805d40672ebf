"""Every shape: what comes of a small export of it, what is told, and that `check` finds no mistake in it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from tests.conftest import Write
from tests.folders import write_png
from tipsheet.archives import SHAPES, open_source
from tipsheet.cli import main

SCENARIOS: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_name("shapes.yml").read_text("utf-8"))


def run(root: Path, *args: str) -> Result:
    return CliRunner().invoke(main, ["-C", str(root), *args, "--now", "2026-11-24"])


def lay(folder: Path, scenario: Mapping[str, Any]) -> Path:
    for name, text in scenario["files"].items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    for name in scenario.get("pictures", ()):
        write_png(folder / name, 900, 600)
    return folder


def test_every_shape_has_a_scenario() -> None:
    assert {*SCENARIOS, "substack"} == set(SHAPES)


@pytest.mark.parametrize("shape", SCENARIOS)
def test_a_shape_is_recognised_by_its_form(shape: str, tmp_path: Path) -> None:
    files = open_source(lay(tmp_path, SCENARIOS[shape]))
    assert next(name for name, one in SHAPES.items() if one.recognise(files)) == shape


@pytest.mark.parametrize("shape", SCENARIOS)
def test_items_come_with_their_headers_texts_and_links(shape: str, publication: Write, tmp_path: Path) -> None:
    scenario, root = SCENARIOS[shape], publication({})
    result = run(root, "import", str(lay(tmp_path / "old", scenario)))
    assert result.exit_code == 0, result.output
    found = {file.relative_to(root / "content/tipsheets").as_posix() for file in root.glob("content/tipsheets/*/*.md")}
    assert found - {"2026/2026-11-17-ask.md"} >= set(scenario["come"])
    for name, wanted in scenario["come"].items():
        header, _, body = (root / "content/tipsheets" / name).read_text("utf-8").partition("\n---\n\n")
        assert body.startswith(wanted.pop("body")), body
        lines = dict(line.split(": ", 1) for line in header.splitlines()[1:])
        assert lines | {key: str(value) for key, value in wanted.items()} == lines
        assert lines["archived"] == "true"
    for line in scenario["told"]:
        assert line in result.output
    redirects = root / "redirects/_redirects"
    assert set(scenario.get("redirects", ())) <= set(
        redirects.read_text("utf-8").splitlines() if redirects.exists() else ()
    )
    checked = run(root, "check")
    assert checked.exit_code == 0, checked.output
    again = run(root, "import", str(tmp_path / "old"))
    assert f"{len(found) - 1} unchanged" in again.output
