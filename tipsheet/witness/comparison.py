"""Differences between two readings of a text, as warnings: aligned block by block, then word by word.

Both steps go forward only and look no further than a window, so that a text costs time in
proportion to its length, whatever is in it.
"""

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, islice, takewhile
from types import MappingProxyType
from typing import TypeVar

from lxml.html import HtmlElement

from tipsheet.problems import Problem, Where
from tipsheet.witness.dialect import References, TooDeepError, marked_up, plain_fields, plain_fields_of
from tipsheet.witness.events import (
    BLOCK_ELEMENTS,
    MarkupBlock,
    MarkupEvent,
    MarkupKind,
    UnreadableError,
    addresses_in,
    blocks_of,
    tree_of,
    written_alike,
)

__all__ = ["KINDS", "differences"]

KINDS: Mapping[str, str] = {
    "TS130": "the words",
    "TS131": "the structure",
    "TS132": "emphasis or a line break",
    "TS133": "a link or a picture",
    "TS134": "the code",
    "TS135": "the HTML",
    "TS136": "a reference to nothing",
    "TS137": "a text that was not compared",
}
"""Codes of the witness, and what differs."""

LONGEST = 250_000
"""Characters; more are not compared. The worst of that length takes a few seconds, and no letter is a tenth of it."""
MOST = 200
"""Findings about one text at most; the last one counts the others."""
WINDOWS = (60, 1_000, 20_000)
"""Events ahead in which two readings are searched for a place where they meet again, one window after the other."""
NEAR = 6
MOST_SEARCHES = 2_000
"""Searches in one text; after them, the rest of it counts as one difference."""
SURE = 4
"""Equal events in a row that count as a place where two readings meet."""
SHOWN = 60
"""Characters of a reading in a message."""

_Item = TypeVar("_Item")


def differences(
    text: str, html: str, start: Where, references: References = MappingProxyType({})
) -> tuple[Problem, ...]:
    """Compare ``html``, which we made of ``text``, with what a reader on GitHub sees.

    ``start`` is the place of the text's first character; ``references`` are link definitions around the text,
    as Python-Markdown keeps them. Never raises.
    """
    plain = plain_fields(text)
    found = _found(plain, plain_fields_of(html), tuple(sorted(references.items())))
    lines = plain.split("\n")
    problems = [_problem(one, lines, start) for one in found[:MOST]]
    if len(found) > MOST:
        last, more = found[MOST], len(found) - MOST
        where = start.down(last.line) if last.line else start
        problems.append(Problem(where, "TS137", f"{more} more differences from here on are not listed"))
    return tuple(problems)


@dataclass(frozen=True, slots=True)
class _Difference:
    """One place where readings differ; ``theirs`` and ``ours`` are the words that each shows there."""

    code: str
    line: int
    words: tuple[str, ...] = ()
    theirs: str = ""
    ours: str = ""
    reason: str = ""


@lru_cache(maxsize=1024)
def _found(text: str, html: str, references: tuple[tuple[str, tuple[str, str | None]], ...]) -> tuple[_Difference, ...]:
    """The differences of two readings. They are cached: the desk checks again after each change of one text of many."""
    if len(text) > LONGEST:
        return (_Difference("TS137", 0, reason="it is too long"),)
    try:
        return _differences(text, html, references)
    except (TooDeepError, RecursionError):
        return (_Difference("TS137", 0, reason="lists or quotations stand in each other too deep"),)
    except (UnreadableError, ValueError):  # lxml raises the latter for a character that XML has not
        return (_Difference("TS137", 0, reason="its HTML cannot be parsed"),)


def _differences(
    text: str, html: str, references: tuple[tuple[str, tuple[str, str | None]], ...]
) -> tuple[_Difference, ...]:
    marked = marked_up(text, dict(references))
    there, here = tree_of(plain_fields_of(marked.html)), tree_of(html)
    bare = list(_other_addresses(marked.addresses, here, text))
    theirs, ours = blocks_of(there, marked.html, ours=False), blocks_of(here, html, ours=True)
    found = list(islice(_compared(theirs, ours), MOST + 1))
    told = {one.line for one in found}
    found += [one for one in bare if one.line not in told]
    found += _undefined(theirs, text)
    return tuple(sorted(found, key=lambda one: one.line))


