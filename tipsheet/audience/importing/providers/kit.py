"""Kit's (formerly ConvertKit's) export of subscribers.

The states are those of its API (developers.kit.com, ``list-subscribers``) and of the pages of its
help. Kit does not document the columns of the file; these are the ones other importers expect.
"""

from tipsheet.audience.importing.provider import Provider, Shape

__all__ = ["KIT"]

STATUSES = {
    "active": "confirmed",
    "confirmed": "confirmed",
    "inactive": "pending",
    "unconfirmed": "pending",
    "cancelled": "unsubscribed",
    "bounced": "bounced",
    "complained": "complained",
}


def _shape(email: str, state: str) -> Shape:
    return Shape(
        title="Kit export",
        columns=frozenset({"first_name", email, "created_at", state}),
        fields={
            "email": email,
            "first_name": "first_name",
            "status": state,
            "created_at": "created_at",
            "tags": "tags",
        },
        statuses=STATUSES,
        unused=frozenset({"id"}),
    )


KIT = Provider(
    id="kit",
    title="Kit",
    shapes=(_shape("email", "status"), _shape("email", "state"), _shape("email_address", "state")),
)
