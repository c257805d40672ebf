"""The last gate: every reason against sending a letter to readers now (D23).

`reasons` is asked by ``send``, ``publish``, ``plan`` and ``doctor``; nothing else decides. A reason is a function and a
line in the table `GATE`; errors of the examinations are reasons too. Each can be allowed by its name for one run, but
for those in `NEVER`. A test to oneself does not pass the gate. The sender reads the outbox, and digests of the content.
"""

import datetime as dt
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tipsheet.delivery.approval import NotApprovedError, remedy, unapproved
from tipsheet.delivery.readiness import EXAMINATIONS, Examination, Facts, examined, is_placeholder
from tipsheet.delivery.senders import DEFAULT, REAL, SENDERS
from tipsheet.edition.edition import Edition, Links, MarkedLine, Slot
from tipsheet.edition.outbox import BUILD_FILE, DRAFTS_MARK
from tipsheet.engine.digest import digest
from tipsheet.engine.inputs import scan
from tipsheet.errors import TipsheetError
from tipsheet.model.placeholders import SENTENCES
from tipsheet.problems import Severity

__all__ = [
    "GATE", "NAMES", "NEVER", "NotReadyError", "Reason", "Waiting", "examinations", "of_letter", "pass_gate",
    "reasons",
]  # fmt: skip

APPROVAL = "approval"
NEVER: Mapping[str, str] = {
    "unsubscribe": "the law asks for a way to unsubscribe in every letter",
    APPROVAL: "this publication sends what was approved, and nothing else",
}
"""Reasons that cannot be allowed, and why."""

STARTER = Path(__file__).parent.parent / "templates" / "publication" / "content"
LEAST_WORDS = 6
"""A sentence of fewer words may be anybody's."""
REBUILD = "run tipsheet build, look at the letter, and send that one"


class NotReadyError(TipsheetError):
    """Something speaks against sending to readers; the message has all reasons."""

    exit_code = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A reason against sending a letter; ``name`` is what ``--allow`` takes."""

    name: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A letter before the gate: its edition and outbox, the moment at which it would go, and the sender ``through``."""

    facts: Facts
    outbox: Path
    edition: Edition
    now: dt.datetime
    through: str = DEFAULT


def reasons(waiting: Waiting) -> tuple[Reason, ...]:
    """All reasons against it, in order."""
    return (*of_letter(waiting), *_not_in_order(waiting))


def of_letter(waiting: Waiting) -> tuple[Reason, ...]:
    """The reasons that lie in the letter and its outbox."""
    return tuple(reason for look in GATE.values() for reason in look(waiting))


def pass_gate(waiting: Waiting, allowed: Iterable[str]) -> None:
    """Let a letter pass, or raise NotReadyError with every reason that was not allowed."""
    against = [reason for reason in reasons(waiting) if reason.name not in set(allowed) - NEVER.keys()]
    if against:
        lines = [f"{waiting.edition.issue} goes to no reader:"]
        lines += [f"  {reason.name}: {reason.message}\n      {reason.remedy}" for reason in against]
        names = dict.fromkeys(reason.name for reason in against)
        hint = "a test to yourself works: --to ADDRESS"
        if allowable := " ".join(f"--allow {name}" for name in names if name not in NEVER):
            hint += f"; what is meant so, you allow for this run: {allowable}"
        if never := ", ".join(name for name in names if name in NEVER):
            hint += f"; {never} cannot be allowed"
        error = NotReadyError("\n".join(lines), hint)
        if APPROVAL in names:
            error.exit_code = NotApprovedError.exit_code
        raise error


