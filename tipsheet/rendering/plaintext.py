"""Body HTML as plain text of 72 columns, for the text part of the mail (E15).

The text has no Markdown in it: it is read as it stands. Links get a mark like ``[3]`` and are listed
at the end; footnotes are ``(note 1)``, which no link mark looks like.
"""

import re
import textwrap
from collections.abc import Callable, Iterator
from urllib.parse import unquote

from lxml.html import HtmlElement

from tipsheet.rendering.marks import FIELD

__all__ = ["NOTE_MARK", "WIDTH", "plain_text", "rule", "table_lines", "wrap"]

WIDTH = 72
"""Columns of a line, which leaves room for a reply's quotation marks (RFC 3676 names 78 as the most)."""

Mark = Callable[[str], str]
"""Gives the mark of an address, such as ``[3]``."""

NOTE_MARK = "ts-note"
"""Class of a ``sup`` that is the mark of a footnote; others are superscripts."""
_NARROWEST = 6
_BREAK = "\v"
_GLUE = "\ue000"
_MARK = re.compile(r"\[(\d{1,2})\](?!\d)")
_INNER = frozenset(
    "p ul ol dl table h1 h2 h3 h4 h5 h6 blockquote pre div hr figure figcaption details summary".split()  # noqa: SIM905 - words read better in a row
)


def rule(mark: str = "-", indent: int = 0) -> str:
    """A line across the text."""
    return " " * indent + mark * (WIDTH - indent)


