"""What inboxes show of a letter before it is opened: its subject and the line beside it (E3, E13)."""

from collections.abc import Iterable
from dataclasses import dataclass

from tipsheet.edition.edition import When
from tipsheet.model.audience import EVERYONE, Audience, exclusive
from tipsheet.model.post import Issue
from tipsheet.model.publication import Masthead
from tipsheet.rendering.marks import show_fallbacks

__all__ = ["PREHEADER", "Wording", "preheaders_of", "subjects_of"]

PREHEADER = (40, 130)
"""Characters that inboxes show beside the subject, at least and at most (E13)."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A text, open merge fields in it, and who gets it; of all wordings every reader gets one."""

    when: When
    text: str


def subjects_of(issue: Issue) -> tuple[Wording, ...]:
    """The subjects of an issue, which are the titles of its letter too."""
    return _wordings(issue.subjects, issue.subject)


def preheaders_of(issue: Issue, masthead: Masthead) -> tuple[Wording, ...]:
    """The lines beside the subject: as the editor wrote them, or the description within bounds."""
    default = issue.preheader or _described(show_fallbacks(issue.description), masthead)
    return _wordings(issue.preheaders, default)


def _wordings(variants: Iterable[tuple[Audience, str]], default: str) -> tuple[Wording, ...]:
    pairs = (*variants, (EVERYONE, default))
    conditions = exclusive(audience for audience, _ in pairs)
    return tuple(
        Wording(When((condition,)) if condition != EVERYONE else When(), text)
        for condition, (_, text) in zip(conditions, pairs, strict=True)
    )


def _described(description: str, masthead: Masthead) -> str:
    """The description within the bounds of `PREHEADER`; a short one is followed by the promise or tagline."""
    least, most = PREHEADER
    words = " ".join(description.split())
    for more in (masthead.promise, masthead.tagline, masthead.description, masthead.name):
        if len(words) >= least:
            break
        words = f"{words} {more}".strip() if more not in words else words
    return words if len(words) <= most else words[: most - 1].rpartition(" ")[0].rstrip(",;:") + "…"
