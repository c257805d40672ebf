"""Pictures that come along: from the files of the source, or from other hosts where an editor asks for it.

These are fetched by HTTP, with bounds on time, size and redirects.
"""

import hashlib
import http.client
import posixpath
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urljoin

from tipsheet.archives.item import Item
from tipsheet.archives.links import Addresses, parts_of
from tipsheet.archives.source import UnreadableSourceError
from tipsheet.model.addresses import slug_of
from tipsheet.pictures.copies import published
from tipsheet.pictures.files import DamagedError
from tipsheet.pictures.opening import facts_of

__all__ = ["Fetch", "Pictures", "fetch_picture", "words_for"]

Fetch = Callable[[str], bytes | str]
"""Gets the bytes at an address, or says for which reason there are none."""

ENDINGS = {"PNG": ".png", "JPEG": ".jpg", "GIF": ".gif", "WEBP": ".webp", "AVIF": ".avif"}
FILES = frozenset(
    {".pdf", ".txt", ".csv", ".mp3", ".m4a", ".mp4", ".ics", ".epub", ".odt", ".ods", ".docx", ".xlsx", ".pptx", ".svg"}
)
"""Endings of files that readers may fetch by a link."""
_JUNK = re.compile(
    r"^(?:[0-9a-f-]{8,}|img|image|dsc|screen ?shot|untitled|unnamed|photo|pic|picture)?[\s\d_x.-]*$", re.IGNORECASE
)


@dataclass(slots=True)
class Pictures:
    """The pictures of an archive: ``folder`` is where they go in the content folder, ``taken`` what goes there."""

    addresses: Addresses
    folder: str
    fetch: Fetch | None = None
    taken: dict[str, bytes] = field(default_factory=dict)
    _known: dict[str, tuple[str, str]] = field(default_factory=dict)

    def place(self, src: str, item: Item) -> tuple[str, str]:
        """The name in the content folder of the picture that an item shows at ``src``; else empty, and the reason."""
        src = _whole(src)
        led = self.addresses.led(src, item)
        file = led.file or self.addresses.picture(led.address or src)
        key = file or led.address
        if key not in self._known:
            self._known[key] = self._take(file, led.address)
        return self._known[key]

    def file(self, file: str) -> tuple[str, str]:
        """The name in the content folder of a file that an item links to; else empty, and the reason."""
        if file.lower().endswith(tuple(ENDINGS.values())) or file.lower().endswith(".jpeg"):
            if file not in self._known:
                self._known[file] = self._take(file, "")
            return self._known[file]
        stem, ending = posixpath.splitext(posixpath.basename(file))
        if ending.lower() not in FILES:
            return "", "a link to a file of a kind that is not published"
        data = self.addresses.files.read(file)
        name = f"files/{slug_of(stem)[:60].strip('-')}-{hashlib.sha256(data).hexdigest()[:8]}{ending.lower()}"
        self.taken[name] = data
        return name, ""

    def _take(self, file: str, address: str) -> tuple[str, str]:
        data = None
        if file:
            try:
                data = self.addresses.files.read(file)
            except (UnreadableSourceError, OSError) as error:
                return "", str(error)
        elif address and self.fetch is not None:
            answer = self.fetch(address)
            if isinstance(answer, str):
                return "", f"a picture that does not come: {answer}"
            data = answer
        elif address:
            return "", "a picture on another host, which --online fetches"
        if data is None:
            return "", "a picture that is not in the source"
        try:
            ending = ENDINGS.get(facts_of(data).kind, "")
        except DamagedError:
            ending = ""
        if not ending:
            return "", "a picture of a kind that letters cannot show, or damaged"
        data = published(data)
        stem = slug_of(posixpath.splitext(posixpath.basename(unquote(parts_of(file or address).path)))[0])[:60].strip(
            "-"
        )
        name = f"{self.folder}/{stem or 'picture'}-{hashlib.sha256(data).hexdigest()[:8]}{ending}"
        self.taken[name] = data
        return name, ""


def _whole(src: str) -> str:
    """The address of the picture itself, where that of a service which makes it smaller holds it (Substack)."""
    found = re.search(r"/image/fetch/[^/]+/(https?(?:%3A|:).+)$", src)
    return unquote(found[1]) if found else src


def words_for(src: str) -> str:
    """Words for a picture that has none, from the name of its file."""
    stem = posixpath.splitext(posixpath.basename(unquote(parts_of(src).path)))[0]
    words = re.sub(r"[-_+.\s]+", " ", re.sub(r"-\d{2,4}x\d{2,4}$", "", stem)).strip()
    return "Picture" if _JUNK.match(words) or not re.search(r"[^\W\d_]{3}", words) else words[:100]


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
