"""The text part of a letter, as pieces (E15).

It has the order of the HTML part: title, action, story, then notes, then what belongs to the
publication (E22). A link stands as a mark whose number is counted for each reader when the letter is
joined, and so is the list of addresses: nobody sees the address of a link in a block that they
cannot see (C7), and no number is missing (E25).
"""

from collections.abc import Iterable, Iterator

from tipsheet.edition.edition import ALWAYS, Escape, Line, Links, MarkedPiece, Piece, When
from tipsheet.model.audience import Audience
from tipsheet.rendering.email.contents import ActionBlock, Block, Contents, EventBlock, ProseBlock
from tipsheet.rendering.email.pieces import line_of, marked_pieces
from tipsheet.rendering.email.portable import portable
from tipsheet.rendering.lines import link_mark, rule, wrap
from tipsheet.rendering.plaintext import plain_text
from tipsheet.rendering.wording import MORE, doing_time
from tipsheet.settings.leaving import BY_MAIL

__all__ = ["text_pieces"]

_Part = tuple[str, When]
"""Lines without the last line feed, and who sees them."""


def text_pieces(letter: Contents) -> tuple[tuple[Piece | MarkedPiece | Links, ...], tuple[Line, ...]]:
    """The text part, and the addresses that it names by marks.

    Every block begins with an empty line, so that one that is left out leaves no gap.
    """
    writer = _Writer(letter)
    before = (*writer.head(), *writer.body(), *writer.notes(), *writer.foot())
    parts = (*marked_pieces(_lines(before)), Links(), *marked_pieces(_lines(writer.imprint())))
    return parts, tuple(line_of(url.removeprefix("mailto:"), Escape.TEXT) for url in writer.links)


def _lines(parts: Iterable[_Part]) -> Iterator[_Part]:
    return ((f"{line}\n", when) for text, when in parts for line in text.split("\n"))


