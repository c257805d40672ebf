"""Rates: whether a message may go now, over all and to one recipient domain.

A bucket of tokens is one moment, as in the generic cell rate algorithm (ITU-T I.371): when it will
be full again. A message moves that moment on by the time between two; it may go while the moment
is no further away than the bucket is deep. Moments are seconds on whatever clock the caller reads.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

__all__ = ["ALL", "BURST", "Moments", "Rates", "taken", "wait"]

ALL = "*"
"""Stands for the sum of all domains."""

BURST = 1.0
"""Seconds that a rate may run ahead: so much of it may go at once after a pause."""

Moments = Mapping[str, float]
"""When each bucket will be full again, by domain; one that is not there is full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Messages a second at most; None is any number. ``named`` are domains with a rate of their own."""

    overall: float | None = None
    each: float | None = None
    named: Mapping[str, float] = field(default_factory=dict)

    def gaps(self, domain: str) -> Iterator[tuple[str, float]]:
        """The buckets that a message to this domain takes from, with the seconds between two messages."""
        if self.overall is not None:
            yield ALL, 1 / self.overall
        own = self.named.get(domain, self.each)
        if own is not None:
            yield domain, 1 / own


def wait(rates: Rates, domain: str, full: Moments, now: float) -> float:
    """Seconds until a message to this domain may go; 0 when it may go now."""
    waits = (full.get(name, now) + gap - max(BURST, gap) - now for name, gap in rates.gaps(domain))
    return max(0.0, *waits, 0.0)


def taken(rates: Rates, domain: str, full: Moments, now: float) -> dict[str, float]:
    """The moments that a message which goes now has moved."""
    return {name: max(full.get(name, now), now) + gap for name, gap in rates.gaps(domain)}
