"""Lists by which a web server leads old addresses to the new pages: for nginx, Caddy and Netlify (and Cloudflare).

``aliases`` of a header reach below ``issues/`` and ``articles/`` only; every other address of the old site is the web
server's to answer. Lines are added to a list, and never changed.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import quote

from tipsheet.archives.links import parts_of

__all__ = ["FORMATS", "old_paths", "redirect_lists"]

FOLDER = "redirects"


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
    pairs = list(dict.fromkeys(pairs))
    lists: dict[str, str] = {}
    for name, line_of in FORMATS.items():
        path = f"{FOLDER}/{name}"
        text = before.get(path, "")
        known = set(text.splitlines())
        new = [line for old, target in pairs if (line := line_of(old, target)) and line not in known]
        if new:
            lists[path] = (
                text + ("" if not text or text.endswith("\n") else "\n") + "\n".join(dict.fromkeys(new)) + "\n"
            )
    return lists
