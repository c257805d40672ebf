"""Folders that must not overlap: what a build writes, what it reads, and what it remembers (K4).

A site inside the content folder would be published again by the next build; an outbox inside the site would
publish the letters of private segments; and an output folder loses files that no build made. Folders are compared
as they lie on the disk, so that links, mounts and disks that do not tell capitals from small letters hide nothing.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from tipsheet.errors import OverlapError

__all__ = ["FOLDER", "PREVIEW", "TRIAL", "keep_apart", "overlaps"]

FOLDER = ".tipsheet"
"""Where the state lies, in the folder of the publication."""
PREVIEW = f"{FOLDER}/drafts"
"""Where a site with drafts lies: not in the folder that is published."""
TRIAL = f"{FOLDER}/serve"
"""Store and letters of the service that ``tipsheet serve`` shows; made anew each time, with nobody real in it."""


def keep_apart(root: Path, outputs: Mapping[str, Path], sources: Mapping[str, Path]) -> None:
    """Raise OverlapError when folders overlap; both kinds are by names for people, such as "the site"."""
    for sentence in overlaps(root, outputs, sources):
        raise OverlapError(sentence, "name a folder of its own, such as site or outbox beside mkdocs.yml")


def overlaps(root: Path, outputs: Mapping[str, Path], sources: Mapping[str, Path]) -> Iterator[str]:
    """A sentence for everything that is wrong with these folders."""
    reserved = {"the whole disk": Path(root.absolute().anchor), "your home folder": _home(), "the publication": root}
    for name, folder in outputs.items():
        held = next((what for what, other in reserved.items() if _holds(folder, other)), "")
        if held:
            yield f"{name} cannot be {folder}: it is or holds {held}"
        elif _holds(root / FOLDER, folder) and not _holds(root / PREVIEW, folder):
            yield f"{name} cannot be {folder}: {FOLDER} holds what builds remember"
    places = [*outputs.items(), *sources.items()]
    for number, (name, folder) in enumerate(places[: len(outputs)]):
        for other_name, other in places[number + 1 :]:
            if _holds(folder, other) or _holds(other, folder):
                yield f"{name} ({folder}) and {other_name} ({other}) overlap"


def _home() -> Path:
    return Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home raises where there is none


def _holds(folder: Path, other: Path) -> bool:
    """Whether ``other`` is this folder or lies in it, by names or by what they are on the disk."""
    real, inner = folder.resolve(), other.resolve()
    if inner.is_relative_to(real):
        return True
    try:
        stat = real.stat()
    except OSError:
        return False
    return any(_is(place, stat) for place in (inner, *inner.parents))


def _is(place: Path, stat: os.stat_result) -> bool:
    try:
        return os.path.samestat(place.stat(), stat)
    except OSError:
        return False
