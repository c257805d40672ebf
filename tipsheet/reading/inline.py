"""Paragraphs and headings as CommonMark has them, where Python-Markdown differs (C19).

A Python-Markdown extension that replaces patterns of its core by ones that read from left to right: code,
raw HTML and automatic links bind before anything else, a backslash makes every ASCII punctuation mark a
character, links are found by their brackets, entities are characters. Patterns of other extensions stay.
"""

import re
import xml.etree.ElementTree as etree
from collections.abc import Callable, Iterator

from markdown import Markdown
from markdown.blockprocessors import HashHeaderProcessor, SetextHeaderProcessor
from markdown.extensions import Extension
from markdown.extensions.attr_list import AttrListTreeprocessor
from markdown.inlinepatterns import InlineProcessor, SubstituteTagInlineProcessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import ETX, HTML_PLACEHOLDER_RE, STX, AtomicString, code_escape

from tipsheet.reading.links import (
    AMPERSAND,
    ESCAPABLE,
    LIKE_AN_ENTITY,
    Definitions,
    Links,
    Match,
    attribute,
    entity,
    target,
)
from tipsheet.reading.merge import Fields

__all__ = ["InlineExtension", "makeExtension"]

_BEFORE = {"space": r"(?:^|(?<=\s))", "sign": r"(?:(?<=[^\w\s])|(?<=_))", "word": r"(?<=[^\W_])"}
_AFTER = {"space": r"(?=\s|\Z)", "sign": r"(?=[^\w\s]|_)", "word": r"(?=[^\W_])"}
_OPENS = (("space", "sign"), ("space", "word"), ("sign", "word"))
_CLOSES = (("sign", "space"), ("word", "space"), ("word", "sign"))
"""Characters before and after a run of ``*`` or ``_`` that can only open, or only close (CommonMark 6.2)."""

_NOTHING: Match = (None, None, None)

_NAME = "[A-Za-z][A-Za-z0-9-]*+"
_ATTRIBUTE = r"""\s++[A-Za-z_:][\w.:-]*+(?:\s*+=\s*+(?:[^\s"'=<>`]++|'[^']*+'|"[^"]*+"))?+"""
TAG = rf"</{_NAME}\s*+>|<{_NAME}(?:{_ATTRIBUTE})*+\s*+/?>"
"""An opening or a closing tag (CommonMark 6.6)."""
_CLOSED_BY = {"<!-->": "", "<!--->": "", "<!--": "-->", "<?": "?>", "<![CDATA[": "]]>", "<!": ">"}
"""Beginnings of raw HTML that is no tag, with its ends; the longer beginnings first."""
_DOMAIN = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_MAIL = rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]++@{_DOMAIN}(?:\.{_DOMAIN})*+"
LITERAL = rf"""(?x)
    \\[{ESCAPABLE}]
  | (?P<ticks>`++)
  | (?P<link>\]\()
  | <(?P<address>[A-Za-z][A-Za-z0-9+.-]{{1,31}}:[^\s<>]*+)>
  | <(?P<mail>{_MAIL})>
  | (?P<tag>{TAG})
  | (?P<other><!-->|<!--->|<!--|<\?|<!\[CDATA\[|<!(?=[A-Za-z]))
"""
BELOW_EMPHASIS = 59
"""For breaks, which are blanks to the signs beside them."""
_REPLACED = (
    "backtick", "autolink", "automail", "html", "reference", "image_reference", "short_reference", "short_image_ref",
)  # fmt: skip
"""Patterns of Python-Markdown that have no successor of the same name."""

_ITEM = r"[ ]{0,3}(?:[-+*]|\d{1,9}[.)])[ \t]"
_OTHER = rf"{_ITEM}|[ ]{{0,3}}(?:>|\#{{1,6}}(?:[ \t]|$)|(?:\*[ \t]*){{3,}}$|(?:_[ \t]*){{3,}}$)|[ \t]*$"
"""Lines that are no part of a paragraph."""
_CLOSING = re.compile(r"(?:^|[ \t]+)#+[ \t]*$")
_BARE = (
    "allowfullscreen|async|autofocus|autoplay|checked|controls|default|defer|disabled|download|hidden|inert|ismap|loop|"
    "markdown|multiple|muted|nomodule|novalidate|open|playsinline|readonly|required|reversed|selected|(?:data|aria)-[\\w-]+"
)
"""Attributes that need no value; any other word alone is a word."""
_PAIR = (
    r"(?:\.-?[A-Za-z_][\w:.-]*|\#(?=[^\s{}]*[A-Za-z_])[^\s{}\"'=<>]+"
    rf"|[A-Za-z_:@][\w:.@-]*=(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s\"'{{}}]+)|(?:{_BARE})(?=[\s}}]))"
)
_LIST = rf"\{{:?[ ]*({_PAIR}(?:[ ]+{_PAIR})*)[ ]*\}}"


