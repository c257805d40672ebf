"""Plain text of body HTML, for the text part of the mail (E15).

The text has no Markdown in it: it is read as it stands. Links get a mark and are listed at the end;
footnotes are ``(note 1)``. What HTML shows by its looks is written: ``~100 EUR~`` is struck out, ``mc^2``
raised, ``x_n`` lowered.
"""

import re
from collections.abc import Callable, Iterator
from itertools import count
from urllib.parse import unquote

from lxml.html import HtmlElement

from tipsheet.rendering.columns import BREAK, LINK_MARK, WIDTH, Table, table_lines, wrap
from tipsheet.rendering.directions import LTR, MARKS, RTL, begins, direction_of, led, led_line
from tipsheet.rendering.language import ENGLISH, Words

__all__ = ["NOTE_MARK", "plain_text"]

Mark = Callable[[str], str]
"""Function that returns the mark of an address."""

NOTE_MARK = "ts-note"
"""Class of a ``sup`` that is the mark of a footnote; others are superscripts."""

_BLOCKS = frozenset(
    """address blockquote caption center dd details dir div dl dt fieldset figcaption figure h1 h2 h3 h4 h5 h6 hr legend
    li menu ol p pre summary table tbody tfoot thead tr ul""".split()  # noqa: SIM905 - words read better in a row
)
_INDENT = "    "

_FOR_LOOKS = re.compile(r"\d(?:st|nd|rd|th|er|re|nde?|ère|ème)\Z|\w(?:TM|SM|®|©)\Z", re.IGNORECASE)
"""A sign and what is raised after it for looks only: 21st."""

_PLAIN = re.compile(r"[\w.,'+\u2019\u2212-]*\Z")
"""A raised or lowered text that needs no brackets."""


def plain_text(
    root: HtmlElement,
    mark: Mark,
    *,
    indent: int = 0,
    steps: bool = False,
    words: Words = ENGLISH,
    direction: str = LTR,
) -> str:
    """The tree of `mail_tree` as blocks with an empty line between, without a final line feed.

    With ``steps`` the items of the first-level lists begin with a box to tick, as in an action. Paragraphs run in the
    ``direction`` of the letter, unless most of their letters do not.
    """
    blocks = _Writer(mark, words, direction, steps=steps).blocks(root, " " * indent)
    return "\n\n".join("\n".join(lines) for lines in blocks)


class _CodeLine(str):
    """A line of code, which nothing of ours shares: neither a bullet nor a mark, so that it is copied as it is."""

    __slots__ = ()


