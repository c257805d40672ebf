"""HTML of other programs as a tree, from which goes what is no text, and in which a table is data.

Each element that Markdown has no form for is kept as HTML or left out. What is left out is told, with its line in the
source. What may stand in what is for `tipsheet.archives.nesting` to mend.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, RubyParenthesisString, RubyTextString, Tag

from tipsheet.archives.printing import KEPT, TIGHT

OURS = (KEPT, TIGHT, "footnote-ref", "footnote-text", "data-note")
"""Names of elements and attributes that no source may have."""

__all__ = [
    "BLOCKS", "BOXES", "HEADINGS", "INLINE", "LeftOut", "Tree", "cleaned", "elements", "holds", "lines_of",
    "links_within", "stands_in", "strings", "tree_of",
]  # fmt: skip

BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup",
    "hr", "html", "li", "main", "nav", "ol", "p", "pre", "footnote-text", "kept-html", "section", "summary", "table",
    "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
})  # fmt: skip
BOXES = frozenset({
    "address", "article", "aside", "center", "div", "fieldset", "figcaption", "footer", "form", "header", "main", "nav",
    "section", "html", "body", "hgroup", "details", "summary",
})  # fmt: skip
"""Elements around text that say nothing of it."""
INLINE = frozenset({
    "a", "em", "strong", "del", "code", "abbr", "cite", "dfn", "ins", "kbd", "mark", "q", "samp", "small", "sub", "sup",
    "u", "var",
})  # fmt: skip
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_KNOWN = INLINE | {"img", "br", "footnote-ref"} | BOXES
_WORDLESS = frozenset(
    {"span", "font", "big", "nobr", "tt-x", "bdi", "bdo", "time", "data", "wbr", "noscript", "ruby", "label", "picture"}
)
_RENAMED: Mapping[str, str] = {"b": "strong", "i": "em", "strike": "del", "s": "del", "tt": "code", "acronym": "abbr"}
_GONE = frozenset(
    {"script", "style", "template", "head", "title", "meta", "link", "base", "param", "colgroup", "col", "map"}
)
"""Elements without text for readers."""
_TOLD: Mapping[str, str] = {
    "iframe": "a frame of another site", "video": "a video", "audio": "a sound", "embed": "an embedded program",
    "object": "an embedded program", "canvas": "a drawing of a script", "svg": "a drawing in the page",
    "math": "a formula in MathML", "input": "a form", "button": "a button", "select": "a form", "textarea": "a form",
}  # fmt: skip
"""Elements that cannot come along; an address in them becomes a link."""
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_WIDE = re.compile(r"(?:[ \u00a0]*\u00a0[ \u00a0]+|[ ]+\u00a0[ \u00a0]*|\u00a0{2,})")
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufeff\u200b\u2060\ufdd0-\ufdef\ufffe\uffff\ufff9-\ufffb\u2028\u2029]"
)
_ROWS = frozenset({"thead", "tbody", "tfoot"})
_PARENTS = {
    "tr": _ROWS | {"table"}, "td": {"tr"}, "th": {"tr"}, "dt": {"dl"}, "dd": {"dl"},
    **{name: {"table"} for name in (*_ROWS, "caption")},
}  # fmt: skip
"""Elements that mean nothing elsewhere."""
_PARTS = frozenset({"dl", "table", *_PARENTS})
"""Elements of a table and of a list of terms."""
DEEPEST = 80
"""Elements in each other; deeper ones are taken apart, since nothing reads them."""


_FACTORY = BeautifulSoup("", "lxml")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A thing of a text that does not come along as it was."""

    cause: str
    detail: str = ""
    element: str = ""
    address: str = ""
    """The name and the address of the element in the source."""


