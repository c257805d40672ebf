"""Editions in the outbox: the record in ``edition.json``, its digest, and reading it to be sent or shown.

The record is written with sorted keys and one line of the letter a line, so that a diff shows what changed. It holds
all that composing needs, and no address of a reader.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from tipsheet.edition.edition import (
    Edition,
    Escape,
    Line,
    LinkMark,
    Links,
    MarkedLine,
    MarkedPiece,
    Piece,
    Slot,
    Variant,
    When,
    fill,
)
from tipsheet.errors import TipsheetError
from tipsheet.model.audience import Audience
from tipsheet.model.directions import LTR
from tipsheet.problems import did_you_mean

__all__ = [
    "BUILD_FILE", "DRAFTS_MARK", "EDITION_FILE", "VERSION", "NotInOutboxError", "digest_of", "edition_from",
    "fields_of", "plain_when", "read_edition", "record_of", "sender_of", "when_from",
]  # fmt: skip


VERSION = 3
"""Of the record's form; another one cannot be read."""


EDITION_FILE = "edition.json"
"""File of an issue in its folder of the outbox."""

BUILD_FILE = "build.json"
"""File beside the editions that says what they were made of."""

DRAFTS_MARK = "DRAFTS.txt"
"""File that stands beside the editions of a build with drafts in it: they are to look at, not to publish."""


