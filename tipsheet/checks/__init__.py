"""What `tipsheet check` looks for beyond what reading finds: one file a subject, one line in a table."""

from collections.abc import Callable, Iterable, Mapping

from tipsheet.checks import actions, lengths, links, service, slots, tags
from tipsheet.checks.moved import moved
from tipsheet.checks.report import Report
from tipsheet.model.publication import Publication
from tipsheet.problems import Problem
from tipsheet.settings import Settings

__all__ = ["CHECKS", "Report", "check_publication", "moved"]

Check = Callable[[Publication, Settings], Iterable[Problem]]

CHECKS: Mapping[str, Check] = {
    "every reader has an action": actions.missing,
    "due dates": actions.due_dates,
    "internal links": links.dead,
    "lengths of title, subject and description": lengths.check,
    "one issue a slot": slots.shared,
    "one page a tag": tags.alike,
    "segments that readers choose": service.choices,
    "welcome letters": service.welcome,
    "ids that the service needs": service.reserved,
}
"""By what they look for, as `tipsheet check` reports it."""


def check_publication(publication: Publication, settings: Settings) -> list[Problem]:
    """Run every check over the whole publication, what is to come included."""
    return [problem for check in CHECKS.values() for problem in check(publication, settings)]
