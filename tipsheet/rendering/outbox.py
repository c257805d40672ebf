"""The files of an issue in the outbox: the edition that the sender joins, and copies to look at.

The outbox is the only seam between build and send. It holds no address of a reader (A10).
"""

from collections.abc import Iterable, Mapping

from tipsheet.edition.edition import MESSAGE_DATE, Edition, Recipient
from tipsheet.edition.joining import PREVIEW, join
from tipsheet.edition.message import Composer
from tipsheet.edition.outbox import EDITION_FILE, record_of
from tipsheet.model.audience import PUBLIC, Segments
from tipsheet.model.language import is_language
from tipsheet.model.placeholders import TOKEN
from tipsheet.model.segment import Segment
from tipsheet.problems import Problem, Where
from tipsheet.rendering.email.compile import preview_key
from tipsheet.rendering.email.rules import lint
from tipsheet.settings import Settings

__all__ = ["EVERYONE_NAME", "audiences", "lint_edition", "outbox_files"]

EVERYONE_NAME = "everyone"
"""Name of the copies for a reader of no segment; no segment may have it."""


def audiences(edition: Edition, segments: Iterable[Segment]) -> Mapping[str, Segments]:
    """Readers for whom copies are written: one in no segment and one in each segment alone, if they get the issue.

    Where the issue is translated, there is the same again for each language.
    """
    spoken = edition.names()
    own, languages = [], []
    for segment in segments:
        if not is_language(segment.id):
            own.append(segment.id)
        elif segment.id in spoken:
            languages.append(segment.id)
    readers = {EVERYONE_NAME: PUBLIC} | {name: frozenset({name}) for name in own}
    for language in languages:
        readers |= {language: frozenset({language})}
        readers |= {f"{name}.{language}": frozenset({name, language}) for name in own}
    return {name: reader for name, reader in readers.items() if edition.audience.includes(reader)}


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
