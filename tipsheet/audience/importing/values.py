"""Single cells: text on one line, lists of words, attributes with their declared types.

Every function raises ValueError with words that hold nothing of the cell, since they may be printed.
"""

import csv
import json
import math
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from tipsheet.model.segment import Attribute, AttributeType, Value

__all__ = ["as_typed", "json_object", "json_or_words", "one_line", "printable", "words"]

CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
LONGEST_NAME = 200
"""Characters of a tag or topic; an index of PostgreSQL takes 2,704 bytes."""
TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def printable(text: str) -> str:
    """A name of a file or a column as it can be shown: on one line, and a terminal obeys nothing in it."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in " ".join(text.split()))


def one_line(text: str, what: str) -> str:
    """The text without space around it; control characters and halves of characters are refused."""
    text = text.strip(" ")
    if CONTROL.search(text):
        raise ValueError(f"{what} holds a line break or another control character")
    return text


@lru_cache(10_000)
def words(text: str, what: str) -> frozenset[str]:
    """Names with commas between; one that holds a comma or a quote stands in quotes, as in CSV."""
    try:
        names = next(csv.reader([text], skipinitialspace=True, strict=True), [])
    except csv.Error:
        raise ValueError(f"{what} has a quote that is not closed") from None
    return _names(names, what)


def json_or_words(text: str, what: str) -> frozenset[str]:
    """A JSON list of names, or names with commas between."""
    if not text.lstrip().startswith("["):
        return words(text, what)
    try:
        names = json.loads(text)
    except ValueError:
        return words(text, what)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"{what} is a JSON list of something else than names")
    return _names(names, what)


def _names(names: Iterable[str], what: str) -> frozenset[str]:
    found = frozenset(filter(None, (one_line(name, what) for name in names)))
    if any(len(name) > LONGEST_NAME for name in found):
        raise ValueError(f"{what} holds a name of more than {LONGEST_NAME} characters")
    return found


def json_object(text: str, what: str) -> Mapping[str, Any]:
    """A JSON object; an empty cell is an empty one."""
    if not text.strip():
        return {}
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise ValueError(f"{what} is not a JSON object")  # noqa: TRY004 - a mistake in data
    return read


def as_typed(value: Any, attribute: Attribute) -> Value | None:
    """What a cell, or a value of JSON, means for a declared attribute; None when it is empty."""
    if value is None or value == "":
        return None
    match attribute.type:
        case AttributeType.NUMBER:
            return _number(value, attribute.name)
        case AttributeType.BOOLEAN:
            return _truth(value, attribute.name)
        case AttributeType.TEXT:
            return _text(value, attribute)


def _text(value: Any, attribute: Attribute) -> str | None:
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise ValueError(f"{attribute.name} is not a text")  # noqa: TRY004 - a mistake in data
    text = one_line(str(value), attribute.name)
    if text and attribute.choices and text not in attribute.choices:
        alike = [choice for choice in attribute.choices if choice.casefold() == text.casefold()]
        if len(alike) != 1:
            raise ValueError(f"{attribute.name} is none of {', '.join(attribute.choices)}")
        return alike[0]
    return text or None


def _number(value: Any, name: str) -> int | float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{name} is not a number")  # noqa: TRY004 - a mistake in data
    text = str(value).strip(" ")
    if not text:
        return None
    try:
        number = int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else float(text)
    except ValueError:
        raise ValueError(f"{name} is not a number like 20 or 2.5") from None
    if "_" in text or not math.isfinite(number):
        raise ValueError(f"{name} is not a number like 20 or 2.5")
    return number


def _truth(value: Any, name: str) -> bool | None:
    text = str(value).strip(" ").lower()
    if not text:
        return None
    if text not in TRUTH:
        raise ValueError(f"{name} is neither true nor false")
    return TRUTH[text]
