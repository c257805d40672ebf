"""The difference between two letters, for people: subject, preheader, lines of the text part, words in a line, links.

The desk shows it for any two audiences and for the last build, and a review for two revisions.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import zip_longest

import lxml.html

from tipsheet.edition.edition import Edition, LinkMark, MarkedPiece, Piece, Slot
from tipsheet.edition.joining import JoinedLetter

__all__ = ["DiffLine", "Difference", "Run", "compared_lines", "difference", "without_numbers"]

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Run:
    """Words of a line that are the ``same`` in both letters, ``added`` or ``removed``."""

    op: str
    text: str


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of the text part: ``same``, ``added`` or ``removed``; ``words`` where one took another's place."""

    op: str
    text: str
    words: tuple[Run, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Old and new subject and preheader, all lines of both text parts, and the links of one HTML part alone."""

    equal: bool
    subject: tuple[str, str]
    preheader: tuple[str, str]
    lines: tuple[DiffLine, ...]
    links_added: tuple[str, ...]
    links_removed: tuple[str, ...]


def difference(old: JoinedLetter, new: JoinedLetter) -> Difference:
    """The difference from one letter to another; they are ``equal`` when all that a reader sees is."""
    before, after = _links(old), _links(new)
    return Difference(
        equal=old == new,
        subject=(old.parts.subject, new.parts.subject),
        preheader=(old.preheader, new.preheader),
        lines=tuple(compared_lines(old.parts.text.splitlines(), new.parts.text.splitlines())),
        links_added=tuple(link for link in after if link not in before),
        links_removed=tuple(link for link in before if link not in after),
    )


def _links(letter: JoinedLetter) -> tuple[str, ...]:
    tree = lxml.html.document_fromstring(letter.parts.html)
    return tuple(dict.fromkeys(link.get("href") or "" for link in tree.iter("a")))


def compared_lines(old: Sequence[str], new: Sequence[str]) -> Iterator[DiffLine]:
    """All lines of both, in their order."""
    for op, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if op == "equal":
            yield from (DiffLine("same", line) for line in old[a:b])
            continue
        pairs = [_pair(*pair) for pair in zip_longest(old[a:b], new[c:d])]
        yield from (gone for gone, _ in pairs if gone)
        yield from (come for _, come in pairs if come)


def _pair(old: str | None, new: str | None) -> tuple[DiffLine | None, DiffLine | None]:
    """A line that went and one that came in its place, with the words in which they differ."""
    if old is None or new is None:
        return (
            None if old is None else DiffLine("removed", old),
            None if new is None else DiffLine("added", new),
        )
    ours, theirs = _WORDS.findall(old), _WORDS.findall(new)
    gone: list[Run] = []
    come: list[Run] = []
    for op, a, b, c, d in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        for runs, words, changed in ((gone, ours[a:b], "removed"), (come, theirs[c:d], "added")):
            if words:
                runs.append(Run("same" if op == "equal" else changed, "".join(words)))
    return DiffLine("removed", old, tuple(gone)), DiffLine("added", new, tuple(come))


def without_numbers(edition: Edition) -> Edition:
    """The edition whose text part has no numbers of links and no list of them, which its HTML has as well.

    One link more gives all after it another number.
    """
    return replace(edition, text=tuple(_without_numbers(edition)))


def _without_numbers(edition: Edition) -> Iterator[Piece]:
    for piece in edition.text:
        if isinstance(piece, Piece):
            yield piece
        elif isinstance(piece, MarkedPiece):
            line: list[str | Slot] = []
            for part in piece.content:
                if isinstance(part, LinkMark):
                    line[-1:] = [one.removesuffix(" ") if isinstance(one, str) else one for one in line[-1:]]
                else:
                    line.append(part)
            yield Piece(tuple(line), piece.when)
