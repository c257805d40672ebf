"""When the next issue appears, and what it is called."""

import datetime as dt
from collections.abc import Container
from dataclasses import dataclass

from tipsheet.model.publication import Publication
from tipsheet.settings import Schedule, Settings

__all__ = ["Timetable", "free_name", "week_id"]

WEEK = dt.timedelta(weeks=1)
"""Added to an aware moment it keeps the time on the clock, whatever happens to the hours."""


@dataclass(frozen=True, slots=True)
class Timetable:
    """The schedule of a publication in its time zone; a slot is a moment at which an issue may appear."""

    schedule: Schedule
    zone: dt.tzinfo

    @classmethod
    def of(cls, settings: Settings) -> "Timetable":
        """The timetable that mkdocs.yml sets."""
        return cls(settings.schedule, settings.time_zone)

    def moment(self, date: dt.date | dt.datetime) -> dt.datetime:
        """The moment that a date in a header means."""
        return self.schedule.moment(date, self.zone)

    def latest(self, now: dt.datetime) -> dt.datetime:
        """The last slot that has come."""
        day = now.astimezone(self.zone).date()
        slot = self.moment(day - dt.timedelta(days=(day.weekday() - self.schedule.day) % 7))
        return slot if slot <= now else slot - WEEK

    def free(self, publication: Publication) -> dt.datetime:
        """The first slot after now and after the newest issue, drafts included."""
        newest = max((issue.published for issue in publication.issues), default=publication.now)
        return self.latest(max(newest, publication.now)) + WEEK

    def in_week(self, year: int, week: int) -> dt.datetime:
        """The slot of an ISO week; raises ValueError when the year has no such week."""
        return self.moment(dt.date.fromisocalendar(year, week, self.schedule.day + 1))


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
