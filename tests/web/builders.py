"""A service for tests: real templates, small letters, a clock that is set, on the store that a test is given."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from jinja2 import Environment

from tests.audience.people import SECRET, predictable
from tipsheet.edition.edition import MESSAGE_DATE, MESSAGE_KEY, Edition, Escape, Piece, Slot, Variant
from tipsheet.edition.outbox import EDITION_FILE, digest_of, record_of
from tipsheet.edition.service import (
    MAILS,
    PAGES_FILE,
    SERVICE_FILE,
    SERVICE_FOLDER,
    Chosen,
    PublicIssue,
    ServiceRecord,
    record_of_pages,
    record_of_service,
)
from tipsheet.model.audience import EVERYONE
from tipsheet.model.placeholders import TOKEN
from tipsheet.rendering.service.pages import compile_pages
from tipsheet.rendering.templates import template_environment
from tipsheet.web.service import Outbox, Service

NOW = dt.datetime(2026, 11, 24, 7, tzinfo=dt.UTC)
RECORD = ServiceRecord(
    name="Half Turn",
    site="https://halfturn.example",
    url="https://lists.halfturn.example",
    language="en",
    editor="The editors",
    editor_email="letters@halfturn.example",
    time_zone="Europe/Amsterdam",
    consent="Send me Half Turn by e-mail. I can leave at any time with one click.",
    mailbox="lists@halfturn.example",
    done=True,
    segments=(
        Chosen(id="managers", title="Managers", line="Coach the call.", tags=("manages",)),
        Chosen(id="sellers", title="Sellers", attributes={"role": "seller"}),
    ),
    issues=(
        PublicIssue(
            id="2026-w48",
            title="One thing",
            url="https://halfturn.example/issues/2026-w48/",
            published="2026-11-24T07:00:00+00:00",
        ),
    ),
)
SLOTS: Mapping[str, str] = {"confirm": "confirm", "address": "confirm", "forward": "issue_url"}
"""The slot of each letter in its address; the others have the reader's token."""


@dataclass
class Clock:
    """A clock that stands still until it is set."""

    now: dt.datetime = NOW

    def __call__(self) -> dt.datetime:
        return self.now

    def forward(self, **duration: float) -> None:
        self.now += dt.timedelta(**duration)


@dataclass
class World:
    """A service and what a test may look at or set."""

    service: Service
    clock: Clock = field(default_factory=Clock)


def mail(name: str) -> Edition:
    """A small letter of the service with the slot that its kind has."""
    slot = Slot(SLOTS.get(name, TOKEN), None, Escape.URL)
    made = Edition(
        issue=f"mail-{name}",
        url="",
        title=name,
        published=NOW.isoformat(),
        audience=EVERYONE,
        header=(
            ("From", ("Half Turn <letters@halfturn.example>",)),
            ("Date", (Slot(MESSAGE_DATE, None),)),
            ("Message-ID", (f"<{name}.", Slot(MESSAGE_KEY, None, Escape.URL), "@halfturn.example>")),
        ),
        subject=(Variant((f"The letter {name}",)),),
        preheader=(),
        html=(Piece((f'<p><a href="https://lists.halfturn.example/{name}/', slot, '">Here</a></p>\n')),),
        text=(Piece((f"https://lists.halfturn.example/{name}/", slot, "\n")),),
    )
    return replace(made, digest=digest_of(made))


@cache
def templates() -> Environment:
    """The templates of the service's pages, compiled once."""
    return template_environment()


def left_by_a_build(folder: Path, record: ServiceRecord = RECORD) -> Path:
    """An outbox with what the service needs; the same files as a build's, with small letters."""
    home = folder / SERVICE_FOLDER
    (home / "assets").mkdir(parents=True)
    (home / "assets" / "service.css").write_text("body { color: black }\n")
    (home / SERVICE_FILE).write_text(record_of_service(record))
    (home / PAGES_FILE).write_text(record_of_pages(compile_pages(templates(), record)))
    for name in MAILS:
        (home / f"mail-{name}").mkdir()
        (home / f"mail-{name}" / EDITION_FILE).write_text(record_of(mail(name)))
    return folder


def world(store: sa.Engine, folder: Path, record: ServiceRecord = RECORD) -> World:
    """A service on this store, with its outbox in ``folder``."""
    clock = Clock()
    outbox = Outbox(left_by_a_build(folder / "outbox", record))
    return World(Service(engine=store, outbox=outbox, secret=SECRET, clock=clock, entropy=predictable()), clock)
