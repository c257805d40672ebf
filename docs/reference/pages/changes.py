"""Pages of what `tipsheet diff`, `rehearse` and `approve` write for programs, from the values that they write."""

import inspect
import re
from collections.abc import Iterable
from dataclasses import MISSING, Field, fields
from typing import Any

from docs.reference.pages.markdown import code, grid, page
from tipsheet.cli.approve import Approved
from tipsheet.cli.rehearse import (
    ActionOfGroup,
    CohortOfRehearsal,
    DayOfRehearsal,
    FindingOfRehearsal,
    GroupOfIssue,
    IssueOfCohort,
    IssueOfRehearsal,
    RehearsalInJson,
)
from tipsheet.delivery.gaps import FindingKind
from tipsheet.edition.differences import Difference, DiffLine, Run
from tipsheet.review.changes import (
    MOST_BYTES,
    VERSION,
    AudienceChange,
    Change,
    Changes,
    FeedChange,
    LetterChange,
    PageChange,
    SegmentChange,
)

__all__ = ["approvals", "changes", "rehearsals"]

VALUES = (Changes, SegmentChange, LetterChange, AudienceChange, Difference, DiffLine, Run, PageChange, FeedChange)
REHEARSAL = (
    RehearsalInJson, IssueOfRehearsal, GroupOfIssue, ActionOfGroup, CohortOfRehearsal, IssueOfCohort, DayOfRehearsal,
    FindingOfRehearsal,
)  # fmt: skip
NAMES = {RehearsalInJson: "Rehearsal", Approved: "Approval"}
"""Names of the outermost values where those of the code say more."""
_TYPES = {
    "str": "text", "int": "number", "bool": "true or false", "int | None": "number or null",
    "Difference | None": "a `Difference` or null", "Change": " or ".join(code(one.value) for one in Change),
    "tuple[str, str]": "two texts: before and after",
    "str | None": "text or null",
    "ActionOfGroup | None": "an `ActionOfGroup` or null",
    "dict[str, int]": "numbers by names",
    "dict[str, str]": "texts by names",
    "tuple[tuple[str, ...], ...]": "list of lists of texts",
}  # fmt: skip


def changes() -> str:
    """All values of the form, each with its keys."""
    return page(
        "Changes, for programs",
        f"`tipsheet diff --json` writes one object, a `Changes`, of the form {VERSION}. `--read` takes it of anybody, "
        f"up to {MOST_BYTES // 1_000_000} MB, as data. A later version of tipsheet may write keys more; one that is "
        "missing has the value below, and one that is not known is left out. A change that breaks this is another "
        "number of the form.",
        *_parts(VALUES),
    )


def rehearsals() -> str:
    """All values that `tipsheet rehearse --json` writes, each with its keys."""
    return page(
        "Rehearsals, for programs",
        "`tipsheet rehearse --json` writes one object, a `Rehearsal`, and ends with 1 where a finding is a gap. All "
        "keys are always there. A later version of tipsheet may write keys more. The `kind` of a finding is "
        f"{', '.join(code(kind.value) for kind in FindingKind)}.",
        *_parts(REHEARSAL),
    )


def approvals() -> str:
    """The value that `tipsheet approve --json` writes."""
    return page(
        "Approvals, for programs",
        "`tipsheet approve ISSUE --yes --json` writes one object, an `Approval`, once the tag is there. All keys are "
        "always there. A later version of tipsheet may write keys more.",
        *_parts((Approved,)),
    )


def _parts(values: Iterable[type]) -> list[str]:
    """Name, text and keys of each value."""
    return [part for value in values for part in (f"## {NAMES.get(value, value.__name__)}", _text(value), _keys(value))]


def _text(value: type) -> str:
    """The docstring of a value in Markdown."""
    return re.sub(r"``(.+?)``", r"`\1`", inspect.getdoc(value) or "")


def _keys(value: Any) -> str:
    rows = [(code(one.name.rstrip("_")), _type(str(one.type)), _default(one)) for one in fields(value)]
    if all(one.default is MISSING for one in fields(value)) and value not in VALUES:
        return grid(("key", "value"), [row[:2] for row in rows])
    return grid(("key", "value", "where it is missing"), rows)


def _type(name: str) -> str:
    name = re.sub(r"<(?:class|enum) '(?:[\w.]*\.)?(\w+)'>", r"\1", name)
    name = re.sub(r"\b(?:tipsheet\.)[\w.]*\.(\w+)", r"\1", name)
    if name in _TYPES:
        return _TYPES[name]
    of = name.removeprefix("tuple[").removesuffix(", ...]")
    return "texts" if of == "str" else f"list of {code(of)}"


def _default(one: "Field[Any]") -> str:
    if one.default is MISSING:
        return "**required**"
    return {"()": "none", "None": "null", "''": "empty"}.get(repr(one.default), code(str(one.default).lower()))
