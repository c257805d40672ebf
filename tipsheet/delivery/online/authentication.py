"""SPF, DKIM and DMARC: who may send for a domain, who signs, and how receivers treat the rest.

DMARC is RFC 9989, which replaces RFC 7489: the organizational domain is found in DNS, by walking up the names (4.10),
no more in a list of public suffixes.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from tipsheet.delivery.dkim import MIN_BITS, Signer, disbelief, marked_as_test, read_signers
from tipsheet.delivery.online import spf
from tipsheet.delivery.online.lookups import Lookups, Online, SendingHost, addresses_of, is_nobodys
from tipsheet.delivery.readiness import Finding, domain_of, error, good, warning

__all__ = [
    "POLICIES", "REMOVED", "Discovery", "DmarcRecord", "aligned", "alignment", "discover", "dkim_keys",
    "dmarc_record", "organizational_domain", "records_at", "reports_welcome", "spf_record", "walk",
]  # fmt: skip


POLICIES = ("none", "quarantine", "reject")
REMOVED = ("pct", "rf", "ri")
"""Tags of RFC 7489 that mean nothing any more (RFC 9989, appendix C)."""

MOST_LABELS = 8
"""Names of more labels are cut to one less after the first question (RFC 9989, 4.10)."""

_version = re.compile(r"v[ \t]*=[ \t]*DMARC1[ \t]*(?:;|$)").match


@dataclass(frozen=True, slots=True, kw_only=True)
class DmarcRecord:
    """A record, its tags by their names in small letters."""

    domain: str
    tags: Mapping[str, str]

    @property
    def psd(self) -> str:
        """``y`` for a public suffix, ``n`` for none, ``u`` where the names above decide."""
        return self.tags.get("psd", "u").lower()

    @property
    def report_addresses(self) -> tuple[str, ...]:
        """The mail addresses of ``rua``, to which reports go, without the obsolete limit of size."""
        uris = (uri.strip() for uri in self.tags.get("rua", "").split(","))
        found = (re.fullmatch(r"mailto:([^\s@!]+@[^\s@!]+)(?:![0-9]+[kmgt]?)?", uri, re.IGNORECASE) for uri in uris)
        return tuple(match[1] for match in found if match)

    @property
    def counts(self) -> bool:
        """True if receivers act on it: its policies can be read, or it asks for reports (RFC 9989, 4.10.1)."""
        named = [self.tags[name].lower() for name in ("sp", "np") if name in self.tags]
        return bool(self.report_addresses) or all(
            value in POLICIES for value in [self.tags.get("p", "").lower(), *named]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """The record that receivers find for the domain in From, and the ``policy`` for forged letters."""

    record: DmarcRecord
    policy: str


def records_at(lookups: Lookups, domain: str) -> tuple[DmarcRecord, ...]:
    """All records of one domain; of several none counts."""
    texts = lookups.txt(f"_dmarc.{domain}")
    return tuple(DmarcRecord(domain=domain, tags=_tags_in(text)) for text in texts if _version(text))


def _tags_in(text: str) -> Mapping[str, str]:
    pairs = (part.partition("=") for part in text.split(";") if "=" in part)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _targets(domain: str) -> list[str]:
    """The names that are asked, from the domain to the top one."""
    labels = domain.lower().split(".")
    above = labels[1:] if len(labels) < MOST_LABELS else labels[-(MOST_LABELS - 1) :]
    return [domain.lower(), *(".".join(above[start:]) for start in range(len(above)))]


def walk(lookups: Lookups, domain: str) -> tuple[DmarcRecord, ...]:
    """The records that count on the way up from a domain, it included (RFC 9989, 4.10)."""
    found: list[DmarcRecord] = []
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
    """True if DMARC takes two domains for the same: equal, or unless ``strict`` of one organizational domain."""
    if one.lower() == other.lower() or strict:
        return one.lower() == other.lower()
    return organizational_domain(lookups, one) == organizational_domain(lookups, other)


def reports_welcome(lookups: Lookups, domain: str, address: str) -> bool:
    """True if reports about a domain may go to an address: one of its own, or one that says so (RFC 9990, 4)."""
    host = address.rpartition("@")[2]
    if aligned(lookups, domain, host, strict=False):
        return True
    return any(_version(text) for text in lookups.txt(f"{domain}._report._dmarc.{host}"))


RELAYS: Mapping[str, str] = {
    "amazonaws.com": "amazonses.com",
    "fastmail.com": "spf.messagingengine.com",
    "gmail.com": "_spf.google.com",
    "mailgun.org": "mailgun.org",
    "mailjet.com": "spf.mailjet.com",
    "mandrillapp.com": "spf.mandrillapp.com",
    "office365.com": "spf.protection.outlook.com",
    "sendgrid.net": "sendgrid.net",
}
"""What SPF has to include for letters that leave through a provider, by the domain of its mail server."""


def spf_record(online: Online) -> Iterator[Finding]:
    """The SPF record of the domain that letters return to: one, readable, with few lookups, our host in it."""
    if is_nobodys(online):
        return
    fail = partial(error, "SPF")
    try:
        seen = spf.survey(online.lookups, online.envelope)
        if seen is None:
            hint = "publish a TXT record there like “v=spf1 mx -all”; who sends for you says what to include"
            yield fail(f"{online.envelope}, which letters return to, has no SPF record", hint)
            return
        for fault in seen.faults:
            hint = "receivers take this for a permanent error, as if nobody might send: mend or shorten the record"
            yield fail(f"the SPF record of {online.envelope}: {fault}", hint)
        yield from _spf_ends(online.envelope, seen)
        if not seen.faults:
            yield from _spf_host(online, seen)
    except spf.SpfError as wrong:
        yield fail(str(wrong), "receivers take this for a permanent error, as if nobody might send: mend the record")


def _spf_ends(domain: str, seen: spf.Survey) -> Iterator[Finding]:
    if seen.rest is spf.SpfResult.PASS:
        yield error("SPF", f"the SPF record of {domain} lets everybody send (+all)", "end it in -all or ~all")
    elif seen.rest is spf.SpfResult.NEUTRAL:
        message = f"the SPF record of {domain} says nothing of other hosts (it ends in neither -all nor ~all)"
        yield warning("SPF", message, "end it in ~all, and in -all when nothing of yours fails any more")
    if seen.ptr:
        hint = "name the hosts by a:, mx or ip4: instead; RFC 7208 asks not to use ptr"
        yield warning("SPF", f"the SPF record of {domain} uses ptr, which receivers may pass over", hint)


def _spf_host(online: Online, seen: spf.Survey) -> Iterator[Finding]:
    """Say of the sending host what the record says, as far as it can be told from here."""
    host, domain = online.host, online.envelope
    if host is None:
        yield good("SPF", f"{domain} has a record of {seen.lookups} lookups; who sends by it cannot be told from here")
        return
    needed = next((needs for relay, needs in RELAYS.items() if f".{host.name}".endswith(f".{relay}")), "")
    if needed and not any(f".{included}".endswith(f".{needed}") for included in seen.names):
        hint = f"add include:{needed} to it, unless letters return to a domain of the provider's"
        yield warning("SPF", f"the SPF record of {domain} does not include {needed}, through which you send", hint)
    elif needed:
        yield good("SPF", f"{domain} includes {needed}, through which you send; {seen.lookups} lookups")
    else:
        yield from _spf_verdict(online, host, seen)


def _spf_verdict(online: Online, host: SendingHost, seen: spf.Survey) -> Iterator[Finding]:
    domain = online.envelope
    said = {str(at): spf.verdict(online.lookups, domain, at) for at in addresses_of(online, host)}
    outside = [at for at, verdict in said.items() if verdict not in {spf.SpfResult.PASS, spf.SpfResult.UNCLEAR}]
    if outside and host.ours:
        message = f"the SPF record of {domain} does not let {host.name} ({', '.join(outside)}) send"
        yield (error if host.local else warning)("SPF", message, f"add ip4: or ip6: of it, or a:{host.name}")
    elif outside or not said:
        message = f"it cannot be told from here whether SPF of {domain} lets letters through {host.name} pass"
        hint = "ask who runs it what to include; a test to yourself (--to) shows spf=pass in Authentication-Results"
        yield warning("SPF", message, hint)
    else:
        unclear = "; a macro decides for some" if spf.SpfResult.UNCLEAR in said.values() else ""
        yield good("SPF", f"{domain} lets {host.name} send; {seen.lookups} lookups{unclear}")


def dkim_keys(online: Online) -> Iterator[Finding]:
    """The public keys in DNS: the same as ours where we sign; elsewhere, what cannot be told from here."""
    signers = read_signers(online.facts.settings.delivery, online.facts.sender, online.facts.environ)
    if not signers:
        words = "whether the mail server signs cannot be told from here: a test to yourself (--to) shows dkim=pass"
        yield good("DKIM", f"letters are not signed by tipsheet; {words}")
    for signer in signers:
        yield from _published(online, signer)
    if signers and all(signer.algorithm == "ed25519" for signer in signers):
        hint = "add a second signature with an RSA key of 2048 bits"
        yield warning("DKIM", "letters are signed with Ed25519 alone, which many receivers cannot check", hint)


def _published(online: Online, signer: Signer) -> Iterator[Finding]:
    fail = partial(error, "DKIM")
    publish = f'publish there the TXT record "{signer.record}"'
    texts = [text for text in online.lookups.txt(signer.name) if "p=" in text.replace(" ", "")]
    if len(texts) != 1:
        count = f"{len(texts)} keys" if texts else "no key"
        yield fail(f"DNS has {count} at {signer.name}, with which letters are signed", publish)
        return
    if wrong := disbelief(texts[0], signer):
        yield fail(f"the key at {signer.name} {wrong}, so that no signature is believed", publish)
        return
    if marked_as_test(texts[0]):
        yield warning("DKIM", f"the key at {signer.name} is marked as a test (t=y)", "take t=y out of the record")
    size = f"RSA of {MIN_BITS} bits or more" if signer.algorithm == "rsa" else "Ed25519"
    yield good("DKIM", f"the key at {signer.name} is ours: {size}")


def dmarc_record(online: Online) -> Iterator[Finding]:
    """The DMARC record of the domain in From, found as RFC 9989 says: by walking up its names."""
    if is_nobodys(online):
        return
    fail, domain = partial(error, "DMARC"), online.author
    own = records_at(online.lookups, domain)
    if len(own) > 1:
        yield fail(f"{domain} has {len(own)} DMARC records, so that none of them counts", "leave one of them")
        return
    found = discover(online.lookups, domain)
    if found is None:
        strays = [text for text in online.lookups.txt(f"_dmarc.{domain}") if "dmarc" in text.lower()]
        odd = "; a record there does not begin with v=DMARC1" if strays else ""
        hint = f'publish at _dmarc.{domain} a TXT record "v=DMARC1; p=none; rua=mailto:…", and see what reports say'
        yield fail(f"no DMARC record speaks for {domain}{odd}: Gmail and Yahoo refuse bulk mail without", hint)
        return
    record, place = found.record, f"the DMARC record at _dmarc.{found.record.domain}"
    if not record.counts:
        hint = "write p=none, p=quarantine or p=reject, and the same words for sp and np"
        yield fail(f"{place} has no policy that can be read, so that receivers pass over it", hint)
        return
    yield from _dmarc_tags(record, place)
    yield from _dmarc_reports(online, record, place)
    above = "" if record.domain == domain else f", from {record.domain}"
    yield good("DMARC", f"receivers are asked to treat forged letters of {domain} by “{found.policy}”{above}")


def _dmarc_tags(record: DmarcRecord, place: str) -> Iterator[Finding]:
    values = {
        "p": POLICIES,
        "sp": POLICIES,
        "np": POLICIES,
        "adkim": ("r", "s"),
        "aspf": ("r", "s"),
    }
    values |= {"psd": ("y", "n", "u"), "t": ("y", "n")}
    for name, known in values.items():
        if name in record.tags and record.tags[name].lower() not in known:
            message = f"{place} has {name}={record.tags[name]}, which means nothing"
            yield warning("DMARC", message, f"write one of {', '.join(known)}, or leave it out")
    if "p" not in record.tags:
        hint = "write p=none; older receivers pass over a record without"
        yield warning("DMARC", f"{place} has no p=", hint)
    if removed := [name for name in REMOVED if name in record.tags]:
        hint = "take it out; for a trial there is t=y"
        yield warning("DMARC", f"{place} has {', '.join(removed)}, which RFC 9989 has removed", hint)
    if record.psd == "y":
        hint = "take psd=y out; for a domain that answers for itself there is psd=n"
        yield warning("DMARC", f"{place} says psd=y, which is for registries: names below it stand alone", hint)


def _dmarc_reports(online: Online, record: DmarcRecord, place: str) -> Iterator[Finding]:
    written = [uri.strip() for uri in record.tags.get("rua", "").split(",") if uri.strip()]
    if len(written) > len(record.report_addresses):
        hint = "write rua=mailto:reports@your.domain; several with commas"
        yield warning("DMARC", f"{place} has a rua that is no mailto: address, so that no report comes", hint)
    for host in sorted({domain_of(address) for address in record.report_addresses}):
        if not reports_welcome(online.lookups, record.domain, f"any@{host}"):
            hint = f'they publish the TXT record "v=DMARC1" at {record.domain}._report._dmarc.{host}'
            yield warning("DMARC", f"{place} sends reports to {host}, which does not say that it takes them", hint)


def alignment(online: Online) -> Iterator[Finding]:
    """The domains in From, in the envelope and of signatures: one of the last two has to be the first, to DMARC."""
    if is_nobodys(online) or (found := discover(online.lookups, online.author)) is None:
        return
    author, tags = online.author, found.record.tags
    strict_spf, strict_dkim = (tags.get(name, "r").lower() == "s" for name in ("aspf", "adkim"))
    by_spf = aligned(online.lookups, author, online.envelope, strict=strict_spf)
    signing = {one.domain or author for one in online.facts.settings.delivery.dkim}
    by_dkim = [name for name in signing if aligned(online.lookups, author, name, strict=strict_dkim)]
    strict = " to the letter (strict)" if (strict_spf and not by_spf) or (strict_dkim and not by_dkim) else ""
    apart = f"From is at {author}, and letters return to {online.envelope}, which DMARC takes for another{strict}"
    if by_spf and (by_dkim or not signing):
        more = f", and signatures are of {', '.join(sorted(by_dkim))}" if by_dkim else ""
        yield good("alignment", f"From is at {author}, letters return to {online.envelope}{more}")
    elif by_spf:
        message = f"signatures are of {', '.join(sorted(signing))}, which DMARC does not take for {author}{strict}"
        yield warning("alignment", message, f"sign for {author}: delivery: dkim: domain:")
    elif by_dkim:
        hint = "set delivery: bounces: to an address at the domain in From, so that SPF counts as well"
        yield warning("alignment", apart, hint)
    elif signing:
        hint = f"set delivery: bounces: to an address at {author}, or sign for it: delivery: dkim: domain:"
        yield error("alignment", f"{apart}; so are signatures of {', '.join(sorted(signing))}", hint)
    else:
        hint = f"set delivery: bounces: to an address at {author}, or make sure that the mail server signs for {author}"
        yield warning("alignment", apart, hint)
