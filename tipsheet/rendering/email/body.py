"""Body HTML for a letter: absolute addresses, nothing that runs, and tables where mail programs need them.

Raw HTML in Markdown passes every Markdown hook by, so the finished tree is worked on. Word (Outlook
for Windows) pads nothing but table cells and knows no blockquote, figure or pre-wrapped code; so each
of those becomes a table with one cell. Data tables stay tables, lists stay lists.
"""

import re
from html import escape

import lxml.html
from lxml.etree import Comment, ProcessingInstruction, strip_elements, strip_tags
from lxml.html import HtmlElement
from lxml.html import builder as E  # noqa: N812 - its name in lxml's own documentation

from tipsheet.model.directions import LTR, RTL
from tipsheet.rendering.email.turning import direction_at, keep_language, side, turn
from tipsheet.rendering.fragments import absolute
from tipsheet.rendering.plaintext import NOTE_MARK

__all__ = ["in_cells", "inner_html", "mail_tree"]

DROPPED = (
    "script", "style", "iframe", "object", "embed", "svg", "form", "audio", "video", "canvas", "template", "noscript",
    "source", "link", "meta", "button", "select", "textarea",
)  # fmt: skip
UNWRAPPED = ("picture", "label", "font", "section", "article", "main", "header", "footer", "nav", "aside")
_FIELD_LINES = re.compile(r"@@[^@]*@@")


def mail_tree(html: str, *, site_url: str, page_url: str, column: int) -> HtmlElement:
    """The HTML as a ``div`` that means the same outside the site.

    Addresses inside the page lead to ``page_url``, or lose their link where that is empty (E14).
    Pictures get a px width of at most ``column`` (E4).
    """
    whole = _FIELD_LINES.sub(lambda m: " ".join(m[0].split()), absolute(html, site_url))
    root = lxml.html.fragment_fromstring(whole, create_parent="div")
    strip_elements(root, *DROPPED, Comment, ProcessingInstruction, with_tail=False)
    strip_tags(root, *UNWRAPPED)
    for element in root.iter():
        styled = element.tag in ("th", "td")  # where Markdown says how a column is aligned
        for name in [n for n in element.attrib if n.startswith("on") or (n == "style" and not styled)]:
            del element.attrib[name]
    _point(root, page_url)
    for picture in root.iter("img"):
        _fit(picture, column)
    return root


def _point(root: HtmlElement, page_url: str) -> None:
    """Links inside the page; those of footnotes are none: the mark and the note are both in the letter."""
    for link in list(root.iter("a")):
        href = link.get("href") or ""
        classes = (link.get("class") or "").split()
        if "footnote-backref" in classes:
            link.drop_tree()
        elif "footnote-ref" in classes:
            if (holder := link.getparent()) is not None and holder.tag == "sup":
                holder.set("class", NOTE_MARK)
            link.drop_tag()
        elif not href or href.startswith("#"):
            if page_url and href:
                link.set("href", page_url + href)
            else:
                link.drop_tag()


def _fit(picture: HtmlElement, column: int) -> None:
    """The copy for letters, no wider than the column; no height, which programs keep empty without pictures (E24)."""
    picture.set("src", picture.get("data-letter") or picture.get("src") or "")
    picture.set("width", str(min(_px(picture.get("width"), column) or column, column)))
    for name in ("height", "srcset", "sizes", "loading", "decoding"):
        picture.attrib.pop(name, None)


def _px(value: str | None, column: int) -> int:
    """A width in px; a share is one of the column, and 0 is what cannot be told."""
    found = re.fullmatch(r"\s*([0-9]{1,5})(?:\.[0-9]*)?\s*(%|px)?\s*", value or "", re.IGNORECASE)
    if found is None:
        return 0
    return int(found[1]) * column // 100 if found[2] == "%" else int(found[1])


def inner_html(root: HtmlElement) -> str:
    """The children as HTML, each top-level element on lines of its own."""
    children = (str(lxml.html.tostring(child, encoding="unicode")).strip() for child in root)
    parts = [escape(root.text or "").strip(), *children]
    return "\n".join(part for part in parts if part)


_TABLE = {"role": "presentation", "width": "100%", "cellpadding": "0", "cellspacing": "0", "border": "0"}
_KEPT = frozenset({
    "align", "alt", "bgcolor", "border", "cellpadding", "cellspacing", "cite", "class", "colspan", "datetime", "dir",
    "height", "href", "lang", "media", "role", "rowspan", "scope", "src", "srcset", "start", "valign", "value", "width",
})  # fmt: skip
_LONG = re.compile(r"\S{15}")
"""Words of a table that may be broken; shorter ones stay whole, and the table scrolls."""

_SPACES = re.compile(r"^ +| {2,}|(?<= ) ", re.MULTILINE)
_BLOCKS = ("p", "ul", "ol", "dl", "table", "h2", "h3", "h4", "h5", "h6", "blockquote", "div", "hr")


