"""The parts of a letter for one set of segments: pieces chosen, and the marks of links numbered (E25).

Numbers cannot be compiled, since a reader who does not see a passage would miss the numbers of its links. So an edition
says *which* address a mark stands for, and numbers are counted here, in the order of reading, once for every set of
segments.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import count

from tipsheet.edition.edition import (
    MESSAGE_DATE,
    Edition,
    Line,
    LinkMark,
    Links,
    MarkedLine,
    MarkedPiece,
    Piece,
    Slot,
    fill,
)
from tipsheet.model.audience import PUBLIC, Segments
from tipsheet.model.language import is_language
from tipsheet.model.placeholders import TOKEN
from tipsheet.model.segment import Segment

__all__ = [
    "EVERYONE_NAME", "PREVIEW", "JoinedLetter", "LetterParts", "audience_name", "audiences", "html_part", "join",
    "joined", "segments_of_name", "text_part",
]  # fmt: skip

PREVIEW: Mapping[str, str] = {TOKEN: "your-own-token", MESSAGE_DATE: "Thu, 01 Jan 1970 00:00:00 +0000"}
"""What a copy that goes to nobody is filled with besides fallbacks: a word in the place of the token, no real date."""


EVERYONE_NAME = "everyone"
"""Name of the copies for a reader of no segment; no segment may have it."""


@dataclass(frozen=True, slots=True)
class LetterParts:
    """The parts of one reader's letter; ``html`` and ``text`` end in a line feed."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class JoinedLetter:
    """A letter to one reader: its parts, and the line beside its subject."""

    parts: LetterParts
    preheader: str


_BRACKETS = (("[", "]"), ("{", "}"), ("<", ">"))
"""What may stand around the number of a link, best first."""

_OPENED = re.compile(r"(?:(?<!\[)\[+|(?<!\{)\{+|(?<!<)<+)(?=\s?\d)")


def html_part(edition: Edition, segments: Segments) -> Iterator[Piece]:
    """The pieces of the HTML part that a reader of these segments is sent."""
    return (piece for piece in edition.html if piece.when.holds(segments))


def text_part(edition: Edition, segments: Segments) -> Iterator[Piece]:
    """The pieces of the text part: links have the numbers 1, 2, 3 and so on, and the list names those that are met."""
    seen = [piece for piece in edition.text if piece.when.holds(segments)]
    numbers: dict[int, int] = {}
    for piece in seen:
        if isinstance(piece, MarkedPiece):
            for part in piece.content:
                if isinstance(part, LinkMark):
                    numbers.setdefault(part.link, len(numbers) + 1)
    begin, end = _brackets(seen)
    marks = {link: f"{begin}{number}{end}" for link, number in numbers.items()}
    for piece in seen:
        if isinstance(piece, Piece):
            yield piece
        elif isinstance(piece, MarkedPiece):
            yield _piece(_numbered(piece, marks))
        else:
            yield from (_piece((f"{mark:<4} ", *edition.links[link], "\n")) for link, mark in marks.items())


def _piece(line: Line) -> Piece:
    if any(isinstance(part, Slot) for part in line):
        return Piece(line)
    return Piece("".join(part for part in line if isinstance(part, str)))


def _numbered(piece: MarkedPiece, marks: Mapping[int, str]) -> Line:
    return tuple(
        (f"{marks[part.link]:<4}" if part.in_table else marks[part.link]) if isinstance(part, LinkMark) else part
        for part in piece.content
    )


def _brackets(pieces: Iterable[Piece | MarkedPiece | Links]) -> tuple[str, str]:
    """Brackets for the marks of links that the text itself puts around no number."""
    taken = frozenset().union(*(_opened(piece.content) for piece in pieces if not isinstance(piece, Links)))
    for times in count(1):
        for begin, end in _BRACKETS:
            if not any(run.endswith(begin * times) for run in taken):
                return begin * times, end * times
    raise AssertionError  # a text is finite


@lru_cache(maxsize=4096)
def _opened(content: str | MarkedLine) -> frozenset[str]:
    """The brackets that stand before a digit in the editor's words."""
    if isinstance(content, str):
        return frozenset(_OPENED.findall(content))
    words = (p if isinstance(p, str) else (p.fallback or "") if isinstance(p, Slot) else "\0" for p in content)
    return frozenset(_OPENED.findall("".join(words)))


def join(edition: Edition, segments: Segments, values: Mapping[str, str] = PREVIEW) -> LetterParts:
    """The letter for a reader of these segments.

    Raises ValueError for a value that holds a line break, and when the token is missing.
    """
    return LetterParts(
        fill(edition.wording(edition.subject, segments), values),
        _filled(html_part(edition, segments), values),
        _filled(text_part(edition, segments), values),
    )


def joined(edition: Edition, segments: Segments, values: Mapping[str, str] = PREVIEW) -> JoinedLetter:
    """The letter for a reader of these segments; raises what `join` raises."""
    return JoinedLetter(join(edition, segments, values), fill(edition.wording(edition.preheader, segments), values))


def _filled(pieces: Iterable[Piece], values: Mapping[str, str]) -> str:
    return "".join(p.content if isinstance(p.content, str) else fill(p.content, values) for p in pieces)


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


def audience_name(segments: Segments) -> str:
    """The name of readers who are in all of these segments and in no other, as `audiences` gives it to some."""
    return ".".join(sorted(segments, key=lambda name: (is_language(name), name))) or EVERYONE_NAME


def segments_of_name(name: str) -> Segments:
    """The segments that `audience_name` made a name of."""
    return frozenset(name.split(".")) - {EVERYONE_NAME}