@dataclass(slots=True)
class Tree:
    """The body of a text, and what has been left out of it so far."""

    body: Tag
    left: list[LeftOut] = field(default_factory=list)

    def tell(self, cause: str, element: Tag | None, detail: str = "") -> None:
        """Note that something is left out, or changed."""
        if element is None:
            self.left.append(LeftOut(cause, detail))
            return
        address = str(element.get("src") or element.get("href") or element.get("data") or "")
        self.left.append(LeftOut(cause, detail, element.name, address))

    def new(self, name: str, text: str = "", **attributes: str) -> Tag:
        """A new element."""
        made = _FACTORY.new_tag(name, attrs=attributes)
        if text:
            made.append(NavigableString(text))
        return made


def tree_of(html: str) -> Tree:
    """The body of some HTML, whole page or not."""
    soup = BeautifulSoup(f"<div>{html}</div>" if "<body" not in html.lower() else html, "lxml")
    body = soup.body if soup.body is not None else soup.new_tag("body")
    for element in elements(body):
        for name in OURS:
            del element[name]
        if element.name in OURS:
            element.name = "div"
        for name, value in element.attrs.items():
            element[name] = _UNSEEN.sub("", value) if isinstance(value, str) else value
    return Tree(body)


def cleaned(tree: Tree) -> None:
    """Take out what is no text, and give the other elements the names that Markdown has forms for."""
    for step in (
        _shallow,
        _without_hidden,
        _without_programs,
        _plain_names,
        _figures,
        _code,
        _code_in_lines,
        _strays,
        _tables,
        _terms,
    ):
        step(tree)


# Beautiful Soup makes a matcher of every name at each search, which was a third of the time of an import.
def elements(box: Tag, names: Collection[str] | None = None) -> list[Tag]:
    """The elements in another that have one of these names, or any, in their order."""
    found = (part for part in box.descendants if isinstance(part, Tag))
    return [part for part in found if names is None or part.name in names]


def strings(box: Tag) -> list[NavigableString]:
    """The strings in an element, comments too, in their order."""
    return [part for part in box.descendants if isinstance(part, NavigableString)]


def holds(box: Tag, names: Collection[str]) -> bool:
    """Return True for an element in which one of these names stands."""
    return any(isinstance(part, Tag) and part.name in names for part in box.descendants)


def links_within(box: Tag) -> list[Tag]:
    """The links in an element that lead to a place in the same text, in their order."""
    return [link for link in elements(box, {"a"}) if re.match("#.", str(link.get("href") or ""))]


def stands_in(part: PageElement, names: Collection[str]) -> bool:
    """Return True for what stands in an element of one of these names."""
    return any(box.name in names for box in part.parents)


def _block_of(text: NavigableString) -> int:
    return next((id(box) for box in text.parents if box.name in BLOCKS), 0)


def lines_of(tree: Tree) -> Iterator[str]:
    """The words of each block on one line, in their order; those around a block in another are two lines."""
    for _, texts in groupby(strings(tree.body), key=_block_of):
        if line := " ".join(" ".join(texts).split()):
            yield line


def _without_hidden(tree: Tree) -> None:
    """Take out what nobody reads: comments, scripts, styles, hidden text, pixels that count readers."""
    for text in strings(tree.body):
        if isinstance(text, RubyTextString | RubyParenthesisString):
            text.replace_with(NavigableString(str(text)))
        elif type(text) is not NavigableString:
            text.extract()
    for element in elements(tree.body):
        if element.decomposed:
            continue
        hidden = _HIDDEN.search(str(element.get("style") or "")) or element.has_attr("hidden")
        pixel = element.name == "img" and (element.get("width") in ("0", "1") or element.get("height") in ("0", "1"))
        if element.name in _GONE or hidden or pixel:
            if element.name == "script":
                address = _gist(str(element.get("src") or ""))
                tree.tell("a script", element, address)
                if address:
                    element.insert_before(tree.new("a", address, href=address))
            element.decompose()


def _gist(address: str) -> str:
    """The page of the code that a script of GitHub shows, or nothing."""
    found = re.match(r"(?:https?:)?//gist\.github\.com/[\w./-]+?(?=\.js|[?#]|$)", address)
    return re.sub(r"^(?:https?:)?", "https:", found[0]) if found else ""


