"""``tipsheet approve``: a signed tag that says which letter may go out, byte for byte."""

import datetime as dt
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tipsheet.cli.options import examples, issues, json_option, now_option
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.terminal import echo, echo_json

if TYPE_CHECKING:
    from tipsheet.delivery.approval import Statement
    from tipsheet.edition.edition import Edition
    from tipsheet.settings import Settings

__all__ = ["Approved", "approve"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """An approval: the name of its tag, to be pushed, the digest of the edition, and the version of tipsheet.

    What exactly is approved stands in the tag, whose message ``git cat-file tag NAME`` shows.
    """

    issue: str
    tag: str
    edition: str
    program: str


COMMIT = "commit first: what is sent is built from commits"


@click.command(epilog=examples("tipsheet approve 2026-w48", "tipsheet approve 2026-w48 --yes --json"))
@click.argument("issue", shell_complete=issues)
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@now_option
@pass_session
def approve(session: Session, issue: str, *, yes: bool, as_json: bool, moment: dt.date | None) -> None:
    """Approve the letters of an ISSUE by a tag that you sign.

    The tag holds digests of every byte that readers could be sent, the version of tipsheet and the
    time zone. With review: {required: true} nothing else goes out: see the settings. Git signs with
    the key that it is set up with, SSH or OpenPGP. The letter is made as at its own moment, from what
    is committed. Push the tag afterwards: an approval counts where letters are sent.
    """
    from tipsheet.delivery.approval import approve as approve_statement
    from tipsheet.delivery.approval import statement_of, uncommitted
    from tipsheet.delivery.snapshot import NotThatStateError, digest_sent
    from tipsheet.model.post import UNDATED
    from tipsheet.settings import CONFIG_FILE

    settings = session.settings()
    names = [CONFIG_FILE, settings.docs_dir, *filter(None, [settings.overrides])]
    if changed := uncommitted(session.root, names):
        others = f" and {len(changed) - 1} more are" if len(changed) > 1 else " is"
        raise NotThatStateError(f"{changed[0]}{others} not committed", COMMIT)
    now = session.now(moment)
    edition = _edition(session.root, issue, now)
    if digest_sent(session.root, issue, os.environ, published=[settings.docs_dir]) == edition.digest:
        raise NotThatStateError(f"{issue} was sent already, as it is", "an approval afterwards would say nothing")
    statement = statement_of(edition, settings)
    _compare_with_commit(session.root, statement, now)
    if not as_json:
        for line in _lines(edition, statement, settings):
            echo(line)
    if UNDATED < dt.datetime.fromisoformat(edition.published) <= now:
        session.say(f"Its moment has passed ({edition.published}): once approved it goes with the next run.")
    if not yes and sys.stdin.isatty():
        click.confirm("Approve it?", abort=True, err=True)
    name = approve_statement(session.root, statement)
    if as_json:
        echo_json(asdict(Approved(issue=issue, tag=name, edition=statement.edition, program=statement.program)))
    session.say(f"Approved as {name}. Push it: git push origin {name}")


def _compare_with_commit(root: Path, statement: "Statement", now: dt.datetime) -> None:
    """Raise NotThatStateError where the last commit makes another letter.

    Git does not tell of all that differs: files that it ignores, or takes for unchanged because somebody told it so.
    """
    from tipsheet.delivery.approval import statement_of
    from tipsheet.delivery.snapshot import NotThatStateError
    from tipsheet.errors import ContentError, UnknownNameError
    from tipsheet.review.revision import earlier
    from tipsheet.settings import read_settings

    with earlier(root, "HEAD") as then:
        settings, _ = read_settings(then.root)
        try:
            same = settings and statement_of(_edition(then.root, statement.issue, now), settings) == statement
        except (ContentError, UnknownNameError):
            same = False
    if not same:
        message = f"the last commit makes another letter of {statement.issue} than what is here"
        raise NotThatStateError(message, f"{COMMIT}; git status --ignored names files that are in none")


def _edition(root: Path, issue: str, now: dt.datetime) -> "Edition":
    """The edition as a build at its own moment makes it of the publication in ``root``, or now if that is later."""
    from tipsheet.delivery.snapshot import NotThatStateError
    from tipsheet.errors import UnknownNameError
    from tipsheet.press import prepare
    from tipsheet.problems import did_you_mean
    from tipsheet.rendering.letters import edition_of
    from tipsheet.rendering.references import whole_post
    from tipsheet.rendering.templates import telling_mistakes, template_environment

    found = prepare(root, now=now)
    everything = found.publication
    letters = {one.id: one for one in (*everything.issues, *everything.welcome)} if everything else {}
    if issue not in letters:
        hint = did_you_mean(issue, letters) or "tipsheet list shows all"
        raise UnknownNameError(f"there is no issue '{issue}'", hint)
    if letters[issue].draft:
        raise NotThatStateError(f"{issue} is a draft", "take draft: true out of its header, and commit")
    if letters[issue].published > now:
        found = prepare(root, now=letters[issue].published)
    settings, publication = found.ready()
    (post,) = [one for one in (*publication.issues, *publication.welcome) if one.id == issue]
    with telling_mistakes(root):
        environment = template_environment(settings.overrides_in(root))
        return edition_of(settings, environment, whole_post(post, publication), publication.segments)


def _lines(edition: "Edition", statement: "Statement", settings: "Settings") -> Iterator[str]:
    """The letter of each audience in a line."""
    from tipsheet.edition.joining import audiences, join

    yield f"{edition.issue}: {edition.title}"
    for name, segments in audiences(edition, settings.segments).items():
        letter = join(edition, segments)
        yield f"  {name}: {letter.subject} ({len(letter.html.encode()) / 1024:,.0f} KB)"
    yield f"Edition {statement.edition[:16]}, by tipsheet {statement.program}, for {statement.time_zone}"
