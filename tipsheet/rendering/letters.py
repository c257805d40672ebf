"""The letters of a publication cut into units: one an issue, and one each that follows a confirmation.

The files of an issue in the outbox are the edition that the sender joins, and copies to look at. The outbox is the only
seam between build and send, and holds no address of a reader (A10).
"""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping

from jinja2 import Environment

from tipsheet.edition.edition import MESSAGE_DATE, Edition, Recipient
from tipsheet.edition.joining import PREVIEW, audiences, join
from tipsheet.edition.languages import in_languages
from tipsheet.edition.message import Composer
from tipsheet.edition.outbox import BUILD_FILE, DRAFTS_MARK, EDITION_FILE, record_of
from tipsheet.edition.service import SERIES_FILE, SERVICE_FOLDER
from tipsheet.engine.inputs import Inputs
from tipsheet.engine.units import Made, Ref, Unit
from tipsheet.model.placeholders import TOKEN
from tipsheet.model.post import Issue
from tipsheet.model.publication import Publication, last_change, may_still_be_sent
from tipsheet.model.segment import Segment
from tipsheet.problems import Problem, Where
from tipsheet.rendering.email.compile import compile_edition, preview_key
from tipsheet.rendering.email.rules import lint
from tipsheet.rendering.references import bare, letter_part
from tipsheet.settings import CONFIG_FILE, Settings

__all__ = [
    "Parts",
    "edition_of",
    "is_sent",
    "letters",
    "lint_edition",
    "marks",
    "origin",
    "outbox_files",
    "series",
    "write_file",
]

Parts = Mapping[str, Ref]
"""References to what every letter is made from: ``settings``, and ``templates`` of the mail."""


def letters(publication: Publication, given: Parts, *, every: bool) -> Iterator[Unit]:
    """The letters of issues that may still be sent, or with ``every`` of all; only the former are looked over.

    Welcome letters are always sent still (W11). ``given`` are the references that every letter is made from.
    """
    for issue in (*publication.issues, *publication.welcome):
        to_be_sent = is_sent(issue, publication.now)
        if to_be_sent or (every and not issue.archived):
            args = {
                **given,
                "post": letter_part(issue),
                "segments": publication.segments,
                "age": "open" if to_be_sent else "over",
            }
            yield Unit(f"outbox/{issue.id}", write_letter, args)


def write_letter(
    settings: Settings, templates: Environment, post: Issue, segments: tuple[Segment, ...], age: str
) -> Made:
    """The edition of an issue and copies to look at; a letter that is still ``open`` is looked over."""
    edition = edition_of(settings, templates, post, segments)
    files = {f"outbox/{path}": data for path, data in outbox_files(edition, segments).items()}
    return Made(files, lint_edition(edition, settings, segments, post.where) if age == "open" else ())


def edition_of(settings: Settings, templates: Environment, post: Issue, segments: tuple[Segment, ...]) -> Edition:
    """The edition of an issue in all its languages, as the build leaves it for senders and as the desk shows it."""
    others = {one.language: _compiled(settings.in_language(one.language), templates, one) for one in post.translations}
    first = compile_edition(post, bare(settings.masthead, segments), settings, templates)
    return in_languages(first, others)


def _compiled(settings: Settings, templates: Environment, post: Issue) -> Edition:
    return compile_edition(post, bare(settings.masthead, settings.segments), settings, templates)


def letter_checks(publication: Publication, given: Parts) -> Iterator[Unit]:
    """The letters that may still be sent, looked over and not written; two posts may have one id, by mistake."""
    for issue in (*publication.issues, *publication.welcome):
        if is_sent(issue, publication.now):
            args = {**given, "post": letter_part(issue), "segments": publication.segments}
            yield Unit(f"letter/{issue.where.path}", check_letter, args, ())


def check_letter(settings: Settings, templates: Environment, post: Issue, segments: tuple[Segment, ...]) -> Made:
    """The problems of an issue's letters."""
    edition = edition_of(settings, templates, post, segments)
    return Made({}, lint_edition(edition, settings, segments, post.where))


def is_sent(letter: Issue, now: dt.datetime) -> bool:
    """True while an issue may still be sent; a welcome letter always may, since new readers always come."""
    return letter.after is not None or may_still_be_sent(letter, now)


def series(publication: Publication) -> Iterator[Unit]:
    """The list of letters that follow a confirmation, each with its seconds after it; none without a letter."""
    if publication.welcome:
        letters = [
            {"issue": letter.id, "after": letter.after} | ({"imported": True} if letter.imported else {})
            for letter in publication.welcome
        ]
        data = (json.dumps({"version": 1, "letters": letters}, indent=1, sort_keys=True) + "\n").encode()
        path = f"outbox/{SERVICE_FOLDER}/{SERIES_FILE}"
        yield Unit(path, write_file, {"path": path, "letters": data}, [path])


def marks(*, drafts: bool) -> Iterator[Unit]:
    """The file that marks an outbox with drafts, which must not be sent."""
    if drafts:
        path = f"outbox/{DRAFTS_MARK}"
        yield Unit("outbox/drafts", write_file, {"path": path, "letters": b"Built with --drafts.\n"})


def write_file(path: str, letters: bytes) -> Made:
    """A file whose bytes are small enough to be an argument."""
    return Made({path: letters})


def origin(settings: Settings, whole: Publication, shown: Publication, inputs: Inputs, *, every: bool) -> Unit:
    """The record of this build for senders: its sources, drafts, and the moment since which it is valid (D23).

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
            if (every and not issue.archived) or is_sent(issue, shown.now)
        },
    }
    data = (json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
    return Unit("outbox/build", write_sources, {"sources": data})


def write_sources(sources: bytes) -> Made:
    """The file that says what a build was made of."""
    return Made({f"outbox/{BUILD_FILE}": sources})


def outbox_files(
    edition: Edition, segments: Iterable[Segment], values: Mapping[str, str] = PREVIEW
) -> Mapping[str, bytes]:
    """Contents by path: ``<issue>/edition.json`` and ``<issue>/<audience>.html``, ``.txt`` and ``.eml``.

    Merge fields show their fallback or the one of ``values``, the token of the unsubscribe address is a placeholder
    word.
    """
    files = {EDITION_FILE: record_of(edition).encode()}
    composer = Composer(edition)
    for name, reader in audiences(edition, segments).items():
        letter = join(edition, reader, values)
        nobody = Recipient(
            address="",
            key=preview_key(edition.issue, name),
            token=values[TOKEN],
            segments=reader,
            values=values,
            date=values[MESSAGE_DATE],
        )
        files |= {
            f"{name}.html": letter.html.encode(),
            f"{name}.txt": letter.text.encode(),
            f"{name}.eml": composer.compose(nobody),
        }
    return {f"{edition.issue}/{name}": content for name, content in files.items()}


def lint_edition(
    edition: Edition, settings: Settings, segments: Iterable[Segment], where: Where
) -> tuple[Problem, ...]:
    """Problems of the letters of an issue, each once; ``where`` is the issue's place."""
    found: dict[Problem, None] = {}
    for letter in dict.fromkeys(join(edition, reader) for reader in audiences(edition, segments).values()):
        found |= dict.fromkeys(lint(letter.html, letter.text, subject=letter.subject, settings=settings, where=where))
    return tuple(sorted(found))
