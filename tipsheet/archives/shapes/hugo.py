"""A site of Hugo: ``content/<section>/*.md`` with a header in TOML, YAML or JSON, and ``hugo.toml`` or ``config.toml``.

https://gohugo.io/content-management/front-matter/ and https://gohugo.io/content-management/urls/
"""

import posixpath
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from unicodedata import combining

from tipsheet.archives.dialects import attributes, kramdown
from tipsheet.archives.generators import TEXTS, Post, item_of, posts_in, read_each, unread, url_from
from tipsheet.archives.headers import in_zone, moment_of, names_in, tags_in, text_in, yaml_of
from tipsheet.archives.item import Archive, Item, Left, State
from tipsheet.archives.source import SourceFiles
from tipsheet.archives.templating import shortcodes
from tipsheet.problems import Where

__all__ = ["read", "recognise"]

_CONFIG = re.compile(r"(?:^|/)(?:config/_default/)?(?:hugo|config)\.(?:toml|ya?ml|json)$")


def recognise(files: SourceFiles) -> bool:
    """Return True for a site of Hugo."""
    configs = [name for name in files.names if _CONFIG.search(name)]
    folders = {name.split("/")[0] for name in files.names if "/" in name}
    named = any(posixpath.basename(name).startswith("hugo.") for name in configs)
    return (
        bool(configs)
        and "content" in folders
        and (named or bool(folders & {"archetypes", "themes", "layouts", "static"}) or _toml(files))
    )


def _toml(files: SourceFiles) -> bool:
    return any(files.start(name).lstrip("\ufeff \n").startswith("+++") for name in files.below("content")[:20])


def read(files: SourceFiles) -> Archive:
    """All pages with a date, whatever section they are in."""
    config = _config(files)
    left: list[Left] = []
    names = [
        name
        for name in files.below("content")
        if name.lower().endswith(TEXTS) and not posixpath.basename(name).startswith("_index.")
    ]
    left += unread(files, lambda name: name.startswith("content/"))
    items: list[Item] = []
    posts = posts_in(files, names, left)
    for post, item in read_each(posts, lambda post: _item(_in_folder(post, config), config), left):
        if item.date is None:
            left.append(Left(Where(post.name), "a page without a date", item.title))
        else:
            items.append(item)
    site = text_in(config, "baseurl")
    return Archive(
        items=tuple(items),
        left=tuple(left),
        sites=(site,) if site.startswith("http") else (),
        static=("static", "assets", "content", ""),
        language=text_in(config, "defaultcontentlanguage") or "en",
    )


def _in_folder(post: Post, config: Mapping[str, Any]) -> Post:
    """The text with the language of the folder that it stands in, if that is one of a language."""
    languages = config.get("languages")
    folder, _, rest = post.name.removeprefix("content/").partition("/")
    if not post.language and isinstance(languages, Mapping) and folder in {str(one).lower() for one in languages}:
        return replace(post, language=folder, work=posixpath.splitext(f"content/{rest}")[0])
    return post


def _config(files: SourceFiles) -> Mapping[str, Any]:
    name = next((name for name in files.names if _CONFIG.search(name)), "")
    if not name:
        return {}
    text = files.text(name)
    try:
        value = tomllib.loads(text) if name.endswith(".toml") else yaml_of(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}
    return {str(key).lower(): one for key, one in value.items()} if isinstance(value, dict) else {}


def _item(post: Post, config: Mapping[str, Any]) -> Item:
    header = post.header
    zone = text_in(config, "timezone")
    moments = (moment_of(header.get(key)) for key in ("date", "publishdate", "publish_date", "pubdate", "published"))
    found = [moment for one in moments if (moment := in_zone(one, zone))]
    date = max(found, key=lambda one: one.replace(tzinfo=None), default=None)
    params = header.get("params") if isinstance(header.get("params"), Mapping) else {}
    authors = names_in(header.get("authors") or header.get("author") or text_in(params or {}, "author"))
    known: dict[str, Any] = {
        "date": date or post.day,
        "authors": authors
        or names_in(config.get("author"))
        or names_in(text_in(config, "params.author", "params.author.name")),
        "tags": tags_in(header, "tags", "categories", "topics", "series"),
        "addresses": tuple(_addresses(post, header, config)),
        "short": tuple(one.strip("/").rpartition("/")[2] for one in names_in(header.get("aliases"))),
    }
    if str(header.get("draft")).lower() == "true":
        known["state"] = State.DRAFT
    if key := text_in(header, "translationkey"):
        known["work"] = key
    known["until"] = moment_of(header.get("expirydate") or header.get("unpublishdate"))
    return item_of(post, prepare=(shortcodes, attributes, kramdown), **known)


def _addresses(post: Post, header: Mapping[str, Any], config: Mapping[str, Any]) -> Iterator[str]:
    path = post.plain.removeprefix("content/")
    language = post.language if post.language != (text_in(config, "defaultcontentlanguage") or "en") else ""
    path = path.removeprefix(f"{post.language}/")
    bundle = posixpath.splitext(posixpath.basename(path))[0] == "index"
    folder = posixpath.dirname(posixpath.dirname(path) if bundle else path)
    section = folder.split("/")[0]
    stem = posixpath.basename(posixpath.dirname(path)) if bundle else posixpath.splitext(posixpath.basename(path))[0]
    title, named = (_urlized(text_in(header, key)).replace("+", "") for key in ("title", "slug"))
    slug = _urlized(text_in(header, "slug") or stem)
    permalinks = config.get("permalinks")
    pages = permalinks.get("page", permalinks) if isinstance(permalinks, Mapping) else {}
    pattern = text_in(pages, section) if isinstance(pages, Mapping) else ""
    date = moment_of(header.get("date")) or post.day
    if url := text_in(header, "url"):
        yield f"/{url.lstrip('/')}"
    elif pattern:
        parts = {
            "section": section,
            "sections": folder,
            "slug": named or title,
            "title": title,
            "filename": _urlized(stem),
            "slugorfilename": slug,
            "slugorcontentbasename": slug,
            "contentbasename": _urlized(stem),
        }
        if date:
            parts |= {
                "year": f"{date:%Y}",
                "month": f"{date:%m}",
                "day": f"{date:%d}",
                "monthname": f"{date:%B}".lower(),
                "yearday": f"{date:%j}",
            }
        yield posixpath.join("/", language, url_from(pattern, parts).lstrip("/"))
    else:
        yield posixpath.join("/", language, f"{_urlized(posixpath.join(folder, slug))}/")
    for alias in names_in(header.get("aliases")):
        yield alias if alias.startswith("/") else f"/{posixpath.join(folder, alias)}"


def _urlized(text: str) -> str:
    """A path as Hugo writes it: small letters and digits of any script, few signs, and hyphens for blanks."""
    text = "".join(sign for sign in text if sign.isalnum() or sign.isspace() or sign in _SIGNS or combining(sign))
    return re.sub(r"\s+", "-", re.sub(r"\s*(-+)\s*", r"\1", text.strip())).lower()


_SIGNS = "./\\_#+~-@"
