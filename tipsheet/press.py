"""One build, start to finish: read, check, render, swap in. Read this first.

`prepare` reads the publication and collects every mistake; `build` writes the site, the feeds and
the outbox beside the last good ones and swaps them in only when there is no mistake.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jinja2 import TemplateError

from tipsheet.checks import check_publication
from tipsheet.errors import ContentError, NotAPublicationError
from tipsheet.model.publication import Publication
from tipsheet.problems import Problem, errors_in
from tipsheet.reading import read_publication
from tipsheet.rendering.email.compile import compile_edition, email_environment
from tipsheet.rendering.outbox import lint_edition, outbox_files
from tipsheet.rendering.templates import template_problem
from tipsheet.settings import CONFIG_FILE, Settings, read_settings
from tipsheet.staging import Stage, write_files

__all__ = ["Built", "Prepared", "build", "prepare"]

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
    problems += [*found, *check_publication(publication, settings)]
    return Prepared(root=root, settings=settings, publication=publication, problems=tuple(sorted(set(problems))))


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
    outputs = [Stage(site_dir, SITE_MARKS), Stage(outbox_dir, OUTBOX_MARKS)]
    try:
        progress("Making the mail")
        letters, found = _letters(root, settings, publication)
        write_files(outputs[1].new, letters)
        progress("Making the site and the feeds")
        pages, heard = build_site(root, settings, publication, outputs[0].new)
        problems = tuple(sorted({*prepared.problems, *found, *heard}))
        if errors_in(problems, strict=strict):
            raise ContentError(problems)
        for output in outputs:
            output.swap_in()
    except TemplateError as error:
        problem = template_problem(error, root)
        if problem is None:
            raise
        raise ContentError([*prepared.problems, problem]) from error
    finally:
        for output in outputs:
            output.discard()
    return Built(
        site_dir=site_dir,
        outbox_dir=outbox_dir,
        issues=len(publication.issues),
        pages=pages,
        letters=sum(1 for path in letters if path.endswith(".eml")),
        problems=problems,
    )


def _letters(root: Path, settings: Settings, publication: Publication) -> tuple[dict[str, bytes], list[Problem]]:
    """The outbox: every issue compiled once, joined for each named audience, and looked over."""
    environment = email_environment(root / settings.overrides if settings.overrides else None)
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    for issue in publication.issues:
        edition = compile_edition(issue, publication, settings, environment)
        files |= outbox_files(edition, settings, publication.segments)
        problems += lint_edition(edition, settings, publication.segments, issue.where)
    return files, problems
