"""The page of the form in which `tipsheet diff` writes changes for programs, from the values that it writes."""

import inspect
import re
from dataclasses import MISSING, Field, fields
from typing import Any

from docs.reference.pages.markdown import code, grid, page
from tipsheet.edition.differences import Difference, DiffLine, Run
from tipsheet.review.changes import (
    MOST_BYTES,
    VERSION,
    AudienceChange,
    Change,
    Changes,
    FeedChange,
    LetterChange,
    PageChange,
)

__all__ = ["changes"]

VALUES = (Changes, LetterChange, AudienceChange, Difference, DiffLine, Run, PageChange, FeedChange)
_TYPES = {
    "str": "text", "int": "number", "bool": "true or false", "int | None": "number or null",
    "Difference | None": "a `Difference` or null", "Change": " or ".join(code(one.value) for one in Change),
    "tuple[str, str]": "two texts: before and after",
}  # fmt: skip


def changes() -> str:
    """All values of the form, each with its keys."""
    parts = [part for value in VALUES for part in (f"## {value.__name__}", _text(value), _keys(value))]
    return page(
        "Changes, for programs",
        f"`tipsheet diff --json` writes one object, a `Changes`, of the form {VERSION}. `--read` takes it of anybody, "
        f"up to {MOST_BYTES // 1_000_000} MB, as data. A later version of tipsheet may write keys more; one that is "
        "missing has the value below, and one that is not known is left out. A change that breaks this is another "
        "number of the form.",
        *parts,
    )


def _text(value: type) -> str:
    """The docstring of a value in Markdown."""
    return re.sub(r"``(.+?)``", r"`\1`", inspect.getdoc(value) or "")


def _keys(value: Any) -> str:
    rows = [(code(one.name), _type(str(one.type)), _default(one)) for one in fields(value)]
    return grid(("key", "value", "where it is missing"), rows)


def _type(name: str) -> str:
    name = re.sub(r"<(?:class|enum) '(?:[\w.]*\.)?(\w+)'>", r"\1", name)
    name = re.sub(r"\b(?:tipsheet\.)[\w.]*\.(\w+)", r"\1", name)
    if name in _TYPES:
        return _TYPES[name]
    of = name.removeprefix("tuple[").removesuffix(", ...]")
    return "texts" if of == "str" else f"list of {code(of)}"


def _default(one: "Field[Any]") -> str:
    if one.default is MISSING:
        return "**required**"
    return {"()": "none", "None": "null", "''": "empty"}.get(repr(one.default), code(str(one.default).lower()))
