"""Markdown inside a paragraph as CommonMark has it, where Python-Markdown differs (C19).

A Python-Markdown extension that replaces patterns of its core by ones that read from left to right: code,
raw HTML and automatic links bind before anything else, a backslash makes every ASCII punctuation mark a
character, links are found by their brackets, entities are characters. What other extensions register stays.
"""

import re
import xml.etree.ElementTree as etree
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor, SubstituteTagInlineProcessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import (
    ETX,
    HTML_PLACEHOLDER_RE,
    INLINE_PLACEHOLDER_RE,
    STX,
    AtomicString,
    code_escape,
)

from tipsheet.reading.attributes import AttributeLists
from tipsheet.reading.destinations import (
    AMPERSAND,
    ESCAPABLE,
    LIKE_AN_ENTITY,
    attribute,
    destination,
    entity,
    label_key,
    plain,
    title_at,
)
from tipsheet.reading.headings import AtxHeadings, Definitions, SetextHeadings
from tipsheet.reading.merge import Fields

__all__ = ["InlineExtension", "makeExtension"]

_BEFORE = {"space": r"(?:^|(?<=\s))", "sign": r"(?:(?<=[^\w\s])|(?<=_))", "word": r"(?<=[^\W_])"}
_AFTER = {"space": r"(?=\s|\Z)", "sign": r"(?=[^\w\s]|_)", "word": r"(?=[^\W_])"}
_OPENS = (("space", "sign"), ("space", "word"), ("sign", "word"))
_CLOSES = (("sign", "space"), ("word", "space"), ("word", "sign"))
"""What stands before and after a run of ``*`` or ``_`` that can only open, or only close (CommonMark 6.2)."""

Handled = tuple[etree.Element | str | None, int | None, int | None]
_NOTHING: Handled = (None, None, None)

_NAME = "[A-Za-z][A-Za-z0-9-]*+"
_ATTRIBUTE = r"""\s++[A-Za-z_:][\w.:-]*+(?:\s*+=\s*+(?:[^\s"'=<>`]++|'[^']*+'|"[^"]*+"))?+"""
TAG = rf"</{_NAME}\s*+>|<{_NAME}(?:{_ATTRIBUTE})*+\s*+/?>"
"""An opening or a closing tag (CommonMark 6.6)."""
_CLOSED_BY = {"<!-->": "", "<!--->": "", "<!--": "-->", "<?": "?>", "<![CDATA[": "]]>", "<!": ">"}
"""What raw HTML that is no tag begins and ends with, the longer beginnings first."""
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
_SPACE = re.compile(r"[ \t]*+\n?[ \t]*+")
_LABEL = re.compile(r"\[([^\[\]]*+)\]")
_BRACKET = re.compile(r"!?\[|\]")
_LONGEST_LABEL = 999
BELOW_EMPHASIS = 59
"""For breaks, which are blanks to the signs beside them."""
_REPLACED = (
    "backtick", "autolink", "automail", "html", "reference", "image_reference", "short_reference", "short_image_ref",
)  # fmt: skip
"""Patterns of Python-Markdown that have no successor of the same name."""


class _Literal(InlineProcessor):
    """Code spans, automatic links and raw HTML, whichever begins first (CommonMark 6.1, 6.5, 6.6)."""

    md: Markdown

    def __init__(self, md: Markdown) -> None:
        super().__init__(LITERAL, md)
        self.sources: dict[etree.Element, str] = {}
        """What the elements were written as; labels are compared by it."""
        self._absent: set[str] = set()
        """Ends that were looked for in this text and are not there."""
        self._data = ""
        self._skipped = 0
        registered = md.inlinePatterns
        self._automatic_link = registered["autolink"] if "autolink" in registered else None  # noqa: SIM401 - no dict
        """Of magiclink, which may shorten addresses."""

    def handleMatch(self, m: re.Match[str], data: str) -> Handled:  # type: ignore[override]  # noqa: N802
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
                link = _target(data, m.end())
                self._skipped = link.end if link else 0
            case "address" | "mail":
                return self._automatic(m)
            case "tag" | "other":
                return self._html(m, data)
        return _NOTHING

    def _code(self, m: re.Match[str], data: str) -> Handled:
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

    def _automatic(self, m: re.Match[str]) -> Handled:
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

    def _html(self, m: re.Match[str], data: str) -> Handled:
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

    def handleMatch(self, m: re.Match[str], data: str) -> Handled:  # type: ignore[override]  # noqa: ARG002, N802
        """The character, set aside."""
        return AMPERSAND if m[1] == "&" else f"{STX}{ord(m[1])}{ETX}", m.start(), m.end()


