"""How readers unsubscribe, as far as a publication has set it up: the one place that letters, gate and doctor ask."""

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote

from tipsheet.model.placeholders import TOKEN
from tipsheet.model.tagged import Tag, tagged
from tipsheet.settings.tables import MailSettings, ServiceSettings

__all__ = ["BY_MAIL", "Leaving", "leaving_of", "mailto"]

ONE_CLICK, BY_MAIL = "Unsubscribe with one click", "Unsubscribe by mail"

_TOKEN = f"@@{TOKEN}@@"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """The ways to unsubscribe that are set up, each empty where it is not; ``@@token@@`` stands for the reader.

    ``url`` is an address on the web, ``address`` takes mail. The subject of that mail names the reader as well.
    """

    url: str = ""
    address: str = ""
    subject: ClassVar = f"unsubscribe {_TOKEN}"

    @property
    def one_click(self) -> bool:
        """Whether mailbox providers can unsubscribe a reader with one click, which needs https (RFC 8058)."""
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
        """The words of that link."""
        return ONE_CLICK if self.one_click else "Unsubscribe" if self.url else BY_MAIL

    @property
    def words(self) -> str:
        """The mail to write, in words."""
        return self.address if _TOKEN in self.address else f"{self.address}, subject: {self.subject}"


def leaving_of(mail: MailSettings, service: ServiceSettings) -> Leaving:
    """The ways out of the letter: an address that somebody has named counts, a default is no promise."""
    url = mail.unsubscribe_url or ""
    if mail.unsubscribe_email:
        return Leaving(url=url, address=mail.unsubscribe_email)
    if service.mailbox:
        return Leaving(url=url, address=tagged(Tag.LEAVE, _TOKEN, service.mailbox))
    return Leaving(url=url)


def mailto(address: str) -> str:
    """A link that opens the mail to unsubscribe (RFC 6068)."""
    return f"mailto:{address}?subject={quote(Leaving.subject, safe='@')}"
