"""Structure of picture files, walked without decoding: whether one is whole, how it is turned, and it without metadata.

What is taken out lossless is all that a camera or a program has written beside the pixels: EXIF with the place and the
number of the camera, XMP, IPTC, comments, previews, films and depth maps behind the end. A colour profile stays, since
colours would change, and so does the way up, alone in a block of its own.

JPEG: ITU T.81, annex B. PNG: W3C PNG 3, chapters 5 and 11. WebP: RFC 9649. GIF: GIF89a. EXIF: CIPA DC-008.
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

__all__ = ["DamagedError", "Parts", "parts_of", "tells_its_place"]


class DamagedError(ValueError):
    """A picture cannot be read; the words say why."""

    remedy = "open it in a program for pictures, and save it anew as PNG or JPEG"


@dataclass(frozen=True, slots=True)
class Parts:
    """A file taken apart: its format as Pillow calls it, its EXIF orientation (1 to 8), and it without metadata."""

    kind: str
    orientation: int
    clean: bytes


def parts_of(data: bytes) -> Parts:
    """The parts of a JPEG, PNG, GIF or WebP; raises DamagedError for one that is not whole, and for anything else."""
    for start, walk in _WALKS.items():
        if data.startswith(start) and (start != b"RIFF" or data[8:12] == b"WEBP"):
            try:
                return walk(data)
            except (IndexError, struct.error) as error:
                raise DamagedError("it ends too early") from error
    raise DamagedError("it is no PNG, JPEG, GIF or WebP")


_ORIENTATION, _GPS, _LATITUDE = 0x0112, 0x8825, 0x0002
_MOST_ENTRIES, _MOST_BLOCKS = 1000, 1000
"""More are no EXIF, and would take long to read."""
Buffer = bytes | memoryview


def _entries(tiff: Buffer, offset: int, order: str) -> Iterator[tuple[int, bytes]]:
    """The tags of one directory of EXIF, each with the four bytes that hold its value or lead there."""
    (count,) = struct.unpack_from(f"{order}H", tiff, offset)
    for index in range(min(count, _MOST_ENTRIES)):
        tag, _kind, _count, value = struct.unpack_from(f"{order}HHI4s", tiff, offset + 2 + 12 * index)
        yield tag, value


def _tags(tiff: Buffer) -> tuple[str, Mapping[int, bytes]]:
    """The order of bytes, and the first directory; an empty one where there is none."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(bytes(tiff[:4]), "")
    try:
        (offset,) = struct.unpack_from(f"{order}I", tiff, 4)
        return order, dict(_entries(tiff, offset, order)) if order else {}
    except struct.error:
        return order, {}


def _orientation(tiff: Buffer) -> int:
    order, tags = _tags(tiff)
    found = struct.unpack_from(f"{order}H", tags[_ORIENTATION])[0] if _ORIENTATION in tags else 1
    return found if found in range(1, 9) else 1


def _upright(orientation: int) -> bytes:
    """A block of EXIF that tells the orientation and nothing else."""
    return struct.pack("<2sHIHHHIHHI", b"II", 42, 8, 1, _ORIENTATION, 3, 1, orientation, 0, 0)


_PLACE = re.compile(rb"""exif:GPSLatitude\s*(?:=\s*["'][^"']|>)""")


def tells_its_place(data: bytes) -> bool:
    """Return True when a file of any format holds EXIF or XMP with the latitude where it was taken.

    EXIF begins with the same four bytes in all of them (HEIC and TIFF included).
    """
    return any(map(_has_latitude, _blocks(data))) or _PLACE.search(data) is not None


def _blocks(data: bytes) -> Iterator[memoryview]:
    """Whatever follows bytes with which EXIF begins; most are nothing of the kind."""
    whole = memoryview(data)
    for found in islice(re.finditer(rb"II\*\0|MM\0\*", data), _MOST_BLOCKS):
        yield whole[found.start() :]


def _has_latitude(tiff: Buffer) -> bool:
    order, tags = _tags(tiff)
    try:
        return _GPS in tags and _LATITUDE in dict(_entries(tiff, struct.unpack(f"{order}I", tags[_GPS])[0], order))
    except struct.error:
        return False


_END_OF_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""A marker in coded data that is neither a stuffed byte nor a restart (T.81, B.1.1.5)."""
_END, _SOS, _APP0, _APP1, _APP15, _COM = b"\xff\xd9", 0xDA, 0xE0, 0xE1, 0xEF, 0xFE
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers without a length."""


def _jpeg(data: bytes) -> Parts:
    kept, at, orientation = [data[:2]], 2, 1
    while data[at : at + 2] != _END:  # what stands behind are other pictures, depth maps and films
        marker = data[at + 1]
        end = _end_of_segment(data, at, marker)
        if marker == _APP1 and data[at + 4 : at + 10] == b"Exif\0\0":
            orientation = _orientation(data[at + 10 : end])
        if marker == _SOS:
            found = _END_OF_SCAN.search(data, end)
            end = found.start() if found else len(data)
        if _is_kept(marker, data[at + 4 : end]):
            kept.append(data[at:end])
        at = end
    if orientation != 1:
        told = b"Exif\0\0" + _upright(orientation)
        kept.insert(1, struct.pack(">BBH", 0xFF, _APP1, len(told) + 2) + told)
    return Parts("JPEG", orientation, b"".join([*kept, _END]))


