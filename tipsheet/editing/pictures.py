"""Pictures that are dropped in at the desk: upright, stripped, of a sensible size and format, under their own names.

What was dropped is never kept; no file that is there is ever written over.
"""

import importlib
import os
import posixpath
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import quote

from tipsheet.editing.files import NotSavedError, Place, Places, RefusedPathError, replace
from tipsheet.errors import TipsheetError
from tipsheet.limits import LIMITS
from tipsheet.model.addresses import slug_of
from tipsheet.model.publication import Publication
from tipsheet.pictures.copies import published, resaved
from tipsheet.pictures.files import DamagedError, tells_its_place
from tipsheet.pictures.opening import facts_of
from tipsheet.reading.published import Kind, kind_of

__all__ = ["HeicError", "KeptPicture", "NoPictureError", "keep_picture", "made_ready", "picture_folder"]

WIDTH = 1600
"""Width in px from which a picture is made smaller: the widest copy that pages offer."""
FOLDER = "images"
LONGEST = 60
"""Characters of a name."""
_ENDINGS = {"JPEG": ".jpg", "PNG": ".png", "GIF": ".gif", "WEBP": ".webp", "AVIF": ".avif"}
_HEIC = re.compile(rb"....ftyp(?:heic|heix|heim|heis|hevc|hevx|mif1|msf1)", re.DOTALL)
_NAMES = 10_000


class NoPictureError(TipsheetError):
    """The file that was dropped is no picture, or none that can be shown."""

    exit_code = 2


class HeicError(NoPictureError):
    """A photograph of an iPhone, which needs a package that is not installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPicture:
    """A picture that was put into the publication: its path, its size in px, and the Markdown that shows it."""

    file: str
    width: int
    height: int
    markdown: str


def keep_picture(
    places: Places, publication: Publication, data: bytes, *, alt: str, path: str, name: str = ""
) -> KeptPicture:
    """Put a picture into the content folder for the source at ``path``, which shows ``alt`` to who does not see it.

    Raises NoPictureError, RefusedPathError for a source or a folder that is not ours, and NotSavedError.
    """
    words = " ".join(alt.split())
    if not words:
        raise NoPictureError("nothing says what the picture shows", "write a few words for those who do not see it")
    places(path)
    ready, ending = made_ready(data)
    facts = facts_of(ready)
    file = _put(places, picture_folder(publication), _slug(name) or _slug(words) or "picture", ending, ready)
    way = quote(posixpath.relpath(file, posixpath.dirname(path)))
    shown = re.sub(r"([\\\[\]<*`])", r"\\\1", words)
    return KeptPicture(file=file, width=facts.width, height=facts.height, markdown=f"![{shown}]({way})")


def made_ready(data: bytes) -> tuple[bytes, str]:
    """The picture as it is kept, and the ending of its name; raises NoPictureError."""
    try:
        if _HEIC.match(data):
            return resaved(_of_iphone(data), "JPEG", WIDTH), ".jpg"
        facts = facts_of(data)
        kind = facts.kind
        fits = facts.moves or (facts.width <= WIDTH and facts.orientation == 1 and not facts.odd)
        kept = published(data) if fits else resaved(data, kind, WIDTH)
        if kind == "GIF" and not fits:
            kind = "PNG"
        if kind == "PNG" and not (facts.clear or facts.flat or facts.moves):
            photograph = resaved(data, "JPEG", WIDTH)
            if len(photograph) * _PHOTOGRAPH < len(kept):
                return photograph, ".jpg"
    except DamagedError as error:
        raise NoPictureError(f"this picture cannot be used: {error}", "save it as JPEG or PNG") from error
    if tells_its_place(kept):
        raise NoPictureError("this picture tells where it was taken, and cannot be stripped", "save it as JPEG or PNG")
    return kept, _ENDINGS[kind]


_PHOTOGRAPH = 4
"""A PNG that is so many times heavier than its JPEG is a photograph; a picture of a screen is not."""


def _of_iphone(data: bytes) -> bytes:
    """An HEIC as PNG, upright and with its colour profile; raises HeicError without pillow-heif, DamagedError."""
    try:
        heif: Any = importlib.import_module("pillow_heif")
    except ImportError as error:
        hint = "install it (pip install 'tipsheet[heic]'), or have the telephone take JPEG: Settings, Camera, Formats"
        raise HeicError("this is HEIC, which needs the package pillow-heif", hint) from error
    out = BytesIO()
    try:
        picture = heif.open_heif(BytesIO(data))
        width, height = picture.size
        image = picture.to_pillow() if width * height <= LIMITS["pixels"].value else None
    except Exception as error:  # a reader of a format raises anything for damaged bytes
        raise DamagedError("a part of it is damaged") from error
    if image is None:
        raise DamagedError(LIMITS["pixels"].message)
    image.save(out, "PNG", compress_level=1, icc_profile=image.info.get("icc_profile"), exif=b"")
    return out.getvalue()


def picture_folder(publication: Publication) -> str:
    """The folder of the content folder in which most pictures lie that are not beside their posts."""
    folders = Counter(posixpath.dirname(name) for name in sorted(publication.ordinary_pictures))
    folders.pop("", None)
    return FOLDER if not folders or FOLDER in folders else folders.most_common(1)[0][0]


def _slug(name: str) -> str:
    stem = posixpath.splitext(name)[0] if re.search(r"\.[A-Za-z]{3,4}$", name) else name
    return slug_of(stem)[:LONGEST].strip("-") if stem.strip() else ""


def _put(places: Places, folder: str, slug: str, ending: str, data: bytes) -> str:
    """Write the picture under the first free name, and return its path."""
    docs = places.docs
    top, home = (os.path.realpath(places.root / place) for place in (docs, f"{docs}/{folder}"))
    if not home.startswith(top + os.sep):
        raise RefusedPathError(f"'{docs}/{folder}' leads out of {docs}/", "make it a folder again")
    for stem in _names(slug):
        name = f"{folder}/{stem}{ending}"
        place = Place(path=f"{docs}/{name}", file=places.root / docs / name)
        if kind_of(name) is Kind.FILE and not _is_taken(place, ending) and replace(place, data, None) is None:
            return place.path
    raise NotSavedError(f"there are too many pictures called {slug}", "give it another name")


def _names(slug: str) -> Iterator[str]:
    """Names to try; the last ones are for a slug that no file may have."""
    yield slug
    yield from (f"{slug}-{number}" for number in range(2, _NAMES))
    yield from (f"picture-{number}" for number in range(1, _NAMES))


def _is_taken(place: Place, ending: str) -> bool:
    """Return True where a file is, or the name would make it the dark variant of another, or another that of it."""
    stem = place.file.name.removesuffix(ending)
    others = [place.file.with_name(f"{stem}-dark{ending}")]
    if stem.endswith("-dark"):
        others.append(place.file.with_name(f"{stem.removesuffix('-dark')}{ending}"))
    return any(os.path.lexists(one) for one in (place.file, *others))
