"""Forms that a form provider mails: what somebody typed on another site, as lines or as JSON (W8).

::

    email: ada@example.org          {"email": "ada@example.org",
    name: Ada Lovelace               "first_name": "Ada", "last_name": "Lovelace",
    segments: managers, sellers      "segments": ["managers", "sellers"],
    consent: yes                     "consent": true}

Such a mail is no more than a form on our own page: anybody can forge it, and all that it does is to have
the person asked whether it was them. It is read only from senders that the settings name.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from email.utils import parseaddr
from typing import Any

from tipsheet.audience.address import Address, typed
from tipsheet.audience.consent import Evidence
from tipsheet.audience.signups import SignupRequest, choices_of
from tipsheet.delivery.destination import destination_of
from tipsheet.delivery.reports import header_text, text_of
from tipsheet.edition.service import Chosen
from tipsheet.model.addresses import is_name, one_line
from tipsheet.model.frequency import FREQUENCIES

__all__ = ["Forms", "UnreadableFormError"]


class UnreadableFormError(ValueError):
    """A mail that should be a form, and is none that can be used; its text holds nothing of it, and is counted."""


_NAMES: Mapping[str, str] = {
    **dict.fromkeys(("email", "e_mail", "mail", "email_address", "your_email"), "email"),
    **dict.fromkeys(("first_name", "firstname", "given_name"), "first_name"),
    **dict.fromkeys(("last_name", "lastname", "surname", "family_name"), "last_name"),
    **dict.fromkeys(("name", "full_name", "your_name"), "name"),
    **{name: name for name in ("segments", "frequency", "language", "consent", "website")},
}
"""Fields by the names that forms give them, in small letters with ``_`` between words."""
_LINE = re.compile(r"^[ \t>*]*([A-Za-z][A-Za-z _-]{0,30}?)[ \t*]*:[ \t*]*(.*?)[ \t]*$", re.MULTILINE)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2}").fullmatch
_YES = frozenset({"yes", "true", "on", "1", "y", "ja", "oui", "si", "sí"})
_NO = frozenset({"", "no", "false", "off", "0", "n", "nein", "non"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Forms:
    """Whose mails are forms: addresses in small letters; what may be chosen in them; and the words they agree to."""

    senders: frozenset[str] = frozenset()
    segments: tuple[Chosen, ...] = ()
    consent: str = field(default="", repr=False)

    def asked(self, message: Message) -> SignupRequest | None:
        """What somebody asks for by a form; None for a mail that is no form. Raises UnreadableFormError."""
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
        return SignupRequest(
            address=address,
            first_name=first if is_name(first) else "",
            last_name=last if is_name(last) else "",
            locale=form["language"] if _LANGUAGE(form.get("language", "")) else "",
            wishes=choices_of(
                self.segments,
                re.split(r"[,;\s]+", form.get("segments", "")),
                form["frequency"] if form.get("frequency") in FREQUENCIES else "",
            ),
            evidence=Evidence(source="a form, by mail", form="mail", wording=self._wording(form.get("consent"))),
        )

    def _wording(self, consent: str | None) -> str:
        """The words that somebody agreed to: those of the form, or ours where it says yes; none where it has none."""
        if consent is None or consent.lower() in _YES:
            return self.consent if consent else ""
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
