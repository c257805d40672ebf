"""From posts and actions to entries, worked out once for every format that carries them."""

from dataclasses import replace
from textwrap import shorten

from tipsheet.model.audience import PUBLIC, Segments
from tipsheet.model.post import Issue, Note, Post
from tipsheet.model.publication import LibraryAction, Publication
from tipsheet.model.segment import Segment
from tipsheet.rendering.feeds.article import action_text, post_text
from tipsheet.rendering.feeds.channel import Entry
from tipsheet.rendering.marks import show_fallbacks
from tipsheet.rendering.syndication import address, plain, portable, readable

__all__ = ["action_entry", "post_entry", "segment_page"]

SUMMARY_LENGTH = 200


def post_entry(publication: Publication, post: Post, segment: Segment | None = None) -> Entry:
    """An issue or an article as the public reads it, or as this segment does.

    A segment's text is another one than the public's, so it has an id of its own; it is no
    permalink, since ``i/<id>/`` leads to the public page.
    """
    site = publication.masthead.url
    segments = frozenset({segment.id}) if segment else PUBLIC
    url = address(segment_page(publication, post, segment) if segment else post.url, site)
    return Entry(
        id=address(f"i/{post.id}/", site) + (f"#{segment.id}" if segment else ""),
        permalink=segment is None,
        url=url,
        title=_line(post.title),
        summary=_line(post.description),
        html=portable(post_text(publication, post, segments), page=url, site_url=site),
        published=post.published,
        authors=tuple(replace(author, name=_line(author.name)) for author in post.authors),
        tags=tuple(map(_line, post.tags)),
        image=replace(post.image, src=address(post.image.src, site)) if post.image else None,
    )


def action_entry(publication: Publication, entry: LibraryAction) -> Entry:
    """An action under the issue that gave it first, so that its date and place stay when it returns."""
    issue, action = entry.appearances[0].issue, entry.appearances[0].action
    site = publication.masthead.url
    page = address(issue.url, site)
    html = portable(action_text(action, publication.masthead.language), page=page, site_url=site)
    return Entry(
        id=address(f"actions/#{action.anchor}", site),
        permalink=False,
        url=address(f"{issue.url}#{action.anchor}", site),
        title=_line(action.title),
        summary=shorten(plain(html), SUMMARY_LENGTH, placeholder=" …") or _line(action.title),
        html=html,
        published=issue.published,
        authors=tuple(replace(author, name=_line(author.name)) for author in issue.authors),
        tags=tuple(map(_line, action.tags)),
    )


def segment_page(publication: Publication, post: Post, segment: Segment) -> str:
    """Where this segment reads a post, relative to the site's root.

    The public page where that says the same, so that a text has one address (F21); a page of the
    segment where the public reads something else or nothing.
    """
    if _says_the_same_to_all(post) or _reads(publication, post, PUBLIC) == _reads(
        publication, post, frozenset({segment.id})
    ):
        return post.url
    return f"{segment.page}{post.slug}/"


def _says_the_same_to_all(post: Post) -> bool:
    """Whether no condition stands anywhere in it, which is told quicker than what two readers read."""
    parts: tuple[Post | Note, ...] = (post, *post.notes) if isinstance(post, Issue) else (post,)
    return not any(part.body.conditional or part.audience.names() for part in parts)


def _reads(publication: Publication, post: Post, segments: Segments) -> tuple[object, ...] | None:
    if not post.meant_for(segments):
        return None
    notes = publication.notes_of(post, segments) if isinstance(post, Issue) else ()
    return (*post.body.select(segments), *((note.id, *note.body.select(segments)) for note in notes))


def _line(text: str) -> str:
    return " ".join(readable(show_fallbacks(text)).split())
