"""Buttondown: Django's template language.

Variables: https://docs.buttondown.com/template-variables ; the language and its filters:
https://docs.buttondown.com/using-templating ; preferences: https://docs.buttondown.com/portal .
Names and attributes are metadata of the subscriber. HTML goes into "Naked Mode",
https://docs.buttondown.com/editor-modes . Whether subjects are escaped as HTML is not documented;
``safe`` is right in either case.
"""

import re

from tipsheet.edition.edition import Escape, Slot
from tipsheet.rendering.providers.conditions import with_default
from tipsheet.rendering.providers.provider import Part, Provider

__all__ = ["BUTTONDOWN"]

_BRACE = re.compile(r"\{(?=[{%#]|\Z)")
_FILTERS = {Escape.HTML: "", Escape.TEXT: "|safe", Escape.URL: "|urlencode:''"}


def _literal(text: str, _part: Part) -> str:
    """A brace that would open a tag becomes a tag itself; at the end of a run a tag may follow."""
    return _BRACE.sub("{% templatetag openbrace %}", text)


def _field(variable: str, slot: Slot, part: Part) -> str:
    return with_default(variable, slot, _literal(slot.fill({}), part), _FILTERS[slot.escape])


BUTTONDOWN = Provider(
    name="buttondown",
    title="Buttondown",
    unsubscribe="{{ unsubscribe_url }}",
    preferences="{{ manage_subscription_url }}",
    web="{{ email_url }}",
    names={"email": "subscriber.email"},
    attribute=lambda name: f"subscriber.metadata.{name}",
    field=_field,
    literal=_literal,
)
