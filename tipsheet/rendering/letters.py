"""The letters of a publication cut into units: one an issue, in the outbox."""

from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

from jinja2 import Environment

from tipsheet.model.moments import may_still_be_sent
from tipsheet.model.post import Issue
from tipsheet.model.publication import Publication
from tipsheet.rendering.email.compile import compile_edition, email_environment
from tipsheet.rendering.email.record import DRAFTS_MARK
from tipsheet.rendering.outbox import lint_edition, outbox_files
from tipsheet.settings import Settings
from tipsheet.state.digest import digest_of
from tipsheet.state.units import Made, Parts, Unit, key_of

__all__ = ["letters", "marks"]


def letters(
    root: Path, settings: Settings, publication: Publication, given: Parts, *, every: bool, compiled: Path | None = None
) -> Iterator[Unit]:
    """The letters of issues that may still be sent, or with ``every`` of all; only the former are looked over.

    ``given`` tells apart what every letter is made from: settings and templates. ``compiled`` is a folder for
    compiled templates.
    """

    @cache
    def environment() -> Environment:
        return email_environment(root / settings.overrides if settings.overrides else None, compiled)

    def make(issue: Issue, *, looked_over: bool) -> Made:
        edition = compile_edition(issue, publication, settings, environment())
        files = {f"outbox/{path}": data for path, data in outbox_files(edition, publication.segments).items()}
        found = lint_edition(edition, settings, publication.segments, issue.where) if looked_over else ()
        return Made(files, found)

    for issue in publication.issues:
        to_be_sent = may_still_be_sent(issue, publication.now)
        if to_be_sent or every:
            key = key_of(
                {
                    **given,
                    "text": digest_of(issue.digest, issue.id),
                    "authors": digest_of(issue.authors),
                    "notes": digest_of([note.digest for note in issue.notes]),
                    "age": "open" if to_be_sent else "over",
                }
            )
            yield Unit(f"outbox/{issue.id}", key, partial(make, issue, looked_over=to_be_sent))


def marks(*, drafts: bool) -> Iterator[Unit]:
    """What says of an outbox that it must not be sent."""
    if drafts:
        yield Unit("outbox/drafts", "", lambda: Made({f"outbox/{DRAFTS_MARK}": b"Built with --drafts.\n"}))
