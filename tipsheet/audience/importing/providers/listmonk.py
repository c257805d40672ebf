"""listmonk's export of subscribers.

Columns and the form of its times are those of ``ExportSubscribers`` in ``cmd/subscribers.go``.
"""

from tipsheet.audience.importing.provider import Provider, Shape

__all__ = ["LISTMONK"]

LISTMONK = Provider(
    id="listmonk",
    title="listmonk",
    shapes=(
        Shape(
            title="listmonk export",
            columns=frozenset({"uuid", "email", "name", "attributes", "status", "created_at", "updated_at"}),
            fields={
                "email": "email",
                "name": "name",
                "attributes": "attributes",
                "status": "status",
                "created_at": "created_at",
            },
            statuses={"enabled": "confirmed", "disabled": "unsubscribed", "blocklisted": "unsubscribed"},
            unused=frozenset({"uuid", "updated_at"}),
            note="listmonk's file does not say who has left a list (listmonk#738). Export with the list and the "
            "subscription status 'confirmed' chosen; otherwise people who have left get mail again.",
        ),
    ),
)
