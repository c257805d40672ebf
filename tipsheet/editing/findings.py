"""Findings of a text that is being written: what `tipsheet check` will say of it once it is saved, while it is typed.

Reading, checks and places are those of `tipsheet check`. The text is seen among the posts that a check of it may have
to compare it with; what only the whole publication or a finished letter shows comes when it is saved.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from tipsheet.checks import Report, check_publication, check_text, compare_issues, house_of
from tipsheet.model.post import Issue, Post
from tipsheet.model.publication import Publication
from tipsheet.places import SourceText
from tipsheet.problems import Problem
from tipsheet.reading.published import READ
from tipsheet.reading.recall import Reading
from tipsheet.reading.single import SingleReader, with_reading
from tipsheet.settings import Settings

__all__ = ["Findings"]

BEFORE = 26
"""Issues before a text with which checks may compare it."""


@dataclass(frozen=True)
class Findings:
    """The findings of texts against one publication, which is in memory; texts of others are loaded once, if needed."""

    root: Path
    settings: Settings
    publication: Publication
    _reader: SingleReader = field(init=False)
    _loaded: dict[str, Issue] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        reader = SingleReader(self.root, self.settings, self.publication, witness=True)
        object.__setattr__(self, "_reader", reader)

    def __call__(self, path: str, data: bytes) -> tuple[Problem, ...]:
        """The findings of a file with these bytes, in the order of their places."""
        reading = self._reader(path, data)
        publication = with_reading(self.publication, reading)
        text = data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n")
        report = Report(self.root, self.settings, publication, {path: SourceText(path, text)})
        around = _around(publication, reading)
        near = replace(around, issues=tuple(self._whole(issue) for issue in around.issues))
        found = [*reading.problems, *check_publication(around, self.settings), *compare_issues(near, self.settings)]
        if reading.kind in READ:
            found += check_text(text, path, reading.kind, house_of(self.settings, publication.now, path))
        own = report(problem for problem in found if problem.where.path == path)
        return tuple(problem for problem in own if problem.where.path == path)

    def _whole(self, issue: Issue) -> Issue:
        """The issue and its translations with their HTML, which a publication that was remembered does not hold."""
        return replace(self._with_html(issue), translations=tuple(map(self._with_html, issue.translations)))

    def _with_html(self, issue: Issue) -> Issue:
        if not issue.digest:  # the one that is being written
            return issue
        if issue.digest not in self._loaded:
            self._loaded[issue.digest] = replace(issue, body=issue.body.whole(self.publication.html))
        return self._loaded[issue.digest]


def _around(publication: Publication, reading: Reading) -> Publication:
    """The publication with this post and those that checks may compare it with, however many there are."""
    post = reading.value
    if not isinstance(post, Post):
        return replace(publication, issues=(), articles=(), welcome=())
    post = next((one for one in publication.originals() if post.where in [text.where for text in one.texts]), post)
    linked = {link.partition("#")[0] for text in post.texts for link in text.links}
    near = {one.where.path for one in (post, *_beside(publication, post))}

    def nearby(one: Post) -> bool:
        return one.where.path in near or any(text.url in linked for text in one.texts)

    return replace(
        publication,
        issues=tuple(filter(nearby, publication.issues)),
        articles=tuple(filter(nearby, publication.articles)),
        welcome=publication.welcome if isinstance(post, Issue) and post.after is not None else (),
    )


def _beside(publication: Publication, post: Post) -> Iterator[Issue]:
    """The issue itself, those of the same moment, and the last ones before it."""
    before = 0
    for issue in publication.issues:  # newest first
        if issue.where == post.where or issue.published == post.published:
            yield issue
        elif issue.published < post.published and before < BEFORE:
            before += 1
            yield issue
