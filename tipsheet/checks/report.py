"""The report of findings: each at its place, at the level that the editor has set."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from tipsheet.model.post import Issue, Post
from tipsheet.model.publication import Publication
from tipsheet.places import SourceText, placed
from tipsheet.problems import Evidence, Problem, Severity, Sign, Where, errors_in
from tipsheet.settings import CONFIG_FILE, Settings

__all__ = ["Report"]

_TITLE = Evidence(Sign.KEY, "title")
"""Evidence for what is wrong with a post as a whole."""


@dataclass(frozen=True)
class Report:
    """Gives findings about one publication their places and levels; files are read once, when a finding needs them."""

    root: Path
    settings: Settings
    publication: Publication
    _texts: dict[str, SourceText | None] = field(default_factory=dict)

    def __call__(self, problems: Iterable[Problem]) -> tuple[Problem, ...]:
        """These findings in the order of their places, without those that are off."""
        found = (one for problem in dict.fromkeys(problems) for one in self._placed(problem))
        return tuple(sorted({one for problem in found for one in self._levelled(problem)}))

    def of_letters(self, problems: Iterable[Problem], reading: Sequence[Problem]) -> tuple[Problem, ...]:
        """The findings of letters, without those that follow from a mistake at the same place or in mkdocs.yml."""
        places = {problem.where for problem in errors_in(reading)}
        settings = any(where.path == CONFIG_FILE for where in places)
        return tuple(
            problem
            for problem in self(problems)
            if problem.where not in places and not (settings and problem.where.path == CONFIG_FILE)
        )

    def place_of(self, post: Post, *signs: Evidence) -> Where | None:
        """The first place in the sources of a post where one of these stands; None where none of them does."""
        texts = list(self._read(self._sources(post)))
        found = (places[0] for sign in signs for text in texts if (places := text.places(sign)))
        return next(found, None)

    def _placed(self, problem: Problem) -> Iterator[Problem]:
        post = self._posts.get(problem.where.path) if problem.evidence or problem.where.line == 1 else None
        if post is None:
            yield from placed(problem, self._read(self._beside(problem))) if problem.evidence else [problem]
            return
        for one in placed(problem, self._read(self._sources(post))):
            whole = one.where == post.where
            yield from placed(replace(one, evidence=(_TITLE,)), self._read([post.where.path])) if whole else [one]

    def _levelled(self, problem: Problem) -> Iterator[Problem]:
        level = self.settings.lint.get(problem.code)
        if level != "off":
            yield replace(problem, level=Severity(level)) if level else problem

    @cached_property
    def _posts(self) -> Mapping[str, Post]:
        return {post.where.path: post for post in self.publication.texts()}

    def _sources(self, post: Post) -> Iterator[str]:
        """The files that a post, its page and its letter are made from, its own first."""
        yield from (text.where.path for text in post.texts)
        if isinstance(post, Issue):
            yield from (note.where.path for note in post.notes)
            yield from self._written_out([action.id for action in post.body.all_actions() if action.used])
        yield from self._templates
        yield from (f"{self.settings.docs_dir}/authors.yml", CONFIG_FILE)

    def _beside(self, problem: Problem) -> Iterator[str]:
        """The files that a letter of the service, or anything that is no post, is made from."""
        if problem.where.path == CONFIG_FILE:
            yield from self._templates
        yield from (problem.where.path, CONFIG_FILE)

    def _written_out(self, actions: list[str]) -> Iterator[str]:
        """The files that these actions of the library stand in."""
        for action in actions:
            for issue in self.publication.issues:
                if any(one.id == action and not one.used for one in issue.body.all_actions()):
                    yield issue.where.path
        if actions:
            folder = self.root / self.settings.docs_dir / "actions"
            yield from (path.relative_to(self.root).as_posix() for path in sorted(folder.rglob("*.md")))

    @cached_property
    def _templates(self) -> tuple[str, ...]:
        """The publication's own templates of the letter."""
        if not self.settings.overrides:
            return ()
        folder = self.root / self.settings.overrides / "email"
        return tuple(path.relative_to(self.root).as_posix() for path in sorted(folder.rglob("*")) if path.is_file())

    def _read(self, paths: Iterable[str]) -> Iterator[SourceText]:
        for path in dict.fromkeys(paths):
            if path not in self._texts:
                self._texts[path] = _read(self.root / path, path)
            if (text := self._texts[path]) is not None:
                yield text


def _read(file: Path, path: str) -> SourceText | None:
    if not file.is_file():
        return None
    return SourceText(path, file.read_bytes().decode("utf-8-sig", errors="replace").replace("\r\n", "\n"))
