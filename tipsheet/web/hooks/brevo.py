"""Brevo, formerly Sendinblue, which signs nothing: it brings a user and a password, or a bearer token.

https://developers.brevo.com/docs/transactional-webhooks, https://developers.brevo.com/docs/secured-webhooks;
several events in one call: https://developers.brevo.com/docs/batch-webhooks.
"""

import re
from collections.abc import Iterator, Mapping

from tipsheet.delivery.hook_events import HookEvent, HookKind, digest_of, judged, names_in
from tipsheet.web.hooks import Call, Fields, Hook, check_credentials, looked_up

__all__ = ["BREVO"]

NAME = "brevo"
KINDS: Mapping[str, HookKind] = {
    "delivered": HookKind.DELIVERED,
    "deferred": HookKind.DEFERRED,
    "hard_bounce": HookKind.HARD,
    "soft_bounce": HookKind.SOFT,
    "invalid_email": HookKind.SOFT,
    "error": HookKind.POLICY,
    "blocked": HookKind.POLICY,
    "spam": HookKind.COMPLAINED,
    "complaint": HookKind.COMPLAINED,
    "unsubscribed": HookKind.UNSUBSCRIBED,
    "unsubscribe": HookKind.UNSUBSCRIBED,
}
"""Brevo's own texts differ on whose address an `invalid_email` is, so that it is only counted."""


def read(call: Call) -> Iterator[HookEvent]:
    """The events of a call: one object, or a list of them."""
    check_credentials(call)
    for said in call.several():
        yield from _event(call, said)


def _event(call: Call, said: Fields) -> Iterator[HookEvent]:
    word = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", said.text("event")).lower()  # hardBounce, as in its API
    kind = looked_up(KINDS, word)
    if kind is None:
        return
    kind, enhanced = judged(kind, said.text("reason"))
    names = names_in(message_id=said.text("message-id"), metadata=said.text("X-Mailin-custom", "x-mailin-custom"))
    address = said.text("email")
    moments = ("ts_event", "ts_epoch", "ts")
    yield HookEvent(
        provider=NAME,
        kind=kind,
        digest=digest_of(NAME, word, said.text("message-id"), address, said.text(*moments)),
        at=said.moment(*moments, otherwise=call.now),
        key=names.key,
        address=address,
        enhanced=enhanced,
    )


BREVO = Hook(
    name=NAME,
    title="Brevo",
    holds="`user:password`, or a token, of 16 characters or more",
    form=r"\S{16,}",
    proof="user and password in the address, or a bearer token",
    kinds=KINDS,
    read=read,
)
