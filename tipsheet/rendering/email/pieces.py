"""Pieces of a letter: the HTML part cut at its marks, and the text part as it is written (E15).

Marks say who sees what. They are HTML comments on lines of their own, which css-inline leaves alone;
templates write them with the macro ``only``, and what stands between them is whole lines of balanced markup.

The text part has the order of the HTML part: title, action, story, then notes, then what belongs to the
publication (E22). A link is a mark whose number is counted for each reader when the letter is joined, and
so is the list of addresses: nobody sees the address of a link in a block that they cannot see (C7), and no
number is missing (E25).
"""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from itertools import groupby
from typing import assert_never
from urllib.parse import unquote

from tipsheet.edition.edition import ALWAYS, Escape, Line, LinkMark, Links, MarkedLine, MarkedPiece, Piece, Slot, When
from tipsheet.edition.mime import COLUMNS
from tipsheet.model.audience import Audience
from tipsheet.model.directions import LTR, RTL, begins, embedded, other, sentence_direction
from tipsheet.model.placeholders import FIELD, OPEN, PASSED_ON, TOKEN, unguarded
from tipsheet.rendering.columns import LINK_MARK, link_mark, rule, wrap
from tipsheet.rendering.directions import TURNED, led
from tipsheet.rendering.email.body import mail_tree
from tipsheet.rendering.email.contents import ActionBlock, Block, Contents, EventBlock, ProseBlock
from tipsheet.rendering.language import in_row, labelled
from tipsheet.rendering.plaintext import plain_text

__all__ = ["Conditions", "cut", "line_of", "marked_pieces", "pieces", "text_pieces"]

CLOSE = "<!--/ts-->"
_OPEN = re.compile(r"<!--ts (\d+)-->$")
_FIELD = re.compile(rf"@@(?P<open>{'|'.join(OPEN)})@@|{FIELD.pattern}")
_ATOM = re.compile(r"""<!--.*?-->|@@[^@]*@@|(<!?[A-Za-z](?:"[^"]*"|[^">])*>)|( )""")
_BEFORE_LONG_VALUE = re.compile(r' (?=(?:style|href)=")')
_UNFOLDED = ("<title", "<!--")
_OPEN_TOKEN = f"@@{TOKEN}@@"
_TOKEN_WIDTH = 32
_IN_ADDRESS = re.compile(r"""(?:(?:href|src)="|https?://|mailto:)[^"\s<>]*$""")


class Conditions:
    """The conditions of a document by number, as marks name them."""

    def __init__(self) -> None:
        self._found: dict[When, int] = {}

    def mark(self, when: When) -> str:
        """The mark that opens a run of lines under this condition."""
        return f"<!--ts {self._found.setdefault(when, len(self._found))}-->"

    def __getitem__(self, number: int) -> When:
        return list(self._found)[number]


def cut(document: str, conditions: Conditions, direction: str = LTR) -> tuple[Piece, ...]:
    """A document with marks as pieces; a mark inside another names all its conditions itself.

    White space at the ends of lines and empty lines are dropped, and long lines are folded: none of
    it shows, since the letter has no preformatted text.
    """
    lines = ((f"{part}\n", when) for line, when in _lines(document, conditions) for part in line.split("\n"))
    return pieces(lines, direction=direction)


def _lines(document: str, conditions: Conditions) -> Iterator[tuple[str, When]]:
    open_ = [ALWAYS]
    in_sheet = False
    for raw in document.split("\n"):
        line = raw.strip(" \t\r")
        mark = _OPEN.match(line)
        if mark:
            open_.append(conditions[int(mark[1])])
        elif line == CLOSE:
            open_.pop()
        elif line:
            in_sheet = in_sheet or line.startswith("<style")
            yield line if in_sheet or line.startswith(_UNFOLDED) else _folded(line), open_[-1]
            in_sheet = in_sheet and "</style>" not in line


def _folded(line: str) -> str:
    """A line of markup broken at spaces that do not show, so that quoted-printable needs few soft breaks.

    Such spaces are in running text and before long attributes; a merge field is not broken.
    """
    if _width(line) <= COLUMNS:
        return line
    parts = _ATOM.sub(lambda m: "\n" if m[2] else _BEFORE_LONG_VALUE.sub("\n", m[1]) if m[1] else m[0], line)
    lines = [""]
    width = 0
    for part in parts.split("\n"):
        wide = _width(part)
        if width and width + 1 + wide > COLUMNS:
            lines.append(part)
            width = wide
        else:
            lines[-1] += f" {part}" if width else part
            width += wide + (1 if width else 0)
    return "\n".join(line for line in lines if line)