def wrap(text: str, first: str = "", rest: str | None = None, width: int = WIDTH) -> list[str]:
    """Lines of a paragraph; ``first`` and ``rest`` begin the first line and the following ones.

    Merge fields are not broken and count as wide as their fallback. A link mark counts as four
    columns, so that lines break alike whatever its number.
    """
    rest = first if rest is None else rest
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match[0])
        size = len(match[2]) if match.re is FIELD else 4
        return _GLUE + chr(0xE100 + len(kept) - 1) + _GLUE * max(size - 2, 0)

    lines: list[str] = []
    for part in text.split(_BREAK):
        words = _MARK.sub(keep, FIELD.sub(keep, " ".join(part.split(" "))))
        lines += textwrap.wrap(
            words, width, initial_indent=rest if lines else first, subsequent_indent=rest,
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip
    restored = re.compile(f"{_GLUE}([\ue100-\uf8ff]){_GLUE}*")
    return [restored.sub(lambda m: kept[ord(m[1]) - 0xE100], line).rstrip() for line in lines]


def plain_text(root: HtmlElement, mark: Mark, *, indent: int = 0, steps: bool = False) -> str:
    """The tree of `portable` as blocks with an empty line between, without a final line feed.

    With ``steps`` the items of the first-level lists begin with a box to tick, as in an action.
    """
    writer = _Writer(mark, steps=steps)
    return "\n\n".join("\n".join(lines) for lines in writer.blocks(root, " " * indent) if lines)


class _Writer:
    """Writes one tree; the mark of a link is asked for in the order of reading."""

    def __init__(self, mark: Mark, *, steps: bool) -> None:
        self._mark = mark
        self._steps = steps

    def blocks(self, parent: HtmlElement, indent: str) -> Iterator[list[str]]:
        """The block-level content of an element; loose text between blocks is a paragraph."""
        loose = _squeezed(parent.text)
        for child in parent:
            if child.tag not in _INNER:
                loose += self._element(child) + _squeezed(child.tail)
                continue
            if loose.strip():
                yield wrap(loose.strip(" "), indent)
            yield from self._block(child, indent)
            loose = _squeezed(child.tail)
        if loose.strip():
            yield wrap(loose.strip(" "), indent)

    def _block(self, element: HtmlElement, indent: str) -> Iterator[list[str]]:
        match element.tag:
            case "ul" | "ol":
                yield self._list(element, indent)
            case "blockquote":
                yield from self._quote(element, indent)
            case "pre":
                yield [f"{indent}    {line}".rstrip() for line in str(element.text_content()).strip("\n").split("\n")]
            case "table":
                yield [indent + line for line in table_lines(*self._rows(element), width=WIDTH - len(indent))]
            case "figure":
                yield [line for part in self.blocks(element, indent) for line in part]
            case "hr":
                yield [f"{indent}* * *"]
            case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
                yield ["", *wrap(self._inline(element), indent)]
            case "div" if "footnote" in (element.get("class") or "").split():
                yield from self._notes(element, indent)
            case "p":
                yield wrap(self._inline(element), indent)
            case _:
                yield from self.blocks(element, indent)

    def _inline(self, element: HtmlElement) -> str:
        return (_squeezed(element.text) + "".join(self._element(c) + _squeezed(c.tail) for c in element)).strip(" ")

    def _element(self, element: HtmlElement) -> str:
        match element.tag:
            case "br":
                return _BREAK
            case "img":
                alt = _squeezed(element.get("alt")).strip()
                return f"[Picture: {alt}]" if alt else ""
            case "input":
                return "[x]" if element.get("checked") is not None else "[ ]"
            case "sup":
                return _raised(self._inline(element), note=element.get("class") == NOTE_MARK)
            case "a":
                return self._link(self._inline(element), element.get("href") or "")
        return _squeezed(element.text) + "".join(self._element(c) + _squeezed(c.tail) for c in element)

    def _link(self, label: str, href: str) -> str:
        if not href or unquote(label) in (unquote(href), unquote(href).removeprefix("mailto:")):
            return label
        return f"{label} {self._mark(href)}".lstrip()

    def _list(self, listing: HtmlElement, indent: str) -> list[str]:
        lines: list[str] = []
        number = int(listing.get("start") or 1)
        steps, self._steps = self._steps, False
        for item in listing.iterchildren("li"):
            bullet = "• " if listing.tag == "ul" else f"{number}. "
            if steps:
                bullet = "[ ] "
            elif next(item.iter("input"), None) is not None:
                bullet = ""
            inner = indent + " " * (len(bullet) or 4)
            parts = [part for part in self.blocks(item, inner) if part]
            spread = bool(lines) and any(len(part) > 1 for part in parts) and item[:1] and item[0].tag == "p"
            body = [line for part in parts for line in part]
            lines += [""] if spread else []
            lines += [indent + bullet + (body[0].lstrip(" ") if body else ""), *body[1:]]
            number += 1
        self._steps = steps
        return lines

    def _quote(self, quote: HtmlElement, indent: str) -> Iterator[list[str]]:
        classes = f"{quote.get('class')} {' '.join(p.get('class') or '' for p in quote.iterchildren('p'))}".split()
        inner = list(self.blocks(quote, indent + "    "))
        lines = [line for number, part in enumerate(inner) for line in ([""] * bool(number) + part)]
        if "ask" in classes:
            across = indent + "    " + "-" * (WIDTH - 8 - len(indent))
            lines = [across, *lines, across]
        yield lines

    def _rows(self, table: HtmlElement) -> tuple[list[list[str]], list[str], int]:
        rows = [
            [self._inline(cell).replace(_BREAK, " ") for cell in row.iterchildren("th", "td")]
            for row in table.iter("tr")
        ]
        first = next(table.iter("tr"), None)
        sides = [f"{c.get('style') or ''} {c.get('align') or ''}" for c in first] if first is not None else []
        heads = 1 if first is not None and all(c.tag == "th" for c in first) else 0
        return rows, sides, heads

    def _notes(self, holder: HtmlElement, indent: str) -> Iterator[list[str]]:
        for number, item in enumerate(holder.iterfind(".//li"), 1):
            first = f"{indent}Note {item.get('value') or number}. "
            blocks = [[line.rstrip("\xa0 ") for line in block] for block in self.blocks(item, " " * len(first))]
            if blocks:
                blocks[0][0] = first + blocks[0][0].lstrip(" ")
            yield from blocks


def _raised(text: str, *, note: bool) -> str:
    """The mark of a footnote, or a superscript."""
    if note:
        return f" (note {text})"
    return f"^({text})" if " " in text else f"^{text}"


def _squeezed(text: str | None) -> str:
    """White space as HTML shows it; a no-break space stays."""
    return re.sub(r"[ \t\r\n\f]+", " ", text or "")


def table_lines(rows: list[list[str]], sides: list[str], heads: int = 1, *, width: int = WIDTH) -> list[str]:
    """Aligned columns; text wraps within its column where the table is wider than the page."""
    count = max(map(len, rows), default=0)
    if not count:
        return []
    rows = [[*row, *[""] * (count - len(row))] for row in rows]
    sizes = [max(1, *(len(row[i]) for row in rows)) for i in range(count)]
    room = width - 2 * (count - 1)
    while sum(sizes) > room and max(sizes) > _NARROWEST:
        sizes[sizes.index(max(sizes))] -= 1
    lines: list[str] = []
    for number, row in enumerate(rows):
        cells = [wrap(cell, width=size) or [""] for cell, size in zip(row, sizes, strict=True)]
        height = max(map(len, cells))
        if number > heads and any(len(wrap(c, width=s)) > 1 for r in rows for c, s in zip(r, sizes, strict=True)):
            lines.append("")
        for index in range(height):
            parts = (cell[index] if index < len(cell) else "" for cell in cells)
            placed = (
                _placed(part, size, side)
                for part, size, side in zip(parts, sizes, [*sides, *[""] * count], strict=False)
            )
            lines.append("  ".join(placed).rstrip())
        if number + 1 == heads:
            lines.append("  ".join("-" * size for size in sizes))
    return lines


def _placed(text: str, size: int, side: str) -> str:
    if "right" in side:
        return text.rjust(size)
    return text.center(size) if "center" in side else text.ljust(size)
