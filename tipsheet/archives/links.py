"""Addresses of the old site and of its files: what a link in an item leads to, now.

A link leads to another item of the archive, to a file of it, or to where it led. One into the old site that leads to
neither keeps its whole address, where that is known. ``aliases`` of a header reach below ``issues/`` and ``articles/``
only; every other old address is the web server's to answer, by lists for nginx, Caddy and Netlify (and Cloudflare).
Lines are added to a list, and never changed.
"""

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from tipsheet.archives.item import Archive, Item
from tipsheet.archives.source import SourceFiles
from tipsheet.model.addresses import split_address

__all__ = [
    "FORMATS",
    "REDIRECTS",
    "Addresses",
    "Led",
    "addresses_of",
    "old_paths",
    "parts_of",
    "redirect_lists",
    "site_of",
]

_ENDING = re.compile(r"(?:/|^)index\.(?:html?|md|php)$|\.(?:html?|md|markdown|mkd|rst|php)$|/$", re.IGNORECASE)
_SOURCE = re.compile(r"(?:^|/)_(?:posts|drafts)/|\.(?:md|markdown|mkd|rst|org|adoc)$", re.IGNORECASE)
"""A path of a source, which no page ever had for its address."""
_LINK = re.compile(r"https?://([\w.-]+)(/[^\s\"'?#<>]+)")
_TRACKING = re.compile(
    r"(?:^|&)(?:utm_[a-z]+|mc_cid|mc_eid|fbclid|gclid|last_resource_guid|_bhlid)=[^&]*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Led:
    """The target of a link: the number of an item, a file of the source, or an address; without any there is none."""

    item: int | None = None
    file: str = ""
    address: str = ""
    fragment: str = ""
    old: bool = False
    """True for an address in the old site that is neither an item nor a file."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """The items and files of an archive by their addresses."""

    files: SourceFiles
    sites: tuple[str, ...]
    static: tuple[str, ...]
    _items: Mapping[str, int] = field(repr=False)
    _names: Mapping[str, tuple[str, ...]] = field(repr=False)
    _pages: Mapping[str, str] = field(default_factory=dict, repr=False)

    def led(self, href: str, item: Item) -> Led:
        """Return the target of a link in an item."""
        href = href.strip()
        scheme = re.match(r"([a-zA-Z][a-zA-Z0-9+.-]*):", href)
        if scheme and scheme[1].lower() not in ("http", "https"):
            known = scheme[1].lower() in ("mailto", "tel", "sms", "geo", "xmpp", "irc", "magnet", "ftp", "sftp", "news")
            return Led(address=href) if known and len(href) > len(scheme[0]) else Led()
        if href.startswith("//"):
            href = f"https:{href}"
        if href.startswith(("http://", "https://")):
            return self._absolute(href)
        path, mark, rest = split_address(href)
        fragment = rest if mark == "#" else rest.partition("#")[2]
        if not path:
            return Led(fragment=fragment)
        for candidate in self._candidates(path, item):
            file = self._file(candidate)
            found = self._items.get(_key(candidate), self._items.get(_key(file)) if file else None)
            if found is not None:
                return Led(item=found, fragment=fragment)
            if file:
                return self._page(f"{self._pages[file]}{mark}{rest}") if file in self._pages else Led(file=file)
        return self._old(href, item)

    def _page(self, address: str) -> Led:
        """A page of the old site that is no item."""
        return Led(address=urljoin(self.sites[0], address.lstrip("/")), old=True) if self.sites else Led()

    def _absolute(self, href: str) -> Led:
        parts, host = parts_of(href), _host(href)
        if not host:
            return Led()
        path = parts.path
        found = self._items.get(f"{host}{_key(path)}")
        mine = any(_host(site) == host for site in self.sites)
        if found is None and mine:
            found = next((self._items[k] for k in map(_key, self._within(path)) if k in self._items), None)
            file = next((file for name in self._within(path) if (file := self._file(unquote(name).lstrip("/")))), "")
            if found is None and file:
                return Led(file=file)
        if found is not None:
            return Led(item=found, fragment=parts.fragment)
        return Led(address=_without_tracking(href), old=mine)

    def _within(self, path: str) -> Iterator[str]:
        """The path from the root of the host, and from the root of the site, where that is a folder."""
        yield path
        for site in self.sites:
            below = parts_of(site).path.rstrip("/")
            if below and path.startswith(f"{below}/"):
                yield path[len(below) :]

    def _candidates(self, path: str, item: Item) -> Iterator[str]:
        """The paths that a relative one may mean: a file beside this one, or a page beside its page."""
        plain = unquote(path)
        if plain.startswith("/"):
            yield from self._within(plain)
            yield plain.lstrip("/")
            return
        if item.base and not item.base.startswith("/"):
            yield posixpath.normpath(posixpath.join(posixpath.dirname(item.base), plain))
            folder = posixpath.splitext(item.base)[0]
            yield posixpath.normpath(posixpath.join(folder, plain))
        for address in item.addresses:
            yield posixpath.normpath(urljoin(parts_of(address).path or "/", plain))
        yield posixpath.normpath(plain).lstrip("./")

    def _file(self, path: str) -> str:
        """The file of the source at this path, or nothing."""
        plain = posixpath.normpath(path.lstrip("/"))
        for folder in self.static:
            name = posixpath.join(folder, plain)
            if name in self.files:
                return name
        return ""

    def picture(self, address: str) -> str:
        """The file whose path ends as this address does, in two parts at least or as the only one of its name."""
        path = unquote(parts_of(address).path)
        parts = path.strip("/").split("/")
        names = self._names.get(parts[-1].lower(), ())
        both = [name for name in names if name.split("/")[-2:-1] == parts[-2:-1] and len(parts) > 1]
        return (both or [*names] if len(both or names) == 1 else both or [""])[0]

    def _old(self, href: str, item: Item) -> Led:
        if not self.sites or _SOURCE.search(split_address(href)[0]):
            return Led()
        page = next((address for address in item.addresses), "/")
        below = parts_of(self.sites[0]).path
        if page.startswith("/") and not page.startswith(below):
            page = f"{below.rstrip('/')}{page}"
        return Led(address=urljoin(urljoin(self.sites[0], page), href), old=True)


def addresses_of(archive: Archive, files: SourceFiles) -> Addresses:
    """The addresses of an archive; of two items with one address the first counts."""
    items: dict[str, int] = {}
    for number, item in enumerate(archive.items):
        for address in (*item.addresses, item.base):
            for key in _keys(address):
                items.setdefault(key, number)
    names: dict[str, list[str]] = {}
    for name in files.names:
        names.setdefault(name.rpartition("/")[2].lower(), []).append(name)
    frozen = {name: tuple(found) for name, found in names.items()}
    return Addresses(files, archive.sites, archive.static, items, frozen, archive.pages)


def site_of(items: Sequence[Item]) -> tuple[str, ...]:
    """The address of the old site, which an export does not name: the host of most links to its items."""
    paths = {_key(address) for item in items for address in item.addresses}
    hosts: Counter[str] = Counter()
    for item in items:
        hosts.update({found[1] for found in _LINK.finditer(item.text) if _key(found[2]) in paths})
    return (f"https://{hosts.most_common(1)[0][0]}/",) if hosts else ()


def _keys(address: str) -> Sequence[str]:
    if not address:
        return ()
    if address.startswith(("http://", "https://")):
        parts = parts_of(address)
        return (f"{_host(address)}{_key(parts.path)}", _key(parts.path))
    return (_key(address),)


def _key(path: str) -> str:
    """The form in which paths are compared: decoded, in small letters, without the ending of a page."""
    return "/" + _ENDING.sub("", unquote(path).lower()).strip("/")


def _host(address: str) -> str:
    return (parts_of(address).hostname or "").removeprefix("www.")


def parts_of(address: str) -> SplitResult:
    """The parts of an address (RFC 3986); of one that is none they are empty."""
    try:
        return urlsplit(address)
    except ValueError:  # of a host in square brackets that is no address
        return urlsplit("")


def _without_tracking(href: str) -> str:
    head, mark, query = href.partition("?")
    if not mark or not _TRACKING.search(query):
        return href
    query, hash_, fragment = query.partition("#")
    left = _TRACKING.sub("", query).strip("&")
    return f"{head}{'?' if left else ''}{left}{hash_}{fragment}"


def _old_of(line: str) -> str:
    """A line of a list without the address to which it leads."""
    return re.sub(r"""\s+"?/[^\s"]*"?(?:;| permanent| 301)?\s*$""", "", line)


