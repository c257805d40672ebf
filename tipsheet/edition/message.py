"""The message of one recipient, joined from the bytes of an edition.

What readers share is encoded once. For every set of segments that the edition tells apart, a `Composer` keeps the
message as a list of byte strings with gaps; composing fills the gaps (To, Message-ID, List-Unsubscribe, lines with
merge fields) and joins. The message is ``multipart/alternative``, text first (RFC 2046, 5.1.4), in quoted-printable,
byte for byte what the standard library's `email` package builds from the same parts.
"""

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import groupby
from operator import attrgetter, itemgetter

from tipsheet.edition.edition import MESSAGE_DATE, MESSAGE_KEY, Edition, Escape, Line, Piece, Recipient, Slot, fill
from tipsheet.edition.joining import html_part, text_part
from tipsheet.edition.mime import COLUMNS, LONGEST, mapped, quoted, subject_field, to_field, wrapped
from tipsheet.model.audience import Segments
from tipsheet.model.directions import LTR, RTL
from tipsheet.model.placeholders import TOKEN

__all__ = ["Composer"]

_PLANS = 256
"""Plans that are kept at most; each is about as large as a message."""

_ROOM = 64
"""Characters that a key or a token has at most, for the length of a line of the header."""

_plain = re.compile(r"[A-Za-z0-9._~-]*").fullmatch
"""Whether a value stands for itself: in text, HTML and addresses, and in quoted-printable."""

_is_key = re.compile(r"[a-z0-9]{1,24}").fullmatch
_is_token = re.compile(rf"[A-Za-z0-9._~-]{{1,{_ROOM}}}").fullmatch


def _encoded(escape: Escape, around: str, value: str) -> str:
    return mapped(escape.apply(value, around))


