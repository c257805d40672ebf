"""New issues for an editor, worked out before anything is written, and texts as headers and settings hold them."""

import datetime as dt
import json
import re
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tipsheet.errors import TipsheetError, UnknownNameError, WouldOverwriteError
from tipsheet.model.addresses import slug_of
from tipsheet.model.placeholders import ACTION, ACTION_STEPS, ACTION_WHY, DESCRIPTION, OPENING
from tipsheet.model.publication import Publication
from tipsheet.problems import did_you_mean
from tipsheet.settings import Schedule, Settings

__all__ = [
    "LONGEST",
    "Draft",
    "NewIssue",
    "UnusableTitleError",
    "action_to_write",
    "draft_issue",
    "free_name",
    "header_date",
    "in_yaml",
    "new_issue",
    "save",
    "title_on_one_line",
    "week_id",
]

LONGEST = 120
"""Characters that a title may have, as the tables of headers say."""

PLAIN = re.compile(r"[A-Za-zÀ-ÿ](?:[^\x00-\x1f\x7f:#\"'\[\]{}]|(?<=\S)['#:](?=\S))*")
WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


class UnusableTitleError(TipsheetError):
    """A title or a tag that no issue, or a name that no publication, may have."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIssue:
    """An issue that an editor asks for; without ``author`` it is the first one of authors.yml."""

    title: str
    slot: dt.datetime
    description: str = DESCRIPTION
    author: str | None = None
    tags: Sequence[str] = ()
    draft: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The file of an issue, not written yet; ``path`` is relative to the publication."""

    id: str
    path: str
    text: str


def new_issue(publication: Publication, settings: Settings, asked: NewIssue) -> Draft:
    """An issue whose text says what an editor has to write; `tipsheet check` finds no mistake in it.

    Raises UnusableTitleError for a title or a tag that no issue may have, UnknownNameError for an unknown author.
    """
    asked = replace(asked, title=title_on_one_line(asked.title), tags=[_printable(tag, "a tag") for tag in asked.tags])
    return draft_issue(publication, settings, asked, (OPENING, action_to_write(asked.title, publication)))


def draft_issue(publication: Publication, settings: Settings, asked: NewIssue, body: Sequence[str]) -> Draft:
    """An issue with the next id and number that are free; ``body`` are the parts of its text, in Markdown.

    Raises UnknownNameError for an author that authors.yml does not have.
    """
    posts, slot, tags = (*publication.issues, *publication.articles), asked.slot, asked.tags
    slug = free_name(slug_of(asked.title), {name for post in posts for name in (post.slug, *post.aliases)})
    name = free_name(week_id(slot), {post.id for post in posts})
    numbers = [issue.number for issue in publication.issues if issue.number is not None]
    day = slot.date().isoformat()
    date = header_date(slot, settings.schedule)
    header = [
        "---",
        f"id: {name}",
        *([f"number: {max(numbers) + 1}"] if numbers else []),
        f"title: {in_yaml(asked.title)}",
        f"date: {date}",
        f"description: {in_yaml(asked.description)}",
        f"authors: [{in_yaml(_author(publication, asked.author), within=',')}]",
        *([f"tags: [{', '.join(in_yaml(tag, within=',') for tag in tags)}]"] if tags else []),
        f"draft: {str(asked.draft).lower()}",
        "---",
    ]
    path = f"{settings.docs_dir}/tipsheets/{day[:4]}/{day}-{slug}.md"
    return Draft(id=name, path=path, text="\n".join(header) + "\n\n" + "\n\n".join(body) + "\n")


def action_to_write(title: str, publication: Publication) -> str:
    """A block for an action that is still to be written; its id is made from the title of the issue."""
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
    """Write the draft and return its file; raises WouldOverwriteError when there is such a file."""
    file, text = root / draft.path, draft.text.encode()
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with file.open("xb") as stream:
            stream.write(text)
    except FileExistsError as error:
        raise WouldOverwriteError(f"{draft.path} is already there", "give the issue another title or --date") from error
    return file


def title_on_one_line(text: str) -> str:
    """A title as somebody typed it, on one line; raises UnusableTitleError."""
    line = _printable(text, "the title")
    if len(line) > LONGEST:
        raise UnusableTitleError(f"the title has {len(line)} characters", f"it may have {LONGEST}")
    return line


def _printable(text: str, what: str) -> str:
    """The text on one line, which no file would refuse; raises UnusableTitleError."""
    line = " ".join(text.split())
    if not line:
        raise UnusableTitleError(f"{what} is empty", 'write it in quotes: "Move the centre of gravity"')
    if not line.isprintable() or "@@" in line:
        raise UnusableTitleError(f"{what} holds characters that none may have", "leave out control characters and @@")
    return line


def _author(publication: Publication, asked: str | None) -> str:
    known = [author.id for author in publication.authors]
    if asked is not None and asked not in known:
        raise UnknownNameError(f"there is no author '{asked}'", did_you_mean(asked, known) or "add them to authors.yml")
    if not known:
        raise TipsheetError("an issue has an author, and authors.yml names nobody", "add a person to authors.yml")
    return asked or known[0]


def in_yaml(text: str, *, within: str = "") -> str:
    """The text as a YAML scalar, in quotes where a reader of YAML 1.1 or 1.2 could take it for something else.

    ``within`` are further characters that call for quotes, such as the comma in a list on one line.
    """
    plain = PLAIN.fullmatch(text) and text == text.strip() and text.lower() not in WORDS
    if plain and not any(char in text for char in within):
        return text
    return json.dumps(text, ensure_ascii=False)


def header_date(slot: dt.datetime, schedule: Schedule) -> str:
    """The date of a slot as a header has it: a day, or a moment where its time is not that of the schedule."""
    moment = slot.replace(tzinfo=None)
    return moment.date().isoformat() if slot.time() == schedule.time else moment.isoformat("T", "minutes")


def week_id(slot: dt.datetime) -> str:
    """The ISO week as the id of an issue: ``2026-w48``."""
    year, week, _ = slot.isocalendar()
    return f"{year}-w{week:02}"


def free_name(name: str, taken: Container[str]) -> str:
    """The name, or the name with the first number from 2 that is not taken."""
    number, free = 2, name
    while free in taken:
        free = f"{name}-{number}"
        number += 1
    return free
