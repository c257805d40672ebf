"""Actions: every reader of an issue is given one, and it is due after the issue appears."""

from collections.abc import Iterator

from tipsheet.model.body import Action, Passage
from tipsheet.model.publication import Publication
from tipsheet.problems import Evidence, Problem, Sign
from tipsheet.settings import Settings

__all__ = ["due_dates", "missing"]


def missing(publication: Publication, _settings: Settings) -> Iterator[Problem]:
    """Issues that leave some of their readers without an action."""
    for issue in publication.issues:
        reached = [action.audience for action in issue.body.all_actions()]
        if any(not a.any_of for a in reached):
            continue
        asked = issue.audience.any_of
        if asked and asked <= frozenset[str]().union(*(a.any_of for a in reached)):
            continue
        hint = "write /// action | What to do … without for=; it ends every tipsheet"
        message = "no action for readers outside the variants' segments" if reached else "the issue has no action"
        seen = (Evidence(Sign.TEXT, "/// action"),) if reached else ()
        yield Problem(issue.where, "TS213", message, hint, evidence=seen)


def due_dates(publication: Publication, _settings: Settings) -> Iterator[Problem]:
    """Actions that are due before the issue appears."""
    for issue in publication.issues:
        day = issue.published.date()
        for passage in issue.body.items:
            match passage:
                case Passage(Action(due=due) as action) if due is not None and due < day:
                    message = f"the action '{action.id}' is due on {due}, before the issue appears on {day}"
                    seen = (Evidence(Sign.TEXT, str(due)), Evidence(Sign.TEXT, "/// action"))
                    yield Problem(issue.where, "TS214", message, "a day after the issue's date", evidence=seen)
