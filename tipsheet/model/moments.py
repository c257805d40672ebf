"""When a publication looks different without anybody changing a file."""

import datetime as dt
from collections.abc import Iterator

from tipsheet.model.body import Action, Body, Event
from tipsheet.model.post import Issue
from tipsheet.model.publication import Publication

__all__ = ["SENDING", "last_change", "may_still_be_sent", "next_change"]

SENDING = dt.timedelta(weeks=5)
"""How long after its date an issue may still be sent; older letters are with their readers."""


def may_still_be_sent(issue: Issue, now: dt.datetime) -> bool:
    """Whether its letters are made and looked over."""
    return not issue.out(now - SENDING)


def next_change(publication: Publication, zone: dt.tzinfo) -> dt.datetime | None:
    """The first moment after ``publication.now`` at which an output may be another; ``publication`` is the whole.

    Something appears, a letter has been with its readers for long, an event or a note is over, a day that
    an action is due on has passed.
    """
    return min((m for m in _moments(publication, zone) if m > publication.now), default=None)


def last_change(publication: Publication, zone: dt.tzinfo) -> dt.datetime | None:
    """The last moment up to ``publication.now`` at which an output became another; see `next_change`."""
    return max((m for m in _moments(publication, zone) if m <= publication.now), default=None)


def _moments(publication: Publication, zone: dt.tzinfo) -> Iterator[dt.datetime]:
    for post in (*publication.issues, *publication.articles):
        yield post.published
        yield post.published + SENDING
    for note in publication.notes:
        yield _after(note.expires, zone)
        yield from _moments_in(note.body, zone)
    for post in (*publication.issues, *publication.articles):
        yield from _moments_in(post.body, post.published.tzinfo or dt.UTC)


def _moments_in(body: Body, zone: dt.tzinfo) -> Iterator[dt.datetime]:
    """``zone`` is that of the days that actions are due on."""
    for passage in body.items:
        match passage.content:
            case Event() as event:
                yield _after(event.last_day, event.last_zone)
            case Action(due=due) if due:
                yield _after(due, zone)


def _after(day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    """The first moment of the day after."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone)
