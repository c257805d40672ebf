"""The secret of a publication, and what is derived from it.

It stands in the environment as ``TIPSHEET_SECRET`` and nowhere else. Each purpose has a key of its
own, HMAC-SHA-256 (RFC 2104) of the purpose under the secret, so that what is made for one says
nothing about another. The store remembers a fingerprint: with another secret nobody who was
suppressed would be recognised any more, and every address to unsubscribe in letters already sent would
be dead. Tokens may be signed with keys of their own, which can be changed: see `KEYS_VARIABLE`.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import sqlalchemy as sa

from tipsheet.errors import TipsheetError
from tipsheet.store.tables import store_fact

__all__ = ["KEYS_VARIABLE", "SECRET_VARIABLE", "TEST_ID", "Secret", "SecretError", "keep", "recognise", "secret_of"]

SECRET_VARIABLE = "TIPSHEET_SECRET"  # noqa: S105 - the name, not the secret
KEYS_VARIABLE = "TIPSHEET_TOKEN_KEYS"
"""Keys of tokens, with blanks between, the newest first: it signs, and all of them, and the secret, are known (W2)."""
TEST_ID = "a" * 16
"""Nobody's id: its tokens are answered, and change nothing, so that an address can be tried (W16)."""
MIN_LENGTH = 32
HOW_TO_MAKE = f'export {SECRET_VARIABLE}=$(python3 -c "import secrets; print(secrets.token_urlsafe(32))")'
PUBLIC_ID = re.compile("[a-z2-7]{16}")
ID_LENGTH, KEY_ID_LENGTH, TOKEN_LENGTH = 16, 2, 32
MAC_BYTES = 10
KEY_BYTES = 15
FACT = "secret"
_DIGITS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = tuple(one + other for one in _DIGITS for other in _DIGITS)


class SecretError(TipsheetError):
    """There is no secret, it is too short, or it is not the one that the store was made with."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Secret:
    """The secret of a publication; its text is never shown."""

    text: str = field(repr=False)
    token_keys: tuple[str, ...] = field(default=(), repr=False)

    def suppression(self, email_norm: str) -> str:
        """The MAC by which a suppressed address is recognised: 64 hex digits from which it cannot be read."""
        return self._mac("suppression", email_norm).hex()

    def leave_token(self, public_id: str) -> str:
        """The 32 characters in addresses to unsubscribe and to change preferences; 34 with a token key."""
        return self._token("leave", public_id)

    def public_id(self, token: str) -> str | None:
        """The subscriber that a token speaks for; None for a token that we have not made."""
        return self._signed("leave", token)

    def confirm_token(self, signup_id: str) -> str:
        """The characters by which somebody confirms what was asked for with their address.

        Small letters and digits alone: it stands in the local part of an address as well, where mail systems may
        change capitals (RFC 5321, 2.4) and 64 octets are all there are.
        """
        return self._token("confirm", signup_id)

    def signup_id(self, token: str) -> str | None:
        """The id of the request that a token confirms; None for a token that we have not made."""
        return self._signed("confirm", token)

    def recipient(self, email_norm: str) -> str:
        """The MAC by which letters to a forgotten address are counted: 32 hex digits that do not show it."""
        return self._mac("recipient", email_norm)[:16].hex()

    def plan_token(self, calendar_id: str) -> str:
        """The characters in the address of a reader's own calendar."""
        return self._token("plan", calendar_id)

    def calendar_id(self, token: str) -> str | None:
        """The calendar that a token speaks for; None for a token that we have not made."""
        return self._signed("plan", token)

    def key(self, purpose: str) -> bytes:
        """A key of 32 octets for this purpose alone, for what others sign and seal."""
        return self._mac("key", purpose)

    def _token(self, purpose: str, name: str) -> str:
        if not self.token_keys:  # as in letters of before: tokens without the id of a key
            return name + _mac_of(self.text, purpose, name)
        key = self.token_keys[0]
        return _key_id(key) + name + _mac_of(key, purpose, name)

    def _signed(self, purpose: str, token: str) -> str | None:
        """The name in a token, if one of our keys has signed it."""
        extra = len(token) - TOKEN_LENGTH
        if not token.isascii() or extra not in {0, KEY_ID_LENGTH}:
            return None
        key_id, name, mac = token[:extra], token[extra : extra + ID_LENGTH], token[extra + ID_LENGTH :]
        keys = [key for key in self.token_keys if _key_id(key) == key_id] if extra else [self.text]
        if not PUBLIC_ID.fullmatch(name):
            return None
        return name if any(hmac.compare_digest(mac, _mac_of(key, purpose, name)) for key in keys) else None

    def message_key(self, issue: str, public_id: str) -> str:
        """The unique part of a Message-ID (D14): 24 characters, the same for the same issue and subscriber."""
        return _base32(self._mac("message", f"{issue}\0{public_id}")[:KEY_BYTES])

    def message_keys(self, issue: str) -> Callable[[str], str]:
        """`message_key` for the readers of one issue, in a third of the time."""
        # HMAC as RFC 2104 writes it: `hmac` does in Python what it does before and after the two hashes.
        padded = _derived(self.text, "message").ljust(64, b"\0")
        inner, outer = (hashlib.sha256(bytes(octet ^ pad for octet in padded)) for pad in (0x36, 0x5C))
        inner.update(f"{issue}\0".encode())
        copy_inner, copy_outer, three = inner.copy, outer.copy, _triples()

        def key(public_id: str) -> str:
            mac, within = copy_outer(), copy_inner()
            within.update(public_id.encode())
            mac.update(within.digest())
            n = int.from_bytes(mac.digest()[:KEY_BYTES])
            return (
                f"{three[n >> 105]}{three[n >> 90 & 32767]}{three[n >> 75 & 32767]}{three[n >> 60 & 32767]}"
                f"{three[n >> 45 & 32767]}{three[n >> 30 & 32767]}{three[n >> 15 & 32767]}{three[n & 32767]}"
            )

        return key

    @property
    def fingerprint(self) -> str:
        """The fingerprint by which a store knows its secret: 32 hex digits."""
        return self._mac("fingerprint", "")[:16].hex()

    def _mac(self, purpose: str, text: str) -> bytes:
        mac = _keyed(self.text, purpose).copy()
        mac.update(text.encode())
        return mac.digest()


