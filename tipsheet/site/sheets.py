"""Material's style sheets without the rules that our pages have no use for.

Material's sheet dresses what stands on no page of ours: navigation, sidebars, tabs, versions, blogs; and parts of texts
that few pages have. What is left out is decided by classes alone: a selector is left out where it asks for a class that
is not `KEPT`, and a page that bears such a class (`Sheet.beyond`) gets Material's sheets whole. So no page lacks a rule
that fits it, whatever Markdown, HTML or templates of the publication's own it is made of.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import tinycss2
from tinycss2.ast import Node

__all__ = ["SHEET_FILE", "Sheet", "in_sheet", "reduced"]

SHEET_FILE = "assets/material.css"
KEPT = (
    "focus-visible", "footnote", "giscus", "headerlink", "highlight", "js", "md-container", "md-content", "md-dialog",
    "md-ellipsis", "md-grid", "md-header", "md-hidden", "md-icon", "md-logo", "md-main", "md-option", "md-overlay",
    "md-search", "md-skip", "md-tag", "md-toggle", "md-typeset", "no-js", "task-list",
)  # fmt: skip
"""Classes of Material's frame, its search, and texts of any publication; those that begin so, too."""
NOTICE = """\
@charset "UTF-8";
/* Some rules of Material for MkDocs, (c) Martin Donath and contributors, MIT licence. */
"""
_COLOUR = re.compile(r"\[data-md-color-(?:primary|accent)=[\"']?([\w-]+)")
_ASKED = re.compile(r"var\(\s*(--[\w-]+)")
_CLASSES = re.compile(r"(?i)\bclass\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
LEAN, WHOLE, END = "<!--lean-->", "<!--whole-->", "<!--/whole-->"
"""Marks in the head of a page: between the first two the smaller sheet, then Material's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A style sheet made smaller, and the classes that rules which it lacks are for."""

    text: str
    beyond: frozenset[str]


@lru_cache(maxsize=2)
def reduced(sheet: str, colours: frozenset[str], asked: str) -> Sheet:
    """The rules of a sheet that fit elements with no class but those that are `KEPT`.

    ``colours`` are the names of the palette in use; ``asked`` is other text, of sheets and templates, whose custom
    properties stay.
    """
    beyond: set[str] = set()
    nodes = tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True)
    text = "".join(_rules(nodes, colours, beyond))
    unused = {*_ASKED.findall(sheet)} - {*_ASKED.findall(text), *_ASKED.findall(asked)}
    nodes = tinycss2.parse_stylesheet(text)
    return Sheet(text=NOTICE + "".join(_without(nodes, unused)) + "\n", beyond=frozenset(beyond))


def in_sheet(html: str, beyond: frozenset[str]) -> str:
    """A page with the smaller sheet, or with Material's own where one of these classes stands on it."""
    head, marked, rest = html.partition(LEAN)
    if not marked:
        return html
    lean, _, rest = rest.partition(WHOLE)
    whole, _, rest = rest.partition(END)
    classes = {name for found in _CLASSES.findall(html) for name in "".join(found).split()}
    return head + (lean if beyond.isdisjoint(classes) else whole) + rest


def _rules(nodes: Iterable[Node], colours: frozenset[str], beyond: set[str]) -> Iterator[str]:
    """Rules with the selectors that stay, as text; classes of others go into ``beyond``."""
    for node in nodes:
        if node.type == "qualified-rule":
            parts = list(_selectors(node.prelude))
            for part in parts:
                beyond |= _foreign(part)
            kept = [text for part in parts if not _foreign(part) and _in_use(text := _text(part), colours)]
            if kept:
                yield f"{','.join(kept)}{{{_text(node.content)}}}"
        elif node.type == "at-rule" and node.content is not None and node.lower_at_keyword in {"media", "supports"}:
            inner = tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True)
            if text := "".join(_rules(inner, colours, beyond)):
                yield f"@{node.at_keyword} {_text(node.prelude)}{{{text}}}"
        elif node.type != "at-rule" or node.lower_at_keyword != "charset":
            yield node.serialize()


def _selectors(prelude: Sequence[Node]) -> Iterator[list[Node]]:
    """The selectors of a list; commas inside brackets are in nodes of their own."""
    part: list[Node] = []
    for node in prelude:
        if node == ",":
            yield part
            part = []
        else:
            part.append(node)
    yield part


def _foreign(selector: Sequence[Node]) -> set[str]:
    """Classes that an element must bear, or one around it, and that are not kept; those in ``:is()`` do not count."""
    pairs = pairwise(selector)
    return {name.value for dot, name in pairs if dot == "." and name.type == "ident" and not _is_kept(name.value)}


def _is_kept(name: str) -> bool:
    return name in KEPT or name.startswith(tuple(f"{kept}{mark}" for kept in KEPT for mark in "-_"))


def _in_use(selector: str, colours: frozenset[str]) -> bool:
    return colours.issuperset(_COLOUR.findall(selector))


def _without(nodes: Iterable[Node], unused: set[str]) -> Iterator[str]:
    """The rules without declarations of these custom properties."""
    for node in nodes:
        if node.type == "qualified-rule":
            declared = tinycss2.parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True)
            kept = [one.serialize() for one in declared if getattr(one, "name", "") not in unused]
            if kept:
                yield f"{_text(node.prelude)}{{{';'.join(kept)}}}"
        elif node.type == "at-rule" and node.content is not None and node.lower_at_keyword in {"media", "supports"}:
            inner = tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True)
            if text := "".join(_without(inner, unused)):
                yield f"@{node.at_keyword} {_text(node.prelude)}{{{text}}}"
        else:
            yield node.serialize()


def _text(nodes: Iterable[Node]) -> str:
    return "".join(node.serialize() for node in nodes).strip()
