"""The running service: what every route is given, the answers that routes share, and changes committed together."""

import datetime as dt
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Generic, TypeVar

import sqlalchemy as sa
from flask import Request, Response, request

from tipsheet.audience.consent import Entropy, Evidence
from tipsheet.audience.register import Register, open_register
from tipsheet.audience.secret import TEST_ID, Secret
from tipsheet.audience.subscriber import Subscriber, UnknownTokenError, known_by_token, token_in
from tipsheet.edition.service import SERVICE_FILE, SERVICE_FOLDER, ServiceOutbox, ServiceRecord, fill_page, read_service
from tipsheet.model.language import FIELD, language_for
from tipsheet.words import Words, words_of

__all__ = [
    "GroupCommit", "Outbox", "Service", "answer", "evidence_of", "language_of", "person_of", "reader_of", "stranger",
]  # fmt: skip

R = TypeVar("R")
T = TypeVar("T")
MANY = 32
"""Requests in one transaction, at most."""
MOST_WANTED, LONGEST_CODE = 20, 35
"""Languages of a browser that are looked at, and characters of a code of one (RFC 5646, 4.4.1)."""


class Outbox:
    """The outbox of the build, read again when it has changed; several threads may ask."""

    def __init__(self, folder: Path) -> None:
        """Read it; raises NotInOutboxError when there is nothing for the service in it."""
        self.folder = folder
        self._seen = self._stamp()
        self._read = read_service(folder)

    def now(self) -> ServiceOutbox:
        """Return what lies there now; while a build is moving its files in, what lay there before."""
        stamp = self._stamp()
        if stamp != self._seen:
            try:
                self._read = read_service(self.folder)
            except Exception:  # noqa: BLE001 - a build is at work, or left a fault that /readyz and doctor report
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
    that sends letters that there is one. ``language`` is that of the request which is answered (`spoken`); empty
    before it is known, and where nothing says another than the first.
    """

    engine: sa.Engine
    outbox: Outbox
    secret: Secret
    clock: Callable[[], dt.datetime]
    entropy: Entropy = os.urandom
    environ: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    trusted_hops: tuple[str, ...] = ()
    wake: Callable[[], None] = lambda: None
    language: str = ""

    @property
    def record(self) -> ServiceRecord:
        """The build's record of the publication, in the language of the request."""
        return self.outbox.now().in_language(self.language)

    def spoken(self, locale: str | None = None) -> "Service":
        """The service in the language of this request; ``locale`` is that of the reader, where one is known."""
        return replace(self, language=language_of(request, self.record.languages, locale))

    @contextmanager
    def register(self) -> Iterator[Register]:
        """Open the register of subscribers for one transaction, committed at the end."""
        with open_register(self.engine, self.secret, now=self.clock(), entropy=self.entropy) as register:
            yield register

    @property
    def words(self) -> Words:
        """Our words in the language of the request."""
        return words_of(self.record.language, "service", self.record.own)

    def html(self, page: str, values: Mapping[str, str], flags: AbstractSet[str] = frozenset()) -> str:
        """A page in the language of the request, with these values and flags; raises KeyError for a value it lacks."""
        return fill_page(self.outbox.now().page(page, self.language), values, flags)


def language_of(asked: Request, languages: Sequence[str], locale: str | None = None) -> str:
    """The one of these languages that a request is answered in, the one place that decides it (S25).

    It is that of the reader, by their ``locale`` alone; before we know one, that of the page which the request comes
    from, as a form or an address says; else the first that the browser asks for and we have (RFC 9110, 12.5.4).
    Empty where nothing says one that we have.
    """
    if len(languages) <= 1:
        return ""
    if locale is not None:
        return language_for(locale, languages)
    said = (asked.form.get(FIELD, ""), asked.args.get(FIELD, ""))
    wanted = (code for code, quality in asked.accept_languages[:MOST_WANTED] if quality > 0)
    found = (language_for(code, languages) for code in (*said, *wanted) if len(code) <= LONGEST_CODE)
    return next(filter(None, found), "")


