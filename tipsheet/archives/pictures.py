"""Pictures that come along: from the files of the source, or from other hosts where an editor asks for it.

These are fetched by HTTP, with bounds on time, size, redirects and the networks that are asked.
"""

import hashlib
import http.client
import ipaddress
import posixpath
import queue
import re
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, unquote, urljoin

from tipsheet.archives.item import Item
from tipsheet.archives.links import Addresses, parts_of
from tipsheet.archives.source import UnreadableSourceError
from tipsheet.model.addresses import slug_of
from tipsheet.pictures.copies import published
from tipsheet.pictures.files import DamagedError
from tipsheet.pictures.opening import facts_of

__all__ = ["Downloads", "Fetch", "Pictures", "is_public", "words_for"]

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
"""For which a host may be silent."""
LARGEST = 30_000_000
REDIRECTS = 5
PATIENCE = 3
"""Times that a host may not answer before it is not asked again."""
_FOUND = frozenset({301, 302, 303, 307, 308})
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""Addresses that hold one of IPv4 (RFC 6052, 2.1)."""


def places_of(host: str) -> tuple[str, ...]:
    """The addresses of a host; raises OSError for an unknown one."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(place[4][0]) for place in found))


@dataclass(slots=True)
class Downloads:
    """Pictures of other hosts: ``seconds`` for all that are asked for, ``seconds_each`` for one with its redirects.

    A text that came from anywhere may name a host of the network that we stand in, which nobody outside can ask. So a
    host is asked at a public address alone, the one that was looked at, or at one that is ``allowed``.
    """

    seconds: float = 3600
    seconds_each: float = 60
    allowed: Collection[str] = ()
    clock: Callable[[], float] = time.monotonic
    look_up: Callable[[str], tuple[str, ...]] = places_of
    """Finds the addresses of a host, which may take as long as a host may be silent."""
    _begun: float | None = None
    _silent: Counter[str] = field(default_factory=Counter)

    def __call__(self, address: str) -> bytes | str:
        """The bytes at an address of the web, or the reason for which there are none."""
        now = self.clock()
        self._begun = now if self._begun is None else self._begun
        if now - self._begun >= self.seconds:
            return f"the time for all pictures is over: {self.seconds:g} seconds"
        end = min(now + self.seconds_each, self._begun + self.seconds)
        for _ in range(REDIRECTS + 1):
            answer = self._asked(address, end)
            if not isinstance(answer, _Elsewhere):
                return answer
            try:
                address = urljoin(address, answer)
            except ValueError:
                return "no address of the web"
        return f"it is moved more than {REDIRECTS} times"

    def _asked(self, address: str, end: float) -> bytes | str:
        """The bytes, the address that the host names instead, or the reason for which there are none."""
        parts = parts_of(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return "no address of the web"
        if self._silent[parts.netloc] >= PATIENCE:
            return f"its host has not answered {PATIENCE} times"
        try:
            answer = self._answer(parts, end)
        except http.client.IncompleteRead:
            answer = "its host breaks off"
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._silent[parts.netloc] += 1
            answer = f"its host does not answer: {str(error) or type(error).__name__}"
        return f"it takes longer than {self.seconds_each:g} seconds" if self.clock() >= end else answer

    def _answer(self, parts: SplitResult, end: float) -> bytes | str:
        places = _in_time(self.look_up, parts.hostname or "", min(SECONDS, end - self.clock()))
        if inside := next((one for one in places if not (is_public(one) or one in self.allowed)), ""):
            return f"its host is at {inside}, which is no public address"
        connection = _Connection(parts.netloc.rpartition("@")[2], parts.scheme == "https", places)
        path = quote(f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}", safe="/%:@!$&'()*+,;=~-._?")
        with _until(connection, end - self.clock()):
            return _answer(connection, path)


def is_public(place: str) -> bool:
    """Return True for an address that the whole internet can ask (RFC 6890), whatever address it holds in itself."""
    address = ipaddress.ip_address(place.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        address = inner or address
    return address.is_global and not address.is_multicast


def _in_time(look_up: Callable[[str], tuple[str, ...]], host: str, seconds: float) -> tuple[str, ...]:
    """The addresses of a host; raises TimeoutError if they are not found in time, since no resolver can be told one."""
    found: queue.SimpleQueue[tuple[str, ...] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found.put(look_up(host))
        except Exception as error:  # noqa: BLE001 - it is raised again where it is waited for
            found.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = found.get(timeout=max(seconds, 0))
    except queue.Empty:
        raise TimeoutError("its name is not found in time") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


class _Elsewhere(str):
    """The address that a host names instead."""

    __slots__ = ()


class _Connection(http.client.HTTPConnection):
    """A connection to one of the addresses that were looked at; the name is not looked up again."""

    def __init__(self, host: str, encrypted: bool, places: Sequence[str]) -> None:
        self.default_port = http.client.HTTPS_PORT if encrypted else http.client.HTTP_PORT
        super().__init__(host, timeout=SECONDS)
        self._context = ssl.create_default_context() if encrypted else None
        self._places = places
        self.is_over = False
        """No time is left: what it connects to after that is not asked."""

    def connect(self) -> None:
        """Connect to the first of the addresses that answers."""
        for number, place in enumerate(self._places, 1):
            try:
                self.sock = socket.create_connection((place, self.port), SECONDS)
                break
            except OSError:
                if self.is_over or number == len(self._places):
                    raise
        if self.is_over:
            raise TimeoutError
        if self._context is not None:
            name = self.host
            self.sock = self._context.wrap_socket(self.sock, server_hostname=name, do_handshake_on_connect=False)
            self.sock.do_handshake()


@contextmanager
def _until(connection: _Connection, seconds: float) -> Iterator[None]:
    """Close the connection after so many seconds, however slowly its host goes on."""

    def stop() -> None:
        connection.is_over = True
        with suppress(OSError, AttributeError):
            connection.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(seconds, 0), stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        connection.close()


def _answer(connection: _Connection, path: str) -> bytes | str:
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
    if promised not in (None, len(data)):
        raise http.client.IncompleteRead(data, (promised or 0) - len(data))
    return data
