"""HTML as the Markdown that we print: one form for each element, and text that looks like Markdown stays text.

`markdownify <https://pypi.org/project/markdownify/>`_ walks over the tree and joins what the elements give; what each
of them gives is said here, since its own forms keep the words of a quarter of nested texts (html-to-markdown and
html2text of a tenth). CommonMark (0.31.2) and our own reading have to see the same in what comes out.

A tree has been prepared by `tipsheet.archives.trees`: text stands in paragraphs, headings and cells only.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from copy import copy

from bs4.element import NavigableString, Tag
from markdownify import MarkdownConverter

from tipsheet.archives.emphasis import (
    BREAK,
    CLOSE,
    CODE,
    CODE_END,
    OPEN,
    code_of_html,
    in_references,
    settled,
)
from tipsheet.blocks import BLOCKS
from tipsheet.blocks.commonmark import backticks
from tipsheet.blocks.syntax import SLASHES, suspicious

__all__ = ["KEPT", "TIGHT", "as_block_of_html", "destination", "printed"]

TIGHT = "data-tight"
"""Attribute of a paragraph that the tree has put around the text of a list item; no blank line stands around it."""

KEPT = "kept-html"
"""Element that the tree has put around one that stays HTML."""

_SPACE = re.compile(r"[ \t\r\n\f]+")
_TEXT = re.compile(
    r"""
    [\\`*\[\]|{}~]                       # always Markdown, or could be
    | (?<![^\W_])_ | _(?![^\W_])         # inside a word an underscore is a letter
    | <(?=[A-Za-z/!?]|$)                 # begins a tag
    | &(?=\#?\w|$)                       # begins a character reference
    | @(?=@)                             # begins a merge field
    | !$                                 # a link may follow
    """,
    re.VERBOSE,
)
_SLASHES = re.compile(rf"([{SLASHES}](?:[ \t\u00a0\u200b]*[{SLASHES}])+)")
_FENCE = re.compile(r"(?<![:\w/])(/{3,})")
_LINE = re.compile(
    r"""
    ^(?:\#{1,6}(?=[ ]|$) | [-+](?=[ ]|$) | -+(?=$) | =+(?=$) | > | :(?=[ ]) | -{2,}(?=[ -]))
    | ^[0-9]{1,9}(?=[.)](?:[ ]|$))
    """,
    re.VERBOSE,
)
_ADDRESS = re.compile(r"https?://[^\s<>\"'`|\\\[\]{}*@()]*[\w/=&#%+-]")
_REFERENCE = re.compile(r"&(?=#?\w+;)")
_RAW_INLINE = frozenset({"abbr", "cite", "dfn", "ins", "kbd", "mark", "q", "samp", "small", "sub", "sup", "u", "var"})
"""Inline elements that Markdown has no signs for; their tags stand in the text."""
_LANGUAGE = re.compile(r"(?:language-|lang-|highlight-source-|sourceCode\s+)([\w+#.-]+)")


def printed(tree: Tag, *, plain_emphasis: bool = False) -> str:
    """The Markdown of what is in an element; with ``plain_emphasis`` emphasis is written as tags."""
    return str(_Printer(plain_emphasis=plain_emphasis).convert_soup(tree)).strip("\n")


_ATTRIBUTES: Mapping[str, Collection[str]] = {
    "a": ("href", "title"), "img": ("src", "alt", "title", "width", "height"), "ol": ("start",), "heading": ("id",),
    "td": ("colspan", "rowspan"), "th": ("colspan", "rowspan", "scope"), "abbr": ("title",),
}  # fmt: skip
"""Attributes of elements that stay HTML; the others say nothing here."""


def as_block_of_html(element: Tag) -> str:
    """The element as a block of HTML (4.6), in which Markdown reads nothing: it holds no blank line."""
    element = copy(element)
    for part in (element, *element.find_all(True)):
        known = _ATTRIBUTES.get("heading" if re.fullmatch("h[1-6]", part.name) else part.name, ())
        part.attrs = {name: value for name, value in part.attrs.items() if name in known and value != ""}
    for text in list(element.find_all(string=True)):
        if type(text) is NavigableString:
            words = str(text) if text.find_parent("pre") else _SPACE.sub(" ", str(text))
            text.replace_with(_without_fences(words))
    html = element.decode(formatter="minimal").replace(CODE, "<code>").replace(CODE_END, "</code>")
    return html.replace("\n", "&#10;").replace("@@", "@&#64;")


def destination(address: str) -> str:
    """The address of a link or a picture as it stands between round brackets (6.3)."""
    found = re.sub(r"[\s<>\\`{}|\"^]", lambda m: "".join(f"%{byte:02X}" for byte in m[0].encode()), address.strip())
    found = _REFERENCE.sub("&amp;", found).replace("@@", "%40%40")
    depth = 0
    for sign in found:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth < 0:
            break
    return found if depth == 0 else found.replace("(", "%28").replace(")", "%29")


def _title(words: str) -> str:
    text = re.sub(r'[\\"|{}]', r"\\\g<0>", " ".join(words.split()))
    return ' "{}"'.format(_REFERENCE.sub(r"\&", text).replace("@@", r"\@@")) if text else ""


def _without_fences(text: str, plain: Callable[[str], str] = str) -> str:
    """Text in which slashes that look like a fence of ours are code, as which alone a page prints them."""
    near = _FENCE.search(text) is not None or suspicious(text, BLOCKS) is not None
    parts = _SLASHES.split(text) if near else [text]
    return "".join(f"{CODE}{part}{CODE_END}" if at % 2 else plain(part) for at, part in enumerate(parts))


def _escaped(text: str) -> str:
    """Text of which nothing is Markdown."""
    return _without_fences(text, lambda part: _TEXT.sub(r"\\\g<0>", part))


def _with_addresses(text: str) -> Iterator[str]:
    """A text whose web addresses are links (6.5), as GitHub and our pages make them anyway; the rest is escaped."""
    end = 0
    for found in _ADDRESS.finditer(text):
        yield _escaped(text[end : found.start()])
        yield f"<{found[0]}>"
        end = found.end()
    yield _escaped(text[end:])


class _Printer(MarkdownConverter):  # type: ignore[misc, unused-ignore]  # markdownify has no types
    """The walk of markdownify, with our form of every element."""

    def __init__(self, *, plain_emphasis: bool) -> None:
        super().__init__(heading_style="atx", strip_document=None)
        self._plain = plain_emphasis

    def process_text(self, el: NavigableString, parent_tags: set[str] | None = None) -> str:
        """Text of one node."""
        tags, text = parent_tags or set(), str(el)
        if "pre" in tags:
            return text
        text = _SPACE.sub(" ", text)
        if el.parent is not None and el.parent.name in _CONTAINERS and not text.strip():
            return ""
        if "_noformat" in tags:
            return text
        text = _escaped(text) if "a" in tags else "".join(_with_addresses(text))
        last = el.next_sibling is None and el.parent is not None and el.parent.name in ("p", "td", "th", "li")
        return re.sub(r"\\([!<&])\Z", r"\1", text) if last else text

    def _line(self, text: str) -> str:
        """The text of a paragraph: emphasis is settled, and no line of it begins like another block."""
        text = settled(text, plain=self._plain)
        text = re.sub(rf"[ ]*{BREAK}\n[ ]*", "\\\\\n", text.strip(f" {BREAK}\n"))
        text = re.sub(r"(?:\\\n)+\Z", "", text)
        return "\n".join(_LINE.sub(self._not_a_block, line) for line in text.split("\n"))

    @staticmethod
    def _not_a_block(found: re.Match[str]) -> str:
        return f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}"

    def convert_p(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002 - as markdownify calls it
        """A paragraph."""
        line = self._line(text)
        around = "\n" if el.has_attr(TIGHT) else "\n\n"
        return f"{around}{line}{around}" if line else ""

    def convert_hN(self, n: int, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002, N802
        """A heading; an id that a link leads to stands behind it."""
        line = _SPACE.sub(" ", text.replace(BREAK, " ")).strip()
        line = re.sub(r"(#+)\Z", r"\\\1", settled(line, plain=self._plain))
        name = f" {{ #{el['id']} }}" if el.get("id") else ""
        return f"\n\n{'#' * n} {line}{name}\n\n" if line else ""

    def convert_br(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        """A line break."""
        return "<br>" if parent_tags & {"td", "th"} else f"{BREAK}\n"

    def _emphasis(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        words = text.strip(f" {BREAK}\n")
        if "_noformat" in parent_tags or not words:
            return text
        start = text.index(words)
        return f"{text[:start]}{OPEN[el.name]}{words}{CLOSE[el.name]}{text[start + len(words) :]}"

    convert_em = convert_strong = convert_del = _emphasis

    def _raw(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """An inline element that Markdown has no signs for."""
        return text if "_noformat" in parent_tags or not text.strip() else f"<{el.name}>{text}</{el.name}>"

    convert_abbr = convert_cite = convert_dfn = convert_ins = convert_mark = convert_q = convert_small = _raw
    convert_sub = convert_sup = convert_u = convert_var = _raw

    def convert_code(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Code in a line."""
        if "pre" in parent_tags:
            return text
        if not text.strip():
            return " " if text else ""
        if (parent_tags & {"td", "th"} and "|" in text) or "@@" in text:
            return code_of_html(text)
        if el.find("a"):
            return text
        return f"{CODE}{text}{CODE_END}"

    def convert_kbd(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """A key, or what a program says."""
        return text if "pre" in parent_tags else f"<{el.name}>{in_references(text)}</{el.name}>"

    convert_samp = convert_kbd

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """A link."""
        href, words = str(el.get("href") or ""), text.strip(f" {BREAK}\n")
        if not href or not words or "pre" in parent_tags:
            return text
        start = text.index(words)
        title = _title(str(el.get("title") or ""))
        if not title and re.fullmatch(r"https?://[^\s<>\\@]+", href) and el.get_text() == href:
            link = f"<{href}>"
        else:
            link = f"[{words}]({destination(href)}{title})"
        return f"{text[:start]}{link}{text[start + len(words) :]}"

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        """A picture."""
        alt = _escaped(" ".join(str(el.get("alt") or "").split()))
        return f"![{alt}]({destination(str(el.get('src') or ''))}{_title(str(el.get('title') or ''))})"

    def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        """Code on lines of its own."""
        if text.startswith("\n") and el.find() is None:  # the parser of HTML passes over the first one
            text = text[1:]
        code = text.removesuffix("\n")
        fence = backticks(code, least=3)
        return f"\n\n{fence}{_language(el)}\n{code}\n{fence}\n\n"

    def convert_hr(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        """A line across; of stars, since one of hyphens could underline what stands above it."""
        return "\n\n***\n\n"

    def convert_blockquote(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        """A quotation."""
        lines = text.strip("\n").split("\n")
        return "\n\n" + "\n".join(f"> {line}".rstrip() for line in lines) + "\n\n" if text.strip() else ""

    def convert_list(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        """A list."""
        tight = el.parent is not None and el.parent.name == "li" and not _is_loose(el.parent)
        first = text.strip("\n").partition("\n")[0]
        if (el.name == "ol" and str(el.get("start") or "1") != "1") or first in ("-", "*", "1.", "1)"):
            tight = False  # it would be text of the paragraph above it (5.2)
        around = "\n" if tight else "\n\n"
        return f"{around}{text.strip(chr(10))}{around}" if text.strip() else ""

    convert_ul = convert_ol = convert_list

    def convert_li(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        """An item, with its mark: lists that follow each other have different ones."""
        parent = el.parent
        numbered = parent is not None and parent.name == "ol"
        other = parent is not None and _lists_before(parent) % 2 == 1
        if numbered and parent is not None:
            start = str(parent.get("start") or "1")
            number = (int(start) if start.isdigit() and len(start) < 9 else 1) + len(el.find_previous_siblings("li"))  # noqa: PLR2004 - 5.2: nine digits
            mark = f"{number}{')' if other else '.'} "
        else:
            mark = "* " if other else "- "
        body = text.strip("\n")
        lines = (f"{' ' * len(mark)}{line}" if line else "" for line in body.split("\n"))
        item = (mark + "\n".join(lines)[len(mark) :]).rstrip() if body else mark.rstrip()
        loose = parent is not None and any(_is_loose(one) for one in parent.find_all("li", recursive=False))
        return f"{item}\n\n" if loose else f"{item}\n"

    def _cell(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        line = settled(re.sub(rf"\s*{BREAK}\s*", "<br>", text).strip(), plain=self._plain)
        return f" {_SPACE.sub(' ', line)} |"

    convert_td = convert_th = _cell

    def convert_tr(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        """A row; the first one is the head, empty where the table has none."""
        table = el.find_parent("table")
        if table is None or el is not table.find("tr"):
            return f"|{text}\n"
        cells = el.find_all(["td", "th"])
        rule = f"|{''.join(f' {_alignment(cell)} |' for cell in cells)}\n"
        if all(cell.name == "th" for cell in cells):
            return f"|{text}\n{rule}"
        return f"|{'  |' * len(cells)}\n{rule}|{text}\n"

    def convert_table(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        """A table."""
        return "\n\n" + text.strip().replace("\n\n", "\n") + "\n\n"

    def convert_footnote_ref(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        """The mark of a footnote."""
        return f"[^{el['number']}]"

    def convert_footnote_text(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        """A footnote."""
        lines = text.strip("\n").split("\n")
        body = "\n".join(f"    {line}".rstrip() for line in lines).strip()
        return f"\n\n[^{el['number']}]: {body}\n\n" if body else ""

    def convert_kept_html(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        """HTML that is kept as it is: only the tree makes such an element, around one other."""
        inside = el.find()
        return f"\n\n{as_block_of_html(inside)}\n\n" if inside is not None else ""


_CONTAINERS = frozenset(
    {"body", "div", "blockquote", "ul", "ol", "li", "table", "thead", "tbody", "tfoot", "tr", KEPT, "footnote-text"}
)


def _alignment(cell: Tag) -> str:
    style = f"{cell.get('align') or ''} {cell.get('style') or ''}"
    found = re.search(r"(left|right|center)", style)
    return {"left": ":--", "right": "--:", "center": ":-:"}[found[1]] if found else "---"


def _is_loose(item: Tag) -> bool:
    """Return True for an item with a paragraph that the source has written as one."""
    return any(isinstance(child, Tag) and child.name == "p" and not child.has_attr(TIGHT) for child in item.children)


def _lists_before(element: Tag) -> int:
    """The number of lists of the same kind that stand right before this one."""
    count = 0
    for before in element.previous_siblings:
        if isinstance(before, Tag):
            if before.name != element.name:
                break
            count += 1
    return count


def _language(element: Tag) -> str:
    """The language of code, as highlighters name it in a class."""
    return next((found[1] for words in _classes(element) if (found := _LANGUAGE.search(words))), "")


def _classes(element: Tag) -> Iterator[str]:
    for one in (element, *element.find_all("code"), *list(element.parents)[:3]):
        value = one.get("class")
        yield " ".join(value) if isinstance(value, list) else str(value or "")