def person_of(service: Service, token: str) -> str | None:
    """The public id that a token of a letter speaks for; None for a token that we have not made.

    A full stop or a bracket that a program took for a part of the address does no harm. The time does not tell how
    much of a wrong token was right (`Secret.public_id` compares in constant time).
    """
    return service.secret.public_id(token_in(token))


def reader_of(connection: sa.Connection, service: Service, public_id: str) -> Subscriber | None:
    """The reader with this id; None for one who was erased, and for `TEST_ID`."""
    if public_id == TEST_ID:
        return None
    try:
        return known_by_token(connection, service.secret, service.secret.leave_token(public_id))
    except UnknownTokenError:
        return None


def evidence_of(service: Service, path: str, *, form: str, wording: str = "") -> Evidence:
    """Evidence of what the sender of this request does: the page without its token, its words, the network."""
    return Evidence(source=f"{service.record.url}/{path}", form=form, wording=wording, ip=request.remote_addr or "")


def answer(
    service: Service,
    page: str,
    values: Mapping[str, str] | None = None,
    flags: AbstractSet[str] = frozenset(),
    status: int = 200,
) -> Response:
    """A page of the service as an answer; no cache keeps it, as every answer without other headers."""
    return Response(service.html(page, values or {}, flags), status, mimetype="text/html")


def stranger(service: Service) -> Response:
    """The answer for a token of nobody, which is the same wherever one is used."""
    return answer(service.spoken(), "unknown", status=404)


@dataclass(eq=False, slots=True)
class _Waiting(Generic[R, T]):
    """A request whose thread waits; ``result`` or ``error`` is set once it is on the disk."""

    request: R
    result: list[T] = field(default_factory=list)
    error: BaseException | None = None

    @property
    def answered(self) -> bool:
        return bool(self.result) or self.error is not None


class GroupCommit(Generic[R, T]):
    """Commits what several threads ask for together.

    A commit that reaches the disk costs as much for eight requests as for one, and the chain of consent has one writer
    at a time. The first thread does what all ask for that have come meanwhile, in few statements, and nobody is
    answered before the commit. When that fails nothing is kept, and each request is done again by itself, so that none
    depends on a stranger's.
    """

    def __init__(
        self,
        opened: Callable[[], AbstractContextManager[Register]],
        work: Callable[[Register, Sequence[R]], Sequence[T]],
    ) -> None:
        """``opened`` opens the register for one transaction; ``work`` does the requests, and gives each its result.

        Of what it does twice only the last counts: it changes nothing but the store.
        """
        self._opened, self._work = opened, work
        self._waiting: deque[_Waiting[R, T]] = deque()
        self._turn = threading.Lock()

    def commit(self, request: R) -> T:
        """Do a request and return its result after the commit; raises what the work, opening or committing does."""
        mine = _Waiting[R, T](request)
        self._waiting.append(mine)
        with self._turn:
            while not mine.answered:
                self._do_some()
        if mine.error is not None:
            raise mine.error
        return mine.result[0]

    def _do_some(self) -> None:
        """Do the oldest that wait: all in one transaction, or else each in its own."""
        some = [self._waiting.popleft() for _ in range(min(len(self._waiting), MANY))]
        if not self._together(some):
            for one in some:
                self._together([one])

    def _together(self, some: Sequence[_Waiting[R, T]]) -> bool:
        """Do these in one transaction; False when one of several fails, and then none was done.

        A store that cannot be opened or committed to is nobody's own fault: all of them fail then, and none is tried
        again, since each try of a busy store lasts for seconds.
        """
        at_work = False
        try:
            with self._opened() as register:
                at_work = True
                results = self._work(register, [one.request for one in some])
                at_work = False
        except BaseException as error:  # noqa: BLE001 - raised in the thread that waits; none may wait for ever
            if at_work and len(some) > 1:
                return False
            for one in some:
                one.error = error
        else:
            for one, result in zip(some, results, strict=True):
                one.result.append(result)
        return True
