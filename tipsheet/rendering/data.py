"""The publication as data for other programs: ``api/issues.json`` and ``api/actions.json``, with their JSON Schema.

Each language besides the first has both documents in its folder; what nobody has translated is there as it is.

The documents are written by the models of `records`, and the schemas are generated from them (JSON
Schema 2020-12). Everything in here is public, addresses are absolute.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cache
from textwrap import indent
from typing import Any

from pydantic import BaseModel

from tipsheet.model.audience import PUBLIC
from tipsheet.model.body import Action
from tipsheet.model.language import below
from tipsheet.model.post import Image, Issue
from tipsheet.model.publication import Masthead
from tipsheet.rendering.fragments import address, feed_html, readable, show_fallbacks
from tipsheet.rendering.library import Shelved
from tipsheet.rendering.records import (
    ActionRecord,
    ActionsDocument,
    BlockRecord,
    Document,
    Happening,
    IssueRecord,
    IssuesDocument,
    Occurrence,
    Person,
    Picture,
    Task,
)

__all__ = [
    "action_record", "documents", "issue_record", "paths_in", "schema_of",
]  # fmt: skip

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def paths_in(folder: str) -> tuple[str, ...]:
    """The paths of the files of a language, from the site's root; the schemas are those of the first one."""
    endings = (".json",) if folder else (".json", ".schema.json")
    return tuple(f"{folder}api/{name}{ending}" for name in ("issues", "actions") for ending in endings)


def documents(masthead: Masthead, issues: Iterable[str], actions: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """The files, of records that are made; see `issue_record` and `action_record`."""
    site, folder = masthead.url, masthead.folder
    head = {"title": masthead.name, "home_page_url": site + folder, "language": masthead.language}
    kinds: tuple[tuple[str, type[Document], Iterable[str]], ...] = (
        ("issues", IssuesDocument, issues),
        ("actions", ActionsDocument, actions),
    )
    for name, kind, records in kinds:
        document = kind(json_schema=f"{site}api/{name}.schema.json", **head, **{name: ()})
        text = _text(document.model_dump(mode="json", by_alias=True))
        yield f"{folder}api/{name}.json", _with_records(text, name, records)
        if not folder:
            yield f"api/{name}.schema.json", f"{_text(schema_of(kind, f'{site}api/{name}.schema.json'))}\n".encode()


def _with_records(document: str, name: str, records: Iterable[str]) -> bytes:
    """The document with records, which are JSON already, in its empty list."""
    inside = ",\n".join(records)
    filled = f'"{name}": [\n{inside}\n ]' if inside else f'"{name}": []'
    return document.replace(f'"{name}": []', filled).encode() + b"\n"


def schema_of(document: type[BaseModel], url: str) -> dict[str, Any]:
    """The JSON Schema of a document, known by this address."""
    return {"$schema": DIALECT, "$id": url, **_schema(document)}


@cache
def _schema(document: type[BaseModel]) -> Mapping[str, Any]:
    """The schema by itself, which is the same in every build of a desk."""
    return document.model_json_schema(mode="serialization")


def _text(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1)


def _record(record: BaseModel, *, without: AbstractSet[str] = frozenset()) -> str:
    """A record as it stands in a document: two levels in."""
    return indent(_text(record.model_dump(mode="json", by_alias=True, exclude=set(without))), "  ")


def issue_record(issue: Issue, masthead: Masthead) -> str:
    """An issue that everyone was sent, as JSON; the masthead is that of its language."""
    record = _issue(issue, masthead)
    return _record(record, without=frozenset() if record.blocks else {"blocks"})


def action_record(action: Action, place: Shelved, masthead: Masthead) -> str:
    """An action of the library, as JSON; the masthead is that of the library's language."""
    return _record(_action(action, place, masthead))


def _issue(issue: Issue, masthead: Masthead) -> IssueRecord:
    site, folder = masthead.url, masthead.folder
    action, page = issue.body.action(PUBLIC), address(issue.url, site)
    return IssueRecord(
        id=issue.id,
        number=issue.number,
        title=readable(issue.title),
        description=readable(issue.description),
        url=page,
        permalink=address(f"{folder}i/{issue.id}/", site),
        original=issue.republished.url if issue.republished else None,
        published=issue.published,
        authors=tuple(Person(name=a.name, url=address(folder + a.page, site)) for a in issue.authors),
        tags=issue.tags,
        reading_minutes=issue.reading_minutes,
        image=_picture(issue.image, site) if issue.image else None,
        action=_task(action, issue, site) if action else None,
        events=tuple(
            Happening(
                id=e.id, name=readable(e.name), starts=e.starts, ends=e.ends, time_zone=e.zone,
                place=readable(e.place), price=readable(e.price), url=e.url,
            )
            for e in issue.body.events(PUBLIC)
        ),
        blocks=tuple(
            BlockRecord(kind=b.block, title=_shown(b.title), html=feed_html(b.html, page=page, site_url=site))
            for b in issue.body.blocks(PUBLIC)
        ),
    )  # fmt: skip


def _picture(image: Image, site: str) -> Picture:
    return Picture(
        url=address(image.src, site),
        alt=image.alt,
        width=image.width,
        height=image.height,
        credit=image.credit,
        licence=image.licence,
    )


def _task(action: Action, issue: Issue, site: str) -> Task:
    url = address(f"{issue.url}#{action.anchor}", site)
    return Task(id=action.id, title=_shown(action.title), minutes=action.minutes, due=action.due, url=url)


def _action(action: Action, place: Shelved, masthead: Masthead) -> ActionRecord:
    site, folder = masthead.url, masthead.folder
    page = address(below(folder, place.url), site)
    return ActionRecord(
        id=action.id,
        title=_shown(action.title),
        url=page,
        minutes=action.minutes,
        steps=tuple(map(_shown, action.steps)),
        html=feed_html(action.html, page=page.partition("#")[0], site_url=site) if action.html else "",
        tags=action.tags,
        everyone=place.everyone,
        segments=tuple(segment for segment, _ in place.segments),
        calendar=address(folder + place.calendar, site) if place.calendar else None,
        appearances=tuple(_occurrences(place, site)),
    )


def _occurrences(place: Shelved, site: str) -> Iterator[Occurrence]:
    for seen in place.seen:
        yield Occurrence(
            issue=seen.issue,
            title=readable(seen.title),
            url=address(f"{seen.page}#{place.anchor}", site),
            published=seen.published,
            due=seen.due,
        )


def _shown(text: str) -> str:
    return readable(show_fallbacks(text))
