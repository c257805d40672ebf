"""The direction of each element of a body, written where it changes, and classes for what then has another side.

Gmail and Outlook know neither ``dir=auto`` nor ``bdi``, and Word asks each table; so the letters are counted here.
"""

from lxml.html import HtmlElement

from tipsheet.rendering.directions import LTR, RTL, direction_of, may_turn

__all__ = ["direction_at", "keep_language", "side", "turn"]

_SIDED = frozenset({
    "p", "ul", "ol", "dl", "dt", "dd", "li", "h2", "h3", "h4", "h5", "h6", "table", "td", "th", "div", "caption",
})  # fmt: skip
"""Elements of which a side is another one where the direction is another."""

_INLINE = frozenset({"a", "b", "strong", "em", "i", "cite", "abbr", "q", "span", "bdi"})
_TURNING = _SIDED - {"td", "th"} | {"h1", "blockquote", "figcaption", "details", "summary"} | _INLINE
"""Elements that have a direction of their own where most of their letters run that way; of a table it is one."""

_FOR_MACHINES = frozenset({"pre", "code", "kbd", "samp"})


def turn(root: HtmlElement, letter: str) -> bool:
    """Write ``dir`` on everything that runs otherwise than what is around it; an author's own ``dir`` counts first.

    Returns False where all runs with the ``letter``, and to the right.
    """
    if not any("dir" in element.attrib for element in root.iter()) and not may_turn(str(root.text_content()), letter):
        return False
    _turn(root, letter)
    return True


def _turn(parent: HtmlElement, around: str) -> None:
    for element in parent:
        own = _written(element)
        if not own and element.tag in _FOR_MACHINES:
            own = LTR
        elif not own and element.tag in _TURNING and not _around_blocks(element):
            own = direction_of(str(element.text_content()), around)
        element.attrib.pop("dir", None)
        if own not in ("", around):
            element.set("dir", own)
        _turn(element, own or around)


def _around_blocks(element: HtmlElement) -> bool:
    """A link, or another inline element, around blocks: each of them has a direction of its own."""
    return element.tag in _INLINE and any(inner.tag in _SIDED for inner in element.iterdescendants())


def _written(element: HtmlElement) -> str:
    own = str(element.get("dir") or "").lower()
    return own if own in (LTR, RTL) else ""


def direction_at(element: HtmlElement, letter: str) -> str:
    """The direction in which an element runs."""
    return next((own for outer in (element, *element.iterancestors()) if (own := _written(outer))), letter)


def keep_language(to: HtmlElement, source: HtmlElement) -> None:
    """Give an element the language and the direction of the one that it replaces, where it has none of its own."""
    for name in ("dir", "lang"):
        if (value := source.get(name)) and not to.get(name):
            to.set(name, value)


def side(root: HtmlElement, letter: str) -> None:
    """Give what runs against the ``letter`` the class ``turned``, and what runs with it again inside that ``back``."""
    _side(root, letter, letter)


def _side(parent: HtmlElement, around: str, letter: str) -> None:
    for element in parent:
        own = _written(element) or around
        if element.tag in _SIDED and (own != letter or own != around):
            name = "turned" if own != letter else "back"
            element.set("class", f"{element.get('class') or ''} {name}".lstrip())
        if own == RTL and element.tag == "table":
            element.set("dir", own)
        _side(element, own, letter)
