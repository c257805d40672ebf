"""``tipsheet build`` makes the site, the feeds and the mail; ``tipsheet export`` a letter for a provider."""

import atexit
import datetime as dt
import gc
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tipsheet.cli.options import (
    FOLDER,
    Names,
    argument,
    examples,
    flag,
    issues,
    json_option,
    now_option,
    option,
    outbox_option,
    pass_options,
    segments,
    shared,
    site_option,
)
from tipsheet.cli.session import Session
from tipsheet.cli.terminal import echo, echo_json, number

if TYPE_CHECKING:
    from tipsheet.last_build import Built

__all__ = ["build", "export"]

WORDS = {
    "new": "not there before",
    "output": "its file was changed or deleted",
    "state": "what was remembered of it cannot be read",
    "function": "another kind of page stands here",
    "settings": "mkdocs.yml",
    "templates": "overrides/",
    "menus": "what stands in menus and on every page",
    "pages": "ordinary pages, or what they link to",
    "shapes": "a kind of page that there was not before",
    "text": "its text, or what that links to",
    "authors": "its authors in authors.yml",
    "notes": "a note that it carries",
    "since": "an event in a note that it carries is over",
    "place": "its address, or who reads it",
    "neighbours": "the issue before or after it",
    "library": "another issue with its action, or a day that has passed",
    "action": "the issues with it, or a day that has passed",
    "search": "it is searched by its head now, no longer whole",
    "target": "where it leads, what leads to it, or how much of it is searched",
    "list": "the heading of its list",
    "part": "its place in its list",
    "addresses": "where what it lists is found",
    "content": "what it lists",
    "entries": "what it lists",
    "newest": "it is the newest page of its list, or no longer",
    "modified": "the day of the newest issue",
    "filters": "segments, tags or minutes that actions are found by",
    "segment": "the segment that reads it",
    "segments": "the segments of the publication",
    "channel": "the head of the feed",
    "dates": "a date came, or is over",
    "age": "the time in which it may be sent is over",
    "record": "what the service knows of the publication",
    "source": "its text",
    "sources": "a file that letters are made of",
    "letters": "the letters that follow a confirmation",
    "look": "colours and type",
    "file": "the file that it is a copy of",
    "files": "pictures and other files",
    "names": "names of the publication's pictures",
    "issues": "an issue",
    "actions": "an action",
    "others": "ordinary pages",
    "taken": "a file of the content folder that took an address, or gave it back",
    "path": "its address",
    "name": "the letter",
    "root": "the address of the site",
    "config": "settings of the search",
    "title": "its title",
    "page": "the page of the library that it stands on",
    "onward": "the page that it leads on to, or which issue is the newest",
    "total": "how many actions there are",
    "until": "the colour scheme until a reader chooses one",
    "font": "the font of share pictures",
    "tools": "another version of the program that draws it",
}
"""Names of arguments of units, in an editor's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Build:
    """The options of ``tipsheet build``."""

    site_dir: Path = shared(site_option)
    outbox_dir: Path = shared(outbox_option)
    drafts: bool = flag("--drafts", help="Show drafts and coming issues as if they were out.")
    strict: bool = flag("--strict", help="Warnings stop the build.")
    all_letters: bool = flag("--all-letters", help="Make the mail of every issue, not only of those still to be sent.")
    cold: bool = flag("--cold", help="Make everything anew, whatever is remembered of the last build.")
    explain: bool = flag("--explain", help="Say of each page, feed and letter why it was made again.")
    as_json: bool = shared(json_option)
    moment: dt.date | None = shared(now_option)


@click.command(
    epilog=examples("tipsheet build", "tipsheet build --strict --site-dir public", "tipsheet build --now 2026-12-01")
)
@pass_options(_Build)
def build(session: Session, asked: _Build) -> None:
    """Build the site, its feeds and the mail.

    Folders are relative to the publication. What has not changed since the last build is not made
    again. With mistakes in the content all of them are listed, and what was built last stays as it is.
    """
    session.detail(f"Publication in {session.root}")
    started = time.perf_counter()
    atexit.register(gc.freeze)  # the search for garbage at exit would take time as well
    built = _built(session, asked)
    seconds = time.perf_counter() - started
    if asked.as_json:
        echo_json(_values(built, seconds))
        return
    for line in _explained(built) if asked.explain else ():
        echo(line)
    session.show(built.problems)
    for line in _summary(built, seconds):
        session.say(line)


def _built(session: Session, asked: _Build) -> "Built":
    """Build, or find that nothing has changed, which takes none of the modules that make pages."""
    from tipsheet.engine.processes import no_collection
    from tipsheet.last_build import BuildOptions, begin_run, has_state, unchanged

    root, now = session.root, session.now(asked.moment)
    options = BuildOptions(
        site_dir=root / asked.site_dir,
        outbox_dir=root / asked.outbox_dir,
        drafts=asked.drafts,
        strict=asked.strict,
        all_letters=asked.all_letters,
        cold=asked.cold,
    )
    known = has_state(root) and not asked.cold
    begin = begin_run(root, options, session.say, environ=os.environ) if known else nullcontext()
    with no_collection(), begin as run:
        built = unchanged(run, root, options, now=now) if run else None
        if built is not None:
            return built
        from tipsheet import press

        with _progress(session) as step:
            return press.build(root, options, now=now, progress=step, environ=os.environ, begun=run)


@contextmanager
def _progress(session: Session) -> Iterator[Callable[[str], None]]:
    """Print each step: on a terminal in one line that changes, elsewhere in a line each."""
    if session.quiet or not sys.stderr.isatty():
        yield session.say
        return
    from rich.console import Console

    with Console(stderr=True).status("Starting") as status:
        yield status.update


def _summary(built: "Built", seconds: float) -> Iterator[str]:
    warnings = f", {number(len(built.problems), 'warning')}" if built.problems else ""
    made = ", ".join((number(built.issues, "issue"), number(built.pages, "page"), number(built.letters, "letter")))
    yield f"Built {made} in {seconds:.1f} s{warnings}."
    yield f"  site  {_near(built.site_dir / 'index.html')}"
    yield f"  feed  {_near(built.site_dir / 'feed.xml')}"
    yield f"  mail  {_near(built.outbox_dir)}"


def _explained(built: "Built") -> Iterator[str]:
    """A line for each thing that was made again, with the reasons."""
    if not built.reasons:
        yield "Nothing has changed since the last build."
    for reason in sorted(built.reasons, key=lambda reason: reason.unit):
        yield f"{reason.unit}: {', '.join(WORDS.get(word, word) for word in reason.words)}"


def _near(path: Path) -> str:
    """The path relative to the working directory, if it is below it."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _values(built: "Built", seconds: float) -> dict[str, object]:
    from tipsheet.problems import as_json

    return {
        "site_dir": str(built.site_dir),
        "outbox_dir": str(built.outbox_dir),
        "issues": built.issues,
        "pages": built.pages,
        "letters": built.letters,
        "changed": built.changed,
        "seconds": round(seconds, 3),
        "problems": [as_json(problem) for problem in built.problems],
    }


