"""The Markdown of the witness, and the registry of what we read otherwise on purpose, `DOCUMENTED`.

CommonMark with GitHub's tables, strikethrough and footnotes, by markdown-it-py. Tasks and bare addresses
need no rule: `DOCUMENTED` makes both sides of them plain text before they are compared.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape, unescape
from urllib.parse import unquote

from lxml.html import HtmlElement
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from mdit_py_plugins.footnote import footnote_plugin

from tipsheet.blocks.extension import AT_START, ATTRIBUTES
from tipsheet.model.placeholders import unguarded

__all__ = [
    "ATTRIBUTE_LIST", "CODE_LINE", "DOCUMENTED", "HTML_LINE", "LINE", "NOTE", "Documented", "Marked", "References",
    "TooDeepError", "marked_up", "plain_fields", "plain_fields_of",
]  # fmt: skip


LINE = "data-tipsheet-line"
CODE_LINE = "data-tipsheet-code-line"
HTML_LINE = "data-tipsheet-html-line"
NOTE = "data-tipsheet-note"
DEEPEST = 60
"""The deepest nesting of tokens that is compared; further down, markdown-it would leave text out."""
ATTRIBUTE_LIST = re.compile(rf"[ \t]*{ATTRIBUTES}")

_TITLE = re.compile(r"""\btitle=("[^"]*"|'[^']*'|\S+)""")
_OPENS_MARKDOWN = re.compile(r" {0,3}<[a-zA-Z][\w-]*(?=\s)[^>]*\smarkdown(?:=[\"']?(?:1|block)[\"']?)?(?=[\s>])[^>]*>")

_BARE = re.compile(
    r"(?:(?<![^\s*_~(]))(?:https?://|www\.)(?:[a-z0-9-]+\.)*[a-z0-9-]+\.[a-z0-9-]*[a-z0-9](?![\w-])[^\s<]*",
    re.IGNORECASE,
)
_MAIL = re.compile(r"(?<![\w.+/:@-])[A-Za-z0-9._+-]+@[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*[A-Za-z0-9])+(?![\w@-])")
_ENDS = "?!.,:;*_~'\""
"""At the end of an address, these are the sentence's. GitHub keeps a semicolon, which nobody can mean."""
_ENTITY = re.compile(r"&[A-Za-z0-9]+;$")

References = Mapping[str, tuple[str, str | None]]
"""Addresses and titles of link definitions by their label, as Python-Markdown keeps them."""


class TooDeepError(ValueError):
    """Quotations or lists stand in each other deeper than the witness follows."""


@dataclass(frozen=True, slots=True)
class Marked:
    """The HTML of a text as CommonMark has it, each element with its line, and bare addresses that GitHub links.

    Lines count from 0.
    """

    html: str
    addresses: tuple[tuple[str, int], ...]


def marked_up(text: str, references: References) -> Marked:
    """A text as CommonMark and GitHub have it; ``references`` are definitions around it. Raises TooDeepError."""
    known = {" ".join(k.split()).lower().upper(): {"href": u, "title": t or ""} for k, (u, t) in references.items()}
    env: EnvType = {"references": known}
    tokens = list(_opened(_MARKDOWN.parse(text, env), env))
    if any(token.level >= DEEPEST for token in tokens):
        raise TooDeepError
    for token in tokens:
        _tell_lines(token)
    html: str = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, env)
    return Marked(html, tuple(_expected_addresses(tokens)))


def _expected_addresses(tokens: Iterable[Token]) -> Iterator[tuple[str, int]]:
    """The addresses of which GitHub makes links, as they stand in the words of a text, and their lines from 0."""
    for token in tokens:
        line, links = token.map[0] if token.map else 0, 0
        for child in token.children or ():
            line += child.type in {"softbreak", "hardbreak"}
            opens = child.type == "link_open" or (
                child.type == "html_inline" and child.content.lower().startswith("<a")
            )
            closes = child.type == "link_close" or child.content.lower().startswith("</a")
            links += opens - closes
            if child.type == "text" and not links:
                yield from ((address, line) for address in _bare(child.content))


