"""The publication of a revision of git, unpacked and built outside the repository, as one side of a comparison.

Both sides are built by this program as at one moment, with drafts and coming issues in them. So a template, a setting
or a style that changes a letter is seen as well as a word that does. Nothing in the repository is touched, its index
and its list of worktrees included, and no hook of git runs: ``git checkout-index`` writes the files of a commit from an
index of our own. ``git archive`` would leave out what is marked ``export-ignore``, and change ``export-subst``. So come
the files of submodules whose commits are here, and those of Git LFS that are here, since no filter of git runs. Links
that lead out of the folder are left out.
"""

import datetime as dt
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from filecmp import cmp
from os.path import realpath
from pathlib import Path, PurePosixPath

from lxml import etree

from tipsheet import press
from tipsheet.edition.edition import Edition
from tipsheet.edition.outbox import EDITION_FILE, read_edition
from tipsheet.engine.state import StateFile
from tipsheet.git import LONGEST_POINTER, Git, GitError, pointer_in
from tipsheet.last_build import BuildOptions
from tipsheet.model.post import Issue, Post
from tipsheet.model.publication import Publication
from tipsheet.settings import Settings

__all__ = ["BuiltSide", "Earlier", "RevisionError", "build_side", "earlier", "is_same", "items_of", "leads_to"]

ASSETS = frozenset({".avif", ".css", ".gif", ".jpeg", ".jpg", ".js", ".pdf", ".png", ".svg", ".webp", ".woff2"})
_REFRESH = re.compile(rb'http-equiv="refresh" content="0; url=([^"]*)"')
_HEAD = 4000
"""Bytes of a page within which it says that it only leads on."""


class RevisionError(GitError):
    """A revision that cannot be compared with: there is no git, no repository, or nothing of that name."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The publication of a revision, unpacked in ``root``; ``here`` is that of today, in the repository at ``top``.

    It is a part of what was ``unpacked``. ``missing`` are paths, from the publication, of submodules whose commits
    are not here, and with them their files. ``pointed`` are paths, from the top, of files of Git LFS.
    """

    root: Path
    here: Path
    top: Path
    unpacked: Path
    commit: str
    missing: tuple[str, ...] = ()
    pointed: frozenset[str] = frozenset()

    @property
    def below(self) -> str:
        """The folder of the publication in the repository, with a slash at its end; empty at the top."""
        return "" if self.here == self.top else f"{self.here.relative_to(self.top).as_posix()}/"

    def lacks(self, folders: Iterable[str]) -> tuple[str, ...]:
        """Submodules without which one of these folders of the publication is not what it was, in words."""
        known = [PurePosixPath(folder) for folder in folders if folder]
        gone = [name for name in map(PurePosixPath, self.missing) if any(_meet(name, folder) for folder in known)]
        return tuple(f"{name} is a submodule whose commit is not here (git submodule update --init)" for name in gone)

    def changed(self) -> tuple[str, ...]:
        """Paths from the top of the repository of files that are not as in the revision; git's ignored ones are not."""
        git = _git(self.top)
        differing = git.ask("diff", "--name-only", "--no-renames", "-z", self.commit).names
        others = git.ask("ls-files", "--others", "--exclude-standard", "-z").names
        same = {name for name in self.pointed if is_same(self.unpacked / name, self.top / name)}
        named = {*differing, *others} - same
        found = {name for name in named if not (self.top / name).is_relative_to(self.unpacked)}
        return tuple(
            sorted(name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace") for name in found)
        )

    def renamed(self, folders: Sequence[str]) -> Mapping[str, str]:
        """Paths of today by those of the revision, for files below these folders that were renamed."""
        found: dict[str, str] = {}
        for folder in folders:
            before, now = self.root / folder, self.here / folder
            if before.is_dir() and now.is_dir():
                compared = ("--no-index", "--find-renames", "-l0", "--name-status", "-z", "--", str(before), str(now))
                found |= _renames(_git(self.root).answer("diff", *compared).names, self)  # ends with 1: they differ
        return found


def _meet(one: PurePosixPath, other: PurePosixPath) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)


