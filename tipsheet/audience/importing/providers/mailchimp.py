"""Mailchimp's audience export: one file for subscribed, one for unsubscribed, one for cleaned contacts.

Columns as in the fixtures of TryGhost/migrate (``mg-mailchimp-members``) and buttondown/roadmap#2276.
The state of a contact is in no column: it is told by which columns there are.
"""

from tipsheet.audience.importing.provider import Provider, Shape

__all__ = ["MAILCHIMP"]

ALWAYS = frozenset({"Email Address", "OPTIN_TIME", "CONFIRM_TIME", "LEID", "EUID"})
UNUSED = frozenset({
    "EMAIL_TYPE", "MEMBER_RATING", "OPTIN_IP", "CONFIRM_IP", "LATITUDE", "LONGITUDE", "GMTOFF", "DSTOFF", "TIMEZONE",
    "CC", "REGION", "LAST_CHANGED", "LEID", "EUID", "UNSUB_TIME", "UNSUB_CAMPAIGN_TITLE", "UNSUB_CAMPAIGN_ID",
    "UNSUB_REASON", "UNSUB_REASON_OTHER", "CLEAN_TIME", "CLEAN_CAMPAIGN_TITLE", "CLEAN_CAMPAIGN_ID",
})  # fmt: skip
FIELDS = {
    "email": "Email Address",
    "first_name": "First Name",
    "last_name": "Last Name",
    "created_at": "OPTIN_TIME",
    "confirmed_at": "CONFIRM_TIME",
    "tags": "TAGS",
}


NOT_SUBSCRIBED = "nonsubscribed"
"""Contacts who bought something and agreed to nothing. Their file could not be seen; it may look like the first."""


def _shape(title: str, status: str, *columns: str, note: str = "") -> Shape:
    return Shape(
        title=f"Mailchimp, {title} contacts",
        columns=ALWAYS.union(columns),
        fields=FIELDS,
        status=status,
        unused=UNUSED,
        note=note,
        refused_name=NOT_SUBSCRIBED,
    )


MAILCHIMP = Provider(
    id="mailchimp",
    title="Mailchimp",
    shapes=(
        _shape(
            "subscribed",
            "confirmed",
            note="Mailchimp's file of non-subscribed contacts, who agreed to nothing, may look like this one; "
            "only its name tells.",
        ),
        _shape("unsubscribed", "unsubscribed", "UNSUB_TIME"),
        _shape("cleaned", "bounced", "CLEAN_TIME"),
    ),
)
