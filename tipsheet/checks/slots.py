"""The schedule: no two issues for the same readers at one moment."""

from collections.abc import Iterator
from itertools import pairwise

from tipsheet.model.publication import Publication
from tipsheet.problems import Evidence, Problem, Sign
from tipsheet.settings import Settings

__all__ = ["shared"]


def shared(publication: Publication, _settings: Settings) -> Iterator[Problem]:
    """Issues that some reader would get two of at once."""
    issues = sorted((i for i in publication.issues if not i.draft), key=lambda i: (i.published, i.id))
    for first, second in pairwise(issues):
        apart = (
            first.audience.any_of
            and second.audience.any_of
            and first.audience.any_of.isdisjoint(second.audience.any_of)
        )
        if first.published == second.published and not apart:
            hint = f"{first.where.path} has the same date; readers of both would get two mails"
            message = f"the slot {second.published:%Y-%m-%d %H:%M} is taken"
            yield Problem(second.where, "TS222", message, hint, evidence=(Evidence(Sign.KEY, "date"),))
