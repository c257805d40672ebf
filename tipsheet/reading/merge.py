"""Merge fields in source text, ``@@name or fallback@@``, and mistakes in them (C5, C18).

A field is taken out of a text before Markdown reads it, when fences of code are known already, and put back into
the HTML: into words and addresses as a field, into code as it was written.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from html import escape

from markdown import Markdown
from markdown.postprocessors import Postprocessor
from markdown.preprocessors import Preprocessor

from tipsheet.blocks.commonmark import code_fences
from tipsheet.model.placeholders import GUARD, guarded
from tipsheet.problems import Problem, Where, did_you_mean

__all__ = ["Fields", "field_problems", "no_fields"]

_OPEN, _CLOSE = "\ufdd1", "\ufdd2"
"""Around the number of a field that is taken out: characters that no text may hold, and no markup to anybody."""
_WRITTEN = re.compile(
    r"""\\\\ | \\@(?:@[^@\n`\x02]{0,200}?@@)?            # signs of their own
      | (@@[A-Za-z_][^@\n`\x02]{0,200}?@@
        | @@\s*[A-Za-z_]\w*\s+or\s(?:(?!\n[ \t>]*(?:\n|```|~~~|///))[^@`\x02]){0,200}?@@
        | @@(?=[A-Za-z_]\w*[ ]or[ ]))                    # one that is never closed
    """,
    re.VERBOSE,
)
_WELL_FORMED = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)(\s+or(?:\s.*)?)?$", re.DOTALL)
_TAKEN = re.compile(rf"{_OPEN}([0-9]+){_CLOSE}")
_PLACES = re.compile(
    rf"(?P<comment><!--.*?-->)|<(?P<end>/)?(?P<code>pre|code|kbd|samp|script|style|textarea)\b[^>]*>"
    rf"|{_OPEN}(?P<field>[0-9]+){_CLOSE}|(?P<pair>@(?=@))",
    re.DOTALL | re.IGNORECASE,
)
_LINE_START = re.compile(r"\s*\n[ \t>]*")
AFTER_FENCES = 24
"""Below superfences (25)."""
LAST = -100


class Fields:
    """The fields of the text that a Markdown program converts."""

    def __init__(self) -> None:
        self.written: list[str] = []
        """As they stand in the text, in their order."""
        self.in_code: set[int] = set()
        """Numbers of those that have turned out to be code."""

    def register(self, md: Markdown) -> None:
        """Register with Python-Markdown."""
        md.preprocessors.register(_Out(md, self), "tipsheet-fields", AFTER_FENCES)
        md.postprocessors.register(_Back(md, self), "tipsheet-fields", LAST)

    def forget(self) -> None:
        """Begin another text."""
        self.written, self.in_code = [], set()

    def out(self, text: str) -> str:
        """The text with a mark in place of each field."""
        return _WRITTEN.sub(self._mark, text) if "@@" in text else text

    def _mark(self, found: re.Match[str]) -> str:
        if not found[1]:
            return found[0]
        self.written.append(found[1])
        return f"{_OPEN}{len(self.written) - 1}{_CLOSE}"

    def back(self, html: str) -> str:
        """The HTML with its fields, on one line however a formatter wrapped them; other pairs of signs are guarded."""
        if not self.written and "@@" not in html:
            return html
        depth = 0

        def place(found: re.Match[str]) -> str:
            nonlocal depth
            if found["comment"]:
                return guarded(_TAKEN.sub(self._as_written, found[0]))
            if found["code"]:
                depth = max(0, depth + (-1 if found["end"] else 1))
                return _TAKEN.sub(self._as_field, found[0])
            if found["pair"]:
                return f"@{GUARD}"
            number = int(found["field"])
            if depth:
                self.in_code.add(number)
                return guarded(escape(self.written[number], quote=False))
            return self._field(self.written[number])

        return _PLACES.sub(place, html)

    def _as_written(self, found: re.Match[str]) -> str:
        self.in_code.add(int(found[1]))
        return self.written[int(found[1])]

    def _as_field(self, found: re.Match[str]) -> str:
        return self._field(self.written[int(found[1])])

    def _field(self, written: str) -> str:
        words = " ".join(_LINE_START.sub(" ", written[2:-2]).split())
        return f"@@{escape(words)}@@" if len(written) > len("@@") else f"@{GUARD}@"


class _Out(Preprocessor):
    def __init__(self, md: Markdown, fields: Fields) -> None:
        super().__init__(md)
        self._fields = fields

    def run(self, lines: list[str]) -> list[str]:
        text = "\n".join(lines)
        return self._fields.out(text).split("\n") if "@@" in text else lines


class _Back(Postprocessor):
    def __init__(self, md: Markdown, fields: Fields) -> None:
        super().__init__(md)
        self._fields = fields

    def run(self, text: str) -> str:
        return self._fields.back(text)


def field_problems(text: str, start: Where, known: Collection[str], met: Fields | None = None) -> Iterator[Problem]:
    """Every merge field that is unknown, never closed, or without a fallback for the site and readers who lack it.

    ``start`` is the place of the text's first character. ``met`` are those that Markdown met in it: what is code
    is none.
    """
    for match in _in_prose(text, met) if "@@" in text else ():
        before = text[: match.start()]
        line = before.count("\n")
        column = match.start() - before.rfind("\n") + (0 if line else start.col - 1)
        where = Where(start.path, start.line + line, column)
        if match[1] == "@@":
            hint = r"write @@ at its end, or \@@ for the signs themselves"
            shown = " ".join(text[match.start() : match.end() + 40].split("\n", 1)[0].split())
            yield Problem(where, "TS140", f"the merge field '{shown}' is never closed", hint)
            continue
        parts = _WELL_FORMED.match(match[1][2:-2])
        if parts is None:
            hint = r"write @@first_name or there@@, or \@@ for the signs themselves"
            yield Problem(where, "TS207", f"'{match[1]}' is not a merge field", hint)
        elif parts[1] not in known:
            yield Problem(where, "TS205", f"unknown merge field '{parts[1]}'", did_you_mean(parts[1], known))
        elif parts[2] is None:
            hint = f"write @@{parts[1]} or …@@; the site shows what stands after 'or'"
            yield Problem(where, "TS207", f"the merge field '{parts[1]}' has no fallback", hint)


def _in_prose(text: str, met: Fields | None) -> Iterator[re.Match[str]]:
    """The fields that are no code; those of code fences Markdown has never met."""
    found = (match for match in _WRITTEN.finditer(text) if match[1])
    if met is None:
        return found
    lines = text.split("\n")
    fenced = {number for fence in code_fences(lines) for number in range(fence.first, fence.end)}
    outside = (match for match in found if text.count("\n", 0, match.start()) not in fenced)
    return _aligned(outside, list(map(_squeezed, met.written)), met.in_code)


def _aligned(found: Iterable[re.Match[str]], written: list[str], in_code: Collection[int]) -> Iterator[re.Match[str]]:
    numbers: dict[str, list[int]] = {}
    for number, words in reversed(list(enumerate(written))):
        numbers.setdefault(words, []).append(number)
    for match in found:
        unused = numbers.get(_squeezed(match[1]))
        if unused and unused.pop() not in in_code:
            yield match


def _squeezed(words: str) -> str:
    return " ".join(words.replace(">", " ").split())


def no_fields(text: str, where: Where, what: str) -> Iterator[Problem]:
    """Merge fields where none may stand."""
    if "@@" in text:
        yield Problem(where, "TS208", f"a merge field cannot stand in {what}", "the body and the subject may hold them")
