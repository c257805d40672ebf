"""The text of an item as the body of our file: links lead on, pictures come along, and the page says what it said.

A Markdown text is kept as it is where our page and CommonMark read it alike. Every other text is printed from its HTML,
then those of its blocks that still differ with emphasis as tags, then as HTML. What cannot be kept at all becomes plain
text. Each of these is tried until the page shows the words and links of the source; the rest is told.
"""

import posixpath
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote

from bs4.element import NavigableString, Tag
from lxml.html import HtmlElement

from tipsheet.archives.fidelity import Signature, commonmark, signature
from tipsheet.archives.item import Form, Item, Left
from tipsheet.archives.links import Addresses, Led
from tipsheet.archives.markdown import Change, kept, without_office
from tipsheet.archives.nesting import lead_to_headings, prepared, with_footnotes
from tipsheet.archives.pictures import Pictures, words_for
from tipsheet.archives.printing import KEPT, as_block_of_html, printed
from tipsheet.archives.trees import (
    HEADINGS,
    LeftOut,
    Tree,
    elements,
    holds,
    lines_of,
    links_within,
    stands_in,
    tree_of,
)
from tipsheet.blocks import BLOCKS, scan_blocks
from tipsheet.blocks.commonmark import list_traps
from tipsheet.blocks.passages import fragment
from tipsheet.blocks.syntax import SLASHES, fences_in_prose
from tipsheet.documents import FORBIDDEN
from tipsheet.problems import Where
from tipsheet.reading.conversion import Converter, TooLongError, bounded
from tipsheet.reading.foreign import foreign_in
from tipsheet.witness import differences

__all__ = ["BodyWriter", "Written"]


@dataclass(frozen=True, slots=True)
class Place:
    """The name of a new file in the content folder; ``language`` is that of a translation."""

    name: str
    language: str = ""

    def seen_from(self, language: str) -> str:
        """The name to link to from a text in this language: that of its original leads to a translation by itself."""
        if not self.language or self.language != language:
            return self.name
        return f"{self.name.removesuffix(f'.{language}.md')}.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A body: its Markdown, what does not come along, and its first words."""

    text: str
    left: tuple[Left, ...]
    summary: str


@dataclass(frozen=True, slots=True)
class _Try:
    """A body written in one way; ``wrong`` are its mistakes, ``unlike`` differences between the page and the source."""

    text: str
    wrong: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    told: int = 0
    """Findings that `tipsheet check` would have."""

    @property
    def rank(self) -> tuple[bool, int, int]:
        """Sorts better ways before worse ones."""
        return bool(self.wrong), len(self.unlike), self.told

    @property
    def right(self) -> bool:
        """Nothing is left to mend."""
        return self.rank == (False, 0, 0)


