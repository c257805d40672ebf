"""Checks of what stands twice: a paragraph in one text, or a paragraph or a link that an earlier issue had.

Only issues that may still be sent are compared with earlier ones: what readers have cannot be changed.
"""

import re
from collections.abc import Iterator
from html import unescape
from typing import assert_never

from tipsheet.blocks import scan_blocks
from tipsheet.blocks.passages import Text
from tipsheet.checks.texts import Sheet
from tipsheet.lexicon import clean_address
from tipsheet.model.audience import EVERYONE, Audience, compatible
from tipsheet.model.body import Action, Event, Prose
from tipsheet.model.placeholders import SENTENCES
from tipsheet.model.post import Issue
from tipsheet.model.publication import Publication, may_still_be_sent
from tipsheet.places import plain_words
from tipsheet.problems import Evidence, Problem, Sign
from tipsheet.settings import Settings

__all__ = ["BACK", "LEAST", "repeated_paragraphs", "twice", "used_links"]

BACK = 25
"""Issues in which a link is looked for: half a year of a weekly letter."""
LEAST = 12
"""Words that a paragraph has at least; shorter ones are greetings, captions and lines that return each week."""

_HREF = re.compile(r'href="(https?://[^"]+)"')
_PARAGRAPH = re.compile(
    r"<(p|li|blockquote|td)\b[^>]*>((?:(?!<(?:p|li|ul|ol|blockquote|table|div|pre)\b).)*?)</\1>", re.DOTALL
)
_TAG = re.compile(r"<[^>]+>")
_CHUNK = re.compile(r"\S.*(?:\n[ \t]*\S.*)*")
_NOT_PROSE = re.compile(r"(?:///|#|\||!\[|<|\[[^\]]+\]:)")


def used_links(publication: Publication, _settings: Settings) -> Iterator[Problem]:
    """Links to pages that one of the last issues led to."""
    own = publication.masthead.url
    issues = _in_order(publication)
    for at, issue in enumerate(issues):
        if not may_still_be_sent(issue, publication.now):
            continue
        before: dict[str, Issue] = {}
        for earlier in issues[max(0, at - BACK) : at]:
            if compatible((issue.audience, earlier.audience)):
                before |= dict.fromkeys(map(_page, _hrefs(earlier, publication)), earlier)
        for href in dict.fromkeys(_hrefs(issue, publication)):
            known = None if href.startswith(own) else before.get(_page(href))
            if known is not None:
                message = f"'{href}' was linked to in '{known.title}' on {known.published.date()}"
                seen = (Evidence(Sign.LINK, href),)
                yield Problem(
                    issue.where, "TS237", message, "readers have seen it; say so, or link to it there", evidence=seen
                )


def repeated_paragraphs(publication: Publication, _settings: Settings) -> Iterator[Problem]:
    """Paragraphs that an earlier issue had word for word."""
    issues = _in_order(publication)
    new = {
        issue.id: list(dict.fromkeys(_paragraphs(issue, publication)))
        for issue in issues
        if may_still_be_sent(issue, publication.now)
    }
    wanted = {words for found in new.values() for words in found}
    first: dict[str, Issue] = {}
    for issue in issues if wanted else ():
        for words in new.get(issue.id, ()):
            earlier = first.get(words)
            if earlier is not None and compatible((issue.audience, earlier.audience)):
                message = f"'{words[:40]}…' stood word for word in '{earlier.title}' on {earlier.published.date()}"
                seen = (Evidence(Sign.TEXT, words),)
                yield Problem(issue.where, "TS239", message, "write it anew, or link to it", evidence=seen)
        first = {words: issue for words in _paragraphs(issue, publication) if words in wanted} | first


def _in_order(publication: Publication) -> list[Issue]:
    """The issues, oldest first; a draft is one of them on its day."""
    return sorted(publication.issues, key=lambda issue: (issue.published, issue.id))


def _own_html(issue: Issue, publication: Publication) -> Iterator[str]:
    """The HTML of an issue without actions that are taken up again, which are meant to return."""
    for passage in issue.body.whole(publication.html).passages:
        match passage.content:
            case Action(used=True):
                pass
            case Prose(html=html) | Action(html=html) | Event(html=html):
                yield html
            case _:
                assert_never(passage.content)


def _hrefs(issue: Issue, publication: Publication) -> Iterator[str]:
    for html in _own_html(issue, publication):
        yield from map(unescape, _HREF.findall(html))


def _page(href: str) -> str:
    """The page that an address leads to, however it is written."""
    return (
        clean_address(href)
        .partition("#")[0]
        .rstrip("/")
        .removeprefix("http://")
        .removeprefix("https://")
        .removeprefix("www.")
    )


def _paragraphs(issue: Issue, publication: Publication) -> Iterator[str]:
    """The words of each paragraph that is long enough."""
    for html in _own_html(issue, publication):
        for found in _PARAGRAPH.finditer(html):
            words = " ".join(unescape(_TAG.sub("", found[2])).split())
            if words.count(" ") >= LEAST - 1 and words not in SENTENCES:
                yield words


def twice(sheet: Sheet) -> Iterator[Problem]:
    """Paragraphs that stand a second time in one text, where some reader sees both."""
    source = sheet.source
    known: dict[str, list[int]] = {}
    for found in _CHUNK.finditer(source.prose):
        words = "" if _NOT_PROSE.match(found[0]) else plain_words(found[0])
        if words.count(" ") >= LEAST - 1:
            known.setdefault(words, []).append(found.start())
    again = {words: places for words, places in known.items() if len(places) > 1}
    if not again:
        return
    first_line = source.where(source.start).line
    text = scan_blocks(source.text[source.start :], source.path, first_line).text
    conditions = dict(_conditions(text, ()))
    for words, places in again.items():
        first, *others = (source.where(offset) for offset in places)
        for where in others:
            if compatible((*conditions.get(first.line, ()), *conditions.get(where.line, ()))):
                message = f"'{words[:40]}…' stands in line {first.line} already"
                yield Problem(where, "TS239", message, "take one of the two out")


def _conditions(text: Text, outer: tuple[Audience, ...]) -> Iterator[tuple[int, tuple[Audience, ...]]]:
    """The conditions that each line stands under; those of inner texts come later, and count."""
    for number, _ in enumerate(text.source.split("\n")):
        yield text.first_line + number, outer
    for block in text.blocks:
        audience = block.header.audience if block.header is not None else EVERYONE
        yield from _conditions(block.text, (*outer, audience))
