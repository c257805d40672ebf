"""The blog of mkdocs-material: ``docs/blog/posts/**/*.md`` (https://squidfunk.github.io/mkdocs-material/plugins/blog/)."""

import posixpath
import re
from collections.abc import Mapping
from typing import Any

from tipsheet.archives.dialects import admonitions, boxes, extra, pymdownx
from tipsheet.archives.generators import Post, item_of, posts_in, read_each, title_in
from tipsheet.archives.headers import moment_of, names_in, tags_in, text_in, yaml_of
from tipsheet.archives.item import Archive, Item, Left
from tipsheet.archives.source import SourceFiles
from tipsheet.model.addresses import slug_of

__all__ = ["read", "recognise"]

_POST = re.compile(r"(?:^|/)posts/.+\.md$")


def recognise(files: SourceFiles) -> bool:
    """Return True for a site with that blog."""
    posts = any(re.search(r"(?:^|/)(?:blog|news|docs)/posts/.+\.md$", name) for name in files.names)
    return posts and any(name.rpartition("/")[2] in ("mkdocs.yml", ".authors.yml") for name in files.names)


def read(files: SourceFiles) -> Archive:
    """All posts."""
    left: list[Left] = []
    config = next((yaml_of(files.text(name)) for name in files.names if name.rpartition("/")[2] == "mkdocs.yml"), None)
    config = config if isinstance(config, dict) else {}
    people = _people(files)
    posts = posts_in(files, [name for name in files.names if _POST.search(name)], left)
    docs = str(config.get("docs_dir") or "docs")
    options = _options(config)
    items = tuple(item for _, item in read_each(posts, lambda post: _item(post, people, docs, options), left))
    site = text_in(config, "site_url")
    return Archive(items=items, left=tuple(left), sites=(f"{site.rstrip('/')}/",) if site else (), static=(docs, ""))


def _options(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The options of the blog plugin."""
    plugins = config.get("plugins")
    for one in plugins if isinstance(plugins, list) else [plugins]:
        if isinstance(one, dict) and any(str(key).endswith("blog") for key in one):
            value = next(v for k, v in one.items() if str(k).endswith("blog"))
            return value if isinstance(value, dict) else {}
    return {}


def _people(files: SourceFiles) -> Mapping[str, str]:
    """Names by the ids of ``.authors.yml``."""
    name = next((one for one in files.names if one.rpartition("/")[2] == ".authors.yml"), "")
    value = yaml_of(files.text(name)) if name else None
    found = value.get("authors", value) if isinstance(value, dict) else {}
    return (
        {str(key): text_in(one, "name") or str(key) for key, one in found.items() if isinstance(one, dict)}
        if isinstance(found, dict)
        else {}
    )


def _item(post: Post, people: Mapping[str, str], docs: str, options: Mapping[str, Any]) -> Item:
    header = post.header
    value = header.get("date")
    date = moment_of(value.get("created") if isinstance(value, dict) else value) or post.day
    title = text_in(header, "title") or title_in(post.headed.body, post.form)
    slug = text_in(header, "slug") or slug_of(title)
    folder = posixpath.relpath(post.name.partition("posts/")[0].strip("/") or ".", docs)
    day = (
        _day(date, str(options.get("post_date_format_url") or options.get("post_url_date_format") or "yyyy/MM/dd"))
        if date
        else ""
    )
    category = next(iter(names_in(header.get("categories"))), "")
    pattern = str(options.get("post_url_format") or "{date}/{slug}")
    path = pattern.format_map(
        {"date": day, "slug": slug, "file": post.stem, "categories": slug_of(category) if category else ""}
    )
    known: dict[str, Any] = {
        "date": date,
        "title": title,
        "slug": slug,
        "tags": tags_in(header, "categories", "tags"),
        "authors": tuple(people.get(name, name) for name in names_in(header.get("authors"))),
        "addresses": (f"/{posixpath.normpath(posixpath.join(folder, path))}/",),
    }
    return item_of(post, prepare=(admonitions, extra, boxes, pymdownx), **known)


def _day(date: Any, pattern: str) -> str:
    for name, code in (("yyyy", "%Y"), ("MMMM", "%B"), ("MM", "%m"), ("dd", "%d"), ("yy", "%y")):
        pattern = pattern.replace(name, date.strftime(code))
    return pattern
