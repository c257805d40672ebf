"""The export of Substack: ``posts.csv`` and ``posts/<id>.<slug>.html``.

Columns as in the tests of Ghost's importer, which is kept for real exports:
https://github.com/TryGhost/migrate/tree/main/packages/mg-substack
"""

import re

from tipsheet.archives.headers import moment_of
from tipsheet.archives.item import Archive, Form, Item, Left, State
from tipsheet.archives.links import site_of
from tipsheet.archives.source import SourceFiles, rows_of
from tipsheet.problems import Where

__all__ = ["read", "recognise"]

COLUMNS = {"post_id", "post_date", "is_published", "title"}
PAID = frozenset({"only_paid", "founding", "only_free"})


def recognise(files: SourceFiles) -> bool:
    """Return True for an export of Substack."""
    return any(rows_of(files, name, COLUMNS) is not None for name in files.ending("posts.csv"))


def read(files: SourceFiles) -> Archive:
    """All posts; pages such as ``about`` are articles, threads and podcasts keep their text alone."""
    name = next(name for name in files.ending("posts.csv") if rows_of(files, name, COLUMNS) is not None)
    texts = {re.sub(r"\.html?$", "", path.rpartition("/")[2]): path for path in files.ending(".html", ".htm")}
    items: list[Item] = []
    left: list[Left] = []
    for row, line in rows_of(files, name, COLUMNS) or ():
        post = row["post_id"]
        path = texts.pop(post, None) or texts.pop(post.partition(".")[0], None)
        where = Where(path or name, 1 if path else line)
        notes = _notes(row, where)
        if path is None:
            left.append(Left(Where(name, line), "a post without a text", row["title"] or post))
            continue
        text, slug = files.text_or_told(path, left), post.partition(".")[2]
        if text is None:
            continue
        items.append(
            Item(
                where=where,
                title=row["title"],
                text=text,
                source=text,
                form=Form.HTML,
                date=moment_of(row["post_date"] or row.get("email_sent_at")),
                slug=slug,
                description=row.get("subtitle", ""),
                addresses=(f"/p/{slug}",) if slug else (),
                base=f"/p/{slug}",
                state=_state(row),
                article=row.get("type") == "page",
                left=notes,
            )
        )
    left += [Left(Where(path), "a text that no row of posts.csv names") for path in texts.values() if "posts/" in path]
    return Archive(items=tuple(items), left=tuple(left), sites=site_of(items))


def _state(row: dict[str, str]) -> State:
    if row["is_published"].lower() not in ("true", "1", "yes"):
        return State.DRAFT
    return State.PAID if row.get("audience", "everyone") in PAID else State.PUBLIC


def _notes(row: dict[str, str], where: Where) -> tuple[Left, ...]:
    sound = row.get("podcast_url", "")
    found = [Left(where, "a podcast's sound", sound)] if sound else []
    found += [Left(where, "comments of a thread")] if row.get("type") == "thread" else []
    return tuple(found)
