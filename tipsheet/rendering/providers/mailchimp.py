"""Mailchimp: ``*|FNAME|*``, conditions for fallbacks.

Tags: https://mailchimp.com/help/all-the-merge-tags-cheat-sheet/ ; conditions:
https://mailchimp.com/help/use-conditional-merge-tag-blocks/ , the same as in
https://mandrill.zendesk.com/hc/en-us/articles/360039278713 , where they were checked. A sign that
keeps ``*|`` from being read was not found, so such text is refused; nor was a tag that encodes a
value for an address.
"""

from tipsheet.edition.edition import Escape, Slot
from tipsheet.rendering.providers.provider import Part, Provider, refusing

__all__ = ["MAILCHIMP"]

_literal = refusing("Mailchimp", "*|")


def _field(variable: str, slot: Slot, part: Part) -> str:
    if slot.escape is Escape.URL:
        raise ValueError("Mailchimp has no tag for a value inside an address")
    return f"*|IF:{variable}|**|{variable}|**|ELSE:|*{_literal(slot.fill({}), part)}*|END:IF|*"


MAILCHIMP = Provider(
    name="mailchimp",
    title="Mailchimp",
    unsubscribe="*|UNSUB|*",
    preferences="*|UPDATE_PROFILE|*",
    web="*|ARCHIVE|*",
    names={"first_name": "FNAME", "last_name": "LNAME", "email": "EMAIL"},
    attribute=str.upper,
    field=_field,
    literal=_literal,
)
