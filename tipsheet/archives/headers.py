"""Headers of texts of site generators: YAML, TOML and JSON (front matter), and lines of ``Key: value`` (MultiMarkdown).

A header that its own language cannot read is read line by line, so that a title with a colon loses no text.
"""

import datetime as dt
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

__all__ = ["Headed", "headed", "names_in", "tags_in", "text_in", "yaml_of"]

_YAML = re.compile(
    r"\A\s*---[ \t]*(?:yaml|json|js|toml)?[ \t]*\n(.*?)(?:\n|\A)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL
)
_EMPTY = re.compile(r"\A\s*---[ \t]*\n---[ \t]*(?:\n|\Z)")
_TOML = re.compile(r"\A\s*\+\+\+[ \t]*\n(.*?)\n?\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL)
_PAIR = re.compile(r"([A-Za-z][\w .-]{0,40}?)[ \t]*:[ \t]*(.*)")
_META = re.compile(r"(?:[A-Za-z][\w-]{0,30}[ \t]*:(?:[ \t].*|)|[ \t]+\S.*)\Z")
LONGEST = 65_536


class _Loader(yaml.SafeLoader):
    """YAML as it is found: tags of other languages are passed over."""


def _untagged(loader: yaml.SafeLoader, _suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node)
    return loader.construct_sequence(node) if isinstance(node, yaml.SequenceNode) else node.value


_Loader.add_multi_constructor("", _untagged)


@dataclass(frozen=True, slots=True)
class Headed:
    """A text with its header: keys in small letters, the body, and the line on which that begins."""

    header: Mapping[str, Any]
    body: str
    first_line: int
    written: bool = True
    """It has a header."""
    broken: bool = False
    """The header is not in the language that it says."""


def yaml_of(text: str) -> Any:
    """The value of a YAML text; None where it is none."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError):
        return None


def headed(text: str, *, meta: bool = False) -> Headed:
    """Take a header off a text; with ``meta`` it may be lines of ``Key: value`` without a fence around them."""
    text = text.lstrip("\ufeff")
    if found := _EMPTY.match(text):
        return _made({}, text, found.end())
    if found := _YAML.match(text):
        inside = found[1][:LONGEST]
        value = yaml_of(inside)
        if isinstance(value, dict):
            return _made(value, text, found.end())
        return _made(_by_lines(inside), text, found.end(), broken=value is not None or bool(inside.strip()))
    if found := _TOML.match(text):
        try:
            return _made(tomllib.loads(found[1][:LONGEST]), text, found.end())
        except (tomllib.TOMLDecodeError, ValueError, RecursionError):
            return _made(_by_lines(found[1].replace("=", ":")), text, found.end(), broken=True)
    return _json(text) or (_meta(text) if meta else Headed({}, text, 1, written=False))


def _json(text: str) -> Headed | None:
    """A header in JSON, which ends where its brace is closed."""
    start = len(text) - len(text.lstrip())
    if not text.startswith("{", start):
        return None
    try:
        value, end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    return _made(value, text, end) if isinstance(value, dict) and value else None


def _made(value: Mapping[Any, Any], text: str, end: int, *, broken: bool = False) -> Headed:
    header = {str(key).strip().lower(): one for key, one in value.items()}
    return Headed(header, text[end:], text.count("\n", 0, end) + 1, broken=broken)


def _by_lines(text: str) -> dict[str, Any]:
    """Keys and values of lines; a line of a list belongs to the key above it."""
    found: dict[str, Any] = {}
    key = ""
    for line in text.split("\n"):
        pair = _PAIR.fullmatch(line)
        if pair:
            key = pair[1].strip().lower()
            value = pair[2].strip()
            plain = value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value
            found[key] = yaml_of(value) if value.startswith("[") and value.endswith("]") else plain
        elif key and (item := re.match(r"\s*-\s+(.*)", line)):
            before = found[key] if isinstance(found[key], list) else []
            found[key] = [*before, item[1].strip().strip("\"'")]
    return found


def _meta(text: str) -> Headed:
    """Lines of ``Key: value`` at the top, up to the first blank one; further lines of a value are indented."""
    lines = text.lstrip("\n").split("\n")
    skipped = text.count("\n") - "\n".join(lines).count("\n")
    end = next((number for number, line in enumerate(lines) if not line.strip()), len(lines))
    head = lines[:end]
    if not head or head[0][:1].isspace() or not all(_META.match(line) for line in head):
        return Headed({}, text, 1, written=False)
    found: dict[str, Any] = {}
    key = ""
    for line in head:
        if line[0].isspace():
            found[key] = f"{found[key]}\n{line.strip()}".strip()
        else:
            key, _, value = (part.strip() for part in line.partition(":"))
            key = key.lower()
            found[key] = f"{found[key]}, {value}" if key in found else value
    return Headed(found, "\n".join(lines[end + 1 :]), skipped + end + 2)


def text_in(header: Mapping[str, Any], *keys: str) -> str:
    """The first of these keys that holds a text or a number, on one line."""
    for key in keys:
        value: Any = header
        for step in key.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        if isinstance(value, str | int | float | dt.date) and not isinstance(value, bool) and str(value).strip():
            return " ".join(str(value).split())
    return ""


def names_in(value: Any) -> tuple[str, ...]:
    """Names of a list, or of a text with commas or semicolons; those of mappings are their ``name`` or ``title``."""
    return tuple(dict.fromkeys(name for name in _names(value) if name))


def _names(value: Any) -> Iterator[str]:
    match value:
        case None | bool():
            return
        case Mapping():
            named = value.get("name") or value.get("title") or value.get("display_name") or value.get("id")
            if named:
                yield str(named).strip()
            else:
                yield from (str(key) for key in value)
        case list() | tuple() | set():
            for one in value:
                yield from _names(one) if isinstance(one, Mapping) else (str(one).strip() if one is not None else "",)
        case _:
            text = str(value).strip()
            if text.startswith("[") and text.endswith("]"):
                text = text[1:-1]
            yield from (part.strip().strip("\"'") for part in re.split(r"[,;]", text))


def tags_in(header: Mapping[str, Any], *keys: str, spaces: bool = False) -> tuple[str, ...]:
    """Tags of these keys; with ``spaces`` a text without commas holds one a word (Jekyll)."""
    found: list[str] = []
    for key in keys:
        value = header.get(key)
        if spaces and isinstance(value, str) and "," not in value and key.endswith("s"):
            value = value.split()
        found += names_in(value)
    return tuple(dict.fromkeys(found))
