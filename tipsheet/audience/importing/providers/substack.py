"""Substack's list of subscribers from Settings, Exports (``email_list….csv``), older ones included.

Columns as in the fixtures of TryGhost/migrate (``mg-substack-members-csv``) and in public programs
that read ``email_list`` files. The table that the Subscribers page downloads does not say who has
switched off mail (columns in buttondown/roadmap#2282), so it is refused.
"""

from tipsheet.audience.importing.provider import Provider, Shape

__all__ = ["SUBSTACK"]

REFUSAL = (
    "this table of Substack does not say who has switched off mail; take email_list….csv from Settings, Exports instead"
)


def _page(*columns: str) -> Shape:
    return Shape(
        title="Substack, table of the Subscribers page",
        columns=frozenset({"Email", "Activity", *columns}),
        fields={},
        refusal=REFUSAL,
    )


SUBSTACK = Provider(
    id="substack",
    title="Substack",
    shapes=(
        Shape(
            title="Substack export",
            columns=frozenset({"email", "expiry", "email_disabled"}),
            fields={"email": "email", "status": "email_disabled", "created_at": "created_at"},
            statuses={"false": "confirmed", "true": "unsubscribed"},
            unused=frozenset({"expiry", "active_subscription", "first_payment_at", "stripe_connected_customer_id"}),
        ),
        _page("Subscription date"),
        _page("Start date"),
    ),
)
