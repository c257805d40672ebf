"""Quoted-printable (RFC 2045, 6.7), byte for byte as the standard library's `email` writes it.

It works line by line and character by character, so that what is encoded apart can be joined: the
finished lines of an edition once, and for each reader only the values that stand in the slots.
"""

import re

__all__ = ["COLUMNS", "mapped", "quoted", "wrapped"]

COLUMNS = 76
"""Of an encoded line, at most."""

_UNSAFE = re.compile(r"[^\t\n -<>-~]+")
_BREAK = "=\r\n"
_SPACE = {" ": "=20", "\t": "=09"}


def quoted(text: str) -> bytes:
    """Whole lines that end in line feeds, as they are sent: CRLF, at most `COLUMNS` wide."""
    return "\r\n".join([wrapped(line) for line in mapped(text).split("\n")]).encode("ascii")


def mapped(text: str) -> str:
    """Every octet that may not stand for itself as ``=XX``; white space and the width of lines are `wrapped`'s."""
    return _UNSAFE.sub(lambda run: "".join([f"={octet:02X}" for octet in run[0].encode()]), text)


def wrapped(line: str) -> str:
    """A mapped line with soft line breaks where it is too wide, and its last space or tab made visible."""
    if len(line) <= COLUMNS and not line.endswith((" ", "\t")):
        return line
    whole = ""
    start = 0
    while len(line) - start > COLUMNS:
        stop = start + COLUMNS - 1
        if line[stop - 2] == "=":  # never inside =XX
            stop -= 2
        elif line[stop - 1] == "=":
            stop -= 1
        whole += line[start:stop] + _BREAK
        start = stop
    return whole + _tail(line[start:])


def _tail(rest: str) -> str:
    """The last line of a long one. RFC 2045, 6.7 (3): white space may not be the last thing on a line."""
    if not rest.endswith((" ", "\t")):
        return rest
    space = _SPACE[rest[-1]]
    if len(rest) + len(space) - 1 <= COLUMNS:
        return rest[:-1] + space
    return rest + _BREAK if len(rest) < COLUMNS else rest[:-1] + _BREAK + space
