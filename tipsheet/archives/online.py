"""Pictures from other hosts, where an editor has asked for them: by HTTP, with bounds on time, size and redirects."""

import http.client
import ssl
from urllib.parse import quote, urljoin

from tipsheet.archives.links import parts_of

__all__ = ["fetch_picture"]

SECONDS = 20
LARGEST = 30_000_000
REDIRECTS = 5
_FOUND = frozenset({301, 302, 303, 307, 308})


def fetch_picture(address: str) -> bytes | str:
    """The bytes at an address of the web, or the reason for which there are none."""
    for _ in range(REDIRECTS + 1):
        parts = parts_of(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return "no address of the web"
        path = quote(f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}", safe="/%:@!$&'()*+,;=~-._?")
        try:
            answer = _asked(parts.scheme, parts.netloc.rpartition("@")[2], path)
        except (OSError, http.client.HTTPException, ValueError) as error:
            return f"its host does not answer: {str(error) or type(error).__name__}"
        if not isinstance(answer, _Elsewhere):
            return answer
        try:
            address = urljoin(address, answer)
        except ValueError:
            return "no address of the web"
    return f"it is moved more than {REDIRECTS} times"


class _Elsewhere(str):
    """The address that a host names instead."""

    __slots__ = ()


def _asked(scheme: str, host: str, path: str) -> bytes | str:
    """The bytes, the address that the host names instead, or the reason for which there are none."""
    connection: http.client.HTTPConnection
    if scheme == "https":
        connection = http.client.HTTPSConnection(host, timeout=SECONDS, context=ssl.create_default_context())
    else:
        connection = http.client.HTTPConnection(host, timeout=SECONDS)
    try:
        connection.request("GET", path, headers={"User-Agent": "tipsheet-import", "Accept": "image/*"})
        answer = connection.getresponse()
        if answer.status in _FOUND and (there := answer.getheader("Location")):
            return _Elsewhere(there)
        if answer.status != http.client.OK:
            return f"its host answers {answer.status}"
        promised = answer.length
        data = answer.read(LARGEST + 1) if promised is None or promised <= LARGEST else b""
        if (promised or len(data)) > LARGEST:
            return f"it is larger than {LARGEST // 1_000_000} MB"
        return data if promised in (None, len(data)) else "its host breaks off"
    finally:
        connection.close()
