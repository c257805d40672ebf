"""What a failure that was reported means for the reader.

The table of answers (`tipsheet.delivery.answers`) says whose fault a refusal is, as while letters are sent. Beyond it
a report is of a letter that somebody had accepted: here words count as well by which servers without an
enhanced status say that there is nobody of that name. ``tests/delivery/reports`` has them as cases. GMX and WEB.DE:
https://postmaster.gmx.net/en/error-messages · Orange: https://postmaster.orange.fr · Postfix, Exim, Sendmail and
qmail: their own sources and manuals.
"""

import re
from enum import StrEnum

from tipsheet.delivery.answers import FULL, About, verdict_of
from tipsheet.delivery.channel import Receipt, Stage

__all__ = ["ENHANCED", "Kind", "kind_of", "says_failed"]


class Kind(StrEnum):
    """What a report means for the reader."""

    HARD = "hard"
    """The address does not exist: they are sent nothing any more."""
    SOFT = "soft"
    """It could not be delivered this time: counted."""
    POLICY = "policy"
    """Refused for what we are or wrote: no fault of theirs, never counted."""
    COMPLAINT = "complaint"
    """They called the letter spam: they are sent nothing any more."""
    OPT_OUT = "opt-out"
    """They asked their provider to be taken off the list: they have left."""
    NOTHING = "nothing"
    """Delivered, delayed, read, on holiday: nothing changes."""


ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
_CODE = re.compile(r"(?<![\d.])([245]\d\d)(?=[ -]|$)")
_OURS = frozenset({About.US, About.PACE, About.LETTER})
_NAMES = re.compile(r"https?://\S+|\S+@\S+|(?<![\w.])(?:[\w-]+\.)+[a-z]{2,}(?![\w.])", re.IGNORECASE)
"""Addresses and hosts, in which any word may stand."""


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE | re.DOTALL)


_BOX = r"\b(user|recipient|mailbox|address|account|addressee|inbox|empf\w+er|destinataire|utilisateur|usuario)\b"
_NOBODY = _words(
    r"no such (\w+ )?(user|mailbox|address|recipient|person|account|email)|no (mailbox|user) (here|by that name)",
    rf"{_BOX}.{{0,60}}\b(unknown|invalid|inconnue?|unbekannt|desconocid[oa]|nonexistent|not listed in)\b",
    rf"{_BOX}.{{0,60}}\b(not|isn't|cannot be|could not be) (\w+ )?(found|known|exist|recogni[sz]ed|valid|in use)",
    rf"{_BOX}.{{0,60}}\b(does ?n.t|does not|do not|no longer) (exist|have|valid)",
    r"\b(unknown|invalid|non-?exist\w*|bad) (local )?(user|recipient|mailbox|address|account|addressee|e-?mail)",
    r"unrouteable address|not our customer|doesn.t have an? .{0,40}account|tried to reach does not exist",
    r"mailbox (unavailable|not available|not found)(?!.{0,40}(full|quota|busy|later))",
    r"RecipientNotFound|existiert nicht|n.existe pas|no existe",
)


def says_failed(words: str) -> bool:
    """Whether words name a failure for good: by a status, by a code, or that there is nobody of that name."""
    said = _NAMES.sub(" ", words)
    classes = [status[0] for status in ENHANCED.findall(said)] + [code[0] for code in _CODE.findall(said)]
    return "5" in classes or _NOBODY.search(said) is not None


def kind_of(enhanced: str, words: str, otherwise: Kind = Kind.SOFT) -> Kind:
    """What a failure means, by the status of the report and the words of the server.

    ``otherwise`` is what it means where there is neither a status nor words that are known.

    A status in the words counts beside the one of the report, since many reports generalise it. Policy
    (X.7), said by either, and words about us come before a status that names the reader: whoever is
    kept by mistake gets one letter more, whoever is lost gets none. A report does not say which
    command was answered, so that both are asked about.
    """
    said = _NAMES.sub(" ", words)
    stati = [status for status in ENHANCED.findall(f"{enhanced} {said}") if status[0] != "2"]
    if enhanced.startswith("2.") and not stati:
        return Kind.NOTHING
    if any(subject == "7" for _, subject, _ in stati):
        return Kind.POLICY
    named = [".".join(status) for status in stati]
    status = next((one for one in named if not one.endswith(".0.0")), "")
    temporary = any(level == "4" for level, _, _ in stati)
    code = next(map(int, _CODE.findall(said)), 450 if temporary else 550)
    verdicts = [verdict_of(Receipt(code, status, said, stage)) for stage in (Stage.RCPT, Stage.END)]
    if any(verdict.about in _OURS for verdict in verdicts):
        return Kind.POLICY
    if temporary or code // 100 == 4 or any(v.about is About.SERVER or v.cause == FULL for v in verdicts):  # noqa: PLR2004
        return Kind.SOFT
    if status.startswith("5.1.") or _NOBODY.search(said):
        return Kind.HARD
    return Kind.SOFT if status else otherwise
