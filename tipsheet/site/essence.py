"""What tells one value from another, as text: the same in every process, whatever the order of its sets."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from tipsheet.engine.digest import digest
from tipsheet.model.post import Author, Issue, Post

__all__ = ["essence", "essence_digest"]


def essence_digest(*values: object) -> str:
    """A digest of the essence of these values."""
    return digest(essence(values).encode(errors="surrogatepass"))


def essence(value: object) -> str:  # noqa: PLR0911 - a return for each kind of value
    """All that a value holds; of what has a digest of its own, that digest."""
    if isinstance(value, str | int | float | bool | None):
        return repr(value)
    if isinstance(value, Post):
        notes = [note.digest for note in value.notes] if isinstance(value, Issue) else []
        return f"post({value.id!r},{value.digest or _fields(value)},{essence(value.authors)},{notes})"
    if isinstance(value, Author):
        return _author(value)
    if is_dataclass(value):
        own = getattr(value, "digest", "")
        return f"{type(value).__name__}({own!r})" if own else _fields(value)
    if isinstance(value, tuple | list):
        return f"[{','.join(map(essence, value))}]"
    if isinstance(value, set | frozenset):
        return f"{{{','.join(sorted(map(essence, value)))}}}"
    if isinstance(value, Mapping):
        return f"{{{','.join(f'{key!r}:{essence(item)}' for key, item in value.items())}}}"
    return repr(value)


@cache
def _author(author: Author) -> str:
    """Few people write thousands of posts."""
    return _fields(author)


def _fields(value: Any) -> str:
    kind: Any = type(value)
    return f"{kind.__name__}({','.join(essence(getattr(value, name)) for name in _names(kind))})"


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if field.compare)
