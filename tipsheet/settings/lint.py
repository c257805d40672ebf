"""The levels of findings that mkdocs.yml sets: ``lint: {TS405: off}``."""

from collections.abc import Mapping

from tipsheet.documents import Document
from tipsheet.explanations import EXPLANATIONS
from tipsheet.problems import Problem, did_you_mean

__all__ = ["read_levels"]

LEVELS = ("off", "warning", "error")


def read_levels(document: Document) -> tuple[Mapping[str, str], list[Problem]]:
    """Read the ``lint`` mapping: levels by code, and what in it cannot be set (`TS311`, `TS312`)."""
    levels: dict[str, str] = {}
    problems: list[Problem] = []
    for name, value in (document.data or {}).items():
        code, level = str(name).upper(), str(value).lower()
        entry = EXPLANATIONS.get(code)
        if entry is None:
            hint = did_you_mean(code, EXPLANATIONS) or "tipsheet explain lists all codes"
            problems.append(Problem(document.key((name,)), "TS311", f"there is no code '{name}'", hint))
        elif level not in LEVELS:
            hint = did_you_mean(level, LEVELS)
            problems.append(Problem(document.place((name,)), "TS311", f"'{value}' is not a level", hint))
        elif level not in entry.levels:
            message = f"{code} is always an error: {entry.title[:1].lower()}{entry.title[1:]}"
            hint = "something wrong would be published"
            problems.append(Problem(document.place((name,)), "TS312", message, hint))
        else:
            levels[code] = level
    return levels, problems
