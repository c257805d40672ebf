"""The last check: what it found, told again while nothing has changed, and what it knows of each text and letter.

Its state lies beside that of builds and is of the same kind (`tipsheet.engine.state`): data, of which what is damaged
or foreign costs a check from nothing. Where no state can be kept, as in a folder that cannot be written to, every check
is one from nothing.
"""

import datetime as dt
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tipsheet.engine.build import Run, begin
from tipsheet.engine.digest import digest_of
from tipsheet.engine.outputs import FOLDER
from tipsheet.engine.state import DamagedStateError, StateFile
from tipsheet.errors import BusyError
from tipsheet.lexicon import own_words
from tipsheet.problems import Problem, Severity, Where

if TYPE_CHECKING:
    from tipsheet.memory import Memory
    from tipsheet.press import Prepared

__all__ = ["Checked", "check"]

CONFIG_FILE = "mkdocs.yml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The findings of a check, and what it read: numbers by kinds of posts, None where mkdocs.yml is not YAML.

    ``folders`` are that of the content and, where there is one, that of the publication's own templates. ``more`` are
    the checks that ran and do not run everywhere.
    """

    problems: tuple[Problem, ...]
    read: Mapping[str, int] | None
    folders: tuple[str, ...] = ()
    more: tuple[str, ...] = ()


def check(root: Path, *, now: dt.datetime, environ: Mapping[str, str]) -> Checked:
    """Look over the publication in ``root`` as seen at ``now``, and remember what was found.

    The result is that of `press.check`, to the letter. Raises what that raises.
    """
    with _state(root, environ) if (root / CONFIG_FILE).is_file() else nullcontext() as run:
        known = _unchanged(run, root, now, environ) if run else None
        return known or _looked_over(run, root, now, environ)


def _looked_over(run: Run | None, root: Path, now: dt.datetime, environ: Mapping[str, str]) -> Checked:
    """The result of a check, which is left to the next one where there is a state."""
    from tipsheet import press  # noqa: PLC0415 - what is remembered needs nothing that reads or renders
    from tipsheet.memory import Memory  # noqa: PLC0415

    if run is None:
        return _checked(press.check(root, now=now))
    memory = Memory(run, environ)
    try:
        prepared = press.check(root, now=now, memory=memory)
    except DamagedStateError:
        run.forget()
        prepared = press.check(root, now=now, memory=memory)
    found = _checked(prepared)
    if found.read is not None:
        _leave(found, prepared, memory, environ)
    return found


def _leave(found: Checked, prepared: "Prepared", memory: "Memory", environ: Mapping[str, str]) -> None:
    """Keep the state for the next check, if it can be kept."""
    from tipsheet.model.publication import next_change  # noqa: PLC0415

    settings, publication, run, looked_at = prepared.settings, prepared.publication, memory.run, memory.looked_at
    if settings is None or publication is None:
        return
    memory.leave()
    now, zone = publication.now, settings.time_zone
    new_year = dt.datetime(now.astimezone(zone).year + 1, 1, 1, tzinfo=zone)  # of copyright lines
    until = min(filter(None, (next_change(publication, zone), new_year)))
    around = _around(run, prepared.root, looked_at.names, looked_at.variables, environ)
    run.after.facts |= {
        "from": now.astimezone(dt.UTC).isoformat(),
        "until": until.astimezone(dt.UTC).isoformat(),
        "looked at": json.dumps([looked_at.names, looked_at.variables]),
        "around": "" if looked_at.anything else around,
        "found": json.dumps([_rows(found.problems), found.read, found.folders, found.more]),
    }
    with suppress(OSError, sqlite3.Error):
        run.finish()


def _checked(prepared: "Prepared") -> Checked:
    from tipsheet.checks.prose import PROSE, reads_prose  # noqa: PLC0415 - it reads and renders

    settings, publication = prepared.settings, prepared.publication
    if settings is None or publication is None:
        return Checked(problems=prepared.problems, read=None)
    return Checked(
        problems=prepared.problems,
        read={
            "issue": len(publication.issues),
            "article": len(publication.articles),
            "note": len(publication.notes),
            "action": len(publication.evergreen),
        },
        folders=tuple(name for name in (settings.docs_dir, settings.overrides) if name),
        more=(PROSE,) if reads_prose(settings) else (),
    )


@contextmanager
def _state(root: Path, environ: Mapping[str, str]) -> Iterator[Run | None]:
    """The state of the last check, or None where none can be had."""
    begun = begin(root, {}, lambda _line: None, environ=environ, state=StateFile(root / FOLDER / "check"))
    with ExitStack() as stack:
        run: Run | None = None
        with suppress(OSError, BusyError, sqlite3.Error):
            run = stack.enter_context(begun)
        yield run


def _around(run: Run, root: Path, names: Sequence[str], variables: Sequence[str], environ: Mapping[str, str]) -> str:
    """The digest of all that a check looks at but the clock and the program."""
    inputs = run.scan(root, names)
    return digest_of(
        sorted((path, seen.digest) for path, seen in inputs.files.items()),
        [(name, os.path.exists(root / name)) for name in names],  # noqa: PTH110 - a name may hold anything
        sorted(inputs.hidden),
        sorted(own_words(root)),
        sorted(inputs.links.items()),
        [(name, environ.get(name)) for name in variables],
    )


def _unchanged(run: Run, root: Path, now: dt.datetime, environ: Mapping[str, str]) -> Checked | None:
    """The result of the last check where another would have the same, or None."""
    facts = run.before.facts
    if not run.known or not facts.get("around"):
        return None
    try:
        names, variables = json.loads(facts["looked at"])
        problems, read, folders, more = json.loads(facts["found"])
        in_time = dt.datetime.fromisoformat(facts["from"]) <= now < dt.datetime.fromisoformat(facts["until"])
        if not in_time or _around(run, root, names, variables, environ) != facts["around"]:
            return None
        found = tuple(
            Problem(Where(path, line, col), code, message, hint, Severity(level) if level else "")
            for path, line, col, code, message, hint, level in problems
        )
        result = Checked(problems=found, read=read, folders=tuple(folders), more=tuple(more))
    except (KeyError, TypeError, ValueError, OSError):  # a state that others wrote
        return None
    with suppress(OSError, sqlite3.Error):
        run.stay()
    return result


def _rows(problems: Sequence[Problem]) -> list[list[object]]:
    return [[p.where.path, p.where.line, p.where.col, p.code, p.message, p.hint, p.level] for p in problems]
