"""Headers of texts of site generators: YAML, TOML and JSON (front matter), and lines of ``Key: value`` (MultiMarkdown).

A header that its own language cannot read is read line by line, so that a title with a colon loses no text. Dates are
in six forms: ISO 8601, RFC 5322, with a zone's name, words, numbers, seconds.
"""

import datetime as dt
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from tipsheet.limits import outside_calendar

__all__ = ["Headed", "date_in_name", "headed", "in_zone", "moment_of", "names_in", "tags_in", "text_in", "yaml_of"]

_YAML = re.compile(r"\A\s*---[ \t]*(?:yaml|json|js|toml)?[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_EMPTY = re.compile(r"\A\s*---[ \t]*\n---[ \t]*(?:\n|\Z)")
_HALF = re.compile(r"\A((?:[A-Za-z][\w-]*:.*\n(?:(?:[ \t]+|-[ ])\S.*\n)*){2,})---[ \t]*(?:\n|\Z)")
"""A header that only a line below it ends (https://hexo.io/docs/front-matter); after one line that is a heading."""
_TOML = re.compile(r"\A\s*\+\+\+[ \t]*\n(.*?)\n?\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL)
_PAIR = re.compile(r"([A-Za-z][\w .-]{0,40}?)[ \t]*:[ \t]*(.*)")
_META = re.compile(r"(?:[A-Za-z][\w-]{0,30}[ \t]*:(?:[ \t].*|)|[ \t]+\S.*)\Z")
LONGEST = 65_536
LARGEST = 10_000_000
"""Characters of a value of YAML, where each alias is what it stands for."""


class _Loader(yaml.SafeLoader):
    """YAML as it is found: tags of other languages are passed over.

    A value that names others which name others could be of any size when it is written out; one that is too large, or a
    part of itself, is a YAMLError.
    """

    def get_single_node(self) -> yaml.Node | None:
        """Return the node of the only document, if there is one."""
        node: yaml.Node | None = super().get_single_node()
        if node is not None and _size(node, {}) > LARGEST:
            raise yaml.YAMLError("a value that is too large, or a part of itself")
        return node


def _size(node: yaml.Node, known: dict[int, int]) -> int:
    """The characters of a node when it is written out."""
    if isinstance(node, yaml.ScalarNode):
        return len(node.value) + 1
    if id(node) not in known:
        known[id(node)] = LARGEST + 1  # until it is known: then a node that is a part of itself is too large
        parts = chain.from_iterable(node.value) if isinstance(node, yaml.MappingNode) else node.value
        known[id(node)] = min(1 + sum(_size(part, known) for part in parts), LARGEST + 1)
    return known[id(node)]


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
        return _with({}, text, found.end())
    if found := _YAML.match(text) or _HALF.match(text):
        return _yaml(text, found)
    if found := _TOML.match(text):
        try:
            return _with(tomllib.loads(found[1][:LONGEST]), text, found.end())
        except (tomllib.TOMLDecodeError, ValueError, RecursionError):
            return _with(_by_lines(found[1].replace("=", ":")), text, found.end(), broken=True)
    return _json(text) or (_meta(text) if meta else Headed({}, text, 1, written=False))


def _yaml(text: str, found: re.Match[str]) -> Headed:
    inside = found[1][:LONGEST]
    value = yaml_of(inside)
    if isinstance(value, dict):
        return _with(value, text, found.end())
    if _is_text(inside):
        return Headed({}, text, 1, written=False)
    return _with(_by_lines(inside), text, found.end(), broken=value is not None or bool(inside.strip()))


def _is_text(inside: str) -> bool:
    """Return True for what stands between two lines across, and is no header: most of its lines have no key."""
    lines = [line for line in inside.split("\n") if line.strip() and not line.startswith((" ", "\t", "#", "-"))]
    return sum(_PAIR.fullmatch(line) is None for line in lines) * 2 > len(lines)


def _json(text: str) -> Headed | None:
    """A header in JSON, which ends where its brace is closed."""
    start = len(text) - len(text.lstrip())
    if not text.startswith("{", start):
        return None
    try:
        value, end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    return _with(value, text, end) if isinstance(value, dict) and value else None


def _with(value: Mapping[Any, Any], text: str, end: int, *, broken: bool = False) -> Headed:
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
            yield from (part.strip().strip("\"'") for part in text.split(";" if ";" in text else ","))


def tags_in(header: Mapping[str, Any], *keys: str, spaces: bool = False) -> tuple[str, ...]:
    """Tags of these keys; with ``spaces`` a text without commas holds one a word (Jekyll)."""
    found: list[str] = []
    for key in keys:
        value = header.get(key)
        if spaces and isinstance(value, str) and "," not in value and key.endswith("s"):
            value = value.split()
        found += names_in(value)
    return tuple(dict.fromkeys(found))


_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[A-Z][A-Za-z]+/[\w/+-]+|[A-Z]{3,4})?"
)
_SLASHES = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:[, ]+(\d{1,2}):(\d{2}))?")
_US = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:[, ]+(\d{1,2}):(\d{2}))?")
_SHORT = re.compile(r"(20\d{2}|19\d{2})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(?:\d{2})?)?")
_SECONDS = re.compile(r"\d{9,10}(?:\.\d+)?|\d{13}")
_MONTHS = (
    ("jan", "ene", "gen"), ("feb", "fév", "fev"), ("mar", "mär", "maa", "mrt"), ("apr", "avr", "abr"),
    ("may", "mai", "mei", "mag"), ("jun", "juin", "giu"), ("jul", "juil", "lug"), ("aug", "aoû", "ago"),
    ("sep", "set"), ("oct", "okt", "ott", "out"), ("nov",), ("dec", "dez", "déc", "dic"),
)  # fmt: skip
"""How the names of months begin in English, German, French, Spanish, Italian, Portuguese and Dutch."""
_WORDS = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun)\w*,?\s+)?"
    r"(?:([^\W\d]{3,9})\.?\s+(?:(\d{1,2})(?:st|nd|rd|th)?,?\s+)?(\d{4})"
    r"|(\d{1,2})(?:st|nd|rd|th|er|\.)?\s+(?:(?:of|de)\s+)?([^\W\d]{3,9})\.?,?\s+(?:de\s+)?(\d{4}))"
    r"(?:,?\s+(?:at\s+)?(\d{1,2}):(\d{2})(?::\d{2})?\s*(am|pm)?)?",
    re.IGNORECASE,
)
_IN_NAME = re.compile(
    r"(?<!\d)(\d{4})(?:([-_.]?)(\d{2})\2(\d{2})(?:[-_ T]?\d{4}(?:\d{2})?)?|[-_.](\d{1,2})[-_.](\d{1,2}))(?!\d)"
)
"""A day, with hours and minutes as notes have them in their names."""
_THOUSANDTHS = 13
NOON = 12
LAST_HOUR, LAST_MINUTE = 23, 59


