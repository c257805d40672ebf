"""Checks of one source by itself, as it is written: words that say nothing, left-overs, addresses, foreign markup.

Each is a function from a `Sheet` to findings that have their exact places. They look at text and not at the model, so
that every source is read alike: posts, notes, actions, ordinary pages, and the unsaved text of an editor.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from itertools import chain
from pathlib import PurePosixPath

from tipsheet.lexicon import listed_in, shortener, tracking_names
from tipsheet.model.placeholders import SENTENCES
from tipsheet.places import Mention, SourceText, plain_words
from tipsheet.problems import Problem
from tipsheet.words import ENGLISH

__all__ = [
    "House", "Sheet", "automatic", "blank_runs", "blanks_in", "copyright_years", "left_over", "link_words", "links_in",
    "markup_in", "pictures", "shortened", "stale_year", "starters", "tracking", "without_markup", "word_markup",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Facts about the publication that checks of texts need; ``year`` is the current one in its time zone."""

    name: str
    url: str
    language: str
    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One source: its text, its kind (`reading.published.Kind`), and the house it belongs to."""

    source: SourceText
    kind: str
    house: House

    @property
    def is_draft(self) -> bool:
        """True while its editor still writes it: what is left to do is no mistake yet."""
        return bool(_DRAFT.search(self.source.text[: self.source.start]))

    def words(self, name: str) -> frozenset[str]:
        """A list of words in the publication's language, and the English ones, which are written everywhere."""
        return listed_in(self.house.language, name) | listed_in(ENGLISH, name)

    def problem(self, offset: int, code: str, message: str, hint: str) -> Problem:
        """A finding at a character."""
        return Problem(self.source.where(offset), code, message, hint)


_DRAFT = re.compile(r"^draft:[ \t]*(?:true|yes|on)\b", re.MULTILINE | re.IGNORECASE)

# Pictures.

_A_FILE = re.compile(r"\S+\.(?:png|jpe?g|gif|webp|avif|svg|heic|heif|tiff?|bmp)", re.IGNORECASE)
_OF_A_CAMERA = re.compile(
    r"""
    (?:img|dsc[nf]?|dcim|pxl|mvimg|imag|gopr|p|image|photo|foto|bild|scan|signal|unnamed)[-_ ]?\d{3,}[-_\w. ()]*
    | (?:screen[ ]?shot|bildschirmfoto|schermafbeelding|capture[ ]d.[ée]cran|whatsapp[ ]image)\b.*\d.*
    | [0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12} | [0-9a-f]{24,} | [\d_.() -]{4,}
    """,
    re.VERBOSE | re.IGNORECASE,
)
_TITLE = re.compile(r"[ \t]*>?[ \t]+(?:\"([^\"\n]*)\"|'([^'\n]*)')[ \t]*\)")
_CAPTION = re.compile(r"[^<]*(?:</(?:a|p|picture)>\s*)*<figcaption[^>]*>(.*?)</figcaption>", re.DOTALL)


def automatic(alt: str, src: str, words: frozenset[str]) -> str:
    """The reason why an alt text looks as if a program had written it, in words that follow it, or nothing."""
    plain = " ".join(alt.split())
    stem = PurePosixPath(src.partition("?")[0]).stem
    if _A_FILE.fullmatch(plain) or plain == stem != "":
        return "is the name of a file"
    if _OF_A_CAMERA.fullmatch(plain):
        return "is a name that a camera or a program gives"
    generic = re.sub(r"[\s_#-]*\d*$", "", plain.casefold().rstrip(".:!"))
    return "says no more than that there is a picture" if generic in words else ""


def pictures(sheet: Sheet) -> Iterator[Problem]:
    """Alt texts that a program has written, and those that say the caption again."""
    if "![" not in sheet.source.text and "<img" not in sheet.source.text.lower():
        return
    words = sheet.words("pictures")
    for mention in sheet.source.mentions:
        if not mention.picture or not (alt := plain_words(mention.words)):
            continue
        hint = "say what somebody sees who looks at it"
        if reason := automatic(alt, mention.address, words):
            yield sheet.problem(mention.at, "TS230", f"the text '{alt}' of this picture {reason}", hint)
        elif alt.casefold() in _captions(sheet.source.text, mention):
            message = f"the text '{alt}' of this picture is its caption, which would be read out twice"
            yield sheet.problem(mention.at, "TS230", message, hint)