def _without_programs(tree: Tree) -> None:
    """Put a link where something was that no page or letter of ours shows."""
    for element in elements(tree.body, _TOLD):
        if element.decomposed:
            continue
        source = element.find("source")
        address = str(element.get("src") or element.get("data") or (source.get("src") if source else "") or "")
        if address.startswith("//"):
            address = f"https:{address}"
        what = _TOLD[element.name]
        tree.tell(what, element, address)
        title = str(element.get("title") or element.get("aria-label") or "")
        words = title or _watched(address)
        if element.name in ("svg", "math", "button", "object") and element.get_text(strip=True) and not address:
            element.replace_with(NavigableString(element.get_text(" ", strip=True)))
        elif re.match(r"https?://[^/]", address):
            element.replace_with(tree.new("a", words, href=_watched(address)))
        else:
            element.decompose()


def _watched(address: str) -> str:
    """The address of the page where a person sees what a frame shows."""
    found = re.search(r"youtube(?:-nocookie)?\.com/embed/([\w-]{6,})", address)
    if found:
        return f"https://www.youtube.com/watch?v={found[1]}"
    found = re.search(r"player\.vimeo\.com/video/(\d+)", address)
    return f"https://vimeo.com/{found[1]}" if found else address


def _plain_names(tree: Tree) -> None:
    """Give elements the names that Markdown has forms for; what says nothing is unwrapped."""
    for element in elements(tree.body):
        name = element.name = element.name.lower()
        if name in _RENAMED:
            element.name = _RENAMED[name]
        elif name in _WORDLESS or (name not in _KNOWN and name not in BLOCKS):
            element.unwrap()
    tree.body.smooth()  # blanks of two texts are one
    for text in strings(tree.body):
        words = str(text)
        mended = _UNSEEN.sub("", words)
        if not stands_in(text, {"pre"}):
            mended = _WIDE.sub(" ", mended)
        if mended != words:
            text.replace_with(NavigableString(mended))


def _figures(tree: Tree) -> None:
    """Make the caption of a lone picture its title, which stands below it as its credit."""
    for figure in elements(tree.body, {"figure"}):
        caption, pictures = figure.find("figcaption"), elements(figure, {"img"})
        if (
            caption
            and len(pictures) == 1
            and not holds(caption, {"a", "img", "code"})
            and not holds(figure, {"pre", "table"})
        ):
            words = " ".join(caption.get_text().split())
            if words and not pictures[0].get("title"):
                pictures[0]["title"] = words
                caption.decompose()
        figure.name = "div"


def _code(tree: Tree) -> None:
    """Leave nothing but text in code on lines of its own; pictures in it follow it, and numbers of its lines go."""
    for box in elements(tree.body, {"pre"}):
        if box.decomposed or stands_in(box, {"pre"}):
            continue
        first = next(iter(box.contents), None)
        if isinstance(first, NavigableString) and str(first).startswith("\n"):  # a parser of HTML passes over it
            first.replace_with(NavigableString(str(first)[1:]))
        inside = elements(box)
        box["class"] = " ".join(str(name) for one in (box, *inside) for name in one.get_attribute_list("class") if name)
        pictures = [tree.new("p") for _ in elements(box, {"img"})]
        for paragraph, picture in zip(pictures, elements(box, {"img"}), strict=True):
            paragraph.append(picture.extract())
        for part in inside:
            if part.name == "br" or (part.name in BLOCKS and not part.get_text().endswith("\n")):
                part.append(NavigableString("\n"))
        text = re.sub(r"\r\n?", "\n", box.get_text()).replace("\f", " ")
        box.clear(decompose=True)
        box.append(NavigableString(text))
        box.insert_after(*pictures)
        if not text.strip():
            box.decompose()


def _code_in_lines(tree: Tree) -> None:
    """Leave one code in each other, and none around a link, a picture or a note, which it could not hold."""
    for box in elements(tree.body, _IN_LINES):
        if stands_in(box, {*_IN_LINES, "pre"}) or holds(box, {"a", "img", "footnote-ref", *BLOCKS}):
            box.unwrap()
            continue
        for part in elements(box):
            part.replace_with(" ") if part.name == "br" else part.unwrap()


