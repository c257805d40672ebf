"""Smaller copies of pictures: which a picture needs, and their bytes.

Pages offer a browser WebP of several widths, of which it takes the one that fits; letters and feeds load one PNG or
JPEG, since mail programs show nothing else. A picture that is light already is shown as it is. Names begin with the
digest of the picture, so that a copy is never another picture's, and the name of a private one tells nothing (K3).
"""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING

from tipsheet.model.pictures import COPIES
from tipsheet.model.post import LETTER, Copies
from tipsheet.pictures.files import DamagedError, parts_of
from tipsheet.pictures.opening import TURNS, Facts, facts_of, opened, orientation_of

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["WIDTHS", "copies_of", "for_letters", "published", "resaved", "written"]

WIDTHS = (400, 800, 1200, 1600)
"""Widths of copies for pages, in px: columns of 320 to 790 px on screens of one to two dots a px."""
LIGHT = 60_000
"""Bytes up to which a picture is shown on pages as it is: drawings, mostly, whose copies would be heavier."""
MAILED = frozenset({"JPEG", "PNG", "GIF"})


def copies_of(facts: Facts, digest: str) -> Copies:
    """The copies that a picture with this digest has, as paths from the site's root."""
    start = f"{COPIES}{digest[:20]}-"
    widths = () if facts.moves or facts.bytes <= LIGHT else (*(w for w in WIDTHS if w < facts.width), facts.width)
    letter = f"{start}{min(LETTER, facts.width)}{_ending(facts)}" if _is_written_anew(facts) else ""
    return Copies(pages=tuple((w, f"{start}{w}.webp") for w in widths if w <= WIDTHS[-1]), letter=letter)


def _is_written_anew(facts: Facts) -> bool:
    """Return True when letters cannot load the file itself: its format, its width, its way up or its colours."""
    if facts.kind not in MAILED:
        return True
    return (facts.width > LETTER and not facts.moves) or facts.orientation != 1 or facts.odd


def _ending(facts: Facts) -> str:
    return ".png" if facts.clear or facts.flat else ".jpg"


_NAME = re.compile(r"([0-9]+)\.(webp|jpg|png)")


def written(data: bytes, names: Iterable[str]) -> Mapping[str, bytes]:
    """The copies of these names, as `copies_of` gives them, of a picture; raises DamagedError, TooLargeError."""
    wanted = [(name, *_asked(name)) for name in names]
    found: dict[str, bytes] = {}
    with opened(data) as source:
        image, flat = _plain(source, data, max(width for _, width, _ in wanted)), source.mode in ("P", "1")
        wide, tall = image.size
        for name, width, ending in sorted(wanted, key=lambda one: (-one[1], one[0])):
            image = _resized(image, width, max(1, round(tall * width / wide)))
            found[name] = _encoded(image, ending, flat=flat)
    return found


def _asked(name: str) -> tuple[int, str]:
    """The width and the ending in the name of a copy."""
    asked = _NAME.fullmatch(name.rpartition("-")[2])
    assert asked is not None  # noqa: S101 - see `copies_of`
    return int(asked[1]), asked[2]


