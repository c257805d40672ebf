"""One edition of an issue in several languages: the pieces of each stand under the segment of its readers.

So a letter in another language is one more combination of segments, and an issue has one row in the ledger whatever
languages it speaks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar, assert_never

from tipsheet.edition.edition import Edition, Line, LinkMark, Links, MarkedPiece, Piece, Variant, When
from tipsheet.edition.outbox import digest_of
from tipsheet.model.audience import Audience
from tipsheet.model.language import segment_of

__all__ = ["in_languages"]

Item = TypeVar("Item", Variant, Piece, MarkedPiece, Links)


def in_languages(first: Edition, others: Mapping[str, Edition]) -> Edition:
    """The edition with those of the same issue in other languages (BCP 47) for whoever reads these.

    All but subject, preheader, HTML and text is as in the first language.
    """
    if not others:
        return first
    segments = {language: segment_of(language) for language in others}
    none = Audience(none_of=frozenset(segments.values()))
    parts = [(first, none), *((edition, Audience(any_of=frozenset({segments[la]}))) for la, edition in others.items())]
    links: list[Line] = []
    text: list[Piece | MarkedPiece | Links] = []
    for edition, readers in parts:
        text += [_moved(piece, len(links), readers) for piece in edition.text]
        links += edition.links
    whole = replace(
        first,
        subject=_all([(edition.subject, readers) for edition, readers in parts]),
        preheader=_all([(edition.preheader, readers) for edition, readers in parts]),
        html=_all([(edition.html, readers) for edition, readers in parts]),
        text=tuple(text),
        links=tuple(links),
    )
    return replace(whole, digest=digest_of(whole))


def _all(parts: Sequence[tuple[tuple[Item, ...], Audience]]) -> tuple[Item, ...]:
    return tuple(_under(item, readers) for items, readers in parts for item in items)


def _under(item: Item, readers: Audience) -> Item:
    """The item for these readers alone."""
    return replace(item, when=When((readers, *item.when.conditions), item.when.unless))


def _moved(piece: Piece | MarkedPiece | Links, before: int, readers: Audience) -> Piece | MarkedPiece | Links:
    """A piece of the text part for these readers, its links numbered after the ``before`` links of other languages."""
    match piece:
        case MarkedPiece(content):
            parts = [replace(p, link=p.link + before) if isinstance(p, LinkMark) else p for p in content]
            return _under(replace(piece, content=tuple(parts)), readers)
        case Piece():
            return _under(piece, readers)
        case Links():
            return _under(piece, readers)
        case _:
            assert_never(piece)
