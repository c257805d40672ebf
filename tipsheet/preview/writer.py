"""Writing at one desk: saving, findings and changes of issues, over the view and what was written since it was made.

Findings of a text that is being written are those of `tipsheet check` once it is saved. The text is seen among the
posts that a check of it may have to compare it with; what only the whole publication or a finished letter shows comes
when it is saved.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from tipsheet.checks import Report, check_publication, check_text, compare_issues, house_of
from tipsheet.delivery.snapshot import digest_sent
from tipsheet.editing.drafts import Draft
from tipsheet.editing.files import UnreadableFileError, bytes_of
from tipsheet.editing.issues import Revision, issue_at
from tipsheet.editing.saving import Opened, Saving
from tipsheet.errors import TipsheetError
from tipsheet.model.post import Issue, Post
from tipsheet.model.publication import Publication
from tipsheet.places import SourceText
from tipsheet.preview.desk import Desk, View
from tipsheet.problems import Problem, as_json
from tipsheet.reading.published import READ
from tipsheet.reading.recall import Reading
from tipsheet.reading.single import SingleReader, with_reading
from tipsheet.settings import Settings

__all__ = ["Findings", "Writer"]


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


@dataclass
class Writer:
    """Writing at one desk. A file that was just written counts before a build has read it."""

    desk: Desk
    _saving: Saving | None = field(init=False, default=None)
    _findings: tuple[View, Findings] | None = field(init=False, default=None)
    _written: dict[str, bytes | None] = field(init=False, default_factory=dict)

    def saving(self) -> Saving:
        """Reading and writing, in the folders that mkdocs.yml names now."""
        new = Saving.of(self.desk.root, self.desk.view().settings, self.desk.now)
        if self._saving is None or self._saving.places != new.places:
            self._saving = new
        return self._saving

    def found(self, path: str, text: str) -> list[dict[str, object]]:
        """The findings of a text for this path as it is written, saved or not."""
        view, place = self.desk.view(), self.saving().places(path)
        if self._findings is None or self._findings[0] is not view:
            self._findings = (view, Findings(self.desk.root, view.settings, view.publication))
        try:
            like = place.data() or b""
        except UnreadableFileError:
            like = b""
        return [as_json(problem) for problem in self._findings[1](path, bytes_of(text, like))]

    def opened(self, path: str) -> dict[str, object]:
        """A source, and what is wrong with it as far as is known."""
        seen = self.saving().read(path)
        problems = [as_json(problem) for problem in self.desk.problems if problem.where.path == path]
        return {**asdict(seen), "problems": problems}

    def save(self, path: str, text: str, base: str | None) -> Opened:
        """Write a text, and have the desk show it."""
        seen = self.saving().save(path, text, base or "")
        self._shown(path)
        return seen

    def undo(self, path: str, base: str | None) -> Opened:
        """Go back to the text before, and have the desk show it."""
        seen = self.saving().undo(path, base)
        self._shown(path)
        return seen

    def delete(self, path: str, base: str) -> None:
        """Delete a source, and have the desk show that."""
        self.saving().delete(path, base)
        self._shown(path)

    def _shown(self, path: str) -> None:
        self._written[path] = self.saving().places(path).data()
        self.desk.saved(path)

    def publication(self) -> Publication:
        """The publication with the texts that were written since it was read.

        So two new issues within a second take two slots.
        """
        view = self.desk.view()
        publication, reader = view.publication, SingleReader(self.desk.root, view.settings, view.publication)
        for path, data in list(self._written.items()):
            changed = with_reading(publication, reader(path, data or b""))
            if not self._still(path, data) or _plan(changed, path) == _plan(publication, path):
                self._written.pop(path, None)
            else:
                publication = changed
        return publication

    def _still(self, path: str, data: bytes | None) -> bool:
        try:
            return self.saving().places(path).data() == data
        except TipsheetError:
            return False

    def written(self, draft: Draft) -> dict[str, object]:
        """Write a new issue, which must not be there yet."""
        seen = self.save(draft.path, draft.text, "")
        return {"path": draft.path, "id": draft.id, "digest": seen.digest, "revision": self.desk.revision}

    def revised(self, path: str, change: Callable[[str], Revision]) -> dict[str, object]:
        """Change a source as it is on the disk."""
        seen = self.saving().read(path)
        revision = change(seen.text)
        saved = self.save(path, revision.text, seen.digest) if revision.changed else seen
        return {"path": path, "digest": saved.digest, "changed": revision.changed, "revision": self.desk.revision}

    def sent(self, path: str) -> tuple[str, ...]:
        """The id of the issue in this file, if it was sent from here."""
        publication = self.publication()
        texts = {text.where.path: one.id for one in publication.issues for text in one.translations}
        name = texts.get(path) or issue_at(publication, path).id
        docs = self.desk.view().settings.docs_dir
        return (name,) if digest_sent(self.desk.root, name, self.desk.environ, [docs]) else ()


def _plan(publication: Publication, path: str) -> tuple[object, ...]:
    """All of a post that is asked for when issues are planned: its name, its day, who gets it, and its actions."""
    posts = (*publication.issues, *publication.articles)
    return tuple(
        (post.id, post.title, post.slug, post.aliases, post.published, post.draft, post.audience)
        + ((post.number, *(action.id for action in post.body.all_actions())) if isinstance(post, Issue) else ())
        for post in posts
        if post.where.path == path
    )
