"""Pictures opened with Pillow: its size the way it is looked at, and what smaller copies of it have to know.

Pillow reads five formats here and no others, within a limit of pixels; whatever its readers raise for a damaged or a
hostile file is one error of ours.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from tipsheet.git import POINTER
from tipsheet.limits import LIMITS
from tipsheet.pictures.files import DamagedError, parts_of

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["FORMATS", "TURNS", "Facts", "PointerError", "TooLargeError", "facts_of", "opened", "orientation_of"]

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF")
"""The formats that are read, as Pillow calls them."""
_EXIF_ORIENTATION = 0x0112
TURNS = range(5, 9)
"""Orientations of EXIF in which width and height change places."""


class PointerError(DamagedError):
    """A file is a pointer of Git LFS, as a clone has it where the contents were not fetched."""

    remedy = "git lfs pull fetches it; in a workflow say lfs: true to actions/checkout"


class TooLargeError(DamagedError):
    """A picture has more pixels than are read: a file of a few bytes may claim to have billions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The size in px as it is looked at, the format, and the way up that EXIF tells (1 to 8).

    ``moves`` says that there is more than one frame, ``flat`` that its colours are those of a palette, ``clear`` that
    something shines through it, ``odd`` that its colours are not of a kind that every program shows.
    """

    kind: str
    width: int
    height: int
    bytes: int
    orientation: int = 1
    moves: bool = False
    flat: bool = False
    clear: bool = False
    odd: bool = False


@contextmanager
def opened(data: bytes, formats: tuple[str, ...] = FORMATS) -> Iterator["Image"]:
    """The picture, not decoded yet; raises DamagedError, within the context too, and TooLargeError."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - most builds read no picture, and it takes 30 ms

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(BytesIO(data), formats=formats) as image:
                _refuse_sizes(image.width, image.height)
                yield image
        except DamagedError:
            raise
        except Image.DecompressionBombError as error:
            raise TooLargeError(LIMITS["pixels"].message) from error
        except UnidentifiedImageError as error:
            if data.startswith(POINTER):
                raise PointerError("it is a pointer of Git LFS, and its file is not here") from error
            raise DamagedError("it is damaged, or no PNG, JPEG, GIF, WebP or AVIF") from error
        except Exception as error:  # readers of formats raise anything for damaged bytes
            raise DamagedError("a part of it is damaged") from error


def _refuse_sizes(width: int, height: int) -> None:
    if width * height > LIMITS["pixels"].value:
        raise TooLargeError(LIMITS["pixels"].message)
    if width <= 0 or height <= 0:
        raise DamagedError("it has no pixels")


def facts_of(data: bytes) -> Facts:
    """The facts of a picture; only one with an alpha channel is decoded. Raises DamagedError, TooLargeError."""
    with opened(data) as image:
        kind = "JPEG" if image.format == "MPO" else str(image.format)
        turned = orientation_of(image, data)
        width, height = image.size[::-1] if turned in TURNS else image.size
        moves = bool(getattr(image, "is_animated", False)) and kind != "JPEG"
        return Facts(
            kind=kind,
            width=width,
            height=height,
            bytes=len(data),
            orientation=turned,
            moves=moves,
            flat=image.mode in ("P", "PA", "1"),
            clear=_is_clear(image),
            odd=image.mode not in ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX"),
        )


def orientation_of(image: "Image", data: bytes) -> int:
    """The way up, as programs that follow EXIF turn it; raises DamagedError for a file that is not whole."""
    if image.format != "AVIF":
        return parts_of(data).orientation
    found = image.getexif().get(_EXIF_ORIENTATION, 1)  # made by Pillow from irot and imir
    return found if found in range(1, 9) else 1


def _is_clear(image: "Image") -> bool:
    """Return True when a pixel is not opaque; pictures of the screen have an alpha channel without one."""
    if "transparency" in image.info:
        return True
    if image.mode not in ("RGBA", "LA", "PA"):
        return False
    return image.getchannel("A").getextrema() != (255, 255)
