"""The face of the site, which is on every page: masthead, menus, feeds, an entrance for each segment."""

from collections.abc import Mapping
from dataclasses import dataclass

from tipsheet.model.frequency import FREQUENCIES
from tipsheet.model.language import below
from tipsheet.model.post import Image
from tipsheet.model.publication import Masthead, Publication
from tipsheet.model.segment import Segment, choice_of
from tipsheet.rendering.language import weekday
from tipsheet.settings import GiscusSettings, Look, Schemes, Settings, SubscribeSettings
from tipsheet.settings.look import form, properties
from tipsheet.site.front import feed_links
from tipsheet.site.page import FeedLink
from tipsheet.site.share import share_of_all
from tipsheet.words import Words, words_of

__all__ = ["LOOK_FILE", "Door", "Face", "face_of", "style_sheet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A public segment as readers meet it.

    mkdocs.yml may set ``name``, ``line`` and ``join`` (the words of its button) under ``extra: segments:``.

    ``choosable`` says that readers can choose it in the form.
    """

    id: str
    page: str
    name: str
    title: str
    line: str = ""
    join: str = ""
    choosable: bool = True

    @classmethod
    def of(cls, segment: Segment, words: Mapping[str, str], *, served: bool) -> "Door":
        """The segment in the publication's own words for it, or by its title.

        Where the form leads to the service (``served``), it must be possible to set what the segment's rule asks for.
        """
        return cls(
            id=segment.id,
            page=segment.page,
            name=words.get("name", segment.title),
            title=segment.title,
            line=words.get("line", ""),
            join=words.get("join", ""),
            choosable=not served or choice_of(segment.rule) is not None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """The values that every page shows, for templates as ``face``.

    ``tiles`` names the drawings (``art/<name>.svg``) that the publication's overrides bring: a picture of the same
    name is drawn into the page, so that it follows the colour scheme. ``share`` is shown by who passes on a page
    that has no picture: one drawn for it, or the logo. ``served`` says that the form leads to the service, which
    knows the ``frequencies``; ``one_click`` is promised where letters can be left so; ``done`` is where readers
    tell that they did an action, or empty; ``welcome`` says that a letter follows the confirmation. ``allow`` are
    other hosts that pages may make a browser ask. By ``key`` a browser tells what it remembers of this publication.
    ``spoken`` is the language of the page where there are several, which its forms say. ``early`` says
    that Material's script is run with the page instead of when it is asked for; a page on which a class of ``beyond``
    stands has Material's style sheets whole, as all have where it is empty.
    """

    masthead: Masthead
    key: str
    share: Image | None
    feeds: tuple[FeedLink, ...]
    segments: tuple[Door, ...]
    subscribe: SubscribeSettings | None
    served: bool
    frequencies: Mapping[str, str]
    done: str
    welcome: bool
    one_click: bool
    giscus: GiscusSettings | None
    schedule: str
    icon: str
    look: str
    schemes: Schemes
    tiles: frozenset[str]
    articles: bool
    authors: bool
    tags: bool
    events: bool
    allow: tuple[str, ...] = ()
    spoken: str = ""
    early: bool = False
    beyond: frozenset[str] = frozenset()

    def at(self, address: str) -> str:
        """The address of a page of ours in this language, both from the site's root."""
        return below(self.masthead.folder, address)

    @property
    def words(self) -> Words:
        """Texts of ours in the publication's language."""
        return words_of(self.masthead.language, "site", self.masthead.words)


def face_of(
    publication: Publication,
    settings: Settings,
    *,
    tiles: frozenset[str],
    logo_size: tuple[int, int] | None,
    words: Mapping[str, Mapping[str, str]],
    icon: str,
) -> Face:
    """The face of this publication; ``logo_size`` in px, ``words`` are for its segments, by their ids.

    ``icon`` is the theme's; Material's own stands back for the publication's logo.
    """
    masthead = publication.masthead
    frequencies = words_of(masthead.language, "frequencies", masthead.words)
    form = settings.subscribe.url if settings.subscribe else None
    served = form is not None and form == f"{settings.service.url}/subscribe"
    width, height = logo_size or (0, 0)
    logo = Image(src=masthead.logo, alt=masthead.name, width=width, height=height) if logo_size else None
    return Face(
        masthead=masthead,
        key=masthead.url.partition("://")[2],
        share=share_of_all(settings) or logo,
        feeds=feed_links(masthead.name, settings.feed.file, masthead.folder),
        segments=tuple(Door.of(s, words.get(s.id, {}), served=served) for s in publication.public_segments()),
        subscribe=settings.subscribe,
        served=served,
        frequencies={name: frequencies(name) for name in FREQUENCIES} if served else {},
        done=f"{settings.service.url}/done/" if settings.service.url and settings.service.done else "",
        welcome=bool(publication.welcome),
        one_click=settings.leaving.one_click,
        giscus=settings.comments.giscus,
        schedule=weekday(settings.schedule.day, masthead.language),
        icon=icon if icon != "assets/images/favicon.png" else masthead.logo or icon,
        look=LOOK_FILE,
        schemes=settings.schemes,
        tiles=tiles,
        articles=bool(publication.articles),
        authors=bool(publication.authors),
        tags=bool(publication.tags()),
        events=bool(publication.events()),
        allow=settings.allow,
        spoken=masthead.language if settings.others else "",
    )


LOOK_FILE = "assets/look.css"
ROOT = 20
"""Font size of pages in px, which `tipsheet.css` sets as 125 %."""


def style_sheet(look: Look, until: str) -> str:
    """Custom properties of both schemes; Material says by ``data-md-color-scheme`` which one counts.

    Where the system decides, it does so without a script too, which would set ``data-ts-scheme``.
    """
    dark = f"color-scheme: dark; {properties(look.dark)}"
    system = (
        "@media screen and (prefers-color-scheme: dark) {\n"
        ":root:not([data-ts-scheme]), :root:not([data-ts-scheme]) "
        f'[data-md-color-scheme="default"] {{ {dark} {CODE} }}\n'
        ":root:not([data-ts-scheme]) .ts-when-light.ts-when-light { display: none; }\n"
        ":root:not([data-ts-scheme]) .ts-when-dark.ts-when-dark { display: block; }\n}\n"
    )
    return (
        f':root, [data-md-color-scheme="default"] {{ color-scheme: light; {properties(look.light)} }}\n'
        f':root[data-ts-scheme="dark"], [data-md-color-scheme="slate"] {{ {dark} }}\n'
        f"{system if until == 'system' else ''}"
        f":root {{ {form(look, ROOT)} }}\n"
    )


CODE = " ".join(
    f"--md-code-hl-{name}-color: var(--ink);"
    for name in ("comment", "constant", "function", "generic", "keyword", "name", "number", "operator", "punctuation")
)
"""Material's colours of code where no script tells it that the scheme is dark."""
