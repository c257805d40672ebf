"""Repairs of what has one right form: lists, tracking values, markup of Word, non-breaking spaces in a row.

Nothing is touched in code, in headers (addresses apart) or in addresses that no finding names, and a second repair
finds nothing to do.
"""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from pathlib import Path

from tipsheet.blocks.commonmark import HEADER, repair
from tipsheet.checks.texts import blanks_in, links_in, markup_in, without_markup
from tipsheet.lexicon import clean_address, tracking_names
from tipsheet.places import SourceText

__all__ = ["repair_file", "repaired"]

_Span = tuple[int, int, str]
"""A piece of a text and what stands there instead."""
_PASSES = 50
"""Repairs in a row at most: one may lay bare another, as markup between two spaces does."""
_GOES_ON = r"(?![\w/?&=%#+~-])"


def repaired(path: str, text: str) -> tuple[str, tuple[str, ...]]:
    """The text of a source after all repairs, and in words what was done; ``text`` has line feeds alone."""
    done: dict[str, None] = {}
    for _ in range(_PASSES):
        before = text
        for words, find in _REPAIRS.items():
            spans = list(find(SourceText(path, text)))
            if spans:
                text = _with(text, spans)
                done[words] = None
        body = HEADER.match(text)
        start = body.end() if body else 0
        mended = text[:start] + repair(text[start:])
        if mended != text:
            text = mended
            done["lists"] = None
        if text == before:
            break
    return text, tuple(done)


def _with(text: str, spans: Iterable[_Span]) -> str:
    """The text with other words in these places; of two that overlap the first counts."""
    parts, at = [], 0
    for start, end, new in sorted(spans):
        if start >= at:
            parts += [text[at:start], new]
            at = end
    return "".join([*parts, text[at:]])


def _markup(source: SourceText) -> Iterator[_Span]:
    for found in markup_in(source.outside_code):
        yield found.start(), found.end(), without_markup(found)


def _tracking(source: SourceText) -> Iterator[_Span]:
    """Every place outside code at which an address stands that a finding names: definitions of references too."""
    addresses = {address for address, _ in links_in(source) if "?" in address and tracking_names(unescape(address))}
    readable = source.text[: source.start] + source.prose[source.start :]
    for address in addresses:
        for found in re.finditer(re.escape(address) + _GOES_ON, readable):
            yield found.start(), found.end(), clean_address(address)


def _blanks(source: SourceText) -> Iterator[_Span]:
    for found in blanks_in(source.prose):
        at_the_edge = source.prose[: found.start()].endswith("\n") or source.prose[found.end() :][:1] in ("", "\n")
        yield found.start(), found.end(), "" if at_the_edge else " "


_REPAIRS = {"markup of Word": _markup, "tracking values": _tracking, "non-breaking spaces": _blanks}


def repair_file(file: Path, path: str) -> tuple[str, ...]:
    """Repair a file, and say what was done; it is replaced as a whole or not at all.

    A file that is not UTF-8 is left alone. Raises OSError.
    """
    try:
        text = file.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return ()
    newline = "\r\n" if "\r\n" in text else "\n"
    after, done = repaired(path, text.replace("\r\n", "\n"))
    if done:
        draft = file.with_name(f".{file.name}.new")
        draft.write_bytes(after.replace("\n", newline).encode())
        draft.chmod(file.stat().st_mode)
        draft.replace(file)
    return done
