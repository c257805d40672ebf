"""When the next issue appears, and what it is called."""

import datetime as dt
from collections.abc import Container

from tipsheet.model.publication import Publication
from tipsheet.settings import Settings

__all__ = ["free_name", "latest_slot", "moment_of", "next_slot", "slot_in_week", "week_id"]

WEEK = dt.timedelta(weeks=1)


def moment_of(date: dt.date | dt.datetime, settings: Settings) -> dt.datetime:
    """The moment that a date in a header means: a day alone is the scheduled time of that day."""
    if not isinstance(date, dt.datetime):
        return dt.datetime.combine(date, settings.schedule.time, settings.time_zone)
    return date.replace(tzinfo=settings.time_zone) if date.tzinfo is None else date.astimezone(settings.time_zone)


def next_slot(publication: Publication, settings: Settings) -> dt.datetime:
    """The first moment of the schedule after now and after the newest issue, drafts included."""
    newest = max((issue.published for issue in publication.issues), default=publication.now)
    return _slot_before(max(newest, publication.now), settings) + WEEK


def latest_slot(now: dt.datetime, settings: Settings) -> dt.datetime:
    """The last moment of the schedule that has come."""
    return _slot_before(now, settings)


def slot_in_week(year: int, week: int, settings: Settings) -> dt.datetime:
    """The moment of the schedule in an ISO week; raises ValueError when the year has no such week."""
    return moment_of(dt.date.fromisocalendar(year, week, settings.schedule.day + 1), settings)


def _slot_before(moment: dt.datetime, settings: Settings) -> dt.datetime:
    """The last slot at or before this moment. Adding a week to it keeps the time on the clock, not the hours."""
    day = moment.astimezone(settings.time_zone).date()
    day -= dt.timedelta(days=(day.weekday() - settings.schedule.day) % 7)
    slot = moment_of(day, settings)
    return slot if slot <= moment else slot - WEEK


def week_id(slot: dt.datetime) -> str:
    """The ISO week as the id of an issue: ``2026-w48``."""
    year, week, _ = slot.isocalendar()
    return f"{year}-w{week:02}"


def free_name(name: str, taken: Container[str]) -> str:
    """The name, or the name with the first number from 2 that is not taken."""
    number = 2
    free = name
    while free in taken:
        free = f"{name}-{number}"
        number += 1
    return free
