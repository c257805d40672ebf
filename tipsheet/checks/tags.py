"""Tags that would share a page."""

from collections.abc import Iterator

from tipsheet.model.publication import Publication, tag_page
from tipsheet.problems import Evidence, Problem, Sign
from tipsheet.settings import Settings

__all__ = ["alike"]


def alike(publication: Publication, _settings: Settings) -> Iterator[Problem]:
    """Tags that differ and have one address, such as "C++" and "C#"."""
    first: dict[str, str] = {}
    for post in (*publication.issues, *publication.articles):
        for tag in post.tags:
            other = first.setdefault(tag_page(tag), tag)
            if other != tag:
                message = f"the tags '{tag}' and '{other}' have the same page, {tag_page(tag)}"
                seen = (Evidence(Sign.KEY, "tags", tag),)
                yield Problem(post.where, "TS223", message, "write them alike, or rename one", evidence=seen)
