"""Values on disk and back: pickles of our own frozen values, which can name nothing but these.

A state may come from a cache that others can write to, so that reading one must not run what it says.
"""

import io
import pickle
from collections.abc import Callable
from dataclasses import is_dataclass
from functools import cache
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

__all__ = ["CodecError", "decode", "encode"]

_HOMES = ("tipsheet.model.", "tipsheet.problems", "tipsheet.reading.")
_OTHERS = frozenset(
    {
        ("builtins", "frozenset"),
        ("datetime", "date"),
        ("datetime", "datetime"),
        ("datetime", "timedelta"),
        ("datetime", "timezone"),
        ("zoneinfo", "ZoneInfo"),
        ("tipsheet.state.codec", "_revived"),
    }
)


_TEXTS, _BETWEEN = "\x01", "\x1f"
"""Texts alone need no pickle, and thousands of pages leave some. A pickle begins with ``0x80``."""


class CodecError(ValueError):
    """These bytes are no value of ours."""


def encode(value: object, name: Callable[[object], str | None] = lambda _value: None) -> bytes:
    """The bytes of a value; what has a name stands there by its name."""
    if isinstance(value, tuple) and value and all(type(text) is str and _BETWEEN not in text for text in value):
        return (_TEXTS + _BETWEEN.join(value)).encode(errors="surrogatepass")
    stream = io.BytesIO()
    _Encoder(stream, name).dump(value)
    return stream.getvalue()


def decode(data: bytes, find: Callable[[str], object] = lambda name: name) -> Any:
    """The value; ``find`` gives what stands by its name. Raises CodecError, and KeyError from ``find``."""
    try:
        if data[:1] == _TEXTS.encode():
            return tuple(data[1:].decode(errors="surrogatepass").split(_BETWEEN))
        return _Decoder(io.BytesIO(data), find).load()
    except (pickle.UnpicklingError, AttributeError, EOFError, ImportError, IndexError, TypeError, ValueError) as error:
        raise CodecError(str(error)) from error


class _Encoder(pickle.Pickler):
    def __init__(self, stream: io.BytesIO, name: Callable[[object], str | None]) -> None:
        super().__init__(stream, protocol=5)
        self._name = name

    def persistent_id(self, value: object) -> str | None:
        return self._name(value)

    def reducer_override(self, value: object) -> Any:
        """Dataclasses by the values of their slots: three times as fast to read back as by their states."""
        kind: Any = type(value)
        if kind is ZoneInfo:
            return ZoneInfo, (str(value),)
        if is_dataclass(value) and hasattr(kind, "__slots__"):
            return _revived, (f"{kind.__module__}:{kind.__qualname__}", *[getattr(value, n) for n in _slots(kind)])
        return NotImplemented


class _Decoder(pickle.Unpickler):
    def __init__(self, stream: io.BytesIO, find: Callable[[str], object]) -> None:
        super().__init__(stream)
        self._find = find

    def persistent_load(self, name: Any) -> object:
        return self._find(name)

    def find_class(self, module: str, name: str) -> Any:
        return _known(module, name)


@cache
def _known(module: str, name: str) -> Any:
    found: Any = import_module(module) if (module, name) in _OTHERS or module.startswith(_HOMES) else None
    for part in name.split(".") if found else ():
        found = getattr(found, part)
    if found is None or (
        (module, name) not in _OTHERS and not (isinstance(found, type) and found.__module__ == module)
    ):
        raise pickle.UnpicklingError(f"{module}.{name} is no value of ours")
    return found


@cache
def _slots(kind: type[Any]) -> tuple[str, ...]:
    return tuple(name for base in reversed(kind.__mro__) for name in base.__dict__.get("__slots__", ()))


@cache
def _kind(name: str) -> tuple[type, tuple[Callable[[object, object], None], ...]]:
    """The class of this name, which a pickle would look up anew for every text, and what fills its slots."""
    module, _, qualified = name.partition(":")
    kind = _known(module, qualified)
    return kind, tuple(getattr(kind, slot).__set__ for slot in _slots(kind))


def _revived(name: str, *values: object) -> object:
    kind, setters = _kind(name)
    made: object = object.__new__(kind)
    for put, value in zip(setters, values, strict=True):
        put(made, value)
    return made
