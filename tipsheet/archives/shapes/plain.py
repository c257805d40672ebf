"""A folder of texts in Markdown or HTML, with or without headers: titles and dates are found where they stand.

A title is that of the header, of the first heading, or of the file's name. A date is that of the header, of the name or
the folders, of a line below the title, of git, or of the file.
"""

import datetime as dt
import posixpath
import re
from dataclasses import replace

from tipsheet.archives.dialects import admonitions, extra, kramdown
from tipsheet.archives.generators import HTML, TEXTS, Post, date_of_file, item_of, posts_in
from tipsheet.archives.headers import moment_of, text_in
from tipsheet.archives.item import Archive, Item, Left
from tipsheet.archives.source import SourceFiles
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
    items = [_item(post, files) for post in posts_in(files, kept, left, meta=True)]
    return Archive(items=tuple(items), left=tuple(left))


def _item(post: Post, files: SourceFiles) -> Item:
    item = item_of(post, prepare=(admonitions, kramdown, extra) if not post.name.lower().endswith(HTML) else ())
    index = posixpath.splitext(posixpath.basename(post.name))[0].lower() == "index"
    path = posixpath.dirname(post.name) if index else posixpath.splitext(post.name)[0]
    item = replace(item, addresses=(f"/{path}",) if path else ())
    if item.date is None or (text_in(post.header, "date") and moment_of(text_in(post.header, "date")) is None):
        date = moment_of(
            text_in(
                post.header, "created", "published", "publish_date", "created_at", "published_at", "pubdate", "updated"
            )
        ) or _dated(item.text)
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
