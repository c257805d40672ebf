"""Addresses that the last build had and this one would lose (C11)."""

import re
from collections.abc import Container, Iterator
from pathlib import Path

from tipsheet.model.audience import PUBLIC
from tipsheet.model.publication import Publication
from tipsheet.problems import Evidence, Problem, Sign

__all__ = ["moved"]

CANONICAL = re.compile(r'<link rel="canonical" href="([^"]*)">')


def moved(publication: Publication, site_dir: Path, was: Container[str]) -> Iterator[Problem]:
    """Issues of the last build whose page now has another address, and nothing leads there from the old one.

    ``was`` are the files of the last site, by their paths in it. What was built last is only looked at: the
    output depends on the content alone.
    """
    root = publication.masthead.url
    for issue in publication.issues_for(PUBLIC):
        permanent = f"i/{issue.id}/index.html"
        if f"{issue.url}index.html" in was or permanent not in was:
            continue
        file = site_dir / permanent
        leads = CANONICAL.search(file.read_text(encoding="utf-8")) if file.is_file() else None
        before = leads[1].removeprefix(root) if leads else ""
        slug = before.rstrip("/").rpartition("/")[2]
        if before.startswith("issues/") and slug != issue.slug and slug not in issue.aliases:
            message = f"the page was at {before} in the last build, and links to it would break"
            hint = f"add aliases: [{', '.join((*issue.aliases, slug))}], or slug: {slug}"
            yield Problem(issue.where, "TS224", message, hint, evidence=(Evidence(Sign.KEY, "slug"),))
