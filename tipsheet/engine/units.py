"""Units: what a build makes, each a pure function and the values that it is called with.

Nobody writes a key. The key of a unit is the digest of its function and its arguments, worked out here and nowhere
else, so that a unit cannot depend on what it was not given (Mokhov and others, "Build Systems à la Carte", 2018).
Heavy arguments go in by reference and are loaded by whoever makes the unit.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from tipsheet.engine.digest import digest_of_value
from tipsheet.problems import Problem

__all__ = ["Key", "Loader", "Made", "Part", "Ref", "Unit", "called", "key_of", "words_of"]

_OPEN = "=("
Key = str
"""A digest of each argument by its name, on one line: ``function=write_page menus=1f2e content=( text=03ab )``."""


@dataclass(frozen=True, slots=True)
class Ref:
    """A heavy argument: a text, a template, a picture. ``digest`` covers all that whoever loads it can see of it."""

    kind: str
    name: str
    digest: str

    def digest_text(self) -> str:
        """The text that stands for it in a key."""
        return f"{self.kind}\0{self.name}\0{self.digest}"


@dataclass(frozen=True, slots=True)
class Part:
    """An argument that is itself the result of a pure function.

    One that is ``shared`` is worked out once in each process; others are dropped with the unit that they are for.
    """

    function: Callable[..., Any]
    args: Mapping[str, object]
    shared: bool = False
    _keys: list[str] = field(init=False, default_factory=list, repr=False, compare=False)

    @property
    def key(self) -> Key:
        """Its key, worked out once."""
        if not self._keys:
            self._keys.append(key_of(self))
        return self._keys[0]

    def digest_text(self) -> str:
        """The text that stands for it in a key, where it is an item of a collection."""
        return self.key


Loader = Callable[[Ref], Any]
"""Gives what a reference stands for."""


@dataclass(frozen=True, slots=True)
class Made:
    """The outcome of a unit.

    Its files by their paths, which begin with the name of an output folder (``site/…``); problems that were found; and
    a value for units that are put together of others.
    """

    files: Mapping[str, bytes]
    problems: tuple[Problem, ...] = ()
    value: Any = None


@dataclass(frozen=True, slots=True)
class Unit:
    """Something to make: ``function(**args)``, by a path that is its own in a build.

    ``function`` stands at the top of a module and is pure; ``args`` are frozen values, `Ref` and `Part`. Their names
    are words that `build --explain` can say. ``files`` are the only paths that it may write, or None where they are
    known only when it is made. ``alone`` keeps it in this process, since it leaves something there; ``slow`` says that
    two of its kind are worth a second process.
    """

    path: str
    function: Callable[..., Made]
    args: Mapping[str, object]
    files: Collection[str] | None = None
    alone: bool = field(default=False)
    slow: bool = False


def key_of(unit: Unit | Part) -> Key:
    """The key of a unit; equal keys mean equal bytes. The key of a part stands in brackets in place of the part."""
    key = f"function={unit.function.__module__}.{unit.function.__qualname__}"
    for name, value in unit.args.items():
        if type(value) is Part:
            key += f" {name}{_OPEN} {value.key} )"
        elif type(value) is Ref:
            key += f" {name}={_ref_digest(value)}"
        else:
            key += f" {name}={digest_of_value(value)}"
    return key


@lru_cache(maxsize=65_536)
def _ref_digest(ref: Ref) -> str:
    """The digest of a reference; the settings of a publication are referred to by every unit."""
    return digest_of_value(ref)


def words_of(now: Key, then: Key) -> tuple[str, ...]:
    """The names of the arguments in which two keys differ, those of parts included."""
    ours, theirs = (Counter(key.split(" ")) for key in (now, then))
    changed = [*(ours - theirs), *(theirs - ours)]
    words = (part.partition("=")[0] for part in changed if part != ")" and not part.endswith(_OPEN))
    return tuple(dict.fromkeys(words))


def called(unit: Unit | Part, load: Loader, known: dict[Key, Any]) -> Any:
    """The outcome of a unit or a part; ``known`` are shared parts that were worked out already, by their keys."""

    def value_of(value: object) -> Any:
        if isinstance(value, Ref):
            return load(value)
        if isinstance(value, Part):
            if not value.shared:
                return called(value, load, known)
            if value.key not in known:
                known[value.key] = called(value, load, known)
            return known[value.key]
        if type(value) is tuple and any(type(item) in _LOADED for item in value):
            return tuple(map(value_of, value))
        return value

    return unit.function(**{name: value_of(value) for name, value in unit.args.items()})


_LOADED = frozenset({Ref, Part, tuple})
