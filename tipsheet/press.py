"""One build, start to finish: read, check, render, swap in. Read this first.

`prepare` reads the publication and collects every mistake; `check` looks over its letters as well;
`build` writes the site, the feeds and
the outbox beside the last good ones and swaps them in only when there is no mistake.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from jinja2 import TemplateError

from tipsheet.checks import check_publication, check_sources
from tipsheet.errors import ContentError, NotAPublicationError
from tipsheet.model.post import Issue
from tipsheet.model.publication import Publication
from tipsheet.problems import Problem, errors_in
from tipsheet.reading import read_publication
from tipsheet.rendering.email.compile import compile_edition, email_environment
from tipsheet.rendering.outbox import lint_edition, outbox_files
from tipsheet.rendering.templates import template_problem
from tipsheet.settings import CONFIG_FILE, Settings, read_settings
from tipsheet.staging import Stage, write_files

__all__ = ["Built", "Prepared", "build", "check", "prepare"]

MAY_STILL_BE_SENT = dt.timedelta(weeks=5)
"""How long after its date an issue is still looked over as mail; older letters are with their readers."""
SITE_MARKS = ("sitemap.xml", "index.html")
OUTBOX_MARKS = ("*/edition.json",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A publication that was read: everything in it, published or not, and every mistake.

    ``settings`` and ``publication`` are None when mkdocs.yml is not YAML.
    """

    root: Path
    settings: Settings | None
    publication: Publication | None
    problems: tuple[Problem, ...]

    def ready(self, *, strict: bool = False, drafts: bool = False) -> tuple[Settings, Publication]:
        """The settings and what has appeared by now; raises ContentError when there are mistakes."""
        stops = errors_in(self.problems, strict=strict)
        if stops or self.settings is None or self.publication is None:
            raise ContentError(self.problems)
        return self.settings, self.publication.out(drafts=drafts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What a build made."""

    site_dir: Path
    outbox_dir: Path
    issues: int
    pages: int
    letters: int
    problems: tuple[Problem, ...]


def prepare(root: Path, *, now: dt.datetime) -> Prepared:
    """Read the publication in this folder as seen at ``now``; raises NotAPublicationError without mkdocs.yml."""
    try:
        settings, problems = read_settings(root)
    except FileNotFoundError as error:
        hint = "go to its folder, or make one with: tipsheet init FOLDER"
        raise NotAPublicationError(f"there is no {CONFIG_FILE} in {root}", hint) from error
    if settings is None:
        return Prepared(root=root, settings=None, publication=None, problems=tuple(problems))
    publication, found = read_publication(root, settings, now)
    problems += [*found, *check_sources(root / settings.docs_dir, root), *check_publication(publication, settings)]
    return Prepared(root=root, settings=settings, publication=publication, problems=tuple(sorted(set(problems))))


def check(root: Path, *, now: dt.datetime) -> Prepared:
    """Read the publication and look over everything, the letters that may still be sent included.

    Letters can be made only of a publication that could be read without an error.
    """
    prepared = prepare(root, now=now)
    settings, publication = prepared.settings, prepared.publication
    if settings is None or publication is None or errors_in(prepared.problems):
        return prepared
    issues = [issue for issue in publication.issues if not issue.out(now - MAY_STILL_BE_SENT)]
    try:
        with _template_mistakes(prepared):
            _, found = _letters(root, settings, issues, publication)
    except ContentError as error:
        found = list(error.problems)
    return replace(prepared, problems=tuple(sorted({*prepared.problems, *found})))


def build(
    root: Path,
    *,
    now: dt.datetime,
    site_dir: Path,
    outbox_dir: Path,
    drafts: bool = False,
    strict: bool = False,
    progress: Callable[[str], None] = lambda _step: None,
) -> Built:
    """Build the publication in ``root`` as seen at ``now``.

    Raises ContentError with all mistakes, and then what was built last is untouched.
    """
    from tipsheet.site.build import build_site  # noqa: PLC0415 - MkDocs takes long to import and only a build needs it

    progress("Reading content")
    prepared = prepare(root, now=now)
    settings, publication = prepared.ready(strict=strict, drafts=drafts)
    with Stage(site_dir, SITE_MARKS) as site, Stage(outbox_dir, OUTBOX_MARKS) as outbox:
        with _template_mistakes(prepared):
            progress("Making the mail")
            letters, found = _letters(root, settings, publication.issues, publication)
            write_files(outbox.new, letters)
            progress("Making the site and the feeds")
            pages, heard = build_site(root, settings, publication, site.new)
        problems = tuple(sorted({*prepared.problems, *found, *heard}))
        if errors_in(problems, strict=strict):
            raise ContentError(problems)
        site.swap_in()
        outbox.swap_in()
    return Built(
        site_dir=site_dir,
        outbox_dir=outbox_dir,
        issues=len(publication.issues),
        pages=pages,
        letters=sum(1 for path in letters if path.endswith(".eml")),
        problems=problems,
    )


@contextmanager
def _template_mistakes(prepared: Prepared) -> Iterator[None]:
    """A template of the publication that cannot be filled is a mistake like others; one of ours is a bug."""
    try:
        yield
    except TemplateError as error:
        problem = template_problem(error, prepared.root)
        if problem is None:
            raise
        raise ContentError([*prepared.problems, problem]) from error


def _letters(
    root: Path, settings: Settings, issues: Iterable[Issue], publication: Publication
) -> tuple[dict[str, bytes], list[Problem]]:
    """The outbox: each of the issues compiled once, joined for each named audience, and looked over."""
    environment = email_environment(root / settings.overrides if settings.overrides else None)
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    for issue in issues:
        edition = compile_edition(issue, publication, settings, environment)
        files |= outbox_files(edition, settings, publication.segments)
        problems += lint_edition(edition, settings, publication.segments, issue.where)
    return files, problems
