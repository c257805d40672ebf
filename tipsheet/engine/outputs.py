"""Moving new files in: written down first, so that a build that is killed in between is finished by the next.

A build writes its new files into a folder beside the output (``.site.new``), then this journal, then
the state, and only then moves. So a journal of the state's own generation says what is still to be
moved; any other one tells of a build that never got that far, and is dropped with what it staged.
"""

import json
import os
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

from tipsheet.errors import OverlapError

__all__ = [
    "FOLDER",
    "PREVIEW",
    "TRIAL",
    "Journal",
    "is_inside",
    "keep_apart",
    "move_in",
    "overlaps",
    "recover",
    "staging_folder",
]

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
    """Return True when ``other`` is this folder or lies in it, by their names or on the disk."""
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


def staging_folder(target: Path) -> Path:
    """The folder in which new files of an output folder wait, on the same file system."""
    return target.with_name(f".{target.name}.new")


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """Moves that are to be made: by output folder, the paths in it that are new or gone."""

    generation: int
    new: Mapping[str, Sequence[str]]
    gone: Mapping[str, Sequence[str]]

    def write(self, file: Path) -> None:
        """Put it on the disk for good."""
        draft = file.with_suffix(".draft")
        with draft.open("w", encoding="utf-8") as stream:
            json.dump({"generation": self.generation, "new": dict(self.new), "gone": dict(self.gone)}, stream)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)


def recover(file: Path, generation: int, targets: Collection[Path]) -> None:
    """Finish what a build that was killed had begun; ``generation`` is the state's, ``targets`` the output folders.

    A journal that names other folders, or paths out of these, is dropped: it is of a build into other folders, which
    the next build there looks over by itself, or none of ours.
    """
    if not file.is_file():
        return
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        journal = Journal(generation=found["generation"], new=dict(found["new"]), gone=dict(found["gone"]))
        ours = {str(target) for target in targets} >= {*journal.new, *journal.gone}
        sound = all(is_inside(path) for paths in (*journal.new.values(), *journal.gone.values()) for path in paths)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        ours = sound = False
    if not ours or not sound:
        file.unlink()
    elif journal.generation == generation:
        move_in(file, journal)
    else:
        for folder in journal.new:
            shutil.rmtree(staging_folder(Path(folder)), ignore_errors=True)
        file.unlink()


def is_inside(path: object) -> bool:
    """Return True for a path that can lead only below the folder that it is put behind."""
    if not isinstance(path, str) or "\0" in path or any(part in ("", ".", "..") for part in path.split("/")):
        return False
    return os.sep == "/" or not (os.sep in path or PureWindowsPath(path).drive)


def move_in(file: Path, journal: Journal) -> None:
    """Move what is new, delete what is gone, and strike the journal."""
    for folder, paths in journal.new.items():
        _move(staging_folder(Path(folder)), Path(folder), paths)
    for folder, paths in journal.gone.items():
        _delete(Path(folder), paths)
    file.unlink()
    for folder in journal.new:
        shutil.rmtree(staging_folder(Path(folder)), ignore_errors=True)


def _move(source: Path, target: Path, paths: Iterable[str]) -> None:
    if source.is_dir() and not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        source.rename(target)
        return
    made = set[str]()
    for path in paths:
        staged, place = f"{source}/{path}", f"{target}/{path}"
        if not os.path.lexists(staged):
            continue
        folder = place.rpartition("/")[0]
        if folder not in made:
            _make_folder(Path(folder), target)
            made.add(folder)
        if Path(place).is_dir() and not Path(place).is_symlink():
            shutil.rmtree(place)
        os.replace(staged, place)  # noqa: PTH105 - thousands of them


def _make_folder(folder: Path, target: Path) -> None:
    """Make a folder below ``target``; a file in its way was an output of the last build."""
    for parent in (folder, *folder.parents):
        if parent == target:
            break
        if parent.is_file() or parent.is_symlink():
            parent.unlink()
    folder.mkdir(parents=True, exist_ok=True)


def _through_a_link(file: Path, target: Path) -> bool:
    """Return True when a folder between them is a link, which no build makes: behind it lie files of somebody else."""
    folders = file.relative_to(target).parents
    return any((target / folder).is_symlink() for folder in folders if folder.name)


def _delete(target: Path, paths: Iterable[str]) -> None:
    """Delete files, and the folders that are empty without them."""
    for path in paths:
        file = target / path
        if (file.is_dir() and not file.is_symlink()) or _through_a_link(file, target):
            continue
        with suppress(NotADirectoryError):  # a new file stands where its folder was
            file.unlink(missing_ok=True)
        for parent in file.parents:
            if parent == target or not parent.is_dir() or any(parent.iterdir()):
                break
            parent.rmdir()
