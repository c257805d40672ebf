"""X7: the schemas take what the tables take, since they come from them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from tests.sample import ROOT
from tests.soak import soak, times
from tipsheet.documents import Document, parse_yaml
from tipsheet.editing.schemas import HEADERS, SCHEMAS, schema_of
from tipsheet.fields import Table, read_table
from tipsheet.problems import Where
from tipsheet.reading.authors import AuthorTable
from tipsheet.settings.tables import PluginTable

TABLES: dict[str, type[Table]] = {**HEADERS, "author": AuthorTable, "plugin": PluginTable}
VALIDATORS = {name: Draft7Validator(schema_of(table)) for name, table in TABLES.items()}
RIGHT: dict[str, dict[str, Any]] = {
    "issue": {"id": "a", "title": "T", "date": "2026-11-24", "description": "D", "authors": "ada"},
    "article": {"id": "a", "title": "T", "date": "2026-11-24", "description": "D", "authors": ["ada"]},
    "welcome": {"title": "T", "description": "D"},
    "note": {"id": "a", "title": "T", "from": "2026-11-24", "expires": "2026-12-24"},
    "action": {"id": "a", "title": "T"},
    "author": {"name": "Ada"},
    "plugin": {"editor": {"name": "Ada", "email": "a@example.org"}, "postal_address": "A, 1 B", "time_zone": "UTC"},
}
KEYS = [(name, field.alias or key) for name, table in TABLES.items() for key, field in table.model_fields.items()]
WORDS = (
    "true", "No", "oN", "1", "12", "0", "-3", "1e1", "1_0", "2.0", "2.5", "2026-11-24", "20261124", "07:00", "Tuesday",
    "send", "UTC", "https://example.org/", "a@example.org", "managers, !x", "3d", "#336699", "ask-first", "x" * 125,
)  # fmt: skip


def reads(name: str, header: dict[str, Any]) -> bool:
    """True where the table takes the header, as it would come from YAML."""
    return read_table(TABLES[name], Document(header, {(): Where("x.md")}, {}), what="it", code="TS009")[0] is not None


def test_what_is_right_is_taken_by_both() -> None:
    for name, header in RIGHT.items():
        assert reads(name, header)
        VALIDATORS[name].validate(header)


texts = st.one_of(st.sampled_from(WORDS), st.text(max_size=8)).filter(lambda text: text == text.strip())
scalars = st.one_of(st.none(), st.booleans(), st.integers(-5, 10**10), st.floats(allow_nan=False), texts)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([
        "src", "alt", "title", "url", "everyone", "managers", "name", "email", "day", "time", "repo", "late", "file",
    ]) | texts, inner, max_size=3), max_leaves=6,
)  # fmt: skip


@soak(1800)
@settings(max_examples=times(200, 20_000), deadline=None)
@given(st.sampled_from(KEYS), values)
def test_what_a_table_takes_its_schema_takes(key: tuple[str, str], value: Any) -> None:
    """Values that a schema refuses are refused by `check`, too: an editor is never wrong about a header."""
    name, field = key
    header = {**RIGHT[name], field: value}
    if reads(name, header):
        errors = list(VALIDATORS[name].iter_errors(header))
        assert errors == [], (header, errors)


@pytest.mark.parametrize(("name", "key"), KEYS)
def test_values_of_another_type_are_refused_by_both(name: str, key: str) -> None:
    for value in ({"x": {"y": [1]}}, [[1]], [{}], [None], True):
        header = {**RIGHT[name], key: value}
        assert VALIDATORS[name].is_valid(header) == reads(name, header) or (name, key) in LANGUAGES, value


LANGUAGES = {("plugin", "attributes"), ("plugin", "segments"), ("plugin", "lint")}
"""Keys whose values have a reader of their own."""


@pytest.mark.parametrize(("name", "key"), KEYS)
def test_an_unknown_key_and_a_key_left_out_are_refused_by_both(name: str, key: str) -> None:
    without = {other: value for other, value in RIGHT[name].items() if other != key}
    for header in (without, {**without, f"{key}x": 1}):
        assert VALIDATORS[name].is_valid(header) == reads(name, header)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("delivery", {"late": "sometimes"}),
        ("share", ["myspace"]),
        ("schedule", {"day": "someday"}),
        ("list_size", 4),
        ("list_size", 101),
        ("feed", {"items": 19}),
        ("editor", {"name": "Ada"}),
        ("mail", {"page_widht": 600}),
    ],
)
def test_a_value_out_of_its_choices_or_bounds_is_refused_by_both(setting: str, value: Any) -> None:
    header = {**RIGHT["plugin"], setting: value}
    assert not reads("plugin", header)
    assert not VALIDATORS["plugin"].is_valid(header)


def headers() -> Iterator[tuple[str, Path]]:
    folders = {"tipsheets": "issue", "articles": "article", "notes": "note", "actions": "action", "welcome": "welcome"}
    for folder, kind in folders.items():
        for file in sorted((ROOT / "content" / folder).rglob("*.md")):
            yield kind, file


def test_the_headers_of_the_sample_validate() -> None:
    found = list(headers())
    assert {kind for kind, _ in found} >= {"issue", "article", "note", "action"}
    for kind, file in found:
        document, _ = parse_yaml(file.read_text("utf-8").split("---\n")[1], file.name)
        assert document is not None
        Draft7Validator(SCHEMAS[f"{kind}-header"]()).validate(document.data)


@pytest.mark.parametrize(("schema", "file"), [("authors", "content/authors.yml"), ("mkdocs", "mkdocs.yml")])
def test_the_settings_and_people_of_the_sample_validate(schema: str, file: str) -> None:
    document, _ = parse_yaml((ROOT / file).read_text("utf-8"), file, environ={})
    assert document is not None
    Draft7Validator(SCHEMAS[schema]()).validate(document.data)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one_and_describes_every_key(name: str) -> None:
    schema = SCHEMAS[name]()
    Draft7Validator.check_schema(schema)
    properties = schema.get("properties") or schema["additionalProperties"]["properties"]
    assert [key for key, one in properties.items() if name != "mkdocs" and not one.get("description")] == []
