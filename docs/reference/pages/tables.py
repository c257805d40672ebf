"""Tables of fields (`tipsheet.fields.Table`) in an editor's words."""

import datetime as dt
import inspect
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types as limits
from pydantic.fields import FieldInfo

from docs.reference.pages.markdown import code, grid
from tipsheet.fields import Address, AudienceField, Day, Identifier, Moment, OneLine, Table, WebAddress, Words, Zone
from tipsheet.model.post import UNDATED
from tipsheet.reading.headers import Wordings
from tipsheet.settings.delivery import Connections
from tipsheet.settings.look import Colour
from tipsheet.settings.tables import DayOfWeek, TimeOfDay, Weekday

__all__ = ["field_grid", "summary", "table_in"]

TYPES: Sequence[tuple[Any, str]] = (
    (OneLine, "text on one line"),
    (Identifier, "name: small letters, digits, single hyphens"),
    (WebAddress, "web address"),
    (Address, "e-mail address"),
    (Day, "day, `2026-11-24`"),
    (Moment, "day or moment, `2026-11-24T07:30`"),
    (Zone, "IANA time zone"),
    (Words, "list"),
    (AudienceField, "audience: `everyone`, or segments"),
    (Wordings, "text, or texts by audience"),
    (Colour, "colour, `#0B5B4D`"),
    (TimeOfDay, 'time of day, `"07:00"`'),
    (DayOfWeek, "day of the week"),
    (Connections, "`auto`, or a number from 1 to 64"),
)
"""What an editor writes for each annotated type; the one that asks for most is taken."""
PLAIN: Mapping[Any, str] = {bool: "`true` or `false`", int: "number", float: "number", str: "text"}


def type_words(annotation: Any, metadata: Sequence[Any] = ()) -> str:
    """The type of a value in an editor's words; raises ValueError for one that `TYPES` does not know."""
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        return type_words(inner, [*more, *metadata])
    fitting = [(len(a.__metadata__), words) for a, words in TYPES if all(m in metadata for m in a.__metadata__)]
    if fitting:
        return max(fitting)[1]
    if isinstance(annotation, type) and issubclass(annotation, Table):
        return "mapping, see below"
    return PLAIN[annotation] if annotation in PLAIN else compound_words(annotation)


def compound_words(annotation: Any) -> str:
    """The same for a choice, a list, a mapping, or what may be left out."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " or ".join(map(code, arguments))
    if origin is tuple:
        return f"list of {type_words(arguments[0])}"
    if origin is dict:
        return "mapping by name"
    if origin in (Union, types.UnionType):
        return type_words(arguments[0])
    raise ValueError(f"say in TYPES what an editor writes for {annotation}")


def limit_words(metadata: Iterable[Any], *, of_list: bool = False) -> Iterator[str]:
    """What a value may be, in words; of several upper limits (all numbers have one) the lowest counts."""
    found = [*metadata]
    most = min((limit.le for limit in found if isinstance(limit, limits.Le)), default=None)
    for limit in found:
        match limit:
            case limits.Gt(gt):
                yield f"more than {gt}"
            case limits.Ge(ge):
                yield f"from {ge}"
            case limits.Le(le) if le == most:
                yield f"to {le}"
            case limits.MaxLen(longest):
                yield f"at most {longest}{'' if of_list else ' characters'}"
            case limits.MinLen(least):
                yield f"at least {least}"


def default_words(field: FieldInfo) -> str:
    """What is taken when the key is not there."""
    value = field.default
    if field.is_required():
        return "**required**"
    if isinstance(value, Table) or value in (None, "", (), {}, UNDATED):
        return ""
    if isinstance(value, Weekday):
        return code(value.name.lower())
    if isinstance(value, dt.time):
        return code(f"{value:%H:%M}")
    return code(str(value).lower() if isinstance(value, bool) else str(value))


def table_in(annotation: Any) -> type[Table] | None:
    """The table inside an optional or a list of tables."""
    if isinstance(annotation, type) and issubclass(annotation, Table):
        return annotation
    return next((found for a in get_args(annotation) if (found := table_in(a))), None)


def field_rows(table: type[Table]) -> Iterator[list[str]]:
    """A row for each key of a table."""
    for name, field in table.model_fields.items():
        of_list = get_origin(field.annotation) is tuple
        limit = ", ".join(limit_words(field.metadata, of_list=of_list)).replace(", to", " to")
        kind = f"{type_words(field.annotation, field.metadata)}{', ' if limit else ''}{limit}"
        yield [code(field.alias or name), kind, default_words(field), f"{field.description}."]


def field_grid(table: type[Table]) -> str:
    """All keys of a table."""
    return grid(("key", "value", "default", "what it is"), field_rows(table))


def summary(value: Any) -> str:
    """The first sentence of a docstring, with its code marks as Markdown has them."""
    return (inspect.getdoc(value) or "").partition("\n\n")[0].replace("``", "`").replace("\n", " ")
