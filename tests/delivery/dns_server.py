"""A server of DNS on loopback, over UDP and TCP, that knows the records of one text."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset
import dns.zone

from tipsheet.delivery.online.lookups import Lookups, resolver_at

SERVFAIL, SILENT = "SERVFAIL", "SILENT"
"""Instead of a record: the server fails at this name, or says nothing."""

_ROOT = ". 60 IN SOA a.root. b.root. 1 60 60 60 60\n. 60 IN NS a.root.\n"


@dataclass
class Names:
    """What the server knows; ``asked`` are the questions, in order."""

    zone: dns.zone.Zone
    odd: dict[dns.name.Name, str]
    port: int = 0
    asked: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        """As `--resolver` takes it."""
        return f"127.0.0.1:{self.port}"

    def lookups(self, patience: float = 6) -> Lookups:
        """What asks this server."""
        resolver = resolver_at(self.address)
        resolver.lifetime = patience
        return Lookups(resolver)

    def answer(self, wire: bytes, *, most: int) -> bytes | None:
        """The answer to a question, marked as cut short where it does not fit."""
        query = dns.message.from_wire(wire)
        response = dns.message.make_response(query, recursion_available=True)
        (question,) = query.question
        self.asked.append(f"{question.name} {dns.rdatatype.to_text(question.rdtype)}")
        odd = self.odd.get(question.name)
        if odd == SILENT:
            return None
        if odd == SERVFAIL:
            response.set_rcode(dns.rcode.SERVFAIL)
            return response.to_wire()
        self._fill(response, question.name, question.rdtype)
        found = response.to_wire()
        if len(found) > most:
            response.answer.clear()
            response.flags |= dns.flags.TC
            found = response.to_wire()
        return found

    def _fill(self, response: dns.message.Message, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> None:
        for _ in range(5):
            alias = self.zone.get_rrset(name, "CNAME")
            if alias is None or kind == dns.rdatatype.CNAME:
                break
            response.answer.append(alias)
            name = alias[0].target
        found = self.zone.get_rrset(name, kind)
        if found is not None:
            response.answer.append(found)
        elif not any(known.is_subdomain(name) for known in self.zone):
            response.set_rcode(dns.rcode.NXDOMAIN)


def names(records: Sequence[str]) -> Names:
    """The zone of lines such as ``sheet.test TXT "v=spf1 -all"``."""
    lines, odd = [_ROOT], {}
    for record in records:
        name, _, rest = record.partition(" ")
        if rest in {SERVFAIL, SILENT}:
            odd[dns.name.from_text(name)] = rest
        else:
            lines.append(f"{name}. 60 IN {rest}\n")
    return Names(dns.zone.from_text("".join(lines), origin=".", relativize=False, check_origin=False), odd)


@contextmanager
def dns_server(records: Sequence[str]) -> Iterator[Names]:
    """Run a server that knows these records, and the root; what it does not know does not exist."""
    known = names(records)
    datagrams, listener = _both()
    known.port = listener.getsockname()[1]
    with datagrams, listener:
        threads = [
            threading.Thread(target=_datagrams, args=(datagrams, known)),
            threading.Thread(target=_streams, args=(listener, known)),
        ]
        for thread in threads:
            thread.start()
        try:
            yield known
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
                waker.sendto(b"", ("127.0.0.1", known.port))  # an empty datagram ends it
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()


def _both() -> tuple[socket.socket, socket.socket]:
    """A socket for datagrams and one for streams on one port; a port may be free for one of them only."""
    while True:
        listener = socket.create_server(("127.0.0.1", 0))
        datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            datagrams.bind(listener.getsockname())
        except OSError:
            datagrams.close()
            listener.close()
        else:
            return datagrams, listener


def _datagrams(datagrams: socket.socket, known: Names) -> None:
    while True:
        wire, client = datagrams.recvfrom(4096)
        if not wire:
            return
        answer = known.answer(wire, most=512)
        if answer is not None:
            datagrams.sendto(answer, client)


def _streams(listener: socket.socket, known: Names) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection, connection.makefile("rb") as stream:
                wire = stream.read(int.from_bytes(stream.read(2)))
                answer = known.answer(wire, most=65535) or b""
                connection.sendall(len(answer).to_bytes(2) + answer)
