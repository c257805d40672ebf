"""Pictures: those that the public may see, and those of private text, which letters show under random names (K3).

A picture belongs to the public when something that is published shows it: a page of the site, for everyone or for a
public segment, an ordinary page, or the publication's own templates and settings. One that only letters to private
segments show is copied for them under a digest; one of a draft is not copied at all. Smaller copies
(see `tipsheet.pictures`) are made of those that are shown, and of no others.
"""

import posixpath
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from html import unescape
from urllib.parse import unquote

from tipsheet.model.audience import PUBLIC, Segments
from tipsheet.model.body import ADDRESS, Action, Body, Html, Unread, names_in
from tipsheet.model.post import Copies, Image, Issue, Note, Post
from tipsheet.model.publication import Publication

__all__ = ["COPIES", "LETTERS", "settled"]

LETTERS = "letters/"
"""Folder of the site for pictures that only letters show."""
COPIES = "pictures/"
"""Folder of the site for smaller copies of pictures, whose names begin with the digest of the picture."""
_COPY = re.compile(rf"{COPIES}(?P<digest>[0-9a-f]{{20}})-[0-9]{{1,4}}(?P<ending>\.(?:webp|jpg|png))")
_LETTER_COPY = re.compile(rf"{COPIES}(?P<digest>[0-9a-f]{{20}})-[0-9]{{1,4}}(?P<ending>\.(?:jpg|png))")

Rename = Callable[[str], str]


def settled(whole: Publication, out: Publication) -> Publication:
    """``out``, the part of ``whole`` that has appeared, with each picture at the address where its readers find it."""
    if not whole.pictures:
        return out
    names = whole.pictures.keys()
    written = _in_letters(whole) | _in_articles(whole) | {n for a in _evergreen(whole) for n in _named(a.html)}
    on_site, in_letters = _on_site(out), _in_letters(out)
    public = {*whole.shown, *on_site}
    withheld = frozenset(n for n in names if n not in public and (n in written or n not in whole.ordinary_pictures))
    addresses = _in_secret(whole.pictures, in_letters, withheld)
    issues, welcome = out.issues, out.welcome
    if addresses:
        issues = tuple(_renamed(issue, addresses) for issue in issues)
        welcome = tuple(_renamed(letter, addresses) for letter in welcome)
        sources = {text.where.path for letter in (*issues, *welcome) for text in letter.texts}
        out = replace(out, html=_in_issues(out.html, sources, addresses))
    known = {digest[:_SHORT]: name for name, digest in sorted(whole.pictures.items()) if name not in withheld}
    asked = on_site | {name for name in in_letters if not name.endswith(".webp")}
    copies = {
        n: known[found["digest"]] for n in sorted(asked) if (found := _COPY.fullmatch(n)) and found["digest"] in known
    }
    pictures = {name: address for name, address in addresses.items() if name in names}
    return replace(
        out, issues=issues, welcome=welcome, withheld=withheld, letter_pictures=pictures, picture_copies=copies
    )


_SHORT = 20
"""Digits of a digest in the name of a copy."""


def _in_secret(pictures: Mapping[str, str], in_letters: set[str], withheld: frozenset[str]) -> dict[str, str]:
    """Addresses at which letters find pictures that only they show, and those by which they would find their copies."""
    copies = {
        found["digest"]: (name, found["ending"]) for name in in_letters if (found := _LETTER_COPY.fullmatch(name))
    }
    addresses: dict[str, str] = {}
    for name in sorted(in_letters & withheld):
        digest = pictures[name][:_SHORT]
        copy, ending = copies.get(digest, ("", posixpath.splitext(name)[1].lower()))
        addresses |= {one: f"{LETTERS}{digest}{ending}" for one in (name, copy) if one}
    return addresses


def _in_issues(html: Html, sources: Collection[str], addresses: Mapping[str, str]) -> Html:
    """Loads HTML; that of these files comes with pictures at other addresses."""

    def load(piece: Unread) -> str:
        text = html(piece)
        return _renamed_html(text, lambda name: _renamed_name(name, addresses)) if piece.source in sources else text

    return load


def _renamed_name(name: str, addresses: Mapping[str, str]) -> str:
    return next((addresses[one] for one in _spellings(name) if one in addresses), name)


def _renamed_html(html: str, rename: Rename) -> str:
    return ADDRESS.sub(lambda m: rename(m[0]), html) if "site:" in html else html


