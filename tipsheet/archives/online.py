"""Pictures from other hosts, where an editor has asked for them: by HTTP, with bounds on time, size and redirects."""

import http.client
import ssl
from urllib.parse import urljoin, urlsplit

__all__ = ["fetch_picture"]

SECONDS = 20
LARGEST = 30_000_000
REDIRECTS = 5
_FOUND = frozenset({301, 302, 303, 307, 308})


def fetch_picture(address: str) -> bytes | None:
    """The bytes at an address of the web, or None where nothing answers, too much comes, or it is no web address."""
    for _ in range(REDIRECTS):
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return None
        try:
            answer = _asked(
                parts.scheme, parts.netloc, f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
            )
        except (OSError, http.client.HTTPException, ValueError):
            return None
        if isinstance(answer, bytes):
            return answer
        if answer is None:
            return None
        address = urljoin(address, answer)
    return None


def _asked(scheme: str, host: str, path: str) -> bytes | str | None:
    """The bytes, or the address that the host names instead, or None."""
    connection: http.client.HTTPConnection
    if scheme == "https":
        connection = http.client.HTTPSConnection(host, timeout=SECONDS, context=ssl.create_default_context())
    else:
        connection = http.client.HTTPConnection(host, timeout=SECONDS)
    try:
        connection.request("GET", path, headers={"User-Agent": "tipsheet-import", "Accept": "image/*"})
        answer = connection.getresponse()
        if answer.status in _FOUND:
            return answer.getheader("Location")
        data = answer.read(LARGEST + 1)
        return data if answer.status == http.client.OK and len(data) <= LARGEST else None
    finally:
        connection.close()
