"""Headings and the definitions of links as CommonMark has them (0.31.2, sections 4.2, 4.3 and 4.7; C19)."""

import re
import xml.etree.ElementTree as etree

from markdown.blockprocessors import HashHeaderProcessor, ReferenceProcessor, SetextHeaderProcessor

from tipsheet.reading.destinations import destination, label_key, plain, title_at

__all__ = ["AtxHeadings", "Definitions", "SetextHeadings"]

_ITEM = r"[ ]{0,3}(?:[-+*]|\d{1,9}[.)])[ \t]"
_OTHER = rf"{_ITEM}|[ ]{{0,3}}(?:>|\#{{1,6}}(?:[ \t]|$)|(?:\*[ \t]*){{3,}}$|(?:_[ \t]*){{3,}}$)|[ \t]*$"
"""Lines that are no part of a paragraph."""
_CLOSING = re.compile(r"(?:^|[ \t]+)#+[ \t]*$")
_START = re.compile(r"[ ]{0,3}\[((?:[^\[\]\\]|\\.)*)\]:[ \t]*\n?[ \t]*(?=\S)", re.DOTALL)
_REST_OF_LINE = re.compile(r"[ \t]*(?:\n|\Z)")
_BEFORE_TITLE = re.compile(r"[ \t]*\n[ \t]*|[ \t]+")


class AtxHeadings(HashHeaderProcessor):
    """``## Heading``, with up to three spaces before it, and signs at its end only after a space."""

    RE = re.compile(r"(?:^|\n)[ ]{0,3}(?P<level>#{1,6})(?P<header>[ \t][^\n]*)?(?:\n|$)")

    def run(self, parent: etree.Element, blocks: list[str]) -> None:
        """Make the heading; see `HashHeaderProcessor.run`."""
        block = blocks.pop(0)
        found = self.RE.search(block)
        if found is None:  # pragma: no cover - `test` has found it
            return
        before, after = block[: found.start()], block[found.end() :]
        if before:
            self.parser.parseBlocks(parent, [before])
        heading = etree.SubElement(parent, f"h{len(found['level'])}")
        heading.text = _CLOSING.sub("", (found["header"] or "").strip())
        if after:
            blocks.insert(0, self.looseDetab(after) if self.parser.state.isstate("looselist") else after)


class SetextHeadings(SetextHeaderProcessor):
    """A paragraph, of one line or of several, with a line of ``===`` or ``---`` under it."""

    RE = re.compile(
        rf"(?P<words>(?!{_OTHER}|[ ]{{0,3}}(?:-[ \t]*){{3,}}$)[^\n]+"
        rf"(?:\n(?!{_OTHER}|[ ]{{0,3}}(?:=+|-+)[ \t]*$)[^\n]+)*)"
        r"\n[ ]{0,3}(?P<line>=+|-+)[ \t]*(?:\n|\Z)",
        re.MULTILINE,
    )

    def run(self, parent: etree.Element, blocks: list[str]) -> None:
        """Make the heading."""
        if self.parser.blockprocessors["reference"].run(parent, blocks):
            return
        block = blocks.pop(0)
        found = self.RE.match(block)
        if found is None:  # pragma: no cover - `test` has found it
            return
        heading = etree.SubElement(parent, "h1" if found["line"].startswith("=") else "h2")
        heading.text = "\n".join(line.strip() for line in found["words"].split("\n"))
        if after := block[found.end() :]:
            blocks.insert(0, after)


class Definitions(ReferenceProcessor):
    """``[label]: address "title"`` at the beginning of a paragraph; of several with one label the first counts."""

    def __init__(self, parser: object) -> None:
        super().__init__(parser)  # type: ignore[arg-type]  # a block parser
        self.known: set[str] = set()
        """Labels that this text has defined; definitions from elsewhere give way to them."""

    def run(self, parent: etree.Element, blocks: list[str]) -> bool:  # noqa: ARG002 - as Python-Markdown calls it
        """Take the definitions off the block; says whether there were any."""
        block, at = blocks[0], 0
        while found := _definition(block, at):
            label, href, title, at = found
            if label not in self.known:
                self.known.add(label)
                self.parser.md.references[label] = (href, title)  # type: ignore[assignment]
        if not at:
            return False
        blocks[0:1] = [block[at:]] if block[at:].strip() else []
        return True


def _definition(block: str, at: int) -> tuple[str, str, str | None, int] | None:
    """The label, the address, the title and the end of a definition that begins here."""
    start = _START.match(block, at)
    if start is None or not (label := label_key(start[1])):
        return None
    found = destination(block, start.end())
    if found is None:
        return None
    href, end = found
    line = _REST_OF_LINE.match(block, end)
    if space := _BEFORE_TITLE.match(block, end):
        title = title_at(block, space.end())
        after = _REST_OF_LINE.match(block, title[1]) if title else None
        if title and after:
            return label, plain(href), plain(title[0]), after.end()
    return (label, plain(href), None, line.end()) if line else None
