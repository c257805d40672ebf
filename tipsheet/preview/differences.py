"""The difference between two letters, for people: subject, preheader, lines of the text part, words in a line, links.

An older letter is joined from an edition that somebody has kept. The outbox keeps the edition of the last build, and
nothing older; the ledger keeps the digest of the edition that was sent, and not its words. So what was sent can be
shown while the outbox still holds it; afterwards only that it was another one can be said.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from pathlib import Path

import lxml.html

from tipsheet.delivery.snapshot import digest_sent
from tipsheet.edition.edition import Edition
from tipsheet.edition.outbox import read_edition
from tipsheet.errors import TipsheetError
from tipsheet.preview.letters import ShownLetter

__all__ = ["DiffLine", "Difference", "NothingToCompareError", "Run", "difference", "edition_built", "edition_sent"]

OUTBOX = "outbox"
"""Folder of the last build, in the folder of the publication."""
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


class NothingToCompareError(TipsheetError):
    """The letter to compare with is not kept, or never was there."""

    exit_code = 2


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


def difference(old: ShownLetter, new: ShownLetter) -> Difference:
    """The difference from one letter to another; they are ``equal`` when all that a reader sees is."""
    before, after = _links(old), _links(new)
    return Difference(
        equal=(old.subject, old.preheader, old.parts) == (new.subject, new.preheader, new.parts),
        subject=(old.subject, new.subject),
        preheader=(old.preheader, new.preheader),
        lines=tuple(_lines(old.parts.text.splitlines(), new.parts.text.splitlines())),
        links_added=tuple(link for link in after if link not in before),
        links_removed=tuple(link for link in before if link not in after),
    )


def _links(letter: ShownLetter) -> tuple[str, ...]:
    tree = lxml.html.document_fromstring(letter.parts.html)
    return tuple(dict.fromkeys(link.get("href") or "" for link in tree.iter("a")))


def _lines(old: Sequence[str], new: Sequence[str]) -> Iterator[DiffLine]:
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


def edition_built(root: Path, issue: str) -> Edition:
    """The edition that the last `tipsheet build` left in the outbox; raises NotInOutboxError."""
    return read_edition(root / OUTBOX, issue)


def edition_sent(root: Path, now: Edition, published: str, environ: Mapping[str, str]) -> Edition:
    """The edition of an issue that was sent: the one that is written ``now``, or the one that the outbox holds.

    ``published`` is the folder of the content. Raises NothingToCompareError for an issue that was not sent, and for one
    whose words nobody has kept; NotInOutboxError; StoreError.
    """
    digest = digest_sent(root, now.issue, environ, published=[published])
    if not digest:
        raise NothingToCompareError(f"{now.issue} was not sent from here yet", "compare it with the last build")
    if now.digest == digest:
        return now
    edition = edition_built(root, now.issue)
    if edition.digest != digest:
        message = f"the words of {now.issue} as it was sent are not kept: the outbox holds another edition"
        hint = "take the outbox from the run that sent it, or build the commit that was sent"
        raise NothingToCompareError(message, hint)
    return edition
