"""JSON Schemas of headers, ``authors.yml`` and our part of ``mkdocs.yml``, from the tables that read them.

A schema takes all that its table takes: a number may stand for a text, and a number or a switch may be quoted. It
knows types, keys and choices; what compares two values, or looks into other files, is left to ``tipsheet check``.
"""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from tipsheet.fields import Table
from tipsheet.reading.authors import AuthorTable
from tipsheet.reading.headers import ActionTable, ArticleTable, IssueTable, NoteTable, WelcomeTable
from tipsheet.settings.rules import AttributeTable, SegmentTable
from tipsheet.settings.tables import PluginTable

__all__ = ["HEADERS", "SCHEMAS", "schema_of"]

DRAFT = "http://json-schema.org/draft-07/schema#"
"""The draft that editors know best."""
HEADERS: Mapping[str, type[Table]] = {
    "issue": IssueTable,
    "article": ArticleTable,
    "welcome": WelcomeTable,
    "note": NoteTable,
    "action": ActionTable,
}
"""The table of the header of each kind of file."""

_LIMITS = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}
"""Words of JSON Schema for pydantic's own, which it leaves beside a choice of types."""
_NUMBER = r"^\s*[+-]?[0-9][0-9_]*(\.[0-9_]*)?([eE][+-]?[0-9]+)?\s*$"
_SWITCH = "^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[Yy]([Ee][Ss])?|[Nn][Oo]?|[Oo][Nn]|[Oo][Ff][Ff]|[Tt]|[Ff]|[01])$"


class _AsRead(GenerateJsonSchema):
    """The schema of what a table takes from YAML; pydantic reads quoted numbers and switches as what they say."""

    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012 - pydantic's own attribute

    def str_schema(self, schema: core_schema.StringSchema) -> JsonSchemaValue:
        """A text, or a number, which is taken as it is written."""
        return {**super().str_schema(schema), "type": ["string", "number"]}

    def int_schema(self, schema: core_schema.IntSchema) -> JsonSchemaValue:
        """A whole number, maybe quoted."""
        return {"anyOf": [super().int_schema(schema), {"type": "string", "pattern": _NUMBER}]}

    def float_schema(self, schema: core_schema.FloatSchema) -> JsonSchemaValue:
        """A number, maybe quoted."""
        return {"anyOf": [super().float_schema(schema), {"type": "string", "pattern": _NUMBER}]}

    def bool_schema(self, schema: core_schema.BoolSchema) -> JsonSchemaValue:
        """True or false, or a word for it."""
        return {"anyOf": [super().bool_schema(schema), {"type": "string", "pattern": _SWITCH}, {"enum": [0, 1]}]}

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's signature
        """No: a title would only repeat the key."""
        return False


def schema_of(table: type[Table]) -> dict[str, Any]:
    """The JSON Schema of a table."""
    schema = table.model_json_schema(by_alias=True, schema_generator=_AsRead, mode="validation")
    plain: dict[str, Any] = _plain(schema)
    return {"$schema": DRAFT, **plain}


def _plain(schema: Any, *, names: bool = False) -> Any:
    """The schema without what says nothing; ``names`` is true for a mapping whose keys are names, not words."""
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {}
    for key, value in schema.items():
        if not names and (
            key == "title" or (key == "default" and (value in (None, "") or isinstance(value, dict | list)))
        ):
            continue  # a class's name; no default
        word = key if names else _LIMITS.get(key, key)
        kept[word] = _plain(value, names=key in ("properties", "$defs") and not names)
    return kept


def _people() -> dict[str, Any]:
    """The schema of authors.yml, a mapping of ids to people."""
    person = schema_of(AuthorTable)
    inner = {"$defs": person.pop("$defs", {}), "$schema": person.pop("$schema")}
    return {**inner, "description": "The people of the publication by their ids.", "type": "object",
            "additionalProperties": person}  # fmt: skip


def _settings() -> dict[str, Any]:
    """The schema of the ``tipsheet`` entry in mkdocs.yml; MkDocs and other plugins have their own."""
    entry = schema_of(PluginTable)
    definitions, draft = entry.pop("$defs", {}), entry.pop("$schema")
    for key, table in (("attributes", AttributeTable), ("segments", SegmentTable)):
        one = schema_of(table)
        definitions |= one.pop("$defs", {})
        del one["$schema"]
        entry["properties"][key] |= {"type": "object", "additionalProperties": one}
    ours = {"type": "object", "properties": {"tipsheet": entry}}
    return {
        "$schema": draft,
        "$defs": definitions,
        "type": "object",
        "properties": {
            "plugins": {"anyOf": [{"type": "array", "items": {"anyOf": [{"type": "string"}, ours]}}, ours]},
        },
    }


SCHEMAS: Mapping[str, Callable[[], dict[str, Any]]] = {
    **{f"{kind}-header": lambda table=table: schema_of(table) for kind, table in HEADERS.items()},  # type: ignore[misc]
    "authors": _people,
    "mkdocs": _settings,
}
"""The schemas by the names of their files."""