def _on_site(publication: Publication) -> set[str]:
    """Pictures on pages and in feeds, for everyone and for public segments."""
    found: set[str] = set()
    for segments in (PUBLIC, *(frozenset({segment.id}) for segment in publication.public_segments())):
        for post in publication.posts_for(segments):
            for text in post.texts:
                found.update(_of_post(text, segments))
                for note in publication.notes_of(text, segments) if isinstance(text, Issue) else ():
                    found.update(n for content in note.body.select(segments) for n in _named(content.html))
        for entry in publication.library(segments):
            found.update(_named(entry.action.html))
        for action in publication.other_actions.values():
            found.update(_named(action.html) if action.audience.includes(segments) else ())
    for author in publication.authors:
        found.update(_of_image(author.image))
    return found


def _of_post(post: Post, segments: Segments) -> Iterator[str]:
    yield from _of_image(post.image)
    for content in post.body.select(segments):
        yield from _named(content.html)


def _in_letters(publication: Publication) -> set[str]:
    """Pictures in issues, in their notes and in welcome letters, for all readers."""
    found: set[str] = set()
    for letter in (*publication.issues, *publication.welcome):
        for issue in letter.texts:
            found.update(_of_image(issue.image))
            for body in (issue.body, *(note.body for note in issue.notes)):
                found.update(n for passage in body.passages for n in _named(passage.content.html))
    return found


def _evergreen(publication: Publication) -> Iterator[Action]:
    yield from (*publication.evergreen, *publication.other_actions.values())


def _in_articles(publication: Publication) -> set[str]:
    found: set[str] = set()
    for article in (text for one in publication.articles for text in one.texts):
        found.update(_of_image(article.image))
        found.update(n for passage in article.body.passages for n in _named(passage.content.html))
    return found


def _of_image(image: Image | None) -> Iterator[str]:
    if image:
        yield from (*_spellings(image.src), *_spellings(image.dark))
        for copies in (image.copies, image.dark_copies):
            yield from (copies.letter, *(path for _, path in copies.pages))


def _named(html: str) -> Iterator[str]:
    """Names in the content folder that the HTML leads to or shows, as they are written and decoded."""
    for name in names_in(html):
        yield from _spellings(name)


def _spellings(address: str) -> tuple[str, str]:
    plain = unescape(address)
    return plain, unquote(plain.partition("#")[0].partition("?")[0])


def _renamed(issue: Issue, addresses: Mapping[str, str]) -> Issue:
    """The issue with pictures at other addresses; its digest tells it from the one that was read."""
    used: set[str] = set()

    def rename(name: str) -> str:
        new = _renamed_name(name, addresses)
        if new != name:
            used.add(new)
        return new

    notes = tuple(_renamed_note(note, rename, used) for note in issue.notes)
    body, image = _renamed_body(issue.body, rename), _renamed_image(issue.image, rename)
    translations = tuple(_renamed(one, addresses) for one in issue.translations)
    if translations != issue.translations:
        issue = replace(issue, translations=translations)
    if not used:
        return issue
    return replace(issue, body=body, image=image, notes=notes, digest="+".join((issue.digest, *sorted(used))))


def _renamed_note(note: Note, rename: Rename, used: set[str]) -> Note:
    before = set(used)
    body = _renamed_body(note.body, rename)
    return replace(note, body=body, digest="+".join((note.digest, *sorted(used - before)))) if used != before else note


def _renamed_image(image: Image | None, rename: Rename) -> Image | None:
    if image is None:
        return None
    copies = (Copies(pages=one.pages, letter=rename(one.letter)) for one in (image.copies, image.dark_copies))
    return replace(image, src=rename(image.src), dark=rename(image.dark), copies=next(copies), dark_copies=next(copies))


def _renamed_body(body: Body, rename: Rename) -> Body:
    """The body with other names; one whose HTML is not loaded stays, since `_in_issues` renames what is loaded."""
    passages = []
    for passage in body.passages:
        content = passage.content
        text: object = content.html
        if isinstance(text, Unread):
            for name in text.names:
                rename(name)
        elif (html := _renamed_html(content.html, rename)) != content.html:
            passage = replace(passage, content=replace(content, html=html))  # noqa: PLW2901 - the same passage, renamed
        passages.append(passage)
    return replace(body, passages=tuple(passages))