def _compared(theirs: Sequence[MarkupBlock], ours: Sequence[MarkupBlock]) -> Iterator[_Difference]:
    for mine, other in _apart([b.key for b in theirs], [b.key for b in ours], sure=1):
        last = theirs[min(mine.start, len(theirs) - 1)].events[-1].line if theirs else 0
        if mine.stop - mine.start == other.stop - other.start:
            for pair in zip(theirs[mine], ours[other], strict=True):
                yield from _parted(_events(pair[:1]), _events(pair[1:]), last)
        else:
            yield from _parted(_events(theirs[mine]), _events(ours[other]), last)


def _events(blocks: Sequence[MarkupBlock]) -> list[MarkupEvent]:
    return [word for block in blocks for event in block.events for word in event.words()]


def _parted(theirs: Sequence[MarkupEvent], ours: Sequence[MarkupEvent], last: int) -> Iterator[_Difference]:
    """The first difference of each line, and of each element that is another one."""
    told = -1
    raw = list(accumulate((_raw(event) for event in theirs), initial=0))
    for mine, other in _apart([e.key for e in theirs], [e.key for e in ours], sure=SURE):
        part, counterpart = theirs[mine.start :], ours[other.start :]
        line = _line(part, max(told, theirs[-1].line if theirs else last))
        if part and line <= told:
            continue
        code = "TS135" if raw[mine.start] else _code(part, counterpart)
        told = _end(part) if code in _STRUCTURAL else line
        words = (_word(part),) if part and part[0].kind not in _TEXT else (_word(part), _first_word(counterpart))
        yield _Difference(code, line, words, _reading(theirs, mine), _reading(ours, other))


def _raw(event: MarkupEvent) -> int:
    """The change of depth in raw HTML at this event: 1 where an element opens, -1 where one closes."""
    if event.kind not in {MarkupKind.OPEN, MarkupKind.CLOSE} or event.value in _MARKDOWN or " " in event.value:
        return 0
    return 1 if event.kind is MarkupKind.OPEN else -1


def _line(events: Sequence[MarkupEvent], last: int) -> int:
    """The line where the first of these events begins; the end of an element has no line of its own."""
    begins = (event.line for event in events[:SURE] if event.kind is not MarkupKind.CLOSE)
    return next(begins, events[0].line if events else last)


def _end(events: Sequence[MarkupEvent]) -> int:
    """The line where the element ends that begins these events, or their first line."""
    depth = 0
    for event in events:
        if event.value in BLOCK_ELEMENTS and event.value != "hr":
            depth += (event.kind is MarkupKind.OPEN) - (event.kind is MarkupKind.CLOSE)
        if depth <= 0:
            return event.line
    return events[-1].line if events else 0


def _word(events: Sequence[MarkupEvent]) -> str:
    """The word, or address, that begins these events."""
    inline = takewhile(lambda event: event.value not in BLOCK_ELEMENTS | {"br"}, events)
    return next(
        (e.value.strip() for e in inline if e.kind in {MarkupKind.WORDS, MarkupKind.CODE, MarkupKind.ADDRESS}), ""
    )


def _first_word(events: Sequence[MarkupEvent]) -> str:
    return next((event.value.strip() for event in events[:SURE] if event.kind in _TEXT), "")


def _apart(theirs: Sequence[_Item], ours: Sequence[_Item], *, sure: int) -> Iterator[tuple[slice, slice]]:
    """Find the parts that differ, each up to the place where ``sure`` items in a row are alike again."""
    i = j = 0
    windows, searches = deque(WINDOWS), MOST_SEARCHES
    while i < len(theirs) and j < len(ours):
        if theirs[i] == ours[j]:
            i, j = i + 1, j + 1
            continue
        searches -= 1
        for window in (NEAR, windows[0]):
            skip = _meeting(theirs[i : i + window + sure], ours[j : j + window + sure], sure)
            if skip is not None:
                break
        if skip is not None:
            yield slice(i, i + skip[0]), slice(j, j + skip[1])
            i, j = i + skip[0], j + skip[1]
        elif len(windows) > 1:
            windows.popleft()
        if not searches or (skip is None and len(windows) == 1):
            break
    if i < len(theirs) or j < len(ours):
        yield slice(i, len(theirs)), slice(j, len(ours))


