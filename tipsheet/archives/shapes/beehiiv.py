"""The export of beehiiv: ``posts.csv``, whose rows hold the HTML of the letter, or name a file beside it.

beehiiv documents no columns. Ours are those of Ghost's importer, which is kept for real exports (``parsePostsCSV`` and
``mapPost`` in ``src/lib/mapper.ts``, and ``src/test/fixtures/posts.csv``, looked up in November 2026):
https://github.com/TryGhost/migrate/tree/main/packages/mg-beehiiv. The audience is ``audience``, or in newer exports
``web_audiences`` with a sentence; what it does not call free, or for all, is not for everybody (K3).
"""

import re

from bs4 import BeautifulSoup
from bs4.element import Tag

from tipsheet.archives.headers import moment_of
from tipsheet.archives.item import Archive, Form, Item, Left, State
from tipsheet.archives.source import SourceFiles, rows_of
from tipsheet.problems import Where

__all__ = ["read", "recognise"]

COLUMNS = {"id", "web_title", "status", "url"}
PUBLISHED = frozenset({"confirmed", "published", "archived"})
_VARIABLE = re.compile(r"\{\{\s*[\w.]+\s*\}\}")
_BYLINE = ("f", "b")
"""Classes of cells with the way to read it online, and with the way to unsubscribe."""


def recognise(files: SourceFiles) -> bool:
    """Return True for an export of beehiiv."""
    return any(rows_of(files, name, COLUMNS) is not None for name in files.ending(".csv"))


def read(files: SourceFiles) -> Archive:
    """All posts."""
    name = next(name for name in files.ending(".csv") if rows_of(files, name, COLUMNS) is not None)
    texts = {path.rpartition("/")[2].rpartition(".")[0]: path for path in files.ending(".html", ".htm")}
    items: list[Item] = []
    left: list[Left] = []
    for row, line in rows_of(files, name, COLUMNS) or ():
        slug = row["url"].rstrip("/").rpartition("/")[2]
        path = next((texts[key] for key in (row["id"], slug) if key in texts), "")
        html = row.get("content_html") or (files.text_or_told(path, left) if path else "") or ""
        if not html.strip():
            left.append(Left(Where(name, line), "a post without a text", row["web_title"]))
            continue
        items.append(
            Item(
                where=Where(path or name, 1 if path else line),
                title=row["web_title"],
                text=_content(html, row["web_title"]),
                form=Form.HTML,
                date=moment_of(row.get("publish_date") or row.get("published_at") or row.get("created_at")),
                slug=slug,
                description=row.get("web_subtitle") or row.get("email_preview_text") or "",
                authors=tuple(filter(None, re.split(r"\s*[;,]\s*", row.get("authors", "")))),
                tags=tuple(filter(None, re.split(r"\s*;\s*", row.get("content_tags", "")))),
                cover=_cover(row.get("thumbnail_url", "")),
                addresses=(row["url"],) if row["url"] else (),
                base=row["url"],
                state=_state(row),
            )
        )
    site = next((item.addresses[0].partition("/p/")[0] + "/" for item in items if item.addresses), "")
    return Archive(items=tuple(items), left=tuple(left), sites=(site,) if site else ())


def _state(row: dict[str, str]) -> State:
    status = row["status"].lower()
    if status not in PUBLISHED:
        return State.SCHEDULED if status == "scheduled" else State.DRAFT
    audience = (row.get("audience") or row.get("web_audiences") or "free").lower()
    if re.search(r"\bfree\b", audience) or audience in ("both", "all", "everyone", "all subscribers"):
        return State.PUBLIC
    return State.PAID if "premium" in audience else State.PRIVATE


def _cover(address: str) -> str:
    path = address.removeprefix("/")
    return f"https://media.beehiiv.com/cdn-cgi/image/quality=100/{path}" if path.startswith("uploads/") else address


def _content(html: str, title: str) -> str:
    """The blocks of the letter, without its head and foot, which each letter has."""
    soup = BeautifulSoup(html, "lxml")
    blocks = soup.find(id="content-blocks") or soup.body
    if not isinstance(blocks, Tag):
        return html
    for part in blocks.find_all("td", class_=list(_BYLINE)):
        part.decompose()
    for part in blocks.find_all(["p", "a", "img", "div"]):
        if not part.decomposed and _VARIABLE.search(str(part.get("href") or part.get("src") or "") + part.get_text()):
            part.decompose()
    first = blocks.find("h1")
    if isinstance(first, Tag) and " ".join(first.get_text().split()) == " ".join(title.split()):
        first.decompose()
    return blocks.decode_contents()