_ENCODED: dict[tuple[Escape, str], Callable[[str], str]] = {
    (escape, around): lru_cache(maxsize=4096)(partial(_encoded, escape, around))
    for escape in Escape
    for around in (LTR, RTL)
}
"""Values as they stand in a body; remembered, since readers share first names and cities."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """The message of a set of segments: finished bytes, with gaps among them that are empty.

    ``fields`` are the merge fields in it, each with a fallback and an encoding for all the places where it stands,
    and with True where a plain value may stand in all of them as it is; that makes a row of values. ``spans`` add to
    the row what several of them make with the words between. A line of ``lines`` has its gap, what stands before and
    after the one value of the row, and the length up to which it is not wrapped. ``to`` and ``subject`` are gaps too;
    a subject without slots is finished.
    """

    parts: tuple[bytes, ...]
    fields: tuple[tuple[str, bool, tuple[tuple[str | None, Callable[[str], str]], ...]], ...]
    spans: tuple[tuple[str, Callable[[Sequence[str]], object]], ...]
    lines: tuple[tuple[int, str, int, str, int], ...]
    to: int
    subject: tuple[int, Line] | None


class Composer:
    """Makes the messages of one edition. One is enough for all of its recipients, in several threads too."""

    def __init__(self, edition: Edition) -> None:
        """Encode the finished lines; raises ValueError for a field of the header that is too long."""
        self._edition = edition
        self._names = edition.names()
        self._encoded = {
            p.content: quoted(p.content)
            for p in (*edition.text, *edition.html)
            if isinstance(p, Piece) and isinstance(p.content, str)
        }
        self._plans: dict[Segments, _Plan] = {}
        for name, line in edition.header:
            if len(name) + sum(_ROOM if isinstance(part, Slot) else len(part) for part in line) > LONGEST:
                raise ValueError(f"the header's {name} is longer than a line of a message may be")

    def compose(self, recipient: Recipient) -> bytes:
        """The whole message; the same recipient gets the same bytes. Raises what `pieces` raises."""
        return b"".join(self.pieces(recipient))

    def pieces(self, recipient: Recipient) -> list[bytes]:
        """The message in pieces of whole lines; what readers share is the same object in each.

        Raises ValueError for a reader for whom the issue is not meant, an address that a header cannot hold, a value
        with a line break or a NUL, and one that is missing and has no fallback.
        """
        plan = self._plan(recipient.segments)
        if not _is_key(recipient.key):
            raise ValueError(f"{recipient.key!r} is no key of a message")
        if not _is_token(recipient.token):
            raise ValueError("the reader has no token, or one that an address cannot hold")
        own = {TOKEN: recipient.token, MESSAGE_KEY: recipient.key, MESSAGE_DATE: recipient.date}
        get = {**recipient.values, **own}.get
        values: list[str] = []
        for name, as_it_is, places in plan.fields:
            given = get(name)
            if given and as_it_is and _plain(given):
                values += [given] * len(places)
            else:
                values += [encoded(given or _stand_in(name, fallback)) for fallback, encoded in places]
        parts = [*plan.parts]
        parts[plan.to] = to_field(recipient.name, recipient.address).encode()
        if plan.subject:
            index, line = plan.subject
            parts[index] = _subject(fill(line, recipient.values))
        for pattern, take in plan.spans:
            values.append(pattern % take(values))
        for index, before, row, after, short in plan.lines:
            filled = f"{before}{values[row]}{after}"
            parts[index] = (filled if len(filled) <= short else f"{wrapped(filled[:-2])}\r\n").encode("ascii")
        return parts

    def _plan(self, segments: Segments) -> _Plan:
        known = segments & self._names
        plan = self._plans.get(known)
        if plan is None:
            if not self._edition.audience.includes(segments):
                raise ValueError(f"issue {self._edition.issue} is not meant for a reader of these segments")
            if len(self._plans) >= _PLANS:
                self._plans.clear()
            plan = self._plans[known] = self._planned(known)
        return plan

    def _planned(self, segments: Segments) -> _Plan:
        edition, draft = self._edition, _Draft()
        boundary = f"=_{edition.digest[:24]}"  # no encoded body holds "=_" (RFC 2045, 6.7)
        for name, line in edition.header:
            draft.field(name, line)
        draft.to()
        draft.subject(edition.wording(edition.subject, segments))
        draft.text(f'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="{boundary}"\r\n')
        for kind, pieces in (("plain", text_part(edition, segments)), ("html", html_part(edition, segments))):
            draft.text(f'\r\n--{boundary}\r\nContent-Type: text/{kind}; charset="utf-8"\r\n')
            draft.text("Content-Transfer-Encoding: quoted-printable\r\n\r\n")
            for piece in pieces:
                if isinstance(piece.content, str):
                    draft.finished(self._encoded.get(piece.content) or _numbered(piece.content))
                else:
                    draft.body(piece.content)
        draft.text(f"\r\n--{boundary}--\r\n")
        return draft.plan()


class _Draft:
    """A plan while it is made, in the order of the message."""

    def __init__(self) -> None:
        self._parts: list[bytearray] = [bytearray()]
        self._lines: list[tuple[int, Line, int]] = []
        self._to = 0
        self._subject: tuple[int, Line] | None = None

    def finished(self, content: bytes) -> None:
        self._parts[-1] += content

    def text(self, content: str) -> None:
        self.finished(content.encode("ascii"))

    def _gap(self) -> int:
        self._parts += [bytearray(), bytearray()]
        return len(self._parts) - 2

    def to(self) -> None:
        self._to = self._gap()

    def subject(self, line: Line) -> None:
        if any(isinstance(part, Slot) for part in line):
            self._subject = (self._gap(), line)
        else:
            self.finished(_subject(fill(line, {})))

    def field(self, name: str, line: Line) -> None:
        """A field of the header for machines: its slots stand in addresses, where values need no encoding."""
        whole = (f"{name}: ", *line, "\r\n")
        if any(isinstance(part, Slot) for part in line):
            self._lines.append((self._gap(), whole, sys.maxsize))
        else:
            self.text(fill(whole, {}))

    def body(self, line: Line) -> None:
        """A line of a part; most are short and end in what may end a line of quoted-printable."""
        parts = tuple(part if isinstance(part, Slot) else mapped(part.removesuffix("\n")) for part in line)
        end = next(part for part in reversed(parts) if part)
        short = COLUMNS + 2 if isinstance(end, str) and not end.endswith((" ", "\t")) else 0
        self._lines.append((self._gap(), (*parts, "\r\n"), short))

    def plan(self) -> _Plan:
        found = {part for _, line, _ in self._lines for part in line if isinstance(part, Slot)}
        ordered = sorted(found, key=lambda slot: (slot.field, slot.fallback or "", slot.escape, slot.around))
        rows = {slot: row for row, slot in enumerate(ordered)}
        spans: list[tuple[str, Callable[[Sequence[str]], object]]] = []
        lines = []
        for index, line, short in self._lines:
            places = [place for place, part in enumerate(line) if isinstance(part, Slot)]
            span = line[places[0] : places[-1] + 1]
            picks = [rows[part] for part in span if isinstance(part, Slot)]
            row = picks[0]
            if len(picks) > 1:
                row = len(rows) + len(spans)
                spans.append(
                    ("".join("%s" if isinstance(p, Slot) else p.replace("%", "%%") for p in span), itemgetter(*picks))
                )
            before, after = fill(line[: places[0]], {}), fill(line[places[-1] + 1 :], {})
            lines.append((index, before, row, after, short))
        fields = []
        for name, slots in groupby(ordered, attrgetter("field")):
            same = tuple(slots)
            as_it_is = all(slot.around == LTR or slot.escape is Escape.URL for slot in same)
            fields.append((name, as_it_is, tuple((slot.fallback, _ENCODED[slot.escape, slot.around]) for slot in same)))
        parts = tuple(map(bytes, self._parts))
        return _Plan(parts, tuple(fields), tuple(spans), tuple(lines), self._to, self._subject)


def _stand_in(name: str, fallback: str | None) -> str:
    if fallback is None:
        raise ValueError(f"no value for '{name}', and nothing stands in for it")
    return fallback


_numbered = lru_cache(maxsize=4096)(quoted)
"""Lines with numbers of links, which are few: many sets of segments share them."""


@lru_cache(maxsize=4096)
def _subject(text: str) -> bytes:
    return subject_field(text).encode("ascii")
