"""Addresses of people: their form, and the normal form by which two are the same.

The rules are those of RFC 5321 and 5322, with RFC 6531 for letters beyond ASCII and IDNA 2008
(UTS 46) for domains. Nothing is looked up.
"""

import functools
import re
import unicodedata
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

__all__ = ["Address", "BadAddress", "normalised", "typed"]

BLANK = " \t\N{NO-BREAK SPACE}"
PLAIN = re.compile(r"([a-z0-9_%+-]+(?:\.[a-z0-9_%+-]+)*)@([a-z0-9-]+(?:\.[a-z0-9-]+)+)", re.IGNORECASE | re.ASCII)
"""Addresses whose local part needs no more thought than its length."""
_EAST_ASIAN = frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"})
MIXTURES = (_EAST_ASIAN, frozenset({"LATIN", "CJK", "BOPOMOFO"}), frozenset({"LATIN", "CJK", "HANGUL"}))
"""Scripts that are written together (UTS 39, "highly restrictive"), by the first words of their letters' names."""
MAX_LOCAL = 64
MAX_ADDRESS = 254
SHOWN = 80


@dataclass(frozen=True, slots=True)
class Address:
    """An address of a person: the one that mail goes to, and the one that it is found by."""

    email: str
    """The local part as it was given, the domain in small letters and A-labels: ``Jörg@xn--bcher-kva.example``."""
    norm: str
    """The same with a local part in small letters. No mailbox in use tells them apart, though RFC 5321 lets it."""


@dataclass(frozen=True, slots=True)
class BadAddress:
    """The reason for which a text is no address; ``given`` is the text, cut to one line that can be shown."""

    given: str
    reason: str

    def __str__(self) -> str:
        return f"'{self.given}' is not an address: {self.reason}"


def normalised(text: str) -> Address | BadAddress:
    """Parse an address, without blanks around it, or say why the text is none."""
    text = text.strip(BLANK)
    plain = PLAIN.fullmatch(text)
    if plain and len(plain[1]) <= MAX_LOCAL and len(text) <= MAX_ADDRESS:
        domain = _domain(plain[2].lower())
        if domain:
            return _address(plain[1], domain)
    try:
        found = validate_email(text, check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        return BadAddress(_one_line(text), _small(str(error)))
    return _address(found.local_part, found.ascii_domain)


def typed(text: str) -> Address | BadAddress:
    """Parse an address that a stranger typed into a form, or say why the text is none.

    Letters of another width and the like are what they look like (NFKC). An address that mixes scripts, as
    ``ad\N{CYRILLIC SMALL LETTER A}@`` does, is refused: it is made to be taken for somebody else's.
    """
    found = normalised(unicodedata.normalize("NFKC", text[: MAX_ADDRESS + 1]))
    if isinstance(found, Address) and not text.isascii():
        local, _, domain = unicodedata.normalize("NFKC", text).strip(BLANK).rpartition("@")
        if any(_is_mixed(part) for part in (local, *domain.split("."))):
            return BadAddress(_one_line(text), "it mixes letters of several scripts")
    return found


def _is_mixed(text: str) -> bool:
    scripts = {unicodedata.name(c, "").partition(" ")[0] for c in text if c.isalpha()}
    return len(scripts) > 1 and not any(scripts <= mixture for mixture in MIXTURES)


def _address(local: str, domain: str) -> Address:
    return Address(f"{local}@{domain}", f"{local.lower()}@{domain}")


@functools.lru_cache(maxsize=10_000)
def _domain(name: str) -> str | None:
    """The domain in A-labels, or None for one that is wrong; most readers share a few."""
    try:
        return validate_email(f"x@{name}", check_deliverability=False, strict=True).ascii_domain
    except EmailNotValidError:
        return None


def _one_line(text: str) -> str:
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}…"


def _small(sentence: str) -> str:
    """The library's sentence as a part of ours."""
    return sentence[:1].lower() + sentence[1:].rstrip(".")
