"""Letters as their rules read them, with violations, evidence and parsed styles."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import tinycss2
from lxml.html import HtmlElement

from tipsheet.problems import Evidence, Sign
from tipsheet.settings import Settings

__all__ = [
    "SentLetter", "StyleRule", "Violation", "block", "dark_rules", "declarations", "outlook_rules", "parsed_style",
    "styles", "tag_of", "text_of", "words_in", "words_of",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SentLetter:
    """A letter as it is sent; ``root`` is its HTML parsed. ``leave`` says that it must say how to unsubscribe."""

    html: str
    text: str
    subject: str
    settings: Settings
    root: HtmlElement
    leave: bool = True


@dataclass(frozen=True, slots=True)
class Violation:
    """A problem without a place yet: it gets that of the first of ``evidence`` that a source file holds."""

    code: str
    message: str
    hint: str = ""
    evidence: tuple[Evidence, ...] = ()


def text_of(words: str) -> Evidence:
    """Words as evidence, without the blanks around them."""
    return Evidence(Sign.TEXT, words.strip())


def tag_of(element: HtmlElement) -> tuple[Evidence, ...]:
    """An element as evidence: by its id or its class, by the words in it, and last by its name alone."""
    name = str(element.tag)
    marks = [f'{attribute}="{value}' for attribute in ("id", "class") if (value := element.get(attribute))]
    words = (element.text or "").strip()
    return (
        *(Evidence(Sign.TAG, name, mark) for mark in (*marks, words) if mark),
        *words_of(element),
        Evidence(Sign.TAG, name),
    )


def words_of(element: HtmlElement) -> tuple[Evidence, ...]:
    """The first words of an element as evidence; nothing for one that has none."""
    words = next((text for text in element.itertext() if text.strip()), "")
    return (text_of(words),) if words else ()


def block(name: str) -> Evidence:
    """A block of a template as evidence."""
    return Evidence(Sign.TEXT, f"block {name}")


def words_in(element: HtmlElement) -> str:
    """The words of an element on one line."""
    return " ".join(str(element.text_content()).split())


@lru_cache(maxsize=4096)
def declarations(style: str) -> Mapping[str, str]:
    """Properties and values of a style attribute."""
    return {d.lower_name: tinycss2.serialize(d.value).strip() for d in parsed_style(style) if d.type == "declaration"}


@lru_cache(maxsize=4096)
def parsed_style(style: str) -> tuple[tinycss2.ast.Node, ...]:
    """The declarations of a style attribute and the errors in it."""
    return tuple(tinycss2.parse_blocks_contents(style, skip_comments=True, skip_whitespace=True))


def styles(letter: SentLetter) -> str:
    """All style sheets of the letter as one."""
    return "\n".join(style.text or "" for style in letter.root.iter("style"))


@dataclass(frozen=True, slots=True)
class StyleRule:
    """One selector (classes, elements, descendants) with its declarations, plain and ``!important``."""

    selector: str
    plain: Mapping[str, str]
    important: Mapping[str, str]

    @property
    def specificity(self) -> tuple[int, int]:
        """Classes, then elements (CSS Selectors 4, 17)."""
        return self.selector.count("."), sum(not part.startswith(".") for part in self.selector.split())


@lru_cache(maxsize=16)
def dark_rules(css: str) -> tuple[StyleRule, ...]:
    """The rules for ``prefers-color-scheme: dark``, in their order."""
    return tuple(
        rule
        for node in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
        if node.type == "at-rule" and "prefers-color-scheme: dark" in tinycss2.serialize(node.prelude)
        for rule in _rules(tinycss2.parse_rule_list(node.content or (), skip_comments=True, skip_whitespace=True))
    )


@lru_cache(maxsize=16)
def outlook_rules(css: str) -> tuple[StyleRule, ...]:
    """The rules outside media queries: those under ``[data-ogsc]`` and ``[data-ogsb]``."""
    return tuple(_rules(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)))


def _rules(nodes: Iterable[tinycss2.ast.Node]) -> Iterator[StyleRule]:
    for node in nodes:
        if node.type != "qualified-rule":
            continue
        plain: dict[str, str] = {}
        important: dict[str, str] = {}
        for found in tinycss2.parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True):
            if found.type == "declaration":
                values = important if found.important else plain
                values[found.lower_name] = tinycss2.serialize(found.value).strip()
        for selector in tinycss2.serialize(node.prelude).split(","):
            yield StyleRule(selector.strip(), plain, important)
