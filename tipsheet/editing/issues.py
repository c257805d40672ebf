"""Work on an issue as a whole: a copy of it, another week, a draft or none. Each gives the text to write, and says why.

Nothing is written here: `tipsheet.editing.saving` does that, and so undo brings everything back.
"""

import datetime as dt
import posixpath
import re
from collections.abc import Container
from contextlib import suppress
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from tipsheet.editing.drafts import Draft, free_name, header_date, week_id
from tipsheet.editing.revising import header_of, with_action_ids, with_keys, written_actions
from tipsheet.editing.timetable import WEEK, Timetable, share_readers
from tipsheet.errors import TipsheetError, UnknownNameError
from tipsheet.model.post import Issue
from tipsheet.model.publication import Publication
from tipsheet.problems import did_you_mean
from tipsheet.settings import Settings

__all__ = ["Revision", "SlotTakenError", "copy_issue", "issue_at", "move_issue", "set_draft"]

MOST_WEEKS = 520
"""Weeks by which an issue is moved at most: ten years."""
OWN = ("slug", "aliases", "once_for")
"""Keys that name addresses of one post, and that a copy of it cannot have."""


class SlotTakenError(TipsheetError):
    """The slot that an issue should move to has an issue for the same readers."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """The new text of a file, and a sentence for each thing that is changed in it."""

    path: str
    text: str
    changed: tuple[str, ...]


def issue_at(publication: Publication, path: str) -> Issue:
    """The issue that stands in this file. Raises UnknownNameError."""
    for issue in publication.issues:
        if issue.where.path == path:
            return issue
    hint = did_you_mean(path, (issue.where.path for issue in publication.issues))
    raise UnknownNameError(f"there is no issue in {path}, or its header has mistakes", hint or "mend them first")


def copy_issue(publication: Publication, settings: Settings, path: str, text: str) -> tuple[Draft, tuple[str, ...]]:
    """A copy of the issue in this file, a draft at the next free slot, with a sentence for each change in it.

    Its file lies beside the other, so that links lead where they led. Raises UnknownNameError and UnchangeableError.
    """
    issue_at(publication, path)
    posts = (*publication.issues, *publication.articles)
    slot = Timetable.of(settings).free(publication)
    before, day = header_of(text, path), slot.date().isoformat()
    name = free_name(week_id(slot), {post.id for post in posts})
    keys: dict[str, str | None] = {
        "id": name,
        "date": header_date(slot, settings.schedule),
    }
    if "number" in before:
        keys["number"] = str(max((issue.number or 0 for issue in publication.issues), default=0) + 1)
    keys |= {"draft": "true"}
    keys |= {key: None for key in OWN if key in before}
    known = {action.id for issue in publication.issues for action in issue.body.all_actions()}
    known |= {action.id for action in publication.evergreen}
    ids: dict[str, str] = {}
    for action in written_actions(text, path):
        ids[action.id] = free_name(action.id, {*known, *ids.values()})
    copied = with_action_ids(with_keys(text, path, keys), path, ids)
    taken = {name for post in posts for name in (post.slug, *post.aliases)}
    stem = re.sub(r"^\d{4}-\d{2}-\d{2}-", "", posixpath.basename(path).removesuffix(".md"))
    file = f"{day}-{free_name(re.sub(r'-[2-9]$', '', stem), taken)}.md"
    changed = [f"{key}: {value}" if value is not None else f"{key} is left out" for key, value in keys.items()]
    changed += [f"the action '{old}' is '{new}' in the copy" for old, new in ids.items()]
    return Draft(id=name, path=posixpath.join(posixpath.dirname(path), file), text=copied), tuple(changed)


def move_issue(
    publication: Publication, settings: Settings, path: str, text: str, *, weeks: int, sent: Container[str] = ()
) -> Revision:
    """The issue in this file so many weeks later, or earlier, at the same time of day.

    The name of a week as its id changes too, unless the issue is out or among those that were ``sent``: ids of these
    never do. Raises SlotTakenError, UnknownNameError, UnchangeableError and TipsheetError for too many weeks.
    """
    issue = issue_at(publication, path)
    if not weeks or abs(weeks) > MOST_WEEKS:
        raise TipsheetError(f"an issue cannot be moved by {weeks} weeks", f"by 1 to {MOST_WEEKS}, or -1 and less")
    zone = settings.time_zone
    was, slot = issue.published.astimezone(zone), issue.published.astimezone(zone) + weeks * WEEK
    for other in publication.issues:
        if other.where.path != path and other.published == slot and share_readers(issue, other):
            hint = f"move {other.where.path} first, or move this one further"
            raise SlotTakenError(f"the slot {slot:%Y-%m-%d %H:%M} has '{other.title}' in it", hint)
    date = str(header_of(text, path)["date"])
    keys: dict[str, str | None] = {"date": _moved(date, weeks)}
    if _named_by_week(issue.id, was) and not issue.out(publication.now) and issue.id not in sent:
        others = {post.id for post in (*publication.issues, *publication.articles) if post.where.path != path}
        keys["id"] = free_name(week_id(slot), others)
    changed = (f"date: {date} is now {keys['date']}", *((f"id: {keys['id']}",) if "id" in keys else ()))
    return Revision(path=path, text=with_keys(text, path, keys), changed=changed)


def set_draft(path: str, text: str, *, draft: bool) -> Revision:
    """The text of a post as a draft, or as one that is published on its day. Raises UnchangeableError."""
    with suppress(ValidationError):  # what is neither true nor false is written anew
        if TypeAdapter(bool).validate_python(header_of(text, path).get("draft", False)) is draft:
            return Revision(path=path, text=text, changed=())
    value = str(draft).lower()
    return Revision(path=path, text=with_keys(text, path, {"draft": value}), changed=(f"draft: {value}",))


def _moved(date: str, weeks: int) -> str:
    """A date of a header, or a moment, so many weeks later, in its own form."""
    if found := re.match(r"\d{4}-\d{2}-\d{2}", date):
        return f"{dt.date.fromisoformat(found[0]) + weeks * WEEK}{date[found.end() :]}"
    return (dt.datetime.fromisoformat(date) + weeks * WEEK).isoformat("T", "minutes")  # such as 20261124T0730


def _named_by_week(name: str, slot: dt.datetime) -> bool:
    return bool(re.fullmatch(rf"{week_id(slot)}(-\d+)?", name))
