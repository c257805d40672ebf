"""Ghost's export of members.

Columns are those of ``members-csv/lib/unparse.js`` in TryGhost/Ghost; the last ones changed over
the years (``products``, ``tiers``, ``gift_id``).
"""

from tipsheet.audience.importing.provider import Provider, Shape

__all__ = ["GHOST"]

GHOST = Provider(
    id="ghost",
    title="Ghost",
    shapes=(
        Shape(
            title="Ghost export",
            columns=frozenset({
                "id", "email", "name", "note", "subscribed_to_emails", "complimentary_plan", "stripe_customer_id",
                "created_at", "deleted_at",
            }),
            fields={
                "email": "email", "name": "name", "status": "subscribed_to_emails", "created_at": "created_at",
                "tags": "labels",
            },
            statuses={"true": "confirmed", "false": "unsubscribed"},
            unused=frozenset({"id", "complimentary_plan", "stripe_customer_id", "gift_id"}),
        ),
    ),
)  # fmt: skip
