"""Checks of pictures: files by their bytes (damage, weight, the place where they were taken), covers by their width."""

from collections.abc import Iterator

from tipsheet.checks.issues import covers
from tipsheet.model.publication import Publication
from tipsheet.pictures.copies import published
from tipsheet.pictures.files import DamagedError, tells_its_place
from tipsheet.pictures.opening import TooLargeError
from tipsheet.problems import Evidence, Problem, Sign, Where
from tipsheet.settings import Settings

__all__ = ["damaged", "file_problems", "is_picture", "small_covers"]

HEAVY = 500_000
"""Bytes of a picture that are too many for a folder that is kept for ever."""
SMALL = 600
"""Width in px from which a cover looks sharp in a letter, where it is 536 px wide, on a screen of one dot a px."""
_ENDINGS = (
    ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif",
    ".jpe", ".jfif", ".apng", ".heic", ".heif", ".hif", ".tif", ".tiff", ".dng", ".jxl", ".jp2",
)  # fmt: skip
"""Endings of pictures that a camera or a program may have written something into."""


def is_picture(name: str) -> bool:
    """Return True for the name of a file that is looked into before it is published."""
    return name.lower().endswith(_ENDINGS)


def small_covers(publication: Publication, _settings: Settings) -> Iterator[Problem]:
    """Pictures of headers that are blown up where they stand."""
    for post, image in covers(publication):
        if image.width < SMALL:
            message = f"the picture is {image.width} px wide, and is shown wider"
            seen = (Evidence(Sign.KEY, "image"),)
            yield Problem(post.where, "TS029", message, "take one of 1,200 px", evidence=seen)


def file_problems(path: str, data: bytes) -> tuple[Problem, ...]:
    """Findings about one picture file, which is published by what `published` makes of it."""
    return tuple(_problems(Where(path), data))


def _problems(where: Where, data: bytes) -> Iterator[Problem]:
    if len(data) > HEAVY:
        message = f"the picture has {len(data) // 1000:,} KB"
        yield Problem(where, "TS017", message, "save it 1,600 px wide, as JPEG if it is a photograph")
    if not tells_its_place(data):
        return
    if tells_its_place(published(data)):
        message = "this photograph would be published with the place where it was taken"
        yield Problem(where, "TS019", message, "save it as JPEG or PNG, which are published without it")
    else:
        message = "this photograph tells where it was taken; the published copy does not, the file here does"
        yield Problem(where, "TS018", message, "save it without its location if others can read this folder")


def damaged(path: str, error: DamagedError) -> Problem:
    """The problem of a picture that cannot be decoded."""
    code = "TS031" if isinstance(error, TooLargeError) else "TS015"
    hint = "open it in a program for pictures, and save it anew as PNG or JPEG"
    return Problem(Where(path), code, f"the picture cannot be read: {error}", hint)
