"""The last build: its options and result, and whether it is still up to date, told without reading a text.

It stands when the same program looked at the same files with the same options, and at nothing else; nothing
has appeared or ended since, and every file lies where it was put. Nothing in here imports what reads
or renders.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tipsheet.engine.build import Reason, Run, begin
from tipsheet.engine.outputs import FOLDER, keep_apart
from tipsheet.engine.state import StateFile
from tipsheet.problems import Problem, Severity, Where

__all__ = ["BuildOptions", "Built", "LookedAt", "begin_run", "has_state", "note_build", "unchanged"]

MARKS: Mapping[str, Sequence[str]] = {
    "site": ("sitemap.xml", "index.html"),
    "outbox": ("*/edition.json", "build.json", "DRAFTS.txt", "service/service.json"),
}
"""Patterns of which an output folder of ours has at least one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """The result of a build; ``changed`` counts files new or deleted, ``reasons`` say why something was made again."""

    site_dir: Path
    outbox_dir: Path
    issues: int
    pages: int
    letters: int
    changed: int = 0
    reasons: tuple[Reason, ...] = ()
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """Options of a build.

    Its folders; ``drafts`` are shown as if they were out; with ``strict`` warnings stop it; ``all_letters`` makes those
    of every issue, not only of those that may still be sent; ``cold`` makes everything anew. The state lies in
    ``state``, or in the usual folder of the publication.
    """

    site_dir: Path
    outbox_dir: Path
    drafts: bool = False
    strict: bool = False
    all_letters: bool = False
    cold: bool = False
    state: StateFile | None = field(default=None, compare=False)

    @property
    def outputs(self) -> dict[str, Path]:
        """The folders that are written, by their names for people."""
        return {"the site": self.site_dir, "the outbox": self.outbox_dir}

    def __str__(self) -> str:
        """The options that decide about contents, on one line."""
        return f"drafts={self.drafts} strict={self.strict} all_letters={self.all_letters}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedAt:
    """Inputs of a build besides the clock: files and folders, and variables of the environment.

    ``anything`` says that a plugin or an extension may look at more than we know of.
    """

    names: tuple[str, ...]
    variables: tuple[str, ...]
    anything: bool


def note_build(
    run: Run, built: Built, options: BuildOptions, *, now: dt.datetime, until: dt.datetime | None, looked_at: LookedAt
) -> None:
    """Leave to `unchanged` what it asks."""
    problems = [
        [p.where.path, p.where.line, p.where.col, p.code, p.message, p.hint, p.severity] for p in built.problems
    ]
    run.after.facts |= {
        "options": str(options),
        "from": now.astimezone(dt.UTC).isoformat(),
        "until": until.astimezone(dt.UTC).isoformat() if until else "",
        "names": json.dumps(looked_at.names),
        "anything": str(looked_at.anything or looked_at.variables != ()),
        "built": json.dumps([built.issues, built.pages, built.letters, problems]),
    }


@contextmanager
def begin_run(
    root: Path, options: BuildOptions, say: Callable[[str], None], *, environ: Mapping[str, str]
) -> Iterator[Run]:
    """Begin a build; see `begin`."""
    folders = {"site": options.site_dir, "outbox": options.outbox_dir}
    targets = {name: (folder.absolute(), MARKS[name]) for name, folder in folders.items()}
    with begin(root, targets, say, remember=not options.cold, environ=environ, state=options.state) as run:
        yield run


def has_state(root: Path) -> bool:
    """Return True when an earlier build left a state."""
    return (root / FOLDER / "state.db").is_file()


def unchanged(run: Run, root: Path, options: BuildOptions, *, now: dt.datetime) -> Built | None:
    """Return what the last build left, or None when this one has to look closer."""
    site_dir, outbox_dir = options.site_dir, options.outbox_dir
    facts = run.before.facts
    if not run.known or facts.get("options") != str(options) or facts.get("anything") != "False":
        return None
    try:
        began, ends = dt.datetime.fromisoformat(facts["from"]), facts["until"]
        over = now < began or (ends and now >= dt.datetime.fromisoformat(ends))
        names, (issues, pages, letters, problems) = json.loads(facts["names"]), json.loads(facts["built"])
    except (KeyError, TypeError, ValueError):  # a state that others wrote
        return None
    keep_apart(root, {"the site": site_dir, "the outbox": outbox_dir}, {name: root / name for name in names})
    if over or not _same_files(root, names, run) or not run.stands():
        return None
    run.stay()
    return Built(
        site_dir=site_dir,
        outbox_dir=outbox_dir,
        issues=issues,
        pages=pages,
        letters=letters,
        problems=tuple(
            Problem(Where(path, line, col), code, message, hint, Severity(severity))
            for path, line, col, code, message, hint, severity in problems
        ),
    )


def _same_files(root: Path, names: Sequence[str], run: Run) -> bool:
    files = run.scan(root, names).files
    before = run.before.seen
    return files.keys() == before.keys() and all(seen.digest == before[path].digest for path, seen in files.items())
