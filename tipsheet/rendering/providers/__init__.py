"""Letters for providers who send them: one module each, and a line in the table `PROVIDERS`."""

from collections.abc import Mapping

from tipsheet.rendering.providers.brevo import BREVO
from tipsheet.rendering.providers.buttondown import BUTTONDOWN
from tipsheet.rendering.providers.listmonk import LISTMONK
from tipsheet.rendering.providers.mailchimp import MAILCHIMP
from tipsheet.rendering.providers.mailerlite import MAILERLITE
from tipsheet.rendering.providers.provider import Part, Provider

__all__ = ["PROVIDERS", "Part", "Provider"]

PROVIDERS: Mapping[str, Provider] = {
    provider.name: provider for provider in (MAILCHIMP, BUTTONDOWN, LISTMONK, BREVO, MAILERLITE)
}
"""By the name that ``tipsheet export --for`` takes."""
