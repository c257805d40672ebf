"""Values on disk and back: MessagePack of plain values and of frozen classes that are on a list.

A state may come from a cache that others can write to. Reading it makes values of exactly these classes, each
field of the kind that its annotation says; nothing that stands in it is looked up, imported or called.
"""

import datetime as dt
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import fields
from enum import Enum
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

__all__ = ["CodecError", "decode", "encode", "keeps"]

_TEXTS, _BETWEEN = b"\xc1", "\x1f"
"""Texts alone are joined, since thousands of pages leave some. MessagePack never begins with ``0xC1``."""
_PLAIN = frozenset({type(None), bool, int, float, str, bytes})
_TUPLE, _LIST, _DICT, _SET, _NAMED, _DATE, _MOMENT, _SPAN, _ZONE, _UTC, _RAW = range(11)

_classes: dict[str, type] = {}
"""What may stand in a state besides plain values, by name; `keeps` adds to it."""

Name = Callable[[object], str | None]
Find = Callable[[str], object]


class CodecError(ValueError):
    """These bytes are no value of ours."""


def keeps(*classes: type) -> None:
    """Put frozen dataclasses and enumerations on the list of what a state may hold."""
    _classes.update((kind.__name__, kind) for kind in classes)


def encode(value: object, name: Name = lambda _value: None) -> bytes:
    """The bytes of a value; what has a name stands there by its name. Raises TypeError for a class not on the list."""
    if type(value) is tuple and value and all(type(text) is str and _BETWEEN not in text for text in value):
        return _TEXTS + _BETWEEN.join(value).encode(errors="surrogatepass")
    tree = _tree(value, name)
    try:
        return msgspec.msgpack.encode(tree)
    except UnicodeEncodeError:  # the name of a file that is not UTF-8
        return msgspec.msgpack.encode(_without_surrogates(tree))


def decode(data: bytes, find: Find = lambda name: name) -> Any:
    """The value; ``find`` gives what stands by its name. Raises CodecError, and KeyError from ``find``."""
    try:
        if data[:1] == _TEXTS:
            return tuple(data[1:].decode(errors="surrogatepass").split(_BETWEEN))
        return _value(msgspec.msgpack.decode(data), find)
    except (msgspec.DecodeError, RecursionError, MemoryError, UnicodeError) as error:
        raise CodecError(str(error)) from error


