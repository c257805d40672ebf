"""Lengths that inboxes and search results cut: title, subject, description."""

from collections.abc import Iterator

from tipsheet.model.post import Issue
from tipsheet.model.publication import Publication
from tipsheet.problems import Evidence, Problem, Sign
from tipsheet.settings import Settings

__all__ = ["check"]

SUBJECT = 70
"""What a desktop inbox shows of a subject."""
PREHEADER = range(40, 131)
"""E13: shorter ones pull in the first words of the body, longer ones are cut."""


def check(publication: Publication, _settings: Settings) -> Iterator[Problem]:
    """Titles, subjects and descriptions that will be cut, or leave room for something else."""
    for post in (*publication.issues, *publication.articles, *publication.welcome):
        given = isinstance(post, Issue) and post.preheader
        if not given and len(post.description) not in PREHEADER:
            message = f"the description has {len(post.description)} characters"
            hint = f"{PREHEADER.start} to {PREHEADER.stop - 1} fill the line beside the subject"
            yield Problem(post.where, "TS220", message, hint, evidence=(Evidence(Sign.KEY, "description"),))
        subjects = (post.subject, *(text for _, text in post.subjects)) if isinstance(post, Issue) else (post.title,)
        for subject in subjects:
            if len(subject) > SUBJECT:
                key = "subject" if isinstance(post, Issue) else "title"
                seen = (Evidence(Sign.KEY, "subject", subject), Evidence(Sign.KEY, "title"))
                message = f"the {key} has {len(subject)} characters"
                yield Problem(post.where, "TS221", message, f"inboxes cut it after {SUBJECT}", evidence=seen)
