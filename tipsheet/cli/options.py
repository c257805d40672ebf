"""Options that several commands share, the kinds of values they take, and the names that a shell completes.

Completion finds names with a pattern in the lines of files, because a key press cannot wait until a publication is
read.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import field, fields
from functools import update_wrapper
from pathlib import Path
from typing import Any, TypeVar

import click

from tipsheet.cli.session import Session, pass_session
from tipsheet.limits import outside_calendar

__all__ = [
    "FOLDER",
    "MOMENT",
    "NUMBER",
    "ListedOption",
    "Names",
    "argument",
    "authors",
    "codes",
    "database_option",
    "dry_run_option",
    "examples",
    "flag",
    "issues",
    "json_option",
    "now_option",
    "option",
    "outbox_option",
    "pass_options",
    "segments",
    "shared",
    "site_option",
    "tags",
]

T = TypeVar("T")

DAY = len("2026-11-24")
ID = re.compile(r"^id:\s*([a-z0-9-]+)", re.MULTILINE)
KEY = re.compile(r"^([\w-]+):", re.MULTILINE)
SEGMENTS = re.compile(r"^( +)segments:\s*\n((?:\1 +.*\n|\s*\n|\s*#.*\n)*)", re.MULTILINE)
TAGS = re.compile(r"^tags:(?: *\[([^\]]*)\]| *([^\s\[].*)|\s*\n((?: *- .*\n)+))", re.MULTILINE)
HEADER = 2000
"""Characters within which the header of an issue ends."""


class _Moment(click.ParamType[dt.date]):
    """A day or a moment in ISO 8601; a moment without an offset stays without one."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:
        if isinstance(value, dt.date):
            return value
        try:
            moment = dt.date.fromisoformat(value) if len(value) == DAY else dt.datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"'{value}' is neither a day like 2026-11-24 nor a moment like 2026-11-24T07:30.", param, ctx)
        if wrong := outside_calendar(moment):
            self.fail(f"{wrong}.", param, ctx)
        return moment


class Names(click.Choice[str]):
    """A choice among the names of a registry, which is imported only when the names are asked for."""

    def __init__(self, registry: Callable[[], Iterable[str]]) -> None:
        self._registry = registry
        self.case_sensitive = True

    @property
    def choices(self) -> tuple[str, ...]:  # type: ignore[override]  # Click keeps them in an attribute
        """The names, in the order of the registry."""
        return tuple(self._registry())


class ListedOption(click.Option):
    """An option that has more choices than a line of its help holds: they stand behind its words."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The option, and its words with its choices."""
        record = super().get_help_record(ctx)
        if record is None or not isinstance(self.type, click.Choice):
            return record
        return record[0], f"{record[1]} One of {', '.join(self.type.choices)}."


MOMENT = _Moment()
NUMBER = click.IntRange(1, 2**31 - 1)
"""Number of a row in the store, as both databases count them."""
FOLDER = click.Path(file_okay=False, path_type=Path)

now_option = click.option(
    "--now",
    "moment",
    type=MOMENT,
    metavar="MOMENT",
    help="See the publication as at this day or moment, such as 2026-11-24 or 2026-11-24T07:30, in its own time zone.",
)
database_option = click.option(
    "--database",
    envvar="TIPSHEET_DATABASE_URL",
    show_envvar=True,
    default="",
    metavar="URL",
    help="The store of subscribers: a URL, or a file relative to the publication. Default: audience.db.",
)
outbox_option = click.option(
    "--outbox-dir",
    type=FOLDER,
    default="outbox",
    show_default=True,
    metavar="DIR",
    help="Folder of the mail.",
)
site_option = click.option(
    "--site-dir", type=FOLDER, default="site", show_default=True, metavar="DIR", help="Folder of the site."
)


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")
dry_run_option = click.option("--dry-run", is_flag=True, help="Change nothing; say what would happen.")


def pass_options(kind: type[T]) -> Callable[[Callable[[Session, T], None]], Callable[..., None]]:
    """Give a command the session and all its options as one value: this dataclass, whose fields declare them."""

    def decorate(command: Callable[[Session, T], None]) -> Callable[..., None]:
        def called(session: Session, /, **options: Any) -> None:
            command(session, kind(**options))

        callback: Callable[..., None] = pass_session(update_wrapper(called, command))
        for one in reversed(fields(kind)):  # type: ignore[arg-type]  # no type says "a dataclass"
            callback = one.metadata["declare"](callback)
        return callback

    return decorate


def shared(declare: Callable[..., Any]) -> Any:
    """A field of a command's options that is an option of several commands, such as `json_option`."""
    return field(metadata={"declare": declare})


def option(*names: str, **settings: Any) -> Any:
    """A field of a command's options, declared as by ``click.option``."""
    return shared(click.option(*names, **settings))


def flag(*names: str, help: str) -> Any:  # noqa: A002 - Click's word
    """A field of a command's options that is true when it is given."""
    return option(*names, is_flag=True, help=help)


def argument(name: str, **settings: Any) -> Any:
    """A field of a command's options that is an argument, declared as by ``click.argument``."""
    return shared(click.argument(name, **settings))


def examples(*lines: str) -> str:
    """The end of a command's help, with its lines kept as they are."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def codes(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Problem codes."""
    from tipsheet.explanations import EXPLANATIONS

    return _starting(iter(EXPLANATIONS), incomplete.upper())


def authors(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Ids of authors.yml."""
    return _starting((m[1] for m in KEY.finditer(_text(_root(ctx) / "content/authors.yml"))), incomplete)


def issues(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Ids of issues."""
    files = (_root(ctx) / "content/tipsheets").rglob("*.md")
    return _starting((m[1] for file in files if (m := ID.search(_text(file)[:HEADER]))), incomplete)


def segments(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Ids of the segments that mkdocs.yml declares."""
    block = SEGMENTS.search(_text(_root(ctx) / "mkdocs.yml"))
    if block is None:
        return []
    lines = block[2].splitlines()
    depth = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return _starting((m[1] for line in lines if (m := KEY.match(line[depth:]))), incomplete)


def tags(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Tags of issues and articles."""
    headers = (_text(file)[:HEADER] for file in (_root(ctx) / "content").rglob("*.md"))
    lists = (found[1] or found[2] or found[3] for header in headers for found in TAGS.finditer(header))
    names = (name.strip(" -\t\"'") for one in lists for name in re.split(r"[,\n]", one))
    return _starting(iter({name for name in names if name}), incomplete)


def _root(ctx: click.Context) -> Path:
    """The publication; while a shell completes, the function that makes the session has not run."""
    after = ctx.find_object(Session)
    return (after or Session(directory=ctx.find_root().params.get("directory"))).root


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _starting(names: Iterator[str], incomplete: str) -> list[str]:
    return sorted(name for name in names if name.startswith(incomplete))
