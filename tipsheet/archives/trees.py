"""HTML of other programs made ready to be printed as Markdown: what is no text goes, what is layout is taken apart.

After it, text stands in paragraphs, headings, cells and code only, a table is data, and each element that Markdown has
no form for is kept as HTML or left out. What is left out is told, with its line in the source.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from urllib.parse import urlsplit

from bs4 import BeautifulSoup
from bs4.element import Comment, NavigableString, PageElement, Tag

from tipsheet.archives.printing import KEPT, TIGHT

__all__ = ["LeftOut", "Tree", "lines_of", "prepared", "tree_of"]

BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav",
    "ol", "p", "pre", "footnote-text", "kept-html", "section", "summary", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "ul",
})  # fmt: skip
_BOXES = frozenset({
    "address", "article", "aside", "center", "div", "fieldset", "figcaption", "footer", "form", "header", "main", "nav",
    "section", "html", "body", "hgroup", "picture", "details", "summary", "label",
})  # fmt: skip
"""Elements around text that say nothing of it."""
_WORDLESS = frozenset({"span", "font", "big", "nobr", "tt-x", "bdi", "bdo", "time", "data", "wbr", "noscript", "ruby"})
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
DEEPEST = 80
"""Elements in each other; deeper ones are taken apart, since nothing reads them."""


_FACTORY = BeautifulSoup("", "lxml")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A thing of a text that does not come along as it was, with its line in the text of the source."""

    cause: str
    line: int = 1
    detail: str = ""


@dataclass(slots=True)
class Tree:
    """The body of a text, and what has been left out of it so far."""

    body: Tag
    left: list[LeftOut] = field(default_factory=list)

    def tell(self, cause: str, element: Tag | None, detail: str = "") -> None:
        """Note that something is left out, or changed."""
        self.left.append(LeftOut(cause, (element.sourceline if element else None) or 1, detail))

    def new(self, name: str, text: str = "", **attributes: str) -> Tag:
        """A new element."""
        made = _FACTORY.new_tag(name, attrs=attributes)
        if text:
            made.append(NavigableString(text))
        return made


def tree_of(html: str) -> Tree:
    """The body of some HTML, whole page or not."""
    soup = BeautifulSoup(f"<div>{html}</div>" if "<body" not in html.lower() else html, "lxml")
    body = soup.body
    return Tree(body if body is not None else soup.new_tag("body"))


def prepared(tree: Tree) -> Tree:
    """The same tree, ready to be printed."""
    for step in _STEPS:
        step(tree)
    return tree


def lines_of(tree: Tree) -> Iterator[str]:
    """The words of each block on one line, in their order; those around a block in another are two lines."""
    for _, texts in groupby(tree.body.find_all(string=True), key=lambda text: id(text.find_parent(list(BLOCKS)))):
        if line := " ".join(" ".join(texts).split()):
            yield line


def _without_hidden(tree: Tree) -> None:
    """Take out what nobody reads: comments, scripts, styles, hidden text, pixels that count readers."""
    for text in list(
        tree.body.find_all(string=lambda one: isinstance(one, Comment) or type(one) is not NavigableString)
    ):
        if type(text) is not NavigableString:
            text.extract()
    for element in list(tree.body.find_all(True)):
        if element.decomposed:
            continue
        hidden = _HIDDEN.search(str(element.get("style") or "")) or element.has_attr("hidden")
        pixel = element.name == "img" and (element.get("width") in ("0", "1") or element.get("height") in ("0", "1"))
        if element.name in _GONE or hidden or pixel:
            if element.name == "script":
                tree.tell("a script", element)
            element.decompose()


def _without_programs(tree: Tree) -> None:
    """Put a link where something was that no page or letter of ours shows."""
    for element in list(tree.body.find_all(list(_TOLD))):
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
        elif urlsplit(address).scheme in ("http", "https"):
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
    for element in list(tree.body.find_all(True)):
        name = element.name = element.name.lower()
        if name in _RENAMED:
            element.name = _RENAMED[name]
        elif name in _WORDLESS or (name not in _KNOWN and name not in BLOCKS):
            element.unwrap()
    for text in list(tree.body.find_all(string=True)):
        words = str(text)
        mended = _UNSEEN.sub("", words)
        if text.find_parent("pre") is None:
            mended = _WIDE.sub(" ", mended)
        if mended != words:
            text.replace_with(NavigableString(mended))


