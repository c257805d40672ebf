"""Digests of contents and of values: BLAKE2b (RFC 7693), 32 hexadecimal digits."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

__all__ = ["digest", "digest_of", "digest_of_value"]

_PLAIN = (str, int, float, bool, bytes, dt.date, dt.timedelta, dt.tzinfo, ZoneInfo, Enum, type(None))
"""Values whose `repr` says all that they hold."""


def digest(data: bytes) -> str:
    """The digest of bytes."""
    return blake2b(data, digest_size=16).hexdigest()


def digest_of(*values: object) -> str:
    """The digest of values by what `repr` says of them, which for ours is all that they hold.

    A set has no order of its own: sort it before it comes here.
    """
    return digest("\0".join(map(repr, values)).encode(errors="surrogatepass"))


def digest_of_value(value: object, special: Callable[[object], str | None] = lambda _value: None) -> str:
    """The digest of a frozen value: plain values, and collections, dataclasses and models of them.

    The order of a set does not count. ``special`` gives the text of values that are neither. Raises TypeError for
    anything else, such as a function, whose `repr` would tell nothing.
    """
    return digest(_text(value, special).encode(errors="surrogatepass"))


def _text(value: Any, special: Callable[[object], str | None]) -> str:  # noqa: PLR0911 - a return for each kind
    kind: Any = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return repr(value)
    if (text := special(value)) is not None:
        return f"<{text!r}>"
    if isinstance(value, tuple | list):
        return f"[{','.join([_text(item, special) for item in value])}]"
    if is_dataclass(kind) or hasattr(kind, "model_fields"):
        return f"{kind.__name__}({','.join([_text(getattr(value, name), special) for name in _names(kind)])})"
    if isinstance(value, Mapping):
        return f"{{{','.join([f'{_text(k, special)}:{_text(v, special)}' for k, v in value.items()])}}}"
    if isinstance(value, set | frozenset):
        return f"set{{{','.join(sorted([_text(item, special) for item in value]))}}}"
    if isinstance(value, _PLAIN):
        return repr(value)
    raise TypeError(f"{kind.__qualname__} cannot be an argument of a unit")


@cache
def _names(kind: Any) -> tuple[str, ...]:
    """The fields of a dataclass that count in a comparison, or all of a model of pydantic."""
    return tuple(field.name for field in fields(kind) if field.compare) if is_dataclass(kind) else (*kind.model_fields,)
