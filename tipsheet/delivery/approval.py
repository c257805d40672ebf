"""Approvals: signed tags in git, each with what an edition is, and the check before a letter goes (X14).

A tag and not a commit: an approval is about a commit that is there already, changes no content, needs no merge, and can
be made by somebody who may not push to the branch. Its message holds digests of everything that readers could be sent,
by audience, the rules of the segments that decide who that is, the version of the program and the time zone. Only what
was signed counts, and no date: the tag's name says no more than where to look, a tag that is moved points to another
approval or to none, and one that is deleted is none.

Who may approve is said by a file of SSH keys and by fingerprints of OpenPGP keys. `SIGNERS_VARIABLE` names a file
outside the repository, and `REVIEW_VARIABLE` asks for approval whatever mkdocs.yml says, so that no change to the
repository can decide about either.
"""

import hashlib
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

from tipsheet import __version__
from tipsheet.edition.edition import MESSAGE_DATE, Edition, Recipient
from tipsheet.edition.joining import PREVIEW, audiences, joined
from tipsheet.edition.message import Composer
from tipsheet.errors import TipsheetError
from tipsheet.git import Git, GitError, Purpose, pointer_in
from tipsheet.model.segment import sentence
from tipsheet.settings import Settings

__all__ = [
    "REVIEW_VARIABLE", "SIGNERS_VARIABLE", "GitTagError", "NotApprovedError", "Statement", "approve",
    "refuse_unapproved", "remedy", "statement_in", "statement_of", "unapproved", "uncommitted",
]  # fmt: skip

REVIEW_VARIABLE = "TIPSHEET_REVIEW"
"""Variable that asks for approval with the value ``required``."""
SIGNERS_VARIABLE = "TIPSHEET_ALLOWED_SIGNERS"
TAGS = "refs/tags/approved/"
MARK = "Tipsheet-Approval: 1"
"""Line at which the form begins, with its version."""
_ARMOUR = re.compile(r"^-----BEGIN (SSH SIGNATURE|PGP SIGNATURE)-----$", re.MULTILINE)
_SSH_GOOD = re.compile(r'^Good "git" signature for (\S+) with ', re.MULTILINE)
_PGP_GOOD = re.compile(r"^\[GNUPG:\] GOODSIG ", re.MULTILINE)
_PGP_KEYS = re.compile(r"^\[GNUPG:\] VALIDSIG ([0-9A-F]{40}) (?:\S+ ){8}([0-9A-F]{40})\s*$", re.MULTILINE)


class NotApprovedError(TipsheetError):
    """A letter is not, byte for byte, one that somebody has approved who may."""

    exit_code = 3


class GitTagError(GitError):
    """Git could not write or read a tag."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class AudienceDigests:
    """SHA-256, in hex, of what one audience is sent: the message to nobody, and its parts as people know them."""

    message: str
    subject: str
    preheader: str
    text: str
    html: str

    def differing(self, other: "AudienceDigests") -> str:
        """The parts in which two letters differ, in words."""
        parts = [one.name for one in fields(self) if getattr(self, one.name) != getattr(other, one.name)]
        named = [name for name in parts if name != "message"]
        return ", ".join(named) or ("the header" if parts else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """The thing that is approved: an edition, by all that decides about the bytes that readers are sent.

    ``segments`` are the rules, in English, of those that it mentions: who is in them, and reads what is for them alone.
    """

    publication: str
    issue: str
    edition: str
    program: str
    time_zone: str
    segments: Mapping[str, str]
    audiences: Mapping[str, AudienceDigests]

    def __str__(self) -> str:
        """The statement as lines of a tag's message."""
        lines = [
            MARK,
            f"Publication: {self.publication}",
            f"Issue: {self.issue}",
            f"Edition: {self.edition}",
            f"Program: {self.program}",
            f"Time-Zone: {self.time_zone}",
        ]
        lines += [f"Segment: {name} {rule}" for name, rule in self.segments.items()]
        for name, digests in self.audiences.items():
            lines.append(" ".join(["Audience:", name, *(getattr(digests, one.name) for one in fields(digests))]))
        return "\n".join(lines)

    def differences(self, other: "Statement") -> Iterator[str]:
        """All that is another thing in ``other``, which was approved."""
        if other.program != self.program:
            yield f"it was approved as tipsheet {other.program} makes it, and this is {self.program}"
        if other.time_zone != self.time_zone:
            yield f"the time zone was {other.time_zone} and is {self.time_zone}"
        for name in sorted({*self.segments, *other.segments}):
            mine_is, theirs_was = self.segments.get(name, "no segment"), other.segments.get(name, "no segment")
            if mine_is != theirs_was:
                yield f"{name} are other readers: the rule was {theirs_was}, and is {mine_is}"
        for name in dict.fromkeys([*self.audiences, *other.audiences]):
            mine, theirs = self.audiences.get(name), other.audiences.get(name)
            if mine is None or theirs is None:
                yield f"{name}: {'was not to get it' if theirs is None else 'would not get it any more'}"
            elif words := mine.differing(theirs):
                yield f"{name}: {words} differ from what was approved"
        if other.edition != self.edition and self.audiences == other.audiences:
            yield "readers of several segments: what they get together differs"


