"""When sending stops by itself: too much of what went out last came back.

A wave of refusals is a message to the sender, not about single readers: a bad list, a broken
configuration, a block. Going on makes each of them worse.
"""

from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum

__all__ = ["Breaker", "Limits", "Outcome"]


class Outcome(StrEnum):
    """What the server made of a message, for whoever looks at many."""

    TAKEN = "taken"
    DELAYED = "put off (4xx)"
    FAILED = "refused (5xx)"
    POLICY = "refused for what we are or wrote (5.7.x)"


LEAST = 20
"""So many outcomes have to be known; a share of three messages says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Shares of the last ``window`` messages at which sending stops; see `tipsheet.settings.BreakerSettings`."""

    window: int = 100
    delayed: float = 0.5
    failed: float = 0.3
    policy: float = 0.1

    def share(self, outcome: Outcome) -> float:
        """The share at which sending stops; a policy refusal is a refusal too."""
        shares = {Outcome.DELAYED: self.delayed, Outcome.FAILED: self.failed, Outcome.POLICY: self.policy}
        return shares[outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """The last outcomes of a run, the newest last."""

    limits: Limits = Limits()
    recent: tuple[Outcome, ...] = ()

    def after(self, *outcomes: Outcome) -> "Breaker":
        """The breaker once these have come in, oldest first."""
        return replace(self, recent=(*self.recent, *outcomes)[-self.limits.window :])

    @property
    def opened(self) -> tuple[Outcome, str] | None:
        """Of which outcome there are too many, and the same in a sentence; None while sending may go on.

        A message that was taken never opens it, so there is need to ask after others only.
        """
        seen = len(self.recent)
        if seen < min(LEAST, self.limits.window):
            return None
        counts = Counter(self.recent)
        counts[Outcome.FAILED] += counts[Outcome.POLICY]
        for outcome in (Outcome.POLICY, Outcome.FAILED, Outcome.DELAYED):
            if counts[outcome] >= self.limits.share(outcome) * seen:
                return outcome, f"{counts[outcome]} of the last {seen} letters were {outcome}"
        return None
