"""Digests of contents and of values: BLAKE2b (RFC 7693), 32 hexadecimal digits."""

import datetime as dt
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from hashlib import blake2b
from operator import attrgetter
from typing import Any

import msgspec

__all__ = ["digest", "digest_of", "digest_of_value"]

_PLAIN = (str, int, float, bool, bytes, dt.date, dt.timedelta, dt.tzinfo, Enum, type(None))
"""Values whose `repr` says all that they hold."""


def digest(data: bytes) -> str:
    """The digest of bytes."""
    return blake2b(data, digest_size=16).hexdigest()


def digest_of(*values: object) -> str:
    """The digest of values by what `repr` says of them, which for ours is all that they hold.

    A set has no order of its own: sort it before it comes here.
    """
    return digest("\0".join(map(repr, values)).encode(errors="surrogatepass"))


def digest_of_value(value: object) -> str:
    """The digest of a frozen value: plain values, and collections, dataclasses and models of them.

    The order of a set does not count. A class whose instances are told apart otherwise has a method ``digest_text``.
    Raises TypeError for anything else, such as a function, whose `repr` would tell nothing.
    """
    return digest(_text(value).encode(errors="surrogatepass"))


def _text(value: Any) -> str:
    """All that a value holds, as text: others have another one."""
    kind: Any = type(value)
    return repr(value) if kind is str else _writer(kind)(value)


@cache
def _writer(kind: Any) -> Callable[[Any], str]:
    """The function that writes values of this class; thousands of units ask for a few dozen."""
    if hasattr(kind, "digest_text"):
        return lambda value: f"<{value.digest_text()!r}>"
    if issubclass(kind, tuple | list):
        return lambda value: f"[{','.join([_text(item) for item in value])}]"
    if is_dataclass(kind) or hasattr(kind, "model_fields"):
        return _writer_of_plain_fields(kind) if _is_plain(kind) else _writer_of_fields(kind)
    if issubclass(kind, Mapping):
        return lambda value: f"{{{','.join([f'{_text(k)}:{_text(v)}' for k, v in value.items()])}}}"
    if issubclass(kind, set | frozenset):
        return lambda value: f"set{{{','.join(sorted([_text(item) for item in value]))}}}"
    if issubclass(kind, _PLAIN):
        return repr
    raise TypeError(f"{kind.__qualname__} cannot be an argument of a unit")


@cache
def _is_plain(hint: Any) -> bool:
    """Return True for an annotation under which JSON says all that a value holds, so that C can write it.

    Moments are not among them, since JSON has no names of time zones, and neither are sets, which have no order.
    """
    origin, inside = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return all(map(_is_plain, inside)) and sum(map(is_dataclass, inside)) <= 1
    if origin is tuple or origin is Mapping:
        return all(one is ... or _is_plain(one) for one in inside)
    if not is_dataclass(hint):
        return hint in (str, int, bool, dt.date, type(None))
    if hasattr(hint, "digest_text") or not all(one.compare and one.init for one in fields(hint)):
        return False
    try:
        hints = typing.get_type_hints(hint)
    except NameError:  # imported for types alone
        return False
    return all(_is_plain(hints[one.name]) for one in fields(hint))


def _writer_of_plain_fields(kind: Any) -> Callable[[Any], str]:
    name, slow = kind.__name__, _writer_of_fields(kind)

    def write(value: Any) -> str:
        try:
            return f"{name}{_JSON.encode(value).decode()}"
        except UnicodeEncodeError:  # the name of a file that is not UTF-8
            return slow(value)

    return write


_JSON = msgspec.json.Encoder()


def _writer_of_fields(kind: Any) -> Callable[[Any], str]:
    """Writes the fields of a dataclass that count in a comparison, or all of a model of pydantic."""
    names = [field.name for field in fields(kind) if field.compare] if is_dataclass(kind) else [*kind.model_fields]
    name, values_of = kind.__name__, attrgetter(*names) if len(names) > 1 else None
    if values_of is None:
        return lambda value: f"{name}({','.join([_text(getattr(value, field)) for field in names])})"
    return lambda value: f"{name}({','.join([_text(field) for field in values_of(value)])})"
