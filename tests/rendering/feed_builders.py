"""Publications for the tests of feeds and calendar: valid by default, a test names what matters to it."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from tipsheet.engine.units import Part, called
from tipsheet.model.audience import PUBLIC, Audience
from tipsheet.model.body import Action, Body, Content, Event, Passage, Prose
from tipsheet.model.post import Article, Author, Image, Issue, Note
from tipsheet.model.publication import Masthead, Publication
from tipsheet.model.segment import Has, Segment
from tipsheet.problems import Where
from tipsheet.rendering.calendar import WHOLE, calendar_dates, calendar_documents
from tipsheet.rendering.data import action_record, documents, issue_record
from tipsheet.rendering.feeds.documents import feed_documents, write_feed
from tipsheet.rendering.feeds.formats import Entry
from tipsheet.rendering.library import shelf
from tipsheet.rendering.references import Texts
from tipsheet.settings import CONFIG_FILE, FeedSettings, Settings, read_settings

SITE = "https://tips.example.org/weekly/"
ZONE = ZoneInfo("Europe/Amsterdam")
NOW = dt.datetime(2026, 12, 1, 12, tzinfo=ZONE)
MARA = Author(id="mara", name="Mara Lindqvist", email="mara@example.org")
MANAGERS = Segment(id="managers", title="Managers", rule=Has("tag", "manager"), public=True)
TORONTO = Segment(id="toronto", title="Toronto", rule=Has("tag", "toronto"))
COVER = Image(
    src="images/scales.png",
    alt="A pair of scales",
    width=1200,
    height=600,
    credit="I. Draw",
    credit_url="https://draw.example/",
    licence="CC BY 4.0",
)
FOR_MANAGERS = Audience(frozenset({"managers"}))


def passages(*contents: Content | str | tuple[Content | str, Audience]) -> Body:
    """A body of prose (as strings) and blocks; a pair adds the audience that it stands under."""
    pairs = [c if isinstance(c, tuple) else (c, None) for c in contents]
    return Body(
        tuple(
            Passage(Prose(content) if isinstance(content, str) else content, (audience,) if audience else ())
            for content, audience in pairs
        )
    )


def issue(number: int = 1, *contents: Content | str | tuple[Content | str, Audience], **fields: Any) -> Issue:
    """The issue of the so-manieth week before `NOW`, so that 1 is the newest."""
    title = f"Issue {number}"
    values: dict[str, Any] = {
        "id": f"w{number}",
        "slug": f"issue-{number}",
        "url": f"issues/issue-{number}/",
        "title": title,
        "subject": title,
        "description": f"What issue {number} is about.",
        "published": NOW - dt.timedelta(weeks=number),
        "authors": (MARA,),
        "body": passages(*(contents or (f"<p>Text of issue {number}.</p>",))),
        "where": Where(f"content/{number}.md"),
    }
    return Issue(**(values | fields))


def article(name: str = "long-read", *contents: str, **fields: Any) -> Article:
    """An article, older than any issue."""
    values: dict[str, Any] = {
        "id": name,
        "slug": name,
        "url": f"articles/{name}/",
        "title": "A long read",
        "description": "Longer.",
        "published": dt.datetime(2020, 1, 1, tzinfo=ZONE),
        "authors": (MARA,),
        "body": passages(*(contents or ("<p>Long.</p>",))),
        "where": Where(f"content/{name}.md"),
    }
    return Article(**(values | fields))


def note(*contents: Content | str | tuple[Content | str, Audience], **fields: Any) -> Note:
    """A note in force the whole year."""
    values: dict[str, Any] = {
        "id": "seats",
        "title": "Seats are left",
        "starts": dt.date(2026, 1, 1),
        "expires": dt.date(2026, 12, 31),
        "body": passages(*contents),
        "where": Where("content/notes/seats.md"),
    }
    return Note(**(values | fields))


def event(**fields: Any) -> Event:
    """A workshop two days after `NOW`."""
    values: dict[str, Any] = {
        "id": "listening",
        "name": "Listening workshop",
        "starts": dt.datetime(2026, 12, 3, 9, 30, tzinfo=ZONE),
        "ends": dt.datetime(2026, 12, 3, 12, 30, tzinfo=ZONE),
    }
    return Event(**(values | fields))


def action(**fields: Any) -> Action:
    """An action of ten minutes."""
    values: dict[str, Any] = {"id": "ask", "title": "Ask before you pitch", "html": "<p>Ask.</p>", "minutes": 10}
    return Action(**(values | fields))


def publication(*posts: Issue | Article, **fields: Any) -> Publication:
    """A publication of these posts, newest first as the model has them."""
    masthead = {"name": "The Tipsheet", "url": SITE, "description": "One action a week.", "language": "en"}
    values: dict[str, Any] = {
        "masthead": Masthead(**(masthead | fields.pop("masthead", {}))),
        "now": NOW,
        "issues": tuple(p for p in posts if isinstance(p, Issue)),
        "articles": tuple(p for p in posts if isinstance(p, Article)),
        "segments": (MANAGERS, TORONTO),
    }
    return Publication(**(values | fields))


MKDOCS = """
site_name: The Tipsheet
site_url: https://tips.example.org/weekly/
plugins:
  - tipsheet:
      editor: {name: Ed, email: ed@example.org}
      postal_address: Street 1, Utrecht
      time_zone: Europe/Amsterdam
      mail: {unsubscribe_url: "https://tips.example.org/leave/@@token@@"}
"""


def settings(publication: Publication, **feed: Any) -> Settings:
    """The settings that go with a publication; keywords are the feed's."""
    return replace(_defaults(), masthead=publication.masthead, feed=FeedSettings(**feed), segments=publication.segments)


@cache
def _defaults() -> Settings:
    with TemporaryDirectory() as folder:
        Path(folder, CONFIG_FILE).write_text(MKDOCS, encoding="utf-8")
        found, problems = read_settings(Path(folder))
    assert found, problems
    return found


def calendar(publication: Publication) -> bytes:
    """``actions.ics`` for everyone."""
    return calendar_documents(publication.masthead, calendar_dates(publication))[WHOLE]


def calendar_files(publication: Publication) -> Iterator[tuple[str, bytes]]:
    """The file of each coming event and open action, by its path from the site's root."""
    files = calendar_documents(publication.masthead, calendar_dates(publication))
    return ((path, data) for path, data in files.items() if path != WHOLE)


def data_files(publication: Publication) -> Iterator[tuple[str, bytes]]:
    """Both documents and their schemas, by their paths from the site's root."""
    issues = [issue_record(issue, publication.masthead) for issue in publication.issues_for(PUBLIC)]
    actions = [action_record(one.action, one.place, publication.masthead) for one in shelf(publication)]
    yield from documents(publication.masthead, issues, actions)


def feed_files(
    publication: Publication, settings: Settings, *, logo_size: tuple[int, int] | None = None
) -> Mapping[str, bytes]:
    """Every feed by its path from the site's root.

    ``publication`` is what has appeared (`Publication.out`). ``logo_size`` is the width and height of
    the masthead's logo in px; without it the channel has no image.
    """
    texts, known = Texts(publication, settings), dict[str, Entry]()
    found: dict[str, bytes] = {}
    for document in feed_documents(texts, logo_size=logo_size):
        call = Part(write_feed, {"path": document.path, "channel": document.channel, "entries": document.entries})
        found[document.path] = called(call, texts.load, known)
    return found
