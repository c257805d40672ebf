"""Tables of fields, for headers, options of blocks and settings, and the types that their fields have.

Each table is a pydantic model, so that types, messages, the reference and the JSON Schema come from one place.
`read_table` turns pydantic's errors into problems with the place of each value.
"""

import datetime as dt
import re
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue

from tipsheet.documents import Document, KeyPath
from tipsheet.limits import LIMITS, outside_calendar
from tipsheet.model.audience import Audience
from tipsheet.problems import Problem, did_you_mean
from tipsheet.scalars import CutShort, written

__all__ = [
    "SEGMENT_NAME",
    "TEXT",
    "Address",
    "AudienceField",
    "Day",
    "Identifier",
    "Moment",
    "OneLine",
    "T",
    "Table",
    "WebAddress",
    "Whole",
    "Words",
    "Zone",
    "cut_short",
    "matching",
    "parse_audience",
    "read_table",
]


SETTING = "TS006"
"""Code of a wrong value in mkdocs.yml."""


class Table(BaseModel):
    """Base of all tables: frozen, and an unknown key is a mistake."""

    # built when it is first read: a build reads few of all the tables there are
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, defer_build=True)


T = TypeVar("T", bound=Table)


def matching(pattern: str, wrong: str) -> AfterValidator:
    """Refuse a text that does not match ``pattern`` as a whole; ``wrong`` says so, with the text for ``{}``."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(wrong.format(value))
        return value

    return AfterValidator(check)


def _in_calendar(day: dt.date) -> dt.date:
    if wrong := outside_calendar(day):
        raise ValueError(wrong)
    return day


def _day(value: Any) -> dt.date:
    try:
        day = value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"'{value}' is not a day like 2026-11-24") from None
    return _in_calendar(day)


def _moment(value: Any) -> dt.date | dt.datetime:
    text = str(value)
    try:
        day = dt.date.fromisoformat(text) if len(text) == len("2026-11-24") else dt.datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"'{value}' is neither a day like 2026-11-24 nor a moment like 2026-11-24T07:30") from None
    return _in_calendar(day)


ADDRESS = re.compile(r"\S*[./:]\S*")
"""An address or a file, in which no blank can stand: a comment behind one is a remark."""


def _as_written(value: Any, info: ValidationInfo) -> str:
    """The text as it was written (C21); one that a comment cuts short is added to the list in the context."""
    if isinstance(value, CutShort) and isinstance(info.context, list) and not ADDRESS.fullmatch(value):
        info.context.append(value)
    return str(written(value))


def _one_line(value: Any, info: ValidationInfo) -> str:
    if value is None:
        raise ValueError("expected a text, this is empty; put quotes around a text that begins with #, ~ or null")
    if isinstance(value, bool):
        raise ValueError(f"expected a text, this is {str(value).lower()}; put quotes around it if it is a text")  # noqa: TRY004
    if not isinstance(value, str | int | float):
        raise ValueError("expected a text")  # noqa: TRY004 - pydantic collects ValueError only
    text = _as_written(value, info).strip()
    if not text:
        raise ValueError("expected a text, this is empty")
    if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", text):
        raise ValueError("expected one line without control characters")
    return text


IDENTIFIER = "[a-z0-9]+(?:-[a-z0-9]+)*"


def _identifier(value: Any) -> str:
    text = str(written(value))
    if not re.fullmatch(IDENTIFIER, text):
        raise ValueError(f"'{text}' is not a name of small letters, digits and single hyphens, like ask-first")
    return text


def _web(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/$.?#][^\s]*", value) or not _has_host(value):
        raise ValueError(f"'{value}' is not a web address like https://example.org/page")
    return value


def _has_host(address: str) -> bool:
    """Return True if an address has a host, and no port or a valid one."""
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _whole(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError(f"expected a number, this is {str(value).lower()}")  # noqa: TRY004 - see `_one_line`
    return value


def _mail(value: str) -> str:
    if not re.fullmatch(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;]+", value):
        raise ValueError(f"'{value}' is not an e-mail address")
    return value


def _zone(value: Any) -> ZoneInfo:
    if isinstance(value, ZoneInfo):
        return value
    try:
        return ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"'{value}' is not a time zone of the IANA database, like Europe/Amsterdam") from None


def _words(value: Any, info: ValidationInfo) -> tuple[str, ...]:
    """The words of a list, or of a text with commas: ``[selling, trust]`` or ``selling, trust``."""
    checked = value if isinstance(value, list | tuple) else [value]
    if any(item is None or isinstance(item, bool | dict | list) for item in checked):
        raise ValueError("expected words; put quotes around one that YAML takes for something else")
    items = value if isinstance(value, list | tuple) else _as_written(value, info).split(",")
    words = [" ".join(_as_written(item, info).split()) for item in items]
    return tuple(dict.fromkeys(word for word in words if word))


def _several(value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list | tuple) else str(value).split(",")
    return tuple(dict.fromkeys(word for item in items if (word := str(item).strip())))


SEGMENT_NAME = re.compile(r"[a-z][a-z0-9_-]*")


def parse_audience(value: Any) -> Audience:
    """Parse ``everyone``, ``managers, toronto``, ``!managers`` or a list of such; raises ValueError.

    A list means "in any of them"; ``!`` excludes.
    """
    words = _several(value)
    bad = next((w for w in words if not SEGMENT_NAME.fullmatch(w.removeprefix("!"))), None)
    if bad is not None or not words:
        raise ValueError(f"'{bad if words else value}' is not an audience like everyone, managers or !managers")
    if "everyone" in words:
        if len(words) > 1:
            raise ValueError("'everyone' stands alone")
        return Audience()
    return Audience(
        frozenset(w for w in words if not w.startswith("!")), frozenset(w[1:] for w in words if w.startswith("!"))
    )


TEXT: JsonSchemaValue = {"type": ["string", "number"]}
"""JSON Schema of a text: YAML has a number for some of them."""
TEXTS: JsonSchemaValue = {"anyOf": [TEXT, {"type": "array", "items": TEXT}]}
Day = Annotated[dt.date, BeforeValidator(_day), WithJsonSchema({**TEXT, "examples": ["2026-11-24"]})]
Moment = Annotated[
    dt.date | dt.datetime,
    BeforeValidator(_moment),
    WithJsonSchema({**TEXT, "examples": ["2026-11-24", "2026-11-24T07:30"]}),
]
OneLine = Annotated[str, BeforeValidator(_one_line)]
Whole = Annotated[int, BeforeValidator(_whole), Field(le=LIMITS["whole number"].value)]
Identifier = Annotated[str, BeforeValidator(_identifier), WithJsonSchema({**TEXT, "pattern": f"^{IDENTIFIER}$"})]
WebAddress = Annotated[OneLine, AfterValidator(_web)]
Address = Annotated[OneLine, AfterValidator(_mail)]
Zone = Annotated[
    ZoneInfo,
    BeforeValidator(_zone),
    WithJsonSchema({**TEXT, "examples": ["Europe/Amsterdam", "America/Toronto", "UTC"]}),
]
Words = Annotated[tuple[str, ...], BeforeValidator(_words), WithJsonSchema(TEXTS)]
AudienceField = Annotated[
    Audience,
    BeforeValidator(lambda v: v if isinstance(v, Audience) else parse_audience(v)),
    WithJsonSchema({**TEXTS, "examples": ["everyone", "managers", "!managers"]}),
]


def read_table(table: type[T], document: Document, *, what: str, code: str) -> tuple[T | None, list[Problem]]:
    """Read a mapping by its table.

    Returns the value, or None and every mistake with its place. ``what`` names the mapping in
    messages ("the header"); ``code`` is the problem code of a wrong value, and unknown and missing
    keys have ``TS004`` and ``TS005``.
    """
    if not isinstance(document.data, dict):
        return None, [Problem(document.place(()), code, f"{what} must be a mapping of keys to values")]
    cut: list[CutShort] = []
    try:
        value, found = table.model_validate(document.data, context=cut), set[Problem]()
    except ValidationError as error:
        value, found = None, {_problem(document, table, e, what, code) for e in error.errors(include_url=False)}
    told = {cut_short(text) for text in cut if code != SETTING or _meant(text)}  # remarks beside settings are usual
    return value, sorted(found | told)


def cut_short(text: CutShort) -> Problem:
    """The problem of a text that a comment ends; in ``Issue #5``, a word follows the sign, and no comment was meant."""
    message = f"YAML takes '{text.comment}' for a comment: the text ends at '{text[-30:]}'"
    hint = "put quotes around the text, or the comment on a line of its own"
    return Problem(text.where, "TS032" if _meant(text) else "TS043", message, hint)


