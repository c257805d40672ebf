"""``tipsheet check`` lists every mistake in the publication, and ``tipsheet explain`` says more about one kind."""

import datetime as dt
import os
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tipsheet.cli.options import (
    Names,
    codes,
    examples,
    flag,
    json_option,
    now_option,
    option,
    pass_options,
    shared,
)
from tipsheet.cli.session import Session
from tipsheet.cli.terminal import echo, echo_json, echo_table, number

if TYPE_CHECKING:
    from tipsheet.explanations import Explanation
    from tipsheet.last_check import Checked
    from tipsheet.problems import Problem

__all__ = ["check", "explain"]

READING = (
    "headers and mkdocs.yml",
    "blocks and merge fields",
    "names of segments, authors and actions",
    "files and pictures",
    "weight of pictures, and what photographs tell",
    "ids and addresses",
    "lists",
    "what GitHub shows otherwise",
)
"""The subjects of the mistakes that reading finds, before any check runs."""
WIDTH = 80
"""Columns of an explanation."""


def _formats() -> Iterable[str]:
    from tipsheet.cli.findings import FORMATS

    return FORMATS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Check:
    """The options of ``tipsheet check``."""

    strict: bool = flag("--strict", help="Warnings count as mistakes.")
    fix: bool = flag("--fix", help="Repair what has one right form, say what was changed, then check.")
    online: bool = flag("--online", help="Follow links to other hosts as well; asks the program lychee.")
    since: str | None = option("--since", metavar="REV", help="List what is new since a revision of git, such as main.")
    form: str = option(
        "--format",
        "form",
        type=Names(_formats),
        default="text",
        show_default=True,
        help="For people, for a program, as annotations in a workflow of GitHub, or as SARIF for code scanning.",
    )
    moment: dt.date | None = shared(now_option)


@click.command(
    epilog=examples(
        "tipsheet check",
        "tipsheet check --strict --format github",
        "tipsheet check --fix",
        "tipsheet check --since main",
    )
)
@pass_options(_Check)
def check(session: Session, asked: _Check) -> None:
    """List every mistake with its place and a remedy.

    Settings, headers, blocks, links, pictures, lengths and dates are looked at. `tipsheet explain
    CODE` says more about one. Ends with 1 when there are mistakes, and with --strict also when
    there are warnings. With --since findings that the revision had are not listed, however their
    lines have moved.
    """
    from tipsheet.cli.findings import FORMATS, Listing, Style
    from tipsheet.problems import errors_in

    checked = session.check(asked.moment)
    if asked.fix and _repair(checked, session):
        checked = session.check(asked.moment)
    ran = _ran(checked)
    if asked.online and checked.read is not None:
        checked = _with_online(checked, session)
        ran.append("links to other hosts")
    problems = checked.problems if asked.since is None else _new(checked, asked.since, session, asked.moment)
    style = Style.of(sys.stdout, os.environ)
    found = Listing(problems=problems, root=session.root, checks=ran, style=style, whole=session.verbose)
    for line in FORMATS[asked.form](found):
        click.echo(line, color=style.colour)
    if asked.form not in ("json", "sarif"):
        session.say(_summary(checked, problems, ran))
        for path, editor in _stale(session.root, checked).items():
            session.say(f"{path} is of another version; tipsheet init --editor {editor} writes it anew.")
    if errors_in(problems, strict=asked.strict):
        click.get_current_context().exit(1)


def _ran(checked: "Checked") -> list[str]:
    """The checks that ran; where the settings cannot be used, nothing else was read."""
    from tipsheet.checks import CHECKS, COMPARISONS, TEXT_CHECKS

    if checked.read is None:
        return list(READING[:1])
    return [
        *READING,
        *CHECKS,
        *COMPARISONS,
        *TEXT_CHECKS,
        *checked.more,
        "letters of the last weeks and of those to come",
    ]


