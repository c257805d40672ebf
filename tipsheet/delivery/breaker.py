"""When sending pauses by itself: too much of what went out last came back.

A wave of refusals is a message to the sender, not about single readers: a bad list, a broken
configuration, a block. Going on makes each of them worse.
"""

from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum

__all__ = ["Breaker", "Limits", "Outcome", "blames_address", "outcome_of"]


class Outcome(StrEnum):
    """What the server made of a message, for whoever looks at many."""

    TAKEN = "taken"
    DELAYED = "put off (4xx)"
    FAILED = "refused (5xx)"
    POLICY = "refused for what we are or wrote (5.7.x)"


LEAST = 20
"""So many outcomes have to be known; a share of three messages says nothing."""

_ADDRESS = frozenset({"5.1.1", "5.1.3", "5.1.6", "5.1.10"})
"""No such mailbox or form of address; moved (RFC 3463); takes no mail (RFC 7505). A host may be missing for an hour."""


def outcome_of(code: int, enhanced: str) -> Outcome:
    """The outcome of a final reply with this enhanced code (RFC 3463), if the server gave one."""
    if code // 100 == 2:  # noqa: PLR2004 - RFC 5321, 4.2.1
        return Outcome.TAKEN
    if code // 100 == 4:  # noqa: PLR2004
        return Outcome.DELAYED
    return Outcome.POLICY if enhanced.startswith("5.7.") else Outcome.FAILED


def blames_address(code: int, enhanced: str) -> bool:
    """Whether the reply to RCPT says that this address will never take mail, so that it is suppressed.

    A bare 550 is not enough, and policy (5.7.x) never is: many servers write either for a block (D13).
    """
    return code // 100 == 5 and enhanced in _ADDRESS  # noqa: PLR2004


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Shares of the last ``window`` messages; see `tipsheet.settings.BreakerSettings`."""

    window: int = 100
    delayed: float = 0.5
    failed: float = 0.3
    policy: float = 0.1

    def share(self, outcome: Outcome) -> float:
        """The share at which sending pauses; a policy refusal is a refusal too."""
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
    def reason(self) -> str:
        """Why sending has to pause, in a sentence; empty while it may go on.

        A message that was taken never opens it, so there is need to ask after others only.
        """
        seen = len(self.recent)
        if seen < min(LEAST, self.limits.window):
            return ""
        counts = Counter(self.recent)
        counts[Outcome.FAILED] += counts[Outcome.POLICY]
        for outcome in (Outcome.POLICY, Outcome.FAILED, Outcome.DELAYED):
            if counts[outcome] >= self.limits.share(outcome) * seen:
                return f"{counts[outcome]} of the last {seen} letters were {outcome}"
        return ""
