"""An assembly as the text of an issue."""

import datetime as dt
from collections.abc import Iterator

from tipsheet.editing.assembly import Assembly, assemble
from tipsheet.editing.drafts import Draft, action_to_write, draft_issue
from tipsheet.editing.titles import LONGEST
from tipsheet.model.placeholders import DESCRIPTION, OPENING
from tipsheet.model.publication import Publication
from tipsheet.settings import Settings

__all__ = ["draft_assembled"]

INBOX_LINE = range(40, 131)
"""Characters of a description that `tipsheet check` has nothing to say about."""


def draft_assembled(
    publication: Publication, settings: Settings, *, slot: dt.datetime, author: str | None = None
) -> tuple[Assembly, Draft]:
    """Choose actions for this moment and put them into a draft, whose title is the action for everyone."""
    assembly = assemble(publication, slot=slot, cooldown_weeks=settings.cooldown_weeks)
    action = assembly.everyone.action
    year, week, _ = slot.isocalendar()
    named = action is not None and "@@" not in action.title and len(action.title) <= LONGEST
    title = action.title if action and named else f"Tipsheet of week {week}, {year}"
    line = f"One thing to do this week: {title[:1].lower()}{title[1:]}."
    draft = draft_issue(
        publication,
        settings,
        title=title,
        slot=slot,
        body=tuple(_body(assembly, publication, title)),
        description=line if named and len(line) in INBOX_LINE else DESCRIPTION,
        author=author,
        tags=action.tags if action else (),
    )
    return assembly, draft


def _body(assembly: Assembly, publication: Publication, title: str) -> Iterator[str]:
    """Notes are not in it: they stand in the issue by themselves, some of them for some readers only."""
    yield OPENING
    if assembly.everyone.action is None:
        yield action_to_write(title, publication)
    for variant in assembly.variants:
        readers = f" for={','.join(variant.segments)}" if variant.segments else ""
        yield f"/// action {{ use={variant.action.id}{readers} }}\n\n///"