def _width(text: str) -> int:
    """About the columns of a text when it is encoded and its merge fields are filled."""
    beyond_ascii = 0 if text.isascii() else 5 * (len(text.encode()) - len(text))
    return len(text) + 2 * text.count("=") + beyond_ascii + text.count(_OPEN_TOKEN) * (_TOKEN_WIDTH - len(_OPEN_TOKEN))


def pieces(
    lines: Iterable[tuple[str, When]], *, escape: Escape = Escape.HTML, direction: str = LTR
) -> tuple[Piece, ...]:
    """Whole lines, each with who sees it, as pieces: runs of finished text, and single lines with slots."""
    result: list[Piece] = []
    for (when, has_field), run in groupby(lines, lambda item: (item[1], bool(_FIELD.search(item[0])))):
        if has_field:
            result += (Piece(line_of(line, escape, _runs(line, escape, direction)), when) for line, _ in run)
        else:
            result.append(Piece(unguarded("".join(line for line, _ in run)), when))
    return tuple(result)


def _runs(line: str, escape: Escape, direction: str) -> str:
    """The direction of a line: of the text part by its first letter, as programs turn it; else the letter's."""
    return begins(_FIELD.sub("", line)) or direction if escape is Escape.TEXT else direction


def marked_pieces(lines: Iterable[tuple[str, When]], direction: str = LTR) -> Iterator[Piece | MarkedPiece]:
    """The same for the text part, where a line may hold marks of links too."""
    for marked, run in groupby(lines, lambda item: LINK_MARK.search(item[0]) is not None):
        if marked:
            yield from (MarkedPiece(_marked_line_of(line, direction), when) for line, when in run)
        else:
            yield from pieces(run, escape=Escape.TEXT, direction=direction)


def _marked_line_of(text: str, direction: str) -> MarkedLine:
    runs = _runs(text, Escape.TEXT, direction)
    line: list[str | Slot | LinkMark] = []
    end = 0
    for match in LINK_MARK.finditer(text):
        line += line_of(text[end : match.start()], Escape.TEXT, runs)
        line.append(LinkMark(int(match[1]), in_table=bool(match[2])))
        end = match.end()
    return (*line, *line_of(text[end:], Escape.TEXT, runs))


def line_of(text: str, escape: Escape, direction: str = LTR) -> Line:
    """A text of this direction with its merge fields as slots.

    The fields of `OPEN`, such as ``@@token@@``, get no fallback. A part of an address is encoded
    for one; a whole address is not.
    """
    line: list[str | Slot] = []
    end = 0
    for match in _FIELD.finditer(text):
        before = unguarded(text[end : match.start()])
        turned = before.endswith(TURNED)
        line += [before.removesuffix(TURNED)] if before.removesuffix(TURNED) else []
        whole = match["open"] in PASSED_ON
        place = Escape.URL if not whole and _IN_ADDRESS.search(text[: match.start()]) else escape
        fallback: str | None = match[3]
        if fallback is not None:
            fallback = unescape(fallback) if escape is Escape.HTML else fallback
            fallback = unquote(fallback) if place is Escape.URL else fallback
        around = LTR if place is Escape.URL else other(direction) if turned else direction
        line.append(Slot(match["open"] or match[2], fallback, place, around))
        end = match.end()
    line += [unguarded(text[end:])] if text[end:] else []
    return tuple(line)


_Part = tuple[str, When]
"""Lines without the last line feed, and who sees them."""


def text_pieces(letter: Contents) -> tuple[tuple[Piece | MarkedPiece | Links, ...], tuple[Line, ...]]:
    """The text part, and the addresses that it names by marks.

    Every block begins with an empty line, so that one that is left out leaves no gap.
    """
    writer = _Writer(letter)
    before = (*writer.head(), *writer.body(), *writer.notes(), *writer.foot())
    imprint = writer.imprint()
    run = letter.direction
    parts = (*marked_pieces(_line_by_line(before), run), Links(), *marked_pieces(_line_by_line(imprint), run))
    return parts, tuple(line_of(url.removeprefix("mailto:"), Escape.TEXT) for url in writer.links)


