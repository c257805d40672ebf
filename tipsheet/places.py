"""Places of findings in their sources: Markdown, headers, mkdocs.yml, templates.

A finding names its evidence, an address, a key, an element or words (`tipsheet.problems.Evidence`), and `placed` looks
for that. Code is told from prose here only to prefer one place to another: a slip moves a finding, and publishes
nothing.
"""

import html
import posixpath
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import assert_never
from urllib.parse import quote, unquote

from tipsheet.documents import Document, parse_yaml
from tipsheet.problems import Evidence, Problem, Sign, Where

__all__ = ["Mention", "SourceText", "placed", "plain_words"]

_HEADER = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*$", re.DOTALL | re.MULTILINE)
_FENCE = re.compile(r"(?:[ \t>]|[-+*][ \t]|\d{1,9}[.)][ \t])*(`{3,}(?=[^`]*$)|~{3,})")
_ITEM = re.compile(r"[ \t>]*(?:[-+*]|\d{1,9}[.)])[ \t]")
_SPAN = re.compile(r"(?<![`\\])(`+)(?!`)(.{1,1000}?)(?<!`)\1(?!`)", re.DOTALL)
_BRACKET = re.compile(r"(?<!\\)[\[\]]")
_TARGET = re.compile(r"\]\([ \t]*\n?[ \t]*(?:<([^<>\n]*)>|((?:[^\s()\\]|\\.|\([^\s()]*\))*))")
_DEFINITION = re.compile(r"^[ >]*\[([^\]\[^\n][^\]\n]*)\]:[ \t]*\n?[ \t]*<?([^\s<>]+)", re.MULTILINE)
_REFERENCE = re.compile(
    r"(!?)\[((?:[^\[\]\\]|\\.){1,500})\](?:[ ]?\[((?:[^\[\]\\]|\\.){0,200})\])?(?![(\[:])", re.DOTALL
)
_ELEMENT = re.compile(
    r"<([a-zA-Z][\w-]*)\b[^<>]*?\b(?:href|src)[ \t]*=[ \t]*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))[^<>]*>"
)
_ALT = re.compile(r"\balt\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_BARE = re.compile(r"(?:https?://|mailto:|www\.)[^\s<>\"]+", re.IGNORECASE)
_MARKUP = re.compile(r"<[^<>]*>|!?\[|\]\([^)]*\)|[*_`~\\\]]")
_BETWEEN = r"[\s*_`~\\\[\]]+"
_LONGEST = 2000
"""Characters of a link in HTML at most: the end of one that is never closed is not searched in the whole text."""
_A_FEW_WORDS = 8
_MOST = 200
"""Places of one finding at most."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A link or a picture as it is written: its address, its words, and the offsets of it and of the address."""

    picture: bool
    address: str
    words: str
    start: int
    at: int


@dataclass(frozen=True)
class SourceText:
    """A source; ``path`` is relative to the publication."""

    path: str
    text: str

    def places(self, evidence: Evidence) -> tuple[Where, ...]:
        """Find evidence: all places of a link or a picture, the first one of anything else."""
        match evidence.sign:
            case Sign.KEY:
                found = self._key(evidence)
                return (found,) if found else ()
            case Sign.LINK | Sign.NAMED | Sign.PICTURE:
                offsets = self._mentioned(evidence) or self._first(_spellings(evidence.text))
            case Sign.TAG:
                offsets = self._element(evidence)
            case Sign.TEXT:
                offsets = self._first(_spellings(evidence.text)) or self._loosely(evidence.text)
            case _:
                assert_never(evidence.sign)
        return tuple(self.where(offset) for offset in offsets)

    def where(self, offset: int) -> Where:
        """The place of a character."""
        line = bisect_right(self._lines, offset)
        return Where(self.path, line, offset - self._lines[line - 1] + 1)

    @cached_property
    def _lines(self) -> list[int]:
        """Offsets of the beginnings of the lines."""
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    @cached_property
    def start(self) -> int:
        """Offset of the body, after the header of a Markdown file."""
        header = _HEADER.match(self.text) if self.path.endswith(".md") else None
        return header.end() if header else 0

    @cached_property
    def prose(self) -> str:
        """The text with blanks instead of header, code and comments, so that offsets are the same."""
        return _without_comments(self.outside_code)

    @cached_property
    def outside_code(self) -> str:
        """The text with blanks instead of header and code, so that offsets are the same."""
        body = self.text[self.start :]
        if self.path.endswith(".md"):
            body = _SPAN.sub(_blank, "\n".join(_without_code(body.split("\n"))))
        return " " * self.start + body

    @cached_property
    def _document(self) -> Document | None:
        """The header, or a YAML file."""
        if self.start:
            return parse_yaml(self.text[3 : self.start].rstrip("-"), self.path)[0]
        return parse_yaml(self.text, self.path)[0] if self.path.endswith((".yml", ".yaml")) else None

    @cached_property
    def mentions(self) -> tuple[Mention, ...]:
        """Every link and picture outside code, in their order; a definition that nothing refers to is a link too."""
        return tuple(sorted(_mentions(self.text, self.prose), key=lambda mention: mention.start))

    @cached_property
    def _by_evidence(self) -> Mapping[tuple[bool, str | None, str | None], list[Mention]]:
        """Links and pictures by address and words, and by one of the two; pictures by their names as well."""
        found: dict[tuple[bool, str | None, str | None], list[Mention]] = {}
        for mention in self.mentions:
            words = _plain(mention.words)
            names = {*_addresses(mention, self.path), *([_name(mention.address)] if mention.picture else [])}
            for address in (*names, None):
                for one in (words, None):
                    found.setdefault((mention.picture, address, one), []).append(mention)
        return found

    def _mentioned(self, evidence: Evidence) -> list[int]:
        """Offsets of the links or pictures that fit best."""
        address, words = _plain_address(evidence.text), _plain(evidence.words)
        picture, named = evidence.sign is Sign.PICTURE, evidence.sign is Sign.NAMED
        ways: list[tuple[str | None, str | None]] = [(address, words), (address, None)]
        if named:
            ways.insert(1, (None, words))
        if picture:
            ways += [(_name(evidence.text), words), (_name(evidence.text), None), *([(None, words)] if words else [])]
        found = next((found for way in ways if (found := self._by_evidence.get((picture, *way)))), [])
        return [mention.start if named else mention.at for mention in found[:_MOST]]

    def _key(self, evidence: Evidence) -> Where | None:
        steps = evidence.text.split("/")
        if len(steps) == 1 and self.start:  # nearly all are so, and this spares parsing YAML
            found = re.search(rf"^[\"']?{re.escape(steps[0])}[\"']?[ \t]*:", self.text[: self.start], re.MULTILINE)
            where = self.where(found.start()) if found else None
        else:
            where = self._deep(steps)
        return (self._inside(where, evidence.words) or where) if where and evidence.words else where

    def _deep(self, steps: list[str]) -> Where | None:
        """The place of a key of a document, or in mkdocs.yml the nearest above it, the plugin's own keys first."""
        document = self._document
        if document is None:
            return None
        for path, where in document.keys.items():
            if [str(step) for step in path] == steps:
                return where
        if self.start:
            return None
        ours = next((path for path in document.keys if path[0] == "plugins" and path[-1] == "tipsheet"), None)
        for length in range(len(steps), 0, -1):
            for above in ((ours,) if ours else ()) + ((),):
                if found := document.keys.get((*above, *steps[:length])):
                    return found
        return None

    def _inside(self, key: Where, words: str) -> Where | None:
        """Words in the value of a key, which ends where a line begins further left or just as far."""
        lines = self.text.split("\n")
        for number in range(key.line - 1, len(lines)):
            line = lines[number]
            indent = len(line) - len(line.lstrip())
            if number >= key.line and line.strip() and not line.lstrip().startswith("-") and indent < key.col:
                return None
            at = line.find(words, key.col if number == key.line - 1 else 0)
            if at >= 0:
                return Where(self.path, number + 1, at + 1)
        return None

    def _element(self, evidence: Evidence) -> list[int]:
        """The first element of this name that has these words in its tag or right behind it."""
        pattern = re.compile(rf"<{re.escape(evidence.text)}(?=[\s/>])[^<>]*(?:>[^<]*)?", re.IGNORECASE)
        found = (m.start() for m in pattern.finditer(self.prose) if evidence.words in " ".join(m[0].split()))
        return list(islice(found, 1))

    def _first(self, spellings: Iterable[str]) -> list[int]:
        """The first of these that stands in prose, in the header, or else in code."""
        present = [spelling for spelling in spellings if spelling and spelling in self.text]
        for text in (self.prose, self.text[: self.start], self.text) if present else ():
            for spelling in present:
                if (at := text.find(spelling)) >= 0:
                    return [at]
        return []

    def _loosely(self, words: str) -> list[int]:
        """Words with Markdown's signs or line breaks between them: all of them, or else the first three."""
        parts = words.split()[:_A_FEW_WORDS]
        for count in sorted({len(parts), min(len(parts), 3)}, reverse=True) if len(parts) > 1 else ():
            if found := re.search(_BETWEEN.join(map(re.escape, parts[:count])), self.text):
                return [found.start()]
        return []


def placed(problem: Problem, sources: Iterable[SourceText]) -> Iterator[Problem]:
    """The finding at every place of its first evidence that is in some source, or as it is."""
    if not problem.evidence:
        yield problem
        return
    texts = list(sources)
    for evidence in problem.evidence:
        for text in texts:
            if places := text.places(evidence):
                yield from (replace(problem, where=where, evidence=()) for where in places)
                return
    yield replace(problem, evidence=())


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def _without_comments(text: str) -> str:
    parts, at = [], 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        parts += [text[at:start], re.sub(r"[^\n]", " ", text[start : end + 3])]
        at = end + 3
    return "".join([*parts, text[at:]])


def _without_code(lines: list[str]) -> Iterator[str]:
    """The lines of a body, blank where code stands: in fences, or indented below an empty line outside lists."""
    fence, listed, empty = "", False, True
    for line in lines:
        opening = _FENCE.match(line)
        if fence:
            closing = line.strip(" \t>")
            fence = "" if closing.startswith(fence) and not closing.strip(fence[0]) else fence
            yield " " * len(line)
        elif opening:
            fence = opening[1]
            yield " " * len(line)
        elif empty and not listed and line.startswith(("    ", "\t")) and line.strip():
            yield " " * len(line)
        else:
            if line.strip():
                empty = False
                listed = bool(_ITEM.match(line)) or (listed and line.startswith((" ", "\t")))
            yield line
        empty = empty if line.strip() else True


def _mentions(text: str, prose: str) -> Iterator[Mention]:
    """Every link and picture outside code."""
    taken: list[Mention] = []
    openings = _openings(prose)
    for match in _TARGET.finditer(prose):
        start = openings.get(match.start())
        if start is not None:
            number = 1 if match[1] is not None else 2
            picture = prose[start - 1 : start] == "!"
            taken.append(Mention(picture, match[number], text[start + 1 : match.start()], start, match.start(number)))
    for match in _ELEMENT.finditer(prose):
        number = next(n for n in (2, 3, 4) if match[n] is not None)
        alt = _ALT.search(match[0])
        words = (alt[1] or alt[2] or "" if alt else "") if match[1].lower() == "img" else _until_closed(prose, match)
        taken.append(Mention(match[1].lower() == "img", match[number], words, match.start(), match.start(number)))
    defined = {_label(m[1]): m for m in reversed(list(_DEFINITION.finditer(prose)))}
    used = set()
    for match in _REFERENCE.finditer(prose) if defined else ():
        label = _label(match[3] or match[2])
        if label in defined:
            used.add(label)
            taken.append(Mention(bool(match[1]), defined[label][2], match[2], match.start(), match.start()))
    for label, match in defined.items():
        if label not in used:
            taken.append(Mention(False, match[2], "", match.start(2), match.start(2)))
    yield from taken
    ends = {mention.at for mention in taken} | {match.start(2) for match in defined.values()}
    for match in _BARE.finditer(prose):
        if match.start() not in ends:
            address = match[0].rstrip(".,;:!?)*_")
            yield Mention(False, address, address, match.start(), match.start())


def _openings(prose: str) -> Mapping[int, int]:
    """Offsets of the brackets that are closed, by those of the closing ones."""
    opened: list[int] = []
    pairs: dict[int, int] = {}
    for match in _BRACKET.finditer(prose):
        if match[0] == "[":
            opened.append(match.start())
        elif opened:
            pairs[match.start()] = opened.pop()
    return pairs


def _until_closed(prose: str, element: re.Match[str]) -> str:
    rest = prose[element.end() : element.end() + _LONGEST]
    end = rest.lower().find(f"</{element[1].lower()}")
    return rest[:end] if end >= 0 else ""


def _label(words: str) -> str:
    return " ".join(words.split()).casefold()


def _addresses(mention: Mention, path: str) -> tuple[str, str]:
    """The address as it is written, and the file that it leads to from a file of this path."""
    written = _plain_address(mention.address)
    file, mark, fragment = written.partition("#")
    return written, posixpath.normpath(posixpath.join(posixpath.dirname(path), file)) + mark + fragment


def _name(address: str) -> str:
    """The name of a file, whatever folder or host it is in."""
    return posixpath.basename(_plain_address(address))


def _plain_address(address: str) -> str:
    return " ".join(unquote(html.unescape(address)).split()).removeprefix("./")


def plain_words(words: str) -> str:
    """Words without Markdown's signs and tags, on one line."""
    return " ".join(html.unescape(_MARKUP.sub("", words)).split())


def _plain(words: str) -> str:
    return plain_words(words).casefold()


def _spellings(text: str) -> tuple[str, ...]:
    """A text as it may be written: as it is, escaped for HTML, percent-encoded or not."""
    plain = html.unescape(text)
    encoded = quote(plain, safe=":/?#@!$&'()*+,;=")
    return tuple(dict.fromkeys((text, plain, html.escape(plain), unquote(plain), encoded)))
