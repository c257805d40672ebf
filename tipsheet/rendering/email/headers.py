"""The header of a message, by a serializer of our own.

CPython's `policy.SMTP` folds a long List-Unsubscribe into ``=?utf-8?q?`` (cpython#85725), and mail
providers then hide the button. Here encoded words (RFC 2047) stand in display names and the subject
only; what machines read is ASCII and never broken inside an address (E16).
"""

import base64
import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Mapping
from email.utils import format_datetime, parseaddr
from urllib.parse import quote, urlsplit

from tipsheet.model.edition import Edition, Escape, fill
from tipsheet.model.names import slug_of
from tipsheet.rendering.email.pieces import line_of
from tipsheet.settings import Settings

__all__ = ["NOBODY", "encoded_text", "header", "mailbox", "message_id", "sender_of", "serialized"]

NOBODY = "undisclosed-recipients:;"
"""The To of a copy that goes to nobody (RFC 5322, 3.4: a group without members)."""

_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_PRINTABLE = re.compile(r"[ -~]*")
_FOLD = "\r\n "
_BESIDE = 62
"""Characters of name and address that stand on one line, behind the longest name of a header."""

_WORD_BYTES = 39
"""Of UTF-8 in one encoded word, so that no line with one is longer than 76 (RFC 2047, 2)."""


def encoded_text(text: str) -> str:
    """Unstructured text for a header: as it is when it is ASCII, else as encoded words.

    Raises ValueError for CR, LF and NUL (E17).
    """
    _refuse_breaks(text)
    if _PRINTABLE.fullmatch(text) and "=?" not in text:
        return text
    words: list[str] = []
    chunk = b""
    for letter in text:
        data = letter.encode()
        if len(chunk) + len(data) > _WORD_BYTES:
            words.append(_encoded_word(chunk))
            chunk = b""
        chunk += data
    return _FOLD.join([*words, _encoded_word(chunk)])


def _encoded_word(data: bytes) -> str:
    return f"=?utf-8?b?{base64.b64encode(data).decode()}?="


def _refuse_breaks(text: str) -> None:
    if re.search(r"[\r\n\0]", text):
        raise ValueError(f"a header cannot hold a line break or a NUL: {text!r}")


def mailbox(name: str, address: str) -> str:
    """``Name <address>`` (RFC 5322, 3.4). Raises ValueError for an address that is not plain ASCII."""
    _refuse_breaks(address)
    if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+", address):
        raise ValueError(f"'{address}' is not an address that a header can hold")
    if not name:
        return address
    if _ATOMS.fullmatch(name) and "=?" not in name:
        return f"{name} <{address}>"
    if _PRINTABLE.fullmatch(name) and "=?" not in name:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}" <{address}>'
    words = encoded_text(name)
    last = words.rpartition("\r\n")[2]
    return f"{words}{' ' if len(last) + len(address) < _BESIDE else _FOLD}<{address}>"


def sender_of(settings: Settings) -> tuple[str, str]:
    """Name and address of the From: `mail.sender`, or the editor."""
    if settings.mail.sender is None:
        return settings.masthead.editor or settings.masthead.name, settings.masthead.editor_email
    name, address = parseaddr(settings.mail.sender)
    return name, address


def message_id(issue: str, recipient: str, host: str) -> str:
    """The same for the same issue and recipient key, at most 78 octets, without an address in it (D14)."""
    key = base64.b32encode(hashlib.sha256(f"{issue}\0{recipient}".encode()).digest()).decode().lower()[:24]
    return f"<{slug_of(issue)[: max(1, 50 - len(host))].rstrip('-')}.{key}@{host}>"


def header(
    edition: Edition, settings: Settings, *, to: str, recipient: str, values: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """Names and values of the header, without the content's own.

    ``to`` is a mailbox as `mailbox` writes it; ``recipient`` a key that stands for the reader.
    """
    masthead, mail = settings.masthead, settings.mail
    host = urlsplit(masthead.url).hostname or "localhost"
    list_id = mail.list_id or f"{slug_of(masthead.name)}.{host}"
    label = f"{masthead.name} " if _ATOMS.fullmatch(masthead.name) else ""
    fields = [
        ("From", mailbox(*sender_of(settings))),
        ("To", to),
        ("Reply-To", mailbox(masthead.editor, masthead.editor_email)),
        ("Subject", encoded_text(fill(edition.subject, values))),
        ("Date", format_datetime(dt.datetime.fromisoformat(edition.published))),
        ("Message-ID", message_id(edition.issue, recipient, host)),
        ("List-Id", list_id if "<" in list_id else f"{label}<{list_id}>"),
        ("List-Archive", f"<{masthead.url}archive/>"),
    ]
    if mail.unsubscribe_url:
        page = fill(line_of(mail.unsubscribe_url, Escape.URL), values)
        token = quote(values.get("token", ""), safe="")
        letter = f"mailto:{mail.unsubscribe_email or masthead.editor_email}?subject=unsubscribe%20{token}"
        fields += [
            ("List-Unsubscribe", f"<{page}>,\r\n <{letter}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ]
    return (*fields, ("MIME-Version", "1.0"))


def serialized(fields: Iterable[tuple[str, str]]) -> bytes:
    """The fields as lines; long ones are folded at spaces between words (RFC 5322, 2.2.3)."""
    return b"".join(_folded(f"{name}: {value}").encode("ascii") + b"\r\n" for name, value in fields)


def _folded(line: str, limit: int = 78) -> str:
    if "\r\n" in line or len(line) <= limit or "<" in line:
        return line
    lines = [""]
    for number, word in enumerate(line.split(" ")):
        glue = " " if number else ""
        if number > 1 and len(lines[-1]) + 1 + len(word) > limit and word and not lines[-1].isspace():
            lines.append("")
        lines[-1] += glue + word
    return "\r\n".join(lines)
