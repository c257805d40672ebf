"""Who may send for a domain, who signs, and what receivers are asked to do with the rest: SPF, DKIM, DMARC."""

from collections.abc import Iterator, Mapping
from functools import partial

from tipsheet.delivery.dkim import MIN_BITS, Signer, disbelief, marked_as_test, read_signers
from tipsheet.delivery.online import dmarc, spf
from tipsheet.delivery.online.facts import Online, SendingHost, addresses_of, is_nobodys
from tipsheet.delivery.readiness import Finding, domain_of, error, good, warning

__all__ = ["alignment", "dkim_keys", "dmarc_record", "spf_record"]

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
    if seen.rest is spf.Verdict.PASS:
        yield error("SPF", f"the SPF record of {domain} lets everybody send (+all)", "end it in -all or ~all")
    elif seen.rest is spf.Verdict.NEUTRAL:
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
    outside = [at for at, verdict in said.items() if verdict not in {spf.Verdict.PASS, spf.Verdict.UNCLEAR}]
    if outside and host.ours:
        message = f"the SPF record of {domain} does not let {host.name} ({', '.join(outside)}) send"
        yield (error if host.local else warning)("SPF", message, f"add ip4: or ip6: of it, or a:{host.name}")
    elif outside or not said:
        message = f"it cannot be told from here whether SPF of {domain} lets letters through {host.name} pass"
        hint = "ask who runs it what to include; a test to yourself (--to) shows spf=pass in Authentication-Results"
        yield warning("SPF", message, hint)
    else:
        unclear = "; a macro decides for some" if spf.Verdict.UNCLEAR in said.values() else ""
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
    own = dmarc.records_at(online.lookups, domain)
    if len(own) > 1:
        yield fail(f"{domain} has {len(own)} DMARC records, so that none of them counts", "leave one of them")
        return
    found = dmarc.discover(online.lookups, domain)
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


def _dmarc_tags(record: dmarc.Record, place: str) -> Iterator[Finding]:
    values = {"p": dmarc.POLICIES, "sp": dmarc.POLICIES, "np": dmarc.POLICIES, "adkim": ("r", "s"), "aspf": ("r", "s")}
    values |= {"psd": ("y", "n", "u"), "t": ("y", "n")}
    for name, known in values.items():
        if name in record.tags and record.tags[name].lower() not in known:
            message = f"{place} has {name}={record.tags[name]}, which means nothing"
            yield warning("DMARC", message, f"write one of {', '.join(known)}, or leave it out")
    if "p" not in record.tags:
        hint = "write p=none; older receivers pass over a record without"
        yield warning("DMARC", f"{place} has no p=", hint)
    if removed := [name for name in dmarc.REMOVED if name in record.tags]:
        hint = "take it out; for a trial there is t=y"
        yield warning("DMARC", f"{place} has {', '.join(removed)}, which RFC 9989 has removed", hint)
    if record.psd == "y":
        hint = "take psd=y out; for a domain that answers for itself there is psd=n"
        yield warning("DMARC", f"{place} says psd=y, which is for registries: names below it stand alone", hint)


def _dmarc_reports(online: Online, record: dmarc.Record, place: str) -> Iterator[Finding]:
    written = [uri.strip() for uri in record.tags.get("rua", "").split(",") if uri.strip()]
    if len(written) > len(record.report_addresses):
        hint = "write rua=mailto:reports@your.domain; several with commas"
        yield warning("DMARC", f"{place} has a rua that is no mailto: address, so that no report comes", hint)
    for host in sorted({domain_of(address) for address in record.report_addresses}):
        if not dmarc.reports_welcome(online.lookups, record.domain, f"any@{host}"):
            hint = f'they publish the TXT record "v=DMARC1" at {record.domain}._report._dmarc.{host}'
            yield warning("DMARC", f"{place} sends reports to {host}, which does not say that it takes them", hint)


def alignment(online: Online) -> Iterator[Finding]:
    """The domains in From, in the envelope and of signatures: one of the last two has to be the first, to DMARC."""
    if is_nobodys(online) or (found := dmarc.discover(online.lookups, online.author)) is None:
        return
    author, tags = online.author, found.record.tags
    strict_spf, strict_dkim = (tags.get(name, "r").lower() == "s" for name in ("aspf", "adkim"))
    by_spf = dmarc.aligned(online.lookups, author, online.envelope, strict=strict_spf)
    signing = {one.domain or author for one in online.facts.settings.delivery.dkim}
    by_dkim = [name for name in signing if dmarc.aligned(online.lookups, author, name, strict=strict_dkim)]
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