def _plain(image: "Image", data: bytes, width: int) -> "Image":
    """The picture the right way up in RGB or RGBA of 8 bits and sRGB, at least this wide where it is."""
    from PIL.Image import Transpose  # noqa: PLC0415 - see `opened`

    turned = orientation_of(image, data)
    share = width / (image.height if turned in TURNS else image.width)
    # a JPEG is decoded at a half or a quarter of its size where that is enough
    image.draft(None, (int(image.width * share), int(image.height * share)))
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I"):  # 16 bits, which Pillow would cut off instead of scaling them
        image = image.point(lambda value: value / 256).convert("L")
    if image.mode != "CMYK":
        image = image.convert("RGBA" if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA") else "RGB")
    image = _in_srgb(image, profile).convert("RGBA" if image.mode == "RGBA" else "RGB")
    ways = (
        Transpose.FLIP_LEFT_RIGHT,
        Transpose.ROTATE_180,
        Transpose.FLIP_TOP_BOTTOM,
        Transpose.TRANSPOSE,
        Transpose.ROTATE_270,
        Transpose.TRANSVERSE,
        Transpose.ROTATE_90,
    )
    return image if turned == 1 else image.transpose(ways[turned - 2])


def _in_srgb(image: "Image", profile: bytes | None) -> "Image":
    """The picture in the colours that screens take its numbers for; a profile that cannot be read is passed by."""
    if not profile:
        return image
    from PIL import ImageCms  # noqa: PLC0415 - see `opened`

    with suppress(ImageCms.PyCMSError, OSError):
        theirs = ImageCms.ImageCmsProfile(BytesIO(profile))
        if not ImageCms.getProfileDescription(theirs).startswith("sRGB"):
            mode = "RGBA" if image.mode == "RGBA" else "RGB"
            changed = ImageCms.profileToProfile(image, theirs, ImageCms.createProfile("sRGB"), outputMode=mode)
            return changed or image
    return image


def _resized(image: "Image", width: int, height: int) -> "Image":
    from PIL.Image import Resampling  # noqa: PLC0415 - see `opened`

    if image.width <= width:
        return image
    return image.resize((width, height), Resampling.LANCZOS, reducing_gap=3)


def _encoded(image: "Image", ending: str, *, flat: bool) -> bytes:
    """The bytes of a copy; nothing but pixels goes into it, and every setting is said."""
    from PIL.Image import Dither  # noqa: PLC0415 - see `opened`

    image = image.copy()
    image.info = {}
    out = BytesIO()
    match ending:
        case "webp":
            image.save(out, "WEBP", quality=80, alpha_quality=90, method=2, lossless=False, exact=False)
        case "jpg":
            image.convert("RGB").save(out, "JPEG", quality=84, subsampling="4:2:0", optimize=True, progressive=True)
        case _:
            if flat:
                image = image.quantize(256, dither=Dither.NONE)
                image.info = {}
            image.save(out, "PNG", optimize=True)
    return out.getvalue()


def resaved(data: bytes, kind: str, width: int) -> bytes:
    """The picture upright, without metadata and no wider than this, as JPEG, PNG, WEBP or AVIF.

    Raises DamagedError, TooLargeError.
    """
    with opened(data) as source:
        image, flat = _plain(source, data, width), source.mode in ("P", "1")
        if image.width > width:
            image = _resized(image, width, max(1, round(image.height * width / image.width)))
        if kind != "AVIF":
            return _encoded(image, {"JPEG": "jpg", "WEBP": "webp"}.get(kind, "png"), flat=flat)
        image.info = {}
        out = BytesIO()
        # one thread, since several would cut the picture into other tiles on another machine
        image.save(out, "AVIF", quality=80, speed=6, subsampling="4:2:0", max_threads=1, codec="aom", exif=b"")
        return out.getvalue()


def published(data: bytes) -> bytes:
    """The file as everybody may load it: the same pixels, and nothing that a camera or a program wrote beside them.

    One that is damaged, or is no picture that we know, is passed on as it is.
    """
    if data[4:12] in (b"ftypavif", b"ftypavis"):
        return _stripped_avif(data)
    with suppress(DamagedError):
        return parts_of(data).clean
    return data


def _stripped_avif(data: bytes) -> bytes:
    """An AVIF without metadata, which is written anew: what is in its boxes cannot be taken out by itself."""
    if b"Exif" not in data[:65536] and b"rdf+xml" not in data[:65536]:
        return data
    with suppress(DamagedError):
        facts = facts_of(data)
        return data if facts.moves else resaved(data, "AVIF", facts.width)
    return data


def for_letters(data: bytes) -> bytes:
    """The file that letters load: a copy, or the picture without metadata where it needs none.

    Raises DamagedError, TooLargeError.
    """
    copies = copies_of(facts_of(data), "0" * 20)
    return written(data, [copies.letter])[copies.letter] if copies.letter else published(data)
