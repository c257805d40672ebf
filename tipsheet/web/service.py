"""What every route is given: the store, what the build left, the secret, the hour and chance."""

import datetime as dt
import os
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import sqlalchemy as sa

from tipsheet.audience.consent import Entropy
from tipsheet.audience.register import Register, open_register
from tipsheet.audience.secret import Secret
from tipsheet.edition.service import SERVICE_FILE, SERVICE_FOLDER, ServiceOutbox, ServiceRecord, fill_page, read_service

__all__ = ["Outbox", "Service"]


class Outbox:
    """The folder that the build left, read again when it has changed; several threads may ask."""

    def __init__(self, folder: Path) -> None:
        """Read it; raises NotInOutboxError when there is nothing for the service in it."""
        self.folder = folder
        self._seen = self._stamp()
        self._read = read_service(folder)

    def now(self) -> ServiceOutbox:
        """What lies there now; while a build is moving its files in, what lay there before."""
        stamp = self._stamp()
        if stamp != self._seen:
            try:
                self._read = read_service(self.folder)
            except Exception:  # noqa: BLE001 - a build is at work, or left a fault that /readyz and doctor tell
                return self._read
            self._seen = stamp
        return self._read

    def _stamp(self) -> tuple[int, int]:
        try:
            found = (self.folder / SERVICE_FOLDER / SERVICE_FILE).stat()
        except OSError:
            return (0, 0)
        return (found.st_mtime_ns, found.st_ino)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One running service; ``clock`` gives moments with a zone, ``entropy`` random octets.

    ``trusted_hops`` are networks of proxies whose forwarded addresses are believed. ``wake`` tells the thread
    that sends letters that there is one.
    """

    engine: sa.Engine
    outbox: Outbox
    secret: Secret
    clock: Callable[[], dt.datetime]
    entropy: Entropy = os.urandom
    environ: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    trusted_hops: tuple[str, ...] = ()
    wake: Callable[[], None] = lambda: None

    @property
    def record(self) -> ServiceRecord:
        """What the build says of the publication."""
        return self.outbox.now().record

    @contextmanager
    def register(self) -> Iterator[Register]:
        """The register of subscribers, open for one change; committed at the end."""
        with open_register(self.engine, self.secret, now=self.clock(), entropy=self.entropy) as register:
            yield register

    def html(
        self, page: str, values: Mapping[str, str], flags: AbstractSet[str] = frozenset(), language: str = ""
    ) -> str:
        """A page of the service with these values and flags; raises KeyError for a value that it lacks."""
        return fill_page(self.outbox.now().page(page, language), values, flags)
