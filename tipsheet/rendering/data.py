"""The publication as data for other programs: ``api/issues.json`` and ``api/actions.json``, with their JSON Schema.

The documents are written by the models of `records`, and the schemas are generated from them (JSON
Schema 2020-12). Everything in here is public, addresses are absolute.
"""

import json
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from textwrap import indent
from typing import Any

from pydantic import BaseModel

from tipsheet.model.audience import PUBLIC
from tipsheet.model.body import Action
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
    "DOCUMENTS",
    "action_record", "documents", "issue_record", "schema_of",
]  # fmt: skip

DIALECT = "https://json-schema.org/draft/2020-12/schema"


DOCUMENTS = ("api/issues.json", "api/issues.schema.json", "api/actions.json", "api/actions.schema.json")
"""The paths of the files, from the site's root."""


def documents(masthead: Masthead, issues: Iterable[str], actions: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """The files, of records that are made; see `issue_record` and `action_record`."""
    site = masthead.url
    head = {"title": masthead.name, "home_page_url": site, "language": masthead.language}
    kinds: tuple[tuple[str, type[Document], Iterable[str]], ...] = (
        ("issues", IssuesDocument, issues),
        ("actions", ActionsDocument, actions),
    )
    for name, kind, records in kinds:
        document = kind(json_schema=f"{site}api/{name}.schema.json", **head, **{name: ()})
        yield f"api/{name}.json", _with_records(_text(document.model_dump(mode="json", by_alias=True)), name, records)
        yield f"api/{name}.schema.json", f"{_text(schema_of(kind, f'{site}api/{name}.schema.json'))}\n".encode()


def _with_records(document: str, name: str, records: Iterable[str]) -> bytes:
    """The document with records, which are JSON already, in its empty list."""
    inside = ",\n".join(records)
    filled = f'"{name}": [\n{inside}\n ]' if inside else f'"{name}": []'
    return document.replace(f'"{name}": []', filled).encode() + b"\n"


def schema_of(document: type[BaseModel], url: str) -> dict[str, Any]:
    """The JSON Schema of a document, known by this address."""
    return {"$schema": DIALECT, "$id": url, **document.model_json_schema(mode="serialization")}


def _text(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1)


def _record(record: BaseModel, *, without: AbstractSet[str] = frozenset()) -> str:
    """A record as it stands in a document: two levels in."""
    return indent(_text(record.model_dump(mode="json", by_alias=True, exclude=set(without))), "  ")


def issue_record(issue: Issue, site: str) -> str:
    """An issue that everyone was sent, as JSON; ``site`` is the site's root."""
    record = _issue(issue, site)
    return _record(record, without=frozenset() if record.blocks else {"blocks"})


def action_record(action: Action, place: Shelved, site: str) -> str:
    """An action of the library, as JSON."""
    return _record(_action(action, place, site))


def _issue(issue: Issue, site: str) -> IssueRecord:
    action, page = issue.body.action(PUBLIC), address(issue.url, site)
    return IssueRecord(
        id=issue.id,
        number=issue.number,
        title=readable(issue.title),
        description=readable(issue.description),
        url=page,
        permalink=address(f"i/{issue.id}/", site),
        original=issue.republished.url if issue.republished else None,
        published=issue.published,
        authors=tuple(Person(name=a.name, url=address(a.page, site)) for a in issue.authors),
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


def _action(action: Action, place: Shelved, site: str) -> ActionRecord:
    page = address(place.url, site)
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
        calendar=address(place.calendar, site) if place.calendar else None,
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