def _figures(tree: Tree) -> None:
    """Make the caption of a lone picture its title, which stands below it as its credit."""
    for figure in list(tree.body.find_all("figure")):
        caption, pictures = figure.find("figcaption"), figure.find_all("img")
        if (
            caption
            and len(pictures) == 1
            and not caption.find(["a", "img", "code"])
            and not figure.find(["pre", "table"])
        ):
            words = " ".join(caption.get_text().split())
            if words and not pictures[0].get("title"):
                pictures[0]["title"] = words
                caption.decompose()
        figure.name = "div"


def _tables(tree: Tree) -> None:
    """Take apart tables that only lay out a page; keep as HTML those that Markdown cannot write."""
    for table in reversed(tree.body.find_all("table")):
        if _is_layout(table):
            for part in list(table.find_all(["table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption"])):
                part.name = "div"
            table.name = "div"
    for table in list(tree.body.find_all("table")):
        if table.find_parent("table") is None and not _is_plain(table):
            _keep(tree, table)


def _is_layout(table: Tag) -> bool:
    if table.get("role") in ("presentation", "none") or table.find("table") is not None:
        return True
    rows = [row.find_all(["td", "th"], recursive=False) for row in table.find_all("tr")]
    if table.find(["th", "caption", "thead"]) is not None:
        return False
    blocks = table.find(["p", "h1", "h2", "h3", "h4", "ul", "ol", "blockquote", "pre", "hr"]) is not None
    return blocks or max((len(cells) for cells in rows), default=0) < 2  # noqa: PLR2004 - one column is no table


def _is_plain(table: Tag) -> bool:
    """Return True for a table of Markdown (GFM, 4.10): one head, rows of one length, lines of text in its cells."""
    if (
        table.find(["caption", "ul", "ol", "pre", "blockquote", "hr", "h1", "h2", "h3", "h4", "dl", "details"])
        is not None
    ):
        return False
    rows = table.find_all("tr")
    widths = {len(row.find_all(["td", "th"], recursive=False)) for row in rows}
    spans = any(
        str(cell.get(name) or "1") != "1" for cell in table.find_all(["td", "th"]) for name in ("colspan", "rowspan")
    )
    heads = [index for index, row in enumerate(rows) if row.find("th") is not None]
    many = any(len(cell.find_all("p")) > 1 for cell in table.find_all(["td", "th"]))
    first = rows[0].find_all(["td", "th"], recursive=False) if rows else []
    mixed = heads == [0] and any(cell.name == "td" for cell in first)
    return (
        bool(rows) and len(widths) == 1 and 0 not in widths and not spans and heads in ([], [0]) and not (many or mixed)
    )


def _keep(tree: Tree, element: Tag) -> None:
    """Keep an element as it is, in HTML, since nothing else says it; attributes that nobody needs go."""
    kept = tree.new(KEPT)
    element.replace_with(kept)
    kept.append(element)
    for part in (element, *element.find_all(True)):
        part.attrs = {name: value for name, value in part.attrs.items() if name in _ATTRIBUTES}


_ATTRIBUTES = frozenset(
    {"href", "src", "alt", "title", "colspan", "rowspan", "scope", "start", "width", "height", "id"}
)


def _terms(tree: Tree) -> None:
    """Keep lists of terms as HTML."""
    for box in list(tree.body.find_all("dl")):
        if box.find_parent("dl") is None and not box.find_parent(KEPT):
            if box.find("dt"):
                _keep(tree, box)
            else:
                box.name = "div"


def _lists(tree: Tree) -> None:
    """Put what stands in a list and in no item into one."""
    for box in list(tree.body.find_all(["ul", "ol"])):
        if box.has_attr("reversed") or (box.name == "ol" and str(box.get("type") or "1") in "aAiI" and box.get("type")):
            tree.tell("the kind of numbers of a list", box)
        for child in list(box.children):
            name = child.name if isinstance(child, Tag) else ""
            if name == "li" or not (name or str(child).strip()):
                continue
            before = child.find_previous_sibling("li")
            if name in ("ul", "ol") and isinstance(before, Tag):
                before.append(child.extract())
            else:
                child.wrap(tree.new("li"))
    for item in list(tree.body.find_all("li")):
        if item.parent is None or item.parent.name not in ("ul", "ol"):
            item.wrap(tree.new("ul"))


def _inside_out(tree: Tree) -> None:
    """Take inline elements from around blocks, which no Markdown can say: a link stays in each of the blocks."""
    for element in reversed(tree.body.find_all(list(_INLINE))):
        if element.find(list(BLOCKS)) is None or element.find_parent([KEPT, "pre"]):
            continue
        if element.name == "a" and element.get("href"):
            for run in list(_runs(element)):
                link = tree.new("a", href=str(element["href"]))
                run[0].insert_before(link)
                for node in run:
                    link.append(node.extract())
        element.unwrap()


