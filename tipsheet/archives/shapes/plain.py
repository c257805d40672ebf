"""A folder of texts in Markdown or HTML, with or without headers: titles and dates are found where they stand.

A title is that of the header, of the first heading, or of the file's name. A date is that of the header, of the name or
the folders, of a line below the title, of git, or of the file.
"""

import datetime as dt
import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from tipsheet.archives.dialects import admonitions, boxes, extra, kramdown, mdx, notes
from tipsheet.archives.generators import HTML, TEXTS, Post, date_of_file, item_of, posts_in, read_each, unread
from tipsheet.archives.headers import moment_of, text_in
from tipsheet.archives.item import Archive, Item, Left
from tipsheet.archives.source import SourceFiles
from tipsheet.archives.templating import Template
from tipsheet.problems import Where

__all__ = ["read", "recognise"]

_PASSED_OVER = re.compile(
    r"(?:^|/)(?:readme|license|licence|contributing|changelog|code_of_conduct|security|authors|summary|404"
    r"|pull_request_template|issue_template)\.\w+$|(?:^|/)[._](?!posts)[^/]*(?:/|$)",
    re.IGNORECASE,
)
_DATED_LINE = re.compile(
    r"^[ \t]*[*_>#]*[ \t]*(?:(?:published|posted|date|sent|written)(?:[ \t]+on)?[ \t]*:?[ \t]*)?"
    r"([^\n]{6,40}?)[*_]*[ \t]*$",
    re.IGNORECASE,
)
_DATES = (
    "created", "published", "publish_date", "publishdate", "created_at", "published_at", "pubdate", "datepublished",
    "date_published", "sent", "sent_at", "updated",
)  # fmt: skip
TOP = 4000
LOOKED_AT = 8
"""Lines at the top in which a date may stand."""


def recognise(files: SourceFiles) -> bool:
    """Return True for anything that holds texts."""
    return bool(files.ending(*TEXTS, ".txt"))


def read(files: SourceFiles) -> Archive:
    """All texts, but for those that belong to the folder and not to readers, such as README.md."""
    left: list[Left] = []
    names = list(files.ending(*TEXTS))
    if not names:
        names = list(files.ending(".txt"))
    kept = [name for name in names if not _PASSED_OVER.search(name)]
    left += [Left(Where(name), "a file about the folder") for name in names if name not in kept]
    left += unread(files, lambda name: not _PASSED_OVER.search(name))
    notes_of = partial(notes, files=_names(files), vault=any(name.startswith(".obsidian/") for name in files.names))
    posts = posts_in(files, kept, left, meta=True)
    items = [item for _, item in read_each(posts, lambda post: _item(post, files, notes_of), left)]
    return Archive(items=tuple(items), left=tuple(left))


def _names(files: SourceFiles) -> Mapping[str, str]:
    """Paths of texts and pictures by the names that a note calls them by: the whole path, its end, or its number."""
    found: dict[str, str] = {}
    for name in sorted(files.names, key=lambda one: (one.count("/"), one)):
        if not _PASSED_OVER.search(name):
            path = name.removesuffix(".md").casefold()
            number = re.match(r"\d{8,14}(?=\D)", posixpath.basename(path))  # of a note in a box of slips
            for key in (path, posixpath.basename(path), *([number[0]] if number else [])):
                found.setdefault(key, name)
    return found


def _item(post: Post, files: SourceFiles, notes_of: Callable[[Template], None]) -> Item:
    steps = (notes_of, boxes, admonitions, kramdown, extra, *((mdx,) if post.name.endswith(".mdx") else ()))
    item = item_of(post, prepare=steps if not post.name.lower().endswith(HTML) else ())
    index = posixpath.splitext(posixpath.basename(post.name))[0].lower() == "index"
    path = posixpath.dirname(post.name) if index else posixpath.splitext(post.name)[0]
    item = replace(item, addresses=(f"/{path}",) if path else ())
    written = text_in(post.header, "date")
    if item.date is None or (written and moment_of(written) is None):
        if written:
            item = replace(item, left=(*item.left, Left(item.where, "a date that cannot be read", written)))
        date = next(filter(None, (moment_of(text_in(post.header, key)) for key in _DATES)), None) or _dated(item.text)
        if date is not None:
            return replace(item, date=date)
    if item.date is None:
        date, cause = date_of_file(files, post.name)
        told = (Left(item.where, cause, f"{date:%Y-%m-%d}"),) if date else ()
        return replace(item, date=date, left=(*item.left, *told))
    return item


def _dated(text: str) -> dt.datetime | None:
    """The date of a line at the top that holds nothing else."""
    text = re.sub(r"<[^<>]+>", "", re.sub(r"</(?:p|h[1-6]|div|li)>|<br[^>]*>", "\n", text[:TOP]))
    lines = [line for line in text.split("\n") if line.strip()][:LOOKED_AT]
    for line in lines:
        found = _DATED_LINE.match(line)
        if found and re.search(r"\d{4}", found[1]) and len(found[1].split()) <= 6 and (date := moment_of(found[1])):  # noqa: PLR2004 - a date has at most six words
            return date
    return None
