"""The letters of a publication cut into units: one an issue, and one each that follows a confirmation."""

import datetime as dt
import json
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

from jinja2 import Environment

from tipsheet.edition.outbox import BUILD_FILE, DRAFTS_MARK
from tipsheet.edition.service import SERIES_FILE, SERVICE_FOLDER
from tipsheet.engine.digest import digest, digest_of
from tipsheet.engine.inputs import Inputs
from tipsheet.engine.units import Made, Parts, Unit, key_of
from tipsheet.model.post import Issue
from tipsheet.model.publication import Publication, last_change, may_still_be_sent
from tipsheet.rendering.email.compile import compile_edition
from tipsheet.rendering.outbox import lint_edition, outbox_files
from tipsheet.rendering.templates import template_environment
from tipsheet.settings import CONFIG_FILE, Settings

__all__ = ["is_sent", "letters", "marks", "origin", "series"]


def letters(
    root: Path, settings: Settings, publication: Publication, given: Parts, *, every: bool, compiled: Path | None = None
) -> Iterator[Unit]:
    """The letters of issues that may still be sent, or with ``every`` of all; only the former are looked over.

    Welcome letters are always sent still (W11).

    ``given`` tells apart what every letter is made from: settings and templates. ``compiled`` is a folder for
    compiled templates.
    """

    @cache
    def environment() -> Environment:
        return template_environment(root / settings.overrides if settings.overrides else None, compiled)

    def make(issue: Issue, *, looked_over: bool) -> Made:
        edition = compile_edition(issue, publication, settings, environment())
        files = {f"outbox/{path}": data for path, data in outbox_files(edition, publication.segments).items()}
        found = lint_edition(edition, settings, publication.segments, issue.where) if looked_over else ()
        return Made(files, found)

    for issue in (*publication.issues, *publication.welcome):
        to_be_sent = is_sent(issue, publication.now)
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


def is_sent(letter: Issue, now: dt.datetime) -> bool:
    """Whether an issue may still be sent; a welcome letter always is, to whoever comes."""
    return letter.after is not None or may_still_be_sent(letter, now)


def series(publication: Publication) -> Iterator[Unit]:
    """What says which letters follow a confirmation, and after how many seconds each; none without a letter."""
    if publication.welcome:
        letters = [
            {"issue": letter.id, "after": letter.after} | ({"imported": True} if letter.imported else {})
            for letter in publication.welcome
        ]
        data = (json.dumps({"version": 1, "letters": letters}, indent=1, sort_keys=True) + "\n").encode()
        path = f"outbox/{SERVICE_FOLDER}/{SERIES_FILE}"
        yield Unit(path, key_of({"letters": digest(data)}), lambda: Made({path: data}), [path])


def marks(*, drafts: bool) -> Iterator[Unit]:
    """What says of an outbox that it must not be sent."""
    if drafts:
        yield Unit("outbox/drafts", "", lambda: Made({f"outbox/{DRAFTS_MARK}": b"Built with --drafts.\n"}))


def origin(settings: Settings, whole: Publication, shown: Publication, inputs: Inputs, *, every: bool) -> Unit:
    """What a sender has to know of this build: its sources, drafts, and the moment since when it is right (D23).

    ``whole`` is the publication with what has not appeared, ``shown`` what letters are made of. It is the same at
    every moment at which the letters are, so that a build of what has not changed changes nothing.
    """
    since = last_change(whole, settings.time_zone)
    names = [CONFIG_FILE, *(f"{settings.docs_dir}/{name}" for name in ("actions", "authors.yml", "notes"))]
    names += [f"{settings.overrides}/email"] if settings.overrides else []
    files = [path for path in inputs.files if any(path == name or path.startswith(f"{name}/") for name in names)]
    record = {
        "version": 1,
        "since": since.isoformat() if since else "",
        "names": names,
        "shared": {path: inputs.digest(path) for path in sorted(files)},
        "issues": {
            issue.id: {"source": issue.where.path, "digest": inputs.digest(issue.where.path), "draft": issue.draft}
            for issue in (*shown.issues, *shown.welcome)
            if every or is_sent(issue, shown.now)
        },
    }
    data = (json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
    return Unit("outbox/build", key_of({"sources": digest(data)}), lambda: Made({f"outbox/{BUILD_FILE}": data}))
