"""What the header of every letter of an issue says of who sends it, from the settings."""

import base64
import hashlib
from email.utils import format_datetime, parseaddr
from urllib.parse import urlsplit

from tipsheet.edition.edition import MESSAGE_DATE, MESSAGE_KEY, Escape, Line, Slot
from tipsheet.edition.mime import encoded_text, mailbox
from tipsheet.model.addresses import slug_of
from tipsheet.model.placeholders import CONFIRM
from tipsheet.model.post import Issue
from tipsheet.model.tagged import Tag, tagged
from tipsheet.rendering.email.pieces import line_of
from tipsheet.settings import Settings
from tipsheet.settings.leaving import mailto

__all__ = [
    "KEY",
    "SAYS_HOW_TO_LEAVE",
    "header_of",
    "preview_key",
    "sender_of",
    "service_header",
]

SAYS_HOW_TO_LEAVE = frozenset({"known", "changed"})
"""Letters of the service to readers who are on the list; those to strangers, and to who has left, have no such way."""
KEY = 24
"""Characters of a message's key, so that a Message-ID has at most 78 (D14)."""


def sender_of(settings: Settings) -> tuple[str, str]:
    """Name and address of the From: `mail.sender`, or the editor."""
    if settings.mail.sender is None:
        return settings.masthead.editor or settings.masthead.name, settings.masthead.editor_email
    name, address = parseaddr(settings.mail.sender)
    return name, address


def header_of(issue: Issue, settings: Settings) -> tuple[tuple[str, Line], ...]:
    """Names and values of the fields that do not depend on the wording, with slots for token and key.

    RFC 2919 (List-Id), RFC 2369 (List-Archive, List-Unsubscribe), RFC 8058 (one click), RFC 9477 (CFBL-Address),
    and the Feedback-ID by which Gmail's Postmaster Tools count complaints. Of ways to unsubscribe those stand there
    that are set up; one click needs an https address.
    """
    masthead, mail = settings.masthead, settings.mail
    host = urlsplit(masthead.url).hostname or "localhost"
    name = slug_of(masthead.name)
    list_id = mail.list_id or f"{name}.{host}"
    label = encoded_text("List-Id", masthead.name)
    label = f"{label} " if label == masthead.name and label.replace(" ", "").replace("-", "").isalnum() else ""
    fields: list[tuple[str, Line]] = [
        ("From", (mailbox("From", *sender_of(settings)),)),
        ("Reply-To", (mailbox("Reply-To", masthead.editor, masthead.editor_email),)),
        ("Date", (format_datetime(issue.published),) if issue.after is None else (Slot(MESSAGE_DATE, None),)),
        ("Message-ID", (f"<{_local(issue.id, host)}.", Slot(MESSAGE_KEY, None, Escape.URL), f"@{host}>")),
        ("List-Id", (list_id if "<" in list_id else f"{label}<{list_id}>",)),
        ("List-Archive", (f"<{masthead.url}archive/>",)),
    ]
    leaving = settings.leaving
    if leaving.link:
        letter = leaving.mailto or mailto(masthead.editor_email)
        ways = ", ".join(f"<{way}>" for way in (leaving.url, letter) if way)
        fields.append(("List-Unsubscribe", line_of(ways, Escape.URL)))
    if leaving.one_click:
        fields.append(("List-Unsubscribe-Post", ("List-Unsubscribe=One-Click",)))
    fields.append(("Feedback-ID", (f"{slug_of(issue.id)}:{name}:issue:{name}",)))
    if settings.delivery.cfbl:
        fields += [
            ("CFBL-Address", (f"{settings.delivery.cfbl}; report=arf",)),
            ("CFBL-Feedback-ID", (Slot(MESSAGE_KEY, None, Escape.URL),)),
        ]
    return tuple(fields)


def service_header(name: str, letter: Issue, settings: Settings) -> tuple[tuple[str, Line], ...]:
    """The same for a letter of the service, which a program sends because of what somebody did (RFC 3834).

    What is about a subscription that stands says how to leave it. An answer to ``confirm`` confirms, where there is
    a mailbox (W8).
    """
    fields = dict(header_of(letter, settings))
    if name == "confirm" and settings.service.mailbox:
        fields["Reply-To"] = line_of(tagged(Tag.CONFIRM, f"@@{CONFIRM}@@", settings.service.mailbox), Escape.URL)
    left_by = name in SAYS_HOW_TO_LEAVE
    kept = [(field, line) for field, line in fields.items() if left_by or not field.startswith("List-Unsubscribe")]
    return (*kept, ("Auto-Submitted", ("auto-generated",)))


def _local(issue: str, host: str) -> str:
    """What stands before the key in a Message-ID: as much of the issue's id as there is room for."""
    room = 78 - len("<.@>") - KEY - len(host)
    return slug_of(issue)[: max(1, room)].rstrip("-")


def preview_key(issue: str, name: str) -> str:
    """The key of a copy to look at, which nobody is sent: the same for the same issue and audience."""
    digest = hashlib.sha256(f"{issue}\0{name}".encode()).digest()
    return base64.b32encode(digest).decode().lower()[:KEY]