def _meant(text: CutShort) -> bool:
    return bool(re.match(r"#[^\s#]", text.comment))


def _problem(document: Document, table: type[Table], error: Any, what: str, code: str) -> Problem:
    path: KeyPath = tuple(error["loc"])
    key = str(path[-1]) if path else ""
    if error["type"] == "extra_forbidden":
        known = _keys_at(table, path[:-1])
        return Problem(document.key(path), "TS004", f"unknown key '{key}' in {what}", did_you_mean(key, known))
    if error["type"] == "missing":
        return Problem(
            document.place(path), "TS005", f"'{'.'.join(map(str, path))}' is missing in {what}", f"add '{key}: …'"
        )
    message = error["msg"].removeprefix("Value error, ")
    named = ".".join(str(step) for step in path if (*path[: path.index(step)], step) in document.values)
    hint = did_you_mean(str(error["input"]), _choices(error)) if error["type"] in {"literal_error", "enum"} else ""
    return Problem(document.place(path), code, f"{named or what}: {message[:1].lower()}{message[1:]}", hint)


def _choices(error: Any) -> list[str]:
    return re.findall(r"'([^']+)'", str(error["ctx"]["expected"]))


def _keys_at(table: type[Table], path: KeyPath) -> list[str]:
    """The keys that the table, or the table inside it at this path, knows."""
    current: Any = table
    for step in path:
        info = current.model_fields.get(str(step)) or next(
            (f for f in current.model_fields.values() if f.alias == step), None
        )
        inner = _table_in(info.annotation) if info else None
        current = inner or current
    return [info.alias or name for name, info in current.model_fields.items()]


def _table_in(annotation: Any) -> type[Table] | None:
    if isinstance(annotation, type) and issubclass(annotation, Table):
        return annotation
    inside = (_table_in(arg) for arg in getattr(annotation, "__args__", ()))
    return next((table for table in inside if table), None)
