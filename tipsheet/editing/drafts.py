"""A new issue as a file: its id, number, path and text, all worked out before anything is written."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tipsheet.editing.scalars import in_yaml
from tipsheet.editing.slots import free_name, week_id
from tipsheet.editing.titles import one_line
from tipsheet.errors import TipsheetError, UnknownNameError, WouldOverwriteError
from tipsheet.model.addresses import slug_of
from tipsheet.model.placeholders import ACTION, ACTION_STEPS, ACTION_WHY, DESCRIPTION, OPENING
from tipsheet.model.publication import Publication
from tipsheet.problems import did_you_mean
from tipsheet.settings import Settings

__all__ = ["Draft", "action_to_write", "draft_issue", "new_issue", "save"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An issue that is not written yet; ``path`` is relative to the publication."""

    id: str
    path: str
    text: str


def new_issue(
    publication: Publication,
    settings: Settings,
    *,
    title: str,
    slot: dt.datetime,
    author: str | None = None,
    tags: Sequence[str] = (),
    draft: bool = True,
) -> Draft:
    """An issue to be written: everything is valid, and what is missing says so.

    Raises UnusableTitleError for a title that no issue may have, UnknownNameError for an unknown author.
    """
    line = one_line(title)
    body = (OPENING, action_to_write(line, publication))
    return draft_issue(publication, settings, title=line, slot=slot, body=body, author=author, tags=tags, draft=draft)


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
    date = day if slot.time() == settings.schedule.time else slot.replace(tzinfo=None).isoformat("T", "minutes")
    header = [
        "---",
        f"id: {name}",
        *([f"number: {max(numbers) + 1}"] if numbers else []),
        f"title: {in_yaml(title)}",
        f"date: {date}",
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
        f"/// action | {ACTION} {{ id={name} minutes=10 }}",
        ACTION_WHY,
        "\n".join(f"{number}. {step}" for number, step in enumerate(ACTION_STEPS, 1)),
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