def _meeting(theirs: Sequence[_Item], ours: Sequence[_Item], sure: int) -> tuple[int, int] | None:
    """The items to skip on each side until both are alike again, the fewest in sum; None if they never are."""
    places: dict[tuple[_Item, ...], int] = {}
    for at in range(len(ours)):
        places.setdefault(tuple(ours[at : at + sure]), at)
    met = [(at + places[key], at) for at in range(len(theirs)) if (key := tuple(theirs[at : at + sure])) in places]
    if not met:
        return None
    both, at = min(met)
    return at, both - at


_STRUCTURAL = frozenset({"TS131", "TS134", "TS135"})
_INLINE = frozenset({"em", "strong", "del", "br"})
_MARKDOWN = frozenset(
    "p h1 h2 h3 h4 h5 h6 ul ol li blockquote hr pre table tr td th em strong del br a img".split(" ")  # noqa: SIM905
)
"""Elements that Markdown makes; others come from HTML in the text."""
_RAW = re.compile(r" ?</?[A-Za-z!?]")


def _code(theirs: Sequence[MarkupEvent], ours: Sequence[MarkupEvent]) -> str:
    """The code of a difference by the event that begins each reading, or the next where one word begins the other."""
    both = [*theirs[:1], *ours[:1]]
    if len(both) > 1 and both[0].kind is both[1].kind is MarkupKind.WORDS:
        shorter, longer = sorted((theirs[:2], ours[:2]), key=lambda events: len(events[0].value))
        if longer[0].value.startswith(shorter[0].value) and shorter[-1].kind is MarkupKind.OPEN:
            both = [shorter[-1]]
    if any(e.kind is MarkupKind.CODE or e.value == "pre" for e in both):
        return "TS134"
    elements = {e.value for e in both if e.kind in {MarkupKind.OPEN, MarkupKind.CLOSE} and " " not in e.value}
    if any(_raw(e) for e in both) or any(e.kind is MarkupKind.WORDS and _RAW.match(e.value) for e in both):
        return "TS135"
    if any(e.kind in {MarkupKind.ADDRESS, MarkupKind.LABEL} for e in both) or elements & {"a", "img"}:
        return "TS133"
    if any(e.kind is MarkupKind.OPEN and (e.value in BLOCK_ELEMENTS or e.value.startswith("note ")) for e in both):
        return "TS131"
    return "TS132" if elements & _INLINE else "TS130"


def _reading(events: Sequence[MarkupEvent], part: slice) -> str:
    """A part of a reading as HTML, with a little before it, cut where it is long."""
    start = part.start
    while start > max(0, part.start - SURE) and events[start - 1].value not in BLOCK_ELEMENTS:
        start -= 1
    if start and events[start - 1].kind is MarkupKind.OPEN:
        start -= 1
    shown = ""
    for event in events[start : max(part.stop, part.start + 1) + SURE]:
        text = event.value.replace("<", "&lt;") if event.kind in _TEXT else event.value
        shown += _MARKUP.get(event.kind, "{}").format(text.replace("\xa0", "&nbsp;"))
        if len(shown) > SHOWN:
            break
    shown = _BLOCK.sub("(block)", shown.replace(f">{_INTO}", " ")).strip()
    clean = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in shown)
    return f"{clean[:SHOWN]}…" if len(clean) > SHOWN else clean or _NOTHING


_NOTHING = "nothing"
_BLOCK = re.compile("\ufdd0\\d+\ufdd1")
"""The placeholder of a block (`tipsheet.blocks.passages`)."""
_INTO = "\x00"
"""Sign at which the text that follows is put into the tag before it."""
_TEXT = frozenset({MarkupKind.WORDS, MarkupKind.CODE})
_MARKUP = {
    MarkupKind.OPEN: "<{}>",
    MarkupKind.CLOSE: "</{}>",
    MarkupKind.CODE: "<code>{}</code>",
    MarkupKind.ADDRESS: f"{_INTO}→ {{}}>",
    MarkupKind.LABEL: f'{_INTO}"{{}}">',
}


def _other_addresses(expected: Sequence[tuple[str, int]], ours: HtmlElement, text: str) -> Iterator[_Difference]:
    """Bare addresses of which no link is made here, or to another place."""
    linked = addresses_in(ours) if expected else ()
    for address, line in expected:
        if written_alike(address) not in linked and address in text:
            near = next((href for href in sorted(linked) if href[: len(address)] == address[: len(href)]), "")
            yield _Difference("TS133", line, (address,), f"<a → {address}>", f"<a → {near}>" if near else address)


