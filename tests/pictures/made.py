"""Pictures for tests, written by Pillow from a few numbers: photographs, drawings, and what cameras write."""

import struct
import zlib
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw, PngImagePlugin

LATITUDE, LONGITUDE = 2, 4
XMP = b'<x:xmpmeta><rdf:Description exif:GPSLatitude="52,22.2N"/></x:xmpmeta>'


def photograph(width: int = 2000, height: int = 1500) -> Image.Image:
    """Colours that change everywhere, the left upper corner red and the right upper one blue."""
    across = Image.linear_gradient("L").rotate(90).resize((width, height))
    down = Image.linear_gradient("L").resize((width, height))
    waves = Image.radial_gradient("L").resize((64, 48)).resize((width, height), Image.Resampling.NEAREST)
    return Image.merge("RGB", (across.point(lambda v: 255 - v), waves, Image.blend(across, down, 0.1)))


def drawing(width: int = 2000, height: int = 1500) -> Image.Image:
    """Four flat colours of a palette."""
    return photograph(width, height).quantize(4)


def exif(*, orientation: int = 1, place: bool = False) -> Image.Exif:
    """EXIF as a telephone writes it."""
    found = Image.Exif()
    found[0x010F] = "Camera of Ada"
    found[0x0112] = orientation
    if place:
        found.get_ifd(0x8825).update({1: "N", LATITUDE: (52.0, 22.0, 12.0), 3: "E", LONGITUDE: (4.0, 53.0, 42.0)})
    return found


def file(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    """The picture as a file of this format; ``place`` and ``orientation`` go into its EXIF."""
    told = {name: options.pop(name) for name in ("place", "orientation") if name in options}
    out = BytesIO()
    image.save(out, kind, **({"exif": exif(**told)} if told else {}), **options)
    return out.getvalue()


def telephone(width: int = 2000, height: int = 1500, orientation: int = 6) -> bytes:
    """A JPEG as telephones write it: EXIF with a place and a preview, XMP, a comment, and a film behind the end."""
    data = file(photograph(width, height), place=True, orientation=orientation, xmp=XMP, comment=b"Ada's house")
    return data + b"\0\0\0\x18ftypmp42 a film of Ada's house"


def png_with_words() -> bytes:
    """A PNG with text, a time and EXIF."""
    words = PngImagePlugin.PngInfo()
    words.add_text("Author", "Ada of the Old House")
    words.add_itxt("XML:com.adobe.xmp", XMP.decode())
    words.add(b"tIME", struct.pack(">HBBBBB", 2026, 11, 24, 8, 30, 0), after_idat=True)
    return file(photograph(640, 480), "PNG", pnginfo=words, place=True)


def moving(kind: str = "GIF", size: int = 200, frames: int = 3) -> bytes:
    """An animation, with a comment where its format has them."""
    pictures = [photograph(size + 10 * n, size).resize((size, size)) for n in range(frames)]
    more = {"comment": b"by Ada"} if kind == "GIF" else {}
    return file(pictures[0], kind, save_all=True, append_images=pictures[1:], duration=80, loop=0, **more)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it has this many pixels."""
    data = bytearray(file(photograph(10, 10), "PNG"))
    data[16:24] = struct.pack(">II", width, height)
    data[29:33] = struct.pack(">I", zlib.crc32(bytes(data[12:29])))
    return bytes(data)


def mark(ink: str | None, ground: str | None) -> bytes:
    """A PNG of a mark of two half discs in one colour, on a ground of its own or on none."""
    picture = Image.new("RGBA", (96, 96), ground or (0, 0, 0, 0))
    if ink:
        for box, begin, end in (((8, 8, 72, 72), 90, 270), ((24, 24, 88, 88), 270, 90)):
            ImageDraw.Draw(picture).pieslice(box, begin, end, fill=ink)
    return file(picture, "PNG")


MADE: Mapping[str, Callable[[], bytes]] = {
    "heavy": lambda: file(photograph(900, 700), "PNG", compress_level=0),
    "telephone": lambda: telephone(700, 500),
    "damaged": lambda: telephone(700, 500)[:9_000],
    "small": lambda: file(photograph(300, 200), "PNG"),
    "transparent": lambda: mark("#14211D", None),
    "bomb": lambda: bomb(65_000, 65_000),
}
"""Pictures of scenarios by name."""
