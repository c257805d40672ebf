"""Checks of pictures: files by their bytes (damage, weight, places), covers by their width, logos by their grounds."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import cast

from tipsheet.checks.issues import covers
from tipsheet.model.publication import Publication
from tipsheet.pictures.copies import published
from tipsheet.pictures.files import DamagedError, tells_its_place
from tipsheet.pictures.opening import TooLargeError, opened
from tipsheet.problems import Evidence, Problem, Sign, Where
from tipsheet.settings import CONFIG_FILE, Settings
from tipsheet.settings.look import contrast

__all__ = ["damaged", "file_problems", "is_picture", "small_covers", "unseen_logos"]

HEAVY = 500_000
"""Bytes of a picture that are too many for a folder that is kept for ever."""
SMALL = 600
"""Width in px from which a cover looks sharp in a letter, where it is 536 px wide, on a screen of one dot a px."""
GRAPHIC = 3.0
"""Contrast with its ground from which a graphic is seen (WCAG 2.2, 1.4.11)."""
GROUND = 0.75
"""Share of a picture that is opaque from which it brings a ground of its own; a disc has 0.785."""
SEEN = {True: 0.05, False: 1 / 3}
"""Share of what is opaque that must have that contrast: of a mark on a ground of its own, and of one without."""
_SAMPLE = 48
"""Px, each way, to which a logo is made smaller before it is looked at."""
_OPAQUE = 128
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


def unseen_logos(root: Path, settings: Settings) -> Iterator[Problem]:
    """Logos that would vanish on the ground of a scheme (E24); mail programs that turn colours turn no pictures."""
    masthead, docs = settings.masthead, root / settings.docs_dir
    if not masthead.logo:
        return
    variant = PurePosixPath(masthead.logo).with_suffix("")
    remedies = {
        "light": "give it a ground of its own, or colours that are seen on white",
        "dark": f"give it a light ground of its own, or put a variant beside it: {variant}-dark.png",
    }
    shown = {"light": masthead.logo, "dark": masthead.logo_dark or masthead.logo}
    for (scheme, name), tones in zip(shown.items(), (settings.look.light, settings.look.dark), strict=True):
        if name and (docs / name).is_file() and _vanishes((docs / name).read_bytes(), tones.paper):
            message = f"{name} can hardly be seen in the {scheme} scheme, on {tones.paper}"
            seen = (Evidence(Sign.KEY, "logo"),)
            yield Problem(Where(CONFIG_FILE), "TS046", message, remedies[scheme], evidence=seen)


def _vanishes(data: bytes, paper: str) -> bool:
    """Tell whether too little of a picture has contrast with its ground; a damaged one is told by others."""
    try:
        with opened(data) as image:
            sample = image.convert("RGBA").resize((_SAMPLE, _SAMPLE))
            colours = cast("list[tuple[int, tuple[int, ...]]]", sample.getcolors(_SAMPLE * _SAMPLE))
    except DamagedError:
        return False
    opaque = [(count, colour) for count, colour in colours if colour[3] >= _OPAQUE]
    whole = sum(count for count, _ in opaque)
    seen = sum(count for count, colour in opaque if contrast(f"#{bytes(colour[:3]).hex()}", paper) >= GRAPHIC)
    return seen < whole * SEEN[whole >= GROUND * _SAMPLE**2] or not whole


def damaged(path: str, error: DamagedError) -> Problem:
    """The problem of a picture that cannot be decoded."""
    code = "TS031" if isinstance(error, TooLargeError) else "TS015"
    return Problem(Where(path), code, f"the picture cannot be read: {error}", error.remedy)
