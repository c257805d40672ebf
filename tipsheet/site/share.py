"""Share pictures of the site: which pages have which, and the units that draw them."""

from collections.abc import Iterator

from PIL import __version__ as pillow

from tipsheet.engine.inputs import Inputs
from tipsheet.engine.units import Made, Ref, Unit
from tipsheet.model.audience import PUBLIC
from tipsheet.model.post import Image, Issue, Post
from tipsheet.model.publication import Masthead, Publication
from tipsheet.pictures.share import OF_ALL, SHARED, SIZE, Inks, ShareWords, share_picture
from tipsheet.rendering.fragments import readable, show_fallbacks
from tipsheet.rendering.language import direction, issue_label, letter_words, long_date
from tipsheet.settings import Settings

__all__ = ["pictured", "share_of_all", "share_of_post", "share_units"]

_AT = "site/"


def pictured(publication: Publication, settings: Settings) -> frozenset[str]:
    """The ids of the posts that have a share picture drawn: the newest, without those that have a picture."""
    newest = publication.posts_for(PUBLIC)[: settings.share_pictures.newest]
    return frozenset(post.id for post in newest if post.image is None)


def share_of_post(post: Post, masthead: Masthead) -> Image:
    """The share picture of a post."""
    return _image(f"{masthead.folder}{SHARED}{post.id}.png", f"{_line(post.title)} ({masthead.name})")


def share_of_all(settings: Settings) -> Image | None:
    """The share picture of pages that have none of their own; None where none are drawn."""
    masthead = settings.masthead
    alt = f"{masthead.name}: {masthead.tagline}" if masthead.tagline else masthead.name
    return _image(masthead.folder + OF_ALL, alt) if settings.share_pictures.newest else None


def _image(path: str, alt: str) -> Image:
    return Image(src=path, alt=alt, width=SIZE[0], height=SIZE[1])


def _line(text: str) -> str:
    return " ".join(readable(show_fallbacks(text)).split())


def share_units(publication: Publication, settings: Settings, inputs: Inputs) -> Iterator[Unit]:
    """A unit for each share picture."""
    look, masthead, font = settings.look, settings.masthead, settings.share_pictures.font
    tones, rtl = look.light, direction(masthead.language) == "rtl"
    args: dict[str, object] = {
        "look": Inks(
            paper=tones.paper,
            ink=tones.ink,
            gold=tones.gold,
            on_gold=tones.on_gold,
            serif=not look.serif.rstrip().endswith("sans-serif"),
        ),
        "font": Ref("file", font, inputs.digest(font)) if font in settings.files else None,
        "tools": pillow,
    }
    words = ShareWords(name=masthead.name, title=masthead.tagline or masthead.promise or masthead.name, rtl=rtl)
    if every := share_of_all(settings):
        yield Unit(_AT + every.src, write_share, {"path": every.src, "title": words, **args}, [_AT + every.src])
    wanted = pictured(publication, settings)
    by_id = {post.id: post for post in publication.posts_for(PUBLIC)}  # an id that two posts have is told as TS010
    for post in by_id.values():
        if post.id in wanted:
            path = share_of_post(post, masthead).src
            title = _words(post, settings, rtl=rtl)
            yield Unit(_AT + path, write_share, {"path": path, "title": title, **args}, [_AT + path], slow=True)


def _words(post: Post, settings: Settings, *, rtl: bool) -> ShareWords:
    masthead, day = settings.masthead, post.published.astimezone(settings.time_zone).date()
    number = issue_label(post.number, letter_words(masthead)) if isinstance(post, Issue) else ""
    label = " · ".join(filter(None, (number, long_date(day, masthead.language))))
    return ShareWords(name=masthead.name, title=_line(post.title), label=label, day=day.isoformat(), rtl=rtl)


def write_share(path: str, title: ShareWords, look: Inks, font: bytes | None, tools: str) -> Made:  # noqa: ARG001 - `tools` is in the key: another version may draw other bytes
    """A share picture."""
    return Made({_AT + path: share_picture(title, look, font)})