class _Literal(InlineProcessor):
    """Code spans, automatic links and raw HTML, whichever begins first (CommonMark 6.1, 6.5, 6.6)."""

    md: Markdown

    def __init__(self, md: Markdown) -> None:
        super().__init__(LITERAL, md)
        self.sources: dict[etree.Element, str] = {}
        """The source text of each element; labels are compared by it."""
        self._absent: set[str] = set()
        """Ends that this text does not hold; to look for them again would take a time that grows with its square."""
        self._data = ""
        self._skipped = 0
        registered = md.inlinePatterns
        self._automatic_link = registered["autolink"] if "autolink" in registered else None  # noqa: SIM401 - no dict
        """Of magiclink, which may shorten addresses."""

    def handleMatch(self, m: re.Match[str], data: str) -> Match:  # type: ignore[override]  # noqa: N802
        """The element or the placeholder, or nothing."""
        if data is not self._data:
            self._data, self._skipped = data, 0
            self._absent.clear()
        if m.start() < self._skipped:
            return _NOTHING
        match m.lastgroup:
            case "ticks":
                return self._code(m, data)
            case "link":
                link = target(data, m.end())
                self._skipped = link.end if link else 0
            case "address" | "mail":
                return self._automatic(m)
            case "tag" | "other":
                return self._html(m, data)
        return _NOTHING

    def _code(self, m: re.Match[str], data: str) -> Match:
        ticks = m["ticks"]
        if "backtick" in self.md.inlinePatterns:  # of an extension that highlights code
            other = self.md.inlinePatterns["backtick"]
            found = other.getCompiledRegExp().match(data, m.start())
            return other.handleMatch(found, data) if found else _NOTHING  # type: ignore[call-arg, return-value]
        if ticks in self._absent:
            return _NOTHING
        close = next((run for run in re.finditer("`++", data[m.end() :]) if run[0] == ticks), None)
        if close is None:
            self._absent.add(ticks)
            return _NOTHING
        text = data[m.end() : m.end() + close.start()].replace("\n", " ")
        if text.startswith(" ") and text.endswith(" ") and text.strip(" "):
            text = text[1:-1]
        element = etree.Element("code")
        element.text = AtomicString(code_escape(text))
        end = m.end() + close.end()
        self.sources[element] = data[m.start() : end]
        return element, m.start(), end

    def _automatic(self, m: re.Match[str]) -> Match:
        words = m["address"] or m["mail"]
        magic = self._automatic_link and self._automatic_link.getCompiledRegExp().fullmatch(m[0])
        if self._automatic_link and magic:
            element: etree.Element = self._automatic_link.handleMatch(magic, m[0])[0]  # type: ignore[call-arg, index, assignment, unused-ignore]
        else:
            element = etree.Element("a")
            element.text = AtomicString(words)
        element.set("href", attribute(words if m["address"] else f"mailto:{words}"))
        self.sources[element] = m[0]
        return element, m.start(), m.end()

    def _html(self, m: re.Match[str], data: str) -> Match:
        end = m.end()
        if m["other"]:
            closing = _CLOSED_BY[m["other"]]
            found = -1 if closing in self._absent else data.find(closing, end)
            if found < 0:
                self._absent.add(closing)
                return _NOTHING
            end = found + len(closing)
        return self.md.htmlStash.store(data[m.start() : end]), m.start(), end


class _Escape(InlineProcessor):
    """A backslash before ASCII punctuation (CommonMark 2.4)."""

    def handleMatch(self, m: re.Match[str], data: str) -> Match:  # type: ignore[override]  # noqa: ARG002, N802
        """The character, as Python-Markdown keeps escaped ones."""
        return AMPERSAND if m[1] == "&" else f"{STX}{ord(m[1])}{ETX}", m.start(), m.end()


class _Entity(InlineProcessor):
    """An entity as its character (CommonMark 2.5); lxml knows those of HTML 4 only."""

    def handleMatch(self, m: re.Match[str], data: str) -> Match:  # type: ignore[override]  # noqa: ARG002, N802
        """The characters, which no later pattern sees."""
        return entity(m).replace("&", AMPERSAND), m.start(), m.end()


def _flanking(sign: str) -> re.Pattern[str]:
    """The runs of a sign of emphasis, by the names that Python-Markdown's patterns have."""
    run = rf"(?<!{re.escape(sign)}){re.escape(sign)}+(?!{re.escape(sign)})"
    both = (("sign", "sign"), ("word", "word")) if sign == "*" else (("sign", "sign"),)
    kinds = {"ambiguous": both, "end": _CLOSES, "start": _OPENS}
    return re.compile(
        "|".join(
            f"(?P<{kind}>{'|'.join(f'{_BEFORE[before]}{run}{_AFTER[after]}' for before, after in places)})"
            for kind, places in kinds.items()
        )
    )


class _Alternatives(Treeprocessor):
    """Alternative texts of pictures: the words that their descriptions show, which stand inside the element before."""

    def run(self, root: etree.Element) -> None:
        for picture in root.iter("img"):
            if picture.text or len(picture):
                words = "".join(_shown(picture))
                picture.set("alt", attribute(HTML_PLACEHOLDER_RE.sub("", words)))
                picture.text = None
                del picture[:]
            elif picture.get("alt") is None:
                picture.set("alt", "")


