"""What a failure that was reported means for the reader: by enhanced status, and by words where servers give none.

RFC 3463 and RFC 5248 give the codes. Words are those that servers and providers document or are known
to write; ``tests/delivery/reports`` has them as cases:

- Gmail: https://support.google.com/a/answer/3726730
- Exchange Online: https://learn.microsoft.com/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online
- Yahoo: https://senders.yahooinc.com/smtp-error-codes/ · iCloud: https://support.apple.com/102322
- GMX, WEB.DE: https://postmaster.gmx.net/en/error-messages · Orange: https://postmaster.orange.fr
- Postfix, Exim, Sendmail, qmail: their own sources and manuals
"""

import re
from enum import StrEnum

__all__ = ["ENHANCED", "Kind", "kind_of"]


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
    NOTHING = "nothing"
    """Delivered, delayed, read, on holiday: nothing changes."""


ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
_CODE = re.compile(r"(?<![\d.])([245]\d\d)(?=[ -]|$)")
_NAMES = re.compile(r"https?://\S+|\S+@\S+|(?<![\w.])(?:[\w-]+\.)+[a-z]{2,}(?![\w.])", re.IGNORECASE)
"""Addresses and hosts, in which any word may stand."""
_SENDERS = frozenset({7, 8})
"""X.1.7 and X.1.8 (RFC 3463) are about the address of the sender."""
_EXCHANGE = 20
"""From here on the details of X.1 are Exchange's own, about the sender's limits."""


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE | re.DOTALL)


_OURS = _words(
    r"spam|unsolicited|bulk mail|virus|malware|phish|content (rejected|restrict)|message (size|too large)",
    r"black ?list|block ?list|\bR?BL\b|dnsbl|reputation|blocked|banned|policy",
    r"\bDMARC\b|\bDKIM\b|\bSPF\b|unauthenticated|reverse dns|\bPTR\b|authenticat",
    r"relay(ing)? (access )?(denied|not)|not relay|unable to relay",
    r"\bsender\b.{0,40}\b(rejected|refused|denied|not|verif\w*|unknown|invalid)\b",
    r"\b(daily|hourly|sending|your) (sending )?(quota|limit)|rate limit|too many|throttl",
)
"""About the sender, what it wrote, or its pace."""
_FULL = _words(
    r"(mailbox|inbox|account)\b.{0,20}\bfull|full mailbox|quota|out of (storage|disk|space)",
    r"insufficient (system )?storage|storage (is )?(full|exceeded)|postfach.{0,20}voll|bo.te.{0,20}pleine",
)
_BOX = r"\b(user|recipient|mailbox|address|account|addressee|inbox|empf\w+er|destinataire|utilisateur|usuario)\b"
_NOBODY = _words(
    r"no such (\w+ )?(user|mailbox|address|recipient|person|account|email)|no (mailbox|user) (here|by that name)",
    rf"{_BOX}.{{0,60}}\b(unknown|invalid|inconnue?|unbekannt|desconocid[oa]|nonexistent)\b",
    rf"{_BOX}.{{0,60}}\b(not|isn't|cannot be|could not be) (\w+ )?(found|known|exist|recogni[sz]ed|valid|in use)",
    rf"{_BOX}.{{0,60}}\b(does ?n.t|does not|do not|no longer) (exist|have|valid)",
    r"\b(unknown|invalid|non-?exist\w*|bad) (local )?(user|recipient|mailbox|address|account|addressee|e-?mail)",
    r"unrouteable address|not our customer|doesn.t have an? .{0,40}account|tried to reach does not exist",
    r"mailbox (unavailable|not available|not found)(?!.{0,40}(full|quota|busy|later))",
    r"RecipientNotFound|existiert nicht|n.existe pas|no existe",
)


def kind_of(enhanced: str, words: str) -> Kind:
    """What a failure means, by the status of the report and the words of the server.

    A status in the words counts beside the one of the report, since many reports generalise it.
    Policy (X.7), said by either, and words about us come before a status that names the reader:
    whoever is kept by mistake gets one letter more, whoever is lost gets none.
    """
    said = _NAMES.sub(" ", words)
    stati = [(level, int(subject), int(detail)) for level, subject, detail in ENHANCED.findall(f"{enhanced} {said}")]
    stati = [status for status in stati if status[0] != "2"]
    if enhanced.startswith("2.") and not stati:
        return Kind.NOTHING
    if any(subject == 7 for _, subject, _ in stati) or _OURS.search(said):  # noqa: PLR2004 - security and policy
        return Kind.POLICY
    addressing = [detail for level, subject, detail in stati if (level, subject) == ("5", 1)]
    if addressing:
        ours = all(detail in _SENDERS or detail >= _EXCHANGE for detail in addressing)
        return Kind.POLICY if ours else Kind.HARD
    codes = _CODE.findall(said)
    temporary = any(level == "4" for level, _, _ in stati) or (not stati and codes and codes[0].startswith("4"))
    if temporary or any(status[1:] == (2, 2) for status in stati) or _FULL.search(said):
        return Kind.SOFT
    return Kind.HARD if _NOBODY.search(said) else Kind.SOFT
