"""Reports that come back for a letter, read from a message.

Reports of delivery are RFC 3464, with RFC 6533 for addresses beyond ASCII; complaints are RFC 5965 (ARF), and
Microsoft's, which send the letter back as an attachment. Other messages from a mail system are read by flufl.bounce,
which knows the forms from before the standards. Automatic answers (on holiday, a challenge, a receipt) are no reports.

A report names its letter by what only the letter had: the key in its Message-ID (repeated in CFBL-Feedback-ID), the
reader's token in List-Unsubscribe, or the token in the return path, ``bounces+TOKEN@``, to which the report was sent.
An address names nobody, since anybody may write it.

Nothing of this is signed, but key and token are HMACs that nobody can guess, known to the reader, the carriers of the
letter, and those to whom the reader passed it on. A token unsubscribes the reader by one click anyway; a forged report
does no more, and the record of consent says where it came from. Being sent to a return path is not enough, since
automatic answers go there too (RFC 3834): the message must be a report in form, or come from a mail system and say in
its words that the letter failed.
"""

import base64
import binascii
import datetime as dt
import hashlib
import quopri
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.errors import MessageError
from email.header import decode_header
from email.message import Message

from flufl.bounce import all_failures

from tipsheet.delivery.answers import ENHANCED, ReportKind, kind_of, says_failed
from tipsheet.model.addresses import Tag, tags_in