@dataclass(frozen=True, slots=True)
class BodyWriter:
    """Writes bodies; ``paths`` are the new files by the numbers of their items.

    Items that nobody will see have no path: a link to them would lead nowhere. ``hosts`` are those that a page may
    make its readers ask.
    """

    addresses: Addresses
    pictures: Pictures
    paths: Mapping[int, Place]
    converter: Converter
    hosts: Collection[str] = ()

    def write(self, item: Item, name: str, language: str = "") -> Written:
        """The body of an item whose file has this name in the content folder; a translation has a language."""
        item = replace(item, text=_NO_TEXT.sub(" ", item.text))
        if item.form is Form.MARKDOWN:
            item = replace(item, text=without_office(item.text))
        html = item.text if item.form is Form.HTML else commonmark(item.text, terms=True)
        tree = tree_of(html)
        if item.form is Form.MARKDOWN:
            _name_headings(tree)
        with_footnotes(tree)
        lead_to_headings(tree)
        prepared(tree)
        _without_title(tree, item.title)
        changes = self._relinked(tree, item, Place(name, language))
        left = [Left(_at(item, line), one.cause, one.detail) for one, line in _lines(item, tree.left)]
        wanted = signature(tree.body.decode(formatter="minimal"))
        best = self._best(self._texts(item, tree, changes, top="<h1" in html), wanted, whole=True)
        if best.wrong or best.unlike:
            plain = self._tried(_plain(tree), wanted)
            plain = replace(plain, unlike=(*plain.unlike, "only its words were kept"))
            best = plain if plain.rank[:2] < best.rank[:2] else best
        left += [Left(item.where, "the page says it otherwise", words) for words in best.unlike]
        left += [Left(item.where, "a mistake that check will find", words) for words in best.wrong]
        return Written(text=best.text, left=tuple(dict.fromkeys(left)), summary=_summary(tree.body))

    def _best(self, texts: Iterator[str], wanted: Signature, *, whole: bool = False) -> _Try:
        """The first of these ways to write a text, or a part of one, that is right, or else the one nearest to it."""
        best = self._tried(next(texts), wanted, whole=whole)
        while not best.right and (text := next(texts, None)) is not None:
            best = min(best, self._tried(text, wanted, whole=whole), key=lambda one: one.rank)
        return best

    def _texts(self, item: Item, tree: Tree, changes: Mapping[str, Change], *, top: bool) -> Iterator[str]:
        """The text in each way to write it; ``top`` is True where the source has a heading of the first level."""
        same = ""
        if item.form is Form.MARKDOWN and not any(one.address == "" for one in changes.values()):
            demote = top and "<h1>" in commonmark(kept(item.text, {}, item.title, demote=False))
            same = kept(item.text, changes, item.title, demote=demote)
        trapped = any(True for _ in list_traps(same, "", 1))  # then it is not right, which takes long to see otherwise
        if same and not trapped:
            yield same
        yield printed(tree.body)
        if trapped:
            yield same
        yield "\n\n".join(self._blocks(tree))

    def _blocks(self, tree: Tree) -> Iterator[str]:
        """Each block of the text in the first way in which CommonMark and our page see what is meant."""
        for block in list(tree.body.children):
            if not isinstance(block, Tag):
                continue
            if block.name == "footnote-text" or holds(block, {"footnote-ref"}):
                yield printed(block)  # mark and text of a footnote are read together only
                continue
            wanted = signature(block.decode(formatter="minimal"))
            text = self._best(_ways(block), wanted).text
            if text.strip():
                yield text

    def _tried(self, text: str, wanted: Signature, *, whole: bool = False) -> _Try:
        scan = scan_blocks(text)
        wrong = [problem.message for problem in scan.problems]
        wrong += ["a block of ours"] if scan.text.blocks else []
        try:
            with bounded(len(text)):
                html, _ = self.converter.convert(scan.text.source, {})
            root = fragment(html)
            wrong += self._mistakes(root, html, wanted)
            wrong += [f"an address that leads nowhere: {one}" for one in _lost_places(root)] if whole else []
            unlike = list(wanted.differences(signature(root)))
            told = len(differences(scan.text.source, html, Where("")))
            if unlike or told:  # else GitHub shows what our page does
                unlike += wanted.differences(signature(commonmark(_HEADING_ID.sub(r"\1", text))))
        except (TooLongError, ValueError, RecursionError) as error:
            return _Try(text, (*wrong, str(error) or type(error).__name__))
        told += len(root.findall(".//h1")) + sum(1 for _ in list_traps(scan.text.source, "", 1))
        return _Try(text, tuple(wrong), tuple(dict.fromkeys(unlike)), told)

    def _mistakes(self, root: HtmlElement, html: str, wanted: Signature) -> Iterator[str]:
        """Mistakes that `tipsheet check` would find in a page. Raises ValueError for what no parser of XML can hold."""
        yield from (f"a fence: {line}" for line in fences_in_prose(root, html, BLOCKS))
        yield from (one.message for one in foreign_in(root, self.hosts))
        yield from (f"an address that leads nowhere: {one}" for one in wanted.unknown_in(root))
        yield from ("a picture without words" for one in root.iter("img") if not (one.get("alt") or "").strip())
        yield from ["its lists are nested too deep"] if self.converter.containers.too_deep else []
        yield from ["a merge field"] if self.converter.fields.written else []

    def _relinked(self, tree: Tree, item: Item, place: Place) -> dict[str, Change]:
        """Lead links and pictures on; the changes by the addresses that were there, with none for what is gone."""
        changes: dict[str, Change] = {}
        wanted: set[str] = set()
        for link in elements(tree.body, {"a"}):
            if not (link.has_attr("href") and str(link["href"]).strip()):
                link.unwrap()
                continue
            href = str(link["href"])
            new = self._link(href, item, place, tree, link)
            if new.startswith("#"):
                wanted.add(new[1:])
            if new == href:
                continue
            changes[href] = Change(new)
            if new:
                link["href"] = new
            else:
                link.unwrap()
        for picture in elements(tree.body, {"img"}):
            src = str(picture.get("src") or picture.get("data-src") or "")
            changes |= self._picture(picture, src, item, place.name, tree)
        for part in tree.body.find_all(id=True):
            if str(part["id"]) not in wanted or part.name not in HEADINGS:
                del part["id"]
        return changes

    def _link(self, href: str, item: Item, place: Place, tree: Tree, link: Tag) -> str:
        """The new address of a link, or nothing."""
        led: Led = self.addresses.led(href, item)
        name = place.name
        if led.item is not None:
            path = self.paths[led.item].seen_from(place.language) if led.item in self.paths else ""
            if not path:
                tree.tell("a link to an item that is not published", link, href)
            elif led.fragment:
                tree.tell("a link to a place in another item, which leads to its top", link, href)
            return posixpath.relpath(path, posixpath.dirname(name)) if path else ""
        if led.file:
            return self._file(led.file, name, tree, link)
        if led.fragment and not led.address:
            there = unquote(led.fragment)
            target = tree.body.find(id=there)
            if isinstance(target, Tag) and target.name in HEADINGS and re.fullmatch(r"[\w.:-]+", there):
                return f"#{there}"
            tree.tell("a link to a place in the text that is no heading", link, href)
            return ""
        if led.old:
            tree.tell("a link into the old site, to what is not in the archive", link, led.address)
        elif not led.address:
            tree.tell("a link to what is not in the archive", link, href)
        return led.address

    def _file(self, file: str, name: str, tree: Tree, link: Tag | None) -> str:
        place, reason = self.pictures.file(file)
        if reason:
            tree.tell(reason, link, file)
        return posixpath.relpath(place, posixpath.dirname(name)) if place else ""

    def _picture(self, picture: Tag, src: str, item: Item, name: str, tree: Tree) -> dict[str, Change]:
        """Show the picture from its new place; a link stands for one that does not come along, if it is somewhere."""
        place, reason = self.pictures.place(src, item) if src else ("", "a picture without an address")
        alt, title = (" ".join(str(picture.get(name) or "").split()) for name in ("alt", "title"))
        if not alt or unquote(alt) == unquote(src):  # as docutils writes it
            alt = words_for(src)
            tree.tell("a picture without words, which has the name of its file for words", picture, alt)
        alt, title = (re.sub(rf"[{SLASHES}]{{2,}}", "/", words) for words in (alt, title))
        alt = re.sub(r"[\[\]\\`*_<>|{}@]+", " ", alt).strip() or "Picture"
        if title and _said(title) == _said(alt):
            title = ""  # it would be read out twice
        if place:
            new = posixpath.relpath(place, posixpath.dirname(name))
            changed = str(picture.get("alt") or "").strip() in ("", src)
            picture.attrs.clear()
            picture["src"], picture["alt"], picture["title"] = new, alt, title
            return {src: Change(new, alt if changed else "")}
        tree.tell(reason, picture, src)
        led = self.addresses.led(src, item)
        inside = stands_in(picture, {"a"})
        if led.address.startswith("http") and not inside:
            picture.replace_with(tree.new("a", alt, href=led.address))
        else:
            picture.replace_with(NavigableString(alt))
        return {src: Change("")}


