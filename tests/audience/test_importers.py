"""Importers of people: a file and a line each, and everything that names them follows."""

from pathlib import Path

import pytest

from tests.scratch import scratch
from tipsheet.audience.importing.columns import FIELDS_BY_NAME
from tipsheet.audience.importing.importers import FIELDS, IMPORTERS, PLAIN, PROVIDERS, shapes_of
from tipsheet.model.segment import STATUSES

HANDBOOK = Path(__file__).parents[2] / "docs/how-to/bring-your-subscribers.md"

LETTERDROP = """
columns = ["LD_EMAIL", "LD_STATE"]
fields = { email = "LD_EMAIL", status = "LD_STATE" }
statuses = { confirmed = ["reads"], unsubscribed = ["gone"] }
"""
DETECTED = """
from tipsheet.audience.importing.columns import Instructions, recognised
from tipsheet.audience.importing.csv_file import UnknownColumnsError

said = Instructions(consent="x")
assert recognised(["LD_EMAIL", "LD_STATE"], "a.csv", said).title == "Letterdrop export"
try:
    recognised(["a", "b"], "a.csv", said)
except UnknownColumnsError as error:
    assert "Brevo, Letterdrop" in error.hint
else:
    raise AssertionError
"""


def test_an_importer_is_one_file_and_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    program, folder = scratch(tmp_path), "tipsheet/audience/importing/importers"
    program.write(f"{folder}/letterdrop.toml", LETTERDROP)
    line = '    "csv": "plain CSV",\n'
    program.register(f"{folder}/__init__.py", line, f'    "letterdrop": "Letterdrop",\n{line}')
    shown = program.tipsheet("subscribers", "import", "--help").stdout
    assert (
        "brevo, letterdrop, csv." in " ".join(shown.split()),
        "Brevo and Letterdrop are recognised" in " ".join(shown.split()),
    ) == (
        True,
        True,
    )
    page = program.python("-c", "from docs.reference.pages import PAGES; print(PAGES['commands.md']())").stdout
    assert ("brevo, letterdrop, csv." in page, "Brevo and Letterdrop" in " ".join(page.split())) == (True, True)
    found = program.python("-c", DETECTED)
    assert (found.returncode, found.stderr) == (0, "")


@pytest.mark.parametrize("name", IMPORTERS)
def test_its_file_says_what_can_be_meant(name: str) -> None:
    for shape in shapes_of(name):
        assert {*shape.fields, *shape.by_name} <= {*FIELDS}
        assert {*shape.statuses.values(), *filter(None, [shape.status])} <= {*STATUSES}
        assert shape.refusal or shape.status or shape.fields.get("status") in shape.columns


def test_files_of_importers_are_those_of_the_table() -> None:
    folder = Path(__file__).parents[2] / "tipsheet/audience/importing/importers"
    assert {file.stem for file in folder.glob("*.toml")} == set(IMPORTERS)


def test_a_plain_file_may_hold_all_that_names_tell() -> None:
    assert shapes_of(PLAIN)[0].by_name == set(FIELDS_BY_NAME.values())


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_guide_names_it(name: str) -> None:
    assert f"\n| {IMPORTERS[name]} |" in HANDBOOK.read_text("utf-8")
