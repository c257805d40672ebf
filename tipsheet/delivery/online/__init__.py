"""Checks of a publication's mail from outside: what `tipsheet doctor --online` asks DNS and servers.

One function a subject, and a line in the table `EXAMINATIONS`, as in `tipsheet.delivery.readiness`.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

from tipsheet.delivery.online.authentication import alignment, dkim_keys, dmarc_record, spf_record
from tipsheet.delivery.online.hosts import certificates, exchangers, one_click, reverse_names
from tipsheet.delivery.online.lookups import LookupFailedError, Online, sending_host
from tipsheet.delivery.readiness import Finding, error, examined
from tipsheet.errors import TipsheetError

__all__ = ["EXAMINATIONS", "Online", "examine_online"]

EXAMINATIONS: Mapping[str, Callable[[Online], Iterator[Finding]]] = {
    "SPF": spf_record,
    "DKIM": dkim_keys,
    "DMARC": dmarc_record,
    "alignment": alignment,
    "reverse DNS": reverse_names,
    "certificates": certificates,
    "MX": exchangers,
    "one click": one_click,
}


def examine_online(online: Online) -> tuple[Finding, ...]:
    """Everything that was found, in order; where DNS cannot be asked at all, that alone."""
    try:
        online.lookups.reach()
    except LookupFailedError:
        hint = "connect to the network, or name a server of DNS with --resolver"
        message = "DNS cannot be asked, so that nothing was looked at online"
        return (error("network", message, hint),)
    with suppress(TipsheetError):  # told by the examination of the mail server, which asks it in the same way
        online = replace(online, host=sending_host(online))
    return examined(EXAMINATIONS, online)
