"""DMARC (RFC 9989, which replaces RFC 7489): the record that speaks for a domain, found by walking up its names.

The organizational domain is found in DNS, no more in a list of public suffixes: section 4.10.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tipsheet.delivery.online.lookups import Lookups

__all__ = [
    "POLICIES",
    "REMOVED",
    "Discovery",
    "Record",
    "aligned",
    "discover",
    "organizational_domain",
    "records_at",
    "reports_welcome",
    "walk",
]

POLICIES = ("none", "quarantine", "reject")
REMOVED = ("pct", "rf", "ri")
"""Tags of RFC 7489 that mean nothing any more (RFC 9989, appendix C)."""

MOST_LABELS = 8
"""Names of more labels are cut to one less after the first question (RFC 9989, 4.10)."""

_version = re.compile(r"v[ \t]*=[ \t]*DMARC1[ \t]*(?:;|$)").match


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record, its tags by their names in small letters."""

    domain: str
    tags: Mapping[str, str]

    @property
    def psd(self) -> str:
        """``y`` for a public suffix, ``n`` for none, ``u`` where the names above decide."""
        return self.tags.get("psd", "u").lower()

    @property
    def report_addresses(self) -> tuple[str, ...]:
        """Where summaries go: the addresses of ``rua`` that are mail addresses, without an old limit of size."""
        uris = (uri.strip() for uri in self.tags.get("rua", "").split(","))
        found = (re.fullmatch(r"mailto:([^\s@!]+@[^\s@!]+)(?:![0-9]+[kmgt]?)?", uri, re.IGNORECASE) for uri in uris)
        return tuple(match[1] for match in found if match)

    @property
    def counts(self) -> bool:
        """Whether receivers act on it: its policies can be read, or reports are asked for (RFC 9989, 4.10.1)."""
        named = [self.tags[name].lower() for name in ("sp", "np") if name in self.tags]
        return bool(self.report_addresses) or all(
            value in POLICIES for value in [self.tags.get("p", "").lower(), *named]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What receivers find for the domain in From; ``policy`` is what they are asked to do with forged letters."""

    record: Record
    policy: str


def records_at(lookups: Lookups, domain: str) -> tuple[Record, ...]:
    """All records of one domain; of several none counts."""
    texts = lookups.txt(f"_dmarc.{domain}")
    return tuple(Record(domain=domain, tags=_tags(text)) for text in texts if _version(text))


def _tags(text: str) -> Mapping[str, str]:
    pairs = (part.partition("=") for part in text.split(";") if "=" in part)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _targets(domain: str) -> list[str]:
    """The names that are asked, from the domain to the top one."""
    labels = domain.lower().split(".")
    above = labels[1:] if len(labels) < MOST_LABELS else labels[-(MOST_LABELS - 1) :]
    return [domain.lower(), *(".".join(above[start:]) for start in range(len(above)))]


def walk(lookups: Lookups, domain: str) -> tuple[Record, ...]:
    """The records that count on the way up from a domain, it included (RFC 9989, 4.10)."""
    found: list[Record] = []
    for target in _targets(domain):
        records = records_at(lookups, target)
        found += records if len(records) == 1 else ()
        if len(records) == 1 and records[0].psd in {"y", "n"}:
            break
    return tuple(found)


def organizational_domain(lookups: Lookups, domain: str) -> str:
    """The domain that answers for this one (RFC 9989, 4.10.2)."""
    records = walk(lookups, domain)
    for record in records:
        if record.psd == "n":
            return record.domain
        if record.psd == "y" and record.domain != domain.lower():
            below = domain.lower().removesuffix(f".{record.domain}").split(".")[-1]
            return f"{below}.{record.domain}"
    return records[-1].domain if records else domain.lower()


def discover(lookups: Lookups, domain: str) -> Discovery | None:
    """The record that is applied to letters from a domain: its own, that above it, that of the public suffix."""
    records = {record.domain: record for record in walk(lookups, domain)}
    suffix = next((record for record in records.values() if record.psd == "y"), None)
    record = records.get(domain.lower()) or records.get(organizational_domain(lookups, domain)) or suffix
    if record is None:
        return None
    names = ["p"]
    if record.domain != domain.lower():
        names = ["sp", "p"] if lookups.exists(domain) else ["np", "sp", "p"]
    chosen = next((record.tags[name].lower() for name in names if name in record.tags), "none")
    return Discovery(record=record, policy=chosen if chosen in POLICIES else "none")


def aligned(lookups: Lookups, one: str, other: str, *, strict: bool) -> bool:
    """Whether two domains are the same to DMARC: equal, or unless ``strict`` of one organizational domain."""
    if one.lower() == other.lower() or strict:
        return one.lower() == other.lower()
    return organizational_domain(lookups, one) == organizational_domain(lookups, other)


def reports_welcome(lookups: Lookups, domain: str, address: str) -> bool:
    """Whether reports about a domain may go to an address: one of its own, or one that says so (RFC 9990, 4)."""
    host = address.rpartition("@")[2]
    if aligned(lookups, domain, host, strict=False):
        return True
    return any(_version(text) for text in lookups.txt(f"{domain}._report._dmarc.{host}"))
