"""States of what the store keeps: of deliveries, of issues in the ledger, of requests by a form, and of imports.

The tables hold these words. The module imports next to nothing, so that a command can list them for its ``--help``.
"""

import datetime as dt
from enum import StrEnum

__all__ = ["ALWAYS_DUE", "DUE_AGAIN", "DeliveryState", "ImportState", "SendState", "SignupState"]

ALWAYS_DUE = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
"""When a letter that was never tried is due, so that a clock which is set back holds nobody up (D6)."""
DUE_AGAIN = ALWAYS_DUE + dt.timedelta(seconds=1)
"""When a letter is due that was tried, or put back by hand, and waits for no moment."""


class DeliveryState(StrEnum):
    """State of a delivery, which is one message to one subscriber, and of a single letter of the service.

    ::

        queued ──► claimed ──► inflight ──► sent
          ▲ │         │            ├──────► failed     5xx, or put off for 48 hours
          │ │         │            └──────► unknown    the sender was killed, or dropped twice
          │ └─────────┴──────► skipped                 left, erased or paused since the snapshot, or chose less
          └── 4xx, dropped once, released, or an answer that is not about this reader (`tipsheet.delivery.answers`)
    """

    QUEUED = "queued"
    CLAIMED = "claimed"
    INFLIGHT = "inflight"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


class SendState(StrEnum):
    """State of an issue in the ledger. A held one was late when a schedule first met it, and waits for a person."""

    HELD = "held"
    PREPARED = "prepared"
    SENDING = "sending"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


class SignupState(StrEnum):
    """State of a request by a form: not looked at yet, waiting for a confirmation, or dropped with a cause."""

    NEW = "new"
    ASKED = "asked"
    DROPPED = "dropped"


class ImportState(StrEnum):
    """State of an import; ``running`` is one at work, or one that was killed."""

    RUNNING = "running"
    DONE = "done"
    UNDONE = "undone"
