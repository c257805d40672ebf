"""Leaving by hand: whoever an address or the token of a letter names, one or a list of them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tipsheet.audience.consent import Evidence
from tipsheet.audience.register import Register
from tipsheet.audience.subscriber import (
    BadAddressError,
    Subscriber,
    UnknownSubscriberError,
    UnknownTokenError,
    address_of,
    known,
    known_by_token,
    token_in,
)
from tipsheet.audience.transitions import unsubscribe
from tipsheet.errors import TipsheetError

__all__ = ["NotFound", "leave", "leave_all", "wishes"]

REASONS: Mapping[type[TipsheetError], str] = {
    UnknownTokenError: "no reader is known by this token",
    UnknownSubscriberError: "nobody is subscribed by this address",
    BadAddressError: "neither an address nor a token",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NotFound:
    """A line that names nobody; ``reason`` holds nothing of the line."""

    line: int
    reason: str


def leave(register: Register, who: str, evidence: Evidence) -> Subscriber:
    """Unsubscribe the reader that an address or a token names.

    Raises UnknownTokenError, UnknownSubscriberError and BadAddressError.
    """
    token = token_in(who)
    someone = (
        known_by_token(register.connection, register.secret, token)
        if token
        else known(register.connection, address_of(who))
    )
    return unsubscribe(register, someone, evidence)


def wishes(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """The addresses and tokens of a file with their lines, from 1; empty lines and ``# comments`` are passed over."""
    for number, line in enumerate(lines, 1):
        text = line.strip().removeprefix("\ufeff")
        if text and not text.startswith("#"):
            yield number, text


def leave_all(
    register: Register, who: Iterable[tuple[int, str]], evidence: Evidence
) -> Iterator[Subscriber | NotFound]:
    """Unsubscribe each, and give who it was, or why a line names nobody."""
    for line, text in who:
        try:
            yield leave(register, text, evidence)
        except tuple(REASONS) as error:
            yield NotFound(line=line, reason=REASONS[type(error)])
