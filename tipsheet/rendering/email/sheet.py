"""The rules of a letter's style sheet, read: for dark schemes in general, and for Outlook's."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import tinycss2

__all__ = ["Rule", "dark_rules", "outlook_rules"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One selector (classes, elements, descendants) with what it declares, plain and ``!important``."""

    selector: str
    plain: Mapping[str, str]
    important: Mapping[str, str]

    @property
    def specificity(self) -> tuple[int, int]:
        """Classes, then elements (CSS Selectors 4, 17)."""
        return self.selector.count("."), sum(not part.startswith(".") for part in self.selector.split())


@lru_cache(maxsize=16)
def dark_rules(css: str) -> tuple[Rule, ...]:
    """The rules for ``prefers-color-scheme: dark``, in their order."""
    return tuple(
        rule
        for node in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
        if node.type == "at-rule" and "prefers-color-scheme: dark" in tinycss2.serialize(node.prelude)
        for rule in _rules(tinycss2.parse_rule_list(node.content or (), skip_comments=True, skip_whitespace=True))
    )


@lru_cache(maxsize=16)
def outlook_rules(css: str) -> tuple[Rule, ...]:
    """The rules outside media queries: those under ``[data-ogsc]`` and ``[data-ogsb]``."""
    return tuple(_rules(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)))


def _rules(nodes: Iterable[tinycss2.ast.Node]) -> Iterator[Rule]:
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
            yield Rule(selector.strip(), plain, important)