_REFERENCE = re.compile(r"(?<![\w\]\\])\[([^\[\]]+)\]\[([^\[\]]*)\]|(?<![\w\]\\])\[\^([^\s\[\]]+)\]")


def _undefined(theirs: Sequence[MarkupBlock], text: str) -> Iterator[_Difference]:
    """Find references without a definition: both readings print their brackets, which is hardly meant."""
    if "][" not in text and "[^" not in text:
        return
    # brackets behind a backslash are meant to be printed
    written = {found[0] for found in _REFERENCE.finditer(text)}
    for event in (event for block in theirs for event in block.events):
        for found in _REFERENCE.finditer(event.raw):
            label = found[3] or found[2] or found[1]
            if found[0] in written and not label.isdigit():
                line = event.line + event.raw.count("\n", 0, found.start())
                yield _Difference("TS136", line, (found[0],), found[0])


_REMEDIES: Sequence[tuple[str, re.Pattern[str], str]] = tuple(
    (codes, re.compile(sign), remedy)
    for codes, sign, remedy in (
        ("TS137", "", ""),
        ("TS136", "", "define it on a line of its own, [label]: address; or write \\[ if no link is meant"),
        ("TS130 TS132", r"^.*\\(\n|$)", "write <br> at the end of the line"),
        ("TS134", r"\\\|", "write code with a bar in a table as <code>a &#124; b</code>"),
        (
            "TS131 TS134",
            r"^\s*[>+*-]*\s*(```|~~~)",
            "write ``` at the margin, at most one word after it, and a line around the code",
        ),
        ("TS131", r"^ {1,3}#", "begin the line with the #"),
        ("TS131", r"\n\s*(=+|-+)\s*$", "write # or ## before a heading instead of a line below it"),
        ("TS131", r"^\s*>", "leave an empty line after a quotation, and a line of <!-- --> between two"),
        (
            "TS131",
            r"^\s*([-+*]|\d+[.)])\s",
            "leave an empty line around a list, and indent what is in an item to its text",
        ),
        ("TS130 TS131 TS132", r"\{[^}\n]*\}", "write &#123; for a brace that begins no attributes"),
        (
            "TS130 TS132 TS133 TS135",
            r"\\[^\w\s]",
            "write &lt; &gt; &amp; &quot; where a backslash stands before such a sign",
        ),
        ("TS130", r"&#?\w+;", "write the sign itself"),
        ("TS133", r"\]\(|\]\[|\]:", "write [text](address), with the address in <> if it holds blanks or brackets"),
        ("TS133", "", "write <address>, or [text](address)"),
        ("TS132", "", "leave no blank inside the stars, and none of them within a word"),
        ("TS134", "", "write ``` on lines of their own before and after the code"),
        ("TS135", "", "put a tag that is not within a line on a line of its own, with an empty line before and after"),
        ("TS131", "", "leave an empty line before and after it"),
        ("", "", "write it in another way, so that it reads the same everywhere"),
    )
)
"""Remedies: the first counts that has the code of the difference, and whose pattern is in its line or the next."""


def _problem(one: _Difference, lines: Sequence[str], start: Where) -> Problem:
    line, col = _place(one, lines)
    where = Where(start.path, start.line + line, col + (start.col if line == 0 else 1))
    if one.reason:
        message = f"this text was not compared with CommonMark: {one.reason}"
    elif one.code == "TS136":
        message = f"'{one.theirs}' refers to nothing, and is printed with its brackets"
    else:
        message = f"GitHub shows {one.theirs}; here it is {one.ours}"
    near = "\n".join(lines[line : line + 2])
    hint = next(remedy for codes, sign, remedy in _REMEDIES if one.code in codes or not codes if sign.search(near))
    return Problem(where, one.code, message, hint)


def _place(one: _Difference, lines: Sequence[str]) -> tuple[int, int]:
    """Line and column, from 0, of a difference: of its word when that stands there or nearby."""
    line = min(one.line, len(lines) - 1)
    nearby = [line, line + 1, line - 1, *(range(line, len(lines)) if one.theirs == _NOTHING else ())]
    for word in (*one.words, _alike(*one.words[:2])):
        for near in nearby:
            if word and 0 <= near < len(lines) and (col := lines[near].find(word)) >= 0:
                return near, col
    return line, len(lines[line]) - len(lines[line].lstrip())


def _alike(word: str = "", other: str = "") -> str:
    """The characters with which both words begin."""
    return "".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(word, other, strict=False)))
