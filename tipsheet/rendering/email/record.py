"""An edition as JSON: what stands in ``edition.json``, and the digest that is taken of it.

The record is written with sorted keys and one piece a line, so that a diff shows what changed. It
holds no address of a reader.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tipsheet.model.audience import Audience
from tipsheet.model.edition import Edition, Escape, Line, Piece, Slot, When

__all__ = ["VERSION", "digest_of", "edition_from", "record_of"]

VERSION = 1
"""Of the record's form; another one cannot be read."""


def record_of(edition: Edition) -> str:
    """The edition as JSON text."""
    return json.dumps(_plain(edition), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def digest_of(edition: Edition) -> str:
    """SHA-256, in hex, of everything that a reader could be sent."""
    return hashlib.sha256(record_of(replace(edition, digest="")).encode()).hexdigest()


def edition_from(record: str) -> Edition:
    """The edition that `record_of` wrote.

    Raises ValueError for what is not such a record, for another version of its form, and for a
    digest that does not agree with the content.
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
            subject=_line(data["subject"]),
            preheader=data["preheader"],
            html=tuple(map(_piece, data["html"])),
            text=tuple(map(_piece, data["text"])),
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
        "subject": _plain_line(edition.subject),
        "preheader": edition.preheader,
        "html": [_plain_piece(p) for p in edition.html],
        "text": [_plain_piece(p) for p in edition.text],
        "digest": edition.digest,
    }


def _plain_audience(audience: Audience) -> dict[str, list[str]]:
    return {"any": sorted(audience.any_of), "none": sorted(audience.none_of)}


def _plain_line(line: Line) -> list[str | dict[str, str | None]]:
    return [
        {"field": p.field, "fallback": p.fallback, "escape": p.escape.value} if isinstance(p, Slot) else p for p in line
    ]


def _plain_piece(piece: Piece) -> dict[str, Any]:
    """Finished text is a list of lines, a line with slots a ``line``."""
    if isinstance(piece.content, str):
        plain: dict[str, Any] = {"lines": piece.content.removesuffix("\n").split("\n")}
    else:
        plain = {"line": _plain_line(piece.content)}
    if piece.when.conditions:
        plain["for"] = [_plain_audience(a) for a in piece.when.conditions]
    if piece.when.unless:
        plain["unless"] = [[_plain_audience(a) for a in other] for other in piece.when.unless]
    return plain


def _audience(data: Mapping[str, list[str]]) -> Audience:
    return Audience(frozenset(data["any"]), frozenset(data["none"]))


def _line(data: list[str | Mapping[str, str]]) -> Line:
    return tuple(
        part if isinstance(part, str) else Slot(part["field"], part["fallback"], Escape(part["escape"]))
        for part in data
    )


def _piece(data: Mapping[str, Any]) -> Piece:
    when = When(
        tuple(_audience(a) for a in data.get("for", ())),
        tuple(tuple(_audience(a) for a in other) for other in data.get("unless", ())),
    )
    if "line" in data:
        return Piece(_line(data["line"]), when)
    return Piece("\n".join(data["lines"]) + "\n", when)
