"""Beginning a build: alone, with the state of the last one, and with the output folders it may write to."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from tipsheet.errors import BusyError, WouldOverwriteError
from tipsheet.state.database import Output, Snapshot, load
from tipsheet.state.digest import digest
from tipsheet.state.folders import FOLDER, keep_apart
from tipsheet.state.journal import is_inside, recover, staging_folder
from tipsheet.state.making import Making
from tipsheet.state.program import program_digest

__all__ = ["begin"]

PATIENCE = 600
"""Seconds that a build waits for another one here."""


@contextmanager
def begin(
    root: Path,
    targets: Mapping[str, tuple[Path, Sequence[str]]],
    say: Callable[[str], None],
    *,
    remember: bool = True,
) -> Iterator[Making]:
    """Hold the state of the publication in ``root`` for one build.

    ``targets`` are the output folders by the first word of their paths, each with patterns of which a
    folder of ours has at least one. ``remember`` off makes everything anew. Raises BusyError when another
    build does not end, OverlapError, WouldOverwriteError for a folder that is neither empty nor ours, OSError.
    """
    keep_apart(root, {f"the {name}": folder for name, (folder, _) in targets.items()}, {})
    home = root / FOLDER
    home.mkdir(mode=0o700, exist_ok=True)  # the text of drafts and of private passages lies in there
    shutil.rmtree(home / "templates", ignore_errors=True)  # compiled, of versions that kept them here
    with _alone(home / "lock", say):
        stored, trouble = load(home / "state.db")
        if not all(is_inside(path) and path.partition("/")[0] in targets for path in stored.outputs):
            stored, trouble = Snapshot(), "the state of the last build names files outside of site and outbox"
        before = replace(stored, outputs=dict(stored.outputs), units=dict(stored.units))
        recover(home / "journal.json", before.generation, [folder for folder, _ in targets.values()])
        program = program_digest()
        facts = {"program": program} | {f"folder {name}": str(folder) for name, (folder, _) in targets.items()}
        if trouble:
            say(f"Building from nothing: {trouble}.")
        elif before.facts and before.facts.get("program") != program:
            say("Building from nothing: tipsheet or a package that it uses has changed.")
        same = before.facts.get("program") == program and remember
        if not same:
            before = Snapshot(facts=stored.facts, seen=stored.seen, outputs=before.outputs)
        moved = [name for name in targets if before.facts.get(f"folder {name}") != facts[f"folder {name}"]]
        for name, (folder, marks) in targets.items():
            shutil.rmtree(staging_folder(folder), ignore_errors=True)
            if name in moved or not any(path.startswith(f"{name}/") for path in before.outputs):
                _adopt(before, name, folder, marks)
        (home / "lock").touch()
        making = Making(
            home=home,
            targets={name: folder for name, (folder, _) in targets.items()},
            stored=stored,
            before=before,
            moment=(home / "lock").stat().st_mtime_ns,
            known=same and not moved,
            after=Snapshot(facts=facts),
        )
        try:
            yield making
        finally:
            for folder, _ in targets.values():
                if not (home / "journal.json").exists():
                    shutil.rmtree(staging_folder(folder), ignore_errors=True)


@contextmanager
def _alone(file: Path, say: Callable[[str], None]) -> Iterator[None]:
    lock = FileLock(file)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say("Another build is at work here; waiting for it.")
        try:
            lock.acquire(timeout=PATIENCE)
        except Timeout as error:
            raise BusyError(
                f"another build has held {file} for {PATIENCE} seconds", "wait for it, or end it"
            ) from error
    try:
        yield
    finally:
        lock.release()


def _adopt(before: Snapshot, name: str, folder: Path, marks: Sequence[str]) -> None:
    """Take over a folder of which nothing is known: its files are outputs of an earlier build, or in the way."""
    for known in [path for path in before.outputs if path.startswith(f"{name}/")]:
        del before.outputs[known]
    before.units = {key: kept for key, kept in before.units.items() if not key.startswith(f"{name}/")}
    if not folder.exists():
        return
    if not folder.is_dir() or (any(folder.iterdir()) and not any(any(folder.glob(mark)) for mark in marks)):
        hint = "name an empty folder, or one that an earlier build made"
        raise WouldOverwriteError(f"{folder} holds other files than a build writes", hint)
    for path in sorted(folder.rglob("*")):
        if path.is_file() or path.is_symlink():
            data = path.read_bytes() if path.is_file() else b""
            stat = path.lstat()
            relative = f"{name}/{path.relative_to(folder).as_posix()}"
            before.outputs[relative] = Output("", digest(data), stat.st_size, stat.st_mtime_ns)