@contextmanager
def earlier(root: Path, revision: str) -> Iterator[Earlier]:
    """Unpack the publication of a revision for as long as it is looked at; raises RevisionError."""
    top = _top(root)
    commit = _commit(top, revision)
    below = root.resolve().relative_to(top)
    with tempfile.TemporaryDirectory(prefix="tipsheet-") as made:
        folder = Path(made).resolve() / "files"
        missing = tuple(_unpack(top, commit, folder))
        _leave_out_links(folder)
        inside = [path.relative_to(folder / below) for path in missing if path.is_relative_to(folder / below)]
        names = tuple(path.as_posix() for path in inside)
        yield Earlier(
            root=folder / below,
            here=root.resolve(),
            top=top,
            unpacked=folder,
            commit=commit,
            missing=names,
            pointed=frozenset(_follow_pointers(folder, top)),
        )


def _top(root: Path) -> Path:
    return Path(_git(root).ask("rev-parse", "--show-toplevel").text.rstrip("\n")).resolve()


def _commit(top: Path, revision: str) -> str:
    """The commit of a revision; words that begin with a hyphen are none, and git would take them for options."""
    named = _object(top, revision)
    if found := _object(top, f"{named}^{{commit}}"):
        return found
    if ".." in revision:
        hint = "name one revision: the other side is what you have now"
        raise RevisionError(f"{revision!r} is a range of revisions", hint)
    if not _object(top, "HEAD"):
        raise RevisionError(f"there is no revision {revision!r}, and no commit yet", "commit what you have")
    if _git(top).ask("rev-parse", "--is-shallow-repository").text.strip() == "true":
        hint = "fetch the history: git fetch --unshallow, or fetch-depth: 0 in a workflow"
        raise RevisionError(f"this clone has a part of the history only, and {revision!r} is not in it", hint)
    if named not in {"", revision}:
        _git(top).ask("cat-file", "-t", named)  # raises where a name leads to an object that is broken or lost
    raise RevisionError(f"there is no revision {revision!r}", "git log --oneline lists them; branches and tags will do")


def _git(folder: Path) -> Git:
    return Git(folder=folder, error=RevisionError)


def _object(top: Path, name: str) -> str:
    """The id of what a revision names; empty for none and for several."""
    found = "" if name.startswith("-") else _git(top).answer("rev-parse", "--verify", "--quiet", name).text.strip()
    return found if re.fullmatch("[0-9a-f]{40,64}", found) else ""


def _unpack(top: Path, commit: str, folder: Path) -> Iterator[Path]:
    """Write the files of a commit into a new folder; yields folders of submodules whose commits are not here."""
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tipsheet-") as place:
        git = Git(folder=top, error=RevisionError, also={"GIT_INDEX_FILE": str(Path(place) / "index")})
        whole = {"core.sparseCheckout": "false"}
        git.ask("read-tree", commit, settings=whole)
        git.ask("checkout-index", "--all", "--force", "--quiet", f"--prefix={folder}/", settings=whole)
        entries = git.ask("ls-files", "--stage", "-z").names
    for entry in entries:
        facts, _, path = entry.partition("\t")
        mode, its, _ = facts.split(" ")
        if mode == "160000":
            if _object(top / path, f"{its}^{{commit}}"):
                yield from _unpack(top / path, its, folder / path)
            else:
                yield folder / path


def _follow_pointers(folder: Path, top: Path) -> Iterator[str]:
    """Write what pointers of Git LFS stand for in their places, and yield the paths; what is not here stays a pointer.

    It is here if Git LFS has fetched it, or if the repository at ``top`` still has it at the same path.
    """
    for path in folder.rglob("*"):
        small = not path.is_symlink() and path.is_file() and path.stat().st_size <= LONGEST_POINTER
        pointer = pointer_in(path.read_bytes()) if small else None
        if pointer is None:
            continue
        name = path.relative_to(folder).as_posix()
        here = top / name
        found = here if pointer.is_of(here) else _git(here.parent if here.parent.is_dir() else top).contents(pointer)
        if found is not None:
            path.unlink()
            shutil.copyfile(found, path)
            yield name


