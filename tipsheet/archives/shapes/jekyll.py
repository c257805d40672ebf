"""A site of Jekyll: ``_posts/2015-01-02-a-title.md`` and ``_config.yml`` (https://jekyllrb.com/docs/posts/).

Addresses are those of https://jekyllrb.com/docs/permalinks/.
"""

import datetime as dt
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from operator import itemgetter
from typing import Any

from tipsheet.archives.dialects import extra, kramdown
from tipsheet.archives.generators import (
    MARKDOWN,
    TEXTS,
    Post,
    date_of_file,
    item_of,
    posts_in,
    read_each,
    unread,
    url_from,
)
from tipsheet.archives.headers import headed, in_zone, moment_of, names_in, tags_in, text_in, yaml_of
from tipsheet.archives.item import Archive, Item, Left, State
from tipsheet.archives.source import SourceFiles
from tipsheet.archives.templating import liquid
from tipsheet.problems import Where

__all__ = ["read", "recognise"]

_POST = re.compile(r"(?:^|.*/)_(?:posts|drafts)/.+")
STYLES: Mapping[str, str] = {
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
    "none": "/:categories/:title:output_ext",
}


def recognise(files: SourceFiles) -> bool:
    """Return True for a site of Jekyll, or of Hexo, which has texts of the same form without a date in their names."""
    hexo = "_config.yml" in files and any(files.below("source/_posts"))
    return hexo or any(re.search(r"(?:^|/)_posts/(?:.*/)?\d{2,4}-\d{1,2}-\d{1,2}-", name) for name in files.names)


def read(files: SourceFiles) -> Archive:
    """All posts and drafts."""
    config = _config(files)
    left: list[Left] = []
    excluded = tuple(f"{one.strip('/')}/" for one in names_in(config.get("exclude")))
    names = [name for name in files.names if _POST.fullmatch(name) and not name.startswith((*excluded, "vendor/"))]
    left += unread(files, set(names).__contains__)
    people = _people(files, config)
    found = posts_in(files, [name for name in names if name.lower().endswith(TEXTS)], left)
    root = min((name.partition("_posts/")[0] for name in names if "_posts/" in name), key=len, default="")
    found = [post for post in found if post.headed.written or not post.name.lower().endswith(".html")]

    def made(post: Post) -> Item:
        return _item(files, _with_defaults(post, config), config, people, root)

    items = [item for _, item in read_each(found, made, left)]
    pages = {name: address for name, address, _ in _pages(files, config)}
    left += [Left(Where(name), "a page that is no post", title) for name, _, title in _pages(files, config)]
    site = text_in(config, "url")
    base = text_in(config, "baseurl")
    static = tuple(dict.fromkeys(("", root.rstrip("/"))))
    sites = (f"{site.rstrip('/')}{('/' + base.strip('/')) if base.strip('/') else ''}/",) if site else ()
    language = text_in(config, "default_lang", "lang", "locale")
    return Archive(items=tuple(items), left=tuple(left), sites=sites, static=static, language=language, pages=pages)


def _config(files: SourceFiles) -> Mapping[str, Any]:
    name = next((name for name in ("_config.yml", "_config.yaml", "docs/_config.yml") if name in files), "")
    name = name or next((one for one in files.names if one.endswith("/_config.yml")), "")
    value = yaml_of(files.text(name)) if name else None
    return value if isinstance(value, dict) else {}


def _with_defaults(post: Post, config: Mapping[str, Any]) -> Post:
    """A text with the values that the configuration gives to its folder; a longer path counts before others."""
    found: list[tuple[int, Mapping[str, Any]]] = []
    defaults = config.get("defaults")
    for one in defaults if isinstance(defaults, list) else ():
        scope, values = (one.get("scope"), one.get("values")) if isinstance(one, dict) else (None, None)
        path = text_in(scope, "path").strip("/") if isinstance(scope, dict) else ""
        kind = text_in(scope, "type") if isinstance(scope, dict) else ""
        if (
            isinstance(values, dict)
            and kind in ("", "posts")
            and f"{post.name}/".startswith(f"{path}/" if path else "")
        ):
            found.append((len(path), values))
    known = {str(key).lower(): value for _, values in sorted(found, key=itemgetter(0)) for key, value in values.items()}
    return replace(post, headed=replace(post.headed, header=known | dict(post.header))) if known else post


def _people(files: SourceFiles, config: Mapping[str, Any]) -> Mapping[str, str]:
    """Names of authors by their keys in ``_data/authors.yml`` and in the configuration."""
    name = next((one for one in files.names if re.search(r"(?:^|/)_data/authors\.ya?ml$", one)), "")
    value = yaml_of(files.text(name)) if name else None
    both = [one for one in (config.get("authors"), value) if isinstance(one, dict)]
    return {
        str(key): text_in(one, "name", "display_name") or str(key)
        for people in both
        for key, one in people.items()
        if isinstance(one, dict)
    }


