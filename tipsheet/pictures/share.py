"""Share pictures: what social networks show where a page is passed on, drawn of its title in the publication's look.

One is 1,200 x 630 px, the size that all of them take (https://ogp.me), and a PNG of sixteen colours: the ground, the
colour of what to do, and steps between each of them and the text on it. Type is Source Serif or Source Sans (OFL),
which have Latin, Greek and Cyrillic letters, or a font of the publication's own. A title in letters that the font does
not have is left out rather than shown as boxes, and a large mark stands there; emoji are left out of titles.
"""

import re
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

__all__ = ["SHARED", "SIZE", "Inks", "ShareWords", "UnreadableFontError", "check_font", "share_picture"]

SHARED, OF_ALL = "share/", "share/all/card.png"
"""Folder of the share pictures of posts, and the one of all other pages, from the site's root."""
SIZE = (1200, 630)
_MARGIN, _BAND = 84, 150
"""Room around the words, and height of the band at the foot, in px."""
_TITLE_SIZES = (92, 84, 76, 68, 60, 52)
"""Sizes of a title in px, of which the largest is taken that fits."""
_LEADING = 1.14
_SMALL, _NAME = 34, 46
_STEPS = 8
"""Colours from a ground to the text on it."""
_FONTS = {
    True: ("font_source_serif_pro", "SourceSerifPro-Bold.ttf"),
    False: ("font_source_sans_pro", "SourceSansPro-Bold.ttf"),
}
_NOWHERE = "\uffff"
"""A character that no font has."""