def statement_of(edition: Edition, settings: Settings) -> Statement:
    """The statement about an edition; no date, no name and no address of a reader is in it."""
    composer = Composer(replace(edition, digest=""))  # the boundary between the parts of a message is made of it
    found = {}
    for name, segments in audiences(edition, settings.segments).items():
        nobody = Recipient(
            address="", key="nobody", token="nobody", segments=segments, date=PREVIEW[MESSAGE_DATE]  # noqa: S106 - a word
        )  # fmt: skip
        letter = joined(edition, segments)
        texts = (letter.parts.subject, letter.preheader, letter.parts.text, letter.parts.html)
        parts = (composer.compose(nobody), *(text.encode() for text in texts))
        found[name] = AudienceDigests(*(hashlib.sha256(part).hexdigest() for part in parts))
    mentioned = edition.names()
    return Statement(
        publication=settings.masthead.url,
        issue=edition.issue,
        edition=edition.digest,
        program=__version__,
        time_zone=settings.time_zone.key,
        segments={one.id: sentence(one.rule) for one in settings.segments if one.id in mentioned},
        audiences=found,
    )


def statement_in(message: str) -> Statement | None:
    """The statement in the message of a tag; None where there is none, or one of another form."""
    _, mark, rest = message.partition(f"{MARK}\n")
    if not mark:
        return None
    values: dict[str, str] = {}
    segments: dict[str, str] = {}
    found: dict[str, AudienceDigests] = {}
    try:
        for line in rest.strip("\n").split("\n"):
            name, value = line.split(": ", 1)
            if name == "Audience":
                audience, *digests = value.split(" ")
                found[audience] = AudienceDigests(*digests)
            elif name == "Segment":
                segment, rule = value.split(" ", 1)
                segments[segment] = rule
            else:
                values[name] = value
        return Statement(
            publication=values["Publication"],
            issue=values["Issue"],
            edition=values["Edition"],
            program=values["Program"],
            time_zone=values["Time-Zone"],
            segments=segments,
            audiences=found,
        )
    except (ValueError, KeyError, TypeError):
        return None


def _is_required(settings: Settings, environ: Mapping[str, str]) -> bool:
    """True if letters need an approval."""
    return settings.review.required or environ.get(REVIEW_VARIABLE, "").lower() == "required"


def refuse_unapproved(edition: Edition, settings: Settings, root: Path | None, environ: Mapping[str, str]) -> None:
    """Raise NotApprovedError for an edition that needs an approval and has none."""
    if why := unapproved(edition, settings, root, environ):
        raise NotApprovedError(f"{edition.issue} goes to no reader: {why}", remedy(edition.issue))


def remedy(issue: str) -> str:
    """The commands after which an issue may go."""
    return f"see what changed with tipsheet diff, then let somebody who may approve it run: tipsheet approve {issue}"


def unapproved(edition: Edition, settings: Settings, root: Path | None, environ: Mapping[str, str]) -> str:
    """The reason why exactly this edition needs an approval that it has not got; empty when it may go."""
    if not _is_required(settings, environ):
        return ""
    if root is None:
        return "there is no repository to find an approval in"
    wanted = statement_of(edition, settings)
    try:
        tags = list(_tags(root, edition.issue))
        signed = [found for tag in tags if (found := _signed_statement(root, tag, settings, environ))]
    except GitTagError as error:
        return f"approvals cannot be read: {error} ({error.hint})"
    return "" if wanted in signed else _lacking(wanted, signed, tagged=bool(tags))


def _lacking(wanted: Statement, signed: Sequence[Statement], *, tagged: bool) -> str:
    """The reason why an edition is not approved by statements that were ``signed``."""
    if not tagged:
        return "nobody has approved it; a shallow clone knows of no tags"
    if not signed:
        return "nobody has approved it who may: of its tags none is signed with a key that may approve"
    same = [one for one in signed if (one.publication, one.issue) == (wanted.publication, wanted.issue)]
    if not same:
        return f"it is not what was approved: its tag approves {signed[0].issue} of {signed[0].publication}"
    closest = min(same, key=lambda one: len(list(wanted.differences(one))))
    return "it is not what was approved; " + "; ".join(wanted.differences(closest))