class _Writer:
    """Writes one tree; the mark of a link is asked for in the order of reading."""

    def __init__(self, mark: Mark, words: Words, direction: str, *, steps: bool) -> None:
        self._mark = mark
        self._direction = direction
        self._words = words
        self._steps = steps

    def blocks(self, parent: HtmlElement, indent: str) -> Iterator[list[str]]:
        """The block-level content of an element; loose text between blocks is a paragraph."""
        loose = _squeezed(parent.text)
        for child in parent:
            if child.tag not in _BLOCKS and not _holds_blocks(child):
                loose = self._with(loose, child)
                continue
            yield from self._paragraph(loose, indent)
            yield from (lines for lines in self._block(child, indent) if lines)
            loose = _squeezed(child.tail)
        yield from self._paragraph(loose, indent)

    def _paragraph(self, text: str, indent: str) -> Iterator[list[str]]:
        lines = led(wrap(text, indent), direction_of(text, self._direction))
        if lines:
            yield lines

    def _block(self, element: HtmlElement, indent: str) -> Iterator[list[str]]:
        match element.tag:
            case "ul" | "ol" | "menu" | "dir":
                yield self._list(element, indent)
            case "dl":
                yield self._definitions(element, indent)
            case "blockquote":
                yield self._quote(element, indent)
            case "pre" | "hr":
                yield _code(element, indent) if element.tag == "pre" else [f"{indent}* * *"]
            case "table":
                yield from self._table(element, indent)
            case "figure":
                yield [line for part in self.blocks(element, indent) for line in part]
            case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
                yield from (["", *heading] for heading in self._paragraph(self._inline(element), indent))
            case "a" | "del" | "s" | "strike":
                yield from self._around_blocks(element, indent)
            case "div" if "footnote" in (element.get("class") or "").split():
                yield from self._notes(element, indent)
            case _:
                yield from self.blocks(element, indent)

    def _inline(self, element: HtmlElement) -> str:
        text = _squeezed(element.text)
        for child in element:
            text = self._with(text, child)
        return text

    def _with(self, text: str, child: HtmlElement) -> str:
        """The text that stands before an inline element, the element, and what follows it."""
        inner = self._element(child, text)
        between = " " if child.tag in _BLOCKS and text[-1:].strip() else ""
        tail = _squeezed(child.tail)
        return text + between + inner + (" " if between and tail[:1].strip() else "") + tail

    def _element(self, element: HtmlElement, before: str) -> str:
        inner = self._inline(element)
        match element.tag:
            case "br":
                inner = BREAK
            case "img":
                inner = self._picture(element)
            case "input":
                inner = _box(element) if element.get("type", "checkbox") == "checkbox" else ""
            case "sup" if element.get("class") == NOTE_MARK:
                mark = self._words("note_mark", number=inner.strip(" []"))
                inner = f"{' ' if before[-1:].strip() else ''}{mark}"
            case "sup":
                inner = _raised(inner, before)
            case "sub":
                inner = _lowered(inner, before)
            case "del" | "s" | "strike":
                inner = _around("~", inner, "~")
            case "q":
                inner = _around("“", inner, "”")
            case "a":
                inner = self._link(inner, element.get("href") or "")
                # the mark of a link without words: apart from a bracket that the author wrote, which it would become
                inner = f" {inner}" if before.endswith(("[", "{", "<")) and LINK_MARK.match(inner) else inner
        return inner

    def _picture(self, picture: HtmlElement) -> str:
        alt = _squeezed(picture.get("alt")).strip()
        emoji = any(name in (picture.get("class") or "") for name in ("emoji", "gemoji"))
        return alt if emoji or not alt else self._words("picture_in_text", description=alt)

    def _link(self, label: str, href: str) -> str:
        words = label.strip()
        if not href or unquote(words) in (unquote(href), unquote(href).removeprefix("mailto:")):
            return label
        end = label[len(label.rstrip()) :]
        return f"{label.rstrip()} {self._mark(href)}{end}".lstrip() if words else self._mark(href)

    def _around_blocks(self, element: HtmlElement, indent: str) -> Iterator[list[str]]:
        """A link, or a line through, that holds whole blocks."""
        parts = list(self.blocks(element, indent))
        if parts and element.tag != "a":
            parts[0] = self._hung([parts[0]], indent, f"{indent}~")
        end = "~"
        if element.tag == "a":
            end = f" {self._mark(href)}" if (href := element.get("href")) else ""
        yield from parts[:-1]
        yield from (_ended(last, end, indent) for last in parts[-1:])

    def _list(self, listing: HtmlElement, indent: str) -> list[str]:
        lines: list[str] = []
        items = [item for item in listing if isinstance(item.tag, str)]
        numbers = _numbers(listing, items)
        steps, self._steps = self._steps, False
        for item, number in zip(items, numbers, strict=True):
            bullet = "• " if number is None else f"{number}. "
            if steps:
                bullet = "[ ] "
            elif _is_task(item):
                bullet = ""
            hanging = indent + " " * (len(bullet) or len(_INDENT))
            parts = list(self.blocks(item, hanging)) if item.tag == "li" else list(self._block(item, hanging))
            spread = bool(lines) and any(len(part) > 1 for part in parts) and item[:1] and item[0].tag == "p"
            lines += [""] if spread else []
            lines += self._hung(parts, hanging, indent + bullet)
        self._steps = steps
        return lines

    def _definitions(self, listing: HtmlElement, indent: str) -> list[str]:
        """Terms at the margin, what they mean below and further in."""
        lines: list[str] = []
        for item in listing.iter("dt", "dd"):
            if next(item.iterancestors("dl")) is not listing:
                continue
            deeper = indent if item.tag == "dt" else indent + _INDENT
            first = item.tag == "dt" and (item.getprevious() is None or item.getprevious().tag != "dt")
            lines += [""] if lines and first else []
            lines += _apart(list(self.blocks(item, deeper)))
        return lines

    def _quote(self, quote: HtmlElement, indent: str) -> list[str]:
        classes = f"{quote.get('class')} {' '.join(p.get('class') or '' for p in quote.iterchildren('p'))}".split()
        lines = _apart(list(self.blocks(quote, indent + _INDENT)))
        if "ask" in classes and lines:
            across = indent + _INDENT + "-" * (WIDTH - 2 * len(_INDENT) - len(indent))
            return [across, *lines, across]
        return lines

    def _table(self, table: HtmlElement, indent: str) -> Iterator[list[str]]:
        for caption in table.iterchildren("caption"):
            yield from self.blocks(caption, indent)
        rows = [row for row in table.iter("tr") if next(row.iterancestors("table")) is table]
        if not rows:
            return
        direction = direction_of(str(table.text_content()), self._direction)
        turned = {"left": "right", "right": "left"} if direction == RTL else {}
        sides = (f"{c.get('style') or ''} {c.get('align') or ''}" for c in rows[0])
        named = (
            next((s for s in ("right", "center", "left") if s in side), turned.get("left", "left")) for side in sides
        )
        made = Table(
            rows=self._grid(rows),
            sides=[turned.get(side, side) for side in named],
            heads=int(all(cell.tag == "th" for cell in rows[0])),
            direction=direction,
        )
        yield [f"{indent}{line}".rstrip() for line in table_lines(made, WIDTH - len(indent))]

    def _grid(self, rows: list[HtmlElement]) -> list[list[str]]:
        """The cells at their columns; the places that a wide or a high one covers are empty."""
        grid: list[dict[int, str]] = [{} for _ in rows]
        for at, row in enumerate(rows):
            for cell in row.iterchildren("th", "td"):
                column = next(n for n in count() if n not in grid[at])
                wide, high = (max(1, min(_integer(cell.get(name), 1), 100)) for name in ("colspan", "rowspan"))
                for line in grid[at : at + high]:
                    line.update(dict.fromkeys(range(column, column + wide), ""))
                grid[at][column] = self._cell(cell)
        width = max((max(row, default=-1) for row in grid), default=-1) + 1
        return [[row.get(column, "") for column in range(width)] for row in grid]

    def _cell(self, cell: HtmlElement) -> str:
        if not any(child.tag in _BLOCKS or _holds_blocks(child) for child in cell):
            return self._inline(cell).strip()
        return BREAK.join(line.strip() for part in self.blocks(cell, "") for line in part)

    def _notes(self, holder: HtmlElement, indent: str) -> Iterator[list[str]]:
        for number, item in enumerate(holder.iterfind(".//li"), 1):
            first = f"{indent}{self._words('note', number=item.get('value') or number)} "
            hanging = " " * len(first)
            parts = [[_without_end(line) for line in part] for part in self.blocks(item, hanging)]
            yield self._hung([_apart(parts)], hanging, first)

    def _hung(self, parts: list[list[str]], hanging: str, first: str) -> list[str]:
        """Blocks of an item, of which the first line begins with its bullet instead of the indent.

        Code stands below its bullet. The line runs as what stands beside the bullet does, and a bullet alone runs with
        the letter.
        """
        lines = [line for part in parts for line in part]
        while lines and not lines[0]:
            lines.pop(0)
        said = "" if not lines or isinstance(lines[0], _CodeLine) else lines.pop(0).removeprefix(hanging)
        line = led_line((first + said).rstrip(), begins(said) or self._direction)
        if self._direction == RTL and begins(line) is None and line.strip():
            room = len(line) - len(line.lstrip())
            line = f"{line[:room]}{MARKS[RTL]}{line[room:]}"
        return [line, *lines]


