"""Twilio SendGrid, which signs by ECDSA what it tells, several events in one call.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event, and
https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features.
The signature covers the events, so that an old call told again is only known again.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tipsheet.delivery.hook_events import METADATA, HookEvent, HookKind, digest_of, judged, names_in
from tipsheet.web.hooks import Call, Hook, Refused, looked_up

__all__ = ["SENDGRID"]

NAME = "sendgrid"
KINDS: Mapping[str, HookKind] = {
    "delivered": HookKind.DELIVERED,
    "deferred": HookKind.DEFERRED,
    "bounce": HookKind.HARD,
    "bounce blocked": HookKind.POLICY,
    "bounce expired": HookKind.SOFT,
    "dropped": HookKind.POLICY,
    "dropped Invalid": HookKind.HARD,
    "dropped Bounced Address": HookKind.HARD,
    "dropped Spam Reporting Address": HookKind.COMPLAINED,
    "dropped Unsubscribed Address": HookKind.UNSUBSCRIBED,
    "spamreport": HookKind.COMPLAINED,
    "unsubscribe": HookKind.UNSUBSCRIBED,
    "group_unsubscribe": HookKind.UNSUBSCRIBED,
}
_SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
_TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"


def read(call: Call) -> Iterator[HookEvent]:
    """The events of a call."""
    if not any(_signed_by(call, secret) for secret in call.secrets):
        raise Refused(403, "the signature is missing or wrong")
    for said in call.several():
        dropped = said.text("event") == "dropped"
        kind = looked_up(KINDS, said.text("event"), said.text("reason") if dropped else said.text("type"))
        if kind is None:
            continue
        kind, enhanced = judged(kind, "" if dropped else said.text("reason", "response"), said.text("status"))
        names = names_in(message_id=said.text("smtp-id"), metadata=said.text(METADATA))
        yield HookEvent(
            provider=NAME,
            kind=kind,
            digest=digest_of(NAME, said.text("event"), said.text("sg_event_id"), said.text("email"), names.key),
            at=said.moment("timestamp", otherwise=call.now),
            key=names.key,
            address=said.text("email"),
            enhanced=enhanced,
        )


def _signed_by(call: Call, key: str) -> bool:
    """True if time and body were signed with the private half of this key: ECDSA over SHA-256."""
    try:
        public = load_der_public_key(base64.b64decode(key))
        signature = base64.b64decode(call.header(_SIGNATURE), validate=True)
        if not isinstance(public, ec.EllipticCurvePublicKey):
            return False
        public.verify(signature, call.header(_TIMESTAMP).encode() + call.body, ec.ECDSA(hashes.SHA256()))
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return True


SENDGRID = Hook(
    name=NAME,
    title="SendGrid",
    holds="verification key of the Event Webhook",
    form=r"[A-Za-z0-9+/]{100,}={0,2}",
    proof="ECDSA signature of moment and body",
    kinds=KINDS,
    read=read,
)