def _captions(text: str, picture: Mention) -> Iterator[str]:
    """The title and the caption of a picture, in small letters."""
    end = picture.at + len(picture.address)
    if title := _TITLE.match(text, end):
        yield plain_words(title[1] or title[2] or "").casefold()
    if caption := _CAPTION.match(text[: end + 2000], end):
        yield plain_words(caption[1]).casefold()


# Links.


def link_words(sheet: Sheet) -> Iterator[Problem]:
    """Links whose words do not say where they lead; read by themselves, as a screen reader lists them."""
    empty = sheet.words("links")
    for mention in sheet.source.mentions:
        words = "" if mention.picture else plain_words(mention.words)
        if words.lower().rstrip(".!:") in empty:
            message = f"the link '{words}' does not say where it leads"
            yield sheet.problem(mention.start, "TS405", message, "name what is there")


def tracking(sheet: Sheet) -> Iterator[Problem]:
    """Links with values that say where their visitors came from. Those to ourselves are a mistake in a letter."""
    for address, at in links_in(sheet.source) if "?" in sheet.source.text else ():
        href = unescape(address)
        if names := tracking_names(href):
            message, hint = f"the link to '{href}' tracks", f"take out {', '.join(names)}"
            if sheet.kind not in _MAILED or not href.startswith(sheet.house.url):
                yield sheet.problem(at, "TS414", message, hint)


_MAILED = frozenset({"issue", "welcome", "note", "action"})
"""Kinds of sources that stand in letters."""


def shortened(sheet: Sheet) -> Iterator[Problem]:
    """Links by services that hide where they lead."""
    for address, at in links_in(sheet.source):
        if host := shortener(address):
            message = f"{host} hides where '{address}' leads"
            yield sheet.problem(at, "TS238", message, "write the address that it leads to")


def links_in(source: SourceText) -> Iterator[tuple[str, int]]:
    """The addresses of links with their offsets, those of the header included."""
    yield from ((mention.address, mention.at) for mention in source.mentions if not mention.picture)
    for found in _IN_HEADER.finditer(source.text[: source.start]):
        yield found[0], found.start()


_IN_HEADER = re.compile(r"https?://[^\s<>\"',\[\]{}]+", re.IGNORECASE)


# Left-overs of writing.

_PLACEHOLDER = re.compile(
    r"""
    (?<![\w$/.#-])(?:TK(?![ ]Maxx)(?:TK)*|X{3}|TBD|TODO|FIXME)(?![\w/-]|\.\w)
    | \b(?i:lorem\s+ipsum)\b
    | \[(?i:insert|your)\b[^\]\n]{1,60}\](?![(\[:])
    """,
    re.VERBOSE,
)


def left_over(sheet: Sheet) -> Iterator[Problem]:
    """Marks for words that are still to come: TK, XXX, lorem ipsum. A draft may have them."""
    if sheet.is_draft:
        return
    for offset, text in _readable(sheet):
        for found in _PLACEHOLDER.finditer(text):
            message = f"'{' '.join(found[0].split())}' stands where words are still to come"
            yield sheet.problem(offset + found.start(), "TS231", message, "write them, or keep draft: true")


def starters(sheet: Sheet) -> Iterator[Problem]:
    """Sentences of a new issue that its editor was to replace. A draft may have them."""
    if sheet.is_draft:
        return
    for sentence in SENTENCES:
        at = sheet.source.text.find(sentence)
        if at >= 0:
            message = f"'{sentence}' is a sentence to be replaced"
            yield sheet.problem(at, "TS232", message, "write your own, or keep draft: true")


def _readable(sheet: Sheet) -> Iterator[tuple[int, str]]:
    """Texts that readers see with their offsets: title and description of the header, and the prose."""
    header = sheet.source.text[: sheet.source.start]
    for found in re.finditer(r"^(?:title|description|subject|preheader):[ \t]*(.*)$", header, re.MULTILINE):
        yield found.start(1), found[1]
    prose = sheet.source.prose
    if _PLACEHOLDER.search(prose):
        for mention in sheet.source.mentions:  # an address may hold any letters
            if prose.startswith(mention.address, mention.at):
                end = mention.at + len(mention.address)
                prose = f"{prose[: mention.at]}{' ' * len(mention.address)}{prose[end:]}"
        yield 0, prose


