"""Gaps and remarks of a rehearsal: what readers lack or get twice, and what the plan lacks."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from tipsheet.model.audience import Segments

__all__ = ["Finding", "FindingKind", "broken_file", "finding_about"]


class FindingKind(StrEnum):
    """The kinds of what a rehearsal finds; those in `REMARKS` are matters of planning, all others are gaps."""

    MISTAKE = "mistake"
    NO_ACTION = "no action"
    NEVER = "never"
    TWICE = "twice"
    TWO_LETTERS = "two letters a day"
    HELD = "held"
    LIMITS = "limits"
    NO_VARIANT = "no variant"
    NOT_TRANSLATED = "not translated"
    DRAFT = "draft"
    FREE_SLOT = "free slot"


REMARKS = frozenset({FindingKind.NO_VARIANT, FindingKind.NOT_TRANSLATED, FindingKind.DRAFT, FindingKind.FREE_SLOT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that readers lack or get twice, or that the plan lacks.

    ``issue`` is an id, or empty; ``readers`` is the number of those whom it is about, ``segments`` their combinations,
    the largest first; ``day`` is that of a slot.
    """

    kind: FindingKind
    message: str
    remedy: str
    issue: str = ""
    readers: int = 0
    segments: tuple[Segments, ...] = ()
    day: dt.date | None = None

    @property
    def gap(self) -> bool:
        """True if readers lack something, or get it twice."""
        return self.kind not in REMARKS


def finding_about(kind: FindingKind, readers: Counter[Segments], words: str, remedy: str, issue: str = "") -> Finding:
    """A finding about readers; ``words`` have a place for their number and their segments."""
    ordered = sorted(readers, key=lambda segments: (-readers[segments], sorted(segments)))
    count = readers.total()
    shown = "; ".join(", ".join(sorted(segments)) or "no segment" for segments in ordered[:3])
    more = f"; {len(ordered) - 3} more" if len(ordered) > 3 else ""  # noqa: PLR2004 - three are shown
    who = f"{count:,} reader{'' if count == 1 else 's'} ({shown}{more})"
    return Finding(
        kind=kind, message=words.format(who), remedy=remedy, issue=issue, readers=count, segments=tuple(ordered)
    )


def broken_file(path: str) -> Finding:
    """A file that readers would get nothing of."""
    message = f"{path} has mistakes, and is missing here"
    return Finding(kind=FindingKind.MISTAKE, message=message, remedy="mend what tipsheet check lists")