class _Entity(InlineProcessor):
    """An entity as its character (CommonMark 2.5); lxml knows those of HTML 4 only."""

    def handleMatch(self, m: re.Match[str], data: str) -> Handled:  # type: ignore[override]  # noqa: ARG002, N802
        """The characters, which no later pattern sees."""
        return entity(m).replace("&", AMPERSAND), m.start(), m.end()


@dataclass(frozen=True, slots=True)
class _Link:
    """A link or a picture: ``start`` to ``close`` are its words, ``end`` is where all of it ends."""

    start: int
    close: int
    end: int
    href: str
    title: str | None
    picture: bool


@dataclass(frozen=True, slots=True)
class _Target:
    href: str
    title: str | None
    end: int


def _target(data: str, at: int, opened: Callable[[str], str | None] = str) -> _Target | None:
    """The address and the title of an inline link whose round bracket was opened right before.

    ``opened`` gives what placeholders stand for, or None where that cannot stand in an address.
    """
    at = _after_space(data, at)
    if data.startswith(")", at):
        return _Target("", None, at + 1)
    found = destination(data, at)
    if found is None:
        return None
    href, end = found
    at = _after_space(data, end)
    title = title_at(data, at) if at > end else None
    if title is not None:
        at = _after_space(data, title[1])
    if not data.startswith(")", at):
        return None
    written, words = opened(href), opened(title[0]) if title else None
    if written is None or (title and words is None):
        return None
    return _Target(plain(written), plain(words) if words is not None else None, at + 1)


def _after_space(data: str, at: int) -> int:
    found = _SPACE.match(data, at)
    return found.end() if found else at