def secret_of(environ: Mapping[str, str]) -> Secret:
    """The secret from the environment; raises SecretError when there is none of use."""
    text = environ.get(SECRET_VARIABLE, "").strip()
    if len(text) < MIN_LENGTH:
        why = f"is shorter than {MIN_LENGTH} characters" if text else "is not set"
        raise SecretError(
            f"{SECRET_VARIABLE} {why}",
            f"make one, and keep it where you keep passwords, since it must never change:\n  {HOW_TO_MAKE}",
        )
    keys = tuple(environ.get(KEYS_VARIABLE, "").split())
    if any(len(key) < MIN_LENGTH for key in keys):
        raise SecretError(f"a key in {KEYS_VARIABLE} is shorter than {MIN_LENGTH} characters", "make it as the secret")
    return Secret(text, keys)


def recognise(connection: sa.Connection, secret: Secret) -> bool:
    """True when the store knows this secret, False when it knows none yet. Raises SecretError for another one."""
    query = sa.select(store_fact.c.value).where(store_fact.c.name == FACT)
    known = connection.execute(query).scalar()
    if known is not None and not hmac.compare_digest(known, secret.fingerprint):
        raise SecretError(
            f"{SECRET_VARIABLE} is not the secret that this store was made with",
            "set the one it was made with: with another, people who left would not be recognised",
        )
    return known is not None


def keep(connection: sa.Connection, secret: Secret) -> None:
    """Let the store remember the secret that it is first used with; raises SecretError for another one."""
    if not recognise(connection, secret):
        connection.execute(sa.insert(store_fact).values(name=FACT, value=secret.fingerprint))


@lru_cache(maxsize=16)
def _keyed(secret: str, purpose: str) -> hmac.HMAC:
    """The HMAC of a purpose before any text: hundreds of thousands of readers are keyed with it."""
    return hmac.new(_derived(secret, purpose), digestmod=hashlib.sha256)


def _derived(secret: str, purpose: str) -> bytes:
    return hmac.digest(secret.encode(), f"tipsheet {purpose}".encode(), hashlib.sha256)


def _mac_of(key: str, purpose: str, name: str) -> str:
    """The 16 characters by which a token is known to be ours."""
    mac = _keyed(key, purpose).copy()
    mac.update(name.encode())
    return _base32(mac.digest()[:MAC_BYTES])


@lru_cache(maxsize=16)
def _key_id(key: str) -> str:
    """The two characters that say which key has signed a token; they say nothing of the key."""
    return _base32(_keyed(key, "key id").digest()[:5])[:KEY_ID_LENGTH]


@lru_cache(maxsize=1)
def _triples() -> tuple[str, ...]:
    """Three digits for each number of 15 bits."""
    return tuple(pair + digit for pair in _PAIRS for digit in _DIGITS)


def _base32(data: bytes) -> str:
    """Small letters and digits (RFC 4648) of a multiple of five octets; `base64` takes thrice as long."""
    number = int.from_bytes(data)
    return "".join([_PAIRS[number >> bits & 1023] for bits in range(len(data) * 8 - 10, -1, -10)])
