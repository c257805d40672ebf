"""Providers that sign by the Standard Webhooks specification: Resend, AhaSend and others.

https://www.standardwebhooks.com; Resend's events: https://resend.com/docs/dashboard/webhooks/event-types.
The library signs, and the hour is ours: its own verification asks the clock of the machine. Svix, on which
Resend stands, writes the same fields of the header under names of its own.

The specification says nothing about mail. The last word of a type is taken for what it says,
``email.bounced`` and ``message.bounced`` alike.
"""

import datetime as dt
from collections.abc import Iterator, Mapping

from standardwebhooks.webhooks import Webhook

from tipsheet.delivery.hook_events import METADATA, HookEvent, HookKind, digest_of, judged, names_in
from tipsheet.web.hooks import Call, Fields, Hook, Refused, looked_up, proven

__all__ = ["STANDARD"]

NAME = "standard"
KINDS: Mapping[str, HookKind] = {
    "delivered": HookKind.DELIVERED,
    "delivery_delayed": HookKind.DEFERRED,
    "deferred": HookKind.DEFERRED,
    "transient_error": HookKind.DEFERRED,
    "bounced": HookKind.HARD,
    "bounced Transient": HookKind.SOFT,
    "bounced Undetermined": HookKind.SOFT,
    "suppressed": HookKind.SOFT,
    "failed": HookKind.POLICY,
    "complained": HookKind.COMPLAINED,
    "unsubscribed": HookKind.UNSUBSCRIBED,
}
"""`failed` is the provider's own trouble with a letter at Resend, and a refusal elsewhere: it never suppresses."""
_TOLERANCE = dt.timedelta(minutes=5)
_ID_CHARACTERS = 256


def read(call: Call) -> Iterator[HookEvent]:
    """The event of a call."""
    identity = _check_signature(call)
    said = call.fields()
    data = said.fields("data")
    bounce = data.fields("bounce")
    word = said.text("type").rpartition(".")[2]
    kind = looked_up(KINDS, word, bounce.text("type"))
    if data.true("unsubscribed") and said.text("type").startswith("contact."):
        kind = HookKind.UNSUBSCRIBED
    if kind is None:
        return
    kind, enhanced = judged(kind, bounce.text("message") or data.text("reason", "response"))
    headers = data.headers("headers")
    names = names_in(
        message_id=headers.get("message-id", "") or data.text("message_id_header", "message_id"),
        metadata=headers.get("x-entity-ref-id", "") or data.fields("tags").text(METADATA),
        others=(headers.get("list-unsubscribe", ""),),
    )
    yield HookEvent(
        provider=NAME,
        kind=kind,
        digest=digest_of(NAME, identity),
        at=said.moment("created_at", "timestamp", otherwise=call.now),
        key=names.key,
        token=names.token,
        address=_address(data),
        enhanced=enhanced,
    )


def _check_signature(call: Call) -> str:
    """The id of the message; raises Refused unless it was signed with one of the secrets within five minutes."""
    identity, signatures, moment = (
        call.header(f"webhook-{name}", f"svix-{name}") for name in ("id", "signature", "timestamp")
    )
    if not (moment.isascii() and moment.isdigit() and len(moment) < len("1") * 13):
        raise Refused(403, "the signature is missing, or its moment is no number")
    at = dt.datetime.fromtimestamp(int(moment), dt.UTC)
    if not abs(call.now - at) <= _TOLERANCE:
        raise Refused(403, "the signature is too old, or of a moment to come")
    try:
        text = call.body.decode()
    except UnicodeDecodeError:
        raise Refused(400, "the body is no UTF-8") from None
    right = [Webhook(secret).sign(identity[:_ID_CHARACTERS], at, text) for secret in call.secrets]
    if not identity or not proven(signatures.split(" "), right):
        raise Refused(403, "the signature is wrong")
    return identity


def _address(data: Fields) -> str:
    return next(iter(data.texts("to")), "") or data.text("recipient", "email")


STANDARD = Hook(
    name=NAME,
    title="Standard Webhooks (Resend, AhaSend and others)",
    holds="signing secret, `whsec_…`",
    form=r"(whsec_)?[A-Za-z0-9+/]{22,}={0,2}",
    proof="signature by the Standard Webhooks specification, within 5 minutes",
    kinds=KINDS,
    read=read,
)
