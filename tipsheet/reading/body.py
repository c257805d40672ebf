"""One parse of a Markdown body: each of its texts converted by itself, addresses resolved, mistakes collected.

A body is cut at its blocks before it is parsed (`tipsheet.blocks.passages`), so no parse ever holds text for different
readers (K1). Everything later (pages, feeds, mail, search) selects from the result; nothing is parsed again (C4).
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape as html_escape
from typing import Any, cast
from zoneinfo import ZoneInfo

import lxml.etree
import lxml.html
from lxml.html import HtmlElement

from tipsheet.blocks import BLOCKS, scan_blocks
from tipsheet.blocks.commonmark import list_traps
from tipsheet.blocks.kind import Header
from tipsheet.blocks.passages import Block, Text, fragment, placeholders, separate_ids
from tipsheet.blocks.syntax import fences_in_prose
from tipsheet.limits import LIMITS
from tipsheet.model.audience import EVERYONE, Audience
from tipsheet.model.body import Action, Body, Passage, Prose
from tipsheet.model.post import Image
from tipsheet.problems import Evidence, Problem, Sign, Where, did_you_mean
from tipsheet.reading.conversion import Converter
from tipsheet.reading.foreign import foreign_in, foreign_problems
from tipsheet.reading.line_breaks import join_lines
from tipsheet.reading.merge import field_problems
from tipsheet.reading.sources import Source
from tipsheet.reading.targets import Targets

__all__ = ["BodyReader", "Parsed"]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A body whose actions are not yet exclusive of each other, and the place of each of its passages.

    ``asked`` are the files that it names, in the content folder.
    """

    body: Body = field(default_factory=Body)
    places: tuple[Where, ...] = ()
    problems: tuple[Problem, ...] = ()
    asked: frozenset[str] = frozenset()

    def actions(self) -> Iterator[tuple[int, Action, Where]]:
        """The actions, each with the index of its passage and its place."""
        for index, (passage, where) in enumerate(zip(self.body.passages, self.places, strict=True)):
            if isinstance(passage.content, Action):
                yield index, passage.content, where


