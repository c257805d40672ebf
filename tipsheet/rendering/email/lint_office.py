"""Checks of what Outlook needs: on Windows the words of Word's engine, on the web its own dark colours."""

import re
from collections.abc import Iterable, Iterator

from lxml.html import HtmlElement

from tipsheet.problems import Evidence, Sign
from tipsheet.rendering.email.lint_style import declarations, styles
from tipsheet.rendering.email.lint_words import Document, Finding, block, tag_of, text_of, words_of
from tipsheet.rendering.email.sheet import Rule, dark_rules, outlook_rules

__all__ = ["balance", "cells", "schemes", "word"]

_VOID = frozenset(
    "area base br col embed hr img input link meta source track wbr o:allowpng o:pixelsperinch".split()  # noqa: SIM905 - words read better in a row
)
_HEAD = (text_of("<head"), block("head"))
_FOR_WORD = re.compile(r"<!--\[if [^\]]*\]>(.*?)<!\[endif\]-->", re.DOTALL)
_MARKS = {"color": "[data-ogsc]", "background-color": "[data-ogsb]"}
_OUTLOOK = (text_of("[if mso]"), block("head"))
_HINT = "keep the comments <!--[if mso]> of email/base.html"


def word(document: Document) -> Iterator[Finding]:
    """E10: a table of the letter's width, which Word needs, and 96 dots an inch, which it takes from noscript only."""
    parts = "".join(_FOR_WORD.findall(document.html))
    width = document.settings.mail.page_width
    if not re.search(rf'<table\b[^>]*\bwidth="{width}"', parts):
        yield Finding(
            "TS410",
            f"Outlook gets no table of {width} px around the letter",
            _HINT,
            (text_of("[if mso]><table"), *_OUTLOOK),
        )
    if not re.search(r"<noscript>(?:(?!</noscript>).)*<o:PixelsPerInch>96<", parts, re.DOTALL):
        yield Finding("TS410", "Outlook is not told of 96 dots an inch inside <noscript>", _HINT, _OUTLOOK)


def balance(document: Document) -> Iterator[Finding]:
    """E10: elements nest in what Outlook sees too."""
    seen = _FOR_WORD.sub(r"\1", document.html)
    seen = re.sub(r"<!--.*?-->|<(style|title|xml)\b.*?</\1>", "", seen, flags=re.DOTALL)
    open_: list[str] = []
    for closing, name, self_closed in re.findall(r"<(/?)([a-zA-Z][\w:]*)[^>]*?(/?)>", seen):
        tag = name.lower()
        if tag in _VOID or self_closed:
            continue
        if not closing:
            open_.append(tag)
        elif not open_ or open_.pop() != tag:
            yield Finding("TS410", f"</{tag}> closes another element", "", (text_of(f"</{tag}>"),))
            return
    if open_:
        yield Finding("TS410", f"<{open_[-1]}> is never closed", "", (Evidence(Sign.TAG, open_[-1]),))


def cells(document: Document) -> Iterator[Finding]:
    """E10: Word pads table cells and nothing else, and knows no blockquote."""
    for quote in document.root.iter("blockquote"):
        message = f"a quotation is no table: '{_words(quote)}'"
        yield Finding("TS410", message, "write a table with one cell", tag_of(quote))
    for element in document.root.iter():
        if not isinstance(element.tag, str) or element.tag in ("td", "th"):
            continue
        style = declarations(element.get("style") or "")
        if not any(name.startswith("padding") and re.search("[1-9]", value) for name, value in style.items()):
            continue
        cell = next(element.iterancestors("td"), None)
        if element.tag != "a" or cell is None:
            message = f"<{element.tag}> has padding, which Outlook ignores"
            yield Finding("TS410", message, "put it on a table cell", tag_of(element))
        elif not cell.get("bgcolor") or "mso-padding-alt" not in declarations(cell.get("style") or ""):
            message = f"the button '{_words(element)}' lacks bgcolor or mso-padding-alt on its cell"
            yield Finding("TS410", message, "use ui.button", (*words_of(element), *tag_of(cell)))


def _words(element: HtmlElement) -> str:
    return " ".join(str(element.text_content()).split())[:40]


def schemes(document: Document) -> Iterator[Finding]:
    """E12: the letter says that it has dark colours, and says them to Apple Mail and to Outlook alike."""
    for name in ("color-scheme", "supported-color-schemes"):
        if not document.root.xpath(f'//meta[@name="{name}"][@content="light dark"]'):
            yield Finding("TS412", f"the meta {name} is missing", f'<meta name="{name}" content="light dark">', _HEAD)
    dark = dark_rules(styles(document))
    if not dark:
        yield Finding("TS412", "there are no dark colours", "keep {{ head_css }} in the template", _HEAD)
    outlook = {(rule.selector, name, value) for rule in outlook_rules(styles(document)) for name, value in _both(rule)}
    for rule in dark:
        for name, value in _both(rule):
            mark = _MARKS.get(name)
            if mark and (f"{mark} {rule.selector}", name, value) not in outlook:
                yield Finding(
                    "TS412",
                    f"'{rule.selector}' has another {name} in dark than under {mark}",
                    f"{mark} {rule.selector} {{ {name}: {value} !important; }}",
                    (text_of(f"{mark} {rule.selector}"), text_of(f"{rule.selector} {{"), text_of(rule.selector)),
                )


def _both(rule: Rule) -> Iterable[tuple[str, str]]:
    return (*rule.plain.items(), *rule.important.items())
