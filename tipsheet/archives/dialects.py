"""Dialects of Markdown, as the Markdown that CommonMark reads: kramdown, Markdown Extra, admonitions, formulas.

What a dialect adds in looks is taken out; what it adds in text becomes what shows it here, or is told with its line.
"""

import re

from tipsheet.archives.markdown import SPAN, outside_code, outside_fences, without_code
from tipsheet.archives.templating import Template

__all__ = ["admonitions", "extra", "formulas", "kramdown"]

_HEAD_IAL = re.compile(r"^( {0,3}#{1,6}[ \t][^\n]*?)[ \t]*\n\{:[^{}\n]*#([\w-]+)[^{}\n]*\}[ \t]*$", re.MULTILINE)
_IAL_LINE = re.compile(r"^[ \t>]*\{:[^{}\n]*\}[ \t]*$\n?", re.MULTILINE)
_IAL = re.compile(r"\{:(?!:)[^{}\n]*\}")
_HIDDEN = re.compile(r"\{::comment\}.*?(?:\{:/(?:comment)?\}|\Z)", re.DOTALL)
_END_OF_BLOCK = re.compile(r"^\^[ \t]*$", re.MULTILINE)
_TABLE = re.compile(r"(?:^[ \t]{0,3}\|.*\n?)+", re.MULTILINE)
_RULE = re.compile(r"[ \t]*\|?[-=+|: \t]*[-=][-=+|: \t]*")
_TOC = re.compile(
    r"^[ \t]*(?:[-*+]|\d+\.)[ \t]+\S[^\n]*\n[ \t]*\{:[ \t]*toc[^}\n]*\}[ \t]*$|^\[TOC\][ \t]*$|^\[\[_TOC_\]\][ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
_NOMARKDOWN = re.compile(r"\{::(?:nomarkdown|options)[^}]*/?\}|\{:/(?:nomarkdown)?\}")
_INSIDE = re.compile(
    r"""(<(?:div|section|article|aside|figure|details|center|blockquote|td)\b[^>\n]*?)\s+markdown(?:\s*=\s*(?:"[^"]*"|'[^']*'|\w+))?([^>\n]*>)""",
    re.IGNORECASE,
)

_ADMONITION = re.compile(r"""^(!!!|\?\?\?\+?|===[!+]*)[ \t]+(?:([\w-]+)[^"\n]*)?(?:"([^"\n]*)")?[ \t]*$""")
_ATTRIBUTES = re.compile(r"(?<=[)\]`*_])\{:?[ ]*[.#][^{}\n]*\}|^[ \t]*\{:?[ ]*[.#][^{}\n]*\}[ \t]*$", re.MULTILINE)
"""Classes and ids behind a link, a picture and the like, which mean nothing here."""
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

    template.text = outside_fences(template.text, lambda run: _HIDDEN.sub(lambda m: "\n" * m[0].count("\n"), run))
    template.text = outside_code(template.text, change)


def _rows_of_kramdown(found: re.Match[str]) -> str:
    lines = found[0].split("\n")
    rules = [number for number, line in enumerate(lines) if _RULE.fullmatch(line)]
    rows = [line for number, line in enumerate(lines) if number not in rules[1:]]
    if rules[:1] == [1]:
        return "\n".join(rows)
    if rules or not all(line.rstrip().endswith("|") for line in lines if line):
        return found[0]
    cells = len(re.findall(r"(?<!\\)\|", lines[0])) - 1
    return "\n".join((f"|{'  |' * cells}", f"|{' --- |' * cells}", *lines))


_CLOSE_HEADING = re.compile(r"^(#{2,6})(?=[^#\s])", re.MULTILINE)
_ABBREVIATION = re.compile(r"^ {0,3}\*\[[^\]\n]+\]:.*(?:\n|\Z)", re.MULTILINE)
_ROWS = re.compile(r"^.*\|.*\n[ \t]*\|?[ \t]*:?-+:?[ \t]*\|[ \t|:-]*\n(?:.*\|.*(?:\n|\Z))*", re.MULTILINE)
_BAR = re.compile(r"(?<!\\)\|")
_CLASSED = re.compile(r"^([ \t>]*(?:`{3,}|~{3,}))[ \t]*\{\s*\.?([\w+#-]+)[^{}\n]*\}[ \t]*$", re.MULTILINE)
"""The beginning of code whose language is a class (Pandoc, codehilite, R Markdown)."""


def extra(template: Template) -> None:
    """Forms of Markdown Extra that CommonMark has not: https://michelf.ca/projects/php-markdown/extra/.

    Headings without a blank, bars in the code of cells, Markdown in blocks of HTML, classes of code, and abbreviations,
    of which the words alone come along.
    """

    def rows(found: re.Match[str]) -> str:
        return SPAN.sub(lambda span: _BAR.sub(r"\\|", span[0]), found[0])

    for found in _ABBREVIATION.finditer(without_code(template.text)):
        template.tell("the words of an abbreviation", found)
    template.text = outside_fences(template.text, lambda run: _ROWS.sub(rows, run))
    template.text = outside_code(
        template.text, lambda run: _INSIDE.sub(r"\1\2\n", _CLOSE_HEADING.sub(r"\1 ", _ABBREVIATION.sub("", run)))
    )
    template.replace(_CLASSED, lambda m: f"{m[1]}{m[2]}")


_FORMULA = re.compile(r"\$\$(?=\S|\s*\n)(?:(?!\n[ \t]*\n|\$\$).)+\$\$|\\{2}\[.+?\\{2}\]|\\{2}\(.+?\\{2}\)", re.DOTALL)


def formulas(template: Template) -> None:
    """Tell of formulas in TeX, which a script showed: their signs stand there."""
    if "$$" in template.text or "\\[" in template.text or "\\(" in template.text:
        for found in _FORMULA.finditer(without_code(template.text)):
            template.tell("a formula, whose signs stand there", found)


def admonitions(template: Template) -> None:
    """Admonitions, tabs and folds of Python-Markdown and mkdocs-material, as quotations with a title."""
    template.text = outside_code(template.text, lambda run: _ATTRIBUTES.sub("", _SNIPPET.sub("", run)))
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
