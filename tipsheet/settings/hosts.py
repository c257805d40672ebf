"""What in mkdocs.yml makes every page ask another host (K7)."""

from collections.abc import Collection, Iterator
from typing import Any

from tipsheet.documents import Document, KeyPath
from tipsheet.model.addresses import host_of
from tipsheet.problems import Problem

__all__ = ["FONT_HOST", "host_problems"]

FONT_HOST = "fonts.googleapis.com"
"""Where Material takes the fonts from that ``theme: font:`` names; without the setting we switch them off."""
ANALYTICS = {"google": "www.googletagmanager.com"}
"""What Material's providers of analytics load."""


def host_problems(document: Document, allow: Collection[str]) -> Iterator[Problem]:
    """A finding for each setting that names another host, unless that is allowed."""
    for path, what, host in _asked(document):
        if host.lower() not in allow:
            message = f"{what} makes every reader's browser ask another host, {host}"
            yield Problem(document.place(path), "TS150", message, "take it out, or name the host under allow:")


def _asked(document: Document) -> Iterator[tuple[KeyPath, str, str]]:
    for key in ("extra_javascript", "extra_css"):
        entries: Any = document.get(key)
        for index, entry in enumerate(entries if isinstance(entries, list) else []):
            address = entry.get("path") if isinstance(entry, dict) else entry
            host = host_of(str(address))
            if host is not None:
                yield (key, index), key, host
    for name in ("logo", "favicon"):
        host = host_of(str(document.get("theme", name) or ""))
        if host is not None:
            yield ("theme", name), f"theme: {name}", host
    if document.get("theme", "font"):
        yield ("theme", "font"), "theme: font", FONT_HOST
    provider = document.get("extra", "analytics", "provider")
    if provider is not None:
        yield ("extra", "analytics"), "analytics", ANALYTICS.get(str(provider), str(provider))
