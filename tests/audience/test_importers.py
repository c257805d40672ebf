"""Importers of people: a file and a line each, and everything that names them follows."""

from pathlib import Path

import pytest

from tests.audience.scratch import scratch_program
from tipsheet.audience.importing.columns import FIELDS_BY_NAME
from tipsheet.audience.importing.importers import FIELDS, IMPORTERS, PLAIN, PROVIDERS, shapes_of
from tipsheet.model.segment import STATUSES

HANDBOOK = Path(__file__).parents[2] / "docs/how-to/bring-your-subscribers.md"

LETTERDROP = """
columns = ["LD_EMAIL", "LD_STATE"]
fields = { email = "LD_EMAIL", status = "LD_STATE" }
statuses = { confirmed = ["reads"], unsubscribed = ["gone"] }
"""


def test_an_importer_is_one_file_and_one_line(tmp_path: Path) -> None:
    program = scratch_program(tmp_path)
    folder = "tipsheet/audience/importing/importers"
    (tmp_path / folder / "letterdrop.toml").write_text(LETTERDROP)
    program.insert(f"{folder}/__init__.py", '    "csv":', '    "letterdrop": "Letterdrop",')
    shown = program.run("subscribers", "import", "--help").stdout
    assert ("|letterdrop|csv]" in shown, "Brevo and Letterdrop are recognised" in " ".join(shown.split())) == (
        True,
        True,
    )
    page = program.ask("from docs.reference.pages import PAGES; print(PAGES['commands.md']())")
    assert (r"\|letterdrop\|csv]`" in page, "Brevo and Letterdrop" in " ".join(page.split())) == (True, True)
    program.ask(
        "from tipsheet.audience.importing.columns import Instructions, recognised\n"
        "from tipsheet.audience.importing.csv_file import UnknownColumnsError\n"
        "said = Instructions(consent='x')\n"
        "assert recognised(['LD_EMAIL', 'LD_STATE'], 'a.csv', said).title == 'Letterdrop export'\n"
        "try: recognised(['a', 'b'], 'a.csv', said)\n"
        "except UnknownColumnsError as error: assert 'Brevo, Letterdrop' in error.hint\n"
        "else: raise AssertionError\n"
    )


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
