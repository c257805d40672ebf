"""Issues and settings for the tests of the mail: valid by default, a test names what matters to it."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tipsheet.edition.edition import Edition, Recipient, fill
from tipsheet.edition.joining import PREVIEW, LetterParts, join, text_part
from tipsheet.model.audience import Audience
from tipsheet.model.body import Action, Body, Content, Event, Passage, Prose
from tipsheet.model.post import Author, Image, Issue, Note
from tipsheet.model.publication import Masthead, Publication
from tipsheet.model.segment import Has, Segment
from tipsheet.problems import Where
from tipsheet.rendering.email.compile import compile_edition
from tipsheet.rendering.email.contents import contents_of
from tipsheet.rendering.email.pieces import text_pieces
from tipsheet.rendering.templates import template_environment
from tipsheet.settings import CONFIG_FILE, MailSettings, Settings, read_settings

ZONE = ZoneInfo("Europe/Amsterdam")
SITE = "https://halfturn.example/"
LEAVE = "https://lists.halfturn.example/leave/"
MANAGERS = Audience(frozenset({"managers"}))
TORONTO = Audience(frozenset({"toronto"}))
OTHERS = Audience(none_of=frozenset({"managers"}))
SEGMENTS = (
    Segment(id="managers", title="Managers", rule=Has("tag", "managers"), public=True),
    Segment(id="toronto", title="Around Toronto", rule=Has("tag", "toronto")),
    Segment(id="sellers", title="Sellers", rule=Has("tag", "sellers"), public=True),
)
MASTHEAD = Masthead(
    name="Half Turn",
    url=SITE,
    tagline="Selling and careers, seen from the other side of the desk.",
    editor="Mara Lindqvist",
    editor_email="editor@halfturn.example",
    copyright="Copyright &copy; 2026 <b>Half Turn</b>",
    postal_address="Oudegracht 12, 3511 AB Utrecht",
    logo="images/mark.png",
)
MARA = Author(id="mara", name="Mara Lindqvist")
COVER = Image(
    src="images/question.png",
    dark="images/question-dark.png",
    alt="Half discs, one of them gold.",
    width=1200,
    height=857,
    credit="Inês Prado",
    credit_url="https://halfturn.example/about/",
    licence="CC BY 4.0",
)
ENVIRONMENT = template_environment()
_CONFIG = """
site_name: Half Turn
site_url: https://halfturn.example/
plugins:
  tipsheet:
    editor: {name: Mara Lindqvist, email: editor@halfturn.example}
    postal_address: Oudegracht 12, 3511 AB Utrecht
    time_zone: Europe/Amsterdam
    subscribe: {url: https://lists.halfturn.example/in}
    mail:
      unsubscribe_url: https://lists.halfturn.example/leave/@@token@@
      preferences_url: https://lists.halfturn.example/seat/@@token@@
"""


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of a publication with three segments."""
    root: Path = tmp_path_factory.mktemp("settings")
    (root / CONFIG_FILE).write_text(_CONFIG, encoding="utf-8")
    read, problems = read_settings(root)
    assert read is not None, problems
    return replace(read, masthead=MASTHEAD, segments=SEGMENTS)


def with_mail(settings: Settings, **fields: Any) -> Settings:
    """The settings with other fields of the mail."""
    return replace(settings, mail=MailSettings(**(settings.mail.model_dump() | fields)))


def body(*contents: Content | str | tuple[Content | str, Audience]) -> Body:
    """A body of prose (as strings) and blocks; a pair adds the audience that it stands under."""
    pairs = [c if isinstance(c, tuple) else (c, None) for c in contents]
    return Body(
        tuple(
            Passage(Prose(content) if isinstance(content, str) else content, (audience,) if audience else ())
            for content, audience in pairs
        )
    )


def issue(*contents: Content | str | tuple[Content | str, Audience], **fields: Any) -> Issue:
    """The issue of 8 September 2026, number 84."""
    values: dict[str, Any] = {
        "id": "2026-w37",
        "slug": "ask-once-more",
        "url": "issues/ask-once-more/",
        "number": 84,
        "title": "Ask once more before you quote",
        "subject": "Ask once more before you quote",
        "description": "Before your next quote, ask what happens if nothing changes.",
        "published": dt.datetime(2026, 9, 8, 7, tzinfo=ZONE),
        "authors": (MARA,),
        "body": body(*(contents or ("<p>A customer rings.</p>",))),
        "words": 700,
        "where": Where("content/tipsheets/ask.md"),
    }
    return Issue(**(values | fields))


def note(*contents: Content | str | tuple[Content | str, Audience], **fields: Any) -> Note:
    """A note in force on the day of `issue`."""
    values: dict[str, Any] = {
        "id": "seats",
        "title": "Seats are left",
        "starts": dt.date(2026, 9, 1),
        "expires": dt.date(2026, 9, 30),
        "body": body(*contents),
        "where": Where("content/notes/seats.md"),
    }
    return Note(**(values | fields))


def action(**fields: Any) -> Action:
    """An action of two steps, due in a week."""
    values: dict[str, Any] = {
        "id": "ask-first",
        "title": "Name a range in the first fifteen minutes",
        "html": "<p>Once is enough.</p>\n<ol>\n<li>Take the next meeting.</li>\n<li>Say both prices.</li>\n</ol>",
        "steps": ("Take the next meeting.", "Say both prices."),
        "minutes": 15,
        "due": dt.date(2026, 9, 15),
    }
    return Action(**(values | fields))


def event(**fields: Any) -> Event:
    """A workshop nine days after `issue`."""
    values: dict[str, Any] = {
        "id": "aloud",
        "name": "Pricing aloud",
        "starts": dt.datetime(2026, 9, 17, 16, tzinfo=ZONE),
        "ends": dt.datetime(2026, 9, 17, 18, tzinfo=ZONE),
        "place": "Library on the Neude",
        "price": "€20",
        "url": "https://tickets.example.org/aloud",
    }
    return Event(**(values | fields))


def recipient(*segments: str, **fields: Any) -> Recipient:
    """A reader of these segments."""
    values: dict[str, Any] = {
        "address": "dana@reader.example",
        "key": "k3y5" * 6,
        "token": "t0k-en_1",
        "segments": frozenset(segments),
    }
    return Recipient(**(values | fields))


def flat(text: str) -> str:
    """The text on one line: where lines break does not show in a letter's HTML."""
    return " ".join(text.split())


def compiled(issue: Issue, settings: Settings) -> Edition:
    """The edition of an issue, in a publication of that issue alone."""
    return compile_edition(issue, _alone(issue, settings), settings, ENVIRONMENT)


def _alone(issue: Issue, settings: Settings) -> Publication:
    return Publication(masthead=settings.masthead, now=issue.published, issues=(issue,), segments=settings.segments)


def letter(issue: Issue, settings: Settings, *segments: str) -> LetterParts:
    """The letter that a reader of these segments is shown."""
    return join(compiled(issue, settings), frozenset(segments))


def text_of(issue: Issue, settings: Settings, *segments: str) -> str:
    """The text part of `letter`, for which the HTML part is not made."""
    text, links = text_pieces(contents_of(issue, _alone(issue, settings), settings))
    edition = Edition(
        issue=issue.id, url="", title=issue.title, published=issue.published.isoformat(), audience=issue.audience,
        header=(), subject=(), preheader=(), html=(), text=text, links=links,
    )  # fmt: skip
    pieces = (piece.content for piece in text_part(edition, frozenset(segments)))
    return "".join(part if isinstance(part, str) else fill(part, PREVIEW) for part in pieces)
