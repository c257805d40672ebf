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

    ``digest`` is that of the file, empty where there is none any more; ``pages`` are files of the site by their paths.
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
    reader: SingleReader

    @classmethod
    def of(cls, pressed: Pressed, publication: Publication, before: "Basis | None") -> "Basis":
        """The basis that a build gives, ready to read; what is as it was ``before`` is not worked out again."""
        plan = pressed.plan
        if before is not None and before.is_like(pressed, publication):
            return cls(pressed=pressed, publication=publication, reader=before.reader.over(publication))
        reader = SingleReader(plan.root, plan.settings, publication, shared=False)
        for post in publication.issues[:1]:  # makes the program that reads Markdown
            reader(post.where.path, (plan.root / post.where.path).read_bytes())
        return cls(pressed=pressed, publication=publication, reader=reader)

    def is_like(self, pressed: Pressed, publication: Publication) -> bool:
        """Return True for a build in which the same files with the same addresses were read under the same settings."""
        before = self.pressed.plan
        return (
            before.settings == pressed.plan.settings
            and before.inputs.files.keys() == pressed.plan.inputs.files.keys()
            and _addresses(self.publication) == _addresses(publication)
        )

    @cached_property
    def sources(self) -> Mapping[str, str]:
        """The digests of all files that it was made of."""
        return {path: seen.digest for path, seen in self.pressed.plan.inputs.files.items()}

    def knows(self, path: str, found: str) -> bool:
        """Return True when this build read the file with this digest."""
        return self.pressed.plan.inputs.digest(path) == found

    def remade(self, path: str, data: bytes, shown: Publication) -> Remade | None:
        """Read a file with these bytes, and make its pages; ``shown`` is the publication that it is put into.

        A post that is new, or has another id or address, has no pages yet. None for a file that is no post and has no
        mistake of its own.
        """
        if not path.startswith(f"{self.pressed.plan.settings.docs_dir}/"):
            return None
        reading = self.reader(path, data)
        found, post = digest(data), reading.value
        if errors_in(reading.problems):
            return Remade(path=path, digest=found, problems=reading.problems)
        if not isinstance(post, Issue | Article):
            return None
        before = next((text for text in shown.texts() if text.where.path == path), None)
        post = replace(post, digest=digest_of(found, before.digest if before else ""))
        publication = with_reading(shown, Reading(path=path, kind=reading.kind, value=post))
        merged = (
            next((text for text in publication.texts() if text.where.path == path), None) if post.language else post
        )
        if merged is None:
            return None
        post = merged
        planned = self.pressed.plan.publication
        same = before is not None and (post.id, post.url) == (before.id, before.url)
        listed = same and any(one.id == post.id for one in (*planned.issues, *planned.articles))
        pages = self.pressed.plan.remade(post) if listed else NO_PAGES
        return Remade(path=path, digest=found, problems=reading.problems, publication=publication, pages=pages)

    def without(self, path: str, shown: Publication) -> Remade | None:
        """The publication without a file that has gone; None where that was no post or note."""
        known = {text.where.path for text in shown.texts()}
        if path not in known.union(note.where.path for note in shown.notes):
            return None
        publication = with_reading(shown, Reading(path=path, kind=""))
        return Remade(path=path, digest="", problems=(), publication=publication)


def _addresses(publication: Publication) -> list[tuple[str, str, bool]]:
    """Addresses of posts by their files, and which are drafts: links in a translation lead to none."""
    return [(text.where.path, text.url, text.draft) for text in publication.texts()]
