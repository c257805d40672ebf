"""Registry of the providers for whom `tipsheet export` writes letters."""

from collections.abc import Mapping

from tipsheet.rendering.providers.provider import Provider
from tipsheet.rendering.providers.tags import BREVO, BUTTONDOWN, LISTMONK, MAILCHIMP, MAILERLITE

__all__ = ["PROVIDERS"]

PROVIDERS: Mapping[str, Provider] = {
    provider.name: provider for provider in (MAILCHIMP, BUTTONDOWN, LISTMONK, BREVO, MAILERLITE)
}
"""By the name that ``tipsheet export --for`` takes. A new one is a module with a `Provider`, and its name here."""
