"""Editions, stores with readers and jobs for tests: valid by default, a test names what matters to it."""

import datetime as dt
import itertools
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from tests.audience.readership import put
from tipsheet.audience.secret import Secret
from tipsheet.delivery.channel import Channel, Connect, Envelope, Receipt
from tipsheet.delivery.loop import alone
from tipsheet.delivery.sending import SendJob
from tipsheet.edition.edition import MESSAGE_KEY, Edition, Escape, Piece, Slot, Variant, When
from tipsheet.edition.outbox import digest_of
from tipsheet.model.audience import EVERYONE, Audience
from tipsheet.model.placeholders import TOKEN
from tipsheet.model.segment import Has, Reader, Segment
from tipsheet.store.states import DeliveryState
from tipsheet.store.tables import delivery

ISSUE = "2026-w48"
NOW = dt.datetime(2026, 11, 24, 7, tzinfo=dt.UTC)
SECRET = Secret("a secret that is long enough for tests")
SEGMENTS = tuple(
    Segment(id=name, title=name.title(), rule=Has("tag", name)) for name in ("managers", "sellers", "toronto")
)
MANAGERS = Audience(frozenset({"managers"}))


class Direct:
    """A channel as one speaks to it outside of a loop: each call returns when it is done."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.smtputf8 = channel.smtputf8

    def offer(self, envelope: Envelope, *message: bytes) -> Receipt | None:
        return alone(self._channel.offer(envelope, message))

    def finish(self, following: Envelope | None) -> Receipt:
        return alone(self._channel.finish(following))

    def close(self) -> None:
        alone(self._channel.close())


def edition(text: str = "One thing to do.\n", *, issue: str = ISSUE, audience: Audience = EVERYONE) -> Edition:
    """A letter with what each message has of its own in it, and a passage for managers."""
    token = Slot(TOKEN, None, Escape.URL)
    greeting = ("Hello ", Slot("first_name", "there"), ",\n")
    way_out = ("https://lists.example/leave/", token, "\n")
    made = Edition(
        issue=issue,
        url=f"https://halfturn.example/{issue}/",
        title="One thing",
        published="2026-11-24T08:00:00+01:00",
        audience=audience,
        header=(
            ("From", ("Half Turn <letters@halfturn.example>",)),
            ("Date", ("Tue, 24 Nov 2026 08:00:00 +0100",)),
            ("Message-ID", (f"<{issue}.", Slot(MESSAGE_KEY, None, Escape.URL), "@halfturn.example>")),
            ("List-Id", ("<half-turn.halfturn.example>",)),
            (
                "List-Unsubscribe",
                ("<https://lists.example/leave/", token, ">, <mailto:out@halfturn.example?subject=", token, ">"),
            ),
            ("List-Unsubscribe-Post", ("List-Unsubscribe=One-Click",)),
            ("Feedback-ID", (f"{issue}:half-turn:issue:half-turn",)),
        ),
        subject=(Variant(("One thing",)),),
        preheader=(),
        html=(
            Piece(("<p>Hello ", Slot("first_name", "there", Escape.HTML), "</p>\n")),
            Piece(f"<p>{text}</p>\n"),
            Piece("<p>For managers.</p>\n", When((MANAGERS,))),
        ),
        text=(Piece(greeting), Piece(text), Piece("For managers.\n", When((MANAGERS,))), Piece(way_out)),
    )
    return replace(made, digest=digest_of(made))


def people(store: sa.Engine, readers: int | Iterable[Reader] = 10, **columns: Any) -> None:
    """Confirmed subscribers, numbered from 1: ``P1@example.org`` and so on."""
    with store.begin() as connection:
        put(connection, [Reader()] * readers if isinstance(readers, int) else readers, **columns)


def job(store: sa.Engine, connect: Connect, **changes: Any) -> SendJob:
    """A job for `people` with the clock at `NOW`, which waits for nothing."""
    return SendJob(
        **{
            "engine": store,
            "edition": edition(),
            "segments": SEGMENTS,
            "secret": SECRET,
            "sender": "bounces@halfturn.example",
            "connect": connect,
            "clock": lambda: NOW,
            "new_owner": owners(),
            "connections": 2,
            "wait": dt.timedelta(),
            "connect_waits": (),
            **changes,
        }
    )


def owners(prefix: str = "owner") -> Callable[[], str]:
    count = itertools.count(1)
    return lambda: f"{prefix}-{next(count)}"


def states(store: sa.Engine) -> dict[int, tuple[DeliveryState, str]]:
    """DeliveryState and cause by subscriber."""
    query = sa.select(delivery.c.subscriber_id, delivery.c.state, delivery.c.cause)
    with store.connect() as connection:
        return {row.subscriber_id: (DeliveryState(row.state), row.cause) for row in connection.execute(query)}


def counts(store: sa.Engine) -> dict[str, int]:
    """How many rows there are in each state."""
    with store.connect() as connection:
        query = sa.select(delivery.c.state, sa.func.count()).group_by(delivery.c.state)
        return dict(connection.execute(query).all())
