"""Events that a provider reports of our letters: their form, how they name a letter, and what follows from them (W10).

Providers replace the Message-ID, and hand back a header field in a form of their own: the table `CARRIERS`. Its value
is the key of the message, which names a letter and opens nothing. An event is known by its digest, so one that is sent
twice counts once. Events come in any order; the strongest counts, as with reports (`tipsheet.delivery.bounces`).
"""

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, assert_never
from urllib.parse import urlsplit

import sqlalchemy as sa

from tipsheet.audience.address import Address, normalised
from tipsheet.audience.register import Register
from tipsheet.audience.subscriber import TOKEN
from tipsheet.delivery.answers import ENHANCED, ReportKind, kind_of
from tipsheet.delivery.bounces import Taken, last_letter, letter_of, take_report
from tipsheet.delivery.mail_server import SMTP
from tipsheet.delivery.reports import MailReport
from tipsheet.edition.edition import MESSAGE_KEY, Edition, Escape, Line, Slot
from tipsheet.store.tables import hook_event, subscriber

__all__ = [
    "ADDRESS_DAYS", "CARRIERS", "METADATA", "Carrier", "HookEvent", "HookKind", "LetterNames", "carried",
    "carrier_of", "digest_of", "judged", "names_in", "take_event",
]  # fmt: skip

METADATA = "tipsheet"
"""Name of the value that a provider is given with a letter, and hands back."""
ADDRESS_DAYS = 30
"""How long after a letter an event that only knows the address is taken to be about it."""
_DIGEST = 32
_KEY = re.compile(r"(?<![a-z0-9])[a-z2-7]{24}(?![a-z0-9])")
_MESSAGE_ID_KEY = re.compile(r"\.([a-z2-7]{24})@")


class HookKind(StrEnum):
    """The kinds of events, of a letter or of its reader."""

    DELIVERED = "delivered"
    DEFERRED = "deferred"
    """The provider tries again."""
    HARD = "bounced hard"
    """The address does not exist."""
    SOFT = "bounced soft"
    """The provider gave up this time."""
    POLICY = "policy"
    """Refused for what we are or wrote, or by the provider itself; it never suppresses."""
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"


_WITHOUT_CONSEQUENCE = frozenset({HookKind.DELIVERED, HookKind.DEFERRED})
_REPORTED: Mapping[HookKind, ReportKind] = {
    HookKind.HARD: ReportKind.HARD,
    HookKind.SOFT: ReportKind.SOFT,
    HookKind.POLICY: ReportKind.POLICY,
    HookKind.COMPLAINED: ReportKind.COMPLAINT,
    HookKind.UNSUBSCRIBED: ReportKind.OPT_OUT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HookEvent:
    """An event of one letter, as a provider reports it, after its signature was checked.

    The letter is named by ``key`` or the reader's ``token``, and by ``address`` only if there is neither. ``enhanced``
    is of RFC 3463, ``at`` the moment of the event. ``digest`` recognises an event that is sent twice.
    """

    provider: str
    kind: HookKind
    digest: str
    at: dt.datetime
    key: str = ""
    token: str = ""
    address: str = ""
    enhanced: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterNames:
    """The names of a letter: its key and its reader's token, each empty if it was not found."""

    key: str = ""
    token: str = ""


def names_in(*, message_id: str = "", metadata: str = "", others: Iterable[str] = ()) -> LetterNames:
    """Find the key and the token in what a provider hands back.

    ``others`` are texts that may hold the reader's token: List-Unsubscribe, the return path.
    """
    key = _KEY.search(metadata)
    in_id = _MESSAGE_ID_KEY.search(message_id)
    token = next((found[0] for text in others if (found := TOKEN.search(text.replace("%20", " ")))), "")
    return LetterNames(key=key[0] if key else in_id[1] if in_id else "", token=token.lower())


def judged(kind: HookKind, words: str, status: str = "") -> tuple[HookKind, str]:
    """The kind of a bounce by the server's own words, and its enhanced status; other kinds stay as they are.

    The provider's own word counts where the server's say nothing, but what it calls temporary is never hard.
    """
    found = ENHANCED.search(status) or ENHANCED.search(words)
    enhanced = found[0] if found else ""
    if kind not in {HookKind.HARD, HookKind.SOFT}:
        return kind, enhanced
    permanent = kind is HookKind.HARD
    meaning = kind_of(status, words, otherwise=ReportKind.HARD if permanent else ReportKind.SOFT)
    match meaning:
        case ReportKind.POLICY:
            return HookKind.POLICY, enhanced
        case ReportKind.HARD if permanent:
            return HookKind.HARD, enhanced
        case ReportKind.HARD | ReportKind.SOFT | ReportKind.NOTHING | ReportKind.COMPLAINT | ReportKind.OPT_OUT:
            return HookKind.SOFT, enhanced
        case _:
            assert_never(meaning)


def digest_of(provider: str, *said: object) -> str:
    """By which an event is known: 32 hex digits of what makes it this one."""
    text = "\0".join((provider, *map(str, said)))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:_DIGEST]


