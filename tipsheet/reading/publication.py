"""The whole content folder as one publication, with every mistake in it (C16).

Headers are read first, so that every address is known when the bodies are parsed, once each; then
actions that are used again are filled in, and what must be unique is compared.
"""

import datetime as dt
from pathlib import Path
from typing import TypeVar

from tipsheet.model.post import Article, Issue
from tipsheet.model.publication import Publication
from tipsheet.problems import Problem
from tipsheet.reading.actions import library_of, read_evergreen
from tipsheet.reading.authors import read_authors
from tipsheet.reading.body import BodyReader
from tipsheet.reading.headers import Headed, read_post_headers
from tipsheet.reading.notes import read_notes
from tipsheet.reading.posts import PostReader
from tipsheet.reading.sources import markdown_files, read_ordinary, read_sources
from tipsheet.reading.targets import Targets, page_address
from tipsheet.reading.unique import unique_addresses, unique_ids
from tipsheet.settings import Settings

__all__ = ["AUTHORS_FILE", "FOLDERS", "read_publication"]

FOLDERS = ("tipsheets", "articles", "notes", "actions")
"""Folders of the content folder whose files are not ordinary pages."""
AUTHORS_FILE = "authors.yml"

_Post = TypeVar("_Post", Issue, Article)


def read_publication(root: Path, settings: Settings, now: dt.datetime) -> tuple[Publication, list[Problem]]:
    """Read everything below the content folder of the publication in ``root``.

    The publication holds what could be read, published or not; nothing is raised for a mistake in
    content. Raises OSError when the folder cannot be read.
    """
    content = root / settings.docs_dir
    problems: list[Problem] = []
    sources = {name: read_sources(content / name, root, content, problems) for name in FOLDERS}
    pages = [p for p in markdown_files(content) if p.relative_to(content).parts[0] not in FOLDERS]
    issues = read_post_headers("issue", sources["tipsheets"], settings, problems)
    articles = read_post_headers("article", sources["articles"], settings, problems)
    targets = Targets(content, _addresses([p.relative_to(content).as_posix() for p in pages], [*issues, *articles]))
    authors = read_authors(content / AUTHORS_FILE, root, targets, problems)
    segments = tuple(s.id for s in settings.segments)
    reader = BodyReader(targets, settings.time_zone, segments, settings.merge_fields, settings.markdown)
    evergreen = read_evergreen(sources["actions"], reader, problems)
    notes = sorted(read_notes(sources["notes"], reader, problems), key=lambda n: (n.starts, n.id))
    parsed = {headed.source.path: reader.read(headed.source, place=headed.kind) for headed in (*issues, *articles)}
    for path in pages:
        page = reader.read(read_ordinary(path, root, content), place="page")
        problems += page.problems
    library = library_of(evergreen, issues, parsed, problems)
    make = PostReader(reader=reader, authors=authors, library=library, notes=tuple(notes), problems=problems)
    made_issues = [issue for h in issues if (issue := make.issue(h, parsed[h.source.path]))]
    made_articles = [article for h in articles if (article := make.article(h, parsed[h.source.path]))]
    posts = [*made_issues, *made_articles]
    problems += unique_ids([(p.id, p.where) for p in posts])
    problems += unique_ids([(n.id, n.where) for n in notes])
    problems += unique_addresses(posts)
    return Publication(
        masthead=settings.masthead,
        now=now,
        issues=_newest_first(made_issues),
        articles=_newest_first(made_articles),
        notes=tuple(notes),
        evergreen=tuple(sorted((d.action for d in evergreen), key=lambda a: a.id)),
        authors=tuple(authors.values()),
        segments=settings.segments,
    ), sorted(set(problems))


def _addresses(pages: list[str], posts: list[Headed]) -> dict[str, str]:
    """Address of every Markdown file, by its name in the content folder."""
    return {name: page_address(name) for name in pages} | {headed.source.name: headed.url for headed in posts}


def _newest_first(posts: list[_Post]) -> tuple[_Post, ...]:
    return tuple(sorted(posts, key=lambda p: (p.published, p.id), reverse=True))