def _bare(text: str) -> Iterator[str]:
    if "://" in text or "www." in text:
        yield from (_trimmed(found[0]) for found in _BARE.finditer(text) if "@@" not in found[0])
    if "@" in text and "@@" not in text:
        yield from (found[0] for found in _MAIL.finditer(text))


def _trimmed(address: str) -> str:
    """An address without the signs of its sentence."""
    while True:
        before = address
        address = _ENTITY.sub("", address.rstrip(_ENDS))
        if address.endswith(")") and address.count(")") > address.count("("):
            address = address[:-1]
        if address == before:
            return address


def _opened(tokens: Sequence[Token], env: EnvType) -> Iterator[Token]:
    """The tokens, with the text between tags that say ``markdown`` parsed as well."""
    for token in tokens:
        first, *lines = token.content.split("\n")
        if token.type != "html_block" or not token.map or not _OPENS_MARKDOWN.match(first):
            yield token
            continue
        end = next((at for at, line in enumerate(lines) if line.lstrip().startswith("</")), len(lines))
        below = token.map[0] + 1
        inside = _MARKDOWN.parse("\n" * below + "\n".join(lines[:end]), env)
        yield _html_token(first, below - 1)
        yield from _opened(inside, env)
        yield _html_token("\n".join(lines[end:]), below + end)


def _html_token(content: str, line: int) -> Token:
    return Token("html_block", "", 0, content=f"{content}\n", map=[line, line + 1])


def _tell_lines(token: Token) -> None:
    if token.map and token.nesting >= 0:
        token.attrSet(LINE, str(token.map[0]))
        token.attrSet(CODE_LINE, str(token.map[0] + (token.type == "fence")))
    line = token.map[0] if token.map else 0
    for child in token.children or ():
        if child.type in {"softbreak", "hardbreak"}:
            line += 1
        elif child.nesting >= 0 and child.tag:
            child.attrSet(LINE, str(line))


def _html_block(
    _renderer: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType
) -> str:
    # an element, since a comment would end one that the text has left open
    return f'<img {HTML_LINE}="{tokens[index].attrGet(LINE)}">{tokens[index].content}'


def _note_mark(
    _renderer: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType
) -> str:
    return f'<sup {NOTE}="{_escaped(tokens[index].meta["label"])}"></sup>'


def _note_open(
    _renderer: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType
) -> str:
    token = tokens[index]
    return f'<aside {NOTE}="{_escaped(token.meta["label"])}" {LINE}="{token.attrGet(LINE)}">'


def _note_close(
    _renderer: RendererHTML, _tokens: Sequence[Token], _index: int, _options: OptionsDict, _env: EnvType
) -> str:
    return "</aside>"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")


def _program() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"maxNesting": DEEPEST + 10}).enable(["table", "strikethrough"])
    markdown.use(footnote_plugin, inline=False, move_to_end=False)
    markdown.add_render_rule("html_block", _html_block)
    markdown.add_render_rule("footnote_ref", _note_mark)
    markdown.add_render_rule("footnote_reference_open", _note_open)
    markdown.add_render_rule("footnote_reference_close", _note_close)
    # Addresses are compared as they were written, dangerous ones included: those are not the witness's affair.
    markdown.normalizeLink = lambda url: url  # type: ignore[method-assign]
    markdown.validateLink = lambda url: True  # type: ignore[method-assign]  # noqa: ARG005
    return markdown


_MARKDOWN = _program()


