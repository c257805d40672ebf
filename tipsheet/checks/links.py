"""Links inside the publication that lead nowhere: to a page that is not out, or a heading that is not there."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

from tipsheet.model.audience import PUBLIC
from tipsheet.model.post import Post
from tipsheet.model.publication import Publication
from tipsheet.problems import Evidence, Problem, Sign
from tipsheet.settings import Settings

__all__ = ["dead"]

FOOTNOTE = re.compile(r"fn(?:ref\d*)?:")


def dead(publication: Publication, _settings: Settings) -> Iterator[Problem]:
    """Links of what is out to issues and articles that are not, and to fragments that do not exist."""
    posts: dict[str, Post] = {post.url: post for post in (*publication.issues, *publication.articles)}
    for post in (*posts.values(), *publication.welcome):
        for link in post.links:
            path, mark, fragment = link.partition("#")
            target = posts.get(path) if path else post
            if target is None:
                continue
            seen = tuple(
                Evidence(Sign.LINK, address + mark + fragment)
                for address in ((target.where.path, f"/{path}") if path else ("",))
            )
            if post.out(publication.now) and not target.out(publication.now):
                message = f"'{post.title}' links to '{target.title}', which has not appeared"
                yield Problem(post.where, "TS501", message, "the link is dead until then", evidence=seen)
            if not target.meant_for(PUBLIC) and post.meant_for(PUBLIC):
                message = f"'{post.title}' links to '{target.title}', which is not for everyone"
                yield Problem(post.where, "TS503", message, "the public page does not exist", evidence=seen)
            # links between a footnote's mark and its text are Markdown's own: reading tells when they part (TS108)
            note = target is post and FOOTNOTE.match(fragment)
            if fragment and not note and not {fragment, unquote(fragment)} & target.anchors:
                message = f"there is no heading or action '#{fragment}' in '{target.title}'"
                yield Problem(post.where, "TS502", message, "look at the headings of that page", evidence=seen)
