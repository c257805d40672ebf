"""MailerLite: ``{$name|default('there')}``.

No page of MailerLite's help was at hand: ``{$name}``, ``{$unsubscribe}``, ``{$preferences}`` and the
quoted fallback are as people who send with it write them in public. What could not be checked is
refused: other signs than words in a fallback, values inside addresses, ``{$`` as text. The tag of
the copy in a browser could not be checked either, so our own page stays.
"""

import re

from tipsheet.edition.edition import Escape, Slot
from tipsheet.rendering.providers.provider import Part, Provider, refusing

__all__ = ["MAILERLITE"]

_PLAIN = re.compile(r"[^'\"\\{}<>&|$]*")
_OWN = frozenset({"name", "unsubscribe", "preferences", "url"})


def _attribute(name: str) -> str:
    if name in _OWN:
        raise ValueError(f"'{name}' means something else at MailerLite")
    return name


def _field(variable: str, slot: Slot, _part: Part) -> str:
    fallback = slot.fallback or ""
    if slot.escape is Escape.URL:
        raise ValueError("MailerLite has no documented tag for a value inside an address")
    if not _PLAIN.fullmatch(fallback):
        raise ValueError(f"MailerLite may not show the fallback '{fallback}' as it is written")
    return f"{{${variable}|default('{fallback}')}}"


MAILERLITE = Provider(
    name="mailerlite",
    title="MailerLite",
    unsubscribe="{$unsubscribe}",
    preferences="{$preferences}",
    names={"first_name": "name", "last_name": "last_name", "email": "email"},
    attribute=_attribute,
    field=_field,
    literal=refusing("MailerLite", "{$"),
)
