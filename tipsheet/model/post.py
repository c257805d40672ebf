"""Issues of the tipsheet, articles and notes, and their bylines: authors, credited images, reprints, links."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Self

from tipsheet.model.audience import EVERYONE, PUBLIC, Audience, Segments, visible
from tipsheet.model.body import Action, Body
from tipsheet.model.language import segment_of
from tipsheet.problems import Where

__all__ = [
    "UNDATED",
    "Article",
    "Author",
    "AuthorWords",
    "Copies",
    "Headline",
    "Image",
    "Issue",
    "Link",
    "Note",
    "Post",
    "Reprint",
]


UNDATED = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
"""Moment of a letter that has no date: each reader gets it at another one."""

LETTER = 1200
"""Width of a picture in a letter at most, in px: twice that of a letter."""

WORDS_A_MINUTE = 230
"""Silent reading of English non-fiction averages 238 words a minute (Brysbaert 2019)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The facts of a post that lists, neighbours and redirects show; they are made from this alone.

    ``url`` is the public one; ``number`` is that of an issue, if issues have one; ``actions`` are titles with
    the readers who are given each; ``published`` is aware; ``language`` is that of a translation.
    """

    id: str
    url: str
    slug: str
    title: str
    number: int | None
    article: bool
    description: str
    published: dt.datetime
    minutes: int
    actions: tuple[tuple[str, tuple[Audience, ...]], ...]
    language: str = ""

    def action(self, segments: Segments) -> str:
        """The title of the action that a reader of these segments is given, or nothing."""
        return next((title for title, when in self.actions if visible(when, segments)), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """Smaller copies of a picture, relative to the site's root.

    ``pages`` are for pages, by their widths in px, ``letter`` is for letters and feeds. Both are empty where the
    picture itself serves.
    """

    pages: tuple[tuple[int, str], ...] = ()
    letter: str = ""

    def addresses(self, before: str = "") -> str:
        """Those for pages as a ``srcset``, with these characters before each address."""
        return ", ".join(f"{before}{path} {width}w" for width, path in self.pages)


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture of the publication; ``src`` and ``dark`` are relative to the site's root, sizes are in px.

    ``dark`` is the variant for dark mail, found beside the file as ``<name>-dark.<type>``.
    """

    src: str
    alt: str
    width: int
    height: int
    dark: str = ""
    credit: str = ""
    credit_url: str = ""
    licence: str = ""
    copies: Copies = Copies()
    dark_copies: Copies = Copies()

    @property
    def light(self) -> "Image":
        """The picture as letters, feeds and cards of social networks load it."""
        if not self.copies.letter:
            return replace(self, dark=self.dark_copies.letter) if self.dark_copies.letter else self
        width = min(self.width, LETTER)
        height = max(1, round(self.height * width / self.width))
        dark = self.dark_copies.letter or self.dark
        return replace(self, src=self.copies.letter, dark=dark, width=width, height=height)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorWords:
    """The name, the role and the bio of an author in a language (BCP 47) besides the first."""

    language: str
    name: str
    role: str
    bio: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """A person with a page of their own at ``authors/<id>/``.

    ``words`` say the same of them in languages besides the first.
    """

    id: str
    name: str
    role: str = ""
    bio: str = ""
    email: str = ""
    url: str = ""
    image: Image | None = None
    words: tuple[AuthorWords, ...] = ()

    @property
    def page(self) -> str:
        """Address of the author's page, relative to the site's root."""
        return f"authors/{self.id}/"

    def in_language(self, language: str) -> "Author":
        """The author in the words of this language, or as they are where there are none."""
        said = next((one for one in self.words if one.language == language), None)
        return replace(self, name=said.name, role=said.role, bio=said.bio, words=()) if said else self


