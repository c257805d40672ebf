"""The headers of issues and articles, read before any body so that every address is known."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tipsheet.fields import read_table
from tipsheet.model.names import slug_of
from tipsheet.problems import Problem
from tipsheet.reading.sources import Source
from tipsheet.reading.tables import ArticleTable, IssueTable, PostTable
from tipsheet.settings import Settings

__all__ = ["Headed", "read_post_header"]

DATED = re.compile(r"\d{4}-\d{2}-\d{2}-")
FOLDER = {"issue": "issues", "article": "articles"}
TABLES: Mapping[str, type[PostTable]] = {"issue": IssueTable, "article": ArticleTable}


@dataclass(frozen=True, slots=True, kw_only=True)
class Headed:
    """A post whose header is read; ``table`` is None when it has mistakes, and the body is read all the same."""

    source: Source
    table: PostTable | None
    kind: Literal["issue", "article"]
    slug: str
    published: dt.datetime | None

    @property
    def url(self) -> str:
        """Address of the page, relative to the site's root."""
        return f"{FOLDER[self.kind]}/{self.slug}/"


def read_post_header(
    kind: Literal["issue", "article"], source: Source, settings: Settings, problems: list[Problem]
) -> Headed:
    """Read the header of a post; mistakes go to ``problems``."""
    table: PostTable | None = None
    if source.header is not None:
        table, found = read_table(TABLES[kind], source.header, what=f"the header of an {kind}", code="TS009")
        problems += found
    slug = (table.slug if table else None) or slug_of(DATED.sub("", source.stem))
    published = settings.schedule.moment(table.date, settings.time_zone) if table else None
    return Headed(source=source, table=table, kind=kind, slug=slug, published=published)