def in_cells(root: HtmlElement, *, tone: str = "ink", column: int, direction: str = LTR) -> str:
    """The tree of `mail_tree`, changed on the spot, as HTML for a cell of a letter of this direction.

    ``tone`` is the class of the ground's text colour: ``ink`` on paper, ``gilt`` on gold. Pictures
    as wide as ``column`` px fill it.
    """
    turns = turn(root, direction)
    for element in root.iter():
        element.attrib.pop("id", None)
        if element.tag == "h1":
            element.tag = "h2"
    for table in list(root.iter("table")):
        _data_table(table, direction)
    _lists(root)
    for change in (_notes, _panels, _code, _figures, _quotes):
        change(root, tone)
    for link in list(root.iter("a")):
        _link(link, tone)
    for picture in list(root.iter("img")):
        _picture(picture, column)
    _scroll(root)
    _clean(root)
    _open(root)
    if turns:
        side(root, direction)
    return inner_html(root)


def _clean(root: HtmlElement) -> None:
    for element in root.iter():
        for name in [n for n in element.attrib if n not in _KEPT]:
            del element.attrib[name]


def _table(kind: str, cell: HtmlElement) -> HtmlElement:
    table: HtmlElement = lxml.html.fromstring(f'<table class="{kind}"><tbody><tr></tr></tbody></table>')
    table.attrib.update(_TABLE)
    table[0][0].append(cell)
    return table


def _cell(kind: str, source: HtmlElement | None = None) -> HtmlElement:
    """A cell of these classes, which takes over all there is in an element."""
    cell: HtmlElement = lxml.html.fromstring("<table><tr><td></td></tr></table>")[0][0]
    cell.set("class", kind)
    if source is not None:
        keep_language(cell, source)
        cell.text = source.text
        cell.extend(list(source))
    return cell


def _replace(old: HtmlElement, new: HtmlElement) -> None:
    new.tail = old.tail
    if (parent := old.getparent()) is not None:
        parent.replace(old, new)


def _classes(element: HtmlElement) -> frozenset[str]:
    return frozenset((element.get("class") or "").split())


def _data_table(table: HtmlElement, letter: str) -> None:
    """A table of data; the side that a column names is one of the screen, whichever way the table runs."""
    own = {name: value for name in ("dir", "lang") if (value := table.get(name))}
    table.attrib.clear()
    table.attrib.update(
        {"class": "data", "width": "100%", "cellpadding": "0", "cellspacing": "0", "border": "0", **own}
    )
    start = "right" if direction_at(table, letter) == RTL else "left"
    for row in table.iter("tr"):
        for cell in row:
            said = cell.attrib.pop("style", "") or cell.get("align") or ""
            side = next((side for side in ("center", "right", "left") if side in said), start)
            looks = ["long"] * (_LONG.search(str(cell.text_content())) is not None)
            cell.attrib.pop("align", None)
            if side != start:
                cell.set("align", side)
                looks.append("center" if side == "center" else "far")
            cell.attrib.pop("class", None)
            if looks:
                cell.set("class", " ".join(looks))
            if cell.tag == "th" and not cell.get("scope"):
                cell.set("scope", "col" if row.getparent().tag == "thead" or row.getprevious() is None else "row")


def _scroll(root: HtmlElement) -> None:
    """Wide tables move below the finger inside their column."""
    for table in list(root.iter("table")):
        if "data" in _classes(table):
            holder = E.DIV()
            holder.set("class", "wide")
            _replace(table, holder)
            table.tail = None
            holder.append(table)


def _lists(root: HtmlElement) -> None:
    """Boxes of tasks become signs, which hang to the left of their text."""
    for listing in root.iter("ul", "ol"):
        listing.attrib["class"] = "list"
        for item in listing:
            item.attrib.pop("class", None)
    for box in list(root.iter("input")):
        holder = box.getparent()
        if box.get("type") == "checkbox" and holder is not None:
            mark = "☑" if box.get("checked") is not None else "☐"
            box.tail = f"{mark}\N{NO-BREAK SPACE}{(box.tail or '').lstrip()}"
            item = holder.getparent() if holder.tag == "p" else holder
            if item is not None and item.tag == "li":
                item.set("class", "task")
                holder.set("class", "task hang" if item is holder else "hang")
        box.drop_tree()


def _notes(root: HtmlElement, tone: str) -> None:
    """Footnotes, which Python-Markdown puts in ``div.footnote``; marks and numbers are plain text."""
    for mark in root.iter("sup"):
        if NOTE_MARK in _classes(mark):
            mark.text = f"[{str(mark.text_content()).strip(' []')}]"
            del mark[:], mark.attrib["class"]
    for holder in [d for d in root.iter("div") if "footnote" in _classes(d)]:
        cell = _cell(f"notes hair {'gilt' if tone == 'gilt' else 'soft'}")
        for number, item in enumerate(holder.iterfind(".//li"), 1):
            for inner in item:
                keep_language(inner, item)
            first = next(iter(item), None)
            mark = f"[{item.get('value') or number}] "
            if first is not None and first.tag == "p" and not (item.text or "").strip():
                first.text = mark + (first.text or "").lstrip()
                cell.extend(list(item))
            else:
                paragraph = E.P(mark + (item.text or "").lstrip())
                paragraph.extend(list(item))
                cell.append(paragraph)
        for last in cell.iter("p"):
            _trim(last)
        _replace(holder, _table("block", cell))


