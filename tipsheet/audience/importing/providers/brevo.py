"""Brevo's (formerly Sendinblue's) export of contacts.

``EMAIL``, ``ADDED_TIME`` and ``MODIFIED_TIME`` are in every file (developers.brevo.com,
``request-contact-export``); the other columns are the attributes of the account, whose names for first
and last name follow its language (help.brevo.com, "Format your contact import file"). A file with
``CONTACT ID;EMAIL;LASTNAME;FIRSTNAME;…;ADDED_TIME;MODIFIED_TIME``, separated by semicolons and with
days as ``28-01-2026``, is read by several public programs; Brevo's account may also put the month
first.
"""

from tipsheet.audience.importing.provider import Provider, Shape

__all__ = ["BREVO"]

ALWAYS = frozenset({"EMAIL", "ADDED_TIME", "MODIFIED_TIME"})
UNUSED = frozenset({
    "CONTACT ID", "MODIFIED_TIME", "WHATSAPP", "SMS", "SMS_BLACKLISTED", "LANDLINE_NUMBER", "EXT_ID",
    "CONTACT_TIMEZONE", "DOUBLE_OPT-IN", "OPT_IN", "LISTS", "_listIds",
})  # fmt: skip
FIELDS = {"email": "EMAIL", "created_at": "ADDED_TIME"}
NOTE = (
    "this file of Brevo does not say who is blocklisted. Export the contacts who can be reached by email, or with the "
    "subscription status; otherwise people who have left get mail again."
)


def _shape(*columns: str, note: str = "") -> Shape:
    return Shape(
        title="Brevo export",
        columns=ALWAYS.union(columns),
        fields=FIELDS,
        status="confirmed",
        unused=UNUSED,
        note=note,
    )


BREVO = Provider(
    id="brevo",
    title="Brevo",
    shapes=(_shape(note=NOTE), _shape("EMAIL_BLACKLISTED"), _shape("EMAIL_MARKETING"), _shape("email_marketing")),
)
