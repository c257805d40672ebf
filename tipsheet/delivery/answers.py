"""Refusals of mail servers: each is about us, our pace, the server, one reader or one letter. One table decides.

RFC 5321 (4.2) gives the codes, RFC 3463 and RFC 5248 the enhanced ones. Servers use them loosely, so that the command
that was answered and the words count as well. The words are those that providers document:

- Gmail: https://support.google.com/a/answer/3726730
- Exchange Online: https://learn.microsoft.com/exchange/troubleshoot/email-delivery/ndr/
  non-delivery-reports-in-exchange-online, https://learn.microsoft.com/exchange/troubleshoot/send-emails/smtp-submission-improvements
- Yahoo: https://senders.yahooinc.com/smtp-error-codes/ · iCloud: https://support.apple.com/102322
- Amazon SES: https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-smtp.html
- Postfix: https://www.postfix.org/postconf.5.html (smtpd_client_*_rate_limit, *_reject_code)

``tests/delivery/answers.yaml`` has their answers as cases.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from tipsheet.delivery.channel import Receipt, Stage

__all__ = [
    "ENHANCED", "FULL", "GREYLISTED", "POLICY", "RULES", "About", "AnswerVerdict", "ReportKind", "Rule",
    "impersonal", "kind_of", "says_failed", "verdict_of",
]  # fmt: skip


class About(StrEnum):
    """The side that a refusal is about, which decides what follows from it."""

    US = "us"
    """Our account, sender address, machine or signature: every other letter would be answered the same."""
    PACE = "our pace"
    """Too many letters, too fast, or a quota: the same letter goes later."""
    SERVER = "the server"
    """It is busy, in trouble or closes the connection."""
    READER = "this reader"
    """One address, and no other letter."""
    LETTER = "this letter"
    """What is written in it, which is the same for many readers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A row of `RULES`; what is left out fits every answer.

    ``codes`` and ``enhanced`` are regular expressions for the whole of a code, ``words`` for some of the text.
    ``rest``: seconds that a run leaves the server alone, at least.
    """

    about: About
    cause: str
    stages: Collection[Stage] = frozenset(Stage)
    codes: str = ""
    enhanced: str = ""
    words: str = ""
    rest: float = 0

    def fits(self, receipt: Receipt) -> bool:
        """Tell if the rule applies to this answer."""
        return (
            receipt.stage in self.stages
            and (not self.codes or re.fullmatch(self.codes, str(receipt.code)) is not None)
            and (not self.enhanced or re.fullmatch(self.enhanced, receipt.enhanced) is not None)
            and (not self.words or re.search(self.words, receipt.text, re.IGNORECASE) is not None)
        )


GREYLISTED = "greylisted"
FULL = "mailbox full"
POLICY = "policy"
"""Causes of which others must know: the first is never a wave, the second is given back when one ends the run."""

_ENVELOPE = frozenset({Stage.MAIL, Stage.RCPT})
_BODY = frozenset({Stage.DATA, Stage.END})
_AFTER_MAIL = frozenset({Stage.RCPT, *_BODY})
_TEN_MINUTES = 600
_HOUR = 3600


def _any(*patterns: str) -> str:
    return "|".join(patterns)


_GREY = _any(r"gr[ae]y[ -]?list", "postgrey", "sqlgrey", r"try again in \d+ *(s|m)", "first time", "not seen before")
_FULL = _any(
    "mailbox (is )?full",
    r"(over|exceed\w*|out of) (?!your)(\w+ )?(quota|storage)",
    "quota (is )?(exceeded|full)",
    "insufficient storage",
)
_BOX = r"|[45]\.[23]\.\d"
_BUSY = "receiving mail (too|at a rate)|recipient thread limit|deferred due to excessive volume"
_OURS = r"\b(your|sending|sender|submission|outgoing|daily|hourly) (sending )?(quota|limit)\b"
_PERIOD = "(daily|24.hours?|per day|hourly|per hour|monthly)"
_DAY = _any(rf"{_PERIOD}\b.*(quota|limit|exceed)", rf"(quota|limit)\b.*{_PERIOD}")
_FAST = _any(
    "too (many|fast|quickly)",
    "rate.?limit",
    r"limits? (\w+ )?(reached|exceeded)",
    r"exceeded (\w+ ){0,2}(rate|limit)",
    "throttl",
    "unusual rate",
    "unexpected volume",
    "excessive (rate|volume)",
    "concurren",
    "slow down",
    r"\[TSS?\d",
)
_LOGIN = "authenticat|log ?in|credential|password|STARTTLS"
_RELAY = _any(
    r"relay\w*( access)? (is )?(not|denied|prohibited)",
    r"(not|unable|denied|refus\w+) (\w+ )?(to )?relay",
    "do not relay",
)
_ALIEN = _any(  # a word about the recipient makes it the reader's
    r"sender( address| domain)?( \S+)?:? ?(\w+ )?(rejected|refused|denied|blocked|verif|not )",
    "not owned by user|send.?as|as this sender",
    r"(address|domain|identit\w+|sender signature)\b.{0,60} not (been )?(verified|confirmed|allowed|authorized)",
    r"(domain|account|sender)\b.{0,40}not (yet )?(activ|allowed to send)",
)
_SENDER = rf"^(?!.*\brecipient).*({_ALIEN})"
_SUSPENDED = r"(account|domain|sending|sender)\b.{0,40}(suspended|disabled|terminated|may not send)"
_UNSIGNED = _any(r"\bDMARC\b", r"\bDKIM\b", r"\bSPF\b", "unauthenticated", r"\bPTR\b", "reverse (DNS|record)")
_LISTED = _any(
    r"spamhaus|spamcop|barracuda|sorbs|\bR?DNS?BL\b|block ?list|black ?list",
    "S31[45]0|banned sen|traffic not accepted",
    r"(your|client|sending|connecting)\b.{0,30}\b(ip|host|network|server)\b.{0,60}(block|listed|reject|reputation)",
    r"\[(BL|TS)\d+\]",
)
_SPAM = _any(
    r"\bspam",
    r"polic(y|ies)\b",
    r"\bvirus",
    "malware",
    "phish",
    "content",
    r"\burl\b",
    "bulk",
    "unsolicited",
    r"\[(HM|CS)\d+\]",
)

RULES: tuple[Rule, ...] = (
    Rule(about=About.READER, cause="no such address", stages={Stage.RCPT}, codes="5..", enhanced=r"5\.1\.(1|3|6|10)"),
    # us: no other letter would fare better
    Rule(about=About.US, cause="login", codes="5(2[345]|3[0458])"),
    Rule(about=About.US, cause="login", codes="5..", stages=_ENVELOPE, enhanced=r"5\.7\.([89]|57|139)"),
    Rule(about=About.US, cause="login", codes="5..", stages=_ENVELOPE, words=_LOGIN),
    Rule(about=About.SERVER, cause="login not checked", codes="454", enhanced=r"4\.7\.0|", words=r"^(?!.*throttl)"),
    Rule(about=About.US, cause="blocked", codes="5..", enhanced=r"5\.7\.(50\d|51[01]|60[6-9]|6[1-4]\d|7[0-4]\d|750)"),
    Rule(about=About.US, cause="mailbox of the sender", codes="5..", words=r"STOREDRV\.Submission.*QuotaExceeded"),
    Rule(about=About.PACE, cause="too fast", codes="4..", enhanced=r"4\.7\.(28|500|6[5-9]\d)"),
    Rule(about=About.PACE, cause="quota", enhanced=r"5\.2\.25\d", rest=_HOUR),
    Rule(about=About.PACE, cause="quota", codes="[45]..", words=_DAY, rest=_HOUR),
    Rule(about=About.PACE, cause="quota", codes="[45]..", words=_OURS, rest=_TEN_MINUTES),
    # a reader's own box, before words such as "rate" and "quota" are taken for ours
    Rule(about=About.READER, cause=FULL, stages=_AFTER_MAIL, enhanced=r"[45]\.2\.2"),
    Rule(about=About.READER, cause=FULL, stages=_AFTER_MAIL, codes="452|5[05].", enhanced=_BOX, words=_FULL),
    Rule(about=About.READER, cause="mailbox busy", stages=_AFTER_MAIL, words=_BUSY),
    Rule(about=About.READER, cause=GREYLISTED, stages=_AFTER_MAIL, codes="4..", words=_GREY),
    # pace
    Rule(about=About.PACE, cause="too fast", codes="[45]..", words=_FAST),
    Rule(about=About.PACE, cause="quota", codes="4..", stages={Stage.MAIL}, words="quota|limit", rest=_TEN_MINUTES),
    Rule(about=About.PACE, cause="too fast", codes="4..", enhanced=r"4\.5\.3"),
    # us again, by words: only where the whole of our mail is meant
    Rule(about=About.READER, cause="refused", stages={Stage.RCPT}, codes="5..", words=r"relay not permitted for user"),
    Rule(about=About.US, cause="relaying denied", codes="5..", stages=_AFTER_MAIL, words=_RELAY),
    Rule(about=About.US, cause="not signed", codes="5..", enhanced=r"5\.7\.(2[0-9]|3[0-2])"),
    Rule(about=About.US, cause="not signed", codes="5..", words=_UNSIGNED),
    Rule(about=About.US, cause="sender refused", codes="5..", enhanced=r"5\.(1\.(7|8)|7\.60)"),
    Rule(about=About.US, cause="sender refused", codes="5..", words=_SENDER),
    Rule(about=About.US, cause="sender refused", codes="5..", stages=_BODY, words=_SUSPENDED),
    Rule(about=About.US, cause="blocked", codes="5..", words=_LISTED),
    Rule(about=About.US, cause="sender refused", codes="5..", stages={Stage.MAIL}),
    # the server
    Rule(about=About.SERVER, cause="closing", codes="421"),
    Rule(about=About.SERVER, cause="put off", codes="4..", stages={Stage.MAIL}),
    Rule(about=About.SERVER, cause="put off", codes="4..", enhanced=r"4\.3\.\d+"),
    # this letter: the same text goes to others
    Rule(about=About.LETTER, cause="too large", codes="5..", enhanced=r"5\.(3\.4|2\.3)"),
    Rule(about=About.LETTER, cause="too large", codes="552", stages=_BODY, words="size|large|long"),
    Rule(about=About.LETTER, cause=POLICY, codes="5..", stages=_BODY, words=_SPAM),
    Rule(about=About.LETTER, cause=POLICY, codes="5..", enhanced=r"5\.7\.\d+"),
    # this reader
    Rule(about=About.READER, cause="refused", codes="5..", stages=_AFTER_MAIL),
    Rule(about=About.READER, cause="put off", codes="4..", stages=_AFTER_MAIL),
)  # fmt: skip
"""The first row that fits an answer decides; the last two fit whatever else a server may say."""

_ADDRESS = frozenset({"5.1.1", "5.1.3", "5.1.6", "5.1.10"})
"""No such mailbox or form of address; moved (RFC 3463); takes no mail (RFC 7505). A host may be missing for an hour."""

_ANY_ADDRESS = re.compile(r"<?[^\s<>@]*@[^\s<>@]+>?|<[^\s<>]+>")
_LONGEST = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerVerdict:
    """The verdict on an answer; with ``bounced`` the address will never take mail and is suppressed."""

    about: About
    cause: str
    rest: float = 0
    bounced: bool = False


@lru_cache(maxsize=1024)
def verdict_of(receipt: Receipt) -> AnswerVerdict:
    """The verdict on a refusal.

    A bare 550 does not mean that there is no such address, and policy (5.7.x) never does: many servers send either for
    a block (D13).
    """
    for rule in RULES:
        if rule.fits(receipt):
            bounced = rule.about is About.READER and receipt.stage is Stage.RCPT and receipt.enhanced in _ADDRESS
            final = receipt.code // 100 == 5  # noqa: PLR2004 - RFC 5321, 4.2.1
            return AnswerVerdict(about=rule.about, cause=rule.cause, rest=rule.rest, bounced=bounced and final)
    return AnswerVerdict(about=About.SERVER, cause="put off")  # 3xx, where none was asked for


def impersonal(words: str, *names: str) -> str:
    """The words of a server on one line, without addresses and without these names."""
    line = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    line = _ANY_ADDRESS.sub("…", line)
    for name in names:
        if name:
            line = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "…", line, flags=re.IGNORECASE)
    return line[:_LONGEST]


class ReportKind(StrEnum):
    """The meaning of a report for the reader."""

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
_NOT_THE_READERS = frozenset({About.US, About.PACE, About.LETTER})
_NAMES = re.compile(r"https?://\S+|\S+@\S+|(?<![\w.])(?:[\w-]+\.)+[a-z]{2,}(?![\w.])", re.IGNORECASE)
"""Addresses and hosts, in which any word may stand."""


def _pattern(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE | re.DOTALL)


_RECIPIENT = r"\b(user|recipient|mailbox|address|account|addressee|inbox|empf\w+er|destinataire|utilisateur|usuario)\b"
_NOBODY = _pattern(
    r"no such (\w+ )?(user|mailbox|address|recipient|person|account|email)|no (mailbox|user) (here|by that name)",
    rf"{_RECIPIENT}.{{0,60}}\b(unknown|invalid|inconnue?|unbekannt|desconocid[oa]|nonexistent|not listed in)\b",
    rf"{_RECIPIENT}.{{0,60}}\b(not|isn't|cannot be|could not be) (\w+ )?(found|known|exist|recogni[sz]ed|valid|in use)",
    rf"{_RECIPIENT}.{{0,60}}\b(does ?n.t|does not|do not|no longer) (exist|have|valid)",
    r"\b(unknown|invalid|non-?exist\w*|bad) (local )?(user|recipient|mailbox|address|account|addressee|e-?mail)",
    r"unrouteable address|not our customer|doesn.t have an? .{0,40}account|tried to reach does not exist",
    r"mailbox (unavailable|not available|not found)(?!.{0,40}(full|quota|busy|later))",
    r"RecipientNotFound|existiert nicht|n.existe pas|no existe",
)


def says_failed(words: str) -> bool:
    """Tell if words name a permanent failure: by a status, by a code, or by saying that there is no such user."""
    said = _NAMES.sub(" ", words)
    classes = [status[0] for status in ENHANCED.findall(said)] + [code[0] for code in _CODE.findall(said)]
    return "5" in classes or _NOBODY.search(said) is not None


def kind_of(enhanced: str, words: str, otherwise: ReportKind = ReportKind.SOFT) -> ReportKind:
    """The meaning of a failure, by the status of the report and the server's words; ``otherwise`` if neither tells.

    A status in the words counts beside the one of the report, since many reports generalise it. Policy (X.7), in
    either, and words about us come before a status about the reader: keeping a reader by mistake costs one letter,
    losing one costs the reader. A report does not say which command was answered, so both are tried.
    """
    said = _NAMES.sub(" ", words)
    stati = [status for status in ENHANCED.findall(f"{enhanced} {said}") if status[0] != "2"]
    if enhanced.startswith("2.") and not stati:
        return ReportKind.NOTHING
    if any(subject == "7" for _, subject, _ in stati):
        return ReportKind.POLICY
    named = [".".join(status) for status in stati]
    status = next((one for one in named if not one.endswith(".0.0")), "")
    temporary = any(level == "4" for level, _, _ in stati)
    code = next(map(int, _CODE.findall(said)), 450 if temporary else 550)
    verdicts = [verdict_of(Receipt(code, status, said, stage)) for stage in (Stage.RCPT, Stage.END)]
    if any(verdict.about in _NOT_THE_READERS for verdict in verdicts):
        return ReportKind.POLICY
    if temporary or code // 100 == 4 or any(v.about is About.SERVER or v.cause == FULL for v in verdicts):  # noqa: PLR2004
        return ReportKind.SOFT
    if status.startswith("5.1.") or _NOBODY.search(said):
        return ReportKind.HARD
    return ReportKind.SOFT if status else otherwise
