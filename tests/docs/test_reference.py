"""The reference is what the code says: nothing is stale, and nothing is left out."""

import datetime as dt
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from docs.reference.pages import PAGES
from docs.reference.pages.commands import subcommands
from docs.reference.pages.files import ADDRESSES, OUTBOX
from docs.reference.pages.settings import SITE_SETTINGS
from docs.reference.pages.tables import table_in, type_words
from tests.sample import ROOT
from tipsheet import press
from tipsheet.blocks import BLOCKS
from tipsheet.cli import main
from tipsheet.explanations import EXPLANATIONS
from tipsheet.fields import Table
from tipsheet.last_build import BuildOptions
from tipsheet.model.segment import Operator
from tipsheet.reading import headers
from tipsheet.settings import read
from tipsheet.settings.rules import AttributeTable, SegmentTable
from tipsheet.settings.tables import PluginTable

REFERENCE = ROOT / "docs/reference"
COMMANDS = dict(subcommands(main, ("tipsheet",)))


def text(name: str) -> str:
    return (REFERENCE / name).read_text("utf-8")


def keys(table: type[Table]) -> set[str]:
    """The keys of a table and of every table inside it."""
    inner = [found for field in table.model_fields.values() if (found := table_in(field.annotation))]
    own = {field.alias or name for name, field in table.model_fields.items()}
    return own.union(*(keys(found) for found in inner))


@pytest.mark.parametrize("name", PAGES)
def test_it_is_not_stale(name: str) -> None:
    assert text(name) == PAGES[name](), "run make docs"


def test_every_page_is_made_and_no_other_is_there() -> None:
    assert {file.name for file in REFERENCE.glob("*.md")} == set(PAGES)


def test_the_script_says_that_nothing_is_stale() -> None:
    script = [sys.executable, REFERENCE / "generate.py", "--check"]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_and_option_is_in_it(path: tuple[str, ...]) -> None:
    section = text("commands.md").partition(f"\n## {' '.join(path)}\n")[2].partition("\n## ")[0]
    options = [p for p in COMMANDS[path].params if isinstance(p, click.Option) and not p.hidden]
    assert all(opt in section for option in options for opt in (*option.opts, *option.secondary_opts))


def test_every_setting_is_in_it() -> None:
    wanted = keys(PluginTable) | keys(AttributeTable) | keys(SegmentTable)
    assert {key for key in wanted if f"\n| `{key}` |" not in text("settings.md")} == set()


def test_what_is_read_of_mkdocs_own_settings_is_in_it() -> None:
    assert set(read._SiteTable.model_fields) <= {key for key, *_ in SITE_SETTINGS}


def test_every_field_of_a_header_is_in_it() -> None:
    tables = [vars(headers)[name] for name in headers.__all__ if name.endswith("Table")]
    wanted = {key for table in tables for key in keys(table)}
    assert {key for key in wanted if f"\n| `{key}` |" not in text("headers.md")} == set()


def test_every_block_and_option_is_in_it() -> None:
    for kind in BLOCKS.values():
        section = text("blocks.md").partition(f"\n## {kind.name}\n")[2].partition("\n## ")[0]
        assert kind.example in section
        assert all(f"| `{key}` |" in section for key in keys(kind.options))


def test_every_operator_is_in_it() -> None:
    assert all(f"| `{operator}" in text("rules.md") for operator in Operator)


def test_every_code_is_in_it() -> None:
    assert re.findall(r"^## (TS\d{3})$", text("problems.md"), re.MULTILINE) == list(EXPLANATIONS)


def test_a_type_that_nobody_has_put_into_words_is_told() -> None:
    with pytest.raises(ValueError, match="say in TYPES"):
        type_words(complex)


def pattern(path: str) -> re.Pattern[str]:
    """``issues/<slug>/index.html`` as a pattern; a file or a list may lie deeper."""
    deep = re.sub(r"<(?:file|list)>", "\0", path)
    return re.compile(re.sub(r"<\w+>", "[^/]+", re.escape(deep).replace("\0", ".+")) + r"\Z")


RARE = {
    "actions/index.json",
    "share/<id>.png",
    "<list>/page/<number>/index.html",
    "feed-<number>.xml",
    "letters/<digest>",
    "pictures/<digest>-<width>",
}
"""Of publications with more issues than the sample has, with pictures in private text, and with photographs."""


def test_files_are_those_of_a_build(tmp_path: Path) -> None:
    """Each file of the sample publication is of a kind that is named, and each kind is there."""
    site, outbox = tmp_path / "site", tmp_path / "outbox"
    press.build(ROOT, BuildOptions(site_dir=site, outbox_dir=outbox), now=dt.datetime(2026, 12, 2, tzinfo=dt.UTC))
    for folder, named in ((site, [row for rows in ADDRESSES.values() for row in rows]), (outbox, OUTBOX)):
        made = [file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()]
        kinds = {path: pattern(path) for path, _ in named}
        assert [file for file in made if not any(kind.match(file) for kind in kinds.values())] == []
        assert {path for path, kind in kinds.items() if not any(map(kind.match, made))} <= RARE