class UnreadableFontError(ValueError):
    """The bytes of a font are none that FreeType reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inks:
    """Colours of a picture (``#RRGGBB``) and its type; ``serif`` chooses between the two fonts."""

    paper: str
    ink: str
    gold: str
    on_gold: str
    serif: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareWords:
    """The words of a picture: the publication's ``name``, a ``title``, and a ``label`` such as a number and a day.

    ``day`` stands in place of a label that cannot be written, in digits.
    """

    name: str
    title: str
    label: str = ""
    day: str = ""
    rtl: bool = False


def check_font(data: bytes) -> None:
    """Raise UnreadableFontError for what is no font."""
    _opened(data, _NAME, serif=True, shaped=False)


def share_picture(words: ShareWords, inks: Inks, font: bytes | None = None) -> bytes:
    """The picture as a PNG; raises UnreadableFontError for a ``font`` that is none."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 - a build that draws nothing has no use for it

    pen = _Pen(font, serif=inks.serif, rtl=words.rtl)
    (wide, tall), band = SIZE, SIZE[1] - _BAND
    masks = [Image.new("L", (wide, height), 0) for height in (band, _BAND)]
    upper, lower = map(ImageDraw.Draw, masks)
    title, name = map(pen.sayable, (words.title, words.name))
    label = pen.sayable(words.label) or pen.sayable(words.day)
    if label:
        pen.write(upper, label, 62, _SMALL)
    top, room = 62 + (_SMALL + 34 if label else 0), wide - 2 * _MARGIN
    for number, (line, size) in enumerate(pen.fitted(title, room, band - top - 40) if title else ()):
        pen.write(upper, line, top + round(number * size * _LEADING), size)
    if not title:
        pen.mark(upper, top, band - top - 62)
    pen.mark(lower, (_BAND - _NAME) // 2, _NAME)
    if name:
        pen.write(lower, pen.cut(name, room - _NAME - 24, _NAME), (_BAND - _NAME) // 2 - 6, _NAME, indent=_NAME + 24)
    indexes = b"".join(
        mask.point([_STEPS * n + value * (_STEPS - 1) // 255 for value in range(256)]).tobytes()
        for n, mask in enumerate(masks)
    )
    picture = Image.frombytes("P", (wide, tall), indexes)
    picture.putpalette([part for colour in _palette(inks) for part in colour])
    written = BytesIO()
    picture.save(written, "PNG", bits=4, compress_level=6, compress_type=zlib.Z_RLE)
    return written.getvalue()


def _palette(inks: Inks) -> Iterator[tuple[int, ...]]:
    for ground, text in ((inks.paper, inks.ink), (inks.gold, inks.on_gold)):
        ends = [[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in (ground, text)]
        for step in range(_STEPS):
            yield tuple(round(a + (b - a) * step / (_STEPS - 1)) for a, b in zip(*ends, strict=True))


@lru_cache(maxsize=64)
def _opened(data: bytes | None, size: int, *, serif: bool, shaped: bool) -> "FreeTypeFont":
    from PIL import ImageFont  # noqa: PLC0415 - see `share_picture`

    engine = ImageFont.Layout.RAQM if shaped else ImageFont.Layout.BASIC  # libraries of the system change nothing
    if data is not None:
        try:
            return ImageFont.truetype(BytesIO(data), size, layout_engine=engine)
        except OSError as error:
            raise UnreadableFontError(str(error)) from error
    package, file = _FONTS[serif]
    spec = find_spec(package)  # its module is not imported: it would look through its whole folder
    assert spec is not None  # noqa: S101 - a dependency of ours
    folder = (spec.submodule_search_locations or [""])[0]
    return ImageFont.truetype(str(Path(folder, "files", file)), size, layout_engine=engine)


@lru_cache(maxsize=4096)
def _has(data: bytes | None, letter: str, *, serif: bool) -> bool:
    font = _opened(data, _NAME, serif=serif, shaped=False)
    return bytes(font.getmask(letter)) != bytes(font.getmask(_NOWHERE))


class _Pen:
    """Writes lines of text in one font from the side where its language begins."""

    def __init__(self, data: bytes | None, *, serif: bool, rtl: bool) -> None:
        from PIL import features  # noqa: PLC0415 - see `share_picture`

        self._data, self._serif, self._rtl = data, serif, rtl
        self._shaped = rtl and features.check("raqm")

    def _font(self, size: int) -> "FreeTypeFont":
        return _opened(self._data, size, serif=self._serif, shaped=self._shaped)

    def sayable(self, text: str) -> str:
        """The text without signs that the font lacks; empty where it lacks a letter, or cannot join letters."""
        line = " ".join(unicodedata.normalize("NFC", text).split())
        lacking = {c for c in set(line) - {" "} if not _has(self._data, c, serif=self._serif)}
        joined = any(unicodedata.bidirectional(c) in ("R", "AL") for c in line) and not self._shaped
        if joined or any(unicodedata.category(c)[0] in "LNM" and not _is_selector(c) for c in lacking):
            return ""
        return " ".join("".join(c for c in line if c not in lacking).split())

    def fitted(self, text: str, wide: int, tall: int) -> list[tuple[str, int]]:
        """The lines of a title and its size; one that fits at no size ends in an ellipsis."""
        for size in _TITLE_SIZES:
            lines, most = self._lines(text, wide, size), max(1, int(tall / (size * _LEADING)))
            if len(lines) <= most:
                return [(line, size) for line in self._balanced(text, wide, size, len(lines))]
        kept = [*lines[: most - 1], self.cut(" ".join(lines[most - 1 :]), wide, size)]
        return [(line, size) for line in kept]

    def _lines(self, text: str, wide: int, size: int) -> list[str]:
        lines, line = [], ""
        for word in _breakable(text):
            longer = line + word
            if line and self._width(longer.rstrip(), size) > wide:
                lines.append(line.rstrip())
                longer = word
            while self._width(longer.rstrip(), size) > wide and len(longer) > 1:  # one word, longer than a line
                fits = self._most(longer, wide, size)
                lines.append(longer[:fits])
                longer = longer[fits:]
            line = longer
        return [*lines, line.rstrip()]

    def _balanced(self, text: str, wide: int, size: int, number: int) -> list[str]:
        """The same number of lines, each about as long as the others."""
        narrow = wide // number if number > 1 else wide
        while wide - narrow > size:
            middle = (narrow + wide) // 2
            narrow, wide = (narrow, middle) if len(self._lines(text, middle, size)) == number else (middle, wide)
        return self._lines(text, wide, size)

    def _most(self, text: str, wide: int, size: int) -> int:
        low, high = 1, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self._width(text[:middle], size) <= wide else (low, middle - 1)
        return low

    def cut(self, text: str, wide: int, size: int) -> str:
        """The text, or as much of it as fits before an ellipsis."""
        if self._width(text, size) <= wide:
            return text
        # the ellipsis of Source Serif claims less room than it takes; an em holds any
        return text[: self._most(text, wide - size, size)].rstrip(_HANGING) + "…"

    def _width(self, text: str, size: int) -> float:
        return self._font(size).getlength(text)

    def mark(self, on: "ImageDraw", top: int, size: int) -> None:
        """Draw the mark, a disc, where a line would begin."""
        at = SIZE[0] - _MARGIN - size if self._rtl else _MARGIN
        on.ellipse((at, top, at + size, top + size), fill=255)

    def write(self, on: "ImageDraw", line: str, top: int, size: int, *, indent: int = 0) -> None:
        """Write a line whose letters begin at this height, so far from the margin."""
        font, at = self._font(size), _MARGIN + indent
        if self._rtl:
            at = SIZE[0] - at - round(font.getlength(line))
        on.text((at, top), line, fill=255, font=font)


_ASIAN = "\u3000-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef"
"""Signs of East Asian scripts, between any of which a line may end."""
_HANGING = " ,;:-\u2013\u2014"
"""Signs that no ellipsis follows."""


def _is_selector(letter: str) -> bool:
    return "\ufe00" <= letter <= "\ufe0f" or letter in "\u200d\u20e3" or "\U000e0100" <= letter <= "\U000e01ef"


def _breakable(text: str) -> Sequence[str]:
    """The parts between which a line may end: words with the blank after them, and signs of East Asian scripts."""
    return re.findall(rf"[{_ASIAN}]|[^\s{_ASIAN}]+\s*|\s+", text)
