"""Moving new files in: written down first, so that a build that is killed in between is finished by the next.

A build writes its new files into a folder beside the output (``.site.new``), then this journal, then
the state, and only then moves. So a journal of the state's own generation says what is still to be
moved; any other one tells of a build that never got that far, and is dropped with what it staged.
"""

import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Journal", "move_in", "recover", "staging_folder"]


def staging_folder(target: Path) -> Path:
    """Where the new files of an output folder wait, on the same file system."""
    return target.with_name(f".{target.name}.new")


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """What is to be done: by output folder, the paths in it that are new or gone."""

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


def recover(file: Path, generation: int) -> None:
    """Finish what a killed build had begun to move, or drop what it had not; safe to do twice."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        journal = Journal(generation=found["generation"], new=found["new"], gone=found["gone"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        file.unlink(missing_ok=True)
        return
    if journal.generation == generation:
        move_in(file, journal)
    else:
        for folder in journal.new:
            shutil.rmtree(staging_folder(Path(folder)), ignore_errors=True)
        file.unlink()


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


def _delete(target: Path, paths: Iterable[str]) -> None:
    """Delete files, and the folders that are empty without them."""
    for path in paths:
        file = target / path
        if file.is_dir() and not file.is_symlink():
            continue
        with suppress(NotADirectoryError):  # a new file stands where its folder was
            file.unlink(missing_ok=True)
        for parent in file.parents:
            if parent == target or not parent.is_dir() or any(parent.iterdir()):
                break
            parent.rmdir()