def moment_of(value: object) -> dt.datetime | None:
    """The moment that a value of a header or a column names, or None; it is naive where the value has no offset."""
    if isinstance(value, dt.datetime):
        return _sane(value)
    if isinstance(value, dt.date):
        return _sane(dt.datetime.combine(value, dt.time()))
    text = " ".join(str(value or "").split())
    for read in _FORMS:
        try:
            found = read(text)
        except (ValueError, OverflowError, TypeError, IndexError, StopIteration):
            continue
        if found is not None:
            return _sane(found)
    return None


def in_zone(moment: dt.datetime | None, name: str) -> dt.datetime | None:
    """A moment without an offset in the zone of the old site; days and moments in a zone stay as they are."""
    zone = _zone(name) if "/" in name and moment is not None and moment.tzinfo is None else None
    return moment.replace(tzinfo=zone) if moment and zone and moment.time() != dt.time() else moment


def date_in_name(name: str) -> tuple[dt.datetime, str] | None:
    """The day that the name of a file begins with or holds, and the name without it."""
    found = _IN_NAME.search(name)
    if found is None:
        return None
    try:
        day = dt.datetime(int(found[1]), int(found[3] or found[5]), int(found[4] or found[6]))  # noqa: DTZ001 - of the publication's zone
    except ValueError:
        return None
    rest = (name[: found.start()].rstrip("-_. ") + "-" + name[found.end() :].lstrip("-_. ")).strip("-")
    sane = _sane(day)
    return (sane, rest) if sane else None


