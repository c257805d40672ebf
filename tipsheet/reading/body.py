"""One parse of a Markdown body: HTML taken apart into passages, addresses resolved, mistakes collected.

Everything later (pages, feeds, mail, search) selects from the result; nothing is parsed again (C4).
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import lxml.html
from lxml.html import HtmlElement
from markdown import Markdown
from markdown.extensions import Extension

from tipsheet.blocks.extension import INDEX, BlocksExtension
from tipsheet.blocks.kind import Header
from tipsheet.model.audience import EVERYONE, Audience
from tipsheet.model.body import Body, Content, Passage, Prose
from tipsheet.problems import Problem, Where
from tipsheet.reading.merge import field_problems, on_one_line
from tipsheet.reading.names import unknown_segments
from tipsheet.reading.sources import Source
from tipsheet.reading.targets import Targets
from tipsheet.reading.unmarked import UnmarkedExtension

__all__ = ["DIALECT", "BodyReader", "Parsed"]

DIALECT: Mapping[str, Mapping[str, Any]] = {
    "attr_list": {},
    "footnotes": {"BACKLINK_TITLE": "Back to the text"},
    "md_in_html": {},
    "sane_lists": {},
    "tables": {},
    "toc": {"permalink": False},
    "pymdownx.highlight": {"use_pygments": False},
    "pymdownx.magiclink": {},
    "pymdownx.saneheaders": {},
    "pymdownx.superfences": {},
    "pymdownx.tasklist": {},
    "pymdownx.tilde": {"subscript": False},
}
"""Extensions that every publication has (C12); mkdocs.yml adds others and sets options."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A body before its variants are settled: actions are not yet exclusive of each other.

    ``asked`` are the files that it names, in the content folder.
    """

    items: tuple[tuple[Content, tuple[Audience, ...], Where], ...] = ()
    problems: tuple[Problem, ...] = ()
    asked: frozenset[str] = frozenset()

    def body(self) -> Body:
        """As a body, for texts without actions."""
        return Body(tuple(Passage(content, conditions) for content, conditions, _ in self.items))


@dataclass(slots=True)
class BodyReader:
    """Reads bodies with one Markdown program; ``segments`` and ``fields`` are the names that exist."""

    targets: Targets
    zone: ZoneInfo
    segments: Collection[str]
    fields: Collection[str]
    extensions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    _blocks: BlocksExtension = field(init=False)
    _markdown: Markdown = field(init=False)

    def __post_init__(self) -> None:
        self._blocks = BlocksExtension(bare=True)
        names = DIALECT.keys() | self.extensions.keys()
        configs = {name: {**DIALECT.get(name, {}), **self.extensions.get(name, {})} for name in names}
        order = [*DIALECT, *(name for name in self.extensions if name not in DIALECT)]
        extensions = [_extension(name, configs[name]) if name in DIALECT else name for name in order]
        quick = [] if self.extensions.keys() - DIALECT.keys() else [UnmarkedExtension()]
        self._markdown = Markdown(
            extensions=[self._blocks, *quick, *extensions], extension_configs=configs, output_format="html"
        )

    def read(self, source: Source, *, place: str, ids: bool = True) -> Parsed:
        """Parse the body of a file; ``place`` is the kind of file that it is.

        With ``ids`` off, headings and footnotes lose theirs: the text will stand in other pages.
        """
        self._markdown.reset()
        self.targets.asked.clear()
        self._blocks.source = (source.path, source.first_line)
        html = on_one_line(self._markdown.convert(source.body))
        scan = self._blocks.scan
        problems = [*scan.problems, *field_problems(source.body, Where(source.path, source.first_line), self.fields)]
        for header in scan.headers:
            problems += self._audience_problems(header)
            if place not in header.kind.stands_in:
                problems.append(
                    Problem(header.where, "TS109", f"'{header.kind.name}' cannot stand in this kind of file")
                )
        root = lxml.html.fragment_fromstring(html, create_parent="div")
        problems += self._resolve(root, source)
        problems += _footnote_problems(root, scan.headers, source, ids)
        if not ids:
            for element in root.iter():
                element.attrib.pop("id", None)
        passages = tuple(self._passages(root, scan.headers, ()))
        return Parsed(passages, tuple(problems), frozenset(self.targets.asked))

    def _passages(
        self, parent: HtmlElement, headers: tuple[Header, ...], conditions: tuple[Audience, ...]
    ) -> Iterator[tuple[Content, tuple[Audience, ...], Where]]:
        prose: list[str] = []
        start = headers[0].where if headers else Where("")
        for child in parent:
            if child.get(INDEX) is None:
                prose.append(_html(child))
                continue
            if prose:
                yield Prose("\n".join(prose)), conditions, start
                prose = []
            header = headers[int(child.get(INDEX) or 0)]
            inner = conditions if header.audience == EVERYONE else (*conditions, header.audience)
            if header.kind.content is None:
                yield from self._passages(child, headers, inner)
            elif header.options is not None:
                html = "\n".join(_html(part) for part in child)
                yield header.kind.content(header, html, self.zone), inner, header.where
        if prose:
            yield Prose("\n".join(prose)), conditions, start

    def _audience_problems(self, header: Header) -> list[Problem]:
        return unknown_segments(header.audience, self.segments, header.audience_where)

    def _resolve(self, root: HtmlElement, source: Source) -> Iterator[Problem]:
        """Write internal addresses as the model wants them, and give pictures their size."""
        for link in root.iter("a"):
            href = link.get("href")
            if href and not href.startswith("#"):
                address, problem = self.targets.resolve(unquote(href), source.name, _find(source, href))
                link.set("href", address)
                if problem:
                    yield problem
        for picture in root.iter("img"):
            src = picture.get("src") or ""
            where = _find(source, src)
            image, problem = self.targets.image(unquote(src), picture.get("alt") or "", source.name, where)
            if problem:
                yield problem
            if not (picture.get("alt") or "").strip():
                yield Problem(
                    where,
                    "TS016",
                    f"the picture '{src}' has no text for whoever does not see it",
                    "![what it shows](…)",
                )
            if image:
                picture.set("src", f"site:{image.src}")
                picture.set("width", str(image.width))
                picture.set("height", str(image.height))
                if image.dark:
                    picture.set("data-dark", f"site:{image.dark}")


def _html(element: HtmlElement) -> str:
    text: str = lxml.html.tostring(element, encoding="unicode", with_tail=False)
    return text


def _find(source: Source, needle: str) -> Where:
    """Where an address stands in the source, as near as can be told."""
    for word in (needle, unquote(needle)):
        at = source.body.find(f"({word}") if word else -1
        if at >= 0:
            before = source.body[:at]
            return Where(source.path, source.first_line + before.count("\n"), at - before.rfind("\n") + 1)
    return Where(source.path, source.first_line)


def _extension(name: str, config: Mapping[str, Any]) -> Extension:
    """An extension of ours; Markdown would look for its name in everything that is installed first."""
    module = import_module(name if "." in name else f"markdown.extensions.{name}")
    made: Extension = module.makeExtension(**config)
    return made


def _footnote_problems(root: HtmlElement, headers: tuple[Header, ...], source: Source, ids: bool) -> Iterator[Problem]:
    """A footnote's text is printed at the end for everyone, whoever sees its mark (C7)."""
    for mark in root.iter("sup"):
        if not (mark.get("id") or "").startswith("fnref"):
            continue
        block = next((a for a in mark.iterancestors() if a.get(INDEX) is not None), None)
        if block is not None or not ids:
            where = headers[int(block.get(INDEX) or 0)].where if block is not None else source.where
            hint = "write it in brackets"
            yield Problem(
                where, "TS108", "a footnote cannot stand in a block or a note: it would be printed for everyone", hint
            )


_CODE = re.compile(r"<[^>]+>")


def words_in(html: str) -> int:
    """How many words a reader meets."""
    return len(_CODE.sub(" ", html).split())