_COPYRIGHT = re.compile(r"(?:©|&copy;|\(c\)|\bcopyright\b)(?:(?!\.\s)[^\n©])*(?:©(?:(?!\.\s)[^\n©])*)?", re.IGNORECASE)
"""One notice, up to the end of its sentence; "Copyright ©" is one sign."""
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def stale_year(text: str, year: int) -> tuple[int, int] | None:
    """The offset of the last year of a copyright line that is over, and that year; None where there is none."""
    line = _COPYRIGHT.search(text)
    years = list(_YEAR.finditer(text, line.start(), line.end())) if line else []
    return (years[-1].start(), int(years[-1][0])) if years and int(years[-1][0]) < year else None


def copyright_years(sheet: Sheet) -> Iterator[Problem]:
    """Lines of ordinary pages that give the publication's copyright up to a year that is over.

    A post keeps the year in which it was written, and somebody else's copyright is not ours to prolong.
    """
    if sheet.kind != "page":
        return
    prose, name = sheet.source.prose, sheet.house.name.casefold()
    for line in _COPYRIGHT.finditer(prose):
        found = stale_year(line[0], sheet.house.year) if name in line[0].casefold() else None
        if found:
            offset, year = found
            message = f"the copyright ends in {year}, and it is {sheet.house.year}"
            yield sheet.problem(line.start() + offset, "TS233", message, "write the year, or none")


# Markup of word processors.

_MARKUP = re.compile(
    r"""
    <(?P<empty>[ovw]:\w+)[^<>]*>(?:\s|&nbsp;|\u00a0)*</(?P=empty)>
    | </?(?:[ovwm]|st1):\w+[^<>]*>
    | <\?xml:namespace[^<>]*>
    | <!--\[if[ ](?:gte|lte|gt|lt|!)?[ ]?\(?(?:mso|vml|support)[^\]]*\]>.*?<!\[endif\]-->
    | <!\[if[ ]![^\]]*\]> | <!\[endif\]>
    | \s+class=(?:"Mso\w+"|'Mso\w+'|Mso\w+)
    """,
    re.VERBOSE | re.DOTALL,
)
_STYLE = re.compile(r"\s+style=([\"'])(?P<style>(?:(?!\1)[^<>])*\bmso-(?:(?!\1)[^<>])*)\1", re.IGNORECASE)
_DECLARATION = re.compile(r"(?<![\w-])mso-[\w-]+\s*:[^;]*;?\s*", re.IGNORECASE)
_BLANKS = re.compile(r"(?:[ \t]*(?:\u00a0|&nbsp;|&#160;|&#xa0;)){2,}[ \t]*", re.IGNORECASE)


def word_markup(sheet: Sheet) -> Iterator[Problem]:
    """Markup that came with a paste from Word: its own elements, classes, styles and comments."""
    text = sheet.source.text
    if not _TRIGGER.search(text):
        return
    for found in markup_in(sheet.source.outside_code):
        piece = " ".join(found[0].split())
        offset = found.start() + len(found[0]) - len(found[0].lstrip())
        yield sheet.problem(
            offset, "TS241", f"'{piece[:40]}' was pasted from Word", "tipsheet check --fix takes it out"
        )


_TRIGGER = re.compile(r"mso|<[/!?]?[ovwm]:|<(?:/?st1|\?xml):|<!\[", re.IGNORECASE)


def blank_runs(sheet: Sheet) -> Iterator[Problem]:
    """Non-breaking spaces in a row, by which a text was pushed about."""
    text = sheet.source.text
    if "\u00a0" not in text and "&" not in text:
        return
    for found in blanks_in(sheet.source.prose):
        hint = "one space is enough; tipsheet check --fix writes it"
        yield sheet.problem(found.start(), "TS242", "non-breaking spaces in a row", hint)


def blanks_in(prose: str) -> Iterator[re.Match[str]]:
    """Every run of non-breaking spaces."""
    return _BLANKS.finditer(prose)


def markup_in(text: str) -> Iterator[re.Match[str]]:
    """Every piece of markup of Word."""
    return chain(_MARKUP.finditer(text), _STYLE.finditer(text))


def without_markup(found: re.Match[str]) -> str:
    """The text that stands for a piece of markup of Word: nothing, or a style without its declarations."""
    style = found.groupdict().get("style")
    rest = _DECLARATION.sub("", style).strip() if style else ""
    return f" style={found[1]}{rest}{found[1]}" if rest else ""