def _trim(paragraph: HtmlElement) -> None:
    """Take the space that stood before a backlink off the end."""
    if len(paragraph):
        paragraph[-1].tail = (paragraph[-1].tail or "").rstrip("\xa0 \n") or None
    else:
        paragraph.text = (paragraph.text or "").rstrip("\xa0 \n")


def _panels(root: HtmlElement, tone: str) -> None:
    for holder in [e for e in root.iter("div", "details") if e.tag == "details" or "admonition" in _classes(e)]:
        for title in holder.iter("p", "summary"):
            if title.tag == "summary" or "admonition-title" in _classes(title):
                title.tag = "p"
                title.set("class", "label")
        _replace(holder, _table("block", _cell("panel wash ink" if tone == "ink" else "panel gilt", holder)))


def _code(root: HtmlElement, _tone: str) -> None:
    for block in list(root.iter("pre")):
        lines = str(block.text_content()).strip("\n").expandtabs(4).split("\n")
        cell = _cell("code wash ink")
        keep_language(cell, block)
        for line in lines:
            text = _SPACES.sub(lambda m: "\N{NO-BREAK SPACE}" * len(m[0]), line)
            if cell.text is None:
                cell.text = text
            else:
                newline = E.BR()
                newline.tail = text
                cell.append(newline)
        holder = block.getparent()
        wrapped = holder is not None and holder.tag == "div" and len(holder) == 1 and holder.getparent() is not None
        _replace(holder if wrapped else block, _table("block", cell))


def _figures(root: HtmlElement, _tone: str) -> None:
    for figure in list(root.iter("figure")):
        for caption in figure.iter("figcaption"):
            caption.tag = "p"
            caption.set("class", "credit soft")
        for picture in list(figure.iter("img")):
            if picture.getparent() is figure:
                holder = E.P()
                _replace(picture, holder)
                holder.append(picture)
        figure.drop_tag()


def _quotes(root: HtmlElement, tone: str) -> None:
    for quote in list(root.iter("blockquote")):
        inside = frozenset[str]().union(_classes(quote), *(_classes(p) for p in quote.iterchildren("p")))
        for cite in quote.iter("cite"):
            holder = cite.getparent()
            if holder is not None and holder.tag == "p" and len(holder) == 1 and not (holder.text or "").strip():
                holder.set("class", f"cite {'soft' if tone == 'ink' else tone}")
                cite.drop_tag()
        for paragraph in quote.iterchildren("p"):
            if "cite" not in _classes(paragraph):
                paragraph.attrib.pop("class", None)
        kind = "ask" if "ask" in inside else "quote"
        _replace(quote, _table("block", _cell(f"{kind} {tone} edge-{tone}", quote)))


def _paragraph_of(element: HtmlElement) -> HtmlElement | None:
    """The paragraph that holds this element and nothing else, if it stands in one."""
    holder = element.getparent()
    if holder is None or holder.tag != "p" or len(holder) != 1:
        return None
    return None if (holder.text or element.tail or "").strip() else holder


def _link(link: HtmlElement, tone: str) -> None:
    holder = _paragraph_of(link)
    if "cta" not in _classes(link) or holder is None:
        link.set("class", "link" if tone == "ink" else "gilt")
        return
    look = "go" if tone == "ink" else "stamp"
    cell = _cell(f"btn {look}")
    link.set("class", f"btn-a {look}")
    link.tail = None
    cell.append(link)
    table = _table("btn-t", cell)
    del table.attrib["width"]
    _replace(holder, table)


def _picture(picture: HtmlElement, column: int) -> None:
    """A picture, with its dark variant for the programs that know ``picture``."""
    picture.set("class", "img fills" if picture.get("width") == str(column) else "img")
    holder = _paragraph_of(picture)
    if holder is not None:
        following = holder.getnext()
        captioned = following is not None and "credit" in _classes(following)
        holder.set("class", "pic captioned" if captioned else "pic")
    if dark := picture.get("data-dark-letter") or picture.get("data-dark"):
        both = _dark_first(dark)
        _replace(picture, both)
        picture.tail = None
        both.append(picture)


def _dark_first(src: str) -> HtmlElement:
    picture: HtmlElement = lxml.html.fragment_fromstring("<picture><source></picture>")
    picture[0].attrib.update({"srcset": src, "media": "(prefers-color-scheme: dark)"})
    return picture


def _open(root: HtmlElement) -> None:
    """Loose text of a fragment becomes a paragraph, and a heading that opens the cell stands at its top."""
    if root.text and root.text.strip() and not any(child.tag in _BLOCKS for child in root):
        paragraph = E.P(root.text)
        paragraph.extend(list(root))
        root.text = None
        root.append(paragraph)
    first = next(iter(root), None)
    if first is not None and first.tag in ("h2", "h3", "h4", "h5", "h6"):
        first.set("class", "opens")