_IN_LINES = frozenset({"code", "kbd", "samp"})


def _strays(tree: Tree) -> None:
    """Make a box of what stands outside of the element that it belongs into."""
    for part in elements(tree.body, _PARENTS):
        parent = part.find_parent("dl") if part.name in ("dt", "dd") else part.parent
        if parent is None or parent.name not in _PARENTS[part.name]:
            part.name = "div"


def _tables(tree: Tree) -> None:
    """Take apart tables that only lay out a page; keep as HTML those that Markdown cannot write."""
    for table in reversed(elements(tree.body, {"table"})):
        if _is_layout(table):
            for part in elements(table, _PARTS - {"dl", "dt", "dd"}):
                part.name = "div"
            table.name = "div"
    for table in elements(tree.body, {"table"}):
        if not stands_in(table, {"table"}) and not _is_plain(table):
            _keep(tree, table)


def _is_layout(table: Tag) -> bool:
    if table.get("role") in ("presentation", "none") or holds(table, {"table"}):
        return True
    rows = [row.find_all(["td", "th"], recursive=False) for row in elements(table, {"tr"})]
    if holds(table, {"th", "caption", "thead"}):
        return False
    blocks = holds(table, {"p", "h1", "h2", "h3", "h4", "ul", "ol", "blockquote", "pre", "hr"})
    return blocks or max((len(cells) for cells in rows), default=0) < 2  # noqa: PLR2004 - one column is no table


def _is_plain(table: Tag) -> bool:
    """Return True for a table of Markdown (GFM, 4.10): one head, rows of one length, lines of text in its cells."""
    if holds(table, {"caption", "ul", "ol", "pre", "blockquote", "hr", "h1", "h2", "h3", "h4", "dl", "details"}):
        return False
    rows = elements(table, {"tr"})
    widths = {len(row.find_all(["td", "th"], recursive=False)) for row in rows}
    spans = any(
        str(cell.get(name) or "1") != "1" for cell in elements(table, {"td", "th"}) for name in ("colspan", "rowspan")
    )
    heads = [index for index, row in enumerate(rows) if holds(row, {"th"})]
    many = any(len(elements(cell, {"p"})) > 1 for cell in elements(table, {"td", "th"}))
    first = rows[0].find_all(["td", "th"], recursive=False) if rows else []
    mixed = heads == [0] and any(cell.name == "td" for cell in first)
    return (
        bool(rows) and len(widths) == 1 and 0 not in widths and not spans and heads in ([], [0]) and not (many or mixed)
    )


def _keep(tree: Tree, element: Tag) -> None:
    """Keep an element as it is, in HTML, since nothing else says it; but no mark of a footnote is one in HTML."""
    if holds(element, {"footnote-ref"}):
        tree.tell("a table or a list of terms with footnotes, which comes as paragraphs", element)
        for part in (element, *elements(element, _PARTS)):
            part.name = "div"
        return
    kept = tree.new(KEPT)
    element.replace_with(kept)
    kept.append(element)


def _terms(tree: Tree) -> None:
    """Keep lists of terms as HTML."""
    for box in elements(tree.body, {"dl"}):
        if not stands_in(box, {"dl"}) and not stands_in(box, {KEPT}):
            if holds(box, {"dt"}):
                _keep(tree, box)
            else:
                for part in (box, *elements(box, {"dd"})):
                    part.name = "div"


def _shallow(tree: Tree) -> None:
    """Take apart what stands in each other too deep."""
    for element in elements(tree.body):
        if sum(1 for _ in element.parents) > DEEPEST:
            element.unwrap()


_STEPS: tuple[Callable[[Tree], None], ...] = (
    _shallow, _without_hidden, _without_programs, _plain_names, _figures, _code, _code_in_lines, _strays, _tables,
    _terms,
)  # fmt: skip
