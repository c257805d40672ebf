"""The text part of a letter, as pieces (E15).

Link numbers must be right for every audience, and nobody may see the address of a link in a block
that they cannot see (C7). So an address has one number for all audiences; the number, and the line
of the list at the end, stand under the conditions of the block. A reader to whom a block does not
show misses its numbers: [1], [2], [5].
"""

from collections.abc import Iterator

from tipsheet.model.audience import Audience
from tipsheet.model.edition import ALWAYS, Escape, Piece, When
from tipsheet.rendering.email.contents import ActionBlock, Block, Contents, EventBlock, ProseBlock
from tipsheet.rendering.email.pieces import pieces
from tipsheet.rendering.email.portable import portable
from tipsheet.rendering.plaintext import plain_text, rule, wrap
from tipsheet.rendering.wording import ACTION, MORE, doing_time

__all__ = ["text_pieces"]


class _Links:
    """Addresses in the order of reading, each with who sees it."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, When], int] = {}

    def mark(self, url: str, when: When) -> str:
        """The mark of an address; one that everybody has been given already keeps its number."""
        key = (url, ALWAYS) if (url, ALWAYS) in self._found else (url, when)
        return f"[{self._found.setdefault(key, len(self._found) + 1)}]"

    def __iter__(self) -> Iterator[tuple[int, str, When]]:
        return ((number, url, when) for (url, when), number in self._found.items())


def text_pieces(letter: Contents) -> tuple[Piece, ...]:
    """The text part; every block begins with an empty line, so that one that is left out leaves no gap."""
    writer = _Writer(letter)
    parts = [*writer.head(), *writer.body(), *writer.foot()]
    lines = [(f"{line}\n", when) for text, when in parts for line in text.split("\n")]
    return pieces(lines, escape=Escape.TEXT)


class _Writer:
    def __init__(self, letter: Contents) -> None:
        self._letter = letter
        self._links = _Links()
        self._body: list[tuple[When, bool]] = []
        """Blocks of the body in order: who sees it, and whether it ends in a rule."""

    def _prose(self, html: str, when: When, *, indent: int = 0, steps: bool = False) -> str:
        tree = portable(html, site_url=self._letter.masthead.url, page_url=self._letter.page, column=600)
        return plain_text(tree, lambda url: self._links.mark(url, when), indent=indent, steps=steps)

    def head(self) -> Iterator[tuple[str, When]]:
        """Masthead, notes, title, byline and the action's name."""
        letter, issue = self._letter, self._letter.issue
        yield letter.masthead.name, ALWAYS
        if letter.masthead.tagline:
            yield "\n".join(wrap(letter.masthead.tagline)), ALWAYS
        yield f"{f'{issue.label}, ' if issue.label else ''}{letter.date}", ALWAYS
        for note in letter.notes:
            yield "\n" + rule() + "\n" + "\n".join(wrap(note.title)), note.when
            for block in note.blocks:
                yield from self._block(block)
        yield "\n" + rule(), ALWAYS
        yield "\n" + "\n".join(wrap(issue.title)), ALWAYS
        names = [f"{a.name} {self._links.mark(letter.url(a.page), ALWAYS)}" for a in issue.authors]
        listed = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
        minutes = f"{issue.reading_minutes} minute{'' if issue.reading_minutes == 1 else 's'} to read."
        yield "\n".join(wrap(f"By {listed}. {minutes}" if names else minutes)), ALWAYS
        for block in letter.teasers:
            yield "\n" + "\n".join(wrap(f"Do: {self._teaser(block)}")), block.first
        yield from self._cover()

    def _teaser(self, block: ActionBlock) -> str:
        mark = f" {self._links.mark(block.url, block.first)}" if block.url else ""
        return f"{block.action.title}{mark}{block.stop}" + (
            f" {doing_time(block.action.minutes)}." if block.action.minutes else ""
        )

    def _cover(self) -> Iterator[tuple[str, When]]:
        image = self._letter.issue.image
        if image is None:
            return
        credit = ", ".join(filter(None, (image.credit, image.licence)))
        mark = f" {self._links.mark(image.credit_url, ALWAYS)}" if image.credit_url else ""
        lines = wrap(f"[Picture: {image.alt}]") if image.alt else []
        lines += wrap(f"Picture: {credit}{mark}") if credit else []
        if lines:
            yield "\n" + "\n".join(lines), ALWAYS

    def body(self) -> Iterator[tuple[str, When]]:
        """The body, and where it stood first."""
        for block in self._letter.blocks:
            for text, when in self._block(block):
                self._body.append((when, isinstance(block, ActionBlock)))
                yield text, when
        source = self._letter.issue.republished
        if source is not None:
            before, title, after = self._letter.origin
            yield "\n" + "\n".join(wrap(f"{before}{title} {self._links.mark(source.url, ALWAYS)}{after}")), ALWAYS
            self._body.append((ALWAYS, False))

    def _unruled(self) -> Iterator[When]:
        """Who needs a rule after the body: those for whom the last block is not one that ends in a rule."""
        later: list[tuple[Audience, ...]] = []
        for when, ruled in reversed([(ALWAYS, False), *self._body]):
            if not ruled:
                yield When(when.conditions, tuple(later))
            if when == ALWAYS:
                return
            later.append(when.conditions)

    def _block(self, block: Block) -> Iterator[tuple[str, When]]:
        match block:
            case ProseBlock(when, html):
                text = self._prose(html, when)
            case ActionBlock():
                text, when = self._action(block), block.when
            case EventBlock():
                text, when = self._event(block), block.when
        if text:
            yield "\n" + text, when

    def _action(self, block: ActionBlock) -> str:
        inner = self._prose(block.html, block.when, steps=True)
        facts = wrap(block.facts) if block.facts else []
        steps = ["", inner] if inner else []
        lines = [rule("="), ACTION, rule("="), "", *wrap(block.action.title), *facts, *steps, "", rule("=")]
        return "\n".join(lines)

    def _event(self, block: EventBlock) -> str:
        event = block.event
        mark = f" {self._links.mark(event.url, block.when)}" if event.url else ""
        place = ", ".join(filter(None, (block.time, event.place, event.price)))
        inner = self._prose(event.html, block.when, indent=4)
        return "\n".join([*wrap(f"{event.name}{mark}"), *wrap(place, "    "), *([inner] if inner else [])])

    def foot(self) -> Iterator[tuple[str, When]]:
        """Everything after the body; the ways out and to the web come last."""
        letter, masthead = self._letter, self._letter.masthead
        yield from (("\n" + rule(), when) for when in self._unruled())
        if letter.more:
            lines = [
                line
                for title, url in letter.more
                for line in wrap(f"{title} {self._links.mark(url, ALWAYS)}", "• ", "  ")
            ]
            yield "\n" + "\n".join([MORE, *lines]), ALWAYS
        if masthead.editor_email:
            text = f"Questions or comments? Reply to this letter, or write to {masthead.editor_email}."
            yield "\n" + "\n".join(wrap(text)), ALWAYS
        for page in letter.web:
            mark = self._links.mark(page.url, page.when)
            text = f"Do you know somebody who would use this? Forward it to a friend {mark}."
            yield "\n" + "\n".join(wrap(text)), page.when
        text = (
            f"Was this letter passed on to you? Get your own copy {self._links.mark(letter.url('subscribe/'), ALWAYS)}."
        )
        yield "\n" + "\n".join(wrap(text)), ALWAYS
        places = (("All issues", "archive/"), ("Action library", "actions/"))
        marked = ", ".join(f"{name} {self._links.mark(letter.url(path), ALWAYS)}" for name, path in places)
        yield f"\n{marked}", ALWAYS
        yield "\n" + rule() + "\n", ALWAYS
        for number, url, when in self._links:
            yield f"{f'[{number}]':<4} {url.removeprefix('mailto:')}", when
        published = f"Published {letter.date}. {letter.copyright}".strip()
        imprint = [*wrap(published), *wrap(letter.imprint)]
        yield "\n" + rule() + "\n" + "\n".join(imprint) + "\n", ALWAYS
        if letter.unsubscribe:
            yield f"Unsubscribe with one click: {letter.unsubscribe}", ALWAYS
        if letter.preferences:
            yield f"Change your preferences: {letter.preferences}", ALWAYS
        for page in letter.web:
            yield f"View this issue in your browser: {page.url}", page.when