_NO_TEXT = re.compile(f"{FORBIDDEN.pattern}|[\ufdd0-\ufdef]")
"""Characters that no text may hold, those of our own marks among them."""


def _lost_places(root: HtmlElement) -> Iterator[str]:
    """Addresses of places in a page that are not there: each program names headings in its own way.

    The way back from a footnote is none of the text's.
    """
    ids = {name for one in root.iter() if (name := one.get("id"))}
    for link in root.iter("a"):
        address = "" if link.get("class") == "footnote-backref" else link.get("href") or ""
        if address.startswith("#") and len(address) > 1 and ids.isdisjoint((address[1:], unquote(address[1:]))):
            yield address


def _ways(block: Tag) -> Iterator[str]:
    """Ways to write a block, the plainest first."""
    yield printed(block)
    yield printed(block, plain_emphasis=True)
    yield as_block_of_html(block)


def _lines(item: Item, left: Sequence[LeftOut]) -> Iterator[tuple[LeftOut, int]]:
    """Each thing with its line in the text: that of its address, of its words or of its tag, or else the first."""
    ends: dict[str, int] = {}
    source = item.source or (item.text if item.form is Form.MARKDOWN else "")
    for one in left:
        name = unquote(one.address).rstrip("/").rpartition("/")[2]  # as a sign of a generator has it
        known = filter(None, (one.address, unquote(one.address), one.detail, name))
        at = next((at for words in known if (at := source.find(words)) >= 0), -1)
        tag = re.compile(rf"<{re.escape(one.element)}\b", re.IGNORECASE)
        if at < 0 and one.element and (found := tag.search(source, ends.get(one.element, 0))):
            at = found.start()
        if at >= 0 and one.element:
            ends[one.element] = at + 1
        yield one, source.count("\n", 0, max(at, 0)) + 1


