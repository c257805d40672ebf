"""Markdown of other programs, kept as its author wrote it: only addresses change, and what would be ours is escaped.

What comes out is compared with CommonMark's reading of what went in (`tipsheet.archives.bodies`); where it differs, the
text is printed anew from that reading, so nothing here has to know every corner of Markdown.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from markdown_it.common.normalize_url import normalizeLink
from markdown_it.common.utils import unescapeAll

from tipsheet.archives.printing import destination
from tipsheet.blocks.commonmark import CODE_SPAN, block_tokens, code_fences

__all__ = ["Change", "kept", "outside_code", "outside_fences", "pairs_of", "replaced", "without_code", "without_office"]

_INLINE = re.compile(r"(!\[\]|\])(\(\s*)(<[^<>\n]*>|[^\s()<>]+(?:\([^\s()]*\)[^\s()]*)*)")
_DEFINITION = re.compile(r"^( {0,3}\[(?!\^)[^\]\n]+\]:\s*)(<[^<>\n]*>|\S+)", re.MULTILINE)
_ATTRIBUTE = re.compile(r"""\b((?:href|src)\s*=\s*)("[^"\n]*"|'[^'\n]*')""", re.IGNORECASE)
_HEADING = re.compile(r"^( {0,3})(#{1,5})(?=[ \t]|$)")
_OURS = re.compile(r"^((?:[ \t>]|[-+*][ \t]|\d{1,9}[.)][ \t])*)(/{3,})")
_ATX = re.compile(r" {0,3}#{1,2}[ \t]+(.*?)[ \t]*#*[ \t]*")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*")
_COMMENT, _END_OF_COMMENT = re.compile(r"<!--"), re.compile(r"-->\n?")
_BLANK = re.compile(r"\n(?:[ \t]*\n){2,}")
_OFFICE = re.compile(
    r"</?(?:[ovwm]|st1):\w+[^<>]*>|<\?xml:namespace[^<>]*>|<!\[(?:if [^\[\]]*+|endif)\]>", re.IGNORECASE
)
"""Tags of word processors, which CommonMark does not take for tags (6.6)."""


@dataclass(frozen=True, slots=True)
class Change:
    """A new address for one of the source; ``alt`` are words for a picture without any."""

    address: str
    alt: str = ""


_PUT_BY = re.compile("\ufdda(\\d+)\ufddb")
_NO_PLACES = dict.fromkeys((0xFDDA, 0xFDDB), "\ufffd")
_INDENTED = re.compile(r"^(?: {4}|\t)|^[ \t]*(?:>|[-+*]|\d{1,9}[.)])(?: {5}|[ ]*\t)", re.MULTILINE)


def pairs_of(text: str, begin: re.Pattern[str], end: re.Pattern[str]) -> Iterator[tuple[re.Match[str], re.Match[str]]]:
    """Each ``begin`` in a text with the first ``end`` behind it, none in another.

    An end is looked for once: where there is none, a pattern for both would look again from every begin, which takes
    minutes in a text of nothing but begins.
    """
    at = 0
    while (first := begin.search(text, at)) and (last := end.search(text, first.end())):
        yield first, last
        at = last.end()


def replaced(text: str, begin: re.Pattern[str], end: re.Pattern[str], new: Callable[[re.Match[str], str], str]) -> str:
    """The text with every part from a ``begin`` to its ``end`` replaced, by that begin and what stands between."""
    out, at = [], 0
    for first, last in pairs_of(text, begin, end):
        out += [text[at : first.start()], new(first, text[first.end() : last.start()])]
        at = last.end()
    return "".join((*out, text[at:]))


def outside_fences(text: str, change: Callable[[str], str]) -> str:
    """The text with every run of lines outside of code changed; code in these lines is changed as well."""
    lines = text.split("\n")
    out: list[str] = []
    for begin, end, code in _runs(lines):
        run = "\n".join(lines[begin:end])
        out.append(run if code else change(run))
    return "\n".join(out)


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """The text changed outside of code, whether that stands in lines of its own or in others."""
    spans: list[str] = []
    text = text.translate(_NO_PLACES)

    def put_by(found: re.Match[str]) -> str:
        spans.append(found[0])
        return f"\ufdda{len(spans) - 1}\ufddb"

    changed = outside_fences(text, lambda run: change(CODE_SPAN.sub(put_by, run)))
    return _PUT_BY.sub(lambda found: spans[int(found[1])], changed)


