"""Hooks: what providers tell of our letters, at ``POST /hook/<provider>`` (W10): the call, its JSON, who may call.

A provider is a file here and a line in `tipsheet.web.HOOKS`. Without its secret in the environment its address does
not exist. Nothing of a call is logged; what follows from an event is in `tipsheet.delivery.hook_events`. Every reading
of a body is total: whatever stands in it, of whatever type, is read or is nothing.
"""

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import http.client
import json
import re
import ssl
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from tipsheet.delivery.hook_events import HookEvent, HookKind, take_event
from tipsheet.errors import TipsheetError
from tipsheet.store.failures import StoreError
from tipsheet.web.service import Service

__all__ = [
    "HEADER", "LARGEST", "Call", "Fetch", "Fields", "Hook", "HookSecretError", "Refused", "Seen", "check_credentials",
    "get", "looked_up", "proven", "routes", "secrets_of", "variable_of",
]  # fmt: skip

Fetch = Callable[[str], bytes]
"""Content at an address; raises OSError when it cannot be fetched."""

HEADER = "X-Tipsheet-Hook"
"""Field of a request's header in which a provider without signatures may send the secret."""
_LONGEST = 4_000
"""Characters of a text that are looked at, but for what is signed."""
_ANSWER = 64 * 1024
_TIMEOUT = 5.0
_TOKENS = 20_000
_MOST = 10_000
_MILLISECONDS = 1e11
"""A number of seconds that is larger would be after the year 5000, and is one of milliseconds."""
LARGEST = 1024 * 1024
"""Octets of a call: SNS sends 256 KiB at most, Brevo 500 events."""
_CERTIFICATES = 16
_BATCH = 25
"""Events in one transaction: about a tenth of a second, in which nobody else changes a subscriber."""
_PLAIN = {"Content-Type": "text/plain; charset=utf-8"}
_QUIET = frozenset({HookKind.DELIVERED, HookKind.DEFERRED})


class Refused(Exception):  # noqa: N818 - an answer to the provider, not an error of ours
    """The call is answered with this status and sentence, and changes nothing."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


class Seen:
    """Tokens of calls that were proven before, each with its body; several threads may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens: OrderedDict[str, bytes] = OrderedDict()

    def fits(self, token: str, body: bytes) -> bool:
        """True if the token is new, or came with the same body, as when a provider tries again."""
        digest = hashlib.sha256(body).digest()
        with self._lock:
            known = self._tokens.setdefault(token, digest)
            if len(self._tokens) > _TOKENS:
                self._tokens.popitem(last=False)
        return known == digest