def record_of(edition: Edition) -> str:
    """The edition as JSON text."""
    return json.dumps(_plain(edition), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def digest_of(edition: Edition) -> str:
    """SHA-256, in hex, of everything that a reader could be sent.

    It is taken of the record without its layout, which json writes several times faster.
    """
    plain = json.dumps(_plain(replace(edition, digest="")), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()


def edition_from(record: str) -> Edition:
    """The edition that `record_of` wrote.

    Raises ValueError for what is not such a record, for another version of its form, and for a digest that does not
    agree with the content.
    """
    try:
        data = json.loads(record)
        if data["version"] != VERSION:
            raise ValueError(f"an edition of form {data['version']}, this program reads {VERSION}")
        edition = Edition(
            issue=data["issue"],
            url=data["url"],
            title=data["title"],
            published=data["published"],
            audience=_audience(data["audience"]),
            header=tuple((name, _line(value)) for name, value in data["header"]),
            subject=tuple(map(_variant, data["subject"])),
            preheader=tuple(map(_variant, data["preheader"])),
            html=tuple(map(_piece, data["html"])),
            text=tuple(map(_text_piece, data["text"])),
            links=tuple(map(_line, data["links"])),
            digest=data["digest"],
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("this is not the record of an edition") from error
    if digest_of(edition) != edition.digest:
        raise ValueError("the edition was changed after it was compiled: its digest does not agree")
    return edition


def _plain(edition: Edition) -> dict[str, Any]:
    return {
        "version": VERSION,
        "issue": edition.issue,
        "url": edition.url,
        "title": edition.title,
        "published": edition.published,
        "audience": _plain_audience(edition.audience),
        "header": [[name, _plain_line(value)] for name, value in edition.header],
        "subject": [{"line": _plain_line(v.line)} | plain_when(v.when) for v in edition.subject],
        "preheader": [{"line": _plain_line(v.line)} | plain_when(v.when) for v in edition.preheader],
        "html": [_plain_piece(p) for p in edition.html],
        "text": [_plain_piece(p) for p in edition.text],
        "links": [_plain_line(line) for line in edition.links],
        "digest": edition.digest,
    }


def _plain_audience(audience: Audience) -> dict[str, list[str]]:
    return {"any": sorted(audience.any_of), "none": sorted(audience.none_of)}


def _plain_line(line: MarkedLine) -> str | list[str | dict[str, Any]]:
    """A line without slots and marks is a text."""
    if len(line) == 1 and isinstance(line[0], str):
        return line[0]
    return [part if isinstance(part, str) else _plain_part(part) for part in line]


def _plain_part(part: Slot | LinkMark) -> dict[str, Any]:
    if isinstance(part, LinkMark):
        return {"link": part.link} | ({"table": True} if part.in_table else {})
    around = {"around": part.around} if part.around != LTR else {}
    return {"field": part.field, "fallback": part.fallback, "escape": part.escape.value} | around


def _plain_piece(piece: Piece | MarkedPiece | Links) -> dict[str, Any]:
    """Finished text is a list of lines, a line with slots a ``line``, one with marks of links ``marked``."""
    plain: dict[str, Any]
    if isinstance(piece, Links):
        plain = {"links": "here"}
    elif isinstance(piece, MarkedPiece):
        plain = {"marked": _plain_line(piece.content)}
    elif isinstance(piece.content, str):
        plain = {"lines": piece.content.removesuffix("\n").split("\n")}
    else:
        plain = {"line": _plain_line(piece.content)}
    return plain | plain_when(piece.when)


def plain_when(when: When) -> dict[str, Any]:
    """The audience of a piece as plain data; empty for everyone."""
    plain: dict[str, Any] = {}
    if when.conditions:
        plain["for"] = [_plain_audience(a) for a in when.conditions]
    if when.unless:
        plain["unless"] = [[_plain_audience(a) for a in other] for other in when.unless]
    return plain


def _audience(data: Mapping[str, list[str]]) -> Audience:
    return Audience(frozenset(data["any"]), frozenset(data["none"]))


def _line(data: str | list[str | Mapping[str, Any]]) -> Line:
    return tuple(
        part
        if isinstance(part, str)
        else Slot(part["field"], part["fallback"], Escape(part["escape"]), part.get("around", LTR))
        for part in ([data] if isinstance(data, str) else data)
    )


def _marked_line(data: list[str | Mapping[str, Any]]) -> MarkedLine:
    return tuple(
        LinkMark(part["link"], "table" in part) if isinstance(part, Mapping) and "link" in part else _line([part])[0]
        for part in data
    )


def when_from(data: Mapping[str, Any]) -> When:
    """The audience that `plain_when` wrote."""
    return When(
        tuple(_audience(a) for a in data.get("for", ())),
        tuple(tuple(_audience(a) for a in other) for other in data.get("unless", ())),
    )


def _variant(data: Mapping[str, Any]) -> Variant:
    return Variant(_line(data["line"]), when_from(data))


def _piece(data: Mapping[str, Any]) -> Piece:
    content = _line(data["line"]) if "line" in data else "\n".join(data["lines"]) + "\n"
    return Piece(content, when_from(data))


def _text_piece(data: Mapping[str, Any]) -> Piece | MarkedPiece | Links:
    if "links" in data:
        return Links(when_from(data))
    return MarkedPiece(_marked_line(data["marked"]), when_from(data)) if "marked" in data else _piece(data)


class NotInOutboxError(TipsheetError):
    """There is no edition of the issue to send."""

    exit_code = 2


def read_edition(outbox: Path, issue: str) -> Edition:
    """The edition of an issue; raises NotInOutboxError."""
    file = outbox / issue / EDITION_FILE
    try:
        edition = edition_from(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        known = [folder.parent.name for folder in outbox.glob(f"*/{EDITION_FILE}")]
        hint = did_you_mean(issue, known) or "tipsheet build makes the mail of every issue that is out"
        raise NotInOutboxError(f"there is no letter of '{issue}' in {outbox}", hint) from error
    except ValueError as error:
        raise NotInOutboxError(f"'{file}' cannot be sent: {error}", "run tipsheet build again") from error
    if edition.issue != issue:
        raise NotInOutboxError(f"'{file}' holds the letter of {edition.issue}", "run tipsheet build again")
    return edition


def sender_of(edition: Edition) -> str:
    """The address that failures are reported to: the one in From, which SPF and DMARC then agree about."""
    return parseaddr(fill(dict(edition.header)["From"], {}))[1]


def fields_of(edition: Edition) -> frozenset[str]:
    """The merge fields that stand anywhere in it."""
    return frozenset(slot.field for slot in edition.slots())