def _shown(element: etree.Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.tag == "img" and child.get("alt"):
            yield child.get("alt") or ""
        yield from _shown(child)
        yield child.tail or ""


class AtxHeadings(HashHeaderProcessor):
    """``## Heading``, with up to three spaces before it, and signs at its end only after a space."""

    RE = re.compile(r"(?:^|\n)[ ]{0,3}(?P<level>#{1,6})(?P<header>[ \t][^\n]*)?(?:\n|$)")

    def run(self, parent: etree.Element, blocks: list[str]) -> None:
        """Make the heading; see `HashHeaderProcessor.run`."""
        block = blocks.pop(0)
        found = self.RE.search(block)
        if found is None:  # pragma: no cover - `test` has found it
            return
        before, after = block[: found.start()], block[found.end() :]
        if before:
            self.parser.parseBlocks(parent, [before])
        heading = etree.SubElement(parent, f"h{len(found['level'])}")
        heading.text = _CLOSING.sub("", (found["header"] or "").strip())
        if after:
            blocks.insert(0, self.looseDetab(after) if self.parser.state.isstate("looselist") else after)


class SetextHeadings(SetextHeaderProcessor):
    """A paragraph, of one line or of several, with a line of ``===`` or ``---`` under it."""

    RE = re.compile(
        rf"(?P<words>(?!{_OTHER}|[ ]{{0,3}}(?:-[ \t]*){{3,}}$)[^\n]+"
        rf"(?:\n(?!{_OTHER}|[ ]{{0,3}}(?:=+|-+)[ \t]*$)[^\n]+)*)"
        r"\n[ ]{0,3}(?P<line>=+|-+)[ \t]*(?:\n|\Z)",
        re.MULTILINE,
    )

    def run(self, parent: etree.Element, blocks: list[str]) -> None:
        """Make the heading."""
        if self.parser.blockprocessors["reference"].run(parent, blocks):
            return
        block = blocks.pop(0)
        found = self.RE.match(block)
        if found is None:  # pragma: no cover - `test` has found it
            return
        heading = etree.SubElement(parent, "h1" if found["line"].startswith("=") else "h2")
        heading.text = "\n".join(line.strip() for line in found["words"].split("\n"))
        if after := block[found.end() :]:
            blocks.insert(0, after)


class AttributeLists(AttrListTreeprocessor):
    """Attribute lists in braces, such as ``{ .cta }``; other braces stay text (C19)."""

    HEADER_RE = re.compile(rf"[ ]+{_LIST}[ ]*$")  # type: ignore[misc]
    BLOCK_RE = re.compile(rf"\n[ ]*{_LIST}[ ]*$")  # type: ignore[misc]
    INLINE_RE = re.compile(rf"^{_LIST}")  # type: ignore[misc]


class InlineExtension(Extension):
    """The patterns, headings, definitions, merge fields and attribute lists of the house, for a Markdown converter."""

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self.fields = Fields()
        self._kept: list[Callable[[], None]] = []

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Python-Markdown names it
        """Register with Python-Markdown; the priorities are those of what is replaced."""
        literal, definitions = _Literal(md), Definitions(md.parser)
        links = Links(md, literal.sources), Links(md, literal.sources, pictures_only=True)
        patterns, blocks = md.inlinePatterns, md.parser.blockprocessors
        for name in _REPLACED:
            patterns.deregister(name, False)
        for token in "*_":
            if md.delimiters is not None and token in md.delimiters.delimiters:
                md.delimiters.delimiters[token].boundary = _flanking(token)
        patterns.register(literal, "tipsheet-literal", 190.1)
        patterns.register(_Escape(rf"\\([{ESCAPABLE}])", md), "escape", 180)
        patterns.register(links[0], "link", 160)
        patterns.register(links[1], "image_link", 150)
        patterns.register(SubstituteTagInlineProcessor(r"(?: {2,}+|\\)\n", "br"), "linebreak", BELOW_EMPHASIS)
        patterns.register(_Entity(LIKE_AN_ENTITY, md), "entity", 80)
        blocks.register(AtxHeadings(md.parser), "hashheader", 70)
        blocks.register(SetextHeadings(md.parser), "setextheader", 60)
        blocks.register(definitions, "reference", 15)
        md.treeprocessors.register(_Alternatives(md), "tipsheet-alternatives", 19)
        if "attr_list" in md.treeprocessors:
            md.treeprocessors.register(AttributeLists(md), "attr_list", 8)
        self.fields.register(md)
        self._kept = [
            self.fields.forget,
            literal.sources.clear,
            definitions.known.clear,
            *(one.forget for one in links),
        ]
        md.registerExtension(self)

    def reset(self) -> None:
        """Forget all that the last text has left."""
        for forget in self._kept:
            forget()


def makeExtension(**options: object) -> InlineExtension:  # noqa: N802 - Python-Markdown looks for this name
    """Make the extension for ``markdown.Markdown(extensions=["tipsheet.reading.inline"])``."""
    return InlineExtension(**options)
