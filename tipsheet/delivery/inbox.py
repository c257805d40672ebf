"""Mail to the publication that a program can deal with: people who sign up, confirm or leave, and reports (W8, W9).

Each kind of message is a function of `KINDS`, asked in this order; the first that recognises a message deals with it,
in one transaction with the message's digest. A message that is met again changes nothing, so a run may be killed
between the store and the folder to which the message is moved. What no function recognises is for a person. Nothing
here sends an answer, so two programs cannot write to each other for ever.

The proof of a wish to leave is the reader's token, in the address ``leave+TOKEN@`` or in the subject; an address alone
proves nothing, since anybody can write any From. Such a wish is for a person, and no mail says that an address is
known. The proof of a confirmation is the token in ``confirm+TOKEN@``, written by a person: automatic answers go to the
Reply-To as well, and consent to nothing.

A form that a form provider mails has what somebody typed on another site, as lines or as JSON::

    email: ada@example.org          {"email": "ada@example.org",
    name: Ada Lovelace               "first_name": "Ada", "last_name": "Lovelace",
    segments: managers, sellers      "segments": ["managers", "sellers"],
    consent: yes                     "consent": true}

Anybody can forge one, so all it does is to have the person asked, as a form on our own page does. Forms are read only
from senders that the settings name.
"""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import Message
from email.utils import parseaddr
from enum import StrEnum
from functools import partial
from typing import Any

import sqlalchemy as sa

from tipsheet.audience.address import Address, typed
from tipsheet.audience.consent import Evidence
from tipsheet.audience.register import Register, open_register
from tipsheet.audience.secret import Secret
from tipsheet.audience.signups import NoSuchSignupError, SignupRequest, ask, choices_of, confirm_signup
from tipsheet.audience.subscriber import UnknownTokenError, known_by_token, token_in
from tipsheet.audience.transitions import unsubscribe
from tipsheet.delivery.bounces import Taken, take_report
from tipsheet.delivery.channel import destination_of
from tipsheet.delivery.reports import (
    ENVELOPE,
    LARGEST,
    UNREADABLE,
    from_a_mail_system,
    header_text,
    read_reports,
    text_of,
)
from tipsheet.edition.service import Chosen
from tipsheet.model.addresses import Tag, is_name, one_line, tags_in
from tipsheet.model.frequency import FREQUENCIES
from tipsheet.model.language import language_for
from tipsheet.store.tables import inbox_message

__all__ = [
    "KINDS", "Forms", "Inbox", "Mail", "MailKind", "MailOutcome", "Origin", "UnreadableFormError", "origin_of",
    "read_mail",
]  # fmt: skip


class UnreadableFormError(ValueError):
    """A mail from a sender of forms cannot be used; the message says why, and holds nothing of the form."""


