"""Scalars of YAML by the core schema of YAML 1.2 (10.3), and texts that remember how or where they were written."""

import re
from collections.abc import Mapping
from typing import Any, Final

from tipsheet.limits import LIMITS
from tipsheet.problems import Where

__all__ = ["PYTHON_OBJECT", "CutShort", "PythonObject", "resolved", "written"]

PYTHON_OBJECT = "!!python"
"""The value that replaces one that names a Python object, which is not loaded."""

INTEGER = re.compile(r"[-+]?[0-9]+")
FRACTION = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?")
WORDS: Final[Mapping[str, bool | None]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip


class PythonObject(str):  # noqa: SLOT000 - it bears what it names
    """The name of a Python object, equal to `PYTHON_OBJECT`; ``tag`` is the text after ``!!python/``."""

    tag: str
    arguments: Any

    @classmethod
    def named(cls, tag: str, arguments: Any) -> "PythonObject":
        """The object of this tag, made of plain values."""
        made = cls(PYTHON_OBJECT)
        made.tag, made.arguments = tag, arguments
        return made


class _Whole(int):
    """A whole number in an unusual form."""

    written: str


class _Fraction(float):
    """A number with a fraction, in an unusual form."""

    written: str


class CutShort(str):  # noqa: SLOT000 - it bears what stands after it
    """A text without quotes with a comment behind it on its line; maybe ``#`` was meant to be a part of it."""

    comment: str
    where: Where


def written(value: object) -> object:
    """The text of a number in the form that it has in the document, or any other value itself."""
    return getattr(value, "written", value)


def resolved(text: str) -> Any:
    """The value of a text without quotes (YAML 1.2, 10.3.2); a number beyond the limit stays a text."""
    if text in WORDS:
        return WORDS[text]
    if text[0] not in "+-.0123456789" or len(text) > LIMITS["number"].value + 8:
        return text
    number: int | float
    if INTEGER.fullmatch(text):
        number = int(text)
    elif FRACTION.fullmatch(text):
        number = float(text)
    else:
        return text
    if abs(number) >= 10 ** LIMITS["number"].value:
        return text
    if str(number) == text:
        return number
    own = _Whole(number) if isinstance(number, int) else _Fraction(number)
    own.written = text
    return own
