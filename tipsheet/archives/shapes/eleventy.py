"""A site of Eleventy: texts with a header, ``.eleventy.js`` or ``eleventy.config.js`` (https://www.11ty.dev/docs/dates/).

Its configuration is a program and is not read: an address is that of ``permalink:``, or of the path of the file.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tipsheet.archives.dialects import kramdown
from tipsheet.archives.generators import TEXTS, Post, date_of_file, item_of, posts_in, unread
from tipsheet.archives.headers import moment_of, names_in, tags_in, text_in
from tipsheet.archives.item import Archive, Item, Left
from tipsheet.archives.source import SourceFiles, json_of
from tipsheet.archives.templating import liquid
from tipsheet.problems import Where

__all__ = ["read", "recognise"]

_CONFIG = re.compile(r"(?:^|/)(?:\.eleventy\.[cm]?js|eleventy\.config\.[cm]?[jt]s)$")
_INPUTS = ("src", "content", "site", "source", "input")
COLLECTIONS = frozenset(
    {"post", "posts", "all", "nav", "blog", "articles", "page", "pages", "issue", "issues", "newsletter"}
)
"""Tags that name a collection of the site, and nothing that a text is about."""


def recognise(files: SourceFiles) -> bool:
    """Return True for a site of Eleventy."""
    return any(_CONFIG.search(name) for name in files.names)


def read(files: SourceFiles) -> Archive:
    """All texts that are in a collection of posts, or that have a date."""
    left: list[Left] = []
    names = [name for name in files.ending(*TEXTS) if not any(part.startswith(("_", ".")) for part in name.split("/"))]
    left += unread(files, lambda name: not any(part.startswith(("_", ".")) for part in name.split("/")))
    items: list[Item] = []
    for post in posts_in(files, names, left):
        data = _data(files, post.name)
        header = {**data, **post.header}
        tagged = {*tags_in(header, "tags"), *tags_in(data, "tags")} & (COLLECTIONS - {"page", "pages", "nav", "all"})
        date = moment_of(header.get("date")) or post.day
        if not post.headed.written or (date is None and not tagged):
            if post.headed.written:
                left.append(Left(Where(post.name), "a page without a date", text_in(header, "title")))
            continue
        told: tuple[Left, ...] = ()
        if date is None:
            date, cause = date_of_file(files, post.name)
            told = (Left(post.where, cause),) if date else ()
        items.append(_item(post, header, date, told))
    return Archive(items=tuple(items), left=tuple(left), static=("", *_INPUTS, "public", "static"))


def _data(files: SourceFiles, name: str) -> Mapping[str, Any]:
    """Data of the folders above a text, in files named like them (https://www.11ty.dev/docs/data-template-dir/)."""
    found: dict[str, Any] = {}
    folder = posixpath.dirname(name)
    while folder:
        base = posixpath.basename(folder)
        for file in (f"{folder}/{base}.json", f"{folder}/{base}.11tydata.json"):
            value = json_of(files, file) if file in files else None
            found = {**{str(k).lower(): v for k, v in value.items()}, **found} if isinstance(value, dict) else found
        folder = posixpath.dirname(folder)
    return found


def _item(post: Post, header: Mapping[str, Any], date: object, told: tuple[Left, ...]) -> Item:
    words = {key: str(value) for key, value in header.items() if isinstance(value, str | int)}
    tags = tuple(tag for tag in tags_in(header, "tags", "categories", "category") if tag.lower() not in COLLECTIONS)
    known: dict[str, Any] = {
        "date": date,
        "tags": tags,
        "authors": names_in(header.get("authors") or header.get("author")),
        "addresses": tuple(_addresses(post, header)),
        "left": told,
    }
    return item_of(post, prepare=(liquid, kramdown), words=words, **known)


def _addresses(post: Post, header: Mapping[str, Any]) -> Iterator[str]:
    permalink = text_in(header, "permalink")
    path = posixpath.splitext(post.name)[0]
    first, _, rest = path.partition("/")
    if first in _INPUTS and rest:
        path = rest
    path = path.removesuffix("/index")
    stem = re.sub(r"^\d{4}-\d{2}-\d{2}-", "", posixpath.basename(path))
    path = posixpath.join(posixpath.dirname(path), stem)
    if permalink:
        slug = re.sub(r"\{\{\s*page\.fileSlug[^}]*\}\}", stem, permalink)
        slug = re.sub(r"\{\{\s*(?:title|page\.filePathStem)[^}]*\}\}", path if "filePathStem" in slug else stem, slug)
        if "{" not in slug:
            yield f"/{slug.lstrip('/').removesuffix('index.html')}"
            return
    yield f"/{path}/"