__all__ = [
    "ENVELOPE", "LARGEST", "UNREADABLE", "MailReport", "from_a_mail_system", "header_text", "read_reports",
    "text_of",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class MailReport:
    """The report of one message about one letter.

    ``issue`` and ``key`` are from the Message-ID of the letter, ``token`` is the reader's, each empty where the report
    does not have it. ``recipient`` is the address that the report names, which may be another than the letter's: that
    of a forwarding, or of one of many behind it. ``digest`` tells a report that is read twice. ``at`` is when it
    happened and ``by`` who says so, where that is known.
    """

    kind: ReportKind
    issue: str = ""
    key: str = ""
    token: str = ""
    recipient: str = field(default="", repr=False)
    enhanced: str = ""
    words: str = ""
    digest: str = ""
    at: dt.datetime | None = None
    by: str = ""


ENVELOPE = ("X-Original-To", "Delivered-To", "Envelope-To", "To")
"""Fields that say to which address a message was sent; the first three are added by who delivered it."""
_STATUS = frozenset({"message/delivery-status", "message/global-delivery-status"})
_COPY = re.compile(
    r"^(?:--- Below this line|-{3,}.*(?:original|returned|copy|headers).*|Received: |Return-Path: |Message-ID: )",
    re.IGNORECASE | re.MULTILINE,
)
LARGEST = 4 * 2**20
"""Octets of a message that are read; a report is small, whatever it sends back."""
_KEY = re.compile(r"<([^<>@\s]{1,200})\.([a-z2-7]{24})@[^<>@\s]+>")
_FEEDBACK_ID = re.compile(r"^CFBL-Feedback-ID:\s*([a-z2-7]{24})\s*$", re.IGNORECASE | re.MULTILINE)
_TOKEN = re.compile(r"(?<![a-z0-9])([a-z2-7]{32}(?:[a-z2-7]{2})?)(?![a-z0-9])")
UNREADABLE = (MessageError, LookupError, ValueError, TypeError, AttributeError, AssertionError, RecursionError)
"""What the standard library raises for a message that it cannot take apart; such a message says nothing."""
_SYSTEM = re.compile(
    r"(mailer[-_.]?daemon|postmaster|mail[-_. ]?(?:delivery|system|admin)|mdaemon|bounces?)\b", re.IGNORECASE
)


def read_reports(data: bytes) -> tuple[MailReport, ...]:
    """The reports in a message, one for each letter and recipient that it names; empty if it is no report."""
    try:
        message = message_from_bytes(data[:LARGEST], policy=policy.compat32)
        return tuple(_reports(message))
    except UNREADABLE:
        return ()


def _reports(message: Message) -> Iterator[MailReport]:
    report_type = str(message.get_param("report-type", "")).lower()
    parts = list(message.walk())
    own = list(_own(message))
    types = {part.get_content_type() for part in own}
    if report_type == "disposition-notification" or "message/disposition-notification" in types:
        return
    if "message/feedback-report" in types or report_type == "feedback-report":
        yield from _feedback(message, own, parts)
    elif types & _STATUS:
        for fields in _recipients(own):
            yield _delivery(message, parts, fields)
    elif _is_microsoft_complaint(message, parts):
        yield _named(message, parts, MailReport(kind=ReportKind.COMPLAINT))
    elif from_a_mail_system(message):
        yield from _unstructured(message, parts)


def _own(message: Message) -> Iterator[Message]:
    """The parts of a message, but for those of messages in it: a report that somebody passes on is none of theirs."""
    yield message
    if message.get_content_maintype() == "multipart":
        for part in message.get_payload():
            if isinstance(part, Message):
                yield from _own(part)


def _feedback(message: Message, own: list[Message], parts: list[Message]) -> Iterator[MailReport]:
    """A complaint by ARF; other feedback (no spam after all, failed authentication) changes nothing."""
    said = next((_fields_text(part) for part in own if part.get_content_type() == "message/feedback-report"), "")
    found = re.search(r"^feedback-type:\s*([a-z-]+)", said, re.IGNORECASE | re.MULTILINE)
    yield _named(message, parts, MailReport(kind=_FEEDBACK.get(found[1].lower() if found else "", ReportKind.NOTHING)))


_FEEDBACK = {"abuse": ReportKind.COMPLAINT, "opt-out": ReportKind.OPT_OUT, "opt-out-list": ReportKind.OPT_OUT}


def _is_microsoft_complaint(message: Message, parts: list[Message]) -> bool:
    """Of Microsoft's Junk Email Reporting Program, whose reports are letters that were sent back."""
    sender = header_text(message, "From").lower()
    return "staff@hotmail.com" in sender and any(part["X-HmXmrOriginalRecipient"] for part in parts[1:])


def _recipients(own: list[Message]) -> Iterator[Mapping[str, str]]:
    """The fields of each recipient (RFC 3464, 2.3), names in small letters."""
    for part in own:
        if part.get_content_type() in _STATUS:
            for block in re.split(r"\r?\n[ \t]*\r?\n", _fields_text(part)):
                unfolded = re.sub(r"\r?\n[ \t]+", " ", block)
                fields = dict(re.findall(r"^([A-Za-z-]+):[ \t]*(.*?)\s*$", unfolded, re.MULTILINE))
                named = {name.lower(): value for name, value in fields.items()}
                if "action" in named or "final-recipient" in named:
                    yield named


def _delivery(message: Message, parts: list[Message], fields: Mapping[str, str]) -> MailReport:
    """The report of delivery for one recipient."""
    action = fields.get("action", "").partition(" ")[0].lower()
    status = ENHANCED.search(fields.get("status", ""))
    words = fields.get("diagnostic-code", "")
    said = status[0] if status else ""
    better = ENHANCED.search(words)
    enhanced = better[0] if better and (not said or said.endswith(".0.0")) else said
    failed = action == "failed" or (not action and said.startswith("5"))
    kind = kind_of(said, words) if failed else ReportKind.NOTHING  # of what is delayed, a failure follows
    recipient = fields.get("final-recipient") or fields.get("original-recipient", "")
    named = recipient.rpartition(";")[2].strip().strip("<>").lower()
    return _named(message, parts, MailReport(kind=kind, enhanced=enhanced, words=words, recipient=named))


def from_a_mail_system(message: Message) -> bool:
    """True if the sender is a program that carries mail, as far as the header shows."""
    senders = " ".join(header_text(message, name) for name in ("From", "Sender", "Return-Path"))
    return bool(_SYSTEM.search(senders)) or header_text(message, "X-Failed-Recipients") != ""


def _unstructured(message: Message, parts: list[Message]) -> Iterator[MailReport]:
    """A report from before the standards; the first words of it say why, the rest is the letter.

    One in a form that nobody knows counts if it was sent to a letter's return path and its words name a failure.
    """
    try:
        delayed, failed = all_failures(message)
    except Exception:  # noqa: BLE001 - heuristics over what strangers send: whatever they stumble over is no report
        delayed = failed = frozenset()
    words = _before_the_letter(next((text_of(part) for part in parts if part.get_content_maintype() == "text"), ""))
    if not failed and not delayed and not (_return_path(message) and says_failed(words)):
        return
    kind = ReportKind.NOTHING if delayed and not failed else kind_of("", words)
    enhanced = ENHANCED.search(words)
    yield _named(message, parts, MailReport(kind=kind, enhanced=enhanced[0] if enhanced else "", words=words))


def _return_path(message: Message) -> str:
    """The token in the return path to which a report was sent, or empty."""
    fields = " ".join(header_text(message, name) for name in ENVELOPE)
    return next((token.lower() for tag, token in tags_in(fields) if tag is Tag.BOUNCES), "")


def _before_the_letter(text: str) -> str:
    """The words of a report above the copy of the letter, in which any words may stand as well."""
    return _COPY.split(text, maxsplit=1)[0]


def _named(message: Message, parts: list[Message], report: MailReport) -> MailReport:
    """The report with the letter that it is about."""
    issue, key, token = _letter(message, parts)
    origin = header_text(message, "Message-ID") or header_text(message, "Date")
    said = (report.kind, issue, key, token, report.recipient, report.enhanced, origin)
    digest = hashlib.sha256("\0".join(said).encode("utf-8", "replace")).hexdigest()[:32]
    return replace(report, issue=issue, key=key, token=token, digest=digest)


def _letter(message: Message, parts: list[Message]) -> tuple[str, str, str]:
    """Issue and key of the letter's Message-ID, and the reader's token, wherever the report has them.

    The letter's own header first, then the return path to which the report went, then what the report answers, then any
    text of it.
    """
    below = [part for part in parts[1:] if part["Message-ID"] or part["List-Unsubscribe"]]
    ids = [header_text(part, "Message-ID") for part in below]
    ids += [header_text(message, name) for name in ("In-Reply-To", "References", "X-Original-Message-ID")]
    tokens = [header_text(part, "List-Unsubscribe") for part in below] + [_return_path(message)]
    texts = [text_of(part) for part in parts if part.get_content_maintype() in {"text", "message"}]
    ids += texts
    tokens += re.findall(r"^List-Unsubscribe:(?:.*\n[ \t]+)*.*", "\n".join(texts), re.IGNORECASE | re.MULTILINE)
    key = next((found for text in ids if (found := _KEY.search(text))), None)
    feedback = _FEEDBACK_ID.search("\n".join([*texts, *map(_fields, parts[1:])]))
    token = next((found[1] for text in tokens if (found := _TOKEN.search(text.replace("%20", " ")))), "")
    return (key[1], key[2], token) if key else ("", feedback[1] if feedback else "", token)


def header_text(part: Message, name: str) -> str:
    """A header as text on one line."""
    value = " ".join(str(part.get(name, "")).split())  # unfolded before it is decoded, which would lose a space
    if "=?" not in value:
        return value
    pieces = decode_header(value)
    decoded = (_decoded(piece, charset or "ascii") if isinstance(piece, bytes) else piece for piece, charset in pieces)
    return " ".join("".join(decoded).split())


def text_of(part: Message) -> str:
    """The text of a part; of one that holds messages, their headers and texts."""
    payload = part.get_payload()
    if part.get_content_type() in _FIELDS:
        return _fields_text(part)
    if isinstance(payload, list):
        inner = [one for one in payload if isinstance(one, Message) and not one.is_multipart()]
        return "\n\n".join(f"{_fields(one)}\n\n{text_of(one)}" for one in inner)
    decoded = part.get_payload(decode=True)
    if not isinstance(decoded, bytes):
        return str(payload)
    return _decoded(decoded, part.get_content_charset() or "utf-8")


def _decoded(data: bytes, charset: str) -> str:
    """Text of a character set that may be none."""
    try:
        return data.decode(charset, "replace")
    except LookupError:
        return data.decode("utf-8", "replace")


_FIELDS = _STATUS | {"message/feedback-report"}
"""Parts of fields: Python takes them for messages, and what is encoded in them for their text."""


def _fields_text(part: Message) -> str:
    """The fields of such a part as they were written: RFC 6533 lets programs encode it, and some do it anyway."""
    body = part.as_bytes().replace(b"\r\n", b"\n").partition(b"\n\n")[2]
    with suppress(binascii.Error):
        match str(part.get("Content-Transfer-Encoding", "")).strip().lower():
            case "base64":
                body = base64.b64decode(body)
            case "quoted-printable":
                body = quopri.decodestring(body)
    return body.decode("utf-8", "replace")


def _fields(part: Message) -> str:
    return "\n".join(f"{name}: {value}" for name, value in part.items())
