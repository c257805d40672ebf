"""The text of a feed's item: what the page of the issue says, in HTML that stands on its own."""

import datetime as dt
from collections.abc import Iterable, Iterator
from html import escape

from tipsheet.model.audience import Segments
from tipsheet.model.body import Action, Content, Event, Prose
from tipsheet.model.post import Image, Issue, Link, Note, Post, Reprint
from tipsheet.model.publication import Publication
from tipsheet.rendering import wording

__all__ = ["action_text", "post_text"]


def post_text(publication: Publication, post: Post, segments: Segments) -> str:
    """An issue or an article as a reader of these segments sees it; addresses and merge fields are left open."""
    language = publication.masthead.language
    notes = publication.notes_of(post, segments) if isinstance(post, Issue) else ()
    parts = [
        _cover(post.image) if post.image else "",
        *(_note(note, segments, language, publication.now) for note in notes),
        *_passages(post.body.select(segments), language),
        _origin(post.republished) if post.republished else "",
        _more(post.more) if post.more else "",
    ]
    return "\n".join(part for part in parts if part)


def action_text(action: Action, language: str) -> str:
    """What an action asks for, without its heading."""
    facts = wording.action_facts(action, language)
    return (f"<p>{escape(facts)}</p>\n" if facts else "") + action.html


def _passages(contents: Iterable[Content], language: str) -> Iterator[str]:
    for content in contents:
        match content:
            case Prose(html):
                yield html
            case Action() as action:
                heading = escape(wording.action_heading(action))
                text = action_text(action, language)
                yield f'<section id="{escape(action.anchor)}">\n<h2>{heading}</h2>\n{text}\n</section>'
            case Event() as event:
                yield _event(event, language)


def _event(event: Event, language: str) -> str:
    facts = [escape(fact) for fact in (wording.span(event, language), event.place, event.price) if fact]
    if event.url:
        facts.append(f'<a href="{escape(event.url)}">{escape(event.url.removeprefix("https://"))}</a>')
    start, head = f'<section id="event-{escape(event.id)}">', f"<h3>{escape(event.name)}</h3>"
    return "\n".join(line for line in (start, head, f"<p>{'<br>'.join(facts)}</p>", event.html, "</section>") if line)


def _note(note: Note, segments: Segments, language: str, now: dt.datetime) -> str:
    coming = (c for c in note.body.select(segments) if not (isinstance(c, Event) and c.past(now)))
    text = "\n".join(_passages(coming, language))
    return f"<section>\n<h2>{escape(note.title)}</h2>\n{text}\n</section>" if text else ""


def _cover(image: Image) -> str:
    credit = escape(image.credit)
    if image.credit_url:
        credit = f'<a href="{escape(image.credit_url)}">{credit or escape(image.credit_url)}</a>'
    caption = ", ".join(part for part in (credit, escape(image.licence)) if part)
    return (
        f'<figure><img src="site:{escape(image.src)}" alt="{escape(image.alt)}" width="{image.width}"'
        f' height="{image.height}">{f"<figcaption>{caption}</figcaption>" if caption else ""}</figure>'
    )


def _origin(reprint: Reprint) -> str:
    before, title, after = (escape(words) for words in wording.origin(reprint))
    return f'<p>{before}<a href="{escape(reprint.url)}">{title}</a>{after}</p>'


def _more(links: Iterable[Link]) -> str:
    items = "".join(f'<li><a href="{escape(link.url)}">{escape(link.title)}</a></li>' for link in links)
    return f"<section>\n<h2>{wording.MORE}</h2>\n<ul>{items}</ul>\n</section>"