def _tree(value: Any, name: Name) -> Any:
    """The value as lists of plain values, each of which begins with what it is."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is tuple:
        return [_TUPLE, *[item if type(item) in _PLAIN else _tree(item, name) for item in value]]
    if (named := name(value)) is not None:
        return [_NAMED, named]
    if (writes := _WRITERS.get(kind)) is not None:
        return writes(value, name)
    if _classes.get(kind.__name__) is not kind:
        raise TypeError(f"{kind} is not on the list of what a state may hold")
    if issubclass(kind, Enum):
        return [kind.__name__, value.value]
    values = (getattr(value, slot) for slot in _form(typing.cast("Any", kind)).names)
    return [kind.__name__, *[item if type(item) in _PLAIN else _tree(item, name) for item in values]]


def _naive(moment: dt.datetime) -> str:
    return moment.replace(tzinfo=None).isoformat()


_WRITERS: Mapping[type, Callable[[Any, Name], list[Any]]] = {
    list: lambda value, name: [_LIST, *[_tree(item, name) for item in value]],
    dict: lambda value, name: [_DICT, *[_tree(item, name) for pair in value.items() for item in pair]],
    frozenset: lambda value, name: [_SET, *sorted((_tree(item, name) for item in value), key=repr)],
    dt.date: lambda value, _: [_DATE, value.toordinal()],
    dt.datetime: lambda value, name: [_MOMENT, _naive(value), _tree(value.tzinfo, name), value.fold],
    dt.timedelta: lambda value, _: [_SPAN, value.days, value.seconds, value.microseconds],
    dt.timezone: lambda value, _: [_UTC, int(value.utcoffset(None).total_seconds())],
    ZoneInfo: lambda value, _: [_ZONE, value.key],
}


def _without_surrogates(tree: Any) -> Any:
    if isinstance(tree, list):
        return [_without_surrogates(item) for item in tree]
    return [_RAW, tree.encode(errors="surrogatepass")] if isinstance(tree, str) and not _sound(tree) else tree


def _sound(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _value(tree: Any, find: Find) -> Any:
    """The value of a tree; raises CodecError for one that `_tree` never makes."""
    if type(tree) is not list:
        if type(tree) in _PLAIN:
            return tree
        raise CodecError(f"{type(tree)} is no value of ours")
    kind, *parts = tree or (None,)
    if kind == _NAMED and len(parts) == 1 and type(parts[0]) is str:
        return find(parts[0])
    values = [part if type(part) is not list else _value(part, find) for part in parts]
    if kind == _TUPLE and type(kind) is int:
        return tuple(values)
    try:
        return _READERS[kind](*values) if type(kind) is int else _revived(kind, values)
    except (KeyError, TypeError, ValueError, OverflowError, OSError) as error:
        raise CodecError(str(error)) from error


def _moment(text: str, zone: dt.tzinfo | None, fold: int) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


_READERS: Mapping[int, Callable[..., Any]] = {
    _LIST: lambda *values: list(values),
    _DICT: lambda *values: dict(zip(values[::2], values[1::2], strict=True)),
    _SET: lambda *values: frozenset(values),
    _DATE: dt.date.fromordinal,
    _MOMENT: _moment,
    _SPAN: dt.timedelta,
    _UTC: lambda seconds: dt.timezone(dt.timedelta(seconds=seconds)) if seconds else dt.UTC,
    _ZONE: ZoneInfo,
    _RAW: lambda data: data.decode(errors="surrogatepass"),
}


class _Form(NamedTuple):
    """Fields of a class in their order: what fills each, and whether a value may stand there."""

    names: tuple[str, ...]
    fill: tuple[Callable[[object, object], None], ...]
    fits: tuple[Callable[[Any], bool], ...]
    works_out: bool
    """Whether it works out some field by itself, so that its own constructor has to be called."""


@cache
def _form(kind: Any) -> _Form:
    hints = typing.get_type_hints(kind)
    given = [field for field in fields(kind) if field.init]
    names = tuple(field.name for field in given)
    return _Form(
        names,
        tuple(getattr(kind, name).__set__ for name in names),
        tuple(_fitting(hints[name]) for name in names),
        len(given) < len(fields(kind)),
    )


def _revived(name: Any, values: list[Any]) -> Any:
    kind: Any = _classes[name]
    if issubclass(kind, Enum):
        return kind(*values)
    form = _form(kind)
    for fits, value in zip(form.fits, values, strict=True):
        if not fits(value):
            raise CodecError(f"a field of {name} is of another kind")
    if form.works_out:
        return kind(**dict(zip(form.names, values, strict=True)))
    made: object = object.__new__(kind)
    for fill, value in zip(form.fill, values, strict=True):
        fill(made, value)
    return made


@cache
def _fitting(hint: Any) -> Callable[[Any], bool]:
    """A test of a value against an annotation, the items of collections included."""
    origin, inside = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        each = tuple(map(_fitting, inside))
        plain = tuple(one for one in inside if isinstance(one, type) and typing.get_origin(one) is None)
        return lambda value: isinstance(value, plain) if len(plain) == len(inside) else any(f(value) for f in each)
    if origin in (tuple, frozenset) and len(set(inside) - {...}) == 1:
        fits = _fitting(inside[0])
        size = None if origin is frozenset or ... in inside else len(inside)
        return lambda value: type(value) is origin and size in (None, len(value)) and all(map(fits, value))
    if origin is tuple:
        parts = tuple(map(_fitting, inside))
        return lambda value: (
            type(value) is tuple and [f(v) for f, v in zip(parts, value, strict=True)] == [True] * len(parts)
        )
    if hint is Any:
        return lambda _value: True
    return lambda value: value in inside if origin is typing.Literal else isinstance(value, origin or hint)
