"""Footnotes in HTML, which every program writes otherwise: a mark that leads to a note, and a way back from it."""

import re

from bs4.element import NavigableString, Tag

from tipsheet.archives.trees import Tree

__all__ = ["with_footnotes"]

_BACK = re.compile(r"[\s\u21a9\ufe0e\u2191\u21b5^]*")


def with_footnotes(tree: Tree) -> None:
    """Give marks and notes the elements that are printed as footnotes: ``footnote-ref`` and ``footnote-text``."""
    numbers: dict[str, int] = {}
    notes: list[Tag] = []
    for link in list(tree.body.find_all("a", href=re.compile("^#."))):
        if link.parent is None:
            continue
        name = str(link["href"])[1:]
        target = tree.body.find(id=name) or tree.body.find("a", attrs={"name": name})
        note = _note(target) if isinstance(target, Tag) else None
        if note is None or not _leads_back(note, link) or note in link.parents:
            continue
        if any(one in note.parents or note in one.parents for one in notes):
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


def _leads_back(note: Tag, link: Tag) -> bool:
    around = {str(one.get("id")) for one in (link, *link.find_all(id=True), *list(link.parents)[:2]) if one.get("id")}
    around |= {str(one.get("name")) for one in (link,) if one.get("name")}
    return any(str(back["href"])[1:] in around for back in note.find_all("a", href=re.compile("^#.")))


def _as_text(tree: Tree, note: Tag) -> None:
    """Make the box of a note one that is printed as its text, at the end of the body, without its way back."""
    number = str(note["data-note"])
    for back in list(note.find_all("a", href=re.compile("^#."))):
        if (
            _BACK.fullmatch(back.get_text())
            or back.get_text(strip=True).strip("[].") in (number, "")
            or back.find("img")
        ):
            parent = back.parent
            back.decompose()
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
    while box is not None and box is not tree.body and not box.get_text(strip=True) and box.find("img") is None:
        around = box.parent
        box.decompose()
        box = around
