"""A new issue as a file: its id, number, path and text, all worked out before anything is written."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tipsheet.editing.scalars import in_yaml
from tipsheet.editing.slots import free_name, week_id
from tipsheet.errors import TipsheetError, UnknownNameError, WouldOverwriteError
from tipsheet.model.names import slug_of
from tipsheet.model.publication import Publication
from tipsheet.problems import did_you_mean
from tipsheet.settings import Settings

__all__ = ["TITLE", "Draft", "action_to_write", "checked_title", "draft_issue", "save"]

TITLE = 120
"""Characters that a title may have."""
DESCRIPTION = "Say here in one sentence what a reader gets from this issue; inboxes show it beside the subject."
OPENING = "Write the opening here: what one of us saw, did or was told, and what it is good for."


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An issue that is not written yet; ``path`` is relative to the publication."""

    id: str
    path: str
    text: str


def checked_title(title: str) -> str:
    """The title on one line; raises TipsheetError for one that no issue may have."""
    line = " ".join(title.split())
    if not line:
        raise TipsheetError("the title is empty", 'write it in quotes: tipsheet new "Move the centre of gravity"')
    if len(line) > TITLE:
        raise TipsheetError(f"the title has {len(line)} characters", f"a title has {TITLE} at most")
    if not line.isprintable() or "@@" in line:
        raise TipsheetError("the title holds characters that no title may have", "leave out control characters and @@")
    return line


def draft_issue(
    publication: Publication,
    settings: Settings,
    *,
    title: str,
    slot: dt.datetime,
    body: Sequence[str],
    description: str = DESCRIPTION,
    author: str | None = None,
    tags: Sequence[str] = (),
    draft: bool = True,
) -> Draft:
    """An issue of this moment, with the next id and number that are free.

    Raises UnknownNameError for an author that authors.yml does not have.
    """
    posts = (*publication.issues, *publication.articles)
    slug = free_name(slug_of(title), {name for post in posts for name in (post.slug, *post.aliases)})
    name = free_name(week_id(slot), {post.id for post in posts})
    numbers = [issue.number for issue in publication.issues if issue.number is not None]
    day = slot.date().isoformat()
    header = [
        "---",
        f"id: {name}",
        *([f"number: {max(numbers) + 1}"] if numbers else []),
        f"title: {in_yaml(title)}",
        f"date: {day if slot.time() == settings.schedule.time else slot.replace(tzinfo=None).isoformat('T', 'minutes')}",
        f"description: {in_yaml(description)}",
        f"authors: [{in_yaml(_author(publication, author), within=',')}]",
        *([f"tags: [{', '.join(in_yaml(tag, within=',') for tag in tags)}]"] if tags else []),
        f"draft: {str(draft).lower()}",
        "---",
    ]
    path = f"{settings.docs_dir}/tipsheets/{day[:4]}/{day}-{slug}.md"
    return Draft(id=name, path=path, text="\n".join(header) + "\n\n" + "\n\n".join(body) + "\n")


def _author(publication: Publication, asked: str | None) -> str:
    known = [author.id for author in publication.authors]
    if asked is not None and asked not in known:
        raise UnknownNameError(f"there is no author '{asked}'", did_you_mean(asked, known) or "add them to authors.yml")
    if not known:
        raise TipsheetError("an issue has an author, and authors.yml names nobody", "add a person to authors.yml")
    return asked or known[0]


def action_to_write(title: str, publication: Publication) -> str:
    """A block for an action that is still to be written; it is named after the issue."""
    known = {a.id for issue in publication.issues for a in issue.body.all_actions()}
    known |= {a.id for a in publication.evergreen}
    name = free_name(slug_of(title), known)
    lines = (
        f"/// action | Name here the one thing to do {{ id={name} minutes=10 }}",
        "Say in a sentence why it is worth ten minutes.",
        "1. Write the first step here.\n2. Write the second step here.",
        "///",
    )
    return "\n\n".join(lines)


def save(root: Path, draft: Draft) -> Path:
    """Write the draft; raises WouldOverwriteError when there is such a file."""
    file = root / draft.path
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with file.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(draft.text)
    except FileExistsError as error:
        raise WouldOverwriteError(f"{draft.path} is already there", "give the issue another title or --date") from error
    return file
