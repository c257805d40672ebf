"""Elements of a cleaned tree as Markdown can nest them: text in paragraphs, headings, cells and code only.

HTML lets a heading hold a list, a link a paragraph, and a parser leaves a cell where no table is. Each step below takes
one such nesting apart; none takes words away. Footnotes, a mark that leads to a note and a way back, get one form.
"""

import re
from collections.abc import Callable, Iterator

from bs4.element import NavigableString, PageElement, Tag

from tipsheet.archives.printing import KEPT, TIGHT
from tipsheet.archives.trees import (
    BLOCKS,
    BOXES,
    HEADINGS,
    INLINE,
    Tree,
    cleaned,
    elements,
    holds,
    links_within,
    stands_in,
)  # fmt: skip

__all__ = ["lead_to_headings", "prepared", "with_footnotes"]


def prepared(tree: Tree) -> Tree:
    """The same tree, ready to be printed."""
    cleaned(tree)
    for step in _STEPS:
        step(tree)
    return tree


def _lists(tree: Tree) -> None:
    """Put what stands in a list and in no item into one."""
    for box in elements(tree.body, {"ul", "ol"}):
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
    for item in elements(tree.body, {"li"}):
        if item.parent is None or item.parent.name not in ("ul", "ol"):
            item.wrap(tree.new("ul"))


def _inside_out(tree: Tree) -> None:
    """Take inline elements from around blocks, which no Markdown can say: a link stays in each of the blocks."""
    for element in reversed(elements(tree.body, INLINE)):
        if not holds(element, BLOCKS) or stands_in(element, {KEPT, "pre"}):
            continue
        if element.name == "a" and element.get("href"):
            for run in filter(_says, list(_runs(element))):
                _wrap(tree.new("a", href=str(element["href"])), run)
        element.unwrap()


def _wrap(around: Tag, run: list[PageElement]) -> Tag:
    """Put an element around a row of nodes."""
    run[0].insert_before(around)
    for node in run:
        around.append(node.extract())
    return around


def _runs(element: Tag) -> Iterator[list[PageElement]]:
    """Rows of inline nodes between the blocks, however deep."""
    for box in (element, *elements(element, BLOCKS)):
        if box.name not in ("ul", "ol", "table", "tr", "tbody", "thead", "pre"):
            yield from _rows(box)


def _rows(box: Tag) -> Iterator[list[PageElement]]:
    """Rows of inline nodes between the blocks in an element."""
    row: list[PageElement] = []
    for child in list(box.children):
        if not (isinstance(child, Tag) and (child.name in BLOCKS or holds(child, BLOCKS))):
            row.append(child)
        elif row:
            yield row
            row = []
    if row:
        yield row


def _says(row: list[PageElement]) -> bool:
    return any(
        (isinstance(node, Tag) and (node.name in _SHOWN or holds(node, _SHOWN) or node.get_text(strip=True)))
        or (isinstance(node, NavigableString) and str(node).strip())
        for node in row
    )


_SHOWN = frozenset({"img", "footnote-ref"})
"""Elements that say something without text."""


def _headings(tree: Tree) -> None:
    """Begin with headings of the second level, since the title of the page is the first; none holds a block."""
    found = [box for box in elements(tree.body, HEADINGS) if not stands_in(box, {KEPT})]
    down = any(box.name == "h1" for box in found)
    for box in reversed(found):
        name = f"h{min(int(box.name[1]) + down, 6)}"
        if stands_in(box, {"td", "th"}):
            name = "strong"
        elif not box.get_text(strip=True):
            name = "p"
        while isinstance(part := box.find([*BOXES, "p"], recursive=False), Tag):
            part.insert_before(NavigableString(" "))
            part.insert_after(NavigableString(" "))
            part.unwrap()
        if not holds(box, BLOCKS):
            box.name = name
            continue
        for run in filter(_says, list(_rows(box))):
            _wrap(tree.new(name, id=str(box.get("id") or "")), run)
            del box["id"]
        box.name = "div"


def _paragraphs(tree: Tree) -> None:
    """Put loose text into paragraphs; one with a block in it is a box."""
    for paragraph in elements(tree.body, {"p"}):
        if holds(paragraph, BLOCKS) and not stands_in(paragraph, {KEPT}):
            paragraph.name = "div"
    for box in (tree.body, *elements(tree.body, BOXES | {"blockquote", "li", "footnote-text"})):
        if stands_in(box, {KEPT}):
            continue
        for row in list(_rows(box)):
            paragraph = _wrap(tree.new("p"), row)
            if box.name == "li":
                paragraph[TIGHT] = ""
            if not _says(row):
                paragraph.decompose()


def _flat(tree: Tree) -> None:
    """Take apart boxes, in cells those of paragraphs too; two line breaks end a paragraph."""
    for cell in elements(tree.body, {"td", "th"}):
        if not stands_in(cell, {KEPT}):
            for part in elements(cell, {"p", "div", "center"}):
                part.unwrap()
    for box in elements(tree.body, BOXES - {"body"}):
        if not stands_in(box, {KEPT}):
            box.unwrap()
    for paragraph in elements(tree.body, {"p"}):
        if not stands_in(paragraph, {KEPT}):
            _split(tree, paragraph)