class _Links(InlineProcessor):
    """Links and pictures, inline or by reference: one pass from left to right (CommonMark, appendix)."""

    md: Markdown

    def __init__(self, md: Markdown, literal: _Literal, *, pictures_only: bool = False) -> None:
        super().__init__(r"!\[" if pictures_only else r"!?\[", md)
        self._literal = literal
        self._data = ""
        self._found: dict[int, _Link] = {}
        """The links of the last text, by their distance from its end: what is replaced stands before the rest."""

    def handleMatch(self, m: re.Match[str], data: str) -> Handled:  # type: ignore[override]  # noqa: N802
        """The element whose words later patterns still read, or nothing."""
        rest = len(data) - m.start()
        if len(self._data) < rest or not data.endswith(self._data[-rest:]):
            self._data = data[m.start() :]
            self._found = {len(self._data) - at: link for at, link in self._read(self._data)}
        link = self._found.get(rest)
        if link is None:
            return _NOTHING
        moved = len(data) - len(self._data)
        element = etree.Element("img" if link.picture else "a")
        element.set("src" if link.picture else "href", attribute(link.href))
        if link.title is not None:
            element.set("title", attribute(" ".join(link.title.split("\n"))))
        words = self._words(link) if link.picture else self._data[link.start : link.close]
        element.text = words
        return element, m.start(), link.end + moved

    def forget(self) -> None:
        """Begin another text, with definitions of its own."""
        self._data = ""
        self._found = {}

    def _read(self, data: str) -> Iterator[tuple[int, _Link]]:
        """Every link of the text with the place of its bracket, those in other links too."""
        open_: list[tuple[int, int, bool]] = []
        barred = 0
        at = 0
        while bracket := _BRACKET.search(data, at):
            at = bracket.end()
            if bracket[0] != "]":
                open_.append((bracket.start(), at, bracket[0] == "!["))
                continue
            if not open_:
                continue
            begin, start, picture = open_.pop()
            if not picture and len(open_) < barred:
                barred = len(open_)
                continue
            target = self._resolved(data, start, bracket.start())
            if target is None:
                barred = min(barred, len(open_))
                continue
            yield begin, _Link(start, bracket.start(), target.end, target.href, target.title, picture)
            at = target.end
            barred = min(barred, len(open_)) if picture else len(open_)

    def _resolved(self, data: str, start: int, close: int) -> _Target | None:
        after = close + 1
        if data.startswith("(", after) and (target := _target(data, after + 1, self._opened)):
            return target
        label, end = data[start:close], after
        if following := _LABEL.match(data, after):
            label, end = following[1].strip() or label, following.end()
        if not self.md.references or "[" in label or len(label) > _LONGEST_LABEL:
            return None
        found = self.md.references.get(self._key(label))
        return _Target(*found, end) if found else None

    def _key(self, label: str) -> str:
        for held in INLINE_PLACEHOLDER_RE.finditer(label) if STX in label else ():
            label = label.replace(held[0], self._source(held[1]))
        return label_key(label)

    def _source(self, number: str) -> str:
        """What was written where a placeholder is now."""
        node = self.md.treeprocessors["inline"].stashed_nodes.get(number, "")  # type: ignore[attr-defined]
        if not isinstance(node, str):
            return self._literal.sources.get(node, "")
        raw = HTML_PLACEHOLDER_RE.fullmatch(node)
        return str(self.md.htmlStash.rawHtmlBlocks[int(raw[1] or raw[2])]) if raw else node

    def _opened(self, text: str) -> str | None:
        """The text with its escaped characters set aside; None with anything else in it that is more than text."""
        stash = self.md.treeprocessors["inline"].stashed_nodes  # type: ignore[attr-defined]
        for held in INLINE_PLACEHOLDER_RE.finditer(text) if STX in text else ():
            node = stash.get(held[1])
            if not isinstance(node, str) or HTML_PLACEHOLDER_RE.fullmatch(node):
                return None
            text = text.replace(held[0], node)
        return text

    def _words(self, link: _Link) -> str:
        """The words of a picture, with those of links and pictures inside it."""
        data, size, words, at = self._data, len(self._data), "", link.start
        for bracket in _BRACKET.finditer(data, link.start, link.close):
            inner = self._found.get(size - bracket.start())
            if inner is not None and bracket.start() >= at and inner.end <= link.close:
                words += data[at : bracket.start()] + self._words(inner)
                at = inner.end
        return words + data[at : link.close]


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


class _Beginning(Treeprocessor):
    """Forgets what the patterns have seen in the last text, when the blocks of this one are known."""

    def __init__(self, md: Markdown, literal: _Literal, links: tuple[_Links, ...], definitions: Definitions) -> None:
        super().__init__(md)
        self._literal, self._links, self._definitions = literal, links, definitions

    def run(self, root: etree.Element) -> None:  # noqa: ARG002 - as Python-Markdown calls it
        self._literal.sources.clear()
        self._definitions.known.clear()
        for links in self._links:
            links.forget()


class _Alternatives(Treeprocessor):
    """Gives pictures the words that their descriptions show; until then they stand inside the element."""

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


class InlineExtension(Extension):
    """Registers the patterns, headings, definitions, merge fields and attribute lists with a Markdown program."""

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self.fields = Fields()

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Python-Markdown names it
        """Register with Python-Markdown; the priorities are those of what is replaced."""
        literal, definitions = _Literal(md), Definitions(md.parser)
        links = _Links(md, literal), _Links(md, literal, pictures_only=True)
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
        md.treeprocessors.register(_Beginning(md, literal, links, definitions), "tipsheet-beginning", 20.1)
        md.treeprocessors.register(_Alternatives(md), "tipsheet-alternatives", 19)
        if "attr_list" in md.treeprocessors:
            md.treeprocessors.register(AttributeLists(md), "attr_list", 8)
        self.fields.register(md)
        md.registerExtension(self)

    def reset(self) -> None:
        """Forget the merge fields of the last text."""
        self.fields.forget()


def makeExtension(**options: object) -> InlineExtension:  # noqa: N802 - Python-Markdown looks for this name
    """Make the extension for ``markdown.Markdown(extensions=["tipsheet.reading.inline"])``."""
    return InlineExtension(**options)
