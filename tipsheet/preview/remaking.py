"""One post read and made again against the build that is in memory, so that its page is shown before all is built.

The page comes from the units of that build, with the new text in place of the old one. So it is what the whole build
makes of a change in a text; of one that other pages take part in, such as another title, it is what that post's
own page looks like until the build that follows says more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from tipsheet.engine.digest import digest, digest_of
from tipsheet.model.post import Article, Issue
from tipsheet.model.publication import Publication
from tipsheet.press import Pressed
from tipsheet.problems import Problem, errors_in
from tipsheet.reading.recall import Reading
from tipsheet.reading.single import SingleReader, with_reading

__all__ = ["Basis", "Remade"]

NO_PAGES: Mapping[str, bytes] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Remade:
    """A file that was read again: its problems, and where it has none that stop a build, publication and pages.

    ``digest`` is that of the file; ``pages`` are files of the site by their paths in it. ``publication`` is None where
    only a whole build can tell what the file changes.
    """

    path: str
    digest: str
    problems: tuple[Problem, ...]
    publication: Publication | None = None
    pages: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def broken(self) -> bool:
        """True where a mistake in the file stops a build."""
        return bool(errors_in(self.problems))


@dataclass(frozen=True, kw_only=True)
class Basis:
    """A build in memory, against which single files are read again; ``publication`` holds drafts too."""

    pressed: Pressed
    publication: Publication
    _reader: SingleReader = field(init=False)

    def __post_init__(self) -> None:
        plan = self.pressed.plan
        object.__setattr__(self, "_reader", SingleReader(plan.root, plan.settings, self.publication))

    @cached_property
    def sources(self) -> Mapping[str, str]:
        """The digests of all files that it was made of."""
        return {path: seen.digest for path, seen in self.pressed.plan.inputs.files.items()}

    def knows(self, path: str, found: str) -> bool:
        """Return True when this build read the file with this digest."""
        return self.pressed.plan.inputs.digest(path) == found

    def remade(self, path: str, data: bytes, shown: Publication) -> Remade | None:
        """Read a file with these bytes, and make its pages; ``shown`` is the publication that it is put into.

        None for a file that is no post, and for one that had another address or id: then other pages lead to it.
        """
        before = next((p for p in (*shown.issues, *shown.articles, *shown.welcome) if p.where.path == path), None)
        if before is None:
            return None
        reading = self._reader(path, data)
        found, post = digest(data), reading.value
        if errors_in(reading.problems):
            return Remade(path=path, digest=found, problems=reading.problems)
        if not isinstance(post, Issue | Article) or (post.id, post.url) != (before.id, before.url):
            return None
        post = replace(post, digest=digest_of(found, before.digest))
        publication = with_reading(shown, Reading(path=path, kind=reading.kind, value=post))
        drafts = self.pressed.plan.publication
        listed = any(one.id == post.id for one in (*drafts.issues, *drafts.articles))
        pages = self.pressed.plan.remade(post) if listed else NO_PAGES
        return Remade(path=path, digest=found, problems=reading.problems, publication=publication, pages=pages)
