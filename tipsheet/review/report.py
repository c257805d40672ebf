"""Changes in words: as text for a terminal, and as Markdown for a comment under a pull request.

Whatever comes from content is foreign in a comment: a title may hold Markdown, HTML, a mention of half a company or a
picture on somebody's server. So all of it stands in code, in spans and in fences that are longer than any run of
backticks inside, on one line where there is one; in there GitHub neither links, mentions nor loads anything (GitHub
Flavored Markdown, 4.5 and 6.1). Characters that are not seen or turn the direction of a line are written out.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from tipsheet.blocks.commonmark import backticks
from tipsheet.edition.differences import Difference, DiffLine
from tipsheet.review.changes import AudienceChange, Change, Changes, LetterChange, PageChange

__all__ = ["MARK", "markdown_of", "text_of"]

MARK = "<!-- tipsheet diff -->"
"""First line of a comment, by which the next run finds the one to change."""
MOST = 60_000
"""Characters of a comment; GitHub takes 65,536."""
_LINES = 40
"""Lines of a text that are shown in a comment."""
_LISTED = 20
_NEAR = 1
"""Lines around a change that are shown as well."""
_ELSEWHERE = frozenset({Change.MOVED, Change.GONE})
_SITE = "The site has another address, which letters and feeds follow"
_HELD = "Letters that are still to come, as they would go now"
_LACKING = "Nobody wrote an action for"
_NONE_COMES = "No letter is still to come."
_SIGNS = {"same": " ", "added": "+", "removed": "-"}


def text_of(changes: Changes) -> Iterator[str]:
    """The lines of the changes for people at a terminal; what they hold of content is to be made safe for it."""
    return (r"\n".join(line.splitlines()) for line in _lines(changes))


def _lines(changes: Changes) -> Iterator[str]:
    if changes.nothing:
        yield f"Readers would see nothing that differs from {changes.revision}."
    if changes.unbuilt:
        yield f"{_unbuilt(changes.revision)}:"
        yield from (f"    {mistake}" for mistake in changes.unbuilt)
        yield f"{_HELD}:" if changes.letters else _NONE_COMES
    if changes.site:
        yield f"{_SITE}: it was {changes.site[0]} and is {changes.site[1]}."
    for one in changes.segments:
        yield f"{one.segment} are other readers: the rule was {one.was}, and is {one.now}"
    for name in changes.guards:
        yield f"Mind: {name}, which decides about reviews or what a build runs, is another one."
    yield from _letter_texts(changes)
    yield from _page_texts(changes)
    for feed in changes.feeds:
        yield f"{feed.feed}: {len(feed.again)} items would show again: {'; '.join(feed.again)}"
    if changes.assets:
        yield f"Style sheets, scripts and pictures: {', '.join(changes.assets)}"
    if changes.files:
        yield f"Files that differ: {_cut(changes.files)}"


def _unbuilt(revision: str) -> str:
    return f"Nothing can be compared with {revision}, whose publication this program cannot build"


def _letter_texts(changes: Changes) -> Iterator[str]:
    for letter in changes.letters:
        was = f", it was {letter.was}" if letter.was else ""
        yield f"{letter.issue} ({letter.state}{was}): {letter.title}{_goes_to(letter)}"
        for one in letter.audiences:
            subject = "" if one.difference else f": {one.subject}"
            yield f"  {', '.join(one.audiences)}: {_happened(one, changes)}{subject}{_count(one)}"
            yield from (f"    {line}" for line in _letter_lines(one))
        if letter.lacking:
            yield f"  {_LACKING} {', '.join(letter.lacking)}"


def _page_texts(changes: Changes) -> Iterator[str]:
    for page, others in _alike(changes.pages):
        if page.whole or page.change is not Change.CHANGED:
            yield _page_words(page) + (f"; in the same way {_cut(others)}" if others else "")
            yield from (f"    {line}" for line in (*_near(page.lines), *_link_lines(page)))
    lists = [page.address for page in changes.pages if not page.whole and page.change is Change.CHANGED]
    if lists:
        yield f"Lists that follow: {', '.join(lists)}"


def markdown_of(changes: Changes) -> str:
    """The changes as a comment in Markdown, of `MOST` characters at most."""
    head = [MARK, "## What readers would see differently", ""]
    if changes.nothing:
        return "\n".join([*head, f"Nothing that differs from {code(changes.revision)}.", ""])
    blocks = list(_blocks(changes))
    shown: list[str] = []
    size = sum(len(line) + 1 for line in head)
    for number, block in enumerate(blocks):
        size += len(block) + 2
        if size > MOST - 200:
            shown.append(f"And {len(blocks) - number} more changes: see the artifact of the run.")
            break
        shown.append(block)
    return "\n".join([*head, "\n\n".join(shown), ""])


def code(text: str) -> str:
    """A text as a span of code on one line, whatever stands in it (GFM 6.1)."""
    plain = _harmless(text)
    fence = backticks(plain, least=1)
    return f"{fence} {plain} {fence}" if plain else "(nothing)"


def _fenced(lines: Sequence[str]) -> str:
    """Lines as a block of code, of kind ``diff`` (GFM 4.5)."""
    plain = [line[:2] + _harmless(line[2:]) for line in lines]  # the sign is ours
    more = [f"  … {len(plain) - _LINES} more lines"] if len(plain) > _LINES else []
    fence = backticks("\n".join(plain), least=3)
    return "\n".join([f"{fence}diff", *plain[:_LINES], *more, fence])


def _harmless(text: str) -> str:
    """The text on one line, with characters that nobody sees or that turn its direction written out."""
    kinds = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    return "".join(
        f"\\u{ord(char):04x}" if unicodedata.category(char) in kinds else char for char in " ".join(text.split())[:2000]
    )


def _blocks(changes: Changes) -> Iterator[str]:
    """The parts of a comment, the most important first."""
    yield from _heads(changes)
    moved = [page for page in changes.pages if page.change in _ELSEWHERE]
    stayed = [page for page in changes.pages if page.change not in _ELSEWHERE]
    for page in moved:
        yield f"- {_page_in_markdown(page)}"
    for feed in changes.feeds:
        titles = ", ".join(map(code, feed.again[:_LISTED]))
        yield f"- In {code(feed.feed)} {len(feed.again)} items would show again: {titles}"
    for letter in changes.letters:
        yield from _letter_blocks(letter, changes)
    for page, others in _alike(stayed):
        if page.whole:
            lines = [*_near(page.lines), *_link_lines(page)]
            more = f"; in the same way {_listed(others)}" if others else ""
            yield _details(f"{_page_in_markdown(page)}{more}", lines)
    lists = [page.address for page in stayed if not page.whole]
    if lists:
        yield f"{len(lists)} lists follow: {_listed(lists)}"
    if changes.assets:
        yield f"Style sheets, scripts and pictures: {_listed(changes.assets)}"
    if changes.files:
        yield f"Files that differ: {_listed(changes.files)}"


def _heads(changes: Changes) -> Iterator[str]:
    """The parts that decide how the rest is to be read."""
    if changes.guards:
        names = _listed(changes.guards)
        what = "decides about reviews or what a build runs, and is another one"
        yield f"> **Mind:** {names} {what}. All that follows comes from such a build: read these files first."
    if changes.unbuilt:
        mistakes = "\n".join(f"  - {code(mistake)}" for mistake in changes.unbuilt)
        yield f"- **{_unbuilt('its base')}** ({code(changes.revision)}):\n{mistakes}"
        yield f"{_HELD}:" if changes.letters else _NONE_COMES
    if changes.site:
        was, now = map(code, changes.site)
        yield f"- {_SITE}: it was {was} and is {now}"
    for one in changes.segments:
        yield f"- {code(one.segment)} are other readers: the rule was {code(one.was)}, and is {code(one.now)}"


def _listed(names: Sequence[str]) -> str:
    return _cut([*map(code, names)])


def _cut(names: Sequence[str]) -> str:
    """The first of many names, and how many more there are."""
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


def _alike(pages: Iterable[PageChange]) -> Iterator[tuple[PageChange, list[str]]]:
    """Pages, each with the addresses of others that change by the same lines and links, as by the name of an author."""
    found: dict[object, tuple[PageChange, list[str]]] = {}
    for number, page in enumerate(pages):
        lines = tuple(line for line in page.lines if line.op != "same")
        same = page.change is Change.CHANGED and (page.whole, lines, page.links_added, page.links_removed)
        found.setdefault(same or number, (page, []))[1].append(page.address)
    return ((page, addresses[1:]) for page, addresses in found.values())


def _letter_blocks(letter: LetterChange, changes: Changes) -> Iterator[str]:
    was = f", it was {code(letter.was)}" if letter.was else ""
    yield f"### {code(letter.issue)} {code(letter.title)} ({code(letter.state)}{was}){_goes_to(letter)}"
    for one in letter.audiences:
        names = ", ".join(map(code, one.audiences))
        summary = f"Letter to {names}: {_happened(one, changes)}, subject {code(one.subject)}{_count(one)}"
        yield _details(summary, list(_letter_lines(one)))
    if letter.lacking:
        yield f"- **{_LACKING}** {_listed(letter.lacking)}"


def _details(summary: str, lines: Sequence[str]) -> str:
    """A line, and what belongs to it folded away; a blank line each side lets Markdown be read inside (GFM 4.6)."""
    if not lines:
        return f"- {summary}"
    return f"- {summary}\n\n<details><summary>{len(lines)} lines</summary>\n\n{_fenced(lines)}\n\n</details>"


def _page_in_markdown(page: PageChange) -> str:
    where = f"Page {code(page.address)}"
    if page.change is Change.MOVED:
        lost = "**another page is at the old address**" if page.taken else "**nothing is at the old address**"
        leads = "the old address leads there" if page.alias else lost
        return f"{where} moved to {code(page.to)}; {leads}"
    if page.change is Change.GONE:
        return f"{where} is **gone**, and nothing is at its address"
    return f"{where} ({code(page.title)}) is {page.change.value}"


def _page_words(page: PageChange) -> str:
    if page.change is Change.MOVED:
        lost = "ANOTHER PAGE IS AT THE OLD ADDRESS" if page.taken else "NOTHING IS AT THE OLD ADDRESS"
        leads = "the old address leads there" if page.alias else lost
        return f"{page.address} moved to {page.to}; {leads}"
    if page.change is Change.GONE:
        return f"{page.address} is gone, and nothing is at its address"
    return f"{page.address} is {page.change.value}: {page.title}"


def _goes_to(letter: LetterChange) -> str:
    """The number of readers who get a letter, where it is known."""
    if letter.readers is None:
        return ""
    same = f", to {letter.unchanged:,} of them as it was" if letter.unchanged else ""
    idle = f", {letter.idle:,} without an action" if letter.idle else ""
    return f"; to {letter.readers:,} reader{'' if letter.readers == 1 else 's'}{same}{idle}"


def _count(one: AudienceChange) -> str:
    return "" if one.readers is None else f" ({one.readers:,} reader{'' if one.readers == 1 else 's'})"


def _happened(one: AudienceChange, changes: Changes) -> str:
    if changes.unbuilt:
        return "gets it"
    return {Change.NEW: "gets it now", Change.GONE: "gets it no more"}.get(one.change, "another letter")


def _letter_lines(one: AudienceChange) -> Iterator[str]:
    """Lines of the difference of a letter, with signs before them."""
    found = one.difference
    if found is None:
        return
    for name, (old, new) in (("Subject", found.subject), ("Preheader", found.preheader)):
        if old != new:
            yield f"- {name}: {old}"
            yield f"+ {name}: {new}"
    yield from _near(found.lines)
    yield from (f"- link {link}" for link in found.links_removed)
    yield from (f"+ link {link}" for link in found.links_added)
    if _only_markup(found):
        yield "  words, subject and links are the same; only the markup differs"


def _only_markup(found: Difference) -> bool:
    same = all(old == new for old, new in (found.subject, found.preheader))
    return same and not found.links_added and not found.links_removed and all(line.op == "same" for line in found.lines)


def _link_lines(page: PageChange) -> Iterator[str]:
    yield from (f"- link {link}" for link in page.links_removed)
    yield from (f"+ link {link}" for link in page.links_added)


def _near(lines: Iterable[DiffLine]) -> Iterator[str]:
    """Lines that changed, with their neighbours."""
    every = list(lines)
    changed = [number for number, line in enumerate(every) if line.op != "same"]
    shown = {near for number in changed for near in range(number - _NEAR, number + _NEAR + 1)}
    for number, line in enumerate(every):
        if number in shown and line.text.strip():
            yield f"{_SIGNS.get(line.op, ' ')} {line.text}"