def _line_by_line(parts: Iterable[_Part]) -> Iterator[_Part]:
    return ((f"{line}\n", when) for text, when in parts for line in text.split("\n"))


class _Writer:
    """Writes the parts of one letter; a link gets its mark when it is first written."""

    def __init__(self, letter: Contents) -> None:
        self._letter = letter
        self._words = letter.words
        self._links: dict[str, int] = {}
        self._body: list[tuple[When, bool]] = []
        """For each block of the body and the notes so far: who sees it, and whether it ends in a rule."""

    @property
    def links(self) -> Iterable[str]:
        """The addresses of all marks, each once."""
        return self._links

    def _mark(self, url: str) -> str:
        return link_mark(self._links.setdefault(url, len(self._links)))

    def _prose(self, html: str, *, indent: int = 0, steps: bool = False) -> str:
        tree = mail_tree(html, site_url=self._letter.masthead.url, page_url=self._letter.page, column=600)
        run = self._letter.direction
        return plain_text(tree, self._mark, indent=indent, steps=steps, words=self._words, direction=run)

    def _wrapped(self, text: str, first: str = "", rest: str | None = None) -> list[str]:
        """The lines of a paragraph of ours, which runs with the letter whatever names are in it."""
        return led(wrap(text, first, rest), sentence_direction(text, self._letter.direction))

    def _named(self, name: str) -> str:
        """A name or a place inside a sentence."""
        return embedded(name, self._letter.direction)

    def _row(self, *names: str) -> str:
        """Names and places that no word joins."""
        return in_row(map(self._named, filter(None, names)), self._letter.language)

    def _label(self, word: str, text: str) -> str:
        """A text after a word of ours."""
        return labelled(self._words(word), text, self._letter.language)

    def _labelled(self, label: str, address: str) -> str:
        """An address after its name; where that runs to the left the address has a line of its own, to be copied."""
        label = labelled(label, "", self._letter.language)
        return (f"{label.rstrip()}\n" if self._letter.direction == RTL else label) + address

    def head(self) -> Iterator[_Part]:
        """Masthead, title, byline and the action's name."""
        letter, issue = self._letter, self._letter.issue
        yield letter.masthead.name, ALWAYS
        if letter.masthead.tagline:
            yield "\n".join(self._wrapped(letter.masthead.tagline)), ALWAYS
        if letter.date:
            yield in_row((letter.label, letter.date), letter.language), ALWAYS
        yield "\n" + rule(), ALWAYS
        yield "\n" + "\n".join(self._wrapped(issue.title)), ALWAYS
        if letter.service:
            return
        names = [f"{self._named(a.name)} {self._mark(letter.url(a.page))}" for a in issue.authors]
        minutes = self._words.count("to_read", issue.reading_minutes)
        by = self._words("by", authors=letter.listed(names)) if names else ""
        yield "\n".join(self._wrapped(letter.gap.join(filter(None, (by, minutes))))), ALWAYS
        for block in letter.teasers:
            yield "\n" + "\n".join(self._wrapped(self._label("do", self._teaser(block)))), block.first
        yield from self._cover()

    def _teaser(self, block: ActionBlock) -> str:
        mark = f" {self._mark(block.url)}" if block.url else ""
        minutes = self._letter.gap + block.minutes if block.minutes else ""
        return f"{self._named(block.action.title)}{mark}{block.stop}{minutes}"

    def _cover(self) -> Iterator[_Part]:
        image = self._letter.issue.image
        if image is None:
            return
        credit = self._row(image.credit, image.licence)
        mark = f" {self._mark(image.credit_url)}" if image.credit_url else ""
        lines = self._wrapped(self._words("picture_in_text", description=image.alt)) if image.alt else []
        lines += self._wrapped(self._words("picture", credit=f"{credit}{mark}")) if credit else []
        if lines:
            yield "\n" + "\n".join(lines), ALWAYS

    def body(self) -> Iterator[_Part]:
        """The body, and for a republished piece the link to its first place."""
        for block in self._letter.blocks:
            yield from self._block(block)
        source = self._letter.issue.republished
        if source is not None:
            before, title, after = self._letter.origin
            yield (
                "\n" + "\n".join(self._wrapped(f"{before}{self._named(title)} {self._mark(source.url)}{after}")),
                ALWAYS,
            )
            self._body.append((ALWAYS, False))

    def notes(self) -> Iterator[_Part]:
        """The notices in force, each below a rule with its title as a heading."""
        for note in self._letter.notes:
            for when in self._unruled():
                yield "\n" + rule(), When((*note.when.conditions, *when.conditions), when.unless)
            yield "\n" + "\n".join(self._wrapped(note.title)), note.when
            self._body.append((note.when, False))
            for block in note.blocks:
                yield from self._block(block)

    def _unruled(self) -> Iterator[When]:
        """Conditions of the readers who need a rule now: the last block that they see does not end in one."""
        later: list[tuple[Audience, ...]] = []
        for when, ruled in reversed([(ALWAYS, False), *self._body]):
            if not ruled:
                yield When(when.conditions, tuple(later))
            if when == ALWAYS:
                return
            later.append(when.conditions)

    def _block(self, block: Block) -> Iterator[_Part]:
        match block:
            case ProseBlock(when, html):
                text = self._prose(html)
            case ActionBlock():
                text, when = self._action(block), block.when
            case EventBlock():
                text, when = self._event(block), block.when
            case _:
                assert_never(block)
        if text:
            self._body.append((when, isinstance(block, ActionBlock)))
            yield "\n" + text, when

    def _action(self, block: ActionBlock) -> str:
        inner = self._prose(block.html, steps=True)
        steps = ["", inner] if inner else []
        text = [*self._wrapped(block.action.title), *self._wrapped(block.facts), *steps]
        return "\n".join([rule("="), self._letter.action, rule("="), "", *text, "", rule("=")])

    def _event(self, block: EventBlock) -> str:
        event = block.event
        mark = f" {self._mark(event.url)}" if event.url else ""
        place = in_row((block.time, self._row(event.place, event.price)), self._letter.language)
        inner = self._prose(event.html, indent=4)
        return "\n".join(
            [*self._wrapped(f"{event.name}{mark}"), *self._wrapped(place, "    "), *([inner] if inner else [])]
        )

    def foot(self) -> Iterator[_Part]:
        """Links and invitations of the publication, down to the rule above the addresses of links."""
        letter, words, editor = self._letter, self._words, self._letter.masthead.editor_email
        yield from (("\n" + rule(), when) for when in self._unruled())
        if letter.more:
            lines = [
                line for title, url in letter.more for line in self._wrapped(f"{title} {self._mark(url)}", "• ", "  ")
            ]
            yield "\n" + "\n".join([words("more"), *lines]), ALWAYS
        if editor and letter.service:  # an answer to some of these letters is a command to the program
            text = f"{words('questions_service')}{letter.gap}{words('write', address=editor)}"
            yield "\n" + "\n".join(self._wrapped(text)), ALWAYS
        elif editor:
            yield (
                "\n" + "\n".join(self._wrapped(f"{words('questions')}{letter.gap}{words('reply', address=editor)}")),
                ALWAYS,
            )
        for page in letter.web:
            link = f"{words('forward_link')} {self._mark(page.url)}"
            yield "\n" + "\n".join(self._wrapped(words("forward", link=link))), page.when
        if not letter.service:
            if letter.subscribe:
                link = f"{words('passed_on_link')} {self._mark(letter.subscribe)}"
                yield "\n" + "\n".join(self._wrapped(words("passed_on", link=link))), ALWAYS
            issues = f"{words('all_issues')} {self._mark(letter.url('archive/'))}"
            actions = f"{words('action_library')} {self._mark(letter.url('actions/'))}"
            yield "\n" + in_row((issues, actions), letter.language), ALWAYS
        yield "\n" + rule() + "\n", ALWAYS

    def imprint(self) -> Iterator[_Part]:
        """The postal address of the publication, and last the ways to unsubscribe and to the web."""
        letter = self._letter
        imprint = [
            *(self._wrapped(letter.issued) if letter.issued else ()),
            *self._wrapped(self._row(*letter.imprint)),
        ]
        yield "\n" + rule() + "\n" + "\n".join(imprint) + "\n", ALWAYS
        leaving = letter.leaving
        if leaving.url:
            yield self._labelled(leaving.label, leaving.url), ALWAYS
        if leaving.address:
            yield self._labelled(leaving.mail_label, leaving.words), ALWAYS
        if letter.preferences:
            yield self._labelled(self._words("preferences"), letter.preferences), ALWAYS
        for page in letter.web:
            yield self._labelled(self._words("in_browser"), page.url), page.when
