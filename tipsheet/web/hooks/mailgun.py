"""Mailgun, which signs a moment and a token, and not what it tells.

https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks. Since the
signature does not cover the event, a token that came with another body before is refused. A call is
tried again for eight hours; whether it is signed anew is not documented, so that its moment may be
that old.
"""

import datetime as dt
import hashlib
import hmac
from collections.abc import Iterator, Mapping

from tipsheet.delivery.hook_events import METADATA, HookEvent, HookKind, digest_of, judged, names_in
from tipsheet.web.hooks import Call, Fields, Hook, Refused, looked_up, proven

__all__ = ["MAILGUN"]

NAME = "mailgun"
KINDS: Mapping[str, HookKind] = {
    "delivered": HookKind.DELIVERED,
    "failed temporary": HookKind.DEFERRED,
    "failed permanent": HookKind.HARD,
    "failed permanent old": HookKind.SOFT,
    "failed permanent espblock": HookKind.POLICY,
    "failed permanent suppress-bounce": HookKind.HARD,
    "failed permanent suppress-complaint": HookKind.COMPLAINED,
    "failed permanent suppress-unsubscribe": HookKind.UNSUBSCRIBED,
    "rejected": HookKind.POLICY,
    "complained": HookKind.COMPLAINED,
    "unsubscribed": HookKind.UNSUBSCRIBED,
}
"""A temporary failure is tried again by Mailgun; `old` is one that was tried for too long."""
_OLDEST, _AHEAD = dt.timedelta(hours=12), dt.timedelta(minutes=5)


def read(call: Call) -> Iterator[HookEvent]:
    """The event of a call."""
    said = call.fields()
    _check_signature(call, said.fields("signature"))
    event = said.fields("event-data")
    kind = looked_up(KINDS, event.text("event"), event.text("severity"), event.text("reason"))
    if kind is None:
        return
    status = event.fields("delivery-status")
    kind, enhanced = judged(kind, f"{status.text('code')} {status.text('message', 'description')}")
    headers = event.fields("message", "headers")
    names = names_in(
        message_id=headers.text("message-id"),
        metadata=event.fields("user-variables").text(METADATA),
        others=(event.fields("envelope").text("sender"),),
    )
    yield HookEvent(
        provider=NAME,
        kind=kind,
        digest=digest_of(NAME, event.text("id") or said.fields("signature").text("token"), event.text("timestamp")),
        at=event.moment("timestamp", otherwise=call.now),
        key=names.key,
        token=names.token,
        address=event.text("recipient"),
        enhanced=enhanced,
    )


def _check_signature(call: Call, signature: Fields) -> None:
    """Raise Refused unless Mailgun signed it, not long ago, for this body; a parent account signs for its children."""
    moment, token = signature.text("timestamp"), signature.text("token")
    given = (signature.text("signature"), signature.text("parent-signature"))
    expected = [_hex(secret, moment + token) for secret in call.secrets]
    if not proven(given, expected):
        raise Refused(403, "the signature is missing or wrong")
    at = signature.moment("timestamp", otherwise=call.now - 2 * _OLDEST)
    if not call.now - _OLDEST <= at <= call.now + _AHEAD:
        raise Refused(403, "the signature is too old, or of a moment to come")
    if not call.seen.fits(token, call.body):
        raise Refused(403, "the token of this signature was used before")


def _hex(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


MAILGUN = Hook(
    name=NAME,
    title="Mailgun",
    holds="HTTP webhook signing key",
    form=r"\S{16,}",
    proof="HMAC-SHA-256 of moment and token, which serves once, within 12 hours",
    kinds=KINDS,
    read=read,
)