def _providers() -> Iterable[str]:
    from tipsheet.rendering.providers import PROVIDERS

    return PROVIDERS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Export:
    """The options of ``tipsheet export``."""

    issue: str = argument("issue", shell_complete=issues)
    provider: str = option(
        "--for", "provider", type=Names(_providers), required=True, help="The provider that sends it."
    )
    named: tuple[str, ...] = option(
        "--segment",
        "named",
        multiple=True,
        shell_complete=segments,
        help="A segment that its readers are in; may be given several times. Default: none, as for everyone.",
    )
    output: Path = option(
        "--output", type=FOLDER, default="exports", show_default=True, metavar="DIR", help="Folder for the files."
    )
    drafts: bool = flag("--drafts", help="Export a draft or a coming issue as if it were out.")
    as_json: bool = shared(json_option)
    moment: dt.date | None = shared(now_option)


@click.command(
    epilog=examples(
        "tipsheet export 2026-w48 --for listmonk",
        "tipsheet export 2026-w48 --for mailchimp --segment managers --drafts",
    )
)
@pass_options(_Export)
def export(session: Session, asked: _Export) -> None:
    """Write the letter of an ISSUE with the tags of a provider.

    The HTML and the text part become files in DIR, which is relative to the publication. Merge
    fields and the links to unsubscribe and to change preferences are the provider's own; subject and
    preheader are printed. What the provider cannot do is listed, and then nothing is written.
    """
    from tipsheet import press
    from tipsheet.problems import as_json
    from tipsheet.rendering.providers import PROVIDERS

    readers, provider, now = frozenset(asked.named), PROVIDERS[asked.provider], session.now(asked.moment)
    exported = press.export(session.root, asked.issue, provider, readers, now=now, drafts=asked.drafts)
    letter = exported.letter
    name = f"{asked.issue}-{'+'.join(sorted(readers)) or 'everyone'}"
    folder = session.root / asked.output
    folder.mkdir(parents=True, exist_ok=True)
    html, text = (folder / f"{name}.{kind}" for kind in ("html", "txt"))
    html.write_bytes(letter.html.encode())
    text.write_bytes(letter.text.encode())
    if asked.as_json:
        echo_json({
            "issue": asked.issue,
            "provider": asked.provider,
            "segments": sorted(readers),
            "subject": letter.subject,
            "preheader": letter.preheader,
            "html": str(html),
            "text": str(text),
            "problems": [as_json(problem) for problem in exported.problems],
        })  # fmt: skip
        return
    session.show(exported.problems)
    echo(f"{html}\n{text}\nSubject: {letter.subject}\nPreheader: {letter.preheader}")
