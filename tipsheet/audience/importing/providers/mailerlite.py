"""MailerLite's export of subscribers.

The states and the names of the fields are those of its API (developers.mailerlite.com, subscribers):
``junk`` is who has called a letter spam. MailerLite does not document the columns of the file, and
its editor chooses which are in it; taken are those that are named like the fields of the API, and
the three that the list of subscribers has on the screen. Not checked against a real file.
"""

from tipsheet.audience.importing.provider import Provider, Shape

__all__ = ["MAILERLITE"]

STATUSES = {
    "active": "confirmed",
    "unconfirmed": "pending",
    "unsubscribed": "unsubscribed",
    "bounced": "bounced",
    "junk": "complained",
}
UNUSED = frozenset({
    "id", "source", "sent", "opens_count", "clicks_count", "open_rate", "click_rate", "ip_address", "optin_ip",
    "updated_at", "Sent", "Opens", "Clicks", "Opened", "Clicked", "Open rate", "Click rate", "Location", "Signup IP",
    "Signup timestamp", "Opt-in IP", "Opt-in timestamp", "Confirmation IP", "Source",
})  # fmt: skip


def _shape(email: str, status: str, since: str, name: str, tags: str) -> Shape:
    return Shape(
        title="MailerLite export",
        columns=frozenset({email, status, since}),
        fields={
            "email": email,
            "status": status,
            "created_at": since,
            "confirmed_at": "opted_in_at",
            "first_name": name,
            "tags": tags,
        },
        statuses=STATUSES,
        unused=UNUSED,
    )


MAILERLITE = Provider(
    id="mailerlite",
    title="MailerLite",
    shapes=(
        _shape("email", "status", "subscribed_at", "name", "groups"),
        _shape("Email", "Status", "Subscribed", "Name", "Groups"),
        _shape("Subscriber", "Status", "Subscribed", "Name", "Groups"),
    ),
)
