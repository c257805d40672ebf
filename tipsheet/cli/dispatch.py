"""Due issues handed to the sender one after another, for `tipsheet publish`."""

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tipsheet.cli.sending import gently, reporting, said, values
from tipsheet.cli.session import Session

if TYPE_CHECKING:
    import sqlalchemy as sa

    from tipsheet.delivery.gitlock import GitLock
    from tipsheet.delivery.schedule import Due
    from tipsheet.delivery.status import Status
    from tipsheet.settings import Settings

__all__ = ["Dispatch", "in_words", "intention", "report"]

LEFT_TO_DECIDE = 4
PAUSED = 5


@dataclass
class Dispatch:
    """Sends one issue after another; ``exit_code`` is that of the worst."""

    session: Session
    settings: "Settings"
    engine: "sa.Engine"
    outbox: Path
    sender_name: str
    wait: dt.timedelta
    lock: "GitLock | None"
    exit_code: int = 0

    def outcome(self, one: "Due") -> "Status | None":
        """Send it, or say why not; None when nothing was sent."""
        from tipsheet.delivery.schedule import Verdict

        issue, hours = one.outgoing.issue, one.late / dt.timedelta(hours=1)
        if one.goes:
            return self._send(one)
        if one.verdict is Verdict.PAUSED:
            self.session.say(f"{issue} is paused. Go on with: tipsheet deliveries resume {issue}")
            self.exit_code = max(self.exit_code, PAUSED)
        elif one.verdict is Verdict.HELD:
            self.session.say(f"{issue} is {hours:.0f} h late and held. Send it all the same: tipsheet send {issue}")
            self.exit_code = max(self.exit_code, LEFT_TO_DECIDE)
        else:
            self.session.say(f"{issue} is {hours:.0f} h late and passed over.")
        return None

    def _send(self, one: "Due") -> "Status | None":
        from tipsheet.audience.secret import secret_of
        from tipsheet.delivery import sending
        from tipsheet.delivery.dkim import read_signers, signing
        from tipsheet.delivery.outbox import read_edition, sender_of
        from tipsheet.delivery.schedule import Verdict
        from tipsheet.delivery.senders import SENDERS
        from tipsheet.delivery.setup import job_of

        issue = one.outgoing.issue
        edition, secret = read_edition(self.outbox, issue), secret_of(os.environ)
        signers = read_signers(self.settings.delivery, sender_of(edition), os.environ)
        connect = signing(SENDERS[self.sender_name].open(os.environ, self.outbox), signers)
        if self.lock is not None and one.verdict is Verdict.SEND and not self.lock.take(issue):
            self.session.say(f"{issue} was taken by another run.")
            return None
        with gently(), reporting(self.session, self.engine, issue) as progress:
            status = sending.send(
                job_of(
                    self.settings,
                    edition,
                    self.engine,
                    secret,
                    connect,
                    environ=os.environ,
                    changes={"wait": self.wait, "progress": progress},
                )
            )
        for line in said(status):
            self.session.say(line)
        self.exit_code = max(self.exit_code, status.exit_code)
        return status


def intention(one: "Due", settings: "Settings", engine: "sa.Engine", outbox: Path) -> dict[str, object]:
    """What a run would do with an issue, and how many letters that would be."""
    from tipsheet.delivery.outbox import read_edition
    from tipsheet.delivery.rehearsal import count_readers
    from tipsheet.delivery.schedule import Verdict
    from tipsheet.delivery.states import State
    from tipsheet.delivery.status import status_of

    edition = read_edition(outbox, one.outgoing.issue)
    with engine.connect() as connection:
        if one.verdict is Verdict.GO_ON or one.verdict is Verdict.PAUSED:
            letters = status_of(connection, edition.issue).counts[State.QUEUED]
        else:
            letters = count_readers(connection, edition, settings.segments)
    return report(one, None) | {"title": one.outgoing.title, "letters": letters}


def in_words(planned: Mapping[str, object]) -> str:
    """The same as a line for people."""
    return "Would {verdict}: {issue}, “{title}”, {letters} letters".format_map(planned)


def report(one: "Due", status: "Status | None") -> dict[str, object]:
    """What was decided of an issue, and where it stands, for a program."""
    return {
        "issue": one.outgoing.issue,
        "published": one.outgoing.published.isoformat(),
        "verdict": one.verdict.value,
        "late_seconds": round(one.late.total_seconds()),
        "status": values(status) if status else None,
    }