def _build_of(waiting: Waiting) -> Mapping[str, Any]:
    """The record that the build wrote beside the editions; empty if there is none that can be read."""
    try:
        record = json.loads((waiting.outbox / BUILD_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) and record.get("version") == 1 else {}


def _drafts(waiting: Waiting) -> Iterator[Reason]:
    issue = _build_of(waiting).get("issues", {}).get(waiting.edition.issue, {})
    if issue.get("draft"):
        message = "it is a draft"
        yield Reason(name="drafts", message=message, remedy="take draft: true out of its header and build again")
    elif (waiting.outbox / DRAFTS_MARK).exists():
        message = "the outbox was built with --drafts, and may know of what is not out"
        yield Reason(name="drafts", message=message, remedy="build it without --drafts")


def _future(waiting: Waiting) -> Iterator[Reason]:
    moment = dt.datetime.fromisoformat(waiting.edition.published)
    if moment > waiting.now:
        message = f"its moment is {moment:%Y-%m-%d %H:%M %Z}".rstrip() + ", which has not come"
        yield Reason(name="future", message=message, remedy="wait, or give it another date and build again")


def _clock(waiting: Waiting) -> Iterator[Reason]:
    since = _build_of(waiting).get("since")
    if since and dt.datetime.fromisoformat(since) > waiting.now:
        message = f"the outbox was built as at a later moment ({since[:16]} or after)"
        yield Reason(name="clock", message=message, remedy="build it without --now")


def _stale(waiting: Waiting) -> Iterator[Reason]:
    """Compare digests; where no source of an issue is, as in a job that only sends, there is nothing to compare."""
    record, root = _build_of(waiting), waiting.facts.root
    mine = record.get("issues", {}).get(waiting.edition.issue)
    if mine is None:
        message = "the outbox does not say what the letter was made of"
        yield Reason(name="stale", message=message, remedy=REBUILD)
        return
    if not any((root / issue["source"]).exists() for issue in record["issues"].values()):
        return
    source = root / mine["source"]
    if not source.is_file():
        yield Reason(name="stale", message=f"{mine['source']} is gone", remedy=REBUILD)
    elif digest(source.read_bytes()) != mine["digest"]:
        yield Reason(name="stale", message=f"{mine['source']} was changed after the build", remedy=REBUILD)
    now = {path: seen.digest for path, seen in scan(root, record["names"], {}, moment=0).files.items()}
    before: Mapping[str, str] = record["shared"]
    changed = sorted(path for path in {*now, *before} if now.get(path) != before.get(path))
    if changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        message = f"{changed[0]}{more}, which letters are made of, was changed after the build"
        yield Reason(name="stale", message=message, remedy=REBUILD)


def _starter(waiting: Waiting) -> Iterator[Reason]:
    words = _words(" ".join(_text_of(waiting.edition)))
    found = [sentence for key, sentence in _starter_sentences().items() if key in words]
    if found:
        more = f", and {len(found) - 1} more like it" if len(found) > 1 else ""
        message = f"“{found[0]}” still stands in it{more}"
        yield Reason(name="starter", message=message, remedy="write your own, and build again")


def _examples(waiting: Waiting) -> Iterator[Reason]:
    """Addresses of the starter in header and text; the sender's own are told by the examinations."""
    edition = waiting.edition
    lines = [_filled(value) for _, value in edition.header] + _text_of(edition)
    found = re.findall(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)", " ".join(lines))
    hosts = sorted({host.lower() for host in found if is_placeholder(host.lower())})
    if hosts:
        message = f"an address at {hosts[0]}, which belongs to nobody, stands in it"
        remedy = "write your own in mkdocs.yml, authors.yml, notes and the issue, and build again"
        yield Reason(name="examples", message=message, remedy=remedy)


def _unsubscribe(waiting: Waiting) -> Iterator[Reason]:
    """A letter that was built before a way to unsubscribe was set up, as a job that only sends may hold one."""
    names = {name for name, _ in waiting.edition.header}
    if waiting.facts.settings.leaving.link and "List-Unsubscribe" not in names:
        message = "the letter holds no way to unsubscribe, which mkdocs.yml sets up"
        yield Reason(name="unsubscribe", message=message, remedy=REBUILD)


def examinations(*senders: str) -> Mapping[str, Examination]:
    """The examinations of `tipsheet doctor`, with those of these senders, by subject."""
    return {
        **EXAMINATIONS,
        **{SENDERS[name].subject: SENDERS[name].examination for name in senders if SENDERS[name].real},
    }


def _not_in_order(waiting: Waiting) -> Iterator[Reason]:
    """Errors of `doctor`."""
    for finding in examined(examinations(waiting.through), waiting.facts):
        if finding.severity is Severity.ERROR:
            yield Reason(name=_name(finding.subject), message=finding.message, remedy=finding.remedy)


def _approval(waiting: Waiting) -> Iterator[Reason]:
    """An edition that needs an approval of every byte, and has none."""
    facts, edition = waiting.facts, waiting.edition
    if why := unapproved(edition, facts.settings, facts.root, facts.environ):
        yield Reason(name=APPROVAL, message=why, remedy=remedy(edition.issue))


GATE: Mapping[str, Callable[[Waiting], Iterator[Reason]]] = {
    "drafts": _drafts,
    "future": _future,
    "clock": _clock,
    "stale": _stale,
    "starter": _starter,
    "examples": _examples,
    "unsubscribe": _unsubscribe,
    APPROVAL: _approval,
}


def _name(subject: str) -> str:
    return subject.replace(" ", "-")


_SUBJECTS = (*EXAMINATIONS, *(SENDERS[name].subject for name in REAL))
NAMES = tuple(name for name in dict.fromkeys((*GATE, *map(_name, _SUBJECTS))) if name not in NEVER)
"""All that can be allowed."""


def _filled(line: MarkedLine) -> str:
    return "".join(
        part if isinstance(part, str) else (part.fallback or "") if isinstance(part, Slot) else "" for part in line
    )


def _text_of(edition: Edition) -> list[str]:
    """All text that any reader could see: subjects, preheaders, and the text part with every piece in it."""
    pieces = (piece.content for piece in edition.text if not isinstance(piece, Links))
    lines = (*(variant.line for variant in (*edition.subject, *edition.preheader)), *edition.links)
    return [*map(_filled, lines), *(piece if isinstance(piece, str) else _filled(piece) for piece in pieces)]


def _words(text: str) -> str:
    """The words alone, so that marks of Markdown, line ends and capitals make no difference."""
    words = " ".join(re.findall(r"[^\W_]+", text.lower()))
    return f" {words} "


@cache
def _starter_sentences() -> Mapping[str, str]:
    """Sentences that `tipsheet init` and `tipsheet new` wrote, by their words."""
    found = {_words(sentence): sentence for sentence in SENTENCES}
    for file in sorted(STARTER.rglob("*.md")):
        for line in file.read_text(encoding="utf-8").splitlines():
            plain = re.sub(r"^(description: |\d+\. |> |[#/]+ .*|\w+: .*)", "", line)
            for sentence in re.split(r"(?<=[.?!:])\s+", plain):
                key = _words(sentence)
                if len(key.split()) >= LEAST_WORDS and not re.search(r"[$@\[<]", sentence):
                    found[key] = sentence
    return found
