"""Lists with boxes: the steps of an action, which readers tick, and task lists in a text, which its author ticked."""

import itertools

import lxml.html
from lxml.html import HtmlElement

from tipsheet.blocks.action import items_of
from tipsheet.model.body import Action

__all__ = ["checklist", "named_tasks"]

PHRASING = frozenset({
    "a", "abbr", "b", "bdi", "bdo", "br", "cite", "code", "data", "del", "dfn", "em", "i", "img", "input", "ins", "kbd",
    "mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr",
})  # fmt: skip
"""What may stand in a label; the rest of a step, such as a list of its own, stands below it."""


def checklist(action: Action) -> str:
    """The text of the action with a checkbox at each of its steps."""
    if not action.steps:
        return action.html
    root = lxml.html.fragment_fromstring(action.html, create_parent="div")
    steps = next((found for found in root.iter("ol", "ul") if items_of(found) == action.steps), None)
    if steps is None:
        return action.html
    steps.set("class", "ts-checklist")
    for number, item in enumerate(steps.iterchildren("li"), start=1):
        _make_step(item, f"step-{action.id}-{number}", number)
    return _inner(root)


def _make_step(item: HtmlElement, name: str, number: int) -> None:
    for control in [one for one in item.iter("input", "label") if one.tag == "input" or _is_control(one)]:
        control.drop_tree()  # a task list has a box of its own, which cannot be ticked
    item.attrib.pop("class", None)
    _label(_words_of(item), {"for": name})
    box = {"type": "checkbox", "id": name, "data-ts-step": str(number)}
    item.insert(0, lxml.html.Element("input", box))


def named_tasks(html: str) -> str:
    """The HTML with the words of each task as the label of its box (WCAG 2.2, 4.1.2).

    `pymdownx.tasklist` writes a bare box before the words, or with ``custom_checkbox`` one in a label without words.
    """
    if "task-list-item" not in html:
        return html
    root = lxml.html.fragment_fromstring(html, create_parent="div")
    for item in [item for item in root.iter("li") if "task-list-item" in item.get("class", "").split()]:
        words = _words_of(item)
        first = next(iter(words), None)
        if first is not None and _is_control(first):
            first.tag = "span"
        if first is not None and first.tag in {"input", "span"}:
            _label(words, {})
    return _inner(root)


def _is_control(element: HtmlElement) -> bool:
    return element.tag == "label" and "task-list-control" in element.get("class", "").split()


def _words_of(item: HtmlElement) -> HtmlElement:
    """The element that holds the words of an item: itself, or the paragraph it opens with."""
    first = next(iter(item), None)
    return first if first is not None and first.tag == "p" and not (item.text or "").strip() else item


def _label(words: HtmlElement, attributes: dict[str, str]) -> None:
    """Put the words, up to a block among them, into a label."""
    label = lxml.html.Element("label", attributes)
    label.text, words.text = words.text, None
    for child in list(itertools.takewhile(lambda child: child.tag in PHRASING, words)):
        label.append(child)  # with its tail
    words.insert(0, label)


def _inner(root: HtmlElement) -> str:
    whole: str = lxml.html.tostring(root, encoding="unicode")
    return whole.removeprefix("<div>").removesuffix("</div>")
