"""Dialects of Markdown, as the Markdown that CommonMark reads: kramdown, Markdown Extra, admonitions, formulas.

What a dialect adds in looks is taken out; what it adds in text becomes what shows it here, or is told with its line.
"""

import re
from collections.abc import Mapping
from functools import partial

from tipsheet.archives.markdown import outside_code, outside_fences, without_code
from tipsheet.archives.templating import Template
from tipsheet.blocks.commonmark import CODE_SPAN

__all__ = ["admonitions", "attributes", "boxes", "extra", "formulas", "kramdown", "mdx", "notes", "pymdownx"]

_HEAD_IAL = re.compile(r"^( {0,3}#{1,6}[ \t][^\n]*?)[ \t]*\n\{:[^{}\n]*#([\w-]+)[^{}\n]*\}[ \t]*$", re.MULTILINE)
_IAL_LINE = re.compile(r"^[ \t>]*\{:[^{}\n]*\}[ \t]*$\n?", re.MULTILINE)
_IAL = re.compile(r"\{:(?!:)[^{}\n]*\}")
_HIDDEN, _END_OF_HIDDEN = re.compile(r"\{::comment\}"), re.compile(r"\{:/(?:comment)?\}")
_END_OF_BLOCK = re.compile(r"^\^[ \t]*$", re.MULTILINE)
_TABLE = re.compile(r"(?:^[ \t]{0,3}\|.*\n?)+", re.MULTILINE)
_RULE = re.compile(r"(?=[+|: \t]*+[-=])[-=+|: \t]*+")
_TOC = re.compile(
    r"^[ \t]*(?:[-*+]|\d+\.)[ \t]+\S[^\n]*\n[ \t]*\{:[ \t]*toc[^}\n]*\}[ \t]*$|^\[TOC\][ \t]*$|^\[\[_TOC_\]\][ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
_NOMARKDOWN = re.compile(r"\{::(?:nomarkdown|options)[^{}]*+\}|\{:/(?:nomarkdown)?\}")
_INSIDE = re.compile(
    r"""(<(?:div|section|article|aside|figure|details|center|blockquote|td)\b[^<>\n]*?)(?<!\s)\s++markdown(?:\s*+=\s*+(?:"[^"]*"|'[^']*'|\w+))?([^<>\n]*+>)""",
    re.IGNORECASE,
)

_ADMONITION = re.compile(r"""^(!!!|\?\?\?\+?|===[!+]*)[ \t]+(?:([\w-]+)[^"\n]*)?(?:"([^"\n]*)")?[ \t]*$""")
_ATTRIBUTES = re.compile(
    r"""(?:(?<=[)\]`*_\ufddb])|^[ \t]*(?=\{[^{}\n]*\}[ \t]*$))\{:?[ ]*"""
    r"""(?:(?:[.#][\w:/-]++|[\w-]++=(?:"[^"\n]*"|'[^'\n]*'|[^\s{}"']++))[ ]*+)++\}""",
    re.MULTILINE,
)
"""Classes, ids and sizes behind a link, a picture and the like, or on a line of their own, which mean nothing here."""
_SNIPPET = re.compile(r"^[ \t]*-{1,}8<-{1,}.*$\n?", re.MULTILINE)


def kramdown(template: Template) -> None:
    """Attributes and options of kramdown, and tables of contents: https://kramdown.gettalong.org/syntax.html.

    Its comments are for nobody to read. Its tables have lines between their parts, and need no head.
    """

    def change(run: str) -> str:
        run = _HEAD_IAL.sub(r"\1 {#\2}", run)
        run = _NOMARKDOWN.sub("", _TOC.sub("", run))
        run = _IAL.sub("", _IAL_LINE.sub("", run)) if "{:" in run else run
        return _TABLE.sub(_rows_of_kramdown, _END_OF_BLOCK.sub("", run))

    _without_hidden(template)
    template.text = outside_code(template.text, change)


def _without_hidden(template: Template) -> None:
    """Take out comments, with code in them; one that nothing ends is text, as kramdown shows it."""
    text = template.text
    out, at = [], 0
    for begin in _HIDDEN.finditer(without_code(text)):
        if begin.start() < at:
            continue
        end = _END_OF_HIDDEN.search(text, begin.end())
        if end is None:
            template.tell("a comment that nothing ends", begin)
            break
        out += [text[at : begin.start()], "\n" * text.count("\n", begin.start(), end.end())]
        at = end.end()
    template.text = "".join((*out, text[at:]))


def _rows_of_kramdown(found: re.Match[str]) -> str:
    lines = found[0].split("\n")
    rules = [number for number, line in enumerate(lines) if _RULE.fullmatch(line)]
    between = frozenset(rules[1:])
    rows = [line for number, line in enumerate(lines) if number not in between]
    if rules[:1] == [1]:
        cells, marks = _cells(rows[0]), [mark.strip() for mark in rows[1].strip().strip("|").split("|")]
        if len(marks) < cells:
            rows[1] = f"| {' | '.join([*(mark or '---' for mark in marks), *['---'] * (cells - len(marks))])} |"
        return "\n".join(rows)
    if rules or not all(line.rstrip().endswith("|") for line in lines if line):
        return found[0]
    cells = _cells(lines[0])
    return "\n".join((f"|{'  |' * cells}", f"|{' --- |' * cells}", *lines))


def _cells(row: str) -> int:
    """The cells of a row that begins with a bar."""
    return len(_BAR.findall(row.strip())) - row.rstrip().endswith("|")


_CLOSE_HEADING = re.compile(r"^(#{2,6})(?=[^#\s])", re.MULTILINE)
_CLOSED_HEADING = re.compile(r"^(#{2,6})(?!#)(.*[^#\s])\1[ \t]*$", re.MULTILINE)
_ABBREVIATION = re.compile(r"^ {0,3}\*\[[^\]\n]+\]:.*(?:\n|\Z)", re.MULTILINE)
_ROW = r"[^|\n]*+\|[^\n]*+"
_ROWS = re.compile(rf"^{_ROW}\n[ \t]*+\|?[ \t]*+:?-++:?[ \t]*+\|[ \t|:-]*+\n(?:{_ROW}(?:\n|\Z))*+", re.MULTILINE)
_BAR = re.compile(r"(?<!\\)\|")
_CLASSED = re.compile(r"^([ \t>]*(?:`{3,}|~{3,}))[ \t]*\{\s*\.?([\w+#-]+)[^{}\n]*\}[ \t]*$", re.MULTILINE)
"""The beginning of code whose language is a class (Pandoc, codehilite, R Markdown)."""


def extra(template: Template) -> None:
    """Forms of Markdown Extra that CommonMark has not: https://michelf.ca/projects/php-markdown/extra/.

    Headings without a blank, bars in the code of cells, Markdown in blocks of HTML, classes of code, and abbreviations,
    of which the words alone come along.
    """

    def rows(found: re.Match[str]) -> str:
        return CODE_SPAN.sub(lambda span: _BAR.sub(r"\\|", span[0]), found[0])

    template.leave_out(_ABBREVIATION, "the words of an abbreviation")
    template.text = outside_fences(template.text, lambda run: _ROWS.sub(rows, run))
    template.text = outside_code(
        template.text, lambda run: _INSIDE.sub(r"\1\2\n", _CLOSE_HEADING.sub(r"\1 ", _CLOSED_HEADING.sub(r"\1\2", run)))
    )
    template.replace(_CLASSED, lambda m: f"{m[1]}{m[2]}")


_FORMULA = re.compile(
    r"\$\$(?:(?!\n[ \t]*\n|\$\$).)+\$\$|\\{2}\[(?:(?!\\{2}\[).)+?\\{2}\]|\\{2}\((?:(?!\\{2}\().)+?\\{2}\)", re.DOTALL
)


def formulas(template: Template) -> None:
    """Tell of formulas in TeX, which a script showed: their signs stand there."""
    if "$$" in template.text or "\\[" in template.text or "\\(" in template.text:
        for found in _FORMULA.finditer(without_code(template.text)):
            template.tell("a formula, whose signs stand there", found)


def attributes(template: Template) -> None:
    """Lists of attributes (https://python-markdown.github.io/extensions/attr_list/), which goldmark has as well."""
    template.text = outside_code(template.text, lambda run: _ATTRIBUTES.sub("", run))


_ICON = re.compile(r"(?<![\w:]):(?:material|fontawesome|octicons|simple)-[\w-]+:(?:\{[^{}\n]*\})?")
_KEYS = re.compile(r"(?<!\+)\+\+([\w\"-]+(?:\+[\w\"-]+)*)\+\+(?!\+)")
_MARKED = (re.compile(r"\{?==(?=\S)([^=\n]+?)(?<=\S)==\}?"), r"<mark>\1</mark>")
_MARKS = (
    (re.compile(r"\{>>(?:(?!\{>>).)*?<<\}", re.DOTALL), ""),
    (re.compile(r"\{\+\+((?:(?!\{\+\+).)+?)\+\+\}"), r"<ins>\1</ins>"),
    (re.compile(r"\{--((?:(?!\{--).)+?)--\}"), r"<del>\1</del>"),
    (re.compile(r"\{~~((?:(?!\{~~|~>).)+)~>((?:(?!\{~~).)+?)~~\}"), r"<del>\1</del><ins>\2</ins>"),
    _MARKED,
    (re.compile(r"\^\^(?=\S)([^^\n]+?)(?<=\S)\^\^"), r"<ins>\1</ins>"),
    (re.compile(r"(?<![\^\\\[])\^([^\s^\]]+)\^(?!\^)"), r"<sup>\1</sup>"),
    (re.compile(r"(?<![~\\])~([^\s~]+)~(?!~)"), r"<sub>\1</sub>"),
)
"""Marks of pymdownx: critic, mark, caret and tilde; what stands in a comment is for editors alone."""


def pymdownx(template: Template) -> None:
    """Icons, keys and marks of https://facelessuser.github.io/pymdown-extensions/."""

    def keys(found: re.Match[str]) -> str:
        return "+".join(f"<kbd>{key.strip(chr(34)).capitalize()}</kbd>" for key in found[1].split("+"))

    template.leave_out(_ICON, "an icon")
    for pattern, new in _MARKS:
        template.text = outside_code(template.text, partial(pattern.sub, new))
    template.replace_outside_code(_KEYS, keys)


_BOX = re.compile(r"^[ \t]*:{3,}(?:[ \t]*[\w{][^\n]*)?$\n?", re.MULTILINE)
_CALLOUT = re.compile(r"^((?:[ \t]*>)+)[ \t]*\[!(\w+)\][-+]?[ \t]*(.*)$", re.MULTILINE)
_PRIVATE = re.compile(r"%%.*?%%", re.DOTALL)
_ANCHOR = re.compile(r"(?<![ \t])[ \t]++\^[\w-]+[ \t]*$", re.MULTILINE)
_WIKI = re.compile(r"(!?)\[\[([^\[\]|#\n]*)(#[^\[\]|\n]*)?(?:\\?\|([^\[\]\n]*))?\]\]")


def boxes(template: Template) -> None:
    """Boxes of Pandoc, VuePress and GitHub: their text stays, and the title of a callout above it."""

    def titled(found: re.Match[str]) -> str:
        return f"{found[1]} **{found[3].strip() or found[2].capitalize()}**\n{found[1]}"

    template.replace_outside_code(_BOX, lambda _found: "")
    template.replace_outside_code(_CALLOUT, titled)


def notes(template: Template, files: Mapping[str, str], *, vault: bool) -> None:
    """Links between notes, ``[[a note|words]]``, and, in a ``vault``, marks and comments of Obsidian.

    ``files`` are paths by the names of notes and pictures in small letters. https://help.obsidian.md/syntax
    """

    def linked(found: re.Match[str]) -> str:
        embeds, name, fragment, words = found[1], found[2].strip(), found[3] or "", (found[4] or "").strip()
        path = files.get(name.casefold().removesuffix(".md"), "")
        if not name and fragment:
            return f"[{words or fragment[1:]}]({_fragment(fragment)})"
        if not path:
            if vault:
                template.tell("a link to what is not in the archive", found)
            return (words or name) if vault else found[0]
        if embeds and not path.endswith(".md"):
            return f"![{'' if re.fullmatch(r'[0-9x]+', words) else words}](</{path}>)"
        if embeds:
            template.tell("a note that is shown in another, to which a link leads", found)
        return f"[{words or name}](</{path}{_fragment(fragment)}>)"

    if vault:
        template.replace_outside_code(_PRIVATE, lambda _found: "")
        template.text = outside_code(template.text, lambda run: _ANCHOR.sub("", _MARKED[0].sub(_MARKED[1], run)))
    if "[[" in template.text:
        template.replace_outside_code(_WIKI, linked)


def _fragment(heading: str) -> str:
    words = re.sub(r"[^\w\- ]", "", heading.rpartition("#")[2].strip().lower())
    return f"#{words.replace(' ', '-')}" if words else ""


_MODULE = re.compile(r"^(?:import|export)\b[^\n]*$(?:\n(?![ \t]*\n)[^\n]+$)*\n?", re.MULTILINE)


def mdx(template: Template) -> None:
    """Programs in a text (https://mdxjs.com/docs/what-is-mdx/), which go."""
    template.leave_out(_MODULE, "a program in a text")


def admonitions(template: Template) -> None:
    """Admonitions, tabs and folds of Python-Markdown and mkdocs-material, as quotations with a title."""
    attributes(template)
    template.leave_out(_SNIPPET, "a text of another file")
    if not re.search(r"^(?:!!!|\?\?\?|===)", template.text, re.MULTILINE):
        return
    lines, out, at = template.text.split("\n"), [], 0
    fenced = False
    while at < len(lines):
        line = lines[at]
        fenced ^= bool(re.match(r"[ \t]*(?:```|~~~)", line))
        opened = None if fenced else _ADMONITION.match(line)
        if opened is None:
            out.append(line)
            at += 1
            continue
        body: list[str] = []
        at += 1
        while at < len(lines) and (not lines[at].strip() or lines[at].startswith(("    ", "\t"))):
            body.append(lines[at][1:] if lines[at].startswith("\t") else lines[at][4:])
            at += 1
        title = opened[3] if opened[3] is not None else (opened[2] or "").replace("-", " ").capitalize()
        inner = Template("\n".join(body).strip("\n"), template.where)
        admonitions(inner)
        head = [f"**{title}**", ""] if title else []
        out += [f"> {one}".rstrip() for one in (*head, *inner.text.split("\n"))] + [""]
    template.text = "\n".join(out)