def _leave_out_links(folder: Path) -> None:
    """Delete links that lead out of the folder."""
    for path in folder.rglob("*"):
        if path.is_symlink() and not Path(realpath(path)).is_relative_to(folder):  # which ends for links in a circle
            path.unlink()


def _renames(words: Sequence[str], earlier: Earlier) -> Iterator[tuple[str, str]]:
    """Pairs of paths relative to the publication, from ``R100``, the old and the new one in turn."""
    at = 0
    while at < len(words):
        if words[at].startswith("R"):
            old, new = Path(words[at + 1]), Path(words[at + 2])
            yield old.relative_to(earlier.root).as_posix(), new.relative_to(earlier.here).as_posix()
        at += 3 if words[at][0] in "RC" else 2


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltSide:
    """One side of a comparison: a publication, and the folder with its site and its outbox.

    ``renamed`` are names of files in its content folder that were renamed, by those on the side before.
    """

    folder: Path
    settings: Settings
    publication: Publication
    renamed: Mapping[str, str] = field(default_factory=dict)

    @property
    def site(self) -> Path:
        """The folder of the site."""
        return self.folder / "site"

    @property
    def outbox(self) -> Path:
        """The folder of the letters."""
        return self.folder / "outbox"

    @property
    def letters(self) -> tuple[Issue, ...]:
        """Everything that has a letter: issues, and letters that follow a confirmation."""
        return (*self.publication.issues, *self.publication.welcome)

    @property
    def posts(self) -> tuple[Post, ...]:
        """The issues and articles that have a page."""
        return tuple(post for post in (*self.publication.issues, *self.publication.articles) if post.url)

    @property
    def ordinary(self) -> tuple[str, ...]:
        """Paths of the ordinary pages below the folder of content."""
        return tuple(name for name in self.publication.ordinary if name.endswith(".md"))

    def pages(self) -> Iterator[str]:
        """Paths of the pages below the folder of the site."""
        return (path.relative_to(self.site).as_posix() for path in self.site.rglob("*.html"))

    def page(self, path: str) -> bytes | None:
        """The contents of a page, where there is one."""
        file = self.site / path
        return file.read_bytes() if path and file.is_file() else None

    def assets(self) -> frozenset[str]:
        """Paths of style sheets, scripts, pictures and PDF files below the folder of the site."""
        return frozenset(
            path.relative_to(self.site).as_posix() for path in self.site.rglob("*") if path.suffix in ASSETS
        )

    def editions(self) -> Mapping[str, Edition]:
        """The compiled letters, by the ids of their issues."""
        there = (one for one in self.letters if (self.outbox / one.id / EDITION_FILE).is_file())
        return {one.id: read_edition(self.outbox, one.id) for one in there}


def build_side(root: Path, folder: Path, *, environ: Mapping[str, str], now: dt.datetime) -> BuiltSide:
    """Build the publication in ``root`` into a folder outside it, drafts and coming issues included.

    Raises ContentError with all mistakes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    options = BuildOptions(
        site_dir=folder / "site", outbox_dir=folder / "outbox", drafts=True, state=StateFile(folder / "state")
    )
    pressed = press.press(root, options, now=now, environ=environ)
    settings, publication = pressed.prepared.ready(drafts=True)
    return BuiltSide(folder=folder, settings=settings, publication=publication)


def is_same(one: Path, other: Path) -> bool:
    """True if both are files with the same bytes."""
    return one.is_file() and other.is_file() and cmp(one, other, shallow=False)


def leads_to(page: bytes) -> str | None:
    """The target of a page that is only a redirect; None for any other page."""
    found = _REFRESH.search(page[:_HEAD])
    return found[1].decode(errors="replace") if found else None


def items_of(feed: Path) -> list[tuple[str, str]]:
    """Ids and titles of the items of a feed; of another document none."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    items = etree.parse(feed, parser).getroot().iterfind("channel/item")
    return [(item.findtext("guid") or "", item.findtext("title") or "") for item in items]