class Fields:
    """A JSON object from outside; a field that is missing or of another type is empty."""

    def __init__(self, value: Any) -> None:
        """Take anything; what is no object has no fields."""
        self._value: Mapping[str, Any] = value if isinstance(value, dict) else {}

    def whole(self, name: str) -> str:
        """A text of any length, or a number as text."""
        return _text(self._value.get(name))

    def text(self, *names: str) -> str:
        """The first of these that is a text or a number, cut to what is worth looking at."""
        return next((found[:_LONGEST] for name in names if (found := self.whole(name))), "")

    def true(self, name: str) -> bool:
        """True if the value is JSON's ``true``."""
        return self._value.get(name) is True

    def fields(self, *path: str) -> "Fields":
        """The object at the end of a path."""
        found = self
        for name in path:
            found = Fields(found._value.get(name))
        return found

    def several(self, name: str) -> list[Any]:
        """The members of a list; one that stands alone is a list of one."""
        found = self._value.get(name)
        return found if isinstance(found, list) else [] if found is None else [found]

    def texts(self, name: str) -> list[str]:
        """Those members of a list that are texts."""
        return [text[:_LONGEST] for one in self.several(name) if (text := _text(one))]

    def headers(self, name: str) -> dict[str, str]:
        """A list of objects with ``name`` and ``value``, by names in small letters."""
        pairs = [Fields(one) for one in self.several(name)]
        return {pair.text("name").lower(): pair.text("value") for pair in pairs}

    def moment(self, *names: str, otherwise: dt.datetime) -> dt.datetime:
        """The first of these that is a moment (ISO 8601, or seconds or milliseconds since 1970), in UTC."""
        for name in names:
            found = _moment(self._value.get(name))
            if found is not None:
                return found
        return otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A provider's request, with what reading it may need.

    ``headers`` have names in small letters. ``certificate`` is ``fetch`` that remembers. ``now`` is the clock's.
    """

    body: bytes
    headers: Mapping[str, str]
    secrets: tuple[str, ...]
    now: dt.datetime
    fetch: Fetch
    certificate: Fetch
    seen: Seen

    def header(self, *names: str) -> str:
        """The first of these fields of the header that is there."""
        return next((found for name in names if (found := self.headers.get(name.lower(), ""))), "")

    def json(self) -> Any:
        """The body as JSON; raises Refused for anything else."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise Refused(400, "the body is no JSON") from None

    def fields(self) -> Fields:
        """The body as one object; raises Refused for anything else."""
        found = self.json()
        if not isinstance(found, dict):
            raise Refused(400, "the body is no JSON object")
        return Fields(found)

    def several(self) -> list[Fields]:
        """The body as objects, a list or a single one; raises Refused for anything else."""
        found = self.json()
        listed = found if isinstance(found, list) else [found]
        if len(listed) > _MOST or not all(isinstance(one, dict) for one in listed):
            raise Refused(400, f"the body is neither a JSON object nor a list of up to {_MOST:,}")
        return [Fields(one) for one in listed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A provider that calls.

    ``holds`` says what its variable holds, ``form`` is the regular expression of one, ``proof`` says how a call
    is known to be the provider's, ``kinds`` what its words mean. ``read`` raises Refused.
    """

    name: str
    title: str
    holds: str
    form: str
    proof: str
    kinds: Mapping[str, HookKind]
    read: Callable[[Call], Iterator[HookEvent]]


def looked_up(kinds: Mapping[str, HookKind], *words: str) -> HookKind | None:
    """Meaning of the provider's words: of all of them together, else without the last, and so on."""
    for count in range(len(words), 0, -1):
        found = kinds.get(" ".join(words[:count]).strip())
        if found is not None:
            return found
    return None


def proven(given: Iterable[str], expected: Iterable[str]) -> bool:
    """True if one of these is one of those, compared in constant time."""
    right = [one.encode("utf-8", "replace") for one in expected]
    pairs = [(one.encode("utf-8", "replace"), other) for one in given for other in right]
    return sum(hmac.compare_digest(one, other) for one, other in pairs) > 0


def check_credentials(call: Call) -> None:
    """Raise Refused unless the call brings one of the secrets: by basic auth, as a bearer token, or in `HEADER`.

    By basic auth a secret ``user:password`` counts as a whole, one without a colon as the password of anybody.
    """
    scheme, _, rest = call.header("authorization").partition(" ")
    given = [call.header(HEADER)]
    if scheme.lower() == "bearer":
        given.append(rest.strip())
    elif scheme.lower() == "basic":
        pair = _decoded(rest.strip())
        given += [pair, pair.partition(":")[2]]
    if not proven(given, call.secrets):
        raise Refused(401, "the secret is missing, or is another one")


def get(url: str, context: ssl.SSLContext | None = None) -> bytes:
    """Fetch a small file by HTTPS, without following redirects; raises OSError."""
    parts = urlsplit(url)
    context = context or ssl.create_default_context()
    connection = http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=_TIMEOUT, context=context)
    try:
        connection.request("GET", f"{parts.path or '/'}{'?' * bool(parts.query)}{parts.query}")
        answer = connection.getresponse()
        data = answer.read(_ANSWER + 1)
    except http.client.HTTPException as error:
        raise OSError("this was no answer of HTTP") from error
    finally:
        connection.close()
    if answer.status != http.HTTPStatus.OK or len(data) > _ANSWER:
        raise OSError(f"answered {answer.status} with {len(data)} octets")
    return data


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def _text(value: Any) -> str:
    """A text without what no database and no encoding takes."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _moment(value: Any) -> dt.datetime | None:
    try:
        if isinstance(value, str) and not value.replace(".", "", 1).isdigit():
            found = dt.datetime.fromisoformat(value)
            return (found if found.tzinfo else found.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            number = float(value)
            return dt.datetime.fromtimestamp(number / 1000 if number >= _MILLISECONDS else number, dt.UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None


class HookSecretError(TipsheetError):
    """A variable of a hook holds something that cannot be its secret."""

    exit_code = 2


def variable_of(name: str) -> str:
    """The variable of the environment that holds the secrets of a hook."""
    return f"TIPSHEET_HOOK_{name.upper()}"


def secrets_of(hooks: Mapping[str, Hook], environ: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The secrets of the hooks that have any, several with blanks between; raises HookSecretError."""
    found = {name: tuple(environ.get(variable_of(name), "").split()) for name in hooks}
    for name, secrets in found.items():
        if not all(re.fullmatch(hooks[name].form, secret) for secret in secrets):
            raise HookSecretError(
                f"{variable_of(name)} holds something that cannot be one: {hooks[name].holds}",
                "several may stand there with blanks between: the new one and the old one while you change them",
            )
    return {name: secrets for name, secrets in found.items() if secrets}


def routes(hooks: Mapping[str, Hook], service: Service, fetch: Fetch = get) -> Blueprint:
    """``POST /hook/<provider>`` for the hooks that the environment has secrets of; raises HookSecretError."""
    secrets = secrets_of(hooks, service.environ)
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
            _take(service, hooks[provider], call)
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
