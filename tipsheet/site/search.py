"""What the search index holds of each page: all of the newest posts, the heads of older ones.

Material's index holds every text whole, which every reader who searches has to fetch: 19 MB at five
thousand issues. Old posts are found by title, tags, description and action.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, Protocol

from tipsheet.site.page import SitePage

__all__ = ["SearchPage", "add_to_search", "search_pages"]

_ACTION = re.compile(r'<h2 id="action-[^>]*>.*?</h2>', re.DOTALL)


@dataclass(frozen=True, slots=True)
class SearchPage:
    """What Material's search plugin asks of a page; ``title`` and ``content`` are HTML."""

    url: str
    title: str
    content: str
    meta: dict[str, object] = field(default_factory=dict)
    toc: Sequence[object] = ()


class _Searchable(Protocol):
    """The part of Material's search plugin that we use."""

    search_index: Any


def add_to_search(plugin: _Searchable, pages: Sequence[SitePage], full_text: int) -> None:
    """Put our pages into the search index, section by section as Material does."""
    for page in search_pages(pages, full_text):
        plugin.search_index.add_entry_from_context(page)


def search_pages(pages: Sequence[SitePage], full_text: int) -> Iterator[SearchPage]:
    """What is found of each page; of posts older than the newest ``full_text``, their heads."""
    dated = [page for page in pages if page.search is not None and page.published]
    dated.sort(key=lambda page: (page.published and page.published.timestamp(), page.url), reverse=True)
    heads = {page.url for page in dated[full_text:]}
    for page in pages:
        if page.search is None:
            continue
        content = page.search
        if page.url in heads:
            content = f"<p>{escape(page.description)}</p>" + "".join(_ACTION.findall(content))
        # the result list takes the title for HTML
        yield SearchPage(page.url, escape(page.title), content, {"tags": list(page.tags)} if page.tags else {})
