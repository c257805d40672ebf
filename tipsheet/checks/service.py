"""The service: segments can be chosen together, and welcome letters hold nothing that will be over."""

from collections.abc import Iterator
from itertools import combinations, pairwise

from tipsheet.edition.service import SERVICE_FOLDER
from tipsheet.model.body import Action, Event
from tipsheet.model.publication import Publication
from tipsheet.model.segment import Choice, Segment, choice_of
from tipsheet.problems import Evidence, Problem, Sign, Where
from tipsheet.settings import CONFIG_FILE, Settings

__all__ = ["choices", "reserved", "welcome"]


def choices(publication: Publication, settings: Settings) -> Iterator[Problem]:
    """Public segments that readers cannot choose by themselves, and pairs that nobody can choose together."""
    if not (settings.service.url or settings.service.mailbox):
        return
    found: list[tuple[Segment, Choice]] = []
    for segment in publication.public_segments():
        choice = choice_of(segment.rule)
        if choice is None:
            message = (
                f"readers cannot choose the segment '{segment.id}' by themselves: its rule is none of 'is' and tags"
            )
            yield _about(segment, "TS680", message, f"add a tag: where: {{any: [{{tag: {segment.id}}}, …]}}")
        else:
            found.append((segment, choice))
    for (first, one), (second, other) in combinations(found, 2):
        shared = one.attributes.keys() & other.attributes.keys()
        if name := next((name for name in sorted(shared) if one.attributes[name] != other.attributes[name]), ""):
            message = f"whoever chooses '{first.id}' and '{second.id}' gets the second only: both set '{name}'"
            yield _about(second, "TS679", message, f"add a tag: where: {{any: [{{tag: {second.id}}}, …]}}")


def _about(segment: Segment, code: str, message: str, hint: str) -> Problem:
    own = (Evidence(Sign.KEY, f"segments/{segment.id}"),)
    return Problem(Where(CONFIG_FILE), code, message, hint, evidence=own)


def welcome(publication: Publication, settings: Settings) -> Iterator[Problem]:
    """Welcome letters that nobody gets, that come at once with another, or that hold what will be over."""
    for letter in publication.welcome:
        for passage in letter.body.items:
            match passage.content:
                case Event() as event:
                    seen = (Evidence(Sign.TEXT, event.name), Evidence(Sign.TEXT, "/// event"))
                    message = f"the event '{event.name}' will be over, and this letter still be sent"
                    yield Problem(letter.where, "TS678", message, "tell of it in an issue or a note", evidence=seen)
                case Action(due=due) if due is not None:
                    seen = (Evidence(Sign.TEXT, str(due)), Evidence(Sign.TEXT, "/// action"))
                    message = f"the action is due on {due}, and this letter is sent after that day too"
                    yield Problem(letter.where, "TS678", message, "leave 'due' out", evidence=seen)
    for first, second in pairwise(publication.welcome):
        both = first.audience.any_of and second.audience.any_of
        if first.after == second.after and not (both and first.audience.any_of.isdisjoint(second.audience.any_of)):
            message = f"{first.where.path} comes at the same time: a new reader would get two letters at once"
            own = (Evidence(Sign.KEY, "after"),)
            yield Problem(second.where, "TS676", message, "give one of them another 'after'", evidence=own)
    if publication.welcome and not (settings.service.url or settings.service.mailbox):
        message = "nobody gets this letter: readers confirm at a service, and there is none"
        yield Problem(publication.welcome[0].where, "TS681", message, "set service: {url: https://…} in mkdocs.yml")


def reserved(publication: Publication, _settings: Settings) -> Iterator[Problem]:
    """Issues whose folder in the outbox is that of the service."""
    for issue in publication.issues:
        if issue.id == SERVICE_FOLDER:
            hint = f"the outbox keeps what is for the service in outbox/{SERVICE_FOLDER}/"
            own = (Evidence(Sign.KEY, "id"),)
            yield Problem(issue.where, "TS677", f"no issue can have the id '{issue.id}'", hint, evidence=own)
