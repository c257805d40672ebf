"""The files of an issue in the outbox: the edition that the sender joins, and copies to look at.

The outbox is the only seam between build and send. It holds no address of a reader (A10).
"""

from collections.abc import Iterable, Mapping

from tipsheet.edition.edition import MESSAGE_DATE, Edition, Recipient
from tipsheet.edition.joining import PREVIEW, audiences, join
from tipsheet.edition.message import Composer
from tipsheet.edition.outbox import EDITION_FILE, record_of
from tipsheet.model.placeholders import TOKEN
from tipsheet.model.segment import Segment
from tipsheet.problems import Problem, Where
from tipsheet.rendering.email.compile import preview_key
from tipsheet.rendering.email.rules import lint
from tipsheet.settings import Settings

__all__ = ["lint_edition", "outbox_files"]


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