def _alike(_root: HtmlElement) -> None:
    """Change nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Documented:
    """A difference from GitHub that the docs state.

    ``written`` is an example of it; ``github`` and ``here`` say what is shown there and here. ``theirs`` and
    ``ours`` take it out of a parsed text, so that the rest can be compared; it is looked for only where
    ``sign`` stands in the HTML.
    """

    name: str
    written: str
    github: str
    here: str
    sign: str
    theirs: Callable[[HtmlElement], None] = _alike
    ours: Callable[[HtmlElement], None] = _alike


_FIELD = re.compile(r"\\\\|\\@(?:@[^@\n`]{0,200}?@@)?|(@@(?=[A-Za-z_])(?:[^@\n]|\n(?!\s*(?:\n|```|~~~))){0,200}@@)")
_SHOWN_FIELD = re.compile(r"@@(?=[A-Za-z_])[^@<]{0,200}@@")
_SIGNS = re.compile(r"[*_`\[\]<\\~&]")


def plain_fields(text: str) -> str:
    """A text in which no merge field holds a sign of Markdown; as long as before, line for line."""
    return _FIELD.sub(lambda m: _SIGNS.sub("\xb7", m[1]) if m[1] else m[0], text) if "@@" in text else text


def plain_fields_of(html: str) -> str:
    """HTML, ours or GitHub's, in which nothing that looks like a merge field holds such a sign."""
    shown = unguarded(html)
    return _SHOWN_FIELD.sub(lambda m: escape(_SIGNS.sub("\xb7", unescape(m[0]))), shown) if "@@" in shown else shown


def _given_titles(root: HtmlElement) -> None:
    for element in root.xpath(".//a | .//img"):
        given = AT_START.match(element.tail or "")
        if given and (title := _TITLE.search(given[1])):
            element.set("title", title[1].strip("\"'"))


def _figures(root: HtmlElement) -> None:
    for figure in root.xpath(".//figure[@class='ts-figure']"):
        figure.tag = "p"
        for caption in figure.xpath("./figcaption"):
            for image in figure.xpath("./img"):
                image.set("title", caption.text_content())
            caption.drop_tree()


def _highlights(root: HtmlElement) -> None:
    for box in root.xpath(".//div[contains(@class, 'highlight')][.//pre]"):
        for title in box.xpath(".//span[@class='filename']"):
            title.drop_tree()
        box.drop_tag()


def _contents(root: HtmlElement) -> None:
    for box in root.xpath(".//div[@class='toc']"):
        tail = box.tail
        box.clear()
        box.tag, box.text, box.tail = "p", "[TOC]", tail


def _tasks(root: HtmlElement) -> None:
    for box in root.xpath(".//input[@type='checkbox'][ancestor::li]"):
        box.tail = f"[{'x' if box.get('checked') is not None else ' '}] {box.tail or ''}"
        box.drop_tree()
    for label in root.xpath(".//label[contains(@class, 'task-list')] | .//span[contains(@class, 'task-list')]"):
        label.drop_tag()


def _written_tasks(root: HtmlElement) -> None:
    for item in root.xpath(".//li"):
        first = item if (item.text or "").strip() or not len(item) else item[0]
        if first.text and first.text.lstrip().startswith("[X]"):
            first.text = first.text.replace("[X]", "[x]", 1)


def _bare_addresses(root: HtmlElement) -> None:
    for link in root.xpath(".//a[@href][not(*)]"):
        text, href = link.text or "", link.get("href")
        if href in {text, f"mailto:{text}", f"http://{text}", f"https://{text}"}:
            link.drop_tag()


def _strong_emphasis(root: HtmlElement) -> None:
    for strong in root.xpath(".//strong[count(*)=1][em]"):
        inner = strong[0]
        if not (strong.text or inner.tail):
            strong.tag, inner.tag = "em", "strong"


def _our_notes(root: HtmlElement) -> None:
    for mark in root.xpath(".//sup[a[contains(@class, 'footnote-ref')]]"):
        mark.set(NOTE, _label(mark.xpath("string(./a/@href)")))
        for link in list(mark):
            mark.remove(link)
    for box in root.xpath(".//div[@class='footnote']"):
        for back in box.xpath(".//a[contains(@class, 'footnote-backref')]"):
            parent = back.getparent()
            back.drop_tree()
            for part in (parent, *parent):
                part.text, part.tail = (part.text or "").rstrip("\xa0"), (part.tail or "").rstrip("\xa0")
        for note in box.xpath("./ol/li"):
            note.tag = "aside"
            note.set(NOTE, _label(note.get("id") or ""))
            root.append(note)
        box.drop_tree()