def _split(tree: Tree, paragraph: Tag) -> None:
    """Make two paragraphs where two line breaks stand: this is how some editors write one."""
    if not holds(paragraph, {"br"}) or paragraph.has_attr(TIGHT):
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


_STEPS: tuple[Callable[[Tree], None], ...] = (_lists, _inside_out, _headings, _paragraphs, _flat)


_BACK = re.compile(r"[\s\u21a9\ufe0e\u2191\u21b5^*\u2020\u2021\u00a7]*")


def with_footnotes(tree: Tree) -> None:
    """Give marks and notes the elements that are printed as footnotes: ``footnote-ref`` and ``footnote-text``."""
    numbers: dict[str, int] = {}
    notes: list[Tag] = []
    for link in links_within(tree.body):
        if link.parent is None:
            continue
        name = str(link["href"])[1:]
        target = tree.body.find(id=name) or tree.body.find("a", attrs={"name": name})
        note = _note(target) if isinstance(target, Tag) else None
        if note is None or note in link.parents or (name not in numbers and not _is_new(note, link, notes)):
            continue
        if name not in numbers:
            numbers[name] = len(numbers) + 1
            notes.append(note)
            note["data-note"] = str(numbers[name])
        mark = tree.new("footnote-ref", number=str(numbers[name]))
        sup = link.parent if link.parent.name == "sup" and len(link.parent.find_all(True)) == 1 else link
        sup.replace_with(mark)
    for note in notes:
        _as_text(tree, note)
    if notes:
        for rest in tree.body.find_all(["section", "div", "ol", "hr"], class_=re.compile("footnote")):
            if not rest.get_text(strip=True):
                rest.decompose()


def _note(target: Tag) -> Tag | None:
    """The box of a note: the target itself, or what stands around it."""
    if target.name in ("li", "div", "p", "aside", "section"):
        return target
    for box in target.parents:
        if box.name in ("li", "p") or (box.name == "div" and "footnote" in " ".join(box.get("class") or [])):
            return box
    return None


def _is_new(note: Tag, link: Tag, notes: list[Tag]) -> bool:
    """Return True for the box of a note that leads back to the link; a heading leads to a table of contents."""
    mark = not stands_in(link, HEADINGS) or stands_in(link, {"sup"})
    apart = not any(one in note.parents or note in one.parents for one in notes)
    return mark and apart and _leads_back(note, link)


def _leads_back(note: Tag, link: Tag) -> bool:
    around = {str(one.get("id")) for one in (link, *link.find_all(id=True), *list(link.parents)[:2]) if one.get("id")}
    around |= {str(one.get("name")) for one in (link,) if one.get("name")}
    backs = (back for back in links_within(note) if not stands_in(back, HEADINGS))
    return any(str(back["href"])[1:] in around for back in backs)


def _is_label(box: Tag) -> bool:
    return box.name == "span" and box.get("class") == ["label"]


def lead_to_headings(tree: Tree) -> None:
    """Let links to what stands around a heading, in it or right before it lead to the heading itself."""
    links: dict[str, list[Tag]] = {}
    for link in links_within(tree.body):
        links.setdefault(str(link["href"])[1:], []).append(link)
    for element in tree.body.find_all(lambda one: (one.get("id") or one.get("name")) and one.name not in HEADINGS):
        name = str(element.get("id") or element.get("name"))
        heading = _heading_of(element) if name in links else None
        if heading is not None:
            heading["id"] = heading.get("id") or name
            for link in links[name]:
                link["href"] = f"#{heading['id']}"


def _heading_of(element: Tag) -> Tag | None:
    """The heading that an element begins with, stands in, or stands right before."""
    inside = next(iter(elements(element, HEADINGS)), None)
    around = next((box for box in element.parents if box.name in HEADINGS), None)
    if inside is not None and element.get_text().strip().startswith(inside.get_text().strip()):
        return inside
    if around is not None or element.get_text(strip=True):
        return around
    following = element.find_next(lambda one: one.name != "p" or one.get_text(strip=True))
    between = element.find_next(string=lambda text: bool(text.strip()))
    if isinstance(following, Tag) and following.name in HEADINGS and between is not None:
        return following if following in between.parents else None
    return None


def _as_text(tree: Tree, note: Tag) -> None:
    """Make the box of a note one that is printed as its text, at the end of the body, without its way back."""
    number = str(note["data-note"])
    for back in links_within(note):
        if (
            _BACK.fullmatch(back.get_text())
            or back.get_text(strip=True).strip("[].") in (number, "")
            or back.find("img")
        ):
            parent = back.parent
            back.decompose()
            if label := next((box for box in (parent, *parent.parents) if _is_label(box)), None) if parent else None:
                label.decompose()  # of docutils: the number in brackets
                continue
            if parent is not None and parent.name == "sup" and not parent.get_text(strip=True):
                parent.decompose()
    text = tree.new("footnote-text", number=number)
    note.insert_before(text)
    for child in list(note.children):
        text.append(child.extract())
    for loose in list(text.children):
        if isinstance(loose, NavigableString) and not str(loose).strip():
            loose.extract()
    box = note.parent
    note.decompose()
    tree.body.append(text.extract())
    while box is not None and box is not tree.body and not box.get_text(strip=True) and not holds(box, {"img"}):
        around = box.parent
        box.decompose()
        box = around
