"""``tipsheet import``: issues of another program, with a report of what does not come along."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tipsheet.cli.options import (
    ListedOption,
    Names,
    argument,
    dry_run_option,
    examples,
    flag,
    json_option,
    now_option,
    option,
    pass_options,
    shared,
)
from tipsheet.cli.session import Session
from tipsheet.cli.terminal import echo, echo_json, number

if TYPE_CHECKING:
    from tipsheet.archives import Plan
    from tipsheet.archives.item import Left
    from tipsheet.archives.pictures import Fetch

__all__ = ["import_archive"]

CROWD = 20
"""Things of one cause from which on only the first is printed, with their number."""


def _shapes() -> Iterable[str]:
    from tipsheet.archives import SHAPES

    return SHAPES


@dataclass(frozen=True, slots=True, kw_only=True)
class _Import:
    source: Path = argument("source", type=click.Path(exists=True, path_type=Path))
    shape: str | None = option(
        "--from",
        "shape",
        cls=ListedOption,
        type=Names(_shapes),
        metavar="SHAPE",
        help="Shape of the source. Default: it is recognised by its form.",
    )
    site: str = option("--site", default="", metavar="URL", help="Address of the old site, where the source lacks it.")
    articles: bool = flag("--articles", help="Write articles and not issues.")
    online: bool = flag("--online", help="Fetch pictures that stand on other hosts.")
    dry_run: bool = shared(dry_run_option)
    as_json: bool = shared(json_option)
    moment: dt.date | None = shared(now_option)


@click.command(
    name="import",
    epilog=examples(
        "tipsheet import export.zip --dry-run",
        "tipsheet import export.zip",
        "tipsheet import ../old-blog --from jekyll --site https://old.example.org/",
    ),
)
@pass_options(_Import)
def import_archive(session: Session, asked: _Import) -> None:
    """Bring the issues of another program from SOURCE: a folder, a ZIP archive or a file.

    Old issues keep their dates and lead on from their old addresses, and no letter of them is sent.
    Nothing is written over, and the same SOURCE twice changes nothing. The report names what does
    not come along, each with its line; with -v every one, however many are alike.
    """
    from tipsheet.archives import Wanted, carry_out, open_source, plan_import

    settings, publication = session.read(asked.moment)
    wanted = Wanted(
        shape=asked.shape, site=asked.site, articles=asked.articles, fetch=_fetch() if asked.online else None
    )
    plan = plan_import(session.root, open_source(asked.source), settings, publication, wanted)
    if not asked.dry_run:
        carry_out(session.root, plan)
    if asked.as_json:
        echo_json(_values(plan))
    else:
        for line in _report(plan, whole=session.verbose):
            echo(line)
    for line in _summary(plan, dry_run=asked.dry_run):
        session.say(line)


def _fetch() -> "Fetch":
    from tipsheet.archives.pictures import Downloads

    return Downloads()


def _report(plan: "Plan", *, whole: bool) -> Iterator[str]:
    """A line for each item that is not unchanged, then what is left out."""
    for outcome in plan.outcomes:
        if outcome.fate != "unchanged":
            state = "" if outcome.state == "public" else " (draft)"
            yield f"{outcome.fate}  {outcome.path or outcome.where}  {outcome.title}{state}"
    left = plan.everything_left()
    if left:
        yield ""
        yield "Not as it was:"
        yield from (f"  {line}" for line in _lines(left, whole=whole))


def _lines(left: "Sequence[Left]", *, whole: bool) -> Iterator[str]:
    """A line for each thing, or for many of one cause."""
    counts = Counter(one.cause for one in left)
    told: set[str] = set()
    for one in left:
        many = counts[one.cause] >= CROWD and not whole
        if not many:
            yield str(one)
        elif one.cause not in told:
            told.add(one.cause)
            yield f"{one}, and {counts[one.cause] - 1} more like this; -v lists them"


def _summary(plan: "Plan", *, dry_run: bool) -> Iterator[str]:
    fates = Counter(outcome.fate.value for outcome in plan.outcomes)
    counts = [f"{fates[fate]} {fate}" for fate in ("new", "unchanged", "kept", "left out") if fates[fate]]
    words = "Nothing was written: this would come" if dry_run else "Imported"
    drafts = sum(outcome.state != "public" for outcome in plan.outcomes)
    more = [number(plan.pictures, "picture")] if plan.pictures else []
    more += [number(len(plan.people), "new author")] if plan.people else []
    more += [f"{number(drafts, 'item')} as drafts"] if drafts else []
    yield f"{words} from {plan.shape.title}: {', '.join([*counts, *more])}."
    if plan.lists and not dry_run:
        yield f"Written with lines added: {', '.join(plan.lists)}."
    if fates["new"] and not dry_run:
        yield "Next: tipsheet check"


def _values(plan: "Plan") -> dict[str, object]:
    """The report for a program."""
    return {
        "shape": plan.shape.name,
        "items": [
            {
                "fate": outcome.fate.value,
                "path": outcome.path or None,
                "title": outcome.title,
                "state": outcome.state.value,
                "source": {"path": outcome.where.path, "line": outcome.where.line},
                "left": [_left(one) for one in outcome.left],
            }
            for outcome in plan.outcomes
        ],
        "left": [_left(one) for one in plan.left],
        "files": sorted(plan.files),
    }


def _left(one: "Left") -> dict[str, object]:
    return {"path": one.where.path, "line": one.where.line, "cause": one.cause, "detail": one.detail}
