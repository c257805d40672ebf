"""The steps of an action as boxes to tick.

They are real checkboxes with labels, so that they work by keyboard and say what they are. Without a
script they are ☐ that can be ticked for as long as the page stands; with it the reader's browser
remembers them by publication, action and number (`assets/tipsheet.js`).
"""

import itertools

import lxml.html
from lxml.html import HtmlElement

from tipsheet.blocks.action import items_of
from tipsheet.model.body import Action

__all__ = ["checklist"]

PHRASING = frozenset({
    "a", "abbr", "b", "bdi", "bdo", "br", "cite", "code", "data", "del", "dfn", "em", "i", "img", "ins", "kbd", "mark",
    "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr",
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
    whole: str = lxml.html.tostring(root, encoding="unicode")
    return whole.removeprefix("<div>").removesuffix("</div>")


def _make_step(item: HtmlElement, name: str, number: int) -> None:
    for control in list(item.iter("input")):  # a task list has a box of its own, which cannot be ticked
        control.drop_tree()
    item.attrib.pop("class", None)
    first = item[0] if len(item) else None
    opens_with_paragraph = first is not None and first.tag == "p" and not (item.text or "").strip()
    words = first if opens_with_paragraph and first is not None else item
    label = lxml.html.Element("label", {"for": name})
    label.text, words.text = words.text, None
    for child in list(itertools.takewhile(lambda child: child.tag in PHRASING, words)):
        label.append(child)  # with its tail
    words.insert(0, label)
    box = {"type": "checkbox", "id": name, "data-ts-step": str(number)}
    item.insert(0, lxml.html.Element("input", box))