class _Writer:
    def __init__(self, letter: Contents) -> None:
        self._letter = letter
        self._links: dict[str, int] = {}
        self._body: list[tuple[When, bool]] = []
        """What was written of the body and the notes, in order: who sees it, and whether it ends in a rule."""

    @property
    def links(self) -> Iterable[str]:
        """The addresses of all marks, each once."""
        return self._links

    def _mark(self, url: str) -> str:
        return link_mark(self._links.setdefault(url, len(self._links)))

    def _prose(self, html: str, *, indent: int = 0, steps: bool = False) -> str:
        tree = portable(html, site_url=self._letter.masthead.url, page_url=self._letter.page, column=600)
        return plain_text(tree, self._mark, indent=indent, steps=steps)

    def head(self) -> Iterator[_Part]:
        """Masthead, title, byline and the action's name."""
        letter, issue = self._letter, self._letter.issue
        yield letter.masthead.name, ALWAYS
        if letter.masthead.tagline:
            yield "\n".join(wrap(letter.masthead.tagline)), ALWAYS
        if letter.date:
            yield f"{f'{issue.label}, ' if issue.label else ''}{letter.date}", ALWAYS
        yield "\n" + rule(), ALWAYS
        yield "\n" + "\n".join(wrap(issue.title)), ALWAYS
        if letter.service:
            return
        names = [f"{a.name} {self._mark(letter.url(a.page))}" for a in issue.authors]
        listed = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
        minutes = f"{issue.reading_minutes} minute{'' if issue.reading_minutes == 1 else 's'} to read."
        yield "\n".join(wrap(f"By {listed}. {minutes}" if names else minutes)), ALWAYS
        for block in letter.teasers:
            yield "\n" + "\n".join(wrap(f"Do: {self._teaser(block)}")), block.first
        yield from self._cover()

    def _teaser(self, block: ActionBlock) -> str:
        mark = f" {self._mark(block.url)}" if block.url else ""
        return f"{block.action.title}{mark}{block.stop}" + (
            f" {doing_time(block.action.minutes)}." if block.action.minutes else ""
        )

    def _cover(self) -> Iterator[_Part]:
        image = self._letter.issue.image
        if image is None:
            return
        credit = ", ".join(filter(None, (image.credit, image.licence)))
        mark = f" {self._mark(image.credit_url)}" if image.credit_url else ""
        lines = wrap(f"[Picture: {image.alt}]") if image.alt else []
        lines += wrap(f"Picture: {credit}{mark}") if credit else []
        if lines:
            yield "\n" + "\n".join(lines), ALWAYS

    def body(self) -> Iterator[_Part]:
        """The body, and where it stood first."""
        for block in self._letter.blocks:
            yield from self._block(block)
        source = self._letter.issue.republished
        if source is not None:
            before, title, after = self._letter.origin
            yield "\n" + "\n".join(wrap(f"{before}{title} {self._mark(source.url)}{after}")), ALWAYS
            self._body.append((ALWAYS, False))

    def notes(self) -> Iterator[_Part]:
        """The notices in force, each below a rule with its title as a heading."""
        for note in self._letter.notes:
            for when in self._unruled():
                yield "\n" + rule(), When((*note.when.conditions, *when.conditions), when.unless)
            yield "\n" + "\n".join(wrap(note.title)), note.when
            self._body.append((note.when, False))
            for block in note.blocks:
                yield from self._block(block)

    def _unruled(self) -> Iterator[When]:
        """Who needs a rule now: those for whom what was written last is not a block that ends in a rule."""
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
        if text:
            self._body.append((when, isinstance(block, ActionBlock)))
            yield "\n" + text, when

    def _action(self, block: ActionBlock) -> str:
        inner = self._prose(block.html, steps=True)
        facts = wrap(block.facts) if block.facts else []
        steps = ["", inner] if inner else []
        lines = [
            rule("="),
            self._letter.action,
            rule("="),
            "",
            *wrap(block.action.title),
            *facts,
            *steps,
            "",
            rule("="),
        ]
        return "\n".join(lines)

    def _event(self, block: EventBlock) -> str:
        event = block.event
        mark = f" {self._mark(event.url)}" if event.url else ""
        place = ", ".join(filter(None, (block.time, event.place, event.price)))
        inner = self._prose(event.html, indent=4)
        return "\n".join([*wrap(f"{event.name}{mark}"), *wrap(place, "    "), *([inner] if inner else [])])

    def foot(self) -> Iterator[_Part]:
        """What belongs to the publication, down to the rule above the addresses of links."""
        letter, masthead = self._letter, self._letter.masthead
        yield from (("\n" + rule(), when) for when in self._unruled())
        if letter.more:
            lines = [line for title, url in letter.more for line in wrap(f"{title} {self._mark(url)}", "• ", "  ")]
            yield "\n" + "\n".join([MORE, *lines]), ALWAYS
        if masthead.editor_email:
            text = f"Questions or comments? Reply to this letter, or write to {masthead.editor_email}."
            if letter.service:  # an answer to some of these does something
                text = f"Questions? Write to {masthead.editor_email}, and a person answers."
            yield "\n" + "\n".join(wrap(text)), ALWAYS
        for page in letter.web:
            mark = self._mark(page.url)
            text = f"Do you know somebody who would use this? Forward it to a friend {mark}."
            yield "\n" + "\n".join(wrap(text)), page.when
        if not letter.service:
            text = f"Was this letter passed on to you? Get your own copy {self._mark(letter.url('subscribe/'))}."
            yield "\n" + "\n".join(wrap(text)), ALWAYS
            places = (("All issues", "archive/"), ("Action library", "actions/"))
            marked = ", ".join(f"{name} {self._mark(letter.url(path))}" for name, path in places)
            yield f"\n{marked}", ALWAYS
        yield "\n" + rule() + "\n", ALWAYS

    def imprint(self) -> Iterator[_Part]:
        """Who publishes it, and last the ways out and to the web."""
        letter = self._letter
        imprint = [*(wrap(letter.issued) if letter.issued else ()), *wrap(letter.imprint)]
        yield "\n" + rule() + "\n" + "\n".join(imprint) + "\n", ALWAYS
        leaving = letter.leaving
        if leaving.url:
            yield f"{leaving.label}: {leaving.url}", ALWAYS
        if leaving.address:
            yield f"{BY_MAIL}: {leaving.words}", ALWAYS
        if letter.preferences:
            yield f"Change your preferences: {letter.preferences}", ALWAYS
        for page in letter.web:
            yield f"View this issue in your browser: {page.url}", page.when