def _runs(element: Tag) -> Iterator[list[PageElement]]:
    """Rows of inline nodes between the blocks, however deep."""
    for box in (element, *element.find_all(list(BLOCKS))):
        if box.name not in ("ul", "ol", "table", "tr", "tbody", "thead", "pre"):
            yield from _rows(box)


def _rows(box: Tag) -> Iterator[list[PageElement]]:
    row: list[PageElement] = []
    for child in list(box.children):
        inline = not (isinstance(child, Tag) and (child.name in BLOCKS or child.find(list(BLOCKS)) is not None))
        if inline:
            row.append(child)
            continue
        if _says(row):
            yield row
        row = []
    if _says(row):
        yield row


def _says(row: list[PageElement]) -> bool:
    return any(
        (isinstance(node, Tag) and (node.name == "img" or node.find("img") is not None or node.get_text(strip=True)))
        or (isinstance(node, NavigableString) and str(node).strip())
        for node in row
    )


def _headings(tree: Tree) -> None:
    """Begin with headings of the second level, since the title of the page is the first."""
    found = [box for box in tree.body.find_all(re.compile(r"^h[1-6]$")) if not box.find_parent(KEPT)]
    for box in found:
        if not box.get_text(strip=True) and box.find("img") is not None:
            box.name = "p"
        if box.find_parent(["td", "th"]):
            box.name = "strong"
        for part in list(box.find_all(["p", "div"])):
            part.unwrap()
    if any(box.name == "h1" for box in found):
        for box in found:
            if box.name.startswith("h"):
                box.name = f"h{min(int(box.name[1]) + 1, 6)}"


def _paragraphs(tree: Tree) -> None:
    """Put loose text into paragraphs."""
    for box in (tree.body, *tree.body.find_all(list(_BOXES | {"blockquote", "li", "footnote-text"}))):
        if box.find_parent([KEPT, "pre"]) or box.decomposed:
            continue
        for row in list(_rows(box)):
            paragraph = tree.new("p")
            if box.name == "li":
                paragraph[TIGHT] = ""
            row[0].insert_before(paragraph)
            for node in row:
                paragraph.append(node.extract())


def _flat(tree: Tree) -> None:
    """Take apart boxes, in cells those of paragraphs too; two line breaks end a paragraph."""
    for cell in list(tree.body.find_all(["td", "th"])):
        if not cell.find_parent(KEPT):
            for part in list(cell.find_all(["p", "div", "center"])):
                part.unwrap()
    for box in list(tree.body.find_all(list(_BOXES - {"body"}))):
        if not box.find_parent(KEPT):
            box.unwrap()
    for paragraph in list(tree.body.find_all("p")):
        if not paragraph.find_parent(KEPT):
            _split(tree, paragraph)


def _split(tree: Tree, paragraph: Tag) -> None:
    """Make two paragraphs where two line breaks stand: this is how some editors write one."""
    if paragraph.find("br") is None or paragraph.has_attr(TIGHT):
        return
    children, current = list(paragraph.children), tree.new("p")
    paragraph.insert_before(current)
    breaks = 0
    for child in children:
        if isinstance(child, Tag) and child.name == "br":
            breaks += 1
            continue
        if isinstance(child, NavigableString) and not str(child).strip() and breaks:
            continue
        if breaks == 1 and current.contents:
            current.append(tree.new("br"))
        elif breaks > 1 and current.contents:
            after = tree.new("p")
            current.insert_after(after)
            current = after
        breaks = 0
        current.append(child.extract())
    paragraph.decompose()


def _deep(tree: Tree) -> None:
    for element in list(tree.body.find_all(True)):
        if sum(1 for _ in element.parents) > DEEPEST:
            element.unwrap()


_INLINE = frozenset(
    {
        "a",
        "em",
        "strong",
        "del",
        "code",
        "abbr",
        "cite",
        "dfn",
        "ins",
        "kbd",
        "mark",
        "q",
        "samp",
        "small",
        "sub",
        "sup",
        "u",
        "var",
    }
)
_KNOWN = _INLINE | {"img", "br", "footnote-ref"} | set(_BOXES)
_STEPS: tuple[Callable[[Tree], None], ...] = (
    _deep, _without_hidden, _without_programs, _plain_names, _figures, _tables, _terms, _lists, _inside_out, _headings,
    _paragraphs, _flat,
)  # fmt: skip
