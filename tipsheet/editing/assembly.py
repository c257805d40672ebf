"""The choice of actions for an issue from the library, and the draft with them in it.

For everyone, and for each segment, the action is chosen that was not given to them for longest. The same publication
and slot give the same choice. Nothing is chosen when an issue is sent; the editor gets a draft with this choice in it
and the reasons for it (C15).
"""

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from tipsheet.editing.drafts import LONGEST, Draft, NewIssue, action_to_write, draft_issue
from tipsheet.model.audience import EVERYONE, PUBLIC, Segments
from tipsheet.model.body import Action
from tipsheet.model.placeholders import DESCRIPTION, OPENING
from tipsheet.model.post import Issue, Note
from tipsheet.model.publication import Appearance, Publication
from tipsheet.settings import Settings

__all__ = ["HAD_WEEKS", "Assembly", "Proposal", "Variant", "assemble", "draft_assembled"]

HAD_WEEKS = 12
"""Weeks for which the report lists the actions that readers had before."""
INBOX_LINE = range(40, 131)
"""Characters of a description that `tipsheet check` has nothing to say about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The action proposed for some readers: ``segment`` is the id, or empty for readers in no segment.

    ``action`` is None when nothing that fits has rested; ``last`` is its latest appearance before
    these readers; ``fitting`` counts the actions that were to choose from; ``had`` is newest first.
    """

    segment: str
    title: str
    action: Action | None
    last: Issue | None = None
    fitting: int
    had: tuple[Appearance, ...]

    @property
    def reason(self) -> str:
        """The reason for the proposal, as the second half of a sentence."""
        if self.action is None:
            return (
                f"none of the {self.fitting} that fit has rested" if self.fitting else "the library has none that fits"
            )
        if self.last is None:
            return f"never given to them; the first by id of {self.fitting} that fit"
        return f"last given on {self.last.published:%Y-%m-%d}, the longest ago of {self.fitting} that fit"


@dataclass(frozen=True, slots=True)
class Variant:
    """An action of the issue; ``segments`` is empty for the one that everyone else gets."""

    action: Action
    segments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """The proposals for one slot; ``notes`` are those that the issue will carry by itself."""

    now: dt.datetime
    slot: dt.datetime
    everyone: Proposal
    segments: tuple[Proposal, ...]
    notes: tuple[Note, ...]

    @property
    def proposals(self) -> tuple[Proposal, ...]:
        """Everyone first, then the segments in the order of mkdocs.yml."""
        return (self.everyone, *self.segments)

    @property
    def variants(self) -> tuple[Variant, ...]:
        """The actions to write: the default, then one for each proposal for a segment that differs from it."""
        default = self.everyone.action
        grouped: dict[str, Variant] = {}
        for proposal in self.segments:
            if proposal.action is not None and (default is None or proposal.action.id != default.id):
                name = proposal.action.id
                earlier = grouped[name].segments if name in grouped else ()
                grouped[name] = Variant(proposal.action, (*earlier, proposal.segment))
        return (*((Variant(default),) if default else ()), *grouped.values())


def assemble(publication: Publication, *, slot: dt.datetime, cooldown_weeks: int) -> Assembly:
    """Choose for an issue of this moment.

    For each group of readers the fitting action is taken that was not given to them for longest:
    those never given come first, then the oldest use; ids decide ties. An action that these readers
    had, or are going to have, less than ``cooldown_weeks`` from the slot is left out.
    """
    rest = dt.timedelta(weeks=cooldown_weeks)
    choose = partial(_proposal, publication, slot=slot, rest=rest)
    return Assembly(
        now=publication.now,
        slot=slot,
        everyone=choose(segment="", title="Everyone else"),
        segments=tuple(choose(segment=s.id, title=s.title) for s in publication.segments),
        notes=tuple(note for note in publication.notes if note.in_force(slot.date())),
    )


def _proposal(publication: Publication, *, slot: dt.datetime, rest: dt.timedelta, segment: str, title: str) -> Proposal:
    readers = frozenset({segment}) if segment else PUBLIC
    history = tuple(_history(publication, readers))
    latest = {seen.action.id: seen.issue for seen in history}
    fitting: dict[str, Action] = {}
    for action in _fitting(publication, slot, readers):
        fitting.setdefault(action.id, action)
    rested = [
        action
        for action in fitting.values()
        if all(_apart(seen.issue, slot) >= rest for seen in history if seen.action.id == action.id)
    ]
    used = {name: issue.published.timestamp() for name, issue in latest.items()}
    first = min(rested, key=lambda action: (used.get(action.id, -math.inf), action.id), default=None)
    recent = dt.timedelta(weeks=HAD_WEEKS)
    had = (seen for seen in history if seen.issue.published < slot and _apart(seen.issue, slot) <= recent)
    return Proposal(
        segment=segment,
        title=title,
        action=first,
        last=latest.get(first.id) if first else None,
        fitting=len(fitting),
        had=tuple(reversed(tuple(had))),
    )


def _apart(issue: Issue, slot: dt.datetime) -> dt.timedelta:
    """Whole days between an issue and the slot, either way."""
    return abs(slot.date() - issue.published.date())


def _history(publication: Publication, readers: Segments) -> Iterator[Appearance]:
    """The actions that these readers were given and will be given, oldest first; an old draft was given to nobody."""
    for issue in reversed(publication.issues_for(readers)):
        action = issue.body.action(readers)
        if action is not None and (not issue.draft or issue.published > publication.now):
            yield Appearance(issue, action)


def _fitting(publication: Publication, slot: dt.datetime, readers: Segments) -> Iterator[Action]:
    """The actions that suit these readers, as first written: evergreen ones, and those they had before.

    Another variant of an issue is not among them: where readers had one of their own, its editor
    thought that the other did not suit them.
    """
    for action in publication.evergreen:
        if action.audience.includes(readers) and (readers or action.audience == EVERYONE):
            yield action
    for seen in _history(publication, readers):
        if not seen.issue.draft and seen.issue.published < slot:
            yield seen.action


def draft_assembled(
    publication: Publication, settings: Settings, *, slot: dt.datetime, author: str | None = None
) -> tuple[Assembly, Draft]:
    """Choose actions for this moment and put them into a draft, whose title is that of the action for everyone."""
    assembly = assemble(publication, slot=slot, cooldown_weeks=settings.cooldown_weeks)
    action = assembly.everyone.action
    year, week, _ = slot.isocalendar()
    named = action is not None and "@@" not in action.title and len(action.title) <= LONGEST
    title = action.title if action and named else f"Tipsheet of week {week}, {year}"
    line = f"One thing to do this week: {title[:1].lower()}{title[1:]}."
    asked = NewIssue(
        title=title,
        slot=slot,
        description=line if named and len(line) in INBOX_LINE else DESCRIPTION,
        author=author,
        tags=action.tags if action else (),
    )
    return assembly, draft_issue(publication, settings, asked, tuple(_body(assembly, publication, title)))


def _body(assembly: Assembly, publication: Publication, title: str) -> Iterator[str]:
    """The parts of the text. Notes are not among them: a build adds those to the issues that carry them."""
    yield OPENING
    if assembly.everyone.action is None:
        yield action_to_write(title, publication)
    for variant in assembly.variants:
        readers = f" for={','.join(variant.segments)}" if variant.segments else ""
        yield f"/// action {{ use={variant.action.id}{readers} }}\n\n///"
