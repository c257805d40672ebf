"""The Sender Policy Framework (RFC 7208): which hosts may send for a domain, as its record in DNS says it.

Macros (section 7) depend on a message, so that a term with one is counted and not evaluated.
"""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from tipsheet.delivery.online.lookups import IPAddress, Lookups

__all__ = ["MOST_LOOKUPS", "Policy", "SpfError", "SpfResult", "Survey", "Term", "policy_of", "survey", "verdict"]

MOST_LOOKUPS, MOST_VOIDS, MOST_HOSTS = 10, 2, 10
"""Terms that ask DNS, empty answers among them, and MX or PTR names in one, at most (RFC 7208, 4.6.4)."""

_ASKING = frozenset({"include", "a", "mx", "ptr", "exists"})
_NEEDS_DOMAIN = frozenset({"include", "exists"})
_term = re.compile(
    r"(?P<sign>[+?~-]?)(?P<kind>all|include|a|mx|ptr|ip4|ip6|exists)(?P<rest>[:/].*)?", re.IGNORECASE
).fullmatch
_modifier = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9_.-]*)=(?P<value>.*)").fullmatch
_rest = re.compile(r"(?::(?P<domain>[^/]*))?(?:/(?P<four>\d{1,2}))?(?://(?P<six>\d{1,3}))?").fullmatch


class SpfError(ValueError):
    """A record that receivers take for a permanent error, so that no letter passes."""


class SpfResult(StrEnum):
    """The result of a check (RFC 7208, 2.6); `UNCLEAR` if a macro decides."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    NONE = "none"
    UNCLEAR = "unclear"


_SIGNS = {"": SpfResult.PASS, "+": SpfResult.PASS, "-": SpfResult.FAIL, "~": SpfResult.SOFTFAIL, "?": SpfResult.NEUTRAL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A mechanism: what it says of whom it matches. ``bits`` are the lengths of prefixes for IPv4 and IPv6."""

    says: SpfResult
    kind: str
    domain: str = ""
    bits: tuple[int, int] = (32, 128)

    @property
    def macro(self) -> bool:
        """True if its domain is made from the message."""
        return "%" in self.domain


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A record: its terms in order, and the domain whose record counts when none matches."""

    terms: tuple[Term, ...]
    redirect: str = ""


def policy_of(lookups: Lookups, domain: str) -> Policy | None:
    """The record of a domain, if it has one; raises SpfError for two and for one that cannot be read."""
    records = [text for text in lookups.txt(domain) if re.match(r"v=spf1(?: |$)", text, re.IGNORECASE)]
    if len(records) > 1:
        raise SpfError(f"{domain} has {len(records)} SPF records, so that none of them counts")
    return _read(records[0], domain) if records else None


def _read(text: str, domain: str) -> Policy:
    terms, redirects = [], []
    for word in text.split()[1:]:
        term, modifier = _term(word), _modifier(word)
        if term:
            terms.append(_term_of(term, word, domain))
        elif modifier and modifier["name"].lower() == "redirect":
            redirects.append(modifier["value"])
        elif not modifier:
            raise SpfError(f"the SPF record of {domain} holds '{word}', which is no term of it")
    if len(redirects) > 1:
        raise SpfError(f"the SPF record of {domain} has redirect= more than once")
    return Policy(terms=tuple(terms), redirect=redirects[0] if redirects else "")


def _term_of(found: re.Match[str], word: str, domain: str) -> Term:
    kind, rest = found["kind"].lower(), found["rest"] or ""
    says = _SIGNS[found["sign"]]
    wrong = SpfError(f"the SPF record of {domain} holds '{word}', which cannot be read")
    if kind in {"ip4", "ip6"}:
        try:
            network = ipaddress.ip_network(rest.removeprefix(":"), strict=False)
        except ValueError:
            raise wrong from None
        if network.version != int(kind[-1]):
            raise wrong
        return Term(says=says, kind=kind, domain=str(network))
    parts = _rest(rest)
    if parts is None or (kind == "all" and rest) or (kind in _NEEDS_DOMAIN and not parts["domain"]):
        raise wrong
    bits = int(parts["four"] or 32), int(parts["six"] or 128)
    if bits[0] > 32 or bits[1] > 128 or parts["domain"] == "":  # noqa: PLR2004 - of an address
        raise wrong
    return Term(says=says, kind=kind, domain=parts["domain"] or "", bits=bits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Facts about a record and all that it includes, whoever sends.

    ``rest`` is said of whom no term matches, ``names`` are the domains that it includes.
    """

    lookups: int
    faults: tuple[str, ...]
    names: frozenset[str]
    rest: SpfResult
    ptr: bool


