"""Letters of the desk: any combination of segments joined for a made-up reader, and all that is to be known about one.

An issue is compiled by the function that the build calls (`tipsheet.rendering.letters.edition_of`), once for each state
of its sources; what a reader of any segments gets is then joined, as a sender does it. So the letter that is shown is
the letter that is sent.

An older letter is joined from an edition that somebody has kept. The outbox keeps the edition of the last build, and
nothing older; the ledger keeps the digest of the edition that was sent, and not its words. So what was sent can be
shown while the outbox still holds it; afterwards only that it was another one can be said.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import lxml.html
from jinja2 import Environment

from tipsheet.checks import Report
from tipsheet.delivery.snapshot import digest_sent
from tipsheet.edition.edition import MESSAGE_DATE, Edition, Recipient
from tipsheet.edition.joining import EVERYONE_NAME, PREVIEW, JoinedLetter, LetterParts, joined
from tipsheet.edition.message import Composer
from tipsheet.edition.outbox import read_edition
from tipsheet.engine.digest import digest, digest_of
from tipsheet.engine.units import key_of
from tipsheet.errors import NotMeantError, TipsheetError, UnknownNameError
from tipsheet.model.audience import PUBLIC, Segments
from tipsheet.model.placeholders import TOKEN
from tipsheet.model.post import Issue, Post
from tipsheet.model.publication import Publication
from tipsheet.preview.readers import NOBODY, MadeUpReader, contradiction
from tipsheet.problems import Evidence, Problem, Sign, Where, did_you_mean
from tipsheet.rendering.email.compile import preview_key, sender_of
from tipsheet.rendering.email.rules import lint
from tipsheet.rendering.email.rules.content import CLIPPED
from tipsheet.rendering.feeds.entries import post_entry
from tipsheet.rendering.letters import edition_of
from tipsheet.rendering.references import letter_part, whole_post
from tipsheet.rendering.templates import telling_mistakes, template_environment
from tipsheet.settings import Settings

__all__ = [
    "Asked", "Compiled", "Editions", "FeedItem", "Mention", "NothingToCompareError", "Picture", "ShownLetter",
    "edition_built", "edition_sent", "feed_item", "findings", "issue_of", "letter_for", "links_in", "pictures_in",
    "sender_line",
]  # fmt: skip

OUTBOX = "outbox"
"""Folder of the last build, in the folder of the publication."""
KEPT = 64
"""Editions that are kept; each is about as large as a letter."""


class NothingToCompareError(TipsheetError):
    """The letter to compare with is not kept, or never was there."""

    exit_code = 2


@dataclass(frozen=True)
class Compiled:
    """An edition and what composes its messages."""

    edition: Edition

    @cached_property
    def composer(self) -> Composer:
        """It encodes the finished lines once."""
        return Composer(self.edition)


class Editions:
    """The editions of a publication's issues, compiled when they are asked for and kept while their sources stand.

    Threads may share one. ``root`` is the folder of the publication.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Compiled] = OrderedDict()
        self._settings: Settings | None = None
        self._templates: tuple[str, Environment] | None = None
        self.compiled = 0
        """Editions that were compiled so far."""

    def edition(self, issue: Issue, settings: Settings, publication: Publication) -> Compiled:
        """The edition of an issue.

        Raises ContentError for a template of the publication that cannot be filled.
        """
        with self._lock:
            environment = self._environment(settings)
            key = digest_of(key_of(letter_part(issue)), publication.segments)
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            made = Compiled(self._compiled(issue, settings, publication, environment))
            self._kept[key] = made
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return made

    def _compiled(
        self, issue: Issue, settings: Settings, publication: Publication, environment: Environment
    ) -> Edition:
        self.compiled += 1
        with telling_mistakes(self._root):
            return edition_of(settings, environment, whole_post(issue, publication), publication.segments)

    def _environment(self, settings: Settings) -> Environment:
        """The templates of letters; with other settings or templates nothing that was compiled counts any more."""
        folder = settings.overrides_in(self._root)
        files = sorted(path for path in (folder / "email").rglob("*") if path.is_file()) if folder else []
        state = digest_of(str(folder), [(str(path), digest(path.read_bytes())) for path in files])
        if self._templates is None or self._templates[0] != state:
            self._templates = state, template_environment(folder)
            self._kept.clear()
        if settings is not self._settings and settings != self._settings:
            self._kept.clear()
        self._settings = settings
        return self._templates[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The letter that is asked for: an issue, the segments of a reader, and the reader."""

    issue: Issue
    segments: Segments = PUBLIC
    reader: MadeUpReader = NOBODY

    @property
    def audience(self) -> str:
        """Name of the combination, as a copy in the outbox has it where there is one."""
        return "+".join(sorted(self.segments)) or EVERYONE_NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLetter:
    """A letter: ``message`` are the bytes as they are sent, to nobody and with fixed values for key and token."""

    asked: Asked
    joined: JoinedLetter
    message: bytes

    @property
    def subject(self) -> str:
        """Its subject."""
        return self.joined.parts.subject

    @property
    def preheader(self) -> str:
        """The line beside the subject."""
        return self.joined.preheader

    @property
    def parts(self) -> LetterParts:
        """Its parts."""
        return self.joined.parts

    @property
    def size(self) -> int:
        """Bytes of its HTML, which Gmail measures."""
        return len(self.parts.html.encode())

    @property
    def clipped(self) -> bool:
        """True if Gmail cuts the letter off (E7)."""
        return self.size >= CLIPPED


def issue_of(publication: Publication, name: str) -> Issue:
    """The issue or the welcome letter of this id; raises UnknownNameError."""
    letters = (*publication.issues, *publication.welcome)
    for issue in letters:
        if issue.id == name:
            return whole_post(issue, publication)
    raise UnknownNameError(f"there is no issue '{name}'", did_you_mean(name, (one.id for one in letters)))


def letter_for(asked: Asked, compiled: Compiled, publication: Publication) -> ShownLetter:
    """The letter for a reader.

    Raises UnknownNameError for a segment that is not there, and NotMeantError for segments that nobody can be in
    together, or whose readers do not get the issue.
    """
    _check(asked, publication)
    edition, values = compiled.edition, {**asked.reader.fields, **PREVIEW}
    nobody = Recipient(
        address="",
        key=preview_key(edition.issue, asked.audience),
        token=PREVIEW[TOKEN],
        segments=asked.segments,
        values=asked.reader.fields,
        date=PREVIEW[MESSAGE_DATE],
    )
    letter = joined(edition, asked.segments, values)
    return ShownLetter(asked=asked, joined=letter, message=compiled.composer.compose(nobody))


def _check(asked: Asked, publication: Publication) -> None:
    known = {segment.id for segment in publication.segments}
    for unknown in sorted(asked.segments - known):
        raise UnknownNameError(f"there is no segment '{unknown}'", did_you_mean(unknown, known))
    if reason := contradiction(asked.segments, publication.segments):
        raise NotMeantError(reason, "leave one of them")
    if not asked.issue.meant_for(asked.segments):
        readers = ", ".join(sorted(asked.segments)) or "readers of no segment"
        message = f"{asked.issue.id} is for {asked.issue.audience}, and does not go to {readers}"
        raise NotMeantError(message, "choose a segment that gets it")


def sender_line(settings: Settings) -> str:
    """The sender as an inbox names it."""
    name, address = sender_of(settings)
    return name or address


def findings(
    letter: ShownLetter, settings: Settings, report: Report, known: tuple[Problem, ...]
) -> tuple[Problem, ...]:
    """Findings about this letter at their places, without those that follow from ones that are ``known``."""
    where, parts = letter.asked.issue.where, letter.parts
    found = lint(parts.html, parts.text, subject=parts.subject, settings=settings, where=where)
    return report.of_letters(found, known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A link in a letter: its words, its address, and the place in the sources where one is found."""

    text: str
    href: str
    where: Where | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture in a letter: size in px as it is drawn, bytes of its file where the site has it."""

    src: str
    alt: str
    width: str
    height: str
    bytes: int | None
    where: Where | None


def links_in(letter: ShownLetter, report: Report) -> Iterator[Mention]:
    """The links of the HTML part, in their order."""
    for link in _tree(letter).iter("a"):
        href = link.get("href") or ""
        words = " ".join(str(link.text_content()).split()) or _described(link)
        signs = (Evidence(Sign.LINK, href, words), Evidence(Sign.NAMED, href, words))  # inside the site by its words
        where = report.place_of(letter.asked.issue, *signs)
        yield Mention(text=words, href=href, where=where)


def _described(link: lxml.html.HtmlElement) -> str:
    """The description of a picture that is a link."""
    return " ".join(picture.get("alt") or "" for picture in link.iter("img")).strip()


def pictures_in(letter: ShownLetter, report: Report, site: Path, site_url: str) -> Iterator[Picture]:
    """The pictures of the HTML part, in their order; ``site`` is the folder of the site with their files."""
    for picture in _tree(letter).iter("img"):
        src, alt = picture.get("src") or "", picture.get("alt") or ""
        file = site / unquote(src.removeprefix(site_url))
        inside = src.startswith(site_url) and file.resolve().is_relative_to(site.resolve()) and file.is_file()
        yield Picture(
            src=src,
            alt=alt,
            width=picture.get("width") or "",
            height=picture.get("height") or "",
            bytes=file.stat().st_size if inside else None,
            where=report.place_of(letter.asked.issue, *_signs(src, alt)),
        )


def _signs(src: str, alt: str) -> Iterator[Evidence]:
    """Evidence of a picture: a cover stands in the header, where its description is found."""
    yield Evidence(Sign.PICTURE, src, alt)
    if alt:
        yield Evidence(Sign.TEXT, alt)


def _tree(letter: ShownLetter) -> Any:
    return lxml.html.document_fromstring(letter.parts.html)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedItem:
    """An issue as feed readers and lists of the site have it; ``html`` is one with itself wherever it is read."""

    title: str
    summary: str
    link: str
    html: str


def feed_item(post: Post, publication: Publication, segment: str = "") -> FeedItem:
    """The item of the public feed, or of the feed of a public segment.

    Raises UnknownNameError for a segment that has no feed, and NotMeantError for an issue that is not in it.
    """
    public = {one.id: one for one in publication.public_segments()}
    if segment and segment not in public:
        raise UnknownNameError(f"no feed is for '{segment}'", did_you_mean(segment, public))
    if not post.meant_for(frozenset({segment}) if segment else PUBLIC):
        raise NotMeantError(f"{post.id} is for {post.audience}, and in no feed for {segment or 'everyone'}")
    entry = post_entry(publication, whole_post(post, publication), public.get(segment))
    return FeedItem(title=entry.title, summary=entry.summary, link=entry.url, html=entry.html)


def edition_built(root: Path, issue: str) -> Edition:
    """The edition that the last `tipsheet build` left in the outbox; raises NotInOutboxError."""
    return read_edition(root / OUTBOX, issue)


def edition_sent(root: Path, now: Edition, published: str, environ: Mapping[str, str]) -> Edition:
    """The edition of an issue that was sent: the one that is written ``now``, or the one that the outbox holds.

    ``published`` is the folder of the content. Raises NothingToCompareError for an issue that was not sent, and for one
    whose words nobody has kept; NotInOutboxError; StoreError.
    """
    digest = digest_sent(root, now.issue, environ, published=[published])
    if not digest:
        raise NothingToCompareError(f"{now.issue} was not sent from here yet", "compare it with the last build")
    if now.digest == digest:
        return now
    edition = edition_built(root, now.issue)
    if edition.digest != digest:
        message = f"the words of {now.issue} as it was sent are not kept: the outbox holds another edition"
        hint = "take the outbox from the run that sent it, or build the commit that was sent"
        raise NothingToCompareError(message, hint)
    return edition