_NAMES: Mapping[str, str] = {
    **dict.fromkeys(("email", "e_mail", "mail", "email_address", "your_email"), "email"),
    **dict.fromkeys(("first_name", "firstname", "given_name"), "first_name"),
    **dict.fromkeys(("last_name", "lastname", "surname", "family_name"), "last_name"),
    **dict.fromkeys(("name", "full_name", "your_name"), "name"),
    **{name: name for name in ("segments", "frequency", "language", "consent", "website")},
}
"""Our names of fields, by those that forms use, in small letters with ``_`` between words."""
_LINE = re.compile(r"^[ \t>*]*([A-Za-z][A-Za-z _-]{0,30}?)[ \t*]*:[ \t*]*(.*?)[ \t]*$", re.MULTILINE)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2}").fullmatch
_YES = frozenset({"yes", "true", "on", "1", "y", "ja", "oui", "si", "sí"})
_NO = frozenset({"", "no", "false", "off", "0", "n", "nein", "non"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Forms:
    """The senders whose mails are forms, in small letters; the segments to choose from; the words of consent.

    ``consents`` are those words in each language of a publication that has several.
    """

    senders: frozenset[str] = frozenset()
    segments: tuple[Chosen, ...] = ()
    consent: str = field(default="", repr=False)
    consents: Mapping[str, str] = field(default_factory=dict, repr=False)

    def asked(self, message: Message) -> SignupRequest | None:
        """Read the sign-up in a form; None for a mail that is no form. Raises UnreadableFormError."""
        if parseaddr(header_text(message, "From"))[1].lower() not in self.senders:
            return None
        form = _fields(message)
        if form.get("website"):
            raise UnreadableFormError("a form that a robot filled in")
        address = typed(form.get("email", ""))
        if not isinstance(address, Address) or destination_of(address.email) is None:
            raise UnreadableFormError("a form without an address that mail can go to")
        first, last = form.get("first_name", ""), form.get("last_name", "")
        if not first and not last:
            first, _, last = form.get("name", "").partition(" ")
        locale = form["language"] if _LANGUAGE(form.get("language", "")) else ""
        ours = self.consents.get(language_for(locale, tuple(self.consents)), self.consent)
        return SignupRequest(
            address=address,
            first_name=first if is_name(first) else "",
            last_name=last if is_name(last) else "",
            locale=locale,
            wishes=choices_of(
                self.segments,
                re.split(r"[,;\s]+", form.get("segments", "")),
                form["frequency"] if form.get("frequency") in FREQUENCIES else "",
            ),
            evidence=Evidence(source="a form, by mail", form="mail", wording=_wording(form.get("consent"), ours)),
        )


def _wording(consent: str | None, ours: str) -> str:
    """The words that somebody agreed to: those of the form, or ours where it says yes; none where it has none."""
    if consent is None or consent.lower() in _YES:
        return ours if consent else ""
    if consent.lower() in _NO:
        raise UnreadableFormError("a form without consent")
    return consent


def _fields(message: Message) -> Mapping[str, str]:
    """The fields of a form that we know, each on one line; of two with one name the first."""
    found: dict[str, str] = {}
    for name, value in _written(message):
        known = _NAMES.get(re.sub(r"[\s-]+", "_", name.strip().lower()))
        if known:
            found.setdefault(known, one_line(value))
    return found


def _written(message: Message) -> Iterator[tuple[str, str]]:
    parts = [part for part in message.walk() if part.get_content_type() in {"application/json", "text/plain"}]
    for part in parts:
        text = text_of(part).strip()
        if text.startswith("{"):
            yield from _json(text)
        else:
            yield from _LINE.findall(text)


def _json(text: str) -> Iterator[tuple[str, str]]:
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError):
        return
    for name, value in data.items() if isinstance(data, dict) else ():
        if isinstance(value, list):
            yield name, ",".join(str(one) for one in value)
        elif isinstance(value, str | int | float):  # true and false are among the numbers
            yield name, str(value)


class MailKind(StrEnum):
    """The kinds of messages, as the store keeps them."""

    CONFIRMED = "confirmed"
    SIGNUP = "signup"
    """A form: whoever stands in it is asked whether it was them."""
    LEFT = "left"
    REPORT = "report"
    AUTOREPLY = "autoreply"
    KNOWN = "known"
    """Dealt with by an earlier run, which did not come to move it."""
    PERSON = "person"
    """For a person to read."""


class Origin(StrEnum):
    """The author of a message, as far as its header shows."""

    PERSON = "a person"
    PROGRAM = "a program"
    """By itself, such as a mail provider for a reader who asked it to unsubscribe them."""
    AUTOREPLY = "a program that answers"
    """On holiday, a challenge, a receipt, a report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailOutcome:
    """The result for one message; ``words`` are counted, and name nobody."""

    what: MailKind
    words: tuple[str, ...]
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A message, read once. ``tags`` are those of the addresses that it was sent to, with their tokens."""

    data: bytes = field(repr=False)
    message: Message = field(repr=False)
    digest: str
    subject: str = field(repr=False)
    tags: tuple[tuple[Tag, str], ...] = field(repr=False)
    origin: Origin

    def tokens(self, tag: Tag) -> tuple[str, ...]:
        """Tokens of the addresses with this tag; capitals, which some mail systems make, mean nothing."""
        return tuple(dict.fromkeys(token.lower() for one, token in self.tags if one is tag))


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """Deals with messages; ``clock`` gives moments with a zone. A dry run changes nothing."""

    engine: sa.Engine
    secret: Secret
    clock: Callable[[], dt.datetime]
    forms: Forms = field(default_factory=Forms)
    dry_run: bool = False

    def take(self, data: bytes) -> MailOutcome:
        """Deal with a message, once, whoever brings it how often."""
        mail = read_mail(data)
        with open_register(self.engine, self.secret, now=self.clock(), dry_run=self.dry_run) as register:
            known = sa.select(inbox_message.c.what).where(inbox_message.c.digest == mail.digest)
            if register.connection.execute(known).first() is not None:
                return MailOutcome(what=MailKind.KNOWN, words=("read before",))
            outcome = next((found for kind in KINDS if (found := kind(self, register, mail))), _NOT_UNDERSTOOD)
            if outcome.what is not MailKind.PERSON:
                row = {"digest": mail.digest, "what": outcome.what, "at": register.now}
                register.connection.execute(sa.insert(inbox_message).values(row))
        return replace(outcome, digest=mail.digest)


_WRITTEN_BY_A_PROGRAM = MailOutcome(what=MailKind.AUTOREPLY, words=("written by a program",))
_NOT_UNDERSTOOD = MailOutcome(what=MailKind.PERSON, words=("for a person",))


def _take_reports(_inbox: Inbox, register: Register, mail: Mail) -> MailOutcome | None:
    """Reports of letters of ours; one of other mail may be the editor's own."""
    taken = [take_report(register, report).taken for report in read_reports(mail.data)]
    ours = [one for one in taken if one is not Taken.FOREIGN]
    if ours:
        return MailOutcome(what=MailKind.REPORT, words=tuple(map(str, ours)))
    return MailOutcome(what=MailKind.PERSON, words=(str(Taken.FOREIGN),)) if taken else None


def _confirm(_inbox: Inbox, register: Register, mail: Mail) -> MailOutcome | None:
    """An answer of a person to the letter that asks to confirm, whatever is in it."""
    tokens = [token for token in mail.tokens(Tag.CONFIRM) if register.secret.signup_id(token)]
    if not tokens:
        return None
    if mail.origin is not Origin.PERSON:
        return _WRITTEN_BY_A_PROGRAM
    try:
        confirm_signup(register, tokens[0], Evidence(source="an answer to the letter that asks to confirm"))
    except NoSuchSignupError:
        return MailOutcome(what=MailKind.PERSON, words=("confirms again, or too late",))
    return MailOutcome(what=MailKind.CONFIRMED, words=("confirmed",))


def _take_form(inbox: Inbox, register: Register, mail: Mail) -> MailOutcome | None:
    """A form that a form provider mails: the same row as a form of the service writes."""
    try:
        asked = inbox.forms.asked(mail.message)
    except UnreadableFormError as error:
        return MailOutcome(what=MailKind.PERSON, words=(str(error),))
    if asked is None:
        return None
    ask(register.connection, asked, register.now, register.entropy)
    return MailOutcome(what=MailKind.SIGNUP, words=("will be asked to confirm",))


def _leave_by_address(_inbox: Inbox, register: Register, mail: Mail) -> MailOutcome | None:
    """Take mail to ``leave+TOKEN@``, whatever is in it, from a person or from a mail provider's unsubscribe button.

    No letter has this address as its return path or Reply-To; an automatic answer that comes all the same is ignored.
    """
    return _leave(register, mail, mail.tokens(Tag.LEAVE))


_UNSUBSCRIBE = re.compile(r"\s*(?:[^\W\d_]{1,12}(?:\[\d+\])?\s*:\s*)*unsubscribe\b(.*)", re.IGNORECASE | re.DOTALL)
"""A subject that asks to leave, also as an answer to such a mail, in any language."""


def _leave_by_subject(_inbox: Inbox, register: Register, mail: Mail) -> MailOutcome | None:
    """``Subject: unsubscribe TOKEN``, to any address; without a token a person decides."""
    asks = _UNSUBSCRIBE.match(mail.subject)
    if asks is None or mail.origin is Origin.AUTOREPLY:
        return None
    token = token_in(asks[1])
    if not token:
        return MailOutcome(what=MailKind.PERSON, words=("asks to leave, without a token",))
    return _leave(register, mail, (token,))


def _leave(register: Register, mail: Mail, tokens: tuple[str, ...]) -> MailOutcome | None:
    """Unsubscribe the readers of these tokens; one whom nobody is known by any more has left."""
    if not tokens or mail.origin is Origin.AUTOREPLY:
        return None
    if not any(register.secret.public_id(token) for token in tokens):
        return MailOutcome(what=MailKind.PERSON, words=("asks to leave, by a token that is none of ours",))
    for token in tokens:
        try:
            someone = known_by_token(register.connection, register.secret, token)
        except UnknownTokenError:
            continue
        unsubscribe(register, someone, Evidence(source="a mail, by the token of a letter"))
    return MailOutcome(what=MailKind.LEFT, words=("left",))


def _pass_over_autoreply(_inbox: Inbox, register: Register, mail: Mail) -> MailOutcome | None:
    """Pass over an automatic answer to a letter's return path, or to an address to leave: nothing changes."""
    tokens = [*mail.tokens(Tag.BOUNCES), *mail.tokens(Tag.LEAVE)]
    if mail.origin is Origin.AUTOREPLY and any(register.secret.public_id(token) for token in tokens):
        return _WRITTEN_BY_A_PROGRAM
    return None


KINDS: tuple[Callable[[Inbox, Register, Mail], MailOutcome | None], ...] = (
    _take_reports,
    _confirm,
    _take_form,
    _leave_by_address,
    _leave_by_subject,
    _pass_over_autoreply,
)
"""MailKind can be done with a message; None says that it is another kind of message."""


def read_mail(data: bytes) -> Mail:
    """Parse a message; one that cannot be parsed has no subject and no recipients.

    The digest is of what all mail programs and servers hand out alike: the lines, whatever they end in.
    """
    digest = hashlib.sha256(data.replace(b"\r\n", b"\n").strip(b"\n")).hexdigest()[:32]
    make = partial(Mail, data=data, digest=digest)
    try:
        message = message_from_bytes(data[:LARGEST], policy=policy.compat32)
        sent_to = " ".join(str(value) for name in (*ENVELOPE, "Cc") for value in message.get_all(name, ()))
        subject, origin = header_text(message, "Subject"), origin_of(message)
    except UNREADABLE:
        return make(message=Message(), subject="", tags=(), origin=Origin.AUTOREPLY)
    return make(message=message, subject=subject, tags=tuple(tags_in(sent_to)), origin=origin)


_BY_ITSELF = re.compile(
    r"\s*(?:auto(?:matic|-)? ?reply|auto:|automatische (?:antwort|abwesenheit)|abwesen|undeliver"
    r"|(?:i am |i'm )?out of (?:the )?office|on (?:vacation|holiday|leave)|vacation|absence|(?:not )?read:|gelesen:"
    r"|réponse automatique|respuesta automática|risposta automatica)",
    re.IGNORECASE,
)
_ANSWERING = (
    "X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Boxtrapper", "X-Delivery-Agent", "X-Failed-Recipients",
)  # fmt: skip


def origin_of(message: Message) -> Origin:
    """The author of a message, by RFC 3834 and by the marks of programs that do not follow it.

    In doubt a message that answers another, or that came from nobody's return path, is not a person's.
    """
    submitted = header_text(message, "Auto-Submitted").partition(";")[0].partition(" ")[0].lower()
    precedence = header_text(message, "Precedence").lower()
    if (
        submitted == "auto-replied"
        or precedence == "auto_reply"
        or any(message[name] for name in _ANSWERING)
        or message.get_content_type() == "multipart/report"
        or _BY_ITSELF.match(header_text(message, "Subject"))
        or from_a_mail_system(message)
    ):
        return Origin.AUTOREPLY
    hints = (
        submitted not in {"", "no"},
        precedence in {"bulk", "junk", "list"},
        message["X-Auto-Response-Suppress"] is not None,
        header_text(message, "Return-Path") == "<>",
    )
    if not any(hints):
        return Origin.PERSON
    return Origin.AUTOREPLY if message["In-Reply-To"] or message["References"] else Origin.PROGRAM
