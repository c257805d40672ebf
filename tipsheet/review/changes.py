"""Changes as readers see them, as values: letters by audience, pages and their addresses, and items of feeds.

They are data only: written as JSON where foreign content is built, and read where somebody may comment.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from tipsheet.edition.differences import Difference, DiffLine
from tipsheet.errors import TipsheetError
from tipsheet.model.segment import Segment, sentence

__all__ = [
    "AudienceChange", "Change", "Changes", "FeedChange", "LetterChange", "PageChange", "SegmentChange",
    "UnreadableChangesError", "changes_from", "guards_in", "json_of", "renamed_segments", "segments_between",
]  # fmt: skip

VERSION = 1
"""Of the form in which changes are written."""
GUARDS = (
    ".github/*", ".gitlab-ci.yml", ".gitmodules", "tool", "tool/*", "CODEOWNERS", "*/CODEOWNERS", "*.py", "mkdocs.yml",
    "*/mkdocs.yml",
)  # fmt: skip
"""Files of a repository that decide about reviews, or that a pipeline or a build runs; ``*`` goes into folders."""
MOST_BYTES = 20_000_000
"""A file of changes that is larger was not written by us."""


class UnreadableChangesError(TipsheetError):
    """A file is no list of changes, or one of another version."""

    exit_code = 1


class Change(StrEnum):
    """The kinds of changes of a page or a letter."""

    NEW = "new"
    GONE = "gone"
    MOVED = "moved"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceChange:
    """The change of a letter for these audiences, which all see the same; ``difference`` where both sides have one.

    ``readers`` of the store see this change, each counted once in an issue; null where there is no store, where these
    get the issue no more, and for segments that are no more. Names of several segments with points between them, as
    ``leaders.sellers``, are readers who are in all of them and see what no segment sees alone; ``everyone`` are those
    who are in no segment that the letter mentions.
    """

    audiences: tuple[str, ...]
    change: Change
    subject: str
    difference: Difference | None = None
    readers: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterChange:
    """The change of an issue's letter; ``state`` is ``draft``, ``coming``, ``out`` or ``welcome``.

    ``was`` is the state before where that is another one: a draft that goes now may have the same words.
    ``lacking`` are audiences for whom nobody wrote an action. ``readers`` of the store get it, where there is one:
    those of its audiences, and the ``unchanged``, for whom it stays as it was. ``idle`` of them get it without an
    action.
    """

    issue: str
    title: str
    state: str
    audiences: tuple[AudienceChange, ...]
    lacking: tuple[str, ...] = ()
    was: str = ""
    readers: int | None = None
    unchanged: int = 0
    idle: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentChange:
    """A segment with another rule than before, each in English: other people read what is for it alone."""

    segment: str
    was: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageChange:
    """The change of a page; of one that ``moved``, ``to`` is its new address, and ``alias`` if the old one leads there.

    ``taken`` says that another page has the old address now.
    ``whole`` is false for pages that are made of others, such as lists, whose lines are not told.
    """

    address: str
    title: str
    change: Change
    to: str = ""
    alias: bool = False
    taken: bool = False
    lines: tuple[DiffLine, ...] = ()
    links_added: tuple[str, ...] = ()
    links_removed: tuple[str, ...] = ()
    whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedChange:
    """Titles of the items of a feed that feed readers would show once more, because the ids of the items changed."""

    feed: str
    again: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """All that readers would see differently since ``revision``.

    ``site``: the old and the new address of the site, where these differ, which letters and pages then follow.
    ``assets`` are style sheets, scripts and pictures whose contents changed; ``guards`` are changed files that decide
    about reviews themselves, such as the list of those who may approve, or that a build runs (`guards_in`).
    ``unbuilt`` are mistakes for which the publication of the revision cannot be built, each with its place. There is
    nothing to compare with then: ``letters`` are those that are still to come, and ``files`` the names of files that
    differ.
    """

    version: int = VERSION
    revision: str = ""
    site: tuple[str, ...] = ()
    segments: tuple[SegmentChange, ...] = ()
    letters: tuple[LetterChange, ...] = ()
    pages: tuple[PageChange, ...] = ()
    feeds: tuple[FeedChange, ...] = ()
    assets: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    unbuilt: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        """True if there is nothing to tell."""
        told = (self.site, self.segments, self.letters, self.pages, self.feeds, self.assets, self.guards, self.unbuilt)
        return not any(told)


def segments_between(before: Iterable[Segment], after: Iterable[Segment]) -> tuple[SegmentChange, ...]:
    """The segments of both sides whose rules differ."""
    old = {one.id: sentence(one.rule) for one in before}
    pairs = ((one.id, old.get(one.id, ""), sentence(one.rule)) for one in after)
    return tuple(SegmentChange(segment=name, was=was, now=now) for name, was, now in pairs if was and was != now)


def renamed_segments(before: Iterable[Segment], after: Iterable[Segment]) -> Mapping[str, str]:
    """New names of segments by the old ones: where a name is gone and another has come whose rule is the same."""
    old, new = ({one.id: sentence(one.rule) for one in side} for side in (before, after))
    come = {rule: name for name, rule in reversed(new.items()) if name not in old}
    return {name: come[rule] for name, rule in old.items() if name not in new and rule in come}


def guards_in(names: Iterable[str], more: Iterable[str] = ()) -> tuple[str, ...]:
    """Those of these paths from the top of a repository that `GUARDS` or ``more`` patterns name."""
    patterns = (*GUARDS, *more)
    return tuple(sorted({name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns)}))


def json_of(changes: Changes) -> str:
    """The changes as JSON, with sorted keys; half of a pair of UTF-16 is a question mark, as no program reads it."""
    text = json.dumps(msgspec.to_builtins(changes), ensure_ascii=False, indent=1, sort_keys=True)
    return text.encode("utf-8", "replace").decode() + "\n"


def changes_from(file: Path) -> Changes:
    """The changes that `json_of` wrote; nothing in the file is trusted. Raises UnreadableChangesError."""
    hint = "write it with tipsheet diff --json, by the same version of tipsheet"
    try:
        with file.open("rb") as opened:
            data = opened.read(MOST_BYTES + 1)  # a device has no size, and no end
        if len(data) > MOST_BYTES:
            raise UnreadableChangesError(f"{file} is larger than {MOST_BYTES // 1_000_000} MB", hint)
        found = msgspec.json.decode(data, type=Changes)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UnreadableChangesError(f"{file} is no list of changes: {error}", hint) from error
    if found.version != VERSION:
        raise UnreadableChangesError(f"{file} has the form {found.version}, and this program reads {VERSION}", hint)
    return found