def _holds_blocks(element: HtmlElement) -> bool:
    """An inline element, such as a link, around a block."""
    return any(inner.tag in _BLOCKS for inner in element.iterdescendants())


def _code(block: HtmlElement, indent: str) -> list[str]:
    lines = str(block.text_content()).strip("\n").expandtabs(4).split("\n")
    return [_CodeLine(f"{indent}{_INDENT}{line}".rstrip()) for line in lines]


def _box(box: HtmlElement) -> str:
    return "[x]" if box.get("checked") is not None else "[ ]"


def _is_task(item: HtmlElement) -> bool:
    """An item that begins with a box of its own."""
    first = next(iter(item), None)
    if first is not None and first.tag == "p" and not (item.text or "").strip():
        item, first = first, next(iter(first), None)
    return first is not None and first.tag == "input" and not (item.text or "").strip()


def _numbers(listing: HtmlElement, items: list[HtmlElement]) -> list[int | None]:
    """The number of each item, as a browser counts; None in a list without."""
    if listing.tag != "ol":
        return [None] * len(items)
    step = -1 if listing.get("reversed") is not None else 1
    number = _integer(listing.get("start"), len(items) if step < 0 else 1)
    numbers: list[int | None] = []
    for item in items:
        number = _integer(item.get("value"), number)
        numbers.append(number)
        number += step
    return numbers