def _stale(root: Path, checked: "Checked") -> Mapping[str, str]:
    """Files of editors' settings that another version of the program wrote, with the names of the editors."""
    from tipsheet.editing.editors import stale

    return stale(root, checked.folders[0]) if checked.folders else {}


def _summary(checked: "Checked", problems: Sequence["Problem"], ran: list[str]) -> str:
    from tipsheet.cli.findings import counted

    lines = [f"Checked: {', '.join(ran)}."]
    if checked.read is not None:
        lines.append(f"Read: {', '.join(number(count, noun) for noun, count in checked.read.items())}.")
    left = len(checked.problems) - len(problems)
    lines += [f"{number(left, 'finding')} that the revision had too."] if left else []
    return "\n".join([*lines, f"{counted(problems)}."])


def _with_online(checked: "Checked", session: Session) -> "Checked":
    """The same with links to other hosts that do not answer."""
    from dataclasses import replace

    from tipsheet.cli.online import dead_addresses
    from tipsheet.settings import read_settings

    settings, _ = read_settings(session.root)
    dead = dead_addresses(session.root, settings) if settings else []
    return replace(checked, problems=tuple(sorted({*checked.problems, *dead})))


def _new(checked: "Checked", revision: str, session: Session, moment: dt.date | None) -> Sequence["Problem"]:
    """The findings that the publication did not have at a revision."""
    from tipsheet.cli.fingerprints import new_since
    from tipsheet.errors import NotAPublicationError
    from tipsheet.press import check
    from tipsheet.review.revision import earlier

    with earlier(session.root, revision) as then:
        try:
            before = check(then.root, now=session.now(moment)).problems
        except NotAPublicationError:  # it began later, and everything is new
            before = ()
        return new_since(checked.problems, before, then, checked.folders)


def _repair(checked: "Checked", session: Session) -> bool:
    """Repair what has one right form, and say what was changed; return True when a file was."""
    changed = False
    for path, done in _repaired(session.root, checked):
        session.say(f"Repaired {path}: {', '.join(done)}")
        changed = True
    return changed


def _repaired(root: Path, checked: "Checked") -> Iterator[tuple[str, tuple[str, ...]]]:
    from tipsheet.checks.repairs import repair_file
    from tipsheet.engine.inputs import scan
    from tipsheet.reading.published import contents_of

    for docs in checked.folders[:1]:
        for path in contents_of(scan(root, (docs,), {}, moment=0), docs).sources():
            if done := repair_file(root / path, path):
                yield path, done


@click.command(epilog=examples("tipsheet explain TS204", "tipsheet explain"))
@click.argument("code", required=False, shell_complete=codes)
@json_option
def explain(code: str | None, *, as_json: bool) -> None:
    """Say what a problem CODE means and how to mend it.

    Without CODE all of them are listed.
    """
    from dataclasses import asdict

    from tipsheet.blocks import explained
    from tipsheet.errors import UnknownNameError
    from tipsheet.problems import did_you_mean

    explanations = explained()
    if code is None:
        if as_json:
            echo_json([asdict(entry) for entry in explanations.values()])
        else:
            echo_table(("code", "title"), [(entry.code, entry.title) for entry in explanations.values()])
        return
    known = explanations.get(code.upper())
    if known is None:
        hint = did_you_mean(code.upper(), explanations) or "tipsheet explain lists all codes"
        raise UnknownNameError(f"there is no problem code '{code}'", hint)
    if as_json:
        echo_json(asdict(known))
        return
    for line in _page(known):
        echo(line)


def _page(entry: "Explanation") -> Iterator[str]:
    yield f"{entry.code}  {entry.title}"
    others = " or ".join(level for level in entry.levels if level != entry.level)
    yield f"\n{entry.level.capitalize()}{f'; lint: in mkdocs.yml can set it to {others}' if others else ''}."
    for text in (entry.wrong, entry.mend):
        yield ""
        yield textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)
    for name, example in (("Wrong", entry.before), ("Right", entry.after)):
        yield f"\n{name}:\n"
        yield textwrap.indent(example, "    ")
