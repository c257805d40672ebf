"""beehiiv's export of subscribers.

Columns and the form of its moments (``2023-03-24 10:23:10 UTC``) are those of the fixture of
TryGhost/migrate (``packages/mg-beehiiv-members/src/test/fixtures/members.csv``), the states those of
beehiiv's API (developers.beehiiv.com, subscriptions): ``validating`` and ``pending`` wait for an
answer, ``inactive`` has left. A column for each paid tier follows, and one for each custom field.
"""

from tipsheet.audience.importing.provider import Provider, Shape

__all__ = ["BEEHIIV"]

BEEHIIV = Provider(
    id="beehiiv",
    title="beehiiv",
    shapes=(
        Shape(
            title="beehiiv export",
            columns=frozenset({"email", "status", "tier", "created_at"}),
            fields={"email": "email", "status": "status", "created_at": "created_at", "tags": "tags"},
            statuses={
                "active": "confirmed",
                "pending": "pending",
                "validating": "pending",
                "inactive": "unsubscribed",
                "unsubscribed": "unsubscribed",
                "invalid": "bounced",
            },
            unused=frozenset({
                "id", "tier", "stripe_customer_id", "Free Tier", "Premium Tier", "utm_source", "utm_medium",
                "utm_campaign", "utm_term", "utm_content", "utm_channel", "referring_site", "referral_code",
                "referral_link", "acquisition_source", "open_rate", "click_rate", "Subscription Date (Substack)",
            }),
        ),
    ),
)  # fmt: skip