def _integer(text: str | None, default: int) -> int:
    return int(text) if text and re.fullmatch(r"\s*-?[0-9]{1,9}\s*", text) else default


def _ended(lines: list[str], end: str, indent: str) -> list[str]:
    """The block with a sign at its end, which after code has a line of its own."""
    if isinstance(lines[-1], _CodeLine):
        return [*lines, f"{indent}{end.strip()}"] if end else lines
    return [*lines[:-1], lines[-1] + end]


def _without_end(line: str) -> str:
    """A line of a footnote without the blanks before its link back, which the letter has not."""
    return line if isinstance(line, _CodeLine) else line.rstrip("\xa0 ")


def _apart(parts: list[list[str]]) -> list[str]:
    """Blocks with an empty line between."""
    return [line for number, part in enumerate(parts) for line in ([""] * bool(number) + part)]


def _around(begin: str, text: str, end: str) -> str:
    """Signs around a text, inside its outer spaces."""
    inner = text.strip()
    return text.replace(inner, f"{begin}{inner}{end}", 1) if inner else text


def _raised(text: str, before: str) -> str:
    """``mc^2``, ``x^(n+1)``; letters after a number or a name that are raised for looks stay as they are: 21st."""
    inner = text.strip()
    if not inner or not before[-1:].strip() or _FOR_LOOKS.match(before[-1] + inner):
        return text
    return f"^{inner}" if _PLAIN.match(inner) else f"^({inner})"


def _lowered(text: str, before: str) -> str:
    """``x_n``; a figure after a letter or a bracket needs no sign: H2O."""
    inner = text.strip()
    if not inner or not before[-1:].strip() or (inner.isdigit() and (before[-1].isalpha() or before[-1] in ")]")):
        return text
    return f"_{inner}" if _PLAIN.match(inner) else f"_({inner})"


def _squeezed(text: str | None) -> str:
    """White space as HTML shows it: a no-break space stays, the place where a word may break shows nothing."""
    return re.sub(r"[ \t\r\n\f\v]+", " ", (text or "").replace("\u00ad", ""))