def take_event(register: Register, event: HookEvent) -> Taken:
    """Do what an event asks for, in the transaction of the register."""
    if event.kind in _WITHOUT_CONSEQUENCE:
        return Taken.NOTHING
    connection = register.connection
    at = min(event.at, register.now)
    letter = letter_of(register, event.key, event.token) or _by_address(connection, event, at)
    if letter is None:
        return Taken.FOREIGN
    known = sa.select(hook_event.c.digest).where(hook_event.c.digest == event.digest)
    if connection.execute(known).first() is not None:
        return Taken.KNOWN
    row = {
        "digest": event.digest, "provider": event.provider, "kind": event.kind, "delivery_id": letter.id, "at": at,
        "seen_at": register.now,
    }  # fmt: skip
    connection.execute(sa.insert(hook_event).values(row))
    report = MailReport(
        kind=_REPORTED[event.kind], key=letter.message_key, recipient=event.address, enhanced=event.enhanced,
        digest=event.digest, at=at, by=event.provider,
    )  # fmt: skip
    return take_report(register, report).taken


def _by_address(connection: sa.Connection, event: HookEvent, at: dt.datetime) -> Any | None:
    """The last letter to an address, if the event names it in no other way and the letter is recent.

    The provider's signature was checked, so no stranger wrote this; but other mail may go through the same account.
    """
    address = normalised(event.address) if event.address and not (event.key or event.token) else None
    if not isinstance(address, Address):
        return None
    letter = last_letter(connection, subscriber.c.email_norm == address.norm)
    near = letter is not None and abs(at - letter.changed_at) <= dt.timedelta(days=ADDRESS_DAYS)
    return letter if near else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """A header field that a provider hands back: ``field`` with ``line`` is added for servers of ``host``.

    ``back`` says where the provider hands it back, ``verified`` that its documentation does.
    """

    host: str
    field: str
    line: Line
    back: str
    verified: bool = True


_SLOT = Slot(MESSAGE_KEY, None, Escape.URL)
CARRIERS: Mapping[str, Carrier] = {
    "ses": Carrier(
        host=r"email-smtp(-fips)?\.[a-z0-9-]+\.amazonaws\.com(\.cn)?",
        field="X-SES-MESSAGE-TAGS",
        line=(f"{METADATA}=", _SLOT),
        back="`mail.tags` of event publishing, and `mail.headers`",
    ),
    "postmark": Carrier(
        host=r"smtp(-broadcasts)?\.postmarkapp\.com",
        field=f"X-PM-Metadata-{METADATA}",
        line=(_SLOT,),
        back="`Metadata`",
    ),
    "mailgun": Carrier(
        host=r"smtp(\.eu)?\.mailgun\.org",
        field="X-Mailgun-Variables",
        line=(f'{{"{METADATA}": "', _SLOT, '"}'),
        back="`user-variables`, and `message.headers.message-id`",
    ),
    "brevo": Carrier(
        host=r"smtp-relay\.(brevo|sendinblue)\.com",
        field="X-Mailin-custom",
        line=(f"{METADATA}:", _SLOT),
        back="`X-Mailin-custom`; its documentation sets that field for letters of its API only",
        verified=False,
    ),
    "sendgrid": Carrier(
        host=r"smtp(\.eu)?\.sendgrid\.net",
        field="X-SMTPAPI",
        line=(f'{{"unique_args": {{"{METADATA}": "', _SLOT, '"}}'),
        back="a field of its own, `tipsheet`",
    ),
    "standard": Carrier(
        host=r"smtp\.resend\.com",
        field="X-Entity-Ref-ID",
        line=(_SLOT,),
        back="`data.headers`; its documentation shows that for letters of its API only",
        verified=False,
    ),
}
"""How letters carry their names through providers, by the name of the hook."""


def carrier_of(environ: Mapping[str, str]) -> Carrier | None:
    """The carrier of the mail server that the environment names, if it is one of `CARRIERS`."""
    try:
        host = urlsplit(environ.get(SMTP.variable, "").strip()).hostname or ""
    except ValueError:
        return None
    return next((one for one in CARRIERS.values() if re.fullmatch(one.host, host)), None)


def carried(edition: Edition, carrier: Carrier | None) -> Edition:
    """The edition with the field by which the provider names each letter again."""
    return replace(edition, header=(*edition.header, (carrier.field, carrier.line))) if carrier else edition
