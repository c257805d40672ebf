"""One build over what the last one left: what still stands is kept, the rest is made, staged and moved in.

Nothing that readers see changes before `Run.finish`; a build that stops earlier leaves the last
output, and the state that belongs to it, as they were.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from types import MappingProxyType
from typing import Any

from filelock import FileLock, Timeout

from tipsheet.engine.codec import CodecError, decode, encode, keeps
from tipsheet.engine.digest import digest, digest_of
from tipsheet.engine.inputs import Inputs, scan
from tipsheet.engine.outputs import FOLDER, Journal, is_inside, keep_apart, move_in, recover, staging_folder
from tipsheet.engine.processes import spread
from tipsheet.engine.state import Kept, Output, Snapshot, StateFile
from tipsheet.engine.units import Key, Loader, Made, Unit, called, key_of, words_of
from tipsheet.errors import BusyError, WouldOverwriteError
from tipsheet.problems import Evidence, Problem, Severity, Sign, Where

__all__ = ["Reason", "Run", "begin", "program_digest"]

MANY = 60
"""Units from which a second process pays: each is rendered and written in about two milliseconds."""


keeps(Evidence, Problem, Severity, Sign, Where)


@dataclass(frozen=True, slots=True)
class Reason:
    """The reason for making a unit: names of arguments that changed, ``new``, or ``output`` when a file was touched."""

    unit: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Staged:
    """A unit that was made, as it comes back from another process."""

    name: str
    files: tuple[tuple[str, str, int, int], ...]
    problems: tuple[Problem, ...]
    value: Any


@dataclass(slots=True)
class Run:
    """A build while it holds the state. ``targets`` are the output folders by the first word of their paths.

    ``stored`` is what lies on the disk, ``before`` what of it counts, ``after`` what will lie there. ``known``
    says that all of it counts: the same program has written into the same folders.
    """

    state: StateFile
    key: bytes = field(repr=False)
    targets: Mapping[str, Path]
    stored: Snapshot
    before: Snapshot
    moment: int
    known: bool = False
    after: Snapshot = field(default_factory=Snapshot)
    reasons: list[Reason] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    _staged: dict[str, list[str]] = field(default_factory=dict)
    _by_unit: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for path, output in self.before.outputs.items():
            self._by_unit.setdefault(output.unit, []).append(path)

    def forget(self) -> None:
        """Begin anew with a state that says nothing but which files there are, as one that cannot be read."""
        self.before.texts.close()
        self.before = _without_values(self.before)
        self.after = Snapshot(facts=self.after.facts)
        self.reasons, self.problems, self._staged, self._by_unit = [], [], {}, {}
        for folder in self.targets.values():
            shutil.rmtree(staging_folder(folder), ignore_errors=True)
        self.__post_init__()

    def scan(self, root: Path, names: Sequence[str]) -> Inputs:
        """The files of these names and below them, with their digests; see `inputs.scan`."""
        inputs = scan(root, names, self.before.seen, moment=self.moment)
        self.after.seen.update(inputs.files)
        return inputs

    def was(self, label: str) -> frozenset[str]:
        """The files of the last build in this output folder, by their paths in it."""
        start = len(label) + 1
        return frozenset(path[start:] for path in self.before.outputs if path.startswith(f"{label}/"))

    def make(self, units: Sequence[Unit], load: Loader) -> dict[str, Any]:
        """Make the units that do not stand, and give the values of all by their paths; ``load`` loads references."""
        stale: list[tuple[Unit, Key]] = []
        values: dict[str, Any] = {}
        for unit in units:
            key = key_of(unit)
            words = self._words(unit, key)
            if not words:
                try:
                    values[unit.path] = self._keep(unit)
                    continue
                except CodecError:
                    words = ("state",)
            self.reasons.append(Reason(unit.path, words))
            stale.append((unit, key))
        ordered = sorted(stale, key=lambda one: (not one[0].alone, not one[0].slow))
        here = [unit for unit, _ in ordered if unit.alone]
        slow, quick = ([unit for unit, _ in ordered if not unit.alone and unit.slow is kind] for kind in (True, False))
        known: dict[Key, Any] = {}

        def stage(unit: Unit) -> _Staged:
            return self._stage(unit, called(unit, load, known))

        made = [*map(stage, here), *spread(stage, slow, enough=2), *spread(stage, quick, enough=MANY)]
        for (unit, key), staged in zip(ordered, made, strict=True):
            values[unit.path] = self._take(unit, key, staged)
        return values

    def _words(self, unit: Unit, key: Key) -> tuple[str, ...]:
        """The reasons for making the unit; none when it is up to date."""
        kept = self.before.units.get(unit.path)
        if kept is None:
            return ("new",)
        if kept.key == key:
            intact = all(self._lies(path) for path in self._by_unit.get(unit.path, ()))
            return () if intact else ("output",)
        return words_of(key, kept.key)

    def _lies(self, path: str) -> bool:
        """Return True when an output is as it was written; the contents of one with another time are compared."""
        output, file = self.before.outputs[path], self._target(path)
        try:
            stat = os.stat(file)  # noqa: PTH116 - thousands of them
        except OSError:
            return False
        if (stat.st_size, stat.st_mtime_ns) == (output.size, output.mtime):
            return True
        if stat.st_size != output.size or digest(Path(file).read_bytes()) != output.digest:
            return False
        self.before.outputs[path] = output._replace(mtime=stat.st_mtime_ns)
        return True

    def _target(self, path: str) -> str:
        label, _, rest = path.partition("/")
        return f"{self.targets[label]}/{rest}"

    def _keep(self, unit: Unit) -> Any:
        kept = self.before.units[unit.path]
        value = decode(kept.value) if kept.value else None
        if kept.problems:
            self.problems += decode(kept.problems)
        self.after.units[unit.path] = kept
        for path in self._by_unit.get(unit.path, ()):
            self.after.outputs[path] = self.before.outputs[path]
        return value

    def _stage(self, unit: Unit, made: Made) -> _Staged:
        _refuse_strange(unit, made)
        files = []
        for path, data in made.files.items():
            known, found = self.before.outputs.get(path), digest(data)
            if known and known.digest == found and self._lies(path):
                files.append((path, found, -1, -1))
                continue
            label, _, rest = path.partition("/")
            staged = f"{staging_folder(self.targets[label])}/{rest}"
            os.makedirs(staged.rpartition("/")[0], exist_ok=True)  # noqa: PTH103 - thousands of them
            with open(staged, "wb") as file:  # noqa: PTH123 - thousands of them
                file.write(data)
                file.flush()
                files.append((path, found, len(data), os.fstat(file.fileno()).st_mtime_ns))
        return _Staged(unit.path, tuple(files), made.problems, made.value)

    def _take(self, unit: Unit, key: Key, staged: _Staged) -> Any:
        value = encode(staged.value) if staged.value is not None else None
        problems = encode(staged.problems) if staged.problems else None
        self.problems += staged.problems
        self.after.units[unit.path] = Kept(key, value, problems)
        for path, found, size, mtime in staged.files:
            if size < 0:
                self.after.outputs[path] = self.before.outputs[path]._replace(unit=unit.path)
                continue
            label, _, rest = path.partition("/")
            self._staged.setdefault(label, []).append(rest)
            self.after.outputs[path] = Output(unit.path, found, size, mtime)
        return staged.value

    def stands(self) -> bool:
        """Return True when every file lies where the last build put it."""
        return all(self._lies(path) for path in self.before.outputs)

    @property
    def written(self) -> tuple[str, ...]:
        """The files that are new or changed, by their paths in the state."""
        return tuple(f"{label}/{path}" for label, paths in self._staged.items() for path in paths)

    def stay(self) -> None:
        """Leave everything as it is, but for what is known now of files that were written anew without a change."""
        seen = {**self.before.seen, **self.after.seen}
        if seen != self.stored.seen or self.before.outputs != self.stored.outputs:
            after = replace(self.stored, seen=seen, outputs=self.before.outputs)
            self.state.save(self.stored, after, self.key)

    def finish(self) -> int:
        """Move in what is new, delete what is gone, keep the state; gives the number of files written or deleted."""
        gone: dict[str, list[str]] = {}
        for path in self.before.outputs.keys() - self.after.outputs.keys():
            label, _, rest = path.partition("/")
            gone.setdefault(label, []).append(rest)
        self.after.facts = {**self.before.facts, "generation": str(self.before.generation + 1), **self.after.facts}
        journal = Journal(
            generation=self.after.generation,
            new={str(self.targets[label]): sorted(paths) for label, paths in self._staged.items()},
            gone={str(self.targets[label]): sorted(paths) for label, paths in gone.items()},
        )
        moved, file = bool(journal.new or journal.gone), self.state.folder / "journal.json"
        if moved:
            journal.write(file)
        self.before.texts.close()
        self.state.save(self.stored, self.after, self.key)
        if moved:
            move_in(file, journal)
        for folder in self.targets.values():  # an outbox without letters is an outbox
            folder.mkdir(parents=True, exist_ok=True)
        return sum(map(len, (*journal.new.values(), *journal.gone.values())))


def _without_values(snapshot: Snapshot) -> Snapshot:
    """The snapshot with nothing but facts about files."""
    return Snapshot(facts=snapshot.facts, seen=snapshot.seen, outputs=snapshot.outputs)


def _refuse_strange(unit: Unit, made: Made) -> None:
    """A unit writes below the output folders, and only what it has said; anything else is a fault of the program."""
    outside = [path for path in made.files if not is_inside(path)]
    unsaid = [] if unit.files is None else sorted(made.files.keys() - set(unit.files))
    if outside or unsaid:
        raise ValueError(f"{unit.path} writes {', '.join(map(repr, outside or unsaid))}")


STATE_KEY = "TIPSHEET_STATE_KEY"
"""Environment variable with the secret that seals the state, for a state that lies where others can write."""
PATIENCE = 600
"""Seconds that a build waits for another one here."""


@contextmanager
def begin(
    root: Path,
    targets: Mapping[str, tuple[Path, Sequence[str]]],
    say: Callable[[str], None],
    *,
    remember: bool = True,
    environ: Mapping[str, str] = MappingProxyType({}),
    state: StateFile | None = None,
) -> Iterator[Run]:
    """Hold the state of the publication in ``root`` for one build.

    ``targets`` are the output folders by the first word of their paths, each with patterns of which a
    folder of ours has at least one. ``state`` lies in the usual folder unless it is given. ``remember`` off makes
    everything anew. A state is sealed with the variable `STATE_KEY` of ``environ``, where that is set: then no other
    state counts. Raises BusyError when another build does not end, OverlapError, WouldOverwriteError for a folder
    that is neither empty nor ours, OSError.
    """
    keep_apart(root, {f"the {name}": folder for name, (folder, _) in targets.items()}, {})
    state, key = state or StateFile(root / FOLDER), _key(environ)
    home = state.folder
    (root / FOLDER).mkdir(mode=0o700, exist_ok=True)  # the text of drafts and of private passages lies in there
    home.mkdir(mode=0o700, exist_ok=True)
    shutil.rmtree(home / "templates", ignore_errors=True)  # compiled, of versions that kept them here
    with _alone(home / "lock", say):
        run = _run(state, key, targets, say, remember=remember)
        try:
            yield run
        finally:
            run.before.texts.close()
            for folder, _ in targets.values():
                if not (home / "journal.json").exists():
                    shutil.rmtree(staging_folder(folder), ignore_errors=True)


Targets = Mapping[str, tuple[Path, Sequence[str]]]


def _run(state: StateFile, key: bytes, targets: Targets, say: Callable[[str], None], *, remember: bool) -> Run:
    """The run of a build that has begun: the last build is finished first where it was killed."""
    home = state.folder
    stored, trouble = state.load(key)
    if not all(is_inside(path) and path.partition("/")[0] in targets for path in stored.outputs):
        stored, trouble = Snapshot(), "the state of the last build names files outside of site and outbox"
    before = replace(stored, outputs=dict(stored.outputs), units=dict(stored.units))
    recover(home / "journal.json", before.generation, [folder for folder, _ in targets.values()])
    program = state.program = state.program or program_digest()
    facts = {"program": program} | {f"folder {name}": str(folder) for name, (folder, _) in targets.items()}
    if trouble:
        say(f"Building from nothing: {trouble}.")
    elif before.facts and before.facts.get("program") != program:
        say("Building from nothing: tipsheet or a package that it uses has changed.")
    same = before.facts.get("program") == program and remember
    if not same:
        before = _without_values(before)
    moved = [name for name in targets if before.facts.get(f"folder {name}") != facts[f"folder {name}"]]
    for name, (folder, marks) in targets.items():
        shutil.rmtree(staging_folder(folder), ignore_errors=True)
        if name in moved or not any(path.startswith(f"{name}/") for path in before.outputs):
            _adopt(before, name, folder, marks)
    (home / "lock").touch()
    return Run(
        state=state,
        key=key,
        targets={name: folder for name, (folder, _) in targets.items()},
        stored=stored,
        before=before,
        moment=(home / "lock").stat().st_mtime_ns,  # by the clock of the file system, which may be another than ours
        known=same and not moved,
        after=Snapshot(facts=facts),
    )


def _key(environ: Mapping[str, str]) -> bytes:
    """The key that seals the state, at most as long as BLAKE2b takes one."""
    secret = environ.get(STATE_KEY, "")
    return blake2b(secret.encode(errors="surrogateescape")).digest() if secret else b""


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


HOME = Path(__file__).parent.parent
NOT_IN_A_BUILD = frozenset({"__pycache__", "audience", "delivery", "store"})
SUFFIXES = (".py", ".html", ".css", ".js", ".txt", ".json", ".svg", ".md", ".yml", ".toml")


def program_digest() -> str:
    """A digest that changes with whatever could make the same input give other bytes."""
    return digest_of(
        sys.version, sorted(_packages()), [digest(Path(path).read_bytes()) for path in sorted(_files(HOME))]
    )


def _packages() -> set[str]:
    """Names and versions of what is installed, as the names of the folders say them (PyPA, recording projects)."""
    folders = [Path(folder) for folder in sys.path if Path(folder).is_dir()]
    return {path.name for folder in folders for path in folder.iterdir() if path.suffix in (".dist-info", ".egg-info")}


def _files(folder: Path) -> list[str]:
    found = []
    for path, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in NOT_IN_A_BUILD]
        found += [f"{path}/{name}" for name in names if name.endswith(SUFFIXES)]
    return found
