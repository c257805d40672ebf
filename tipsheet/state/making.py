"""One build over what the last one left: what still stands is kept, the rest is made, staged and moved in.

Nothing that readers see changes before `Making.finish`; a build that stops earlier leaves the last
output, and the state that belongs to it, as they were.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tipsheet.problems import Evidence, Problem, Severity, Sign, Where
from tipsheet.state.codec import CodecError, decode, encode, keeps
from tipsheet.state.database import Kept, Output, Snapshot, save
from tipsheet.state.digest import digest
from tipsheet.state.inputs import Inputs, scan
from tipsheet.state.journal import Journal, is_inside, move_in, staging_folder
from tipsheet.state.spread import spread
from tipsheet.state.units import Made, Unit, parts_of

__all__ = ["Making", "Reason"]

MANY = 60
"""Units from which a second process pays: each is rendered and written in about two milliseconds."""


keeps(Evidence, Problem, Severity, Sign, Where)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a unit was made: the words of its parts that changed, or ``new``, or ``output`` when a file was touched."""

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
class Making:
    """A build while it holds the state. ``targets`` are the output folders by the first word of their paths.

    ``stored`` is what lies on the disk, ``before`` what of it counts, ``after`` what will lie there. ``known``
    says that all of it counts: the same program has written into the same folders. ``cache`` is a folder for
    compiled templates.
    """

    home: Path
    targets: Mapping[str, Path]
    stored: Snapshot
    before: Snapshot
    moment: int
    known: bool = False
    cache: Path | None = None
    after: Snapshot = field(default_factory=Snapshot)
    reasons: list[Reason] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    _staged: dict[str, list[str]] = field(default_factory=dict)
    _by_unit: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for path, output in self.before.outputs.items():
            self._by_unit.setdefault(output.unit, []).append(path)

    def scan(self, root: Path, names: Sequence[str]) -> Inputs:
        """The files of these names and below them, with their digests; see `inputs.scan`."""
        inputs = scan(root, names, self.before.seen, moment=self.moment)
        self.after.seen.update(inputs.files)
        return inputs

    def was(self, label: str) -> frozenset[str]:
        """The files of the last build in this output folder, by their paths in it."""
        start = len(label) + 1
        return frozenset(path[start:] for path in self.before.outputs if path.startswith(f"{label}/"))

    def remember(self, kind: str, key: str, make: Callable[[], str]) -> str:
        """The text that ``make`` gives for this key, which tells apart all that it is made from."""
        name = (kind, key)
        known = self.before.memory.get(name, self.after.memory.get(name))
        self.after.memory[name] = value = make() if known is None else known
        return value

    def make(self, units: Sequence[Unit]) -> dict[str, Any]:
        """Make the units that do not stand, and give the values of all by their names."""
        stale = []
        values: dict[str, Any] = {}
        for unit in units:
            words = self._words(unit)
            if not words:
                try:
                    values[unit.name] = self._keep(unit)
                    continue
                except CodecError:
                    words = ("state",)
            self.reasons.append(Reason(unit.name, words))
            stale.append(unit)
        here = [unit for unit in stale if unit.alone]
        there = [unit for unit in stale if not unit.alone]
        for unit, staged in zip(
            [*here, *there], [*map(self._stage, here), *spread(self._stage, there, enough=MANY)], strict=True
        ):
            values[unit.name] = self._take(unit, staged)
        return values

    def _words(self, unit: Unit) -> tuple[str, ...]:
        """Why the unit must be made; nothing when it stands."""
        kept = self.before.units.get(unit.name)
        if kept is None:
            return ("new",)
        if kept.key == unit.key:
            intact = all(self._lies(path) for path in self._by_unit.get(unit.name, ()))
            return () if intact else ("output",)
        now, then = parts_of(unit.key), parts_of(kept.key)
        return tuple(word for word in {**now, **then} if now.get(word) != then.get(word))

    def _lies(self, path: str) -> bool:
        """Whether an output is as it was written; one with another time is looked into."""
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
        kept = self.before.units[unit.name]
        value = decode(kept.value) if kept.value else None
        if kept.problems:
            self.problems += decode(kept.problems)
        self.after.units[unit.name] = kept
        for path in self._by_unit.get(unit.name, ()):
            self.after.outputs[path] = self.before.outputs[path]
        return value

    def _stage(self, unit: Unit) -> _Staged:
        made = unit.make()
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
        return _Staged(unit.name, tuple(files), made.problems, made.value)

    def _take(self, unit: Unit, staged: _Staged) -> Any:
        value = encode(staged.value) if staged.value is not None else None
        problems = encode(staged.problems) if staged.problems else None
        self.problems += staged.problems
        self.after.units[unit.name] = Kept(unit.key, value, problems)
        for path, found, size, mtime in staged.files:
            if size < 0:
                self.after.outputs[path] = self.before.outputs[path]._replace(unit=unit.name)
                continue
            label, _, rest = path.partition("/")
            self._staged.setdefault(label, []).append(rest)
            self.after.outputs[path] = Output(unit.name, found, size, mtime)
        return staged.value

    def stands(self) -> bool:
        """Whether every file lies where the last build put it."""
        return all(self._lies(path) for path in self.before.outputs)

    def stay(self) -> None:
        """Leave everything as it is, but for what is known now of files that were written anew without a change."""
        seen = {**self.before.seen, **self.after.seen}
        if seen != self.stored.seen or self.before.outputs != self.stored.outputs:
            save(self.home / "state.db", self.stored, replace(self.stored, seen=seen, outputs=self.before.outputs))

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
        moved = bool(journal.new or journal.gone)
        if moved:
            journal.write(self.home / "journal.json")
        if not self.stored.facts:  # there is none, or none that could be read
            (self.home / "state.db").unlink(missing_ok=True)
        save(self.home / "state.db", self.stored, self.after)
        if moved:
            move_in(self.home / "journal.json", journal)
        for folder in self.targets.values():  # an outbox without letters is an outbox
            folder.mkdir(parents=True, exist_ok=True)
        return sum(map(len, (*journal.new.values(), *journal.gone.values())))


def _refuse_strange(unit: Unit, made: Made) -> None:
    """A unit writes below the output folders, and only what it has said; anything else is a fault of the program."""
    outside = [path for path in made.files if not is_inside(path)]
    unsaid = [] if unit.files is None else sorted(made.files.keys() - set(unit.files))
    if outside or unsaid:
        raise ValueError(f"{unit.name} writes {', '.join(map(repr, outside or unsaid))}")