def without_office(text: str) -> str:
    """A Markdown text without the tags of word processors; what stands in them stays."""
    return outside_code(text, lambda run: _OFFICE.sub("", run)) if _OFFICE.search(text) else text


def without_code(text: str) -> str:
    """The text with blanks for code, so that everything else has the place that it had."""
    blank = re.compile(r"[^\n]")
    lines = text.split("\n")
    out = [
        blank.sub(" ", run) if code else CODE_SPAN.sub(lambda found: blank.sub(" ", found[0]), run)
        for begin, end, code in _runs(lines)
        for run in ["\n".join(lines[begin:end])]
    ]
    return "\n".join(out)


def _runs(lines: list[str]) -> Iterator[tuple[int, int, bool]]:
    """Runs of lines, from the first up to the last, and if they are code: between fences, or indented."""
    text, at = "\n".join(lines), 0
    code = [(fence.first, fence.end) for fence in code_fences(lines)]
    if _INDENTED.search(text):
        tokens = block_tokens(text)
        code = [(token.map[0], token.map[1]) for token in tokens if token.map and token.type in ("fence", "code_block")]
    for first, end in code:
        if first > at:
            yield at, first, False
        yield first, end, True
        at = end
    if at < len(lines):
        yield at, len(lines), False


def kept(text: str, changes: Mapping[str, Change], title: str, *, demote: bool) -> str:
    """The text with other addresses, without comments, and without a first heading that is its title.

    ``changes`` are by addresses as CommonMark writes them into HTML. With ``demote`` headings go down one level.
    """
    text = _without_title(text, title)
    if "<!--" in text or _BLANK.search(text):
        text = outside_code(text, lambda run: _BLANK.sub("\n\n", _without_comments(run)))

    def ours(run: str) -> str:
        return "\n".join(_line(line, demote=demote) for line in (_with(run, changes) if changes else run).split("\n"))

    return outside_code(text, ours).strip("\n")


def _without_comments(run: str) -> str:
    return replaced(run, _COMMENT, _END_OF_COMMENT, lambda _begin, _inside: "")


def _without_title(text: str, title: str) -> str:
    lines = text.lstrip("\n").split("\n")
    found = _ATX.fullmatch(lines[0])
    if found and found[1].strip() == title.strip():
        return "\n".join(lines[1:])
    if len(lines) > 1 and lines[0].strip() == title.strip() and _UNDERLINE.fullmatch(lines[1]):
        return "\n".join(lines[2:])
    return text


def _with(run: str, changes: Mapping[str, Change]) -> str:
    def changed(raw: str) -> Change | None:
        bare = raw[1:-1] if raw[:1] in "<\"'" else raw
        return changes.get(normalizeLink(unescapeAll(bare))) or changes.get(bare)

    def inline(found: re.Match[str]) -> str:
        new = changed(found[3])
        if new is None:
            return found[0]
        before = f"![{new.alt}]" if found[1] == "![]" and new.alt else found[1]
        return f"{before}{found[2]}{destination(new.address)}"

    def definition(found: re.Match[str]) -> str:
        new = changed(found[2])
        return f"{found[1]}{destination(new.address)}" if new else found[0]

    def attribute(found: re.Match[str]) -> str:
        new = changed(found[2])
        return f'{found[1]}"{destination(new.address)}"' if new else found[0]

    return _ATTRIBUTE.sub(attribute, _DEFINITION.sub(definition, _INLINE.sub(inline, run)))


def _line(line: str, *, demote: bool) -> str:
    if demote:
        line = _HEADING.sub(r"\1#\2", line)
    line = _OURS.sub(r"\1`\2`", line)
    return line.replace("@@", "\\@@") if "@@" in line else line
