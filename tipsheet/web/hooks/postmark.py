"""Postmark, which signs nothing: it brings a user and a password, or a field of the header.

https://postmarkapp.com/developer/webhooks/webhooks-overview; types of bounces:
https://postmarkapp.com/developer/api/bounce-api#bounce-types.
"""

from collections.abc import Iterator, Mapping

from tipsheet.delivery.hook_events import METADATA, HookEvent, HookKind, digest_of, judged, names_in
from tipsheet.web.hooks import HEADER, Call, Hook, check_credentials, looked_up

__all__ = ["POSTMARK"]

NAME = "postmark"
KINDS: Mapping[str, HookKind] = {
    "Delivery": HookKind.DELIVERED,
    "Bounce": HookKind.SOFT,
    "Bounce HardBounce": HookKind.HARD,
    "Bounce BadEmailAddress": HookKind.HARD,
    "Bounce SoftBounce": HookKind.SOFT,
    "Bounce DnsError": HookKind.SOFT,
    "Bounce Unknown": HookKind.SOFT,
    "Bounce Transient": HookKind.DEFERRED,
    "Bounce AutoResponder": HookKind.DELIVERED,
    "Bounce AddressChange": HookKind.DELIVERED,
    "Bounce ChallengeVerification": HookKind.DELIVERED,
    "Bounce OpenRelayTest": HookKind.DELIVERED,
    "Bounce Subscribe": HookKind.DELIVERED,
    "Bounce Unsubscribe": HookKind.UNSUBSCRIBED,
    "Bounce SpamNotification": HookKind.POLICY,
    "Bounce SpamComplaint": HookKind.COMPLAINED,
    "Bounce VirusNotification": HookKind.POLICY,
    "Bounce Blocked": HookKind.POLICY,
    "Bounce DMARCPolicy": HookKind.POLICY,
    "Bounce SMTPApiError": HookKind.POLICY,
    "Bounce InboundError": HookKind.POLICY,
    "Bounce TemplateRenderingFailed": HookKind.POLICY,
    "Bounce Unconfirmed": HookKind.POLICY,
    "Bounce ManuallyDeactivated": HookKind.UNSUBSCRIBED,
    "SpamComplaint": HookKind.COMPLAINED,
    "SubscriptionChange HardBounce": HookKind.HARD,
    "SubscriptionChange SpamComplaint": HookKind.COMPLAINED,
    "SubscriptionChange ManualSuppression": HookKind.UNSUBSCRIBED,
}
"""A spam notification is the filter of a server, not the reader."""
_MOMENTS = ("BouncedAt", "DeliveredAt", "ChangedAt")


def read(call: Call) -> Iterator[HookEvent]:
    """The event of a call; whoever comes back at Postmark does not come back here."""
    check_credentials(call)
    said = call.fields()
    record = said.text("RecordType")
    kind = looked_up(KINDS, record, said.text("Type") or said.text("SuppressionReason"))
    if kind is None or (record == "SubscriptionChange" and not said.true("SuppressSending")):
        return
    kind, enhanced = judged(kind, said.text("Details"))
    names = names_in(metadata=said.fields("Metadata").text(METADATA))
    address = said.text("Email", "Recipient")
    yield HookEvent(
        provider=NAME,
        kind=kind,
        digest=digest_of(NAME, record, said.text("ID"), said.text("MessageID"), said.text(*_MOMENTS), address),
        at=said.moment(*_MOMENTS, otherwise=call.now),
        key=names.key,
        address=address,
        enhanced=enhanced,
    )


POSTMARK = Hook(
    name=NAME,
    title="Postmark",
    holds="`user:password`, or a secret, of 16 characters or more",
    form=r"\S{16,}",
    proof=f"user and password in the address, or the field `{HEADER}` of the header",
    kinds=KINDS,
    read=read,
)
