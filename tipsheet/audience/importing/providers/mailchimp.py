"""Mailchimp's audience export: one file for subscribed, one for unsubscribed, one for cleaned contacts.

Columns as in the fixtures of TryGhost/migrate (``mg-mailchimp-members``) and buttondown/roadmap#2276.
Those in capitals have the same names in every language, and tell the file; address and names are
merge fields, which Mailchimp translates. The state of a contact is in no column of its own: who has
left has a cell in ``UNSUB_TIME``, who has bounced one in ``CLEAN_TIME``, also where several files
were made into one. A contact is therefore judged by the cells of their row.
"""

from tipsheet.audience.importing.provider import Provider, Shape

__all__ = ["MAILCHIMP"]

UNUSED = frozenset({
    "EMAIL_TYPE", "MEMBER_RATING", "OPTIN_IP", "CONFIRM_IP", "LATITUDE", "LONGITUDE", "GMTOFF", "DSTOFF", "TIMEZONE",
    "CC", "REGION", "LAST_CHANGED", "LEID", "EUID",
})  # fmt: skip
NOT_SUBSCRIBED = "nonsubscribed"
"""Contacts who bought something and agreed to nothing. Their file could not be seen; it may look like the first."""

MAILCHIMP = Provider(
    id="mailchimp",
    title="Mailchimp",
    shapes=(
        Shape(
            title="Mailchimp export",
            columns=frozenset({"OPTIN_TIME", "CONFIRM_TIME", "LEID", "EUID"}),
            fields={"created_at": "OPTIN_TIME", "confirmed_at": "CONFIRM_TIME", "tags": "TAGS"},
            status="confirmed",
            unused=UNUSED,
            note="Mailchimp's file of non-subscribed contacts, who agreed to nothing, may look like a file of "
            "subscribed ones; only its name tells.",
            refused_name=NOT_SUBSCRIBED,
        ),
    ),
)