def _item(files: SourceFiles, post: Post, config: Mapping[str, Any], people: Mapping[str, str], root: str) -> Item:
    header = post.header
    before = post.name.partition("_posts/")[0].partition("_drafts/")[0].strip("/")
    folders = tuple(
        part for part in before.split("/") if part and part not in ("docs", "src", "blog", "source", "site")
    )
    categories = (*folders, *tags_in(header, "category", "categories", spaces=True))
    date = in_zone(moment_of(header.get("date")), text_in(config, "timezone")) or post.day or _short_year(post.name)
    words = {
        "page.title": text_in(header, "title"), "site.title": text_in(config, "title"), "page.url": "",
        "site.name": text_in(config, "name"), "_posts": f"/{root}_posts",
        "site.description": text_in(config, "description"), "page.description": text_in(header, "description"),
        "page.date": str(date or ""), "site.author": text_in(config, "author", "author.name"),
    }  # fmt: skip
    words |= {
        f"page.{key}": str(value)
        for key, value in header.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    }
    authors = names_in(header.get("authors") or header.get("author")) or names_in(config.get("author"))
    known: dict[str, Any] = {
        "date": date,
        "tags": tuple(dict.fromkeys((*categories, *tags_in(header, "tags", "tag", spaces=True)))),
        "authors": tuple(people.get(name, name) for name in authors),
        "addresses": tuple(_addresses(post, header, config, categories, date)),
        "short": tuple(_redirects(header)),
    }
    if language := text_in(header, "lang", "language"):
        known["language"] = language
        known["work"] = text_in(header, "ref", "lang-ref", "lang_ref", "translation_id", "page_id", "permalink")
    if "_drafts/" in post.name:
        known["state"] = State.DRAFT
        known["date"] = date or date_of_file(files, post.name)[0]
    return item_of(post, prepare=(liquid, kramdown, extra), words=words, decides=True, **known)


def _short_year(name: str) -> dt.datetime | None:
    """The day of a name that begins with a year of two digits, which Jekyll takes as well."""
    found = re.match(r"(\d\d)-(\d{1,2})-(\d{1,2})-", posixpath.basename(name))
    return moment_of(f"20{found[1]}-{found[2]}-{found[3]}") if found else None


def _redirects(header: Mapping[str, Any]) -> Iterator[str]:
    for address in names_in(header.get("redirect_from")):
        yield address.strip("/").rpartition("/")[2].removesuffix(".html")


def _addresses(
    post: Post,
    header: Mapping[str, Any],
    config: Mapping[str, Any],
    categories: tuple[str, ...],
    date: dt.datetime | None,
) -> Iterator[str]:
    pattern = text_in(header, "permalink") or text_in(config, "permalink") or "date"
    pattern = STYLES.get(pattern, pattern)
    slug = text_in(header, "slug") or post.stem
    when = date or dt.datetime(1970, 1, 1)  # noqa: DTZ001 - a draft has no address
    year, week, day = when.isocalendar()
    cased = "/".join(dict.fromkeys(name.lower() for name in categories))
    parts = {
        "year": f"{when:%Y}", "month": f"{when:%m}", "day": f"{when:%d}", "i_month": str(when.month),
        "i_day": str(when.day),
        "short_year": f"{when:%y}", "short_month": f"{when:%b}", "long_month": f"{when:%B}", "y_day": f"{when:%j}",
        "hour": f"{when:%H}", "minute": f"{when:%M}", "second": f"{when:%S}", "week": f"{week:02}", "w_year": str(year),
        "short_day": f"{when:%a}", "long_day": f"{when:%A}", "w_day": str(day),
        "title": _pretty(slug), "slug": _slug(slug), "categories": cased, "name": _slug(slug),
        "slugified_categories": "/".join(dict.fromkeys(map(_slug, categories))), "output_ext": ".html",
        "path": posixpath.splitext(post.name)[0], "collection": "posts",
    }  # fmt: skip
    base = text_in(config, "baseurl").strip("/")
    address = url_from(pattern.replace(":output_ext", ".html"), parts)
    address = f"/{address.lstrip('/')}"
    yield f"/{base}{address}" if base else address
    if base:
        yield address
    for old in names_in(header.get("redirect_from")):
        yield f"/{old.lstrip('/')}"


def _pretty(text: str) -> str:
    """The title in an address, from the name of a file: blanks and signs that need an escape are hyphens."""
    return re.sub(r"[^\w\u0300-\u036f.~!$&'()+,;=@]+|-{2,}", "-", text).strip("-")


def _slug(text: str) -> str:
    """Small letters and digits of any script, with hyphens between."""
    return re.sub(r"(?:[^\w\u0300-\u036f]|_)+", "-", text).strip("-").lower()


def _pages(files: SourceFiles, config: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Pages beside the posts, which are no issues: their names, addresses and titles."""
    pattern = text_in(config, "permalink")
    folders = pattern == "pretty" or pattern.endswith("/")
    for name in files.ending(*MARKDOWN):
        inside = any(part.startswith(("_", ".")) for part in name.split("/"))
        if not inside and (one := headed(files.start(name))).written:
            stem = re.sub(r"(?:^|/)index$", "", posixpath.splitext(name)[0])
            usual = f"/{stem}{'/' if folders else '.html'}" if stem else "/"
            yield name, text_in(one.header, "permalink") or usual, text_in(one.header, "title")
