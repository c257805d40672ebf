"""From an edition to the letter of a reader's segments, as text to look at and to check.

What is sent is joined by `compose`, from the same pieces.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tipsheet.model.audience import Segments
from tipsheet.model.edition import TOKEN, Edition, Piece, fill
from tipsheet.rendering.email.joining import html_part, text_part

__all__ = ["PREVIEW", "Letter", "join"]

PREVIEW: Mapping[str, str] = {TOKEN: "your-own-token"}
"""What a copy that goes to nobody is filled with: fallbacks, and a word in the place of the token."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What one reader is sent; ``html`` and ``text`` end in a line feed."""

    subject: str
    html: str
    text: str


def join(edition: Edition, segments: Segments, values: Mapping[str, str] = PREVIEW) -> Letter:
    """The letter for a reader of these segments.

    Raises ValueError for a value that holds a line break, and when the token is missing.
    """
    return Letter(
        fill(edition.wording(edition.subject, segments), values),
        _joined(html_part(edition, segments), values),
        _joined(text_part(edition, segments), values),
    )


def _joined(pieces: Iterable[Piece], values: Mapping[str, str]) -> str:
    return "".join(p.content if isinstance(p.content, str) else fill(p.content, values) for p in pieces)
