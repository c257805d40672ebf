"""Addresses that the last build had and this one would lose (C11)."""

import re
from collections.abc import Iterator
from pathlib import Path

from tipsheet.model.audience import PUBLIC
from tipsheet.model.publication import Publication
from tipsheet.problems import Problem, Severity

__all__ = ["moved"]

CANONICAL = re.compile(r'<link rel="canonical" href="([^"]*)">')


def moved(publication: Publication, site_dir: Path) -> Iterator[Problem]:
    """Issues of the last build whose page now has another address, and nothing leads there from the old one.

    What was built last is only looked at: the output depends on the content alone.
    """
    root = publication.masthead.url
    for issue in publication.issues_for(PUBLIC):
        if (site_dir / issue.url / "index.html").is_file():
            continue
        permanent = site_dir / "i" / issue.id / "index.html"
        leads = CANONICAL.search(permanent.read_text(encoding="utf-8")) if permanent.is_file() else None
        before = leads[1].removeprefix(root) if leads else ""
        slug = before.rstrip("/").rpartition("/")[2]
        if before.startswith("issues/") and slug != issue.slug and slug not in issue.aliases:
            message = f"the page was at {before} in the last build, and links to it would break"
            hint = f"add aliases: [{', '.join((*issue.aliases, slug))}], or slug: {slug}"
            yield Problem(issue.where, "TS224", message, hint, Severity.WARNING)