def _end_of_segment(data: bytes, at: int, marker: int) -> int:
    if data[at] != 0xFF:  # noqa: PLR2004 - the first byte of every marker
        raise DamagedError("a part of it is damaged")
    if marker == 0xFF:  # noqa: PLR2004 - a fill byte (T.81, B.1.1.2)
        return at + 1
    length = 0 if marker in _ALONE else int.from_bytes(data[at + 2 : at + 4])
    if at + 2 + length > len(data) or (length < 2 and marker not in _ALONE):  # noqa: PLR2004 - the length counts itself
        raise DamagedError("it ends too early")
    return at + 2 + length


def _is_kept(marker: int, content: bytes) -> bool:
    """Return True for a segment that changes how the picture looks: no COM, of APPn JFIF, colour profile and Adobe."""
    match marker:
        case 0xE0:
            return content.startswith(b"JFIF\0")
        case 0xE2:
            return content.startswith(b"ICC_PROFILE\0")
        case 0xEE:
            return True
        case _:
            return marker != _COM and not _APP0 <= marker <= _APP15


_PNG = b"\x89PNG\r\n\x1a\n"
_SHOWN = frozenset({
    b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"bKGD", b"pHYs", b"hIST", b"sPLT",
    b"acTL", b"fcTL", b"fdAT",
})  # fmt: skip
"""Ancillary chunks that change how the picture looks."""
_ANCILLARY = 0x20


def _png(data: bytes) -> Parts:
    kept, at, kind, orientation = [_PNG], len(_PNG), b"", 1
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        content = data[at + 8 : end - 4]
        if struct.unpack_from(">I", data, end - 4)[0] != zlib.crc32(kind + content):
            raise DamagedError("a part of it is damaged")
        if kind == b"eXIf":
            orientation = _orientation(content)
        if not kind[0] & _ANCILLARY or kind in _SHOWN:
            kept.append(data[at:end])
        at = end
    if orientation != 1:
        told = b"eXIf" + _upright(orientation)
        kept.insert(2, struct.pack(">I", len(told) - 4) + told + struct.pack(">I", zlib.crc32(told)))
    return Parts("PNG", orientation, b"".join(kept))


_LOOKS = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"})
_HAS_EXIF, _HAS_XMP = 0x08, 0x04
"""Flags of VP8X (RFC 9649, 2.7.1)."""


def _webp(data: bytes) -> Parts:
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise DamagedError("it ends too early")
    kept, at, orientation = list[bytes](), 12, 1
    while at < end:
        kind, length = struct.unpack_from("<4sI", data, at)
        content = data[at + 8 : at + 8 + length]
        if at + 8 + length > end:
            raise DamagedError("it ends too early")
        if kind == b"EXIF":
            orientation = _orientation(content.removeprefix(b"Exif\0\0"))
        if kind in _LOOKS:
            kept.append(struct.pack("<4sI", kind, length) + content + b"\0" * (length % 2))
        at += 8 + length + length % 2
    told = _upright(orientation) if orientation != 1 else b""
    if kept and kept[0].startswith(b"VP8X"):
        flags = kept[0][8] & ~_HAS_XMP & ~_HAS_EXIF | (_HAS_EXIF if told else 0)
        kept[0] = kept[0][:8] + bytes([flags]) + kept[0][9:]
    if told:
        kept.append(struct.pack("<4sI", b"EXIF", len(told)) + told)
    body = b"WEBP" + b"".join(kept)
    return Parts("WEBP", orientation, b"RIFF" + struct.pack("<I", len(body)) + body)


_COLOURS = 0x80
_EXTENSION, _PICTURE, _TRAILER, _COMMENT, _APPLICATION = 0x21, 0x2C, 0x3B, 0xFE, 0xFF


def _gif(data: bytes) -> Parts:
    at = 13 + _table(data[10])
    kept = [data[:at]]
    while data[at] != _TRAILER:
        start, kind, label = at, data[at], data[at + 1]
        if kind == _PICTURE:
            at += 10 + _table(data[at + 9]) + 1
        elif kind == _EXTENSION:
            at += 2
        else:
            raise DamagedError("a part of it is damaged")
        name = data[at + 1 : at + 12]
        while data[at]:
            at += data[at] + 1
        at += 1
        moves = name in (b"NETSCAPE2.0", b"ANIMEXTS1.0")
        if kind == _PICTURE or (label != _COMMENT and (label != _APPLICATION or moves)):
            kept.append(data[start:at])
    return Parts("GIF", 1, b"".join([*kept, b";"]))


def _table(packed: int) -> int:
    """Bytes of the table of colours that this byte of a header announces."""
    return 3 << ((packed & 7) + 1) if packed & _COLOURS else 0


_WALKS: Mapping[bytes, Callable[[bytes], Parts]] = {
    b"\xff\xd8": _jpeg,
    _PNG: _png,
    b"RIFF": _webp,
    b"GIF87a": _gif,
    b"GIF89a": _gif,
}