def _sane(moment: dt.datetime) -> dt.datetime | None:
    return None if outside_calendar(moment.date()) else moment


def _made(*parts: str | None) -> dt.datetime:
    year, month, day, hour, minute = (int(part or 0) for part in parts[:5])
    if hour > LAST_HOUR or minute > LAST_MINUTE:
        hour = minute = 0  # the day alone can be meant
    return dt.datetime(year, month, day, hour, minute)  # noqa: DTZ001 - the zone is added where there is one


def _iso(text: str) -> dt.datetime | None:
    found = _ISO.match(text)
    if found is None:
        return None
    made = _made(*found.groups()[:5])
    if made.time() != dt.time():
        made = made.replace(second=min(int(found[6] or 0), LAST_MINUTE))
    return made.replace(tzinfo=_zone(found[7])) if found[7] else made


def _zone(name: str) -> dt.tzinfo | None:
    if name in ("Z", "UTC", "GMT"):
        return dt.UTC
    if name[0] in "+-":
        digits = name[1:].replace(":", "")
        offset = dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        return dt.timezone(-offset if name[0] == "-" else offset)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of zones, or too long
        return None


def _mail(text: str) -> dt.datetime | None:
    right = re.search(r"[A-Za-z]{3}", text) and ":" in text and not re.search(r"\d\s*[ap]m\b", text, re.IGNORECASE)
    return parsedate_to_datetime(text) if right else None


def _words(text: str) -> dt.datetime | None:
    found = _WORDS.search(text)
    if found is None:
        return None
    month, day, year = (found[1], found[2], found[3]) if found[1] else (found[5], found[4], found[6])
    number = next(number for number, names in enumerate(_MONTHS, 1) if month.lower().startswith(names))
    day = day or "1"
    hour, minute = int(found[7] or 0), found[8]
    if found[9]:
        hour = hour % NOON + (NOON if found[9].lower() == "pm" else 0)
    return _made(year, str(number), day, str(hour), minute)


def _slashes(text: str) -> dt.datetime | None:
    found = _SLASHES.match(text)
    return _made(*found.groups()[:5]) if found else None


def _day_first(text: str) -> dt.datetime | None:
    found = _DAY_FIRST.match(text)
    return _made(found[3], found[2], found[1], found[4], found[5]) if found else None


def _american(text: str) -> dt.datetime | None:
    """A month, a day and a year; where the first number is no month, the day stands first."""
    found = _US.match(text)
    if found is None:
        return None
    month, day = (found[1], found[2]) if int(found[1]) <= len(_MONTHS) else (found[2], found[1])
    return _made(found[3], month, day, found[4], found[5])


def _seconds(text: str) -> dt.datetime | None:
    if not _SECONDS.fullmatch(text):
        return None
    return dt.datetime.fromtimestamp(float(text) / (1000 if len(text) == _THOUSANDTHS else 1), dt.UTC)


def _short(text: str) -> dt.datetime | None:
    found = _SHORT.fullmatch(text)
    return _made(*found.groups()[:5]) if found else None


_FORMS: tuple[Callable[[str], dt.datetime | None], ...] = (
    _short, _seconds, _iso, _slashes, _day_first, _american, _mail, _words,
)  # fmt: skip
