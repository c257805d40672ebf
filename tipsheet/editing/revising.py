"""Changes to the source of a post that leave everything else in it as it is: comments, order and form of its header.

Only the lines of the keys that change are written anew, by their places in YAML; the result is read again, and a
change that would have touched anything else is refused.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import yaml

from tipsheet.blocks import scan_blocks
from tipsheet.blocks.action import ActionOptions
from tipsheet.documents import parse_yaml
from tipsheet.errors import TipsheetError
from tipsheet.model.addresses import slug_of
from tipsheet.reading.sources import read_source

__all__ = ["UnchangeableError", "Written", "header_of", "with_action_ids", "with_keys", "written_actions"]

_ID = re.compile(r"""(?<![\w-])id=("[^"]*"|'[^']*'|[^\s"'{}]+)""")


class UnchangeableError(TipsheetError):
    """A source in which the desk cannot change a line without touching others: a person can."""


@dataclass(frozen=True, slots=True)
class Written:
    """An action that a source writes out: its id, and the lines of its header from ``first`` up to ``end``, from 0."""

    id: str
    first: int
    end: int


def header_of(text: str, path: str) -> dict[str, object]:
    """The header of a source as plain values. Raises UnchangeableError where it cannot be read."""
    source, problems = read_source(Path(path), Path(), Path(), data=text.encode(errors="replace"))
    header = source.header
    # None is a header in which nothing is said yet
    if (
        header is None
        or not isinstance(header.data, dict | None)
        or any(problem.code == "TS003" for problem in problems)
    ):
        raise UnchangeableError(f"the header of {path} cannot be read", "mend its mistakes first")
    return header.data or {}


def with_keys(text: str, path: str, keys: Mapping[str, str | None]) -> str:
    """The text of a source with these keys in its header, each with its value in YAML; None takes a key out.

    A key that is not there yet is put at the end. Raises UnchangeableError.
    """
    before = header_of(text, path)
    lines = text.split("\n")
    end = next(number for number, line in enumerate(lines[1:], 1) if line.rstrip() == "---")
    header = "\n".join([*lines[1:end], ""])
    with suppress(yaml.YAMLError):  # an alias may have lost its anchor; the comparison says so
        for key, value in keys.items():
            header = _with_key(header, key, value)
    changed = "\n".join([lines[0], header.removesuffix("\n"), *lines[end:]])
    expected = {key: value for key, value in before.items() if key not in keys}
    for key, value in keys.items():
        if value is not None:
            document, _ = parse_yaml(f"{key}: {value}\n", path)
            expected[key] = document.get(key) if document else None
    try:
        same = header_of(changed, path) == expected
    except UnchangeableError:
        same = False
    if not same:
        names = ", ".join(keys)
        raise UnchangeableError(f"{names} in the header of {path} cannot be changed here", "change it by hand")
    return changed


def _with_key(header: str, key: str, value: str | None) -> str:
    """The header with one key written anew, wherever its value ends."""
    # the pure parser: libyaml counts octets in the marks of some versions, and a header is short
    node = yaml.compose(header, Loader=yaml.SafeLoader)
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    found = next(((name, held) for name, held in pairs if name.value == key), None)
    if found is None:
        return header if value is None else f"{header}{key}: {value}\n"
    name, held = found
    if value is not None:
        start, end = held.start_mark.index, held.end_mark.index
        end = start + len(header[start:end].rstrip())  # a folded text ends with the lines below it that are empty
        return f"{header[:start]}{' ' if start == end else ''}{value}{header[end:]}"
    lines = header.split("\n")
    last = held.end_mark.line - (held.end_mark.column == 0 and held.end_mark.line > name.start_mark.line)
    return "\n".join([*lines[: name.start_mark.line], *lines[last + 1 :]])


def written_actions(text: str, path: str) -> tuple[Written, ...]:
    """The actions that a source writes out, in their order; those taken up from the library are not among them."""
    source, _ = read_source(Path(path), Path(), Path(), data=text.encode(errors="replace"))
    return tuple(_written(source.body, path, source.first_line))


def _written(body: str, path: str, first_line: int) -> Iterator[Written]:
    lines = body.split("\n")
    for header in scan_blocks(body, path, first_line).headers:
        options = header.options
        if isinstance(options, ActionOptions) and options.use is None:
            first = header.where.line - first_line
            end = next((n for n in range(first, len(lines)) if not lines[n].strip()), len(lines))
            yield Written(options.id or slug_of(header.argument), first + first_line - 1, end + first_line - 1)


def with_action_ids(text: str, path: str, ids: Mapping[str, str]) -> str:
    """The text with other ids of the actions that it writes out. Raises UnchangeableError."""
    actions = written_actions(text, path)
    lines = text.split("\n")
    for action in reversed(actions):
        if action.id in ids:
            header = "\n".join(lines[action.first : action.end])
            lines[action.first : action.end] = _with_id(header, ids[action.id]).split("\n")
    changed = "\n".join(lines)
    if [one.id for one in written_actions(changed, path)] != [ids.get(one.id, one.id) for one in actions]:
        raise UnchangeableError(f"the ids of the actions in {path} cannot be changed here", "change them by hand")
    return changed


def _with_id(header: str, name: str) -> str:
    """The header of a block with an id of its own."""
    title, brace, options = header.partition("{")
    if not brace:
        return f"{header.rstrip()} {{ id={name} }}"
    if _ID.search(options):
        return title + brace + _ID.sub(f"id={name}", options, count=1)
    return f"{title}{{ id={name}{'' if options.startswith(' ') else ' '}{options}"
