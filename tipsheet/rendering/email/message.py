"""From an edition to a letter for a reader's segments, and to the message that carries it.

Nothing is rendered here: pieces are selected, joined and filled. The bytes are those that the
standard library's `email` package would write, at a fraction of its time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.quoprimime import body_encode
from functools import lru_cache

from tipsheet.model.audience import Segments
from tipsheet.model.edition import Edition, Line, Piece, fill
from tipsheet.rendering.email.headers import NOBODY, header, serialized
from tipsheet.settings import Settings

__all__ = ["PREVIEW", "Letter", "encoded_part", "join", "message", "quoted"]

PREVIEW: Mapping[str, str] = {"token": "your-own-token"}
"""What a copy that goes to nobody is filled with: fallbacks, and a word in the place of the token."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What one reader is sent; ``html`` and ``text`` end in a line feed."""

    subject: str
    html: str
    text: str


def join(edition: Edition, segments: Segments, values: Mapping[str, str] = PREVIEW) -> Letter:
    """The letter for a reader of these segments.

    Raises ValueError for a value that holds a line break, and when the token is missing.
    """
    return Letter(
        fill(edition.subject, values),
        _joined(edition.part(edition.html, segments), values),
        _joined(edition.part(edition.text, segments), values),
    )


def _joined(pieces: Iterable[Piece], values: Mapping[str, str]) -> str:
    return "".join(p.content if isinstance(p.content, str) else fill(p.content, values) for p in pieces)


@lru_cache(maxsize=512)
def quoted(text: str) -> bytes:
    """Whole lines in quoted-printable: CRLF, at most 76 columns (RFC 2045, 6.7).

    The encoding of joined texts is the joined encoding, since it goes line by line. Remembered,
    because the letters of an issue share most of their pieces.
    """
    return body_encode(text.encode().decode("latin-1"), 76).replace("\n", "\r\n").encode("ascii")


def encoded_part(pieces: Iterable[Piece]) -> tuple[bytes | Line, ...]:
    """One part for one audience: encoded runs, and the lines that are filled and encoded for each reader."""
    result: list[bytes | Line] = []
    for piece in pieces:
        if not isinstance(piece.content, str):
            result.append(piece.content)
        elif result and isinstance(result[-1], bytes):
            result[-1] += quoted(piece.content)
        else:
            result.append(quoted(piece.content))
    return tuple(result)


def message(
    edition: Edition,
    segments: Segments,
    settings: Settings,
    *,
    values: Mapping[str, str] = PREVIEW,
    to: str = NOBODY,
    recipient: str = "",
) -> bytes:
    """The whole message (RFC 5322, ``multipart/alternative`` with the text first).

    ``to`` is a mailbox as `headers.mailbox` writes it, ``recipient`` the key of the reader that the
    Message-ID is made from. The same arguments give the same bytes.
    """
    boundary = f"=_{edition.digest[:24]}"  # no encoded body holds "=_" (RFC 2045, 6.7)
    fields = header(edition, settings, to=to, recipient=recipient or ",".join(sorted(segments)), values=values)
    parts = [serialized([*fields, ("Content-Type", f'multipart/alternative; boundary="{boundary}"')]), b"\r\n"]
    for kind, pieces in (("plain", edition.text), ("html", edition.html)):
        parts.append(
            f'--{boundary}\r\nContent-Type: text/{kind}; charset="utf-8"\r\n'
            "Content-Transfer-Encoding: quoted-printable\r\n\r\n".encode("ascii")
        )
        parts += (
            run if isinstance(run, bytes) else quoted(fill(run, values))
            for run in encoded_part(edition.part(pieces, segments))
        )
        parts.append(b"\r\n")
    return b"".join([*parts, f"--{boundary}--\r\n".encode("ascii")])
