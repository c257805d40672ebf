"""Encodings of a message: fields of the header, and quoted-printable (RFC 2045, 6.7) for its parts.

CPython's `policy.SMTP` folds a long List-Unsubscribe into ``=?utf-8?q?`` (cpython#85725), and mail providers then hide
the button. Here encoded words (RFC 2047) stand in display names and the subject only, as `email.header.Header` writes
them; all else is ASCII and never folded (E16). Quoted-printable is byte for byte that of the standard library, made
line by line: what is encoded apart can be joined, finished lines once and for each reader only the values in the slots.
"""

import base64
import re

__all__ = [
    "COLUMNS", "LONGEST", "NOBODY", "encoded_text", "mailbox", "mapped", "quoted", "subject_field", "to_field",
    "wrapped",
]  # fmt: skip


NOBODY = "undisclosed-recipients:;"
"""The To of a copy that goes to nobody (RFC 5322, 3.4: a group without members)."""

LONGEST = 998
"""Characters of a line, at most (RFC 5322, 2.1.1)."""

_COLUMNS = 76
"""Of a line with an encoded word, at most (RFC 2047, 2)."""

_WHOLE = 320
"""Characters of a text in ASCII that is left whole, so that no line is longer than `LONGEST`."""

_FOLD = "\r\n "
_printable = re.compile(r"[ -~]*").fullmatch
_words = re.compile(rf"[A-Za-z0-9 '_-]{{1,{_WHOLE}}}").fullmatch
_special = re.compile(r'[][\\()<>@,:;".]').search
_quotable = re.compile(r'[\\"]')
_breaks = re.compile(r"[\r\n\0]").search
_address = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+").fullmatch
_utf8_address = re.compile(  # beyond ASCII all but spaces and what ends a line
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\xa1-\u167f\u1681-\u1fff\u2030-\u205e\u2060-\u2fff\u3001-\ud7ff\ue000-\U0010ffff-]+"
    r"@[A-Za-z0-9.-]+"
).fullmatch


def encoded_text(field: str, text: str) -> str:
    """Text for people in the field of this name: as it is when it is ASCII, else as encoded words.

    Raises ValueError for CR, LF and NUL (E17).
    """
    if _printable(text) and "=?" not in text and len(text) <= _WHOLE:
        return text
    if _breaks(text):
        raise ValueError(f"the {field} cannot hold a line break or a NUL")
    most = _octets(_COLUMNS - len(f"{field}: "))
    whole = text.encode()
    if len(whole) <= most:
        return _encoded_word(whole)
    words: list[str] = []
    chunk = b""
    for letter in text:
        data = letter.encode()
        if len(chunk) + len(data) > most:
            words.append(_encoded_word(chunk))
            chunk, most = b"", _octets(_COLUMNS - 1)
        chunk += data
    return _FOLD.join([*words, _encoded_word(chunk)])


def _octets(columns: int) -> int:
    """Octets that an encoded word of this width holds: base64 writes three as four characters."""
    return (columns - len("=?utf-8?b??=")) // 4 * 3


def _encoded_word(data: bytes) -> str:
    return f"=?utf-8?b?{base64.b64encode(data).decode()}?="


def mailbox(field: str, name: str, address: str, *, utf8: bool = False) -> str:
    """``Name <address>`` (RFC 5322, 3.4) for the field of this name.

    Raises ValueError for an address that is not plain ASCII, but for a local part in ``utf8`` (RFC 6532, which a sender
    needs SMTPUTF8 for), and for CR, LF and NUL in the name.
    """
    if not _address(address) and not (utf8 and _utf8_address(address)):
        raise ValueError(f"'{address}' is not an address that a header can hold")
    if not name:
        return address
    if _words(name):
        return f"{name} <{address}>"
    words = encoded_text(field, name)
    if words is name:
        escaped = _quotable.sub(r"\\\g<0>", name)
        return f'"{escaped}" <{address}>' if _special(name) else f"{name} <{address}>"
    last = f"{field}: {words}".rpartition("\r\n")[2]
    return f"{words}{' ' if len(f'{last} <{address}>') <= _COLUMNS else _FOLD}<{address}>"


def to_field(name: str, address: str) -> str:
    """The To of a message, with its line end; without an address it goes to nobody."""
    return f"To: {mailbox('To', name, address, utf8=True) if address else NOBODY}\r\n"


def subject_field(text: str) -> str:
    """The Subject, with its line end."""
    return f"Subject: {encoded_text('Subject', text)}\r\n"


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
