"""Hooks: what providers tell of our letters, at ``POST /hook/<provider>``. The table `HOOKS` has them (W10).

A provider is a file and a line. Without its secret in the environment its address does not exist.
Nothing of a call is logged; what follows from an event is in `tipsheet.delivery.hook_events`.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

import sqlalchemy as sa
from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from tipsheet.delivery.hook_events import HookKind, take_event
from tipsheet.errors import TipsheetError
from tipsheet.store.failures import StoreError
from tipsheet.web.hooks.brevo import BREVO
from tipsheet.web.hooks.call import Call, Fetch, Hook, Refused, Seen, get
from tipsheet.web.hooks.mailgun import MAILGUN
from tipsheet.web.hooks.postmark import POSTMARK
from tipsheet.web.hooks.sendgrid import SENDGRID
from tipsheet.web.hooks.ses import SES
from tipsheet.web.hooks.standard import STANDARD
from tipsheet.web.service import Service

__all__ = ["HOOKS", "LARGEST", "HookSecretError", "routes", "secrets_of", "variable_of"]

HOOKS: Mapping[str, Hook] = {
    "ses": SES,
    "postmark": POSTMARK,
    "mailgun": MAILGUN,
    "brevo": BREVO,
    "sendgrid": SENDGRID,
    "standard": STANDARD,
}
"""Providers by the last part of their address: one file, one line."""

LARGEST = 1024 * 1024
"""Octets of a call: SNS sends 256 KiB at most, Brevo 500 events."""
_CERTIFICATES = 16
_BATCH = 25
"""Events in one transaction: about a tenth of a second, in which nobody else changes a subscriber."""
_PLAIN = {"Content-Type": "text/plain; charset=utf-8"}
_QUIET = frozenset({HookKind.DELIVERED, HookKind.DEFERRED})


class HookSecretError(TipsheetError):
    """What stands in the environment for a hook cannot be a secret of it."""

    exit_code = 2


def variable_of(name: str) -> str:
    """The variable of the environment that holds the secrets of a hook."""
    return f"TIPSHEET_HOOK_{name.upper()}"


def secrets_of(environ: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The secrets of the hooks that have any, several with blanks between; raises HookSecretError."""
    found = {name: tuple(environ.get(variable_of(name), "").split()) for name in HOOKS}
    for name, secrets in found.items():
        if not all(re.fullmatch(HOOKS[name].form, secret) for secret in secrets):
            raise HookSecretError(
                f"{variable_of(name)} holds something that cannot be one: {HOOKS[name].holds}",
                "several may stand there with blanks between: the new one and the old one while you change them",
            )
    return {name: secrets for name, secrets in found.items() if secrets}


def routes(service: Service, fetch: Fetch = get) -> Blueprint:
    """``POST /hook/<provider>`` for the hooks that the environment has secrets of; raises HookSecretError."""
    secrets = secrets_of(service.environ)
    certificate, seen = lru_cache(maxsize=_CERTIFICATES)(fetch), Seen()
    blueprint = Blueprint("hooks", __name__)

    @blueprint.post("/hook/<provider>")
    def hook(provider: str) -> ResponseReturnValue:
        if provider not in secrets:
            abort(404)
        request.max_content_length = LARGEST
        call = Call(
            body=request.get_data(cache=False),
            headers={name.lower(): value for name, value in request.headers.items()},
            secrets=secrets[provider],
            now=service.clock(),
            fetch=fetch,
            certificate=certificate,
            seen=seen,
        )
        try:
            _take(service, HOOKS[provider], call)
        except Refused as refused:
            asked = {"WWW-Authenticate": 'Basic realm="hook"'} if refused.status == 401 else {}  # noqa: PLR2004 - HTTP
            return f"{refused.why}\n", refused.status, {**_PLAIN, **asked}
        except (sa.exc.OperationalError, StoreError):
            return "the store cannot be written now\n", 503, {**_PLAIN, "Retry-After": "60"}
        return "ok\n", 200, _PLAIN

    return blueprint


def _take(service: Service, hook: Hook, call: Call) -> None:
    """Take the events of a call, some in each transaction, so that a reader who leaves does not wait for all of them.

    What a call that is told again had done before is known. Without an event that changes anything there is no
    transaction.
    """
    events = [event for event in hook.read(call) if event.kind not in _QUIET]
    for start in range(0, len(events), _BATCH):
        with service.register() as register:
            for event in events[start : start + _BATCH]:
                take_event(register, event)