def _label(address: str) -> str:
    return unquote(address).partition(":")[2]


def _their_notes(root: HtmlElement) -> None:
    referred = {mark.get(NOTE) for mark in root.xpath(f".//sup[@{NOTE}]")}
    for note in root.xpath(f".//aside[@{NOTE}]"):
        if note.get(NOTE) in referred:
            tail, note.tail = note.tail, None
            root.append(note)
            note.tail = tail
        else:
            note.drop_tree()


DOCUMENTED: Sequence[Documented] = (
    Documented(
        name="Attributes in braces",
        written="[Reserve a seat](https://seats.example/){ .cta }",
        github="the braces as text",
        here="classes, an id and `key=value` of what stands before them; braces that hold anything else are text "
        "here as well",
        sign="{",
        theirs=_given_titles,
    ),
    Documented(
        name="Markdown between tags",
        written="<div markdown>\nThis is *meant*.\n</div>",
        github="the stars",
        here="Markdown, where the tag says `markdown`; elsewhere only between empty lines, as on GitHub",
        sign="markdown",
    ),
    Documented(
        name="Merge fields",
        written="Hello @@first_name or *you* there@@, welcome.",
        github="the signs as they are",
        here="in a letter the reader's value, elsewhere the words after `or`, in which stars and such are stars",
        sign="@@",
    ),
    Documented(
        name="Credits of pictures",
        written='![Scales](scales.png "Photo: A. Person")',
        github="the picture; its title when a mouse rests on it",
        here="a picture alone in its paragraph becomes a figure, and its title the credit below it",
        sign="<figure",
        ours=_figures,
    ),
    Documented(
        name="Code",
        written='```python title="ask.py"\nprint("Why?")\n```',
        github="the code, in colours; words after the language are not shown",
        here="the code, a `title` above it; a tab is as many blanks as it is wide",
        sign="highlight",
        ours=_highlights,
    ),
    Documented(
        name="Table of contents",
        written="[TOC]\n\n## One\n\n## Two",
        github="the word in brackets",
        here="links to the headings",
        sign='class="toc"',
        ours=_contents,
    ),
    Documented(
        name="Tasks",
        written="- [x] asked\n- [ ] answered",
        github="boxes",
        here="boxes",
        sign="<li",
        ours=_tasks,
        theirs=_written_tasks,
    ),
    Documented(
        name="Bare addresses",
        written="See https://example.org/a or <https://example.org/b>, or write to ada@sheet.example.",
        github="links",
        here="links; `ftp://` and `mailto:` too",
        sign="<a",
        ours=_bare_addresses,
        theirs=_bare_addresses,
    ),
    Documented(
        name="Three stars",
        written="This is ***meant***.",
        github="emphasis around strong text",
        here="strong text around emphasis, which looks the same",
        sign="<strong",
        ours=_strong_emphasis,
        theirs=_strong_emphasis,
    ),
    Documented(
        name="Footnotes",
        written="Asked twice.[^1]\n\n[^1]: And answered once.",
        github="numbers, and the notes at the end in the order of their marks",
        here="numbers, and the notes at the end of the text they stand in",
        sign="note",
        ours=_our_notes,
        theirs=_their_notes,
    ),
    Documented(
        name="Anchors of headings",
        written="## Ask one question",
        github="an anchor made of the words",
        here="the same for plain words; other signs are left out of it differently. `{ #name }` sets it",
        sign="<h",
    ),
    Documented(
        name="One tilde",
        written="About ~5 minutes~ a day.",
        github="struck through",
        here="as written; two tildes strike",
        sign="~",
    ),
)
"""Everything that is taken out before two readings are compared, in this order; the docs are made of it."""
