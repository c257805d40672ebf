"""Which issues and actions a segment is mentioned in."""

from dataclasses import dataclass

from tipsheet.model.publication import Publication

__all__ = ["Mentions", "mentions_of"]


@dataclass(frozen=True, slots=True)
class Mentions:
    """How many issues and how many actions mention a segment."""

    issues: int
    actions: int


def mentions_of(segment: str, publication: Publication) -> Mentions:
    """Count them; drafts and coming issues are included, and an action that is used again counts once."""
    actions = (*publication.evergreen, *(a for issue in publication.issues for a in issue.body.all_actions()))
    return Mentions(
        issues=sum(segment in issue.names() for issue in publication.issues),
        actions=len({action.id for action in actions if segment in action.audience.names()}),
    )
