"""Brevo: ``{{ contact.FIRSTNAME|default:'there' }}``.

Variables and links: https://help.brevo.com/hc/en-us/articles/4402386448530 ; filters:
https://help.brevo.com/hc/en-us/articles/4405381108626 . How a quotation mark is escaped in a filter
is not documented, so a condition is written for such fallbacks. A sign that keeps ``{{`` from being
read was not found, nor a filter that encodes a value for an address.
"""

from tipsheet.edition.edition import Escape, Slot
from tipsheet.rendering.providers.conditions import with_default
from tipsheet.rendering.providers.provider import Part, Provider, refusing

__all__ = ["BREVO"]

_literal = refusing("Brevo", "{{", "{%", "{#")


def _field(variable: str, slot: Slot, part: Part) -> str:
    if slot.escape is Escape.URL:
        raise ValueError("Brevo has no documented filter for a value inside an address")
    return with_default(variable, slot, _literal(slot.fill({}), part))


BREVO = Provider(
    name="brevo",
    title="Brevo",
    unsubscribe="{{ unsubscribe }}",
    preferences="{{ update_profile }}",
    web="{{ mirror }}",
    names={"first_name": "contact.FIRSTNAME", "last_name": "contact.LASTNAME", "email": "contact.EMAIL"},
    attribute=lambda name: f"contact.{name.upper()}",
    field=_field,
    literal=_literal,
)
