"""Addresses that the last build had and this one would lose (C11)."""

import json
from collections.abc import Iterator
from pathlib import Path

from tipsheet.model.audience import PUBLIC
from tipsheet.model.publication import Publication
from tipsheet.problems import Problem, Severity

__all__ = ["moved"]


def moved(publication: Publication, site_dir: Path, outbox_dir: Path) -> Iterator[Problem]:
    """Issues of the last build whose page now has another address, and nothing leads there from the old one.

    What was built last is only looked at: the output depends on the content alone.
    """
    root = publication.masthead.url
    for issue in publication.issues_for(PUBLIC):
        record = outbox_dir / issue.id / "edition.json"
        if (site_dir / issue.url / "index.html").is_file() or not record.is_file():
            continue
        before = str(json.loads(record.read_text(encoding="utf-8")).get("url", "")).removeprefix(root)
        slug = before.rstrip("/").rpartition("/")[2]
        if before.startswith("issues/") and slug != issue.slug and slug not in issue.aliases:
            message = f"the page was at {before} in the last build, and links to it would break"
            hint = f"add aliases: [{', '.join((*issue.aliases, slug))}], or slug: {slug}"
            yield Problem(issue.where, "TS224", message, hint, Severity.WARNING)
