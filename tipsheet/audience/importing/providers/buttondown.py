"""Buttondown's export of subscribers or unsubscribers.

Names of the fields and of the types are those of its API (buttondown/openapi, ``openapi.json`` and
``enums.json``); ``email`` and ``subscriber_type`` are what they were called before. That the CSV
file has the same names could not be checked.
"""

from tipsheet.audience.importing.provider import Provider, Shape
from tipsheet.audience.importing.values import json_or_words

__all__ = ["BUTTONDOWN"]

STATUSES = {
    "regular": "confirmed",
    "premium": "confirmed",
    "trialed": "confirmed",
    "gifted": "confirmed",
    "churning": "confirmed",
    "past_due": "confirmed",
    "paused": "confirmed",  # the paid subscription is on hold; the letters go on
    "unactivated": "pending",
    "unsubscribed": "unsubscribed",
    "removed": "unsubscribed",
    "undeliverable": "bounced",
}
"""Without ``unpaid`` and ``spammy``, whose rows are for the editor to decide."""

UNUSED = frozenset({
    "id", "notes", "secondary_id", "source", "referrer_url", "utm_campaign", "utm_medium", "utm_source", "ip_address",
    "avatar_url", "referral_code", "risk_score", "stripe_customer_id", "undeliverability_date",
    "undeliverability_reason", "unsubscription_date", "unsubscription_reason", "upgrade_date", "churn_date",
    "last_open_date", "last_click_date", "open_rate", "click_rate",
})  # fmt: skip


def _shape(email: str, kind: str) -> Shape:
    return Shape(
        title="Buttondown export",
        columns=frozenset({email, kind, "creation_date", "tags", "metadata"}),
        fields={
            "email": email,
            "status": kind,
            "created_at": "creation_date",
            "tags": "tags",
            "attributes": "metadata",
        },
        statuses=STATUSES,
        unused=UNUSED,
        words=json_or_words,
    )


BUTTONDOWN = Provider(
    id="buttondown",
    title="Buttondown",
    shapes=(_shape("email_address", "type"), _shape("email", "subscriber_type")),
)
