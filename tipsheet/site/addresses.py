"""Addresses that two things claim: files of the content folder, and all that we write (K5).

What we write is asked of the units of a build, which say so before they are made. So a page of a new kind is
looked after without a word here.
"""

import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from tipsheet.model.publication import Publication
from tipsheet.problems import Problem, Where
from tipsheet.reading.published import AUTHORS_FILE
from tipsheet.reading.targets import page_address
from tipsheet.settings import CONFIG_FILE, Settings
from tipsheet.site.pages import SiteMap
from tipsheet.site.plan import AT, Plan
from tipsheet.site.search import INDEX_FILE

__all__ = ["address_problems"]

OF_MKDOCS = ("404.html", "sitemap.xml.gz", INDEX_FILE)
"""Files that MkDocs and its plugin for search write, besides pages and the theme's assets."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """A file of the site, and the place that it comes from; ``ours`` says that we make it of something else."""

    file: str
    where: Where
    ours: bool


def address_problems(plan: Plan) -> list[Problem]:
    """Addresses that are claimed twice, a file where a folder must be among them; the later claim is told."""
    settings, publication = plan.settings, plan.publication
    found: dict[tuple[Where, str], Problem] = {}
    taken: dict[str, _Claim] = {}
    claims = [(_key(claim.file), claim) for claim in (*_ours(plan), *_of_content(settings, publication))]
    for key, claim in claims:
        taken.setdefault(key, claim)
    free: set[str] = set()
    for key, claim in claims:
        for way in _ways_to(key, free):
            other = taken.get(way)
            if other is None:
                free.add(way)
            elif other is not claim and not (claim.ours and _is_post(other, publication)):
                problem = _problem(claim, other)
                found.setdefault((problem.where, problem.message), problem)
    return sorted(found.values())


def _ways_to(key: str, free: Collection[str]) -> Iterator[str]:
    """The file and every folder that it lies in, up to one where nothing is in the way."""
    while key and key not in free:
        yield key
        key = key.rpartition("/")[0]


def _key(file: str) -> str:
    """The file as disks know it that take capitals for small letters, and one way to write é for the other."""
    return file.lower() if file.isascii() else unicodedata.normalize("NFC", file).casefold()


def _problem(claim: _Claim, other: _Claim) -> Problem:
    """Files of the content folder are told, since what we write has its address for good."""
    told, by = (claim, other) if not claim.ours or other.ours else (other, claim)
    address = told.file.removesuffix("index.html") or "the home page"
    source = "" if by.where.path == CONFIG_FILE else f", from {by.where.path}"
    hint = f"the other is {by.file}{source}; rename the file" if by.ours else f"the other is {by.where.path}"
    return Problem(told.where, "TS011", f"the address '{address}' is taken", hint)


def _is_post(claim: _Claim, publication: Publication) -> bool:
    """Two posts at one address are told when they are read."""
    return claim.ours and any(claim.where == post.where for post in publication.texts())


def _of_content(settings: Settings, publication: Publication) -> Iterator[_Claim]:
    for name in sorted(publication.ordinary - publication.withheld):
        file = name
        if name.endswith(".md"):
            address = unquote(page_address(name, directory_urls=settings.directory_urls))
            file = f"{address}index.html" if address == "" or address.endswith("/") else address
        yield _Claim(file, Where(f"{settings.docs_dir}/{name}"), ours=False)


def _ours(plan: Plan) -> Iterator[_Claim]:
    sources: dict[str, Where] = {}
    for one in plan.languages:
        sources |= _sources(one.map, one.publication, one.settings)
    for unit in plan.units():
        where = sources.get(unit.path.removeprefix(AT), Where(CONFIG_FILE))
        for path in unit.files or ():
            yield _Claim(path.removeprefix(AT), where, ours=True)
    for file in OF_MKDOCS:
        yield _Claim(file, Where(CONFIG_FILE), ours=True)


def _sources(pages: SiteMap, publication: Publication, settings: Settings) -> Mapping[str, Where]:
    """The files that pages come from, by the names of their units without ``site/``."""
    folder = settings.masthead.folder
    posts = {post.id: post.where for post in (*publication.issues, *publication.articles)}
    found = {page.url: posts[page.post] for page in pages.pages if page.post}
    found |= {f"{folder}i/{post}/": posts[post] for post in pages.aliases}
    return found | {
        folder + author.page: Where(f"{settings.docs_dir}/{AUTHORS_FILE}") for author in publication.authors
    }
