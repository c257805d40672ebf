"""The export of Ghost: one JSON file with ``db[0].data.posts`` (https://docs.ghost.org/migration/custom)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tipsheet.archives.headers import moment_of, text_in
from tipsheet.archives.item import Archive, Form, Item, Left, State
from tipsheet.archives.links import site_of
from tipsheet.archives.source import SourceFiles, json_of
from tipsheet.problems import Where

__all__ = ["read", "recognise"]

_HERE = "__GHOST_URL__"


def recognise(files: SourceFiles) -> bool:
    """Return True for an export of Ghost."""
    return any(_data(json_of(files, name)) is not None for name in files.ending(".json"))


def _data(value: Any) -> Mapping[str, Any] | None:
    """The tables of an export."""
    found = value.get("db") if isinstance(value, dict) else None
    first = found[0] if isinstance(found, list) and found else value
    data = first.get("data") if isinstance(first, dict) else None
    return data if isinstance(data, dict) and isinstance(data.get("posts"), list) else None


def read(files: SourceFiles) -> Archive:
    """All posts; pages are told."""
    name = next(name for name in files.ending(".json") if _data(json_of(files, name)) is not None)
    data = _data(json_of(files, name)) or {}
    lines = _lines(files.text(name))
    left: list[Left] = []
    items: list[Item] = []
    tags, people = _joined(data, "tags", "tag_id"), _joined(data, "users", "author_id", "posts_authors")
    meta = {str(one.get("post_id")): one for one in data.get("posts_meta") or () if isinstance(one, dict)}
    for post in data["posts"]:
        if not isinstance(post, dict):
            continue
        where = Where(name, lines.get(str(post.get("slug")), 1))
        if post.get("type") == "page" or post.get("page") in (1, True):
            left.append(Left(where, "a page that is no post", text_in(post, "title")))
            continue
        html = str(post.get("html") or "")
        if not html.strip() and post.get("plaintext"):
            html = "".join(f"<p>{part}</p>" for part in str(post["plaintext"]).split("\n\n"))
        items.append(_item(post, html, where, meta.get(str(post.get("id")), {}), (tags, people)))
    settings = {one.get("key"): one.get("value") for one in data.get("settings") or () if isinstance(one, dict)}
    site = str(settings.get("url") or "")
    return Archive(
        items=tuple(items), left=tuple(left), sites=(site,) if site else site_of(items), static=("", "content")
    )


def _lines(text: str) -> Mapping[str, int]:
    """The line of each slug, where the file has lines."""
    return (
        {found[1]: text.count("\n", 0, found.start()) + 1 for found in re.finditer(r'"slug"\s*:\s*"([^"]+)"', text)}
        if text.count("\n") > 1
        else {}
    )


def _joined(data: Mapping[str, Any], table: str, key: str, between: str = "") -> Mapping[str, tuple[str, ...]]:
    """Names of another table by the ids of posts, in their order; tags for the site alone begin with ``#``."""
    names = {str(one.get("id")): text_in(one, "name") for one in data.get(table) or () if isinstance(one, dict)}
    found: dict[str, list[str]] = {}
    rows = [one for one in data.get(between or f"posts_{table}") or () if isinstance(one, dict)]
    for row in sorted(rows, key=lambda one: one.get("sort_order") or 0):
        name = names.get(str(row.get(key)), "")
        if name and not name.startswith("#"):
            found.setdefault(str(row.get("post_id")), []).append(name)
    found["*"] = []
    return {one: tuple(some) for one, some in found.items()} | {f"={one}": (name,) for one, name in names.items()}


def _item(
    post: Mapping[str, Any],
    html: str,
    where: Where,
    meta: Mapping[str, Any],
    joined: tuple[Mapping[str, tuple[str, ...]], ...],
) -> Item:
    tags, people = joined
    one = str(post.get("id"))
    slug = text_in(post, "slug")
    return Item(
        where=where,
        title=text_in(post, "title"),
        text=_cards(html.replace(_HERE, "")),
        form=Form.HTML,
        date=moment_of(post.get("published_at") or post.get("created_at")),
        slug=slug,
        description=text_in(post, "custom_excerpt")
        or text_in(meta, "meta_description")
        or text_in(post, "meta_description"),
        authors=people.get(one) or people.get(f"={post.get('author_id')}") or (),
        tags=tags.get(one, ()),
        cover=str(post.get("feature_image") or "").replace(_HERE, ""),
        cover_alt=text_in(meta, "feature_image_alt") or text_in(post, "feature_image_alt"),
        addresses=(f"/{slug}/",),
        base=f"/{slug}/",
        state=_state(post),
        left=tuple(_notes(post, where)),
    )


def _cards(html: str) -> str:
    """A card with a link to another page as a plain link (https://github.com/TryGhost/Koenig)."""
    card = re.compile(
        r'<figure class="kg-card kg-bookmark-card[^"]*">.*?<a class="kg-bookmark-container" href="([^"]*)".*?'
        r'<div class="kg-bookmark-title">(.*?)</div>.*?</figure>',
        re.DOTALL,
    )
    return card.sub(r'<p><a href="\1">\2</a></p>', html)


def _state(post: Mapping[str, Any]) -> State:
    status, seen = str(post.get("status") or "draft"), str(post.get("visibility") or "public")
    if status in ("published", "sent"):
        return State.PUBLIC if seen == "public" else State.PAID
    return State.SCHEDULED if status == "scheduled" else State.DRAFT


def _notes(post: Mapping[str, Any], where: Where) -> Iterator[Left]:
    for key, cause in (
        ("codeinjection_head", "code of a single post"),
        ("codeinjection_foot", "code of a single post"),
    ):
        if post.get(key):
            yield Left(where, cause, key)