@dataclass(slots=True)
class _Survey:
    """Collects while it descends."""

    asked: Lookups
    lookups: int = 0
    voids: int = 0
    faults: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    ptr: bool = False

    def descend(self, domain: str, above: tuple[str, ...]) -> Policy | None:
        """Look at the record of a domain, and at those that it names."""
        policy = policy_of(self.asked, domain)
        for term in policy.terms if policy else ():
            self._count(term, domain, (*above, domain.lower()))
        if policy and policy.redirect and not _has_all(policy):
            self._named(policy.redirect, "redirect=", (*above, domain.lower()))
        return policy

    def _count(self, term: Term, domain: str, above: tuple[str, ...]) -> None:
        if term.kind == "include":
            self._named(term.domain, "include:", above)
        elif term.kind in _ASKING:
            self.lookups += 1
            self.ptr |= term.kind == "ptr"
            if term.kind in {"a", "mx"} and not term.macro:
                self._hosts(term, term.domain or domain)

    def _named(self, name: str, word: str, above: tuple[str, ...]) -> None:
        self.lookups += 1
        if "%" in name or self.lookups > 3 * MOST_LOOKUPS:  # a record may name others without end
            return
        if name.lower() in above:
            self.faults.append(f"{word}{name} leads back to itself")
            return
        self.names.add(name.lower())
        if self.descend(name, above) is None:
            self.faults.append(f"{word}{name} names a domain that has no SPF record")

    def _hosts(self, term: Term, name: str) -> None:
        if term.kind == "a":
            found = len(self.asked.addresses(name))
        else:
            found = len(self.asked.exchangers(name))
            if found > MOST_HOSTS:
                self.faults.append(f"{name} has {found} MX records, of which SPF takes {MOST_HOSTS}")
        self.voids += not found


def survey(lookups: Lookups, domain: str) -> Survey | None:
    """Look over the record of a domain; None where there is none.

    Raises SpfError for a record that cannot be read, LookupFailedError where DNS fails.
    """
    seen = _Survey(lookups)
    policy = seen.descend(domain, ())
    if policy is None:
        return None
    if seen.lookups > MOST_LOOKUPS:
        seen.faults.append(f"it needs {seen.lookups} questions to DNS, and receivers ask {MOST_LOOKUPS}")
    if seen.voids > MOST_VOIDS:
        seen.faults.append(f"{seen.voids} of its names have no address, and receivers bear {MOST_VOIDS}")
    rest = _rest_of(lookups, policy, ())
    return Survey(lookups=seen.lookups, faults=tuple(seen.faults), names=frozenset(seen.names), rest=rest, ptr=seen.ptr)


def _has_all(policy: Policy) -> bool:
    return any(term.kind == "all" for term in policy.terms)


def _rest_of(lookups: Lookups, policy: Policy, above: tuple[str, ...]) -> SpfResult:
    """The result for hosts that no other term matches."""
    for term in policy.terms:
        if term.kind == "all":
            return term.says
    if not policy.redirect or "%" in policy.redirect or policy.redirect in above or len(above) > MOST_LOOKUPS:
        return SpfResult.NEUTRAL
    other = policy_of(lookups, policy.redirect)
    return _rest_of(lookups, other, (*above, policy.redirect)) if other else SpfResult.NEUTRAL


def verdict(lookups: Lookups, domain: str, address: IPAddress, depth: int = 0) -> SpfResult:
    """The result for a host that sends for a domain, by its record (RFC 7208, 4.6).

    Raises SpfError for a permanent error, LookupFailedError where DNS fails.
    """
    if depth > MOST_LOOKUPS:
        raise SpfError(f"records that {domain} names lead on without end")
    policy = policy_of(lookups, domain)
    if policy is None:
        return SpfResult.NONE
    unclear = False
    for term in policy.terms:
        matches = None if term.macro else _matches(lookups, term, domain, address, depth)
        unclear |= matches is None
        if matches and (not unclear or term.says is SpfResult.PASS):
            return term.says
    if unclear:
        return SpfResult.UNCLEAR
    if policy.redirect:
        return SpfResult.UNCLEAR if "%" in policy.redirect else _included(lookups, policy.redirect, address, depth)
    return SpfResult.NEUTRAL


def _matches(lookups: Lookups, term: Term, domain: str, address: IPAddress, depth: int) -> bool | None:
    """True if a term matches; None if that cannot be known."""
    name = term.domain or domain
    match term.kind:
        case "all":
            return True
        case "ip4" | "ip6":
            return address in ipaddress.ip_network(term.domain)
        case "include":
            said = _included(lookups, name, address, depth)
            return None if said is SpfResult.UNCLEAR else said is SpfResult.PASS
        case "exists":
            return bool([found for found in lookups.addresses(name) if found.version == 4])  # noqa: PLR2004 - RFC 7208, 5.7
        case "ptr":
            return any(_below(host, name) and address in lookups.addresses(host) for host in lookups.reverse(address))
        case _:
            return any(address in network for network in _networks(lookups, term, name))


def _included(lookups: Lookups, name: str, address: IPAddress, depth: int) -> SpfResult:
    said = verdict(lookups, name, address, depth + 1)
    if said is SpfResult.NONE:
        raise SpfError(f"{name}, which the record names, has no SPF record")
    return said


def _networks(lookups: Lookups, term: Term, name: str) -> Iterator[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    hosts = [name] if term.kind == "a" else [host for _, host in lookups.exchangers(name)[:MOST_HOSTS]]
    for found in (address for host in hosts for address in lookups.addresses(host)):
        yield ipaddress.ip_network(f"{found}/{term.bits[found.version == 6]}", strict=False)  # noqa: PLR2004 - IPv6


def _below(host: str, domain: str) -> bool:
    return f".{host}".lower().endswith(f".{domain.lower()}")