@dataclass(slots=True)
class BodyReader:
    """Reads bodies with one Markdown program; ``segments`` and ``fields`` are the names that exist.

    ``allow`` are the hosts that a page may make its readers ask (K7). With ``witness`` each text is compared with
    CommonMark's reading of it.
    """

    targets: Targets
    zone: ZoneInfo
    segments: Collection[str]
    fields: Collection[str]
    extensions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    allow: Collection[str] = ()
    witness: bool = False
    _converter: Converter = field(init=False)
    _stock: Converter = field(init=False)

    def __post_init__(self) -> None:
        self._converter = self._stock = Converter(self.extensions)
        if self.witness and self.extensions:
            self._stock = Converter({})

    def read(self, source: Source, *, place: str, ids: bool = True) -> Parsed:
        """Parse the body of a file; ``place`` is the kind of file that it is.

        With ``ids`` off, headings and footnotes lose theirs: the text will stand in other pages.
        """
        self.targets.asked.clear()
        scan = scan_blocks(self._included(source.body), source.path, source.first_line)
        problems = list(scan.problems)
        lines = source.body.split("\n") if "@@" in source.body else []
        for header in scan.headers:
            problems += self.unknown_segments(header.audience, header.audience_where)
            problems += self._header_fields(header, source, lines)
            if place not in header.kind.stands_in:
                problems.append(
                    Problem(header.where, "TS109", f"'{header.kind.name}' cannot stand in this kind of file")
                )
        reading = _Reading(reader=self, source=source, ids=ids, notes=_defined_notes(scan.text), problems=problems)
        found = tuple(reading.passages(scan.text, (), {}))
        body = Body(tuple(passage for passage, _ in found))
        return Parsed(body, tuple(where for _, where in found), tuple(problems), frozenset(self.targets.asked))

    def _included(self, body: str) -> str:
        """The body with the files that ``pymdownx.snippets`` includes, which may hold blocks."""
        if "8<-" not in body or "snippet" not in self._converter.markdown.preprocessors:
            return body
        snippets: Any = self._converter.markdown.preprocessors["snippet"]
        # what it appends to every text is appended when the text is converted
        appended, snippets.auto_append = snippets.auto_append, []
        try:
            return "\n".join(snippets.run(body.split("\n")))
        finally:
            snippets.auto_append = appended

    def unknown_segments(self, audience: Audience, where: Where) -> list[Problem]:
        """The segments that an audience names and mkdocs.yml does not declare."""
        return [
            Problem(where, "TS201", f"unknown segment '{name}'", did_you_mean(name, self.segments) or _DECLARE)
            for name in sorted(audience.names() - set(self.segments))
        ]

    def differences(self, text: Text, html: str, definitions: Mapping[str, Any], source: Source) -> tuple[Problem, ...]:
        """Places where GitHub shows the text otherwise than we do.

        Extensions of mkdocs.yml do what its editor wants, so a text is compared as it is without them.
        """
        if not self.witness:
            return ()
        from tipsheet.witness import differences  # noqa: PLC0415 - a build does not ask it

        if self._stock is not self._converter:
            html, _ = self._stock.convert(text.source, definitions)
        return differences(text.source, html, Where(source.path, text.first_line), definitions)

    def convert(self, text: Text, definitions: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
        """The HTML of one text, and its link definitions; ``definitions`` are those of the text around it."""
        return self._converter.convert(text.source, definitions)

    def structure_problems(self, text: Text, source: Source) -> Iterator[Problem]:
        """Mistakes in the structure of the text that was converted last."""
        for line in self._converter.containers.too_deep:
            where = Where(source.path, text.first_line + line)
            yield Problem(where, "TS113", LIMITS["lists"].message, LIMITS["lists"].remedy)
        yield from list_traps(text.source, source.path, text.first_line)
        yield from field_problems(text.source, Where(source.path, text.first_line), self.fields, self._converter.fields)

    def _header_fields(self, header: Header, source: Source, lines: Sequence[str]) -> Iterator[Problem]:
        """Mistakes in the merge fields of a block's header, which stands in one of these lines."""
        line = lines[header.where.line - source.first_line :][:1]
        yield from field_problems("".join(line), Where(source.path, header.where.line), self.fields)

    def resolve(self, root: HtmlElement, source: Source) -> Iterator[Problem]:
        """Write internal addresses as the model wants them, and give pictures their size."""
        for link in root.iter("a"):
            href = link.get("href")
            if href and not href.startswith("#"):
                address, problem = self.targets.resolve(href, source.name, source.where)
                link.set("href", address)
                if problem:
                    yield replace(problem, evidence=(Evidence(Sign.LINK, href, str(link.text_content())),))
        for picture in root.iter("img"):
            src = picture.get("src") or ""
            alt = picture.get("alt") or ""
            seen = (Evidence(Sign.PICTURE, src, alt),)
            image, problem = self.targets.image(src, alt, source.name, source.where)
            if problem:
                yield replace(problem, evidence=seen)
            if not alt.strip():
                message = f"the picture '{src}' has no text for whoever does not see it"
                yield Problem(source.where, "TS016", message, "![what it shows](…)", evidence=seen)
            for name in _OURS:
                picture.attrib.pop(name, None)
            if image:
                picture.set("src", f"site:{image.src}")
                _measure(picture, image.width, image.height)
                _offer(picture, image)


def _html(element: HtmlElement) -> str:
    text = lxml.etree.tostring(element, method="html", encoding="unicode", with_tail=False)
    # lxml.html takes out what a parser of documents has put in, at the price of a search through each element
    return text if "<meta" not in text else str(lxml.html.tostring(element, encoding="unicode", with_tail=False))


_OURS = ("data-dark", "data-letter", "data-copies", "data-dark-letter", "data-dark-copies")


def _offer(picture: HtmlElement, image: Image) -> None:
    """Say which other files show the picture: copies for letters and for pages, and those of its dark variant."""
    values = [f"site:{path}" if path else "" for path in (image.dark, image.copies.letter, image.dark_copies.letter)]
    dark, letter, dark_letter = values
    pages, dark_pages = (copies.addresses("site:") for copies in (image.copies, image.dark_copies))
    if "srcset" in picture.attrib or next(picture.iterancestors("picture"), None) is not None:
        pages = ""  # its writer says which file stands where
    for name, value in zip(_OURS, (dark, letter, pages, dark_letter, dark_pages), strict=True):
        if value:
            picture.set(name, value)


def _measure(picture: HtmlElement, width: int, height: int) -> None:
    """Give a picture its size where nothing is written; of one written measure in px the other follows."""
    written = {name: picture.get(name) for name in ("width", "height") if picture.get(name)}
    if not written:
        picture.attrib.update({"width": str(width), "height": str(height)})
    elif len(written) == 1:
        ((name, value),) = written.items()
        other, share = ("height", height / width) if name == "width" else ("width", width / height)
        if (px := _PX.fullmatch(value)) and int(px[1]):
            picture.attrib.update({name: px[1], other: str(max(1, round(int(px[1]) * share)))})


@dataclass(slots=True, kw_only=True)
class _Reading:
    """One body on its way through a reader, text by text, the outer one first.

    ``notes`` are the lines that define footnotes, by name, each with its text.
    """

    reader: BodyReader
    source: Source
    ids: bool
    notes: Mapping[str, Text]
    problems: list[Problem]
    taken: dict[str, set[str]] = field(default_factory=dict)

    def passages(
        self, text: Text, conditions: tuple[Audience, ...], definitions: Mapping[str, Any], header: Header | None = None
    ) -> Iterator[tuple[Passage, Where]]:
        """The passages of a text and of the blocks in it with their places, in reading order."""
        root, placed, known = self.converted(text, conditions, definitions, header)
        run: list[str] = [_escaped(root.text)] if (root.text or "").strip() else []
        start = Where(self.source.path, text.first_line)
        for child in root:
            index = placed.get(child)
            if index is None:
                run.append(_html(child))
            else:
                if run:
                    yield Passage(Prose("\n".join(run)), conditions), start
                    run = []
                yield from self.block(text.blocks[index], conditions, known)
            if (child.tail or "").strip():
                run.append(_escaped(child.tail))
        if run:
            yield Passage(Prose("\n".join(run)), conditions), start

    def block(
        self, block: Block, conditions: tuple[Audience, ...], definitions: Mapping[str, Any]
    ) -> Iterator[tuple[Passage, Where]]:
        """The value of a block, such as an action, or the passages in it under one condition more."""
        header = block.header
        audience = header.audience if header is not None else EVERYONE
        inner = conditions if audience == EVERYONE else (*conditions, audience)
        if header is None or header.kind.content is None:
            # text whose block is in doubt is read for its mistakes; with one of them nothing is published
            yield from self.passages(block.text, inner, definitions)
            return
        found = list(self.passages(block.text, inner, definitions, header))
        if header.options is not None:
            html = "\n".join(passage.content.html for passage, _ in found)
            yield Passage(header.kind.content(header, html, self.reader.zone), inner), header.where

    def converted(
        self, text: Text, conditions: tuple[Audience, ...], definitions: Mapping[str, Any], header: Header | None
    ) -> tuple[HtmlElement, Mapping[HtmlElement, int], Mapping[str, Any]]:
        """The elements of a text, those that stand for blocks, and the link definitions of it."""
        html, known = self.reader.convert(text, definitions)
        self.problems += self.reader.differences(text, html, definitions, self.source)
        try:
            root = fragment(html)
        except ValueError as error:
            where = Where(self.source.path, text.first_line)
            message = f"the HTML in this text cannot be read: {error}"
            seen = Evidence(Sign.TEXT, text.source[text.source.find("<") :][:40].partition("\n")[0])
            self.problems.append(Problem(where, "TS115", message, "write it in Markdown", evidence=(seen,)))
            root = fragment("")
        join_lines(root, html)
        held = list(root.iter())  # noqa: F841 - lxml makes elements anew for each walk unless somebody holds them
        placed, lost = placeholders(root, html, text)
        self.problems += lost
        self.problems += foreign_problems(
            foreign_in(root, self.reader.allow), text.source, Where(self.source.path, text.first_line)
        )
        self.problems += self.reader.structure_problems(text, self.source)
        self.problems += self.printed_fences(root, html, text)
        self.problems += self.footnote_problems(root, text, header)
        self.problems += self.reader.resolve(root, self.source)
        if self.ids:
            separate_ids(root, self.taken, "-".join(_ID.sub(".", str(condition)) for condition in conditions))
        else:
            for element in root.iter():
                element.attrib.pop("id", None)
        return root, placed, known

    def printed_fences(self, root: HtmlElement, html: str, text: Text) -> Iterator[Problem]:
        """Fences that have come out as prose (K2)."""
        for line in fences_in_prose(root, html, BLOCKS):
            where = self.line_of(text, line)
            if not any(p.where.line == where.line and p.code in {"TS107", "TS114", "TS101"} for p in self.problems):
                hint = "write it as code if it is meant to be read"
                yield Problem(where, "TS114", f"'{line}' looks like the fence of a block, and it opens none", hint)

    def footnote_problems(self, root: HtmlElement, text: Text, header: Header | None) -> Iterator[Problem]:
        """Footnotes whose mark and text stand in different texts, or where their text cannot be printed (C7)."""
        if not self.notes:
            return
        here = text.first_line
        if not self.ids or header is not None:
            for mark in root.iter("sup"):
                if (mark.get("id") or "").startswith("fnref"):
                    where = header.where if header is not None else Where(self.source.path, here)
                    seen = Evidence(Sign.TEXT, f"[^{str(mark.get('id')).partition(':')[2]}]")
                    message = "a footnote cannot stand in an action, an event or a note: these stand on other pages too"
                    yield Problem(where, "TS108", message, "write it in brackets", evidence=(seen,))
                    break
        for name in {found[1] for found in _NOTE_MARK.finditer(_without_code(root)) if found[1] in self.notes}:
            defined = self.notes[name]
            if defined is not text:
                message = f"the footnote '{name}' is defined in another text, whose readers may be others"
                where = self.line_of(text, f"[^{name}]")
                yield Problem(where, "TS108", message, f"write [^{name}]: … in the block where its mark stands")

    def line_of(self, text: Text, words: str) -> Where:
        """The line of a text that holds these words, or its first."""
        for number, line in enumerate(text.source.split("\n")):
            if words in line:
                return Where(self.source.path, text.first_line + number, line.index(words) + 1)
        return Where(self.source.path, text.first_line)


_DECLARE = "declare it in mkdocs.yml"
_PX = re.compile(r"\s*([0-9]{1,5})\s*(?:px)?\s*")
_ID = re.compile(r"[^\w-]+")
_NOTE = re.compile(r"^ {0,3}\[\^([^\]\n]+)\]:", re.MULTILINE)
_NOTE_MARK = re.compile(r"\[\^([^\]\n]+)\]")


def _defined_notes(text: Text) -> Mapping[str, Text]:
    """The footnotes that are defined in a text and in the blocks in it."""
    texts = [text, *(block.text for block in text.all_blocks())]
    return {name: one for one in texts if "[^" in one.source for name in _NOTE.findall(one.source)}


def _without_code(root: HtmlElement) -> str:
    pieces = cast("list[str]", root.xpath(".//text()[not(ancestor::code or ancestor::pre)]"))
    return "\n".join(pieces)


def _escaped(text: str | None) -> str:
    return html_escape(text or "", quote=False)
