"""Addresses of the service: the ways to unsubscribe that letters, gate and doctor name, and those that it implies."""

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote

from tipsheet.model.addresses import Tag, tagged
from tipsheet.model.placeholders import TOKEN
from tipsheet.problems import Problem, Where
from tipsheet.settings.tables import MailSettings, PluginTable, ServiceSettings, SubscribeSettings
from tipsheet.words import ENGLISH, Words, words_of

__all__ = ["Leaving", "ServiceAddresses", "consent_in", "leaving_of", "mailto", "with_service"]

_TOKEN = f"@@{TOKEN}@@"
_ENGLISH = words_of(ENGLISH, "settings")
LEAVE, PREFERENCES = f"/leave/{_TOKEN}", f"/preferences/{_TOKEN}"
"""Paths of the service at which readers unsubscribe, and change what they get."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """The ways to unsubscribe that are set up, each empty where it is not; ``@@token@@`` stands for the reader.

    ``url`` is an address on the web, ``address`` takes mail. The subject of that mail names the reader as well.
    ``said`` are the words of settings in the language that readers read in.
    """

    url: str = ""
    address: str = ""
    said: Words = _ENGLISH
    subject: ClassVar = f"unsubscribe {_TOKEN}"

    @property
    def one_click(self) -> bool:
        """True if mailbox providers can unsubscribe a reader with one click, which needs https (RFC 8058)."""
        return self.url.startswith("https://")

    @property
    def mailto(self) -> str:
        """The mail address as a link."""
        return mailto(self.address) if self.address else ""

    @property
    def link(self) -> str:
        """The link that a letter shows first: to the web, else by mail; empty where nothing is set up."""
        return self.url or self.mailto

    @property
    def label(self) -> str:
        """Text of that link."""
        if self.one_click:
            return self.said("one_click")
        return self.said("unsubscribe") if self.url else self.mail_label

    @property
    def mail_label(self) -> str:
        """Text of the way by mail."""
        return self.said("by_mail")

    @property
    def words(self) -> str:
        """Address and subject of the mail to write, as text."""
        if _TOKEN in self.address:
            return self.address
        return self.said("mail_with_subject", address=self.address, subject=self.subject)


def leaving_of(mail: MailSettings, service: ServiceSettings, said: Words) -> Leaving:
    """The ways to unsubscribe that the settings name; a default address counts only with a mailbox behind it."""
    url = mail.unsubscribe_url or ""
    ours = tagged(Tag.LEAVE, _TOKEN, service.mailbox) if service.mailbox else ""
    return Leaving(url=url, address=mail.unsubscribe_email or ours, said=said)


def mailto(address: str) -> str:
    """A link that opens the mail to unsubscribe (RFC 6068)."""
    return f"mailto:{address}?subject={quote(Leaving.subject, safe='@')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAddresses:
    """The tables with the addresses filled in that the service implies; ``subscribe`` is None without a form."""

    service: ServiceSettings
    mail: MailSettings
    subscribe: SubscribeSettings | None


def with_service(table: PluginTable, place: Where, said: Words) -> tuple[ServiceAddresses, list[Problem]]:
    """Fill in the addresses that the service implies where none are set; ``place`` is that of ``subscribe:``.

    A service without an address is where letters lead to unsubscribe, if that is a path of ours.
    """
    service, mail, form, url = table.service, table.mail, table.subscribe, table.service.url
    problems = []
    if url is not None:
        changes = {
            "unsubscribe_url": mail.unsubscribe_url or url + LEAVE,
            "preferences_url": mail.preferences_url or url + PREFERENCES,
        }
        mail, form = mail.model_copy(update=changes), form or SubscribeSettings()
        if form.url is None:
            form = form.model_copy(update={"url": f"{url}/subscribe"})
    else:
        if (mail.unsubscribe_url or "").endswith(LEAVE):
            service = service.model_copy(update={"url": (mail.unsubscribe_url or "").removesuffix(LEAVE)})
        if form is not None and form.url is None:
            hint = "set service: {url: https://…}, or subscribe: {url: https://…}"
            problems.append(Problem(place, "TS006", "the form has no address to post to", hint))
            form = None
    form = _consenting(form, leaving_of(mail, table.service, said))
    return ServiceAddresses(service=service, mail=mail, subscribe=form), problems


def _consenting(form: SubscribeSettings | None, leaving: Leaving) -> SubscribeSettings | None:
    """The form; our own words of consent promise one click only where it is set up."""
    if form is None or "consent" in form.model_fields_set:
        return form
    return form.model_copy(update={"consent": _consent(leaving.one_click, leaving.said)})


def _consent(one_click: bool, said: Words) -> str:
    return said("consent_one_click") if one_click else said("consent")


def consent_in(form: SubscribeSettings, leaving: Leaving, said: Words) -> str:
    """The words that a reader agrees to in another language: our own, unless the publication has its own."""
    ours = form.consent == _consent(leaving.one_click, leaving.said)
    return _consent(leaving.one_click, said) if ours else form.consent