def approve(root: Path, statement: Statement) -> str:
    """Write the signed tag of an approval, with the key and the form that git is set up with; returns its name.

    Raises GitTagError.
    """
    name = (
        f"{TAGS.removeprefix('refs/tags/')}{statement.issue}/{hashlib.sha256(str(statement).encode()).hexdigest()[:12]}"
    )
    with tempfile.TemporaryDirectory(prefix="tipsheet-") as folder:
        file = Path(folder) / "message"
        file.write_text(f"Approve {statement.issue}\n\n{statement}\n", encoding="utf-8")
        git = Git(folder=root, purpose=Purpose.SIGN, error=GitTagError)
        done = git.answer("tag", "--sign", "--force", "--cleanup=verbatim", "--file", str(file), name)
    if done.code or not _ARMOUR.search(git.answer("cat-file", "tag", name).text):
        # git 2.39 writes a tag without a signature, and ends with 0, when there is no such SSH key
        git.answer("tag", "--delete", name)
        hint = "set user.signingkey, and gpg.format to ssh where it is an SSH key; git help tag says more"
        if "cannot lock ref" in done.said:
            hint = f"git keeps a tag in a file: give tags of the name approved/{statement.issue} another one"
        raise GitTagError(f"git cannot sign the approval: {done.said}", hint)
    return name


def uncommitted(root: Path, names: Sequence[str]) -> tuple[str, ...]:
    """Files below these paths that are not as they are committed. Raises GitTagError outside a repository."""
    git = Git(folder=root, error=GitTagError)
    found = git.ask("status", "--porcelain", "-z", "--untracked-files=all", "--", *names)
    top = Path(git.ask("rev-parse", "--show-toplevel").text.rstrip("\n"))
    entries = (entry for entry in found.names if entry[2:3] == " ")
    return tuple(entry[3:] for entry in entries if not (entry.startswith(" M") and _is_of_lfs(git, top, entry[3:])))


def _is_of_lfs(git: Git, top: Path, name: str) -> bool:
    """True if a file, by its path from the top of the repository, is the one that its pointer of Git LFS stands for.

    Git takes it for another one, since no filter runs that would make a pointer of it.
    """
    pointer = pointer_in(git.answer("cat-file", "blob", f":{name}").output)
    return pointer is not None and pointer.is_of(top / name)


def _tags(root: Path, issue: str) -> Iterator[str]:
    """Ids of the annotated tags that are named as approvals of an issue."""
    found = _reading(root).ask("for-each-ref", "--format=%(objecttype) %(objectname)", f"{TAGS}{issue}/")
    return (line.removeprefix("tag ") for line in found.text.splitlines() if line.startswith("tag "))


def _signed_statement(root: Path, tag: str, settings: Settings, environ: Mapping[str, str]) -> Statement | None:
    """The statement in a tag; None if it is not signed with a key that may approve."""
    text = _reading(root).answer("cat-file", "tag", tag).text
    signature = _ARMOUR.search(text)
    if signature is None:
        return None
    may = (
        _signed_by_ssh(root, tag, settings, environ)
        if signature[1].startswith("SSH")
        else _signed_by_pgp(root, tag, settings)
    )
    return statement_in(text[: signature.start()]) if may else None


def _signed_by_ssh(root: Path, tag: str, settings: Settings, environ: Mapping[str, str]) -> bool:
    signers = Path(environ.get(SIGNERS_VARIABLE) or root / settings.review.signers).absolute()
    if not signers.is_file():
        return False
    told = {"gpg.ssh.allowedSignersFile": str(signers), "gpg.minTrustLevel": "fully"}
    done = _reading(root).answer("verify-tag", "--raw", tag, settings=told)
    return done.code == 0 and _SSH_GOOD.search(done.errors) is not None


def _signed_by_pgp(root: Path, tag: str, settings: Settings) -> bool:
    done = _reading(root).answer("verify-tag", "--raw", tag, settings={"gpg.minTrustLevel": "undefined"})
    keys = {key for found in _PGP_KEYS.finditer(done.errors) for key in found.groups()}
    return done.code == 0 and bool(_PGP_GOOD.search(done.errors)) and not keys.isdisjoint(settings.review.keys)


def _reading(root: Path) -> Git:
    """Git that reads tags, which are no contents, so that a container that sends need not own the clone."""
    return Git(folder=root, any_owner=True, error=GitTagError)
