"""HTML in a text that would make a reader's browser ask another host or run something (K7).

One walk over the elements of a text finds it, whoever wrote it: raw HTML, attribute lists, extensions. It is a
finding with its place, and is left out of what is written. Hosts on the ``allow`` list of mkdocs.yml are meant. Links
that a reader follows by clicking may lead anywhere; pictures are looked after where they get their size.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

import tinycss2
from lxml.etree import Comment, ProcessingInstruction
from lxml.html import HtmlElement, tostring

from tipsheet.blocks.passages import fragment
from tipsheet.model.addresses import host_of, runs
from tipsheet.problems import Problem, Where

__all__ = ["Foreign", "foreign_in", "foreign_problems", "without_foreign"]

RUNNING = frozenset({
    "script", "object", "embed", "applet", "portal", "fencedframe", "base", "meta", "link", "frameset", "animate",
    "animatemotion", "animatetransform", "set", "handler", "listener",
})  # fmt: skip
"""Elements that run something, or change the page around them."""
HIDING = frozenset({"noscript", "noembed", "noframes", "xmp", "plaintext", "listing", "template", "foreignobject"})
"""Elements whose content browsers read by rules of their own, so that it may become something else there."""
FRAMES = frozenset({"iframe", "frame"})
LOADING = frozenset({
    "src", "srcset", "imagesrcset", "poster", "background", "data", "dynsrc", "lowsrc", "codebase", "classid",
    "archive", "manifest", "profile", "icon", "xlink:href", "action", "formaction", "ping", "attributionsrc", "srcdoc",
})  # fmt: skip
"""Attributes with addresses that a browser asks by itself, or to which it sends what a reader wrote."""
SEVERAL = frozenset({"srcset", "imagesrcset", "archive"})
"""Those that hold a list of addresses."""
FOLLOWED = frozenset({"a", "area"})
"""Elements whose ``href`` is asked only when a reader clicks."""

INERT = frozenset({
    "div", "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "strong", "em", "del", "code",
    "pre", "br", "hr", "table", "thead", "tbody", "tr", "th", "td",
})  # fmt: skip
"""Elements that do nothing unless an attribute says so; most of a text is made of them."""


@dataclass(frozen=True, slots=True)
class Foreign:
    """One thing that does not belong on a page: its code, in words, and texts to look for in the source."""

    code: str
    message: str
    needles: tuple[str, ...]


def foreign_in(root: HtmlElement, allow: Collection[str]) -> tuple[Foreign, ...]:
    """Findings below this element in document order; what they are about is taken out of the tree.

    ``allow`` are the hosts that may be asked, the publication's own among them. Comments are taken out without a
    finding: browsers and parsers do not agree where they end.
    """
    return tuple(_Walk(frozenset(host.lower() for host in allow)).found(root))


def without_foreign(html: str, allow: Collection[str]) -> str:
    """The HTML without what is foreign in it; HTML without any is left as it is, byte for byte."""
    try:
        root = fragment(html)
    except ValueError:
        return html
    if not foreign_in(root, allow):
        return html
    return escape(root.text or "", quote=False) + "".join(str(tostring(child, encoding="unicode")) for child in root)


def foreign_problems(found: Sequence[Foreign], source: str, where: Where) -> Iterator[Problem]:
    """The findings with their places in the source of their text, which begins at ``where``."""
    asked: dict[str, int] = {}
    for one in found:
        hint = "take it out, or name the host under allow:" if one.code == "TS150" else "take it out"
        yield Problem(_place(one, source, where, asked), one.code, one.message, hint)


def _place(one: Foreign, source: str, where: Where, asked: dict[str, int]) -> Where:
    """The next place of the first of its texts that is found; the same text twice stands at two places."""
    lower = source.lower()
    for needle in filter(None, one.needles):
        at = lower.find(needle.lower(), asked.get(needle, 0))
        if at < 0:
            at = lower.find(needle.lower())
        if at >= 0:
            asked[needle] = at + 1
            begin = source.rfind("\n", 0, at) + 1
            return Where(where.path, where.line + source.count("\n", 0, at), at - begin + 1)
    return where


@dataclass(slots=True)
class _Walk:
    allow: frozenset[str]
    gone: list[HtmlElement] = field(default_factory=list)

    def found(self, root: HtmlElement) -> Iterator[Foreign]:
        for element in list(root.iter()):
            if element.tag in INERT and not element.keys():
                continue
            if element.tag is Comment or element.tag is ProcessingInstruction:
                self.gone.append(element)
            elif isinstance(element.tag, str):
                reason = self._element(element)
                if reason is None:
                    yield from self._attributes(element)
                else:
                    yield reason
                    self.gone.append(element)
        for element in self.gone:
            if element.getparent() is not None and element is not root:
                element.drop_tree()

    def _element(self, element: HtmlElement) -> Foreign | None:
        """A reason for the whole element to go."""
        tag = str(element.tag).lower()
        if tag in RUNNING or tag in HIDING:
            return Foreign("TS151", f"<{tag}> runs something or changes the page around it", (f"<{tag}",))
        if tag in FRAMES:
            return self._frame(element, tag)
        if tag == "style":
            drawing = any(str(a.tag).lower() in ("svg", "math") for a in element.iterancestors())
            if drawing:
                return Foreign("TS151", "<style> in a drawing is read otherwise by every browser", ("<style",))
            return self._css(element.text_content(), tinycss2.parse_stylesheet, "<style>", "<style")
        if "mermaid" in (element.get("class") or "").split():
            return self._asked("unpkg.com", "a diagram of Mermaid", ("mermaid",))
        return None

    def _frame(self, element: HtmlElement, tag: str) -> Foreign | None:
        src = element.get("src") or ""
        if "srcdoc" in element.attrib or runs(src):
            return Foreign("TS151", f"<{tag}> holds a page of its own", (f"<{tag}",))
        host = host_of(src)
        return self._asked(host, f"<{tag}>", (src, f"<{tag}")) if host is not None else None

    def _attributes(self, element: HtmlElement) -> Iterator[Foreign]:
        for name in list(element.attrib):
            key = str(name).lower()
            value = element.attrib[name]
            reason = self._attribute(element, key, value)
            if reason is not None:
                del element.attrib[name]
                yield reason

    def _attribute(self, element: HtmlElement, key: str, value: str) -> Foreign | None:
        tag = str(element.tag).lower()
        if key.startswith("on") or key == "srcdoc":
            return Foreign("TS151", f"{key}= runs something in the reader's browser", (value, f"{key}=", f"<{tag}"))
        if key == "style":
            return self._css(value, tinycss2.parse_blocks_contents, "style=", value)
        if (key == "href" or key in LOADING) and (tag, key) != ("img", "src"):
            return self._address(tag, key, value)
        return None

    def _address(self, tag: str, key: str, value: str) -> Foreign | None:
        needles = (value, key, f"<{tag}")
        if scheme := runs(value):
            return Foreign("TS152", f"an address that begins with {scheme}: is no place to go to", needles)
        if key == "href" and tag in FOLLOWED:
            return None
        if key == "ping":
            return Foreign("TS150", f"ping= tells {host_of(value) or 'this site'} of every click", needles)
        several = [part.split()[0] for part in value.split(",") if part.split()] if key in SEVERAL else [value]
        hosts = [host for one in several if (host := host_of(one)) is not None]
        return next((found for host in hosts if (found := self._asked(host, f"{key}=", needles))), None)

    def _asked(self, host: str | None, what: str, needles: tuple[str, ...]) -> Foreign | None:
        if host is None or host.lower() in self.allow:
            return None
        return Foreign("TS150", f"{what} makes the reader's browser ask another host, {host}", needles)

    def _css(self, css: str, parse: object, what: str, needle: str) -> Foreign | None:
        """A style that fetches something, or that old browsers run."""
        assert callable(parse)  # noqa: S101 - one of two functions of tinycss2
        for address in _addresses(parse(css)):
            if scheme := runs(address):
                if scheme == "data":
                    return Foreign("TS152", f"{what} holds an address that begins with data:", (needle, what))
                return Foreign("TS151", f"{what} runs something in the reader's browser", (needle, what))
            if (host := host_of(address)) is not None and (reason := self._asked(host, what, (needle, what))):
                return reason
        return None


def _addresses(nodes: Sequence[tinycss2.ast.Node]) -> Iterator[str]:
    """All addresses in a style: ``url()``, what ``@import`` names, texts inside functions that load pictures."""
    for node in nodes:
        if node.type == "url":
            yield node.value
        elif node.type == "at-rule" and node.lower_at_keyword == "import":
            yield from (part.value for part in node.prelude if part.type in ("string", "url"))
            yield from _addresses(node.prelude)
        elif node.type == "function" and node.lower_name in ("url", "src", "image", "image-set", "-webkit-image-set"):
            yield from (part.value for part in node.arguments if part.type == "string")
        elif node.type == "function" and node.lower_name == "expression":
            yield "javascript:"
        for part in ("prelude", "content", "arguments", "value"):
            inside = getattr(node, part, None)
            if isinstance(inside, list):
                yield from _addresses(inside)
