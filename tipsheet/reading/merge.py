"""Merge fields in source text: ``@@name or fallback@@``, and what can be wrong with them (C5)."""

import re
from collections.abc import Collection, Iterator

from tipsheet.problems import Problem, Where, did_you_mean

__all__ = ["field_problems", "no_fields", "on_one_line"]

ANY = re.compile(r"@@([^@]{0,200}?)@@")
WELL_FORMED = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)(\s+or\s.*)?$", re.DOTALL)


def on_one_line(html: str) -> str:
    """The text with every merge field on one line, however a formatter wrapped it."""
    return ANY.sub(lambda match: " ".join(match[0].split()), html) if "@@" in html else html


def field_problems(text: str, start: Where, known: Collection[str]) -> Iterator[Problem]:
    """Every merge field that is unknown, or has no fallback for the site and for readers who lack it.

    ``start`` is the place of the text's first character.
    """
    for match in ANY.finditer(text):
        before = text[: match.start()]
        line = before.count("\n")
        column = match.start() - before.rfind("\n") + (0 if line else start.col - 1)
        where = Where(start.path, start.line + line, column)
        parts = WELL_FORMED.match(match[1])
        if parts is None:
            yield Problem(where, "TS207", f"'{match[0]}' is not a merge field", "write @@first_name or there@@")
        elif parts[1] not in known:
            yield Problem(where, "TS205", f"unknown merge field '{parts[1]}'", did_you_mean(parts[1], known))
        elif parts[2] is None:
            hint = f"write @@{parts[1]} or …@@; the site shows what stands after 'or'"
            yield Problem(where, "TS207", f"the merge field '{parts[1]}' has no fallback", hint)


def no_fields(text: str, where: Where, what: str) -> Iterator[Problem]:
    """Merge fields where none may stand."""
    if "@@" in text:
        yield Problem(where, "TS208", f"a merge field cannot stand in {what}", "the body and the subject may hold them")