def _at(item: Item, line: int) -> Where:
    return Where(item.where.path, item.where.line + line - 1)


def _without_title(tree: Tree, title: str) -> None:
    """Take out a first heading that says the title again: the page shows it above the text."""
    first = tree.body.find(True)
    if isinstance(first, Tag) and first.name in ("h2", "h1") and _said(first.get_text()) == _said(title):
        first.decompose()


def _said(text: str) -> str:
    return " ".join(text.split()).casefold()


_HEADING_ID = re.compile(r"^( {0,3}#{1,6}[ \t].*?)[ \t]*(?<!\\)\{:?[ \t]*#[\w.:-]+[^{}\n]*\}[ \t]*$", re.MULTILINE)
_ID_BEHIND = re.compile(r"\s*\{:?\s*#([\w.:-]+)[^{}]*\}\s*$")


def _name_headings(tree: Tree) -> None:
    """Give headings the ids that stand behind them, or that generators make of their words, so that links can lead."""
    taken: set[str] = set()
    wanted = {unquote(str(link["href"])[1:]) for link in links_within(tree.body)}
    for heading in elements(tree.body, HEADINGS):
        last = heading.contents[-1] if heading.contents else None
        named = _ID_BEHIND.search(str(last)) if isinstance(last, NavigableString) else None
        if named and last is not None:
            last.replace_with(NavigableString(str(last)[: named.start()]))
            heading["id"] = named[1]
            taken.add(named[1])
        plain = re.sub(r"[^\w\- ]", "", heading.get_text().strip().lower())
        forms = (
            plain.replace(" ", "-"),
            re.sub(r"[- ]+", "-", plain).strip("-"),
            re.sub(r"^[^a-z]+", "", plain).replace(" ", "-"),
        )
        words = next((form for form in forms if form in wanted), forms[0])  # GitHub, Python-Markdown, kramdown
        if words and words not in taken and not heading.get("id"):
            heading["id"] = words
            taken.add(words)


def _plain(tree: Tree) -> str:
    """The words alone, a paragraph for those of each block."""
    return "\n\n".join(printed(_paragraph(tree, line)) for line in lines_of(tree))


def _paragraph(tree: Tree, words: str) -> Tag:
    box = tree.new("div")
    box.append(tree.new("p", words))
    return box


SHORTEST, LONGEST = 40, 150


def _summary(body: Tag) -> str:
    """The first words of a text, one or two sentences of them."""
    words = ""
    for paragraph in elements(body, {"p"}):
        if not stands_in(paragraph, {KEPT, "li", "footnote-text"}):
            parts = (" " if isinstance(part, Tag) and part.name == "br" else part for part in paragraph.descendants)
            said = "".join(str(part) for part in parts if not isinstance(part, Tag))
            line = " ".join(said.split())
            if len(line) < SHORTEST and re.search(r"\b(?:19|20)\d\d\b", line) and not words:
                continue  # a line with the date
            words = f"{words} {line}".strip()
        if len(words) >= SHORTEST:
            break
    if len(words) <= LONGEST:
        return words
    cut = words[:LONGEST]
    sentence = max(cut.rfind(mark) for mark in (". ", "! ", "? "))
    if sentence >= SHORTEST:
        return cut[: sentence + 1]
    return cut.rpartition(" ")[0].rstrip(",;:- ") + "…"
