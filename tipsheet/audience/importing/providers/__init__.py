"""Providers whose files are known: one file each and one line in the table `PROVIDERS`."""

from tipsheet.audience.importing.providers.beehiiv import BEEHIIV
from tipsheet.audience.importing.providers.brevo import BREVO
from tipsheet.audience.importing.providers.buttondown import BUTTONDOWN
from tipsheet.audience.importing.providers.ghost import GHOST
from tipsheet.audience.importing.providers.kit import KIT
from tipsheet.audience.importing.providers.listmonk import LISTMONK
from tipsheet.audience.importing.providers.mailchimp import MAILCHIMP
from tipsheet.audience.importing.providers.mailerlite import MAILERLITE
from tipsheet.audience.importing.providers.own import OWN
from tipsheet.audience.importing.providers.plain import PLAIN
from tipsheet.audience.importing.providers.substack import SUBSTACK

__all__ = ["PROVIDERS"]

PROVIDERS = {
    provider.id: provider
    for provider in (OWN, MAILCHIMP, SUBSTACK, BUTTONDOWN, LISTMONK, GHOST, KIT, BEEHIIV, MAILERLITE, BREVO, PLAIN)
}  # fmt: skip