@dataclass(frozen=True, slots=True, kw_only=True)
class Reprint:
    """The first publication of a republished piece; our page names its address as the canonical one."""

    title: str
    site: str
    url: str
    author: str = ""
    permission: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An entry of "more on the web": an absolute address, or ``site:`` and a path from the site's root."""

    title: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One Markdown file that becomes a page; `url` is relative to the site's root and ends in ``/``.

    ``id`` never changes: the feed's guid, the Message-ID and the ledger's key hang on it.
    ``published`` is aware; ``once_for`` are segments that once had a page of their own of it. ``words`` counts what
    the public sees; ``links`` are the addresses inside the site that its text leads to, ``anchors`` the ids that stand
    in it. ``digest`` is that of the file and all that was read for it, authors and notes apart; ``headline_digest``
    that of its `Headline`. ``language`` (BCP 47) is empty in the publication's first one; ``translations`` are the same
    post in others, each with one id, moment and audience.
    """

    id: str
    slug: str
    url: str
    title: str
    description: str
    published: dt.datetime
    authors: tuple[Author, ...]
    tags: tuple[str, ...] = ()
    audience: Audience = EVERYONE
    image: Image | None = None
    republished: Reprint | None = None
    more: tuple[Link, ...] = ()
    aliases: tuple[str, ...] = ()
    once_for: tuple[str, ...] = ()
    draft: bool = False
    language: str = ""
    translations: tuple[Self, ...] = ()
    body: Body
    words: int = 0
    links: tuple[str, ...] = ()
    anchors: frozenset[str] = frozenset()
    digest: str = ""
    headline_digest: str = ""
    where: Where

    @property
    def name(self) -> str:
        """Its id, and that of its language where it is a translation: no other text has it."""
        return f"{self.id}.{self.language}" if self.language else self.id

    @property
    def texts(self) -> tuple[Self, ...]:
        """The post, and its translations after it."""
        return (self, *self.translations)

    def in_language(self, language: str) -> Self:
        """The post in this language, or as it is where nobody has translated it."""
        return next((one for one in self.translations if one.language == language), self)

    @property
    def reading_minutes(self) -> int:
        """Minutes to read it, at least one."""
        return max(1, round(self.words / WORDS_A_MINUTE))

    @property
    def headline(self) -> Headline:
        """Its line in lists."""
        actions = [(p.content.title, p.conditions) for p in self.body.passages if isinstance(p.content, Action)]
        return Headline(
            id=self.id,
            url=self.url,
            slug=self.slug,
            title=self.title,
            number=self.number if isinstance(self, Issue) else None,
            article=not isinstance(self, Issue),
            description=self.description,
            published=self.published,
            minutes=self.reading_minutes,
            actions=tuple(actions),
            language=self.language,
        )

    def out(self, now: dt.datetime) -> bool:
        """Return True when it has appeared by this moment."""
        return not self.draft and self.published <= now

    def meant_for(self, segments: Segments = PUBLIC) -> bool:
        """Return True if a reader of these segments gets it at all."""
        return self.audience.includes(segments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue(Post):
    """One tipsheet.

    ``subject`` is the mail's subject, ``preheader`` the line beside it, made from the description
    where it is empty. ``subjects`` and ``preheaders`` are other wordings for segments, of which a
    reader gets the first that is meant for them. All may hold merge fields.

    A welcome letter is read and written as an issue is, and is none: it has ``after``, the seconds between a
    reader's confirmation and the letter, and neither an address nor a date (W11). ``imported`` says that people
    who come by an import get it as well. ``archived`` is an issue that another program has sent: no letter of it is
    made.
    """

    number: int | None = None
    subject: str
    subjects: tuple[tuple[Audience, str], ...] = ()
    preheader: str = ""
    preheaders: tuple[tuple[Audience, str], ...] = ()
    notes: tuple["Note", ...] = ()
    after: int | None = None
    imported: bool = False
    archived: bool = False

    def names(self) -> Segments:
        """All segments that decide about anything in its letter, the notes that it carries included."""
        wordings = (audience for audience, _ in (*self.subjects, *self.preheaders))
        carried = (audience for note in self.notes for audience in (note.audience, *note.body.conditions()))
        audiences = (self.audience, *wordings, *self.body.conditions(), *carried)
        own = frozenset(name for audience in audiences for name in audience.names())
        return own.union(*({segment_of(one.language), *one.names()} for one in self.translations))


@dataclass(frozen=True, slots=True, kw_only=True)
class Article(Post):
    """A longer or a guest piece, published on the site and in the feed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A notice that every issue dated from ``starts`` to ``expires`` (both included) carries by itself."""

    id: str
    title: str
    starts: dt.date
    expires: dt.date
    audience: Audience = EVERYONE
    language: str = ""
    translations: tuple["Note", ...] = ()
    body: Body
    digest: str = ""
    where: Where

    def in_language(self, language: str) -> "Note":
        """The note in this language, or as it is where nobody has translated it."""
        return next((one for one in self.translations if one.language == language), self)

    def in_force(self, day: dt.date) -> bool:
        """Return True if an issue of this day carries it."""
        return self.starts <= day <= self.expires