REDIRECTS = "redirects"
"""Folder of the lists in the publication."""


def _nginx(old: str, new: str) -> str:
    """A line of a ``map`` of ``$request_uri`` (ngx_http_map_module)."""
    return f'"{old}" "{new}";'


def _caddy(old: str, new: str) -> str:
    """A directive; what has a query cannot be told by a path."""
    return f'redir "{old}" "{new}" permanent' if "?" not in old else ""


def _netlify(old: str, new: str) -> str:
    path, mark, query = old.partition("?")
    return f"{path} {query} {new} 301" if mark else f"{old} {new} 301"


FORMATS: Mapping[str, Callable[[str, str], str]] = {
    "nginx.map": _nginx,
    "redirects.caddy": _caddy,
    "_redirects": _netlify,
}
"""A line of each list, by the names of their files."""


def old_paths(addresses: Iterable[str], new: str) -> tuple[str, ...]:
    """The paths of old addresses as a server is asked for them, without those that are the new one."""
    found: list[str] = []
    for address in addresses:
        parts = parts_of(address)
        path = quote("/" + parts.path.lstrip("/"), safe="/%:@!$&'()*+,;=~-._")
        query = f"?{parts.query}" if parts.query else ""
        forms = [path + query] if query or re.search(r"\.\w+$", path) else [path.rstrip("/"), f"{path.rstrip('/')}/"]
        found += [form for form in forms if form not in ("", "/") and form.rstrip("/") != new.rstrip("/")]
    return tuple(dict.fromkeys(form for form in found if not re.search(r'[\s"{}]', form)))


def redirect_lists(pairs: Iterable[tuple[str, str]], before: Mapping[str, str]) -> dict[str, str]:
    """The lists by their paths; ``pairs`` are old paths with new ones, ``before`` are the lists that are there."""
    leading: dict[str, str] = {}
    for old, new_path in pairs:
        leading.setdefault(old, new_path)  # one address leads to one page, or nginx does not start
    pairs = list(leading.items())
    lists: dict[str, str] = {}
    for name, line_of in FORMATS.items():
        path = f"{REDIRECTS}/{name}"
        text = before.get(path, "")
        known = {_old_of(line) for line in text.splitlines()}
        new = [line for old, target in pairs if (line := line_of(old, target)) and _old_of(line) not in known]
        if new:
            lists[path] = (
                text + ("" if not text or text.endswith("\n") else "\n") + "\n".join(dict.fromkeys(new)) + "\n"
            )
    return lists
