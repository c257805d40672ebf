"""Due issues handed to the sender one after another, for `tipsheet publish`."""

import datetime as dt
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_never

from tipsheet.cli.sending import at_gate, gently, reporting, tell, values
from tipsheet.cli.session import Session
from tipsheet.clock import current_time

if TYPE_CHECKING:
    import sqlalchemy as sa

    from tipsheet.delivery.locks import GitLock
    from tipsheet.delivery.readiness import Facts
    from tipsheet.delivery.schedule import Due
    from tipsheet.delivery.sending import SendJob, Transport
    from tipsheet.delivery.status import Status
    from tipsheet.edition.edition import Edition
    from tipsheet.settings import Settings

__all__ = ["Dispatch", "in_words", "intention", "report", "welcomes_in_words"]

LEFT_TO_DECIDE = 4
PAUSED = 5
WORSE = (0, LEFT_TO_DECIDE, 1, 3, PAUSED)
"""Exit codes in the order in which one outdoes another when several issues are due."""


@dataclass
class Dispatch:
    """Sends one issue after another; ``exit_code`` is that of the worst. ``allowed``: see `tipsheet.delivery.gate`."""

    session: Session
    transport: "Transport"
    engine: "sa.Engine"
    outbox: Path
    wait: dt.timedelta
    lock: "GitLock | None"
    facts: "Facts"
    allowed: tuple[str, ...] = ()
    exit_code: int = 0

    def outcome(self, one: "Due") -> "Status | None":
        """Send it, or say why not; None when nothing was sent."""
        from tipsheet.delivery.schedule import Decision
        from tipsheet.delivery.status import status_of

        issue, hours = one.outgoing.issue, one.late / dt.timedelta(hours=1)
        match one.verdict:
            case Decision.SEND | Decision.GO_ON:
                return self._send(one) if self._passes(issue) else None
            case Decision.PAUSED:
                with self.engine.connect() as connection:
                    tell(self.session, status_of(connection, issue))
                self._end_with(PAUSED)
            case Decision.HELD:
                self._hold(issue, f"{hours:.0f} h late")
                self._end_with(LEFT_TO_DECIDE)
            case Decision.SKIPPED:
                self.session.say(f"{issue} is {hours:.0f} h late and passed over.")
            case _:
                assert_never(one.verdict)
        return None

    def welcomes(self) -> None:
        """Send the welcome letters that are due, each if nothing speaks against it (W11)."""
        from tipsheet.delivery.welcome import send_due_welcomes

        clock = partial(current_time, os.environ)
        with gently():
            for status in send_due_welcomes(self.engine, self.outbox, clock, self._job, passes=self._passes):
                tell(self.session, status)
                self._end_with(status.exit_code)

    def _job(self, edition: "Edition") -> "SendJob":
        """The job of a letter, with what the command line says."""
        return replace(self.transport.job(self.engine, edition), wait=self.wait)

    def _end_with(self, code: int) -> None:
        self.exit_code = max(self.exit_code, code, key=WORSE.index)

    def _passes(self, issue: str) -> bool:
        """Whether nothing speaks against sending it now, whatever ``--now`` says."""
        from tipsheet.delivery.gate import NotReadyError, pass_gate

        try:
            pass_gate(
                at_gate(self.facts, self.outbox, issue, current_time(os.environ), self.transport.sender), self.allowed
            )
        except NotReadyError as error:
            self.session.warn(f"{error}\nHint: {error.hint}")
            self._end_with(error.exit_code)
            return False
        return True

    def _hold(self, issue: str, cause: str) -> None:
        """Note that it waits for a person, and say so: this run and each that follows, until it is settled (D27)."""
        from tipsheet.delivery.snapshot import hold
        from tipsheet.delivery.status import status_of
        from tipsheet.store.database import writing

        with writing(self.engine) as connection:
            hold(connection, issue, current_time(os.environ), cause)
            tell(self.session, status_of(connection, issue))

    def _send(self, one: "Due") -> "Status | None":
        from tipsheet.delivery.schedule import Decision
        from tipsheet.delivery.sending import send
        from tipsheet.edition.outbox import read_edition

        issue = one.outgoing.issue
        edition = read_edition(self.outbox, issue)
        if self.lock is not None and one.verdict is Decision.SEND and not self.lock.take(issue):
            self.session.say(f"{issue} was taken by another run.")
            return None
        with gently(), reporting(self.session, self.engine, issue) as progress:
            status = send(replace(self._job(edition), progress=progress))
        tell(self.session, status)
        self._end_with(status.exit_code)
        return status


def intention(
    one: "Due", settings: "Settings", engine: "sa.Engine | None", outbox: Path, facts: "Facts"
) -> dict[str, object]:
    """What a run would do with an issue, how many letters that would be, and what speaks against it."""
    from tipsheet.delivery.gate import reasons
    from tipsheet.delivery.letters import count_readers
    from tipsheet.delivery.schedule import Decision
    from tipsheet.delivery.status import status_of
    from tipsheet.edition.outbox import read_edition
    from tipsheet.store.states import DeliveryState

    edition, letters = read_edition(outbox, one.outgoing.issue), 0
    if engine is not None:
        with engine.connect() as connection:
            if one.verdict is Decision.GO_ON or one.verdict is Decision.PAUSED:
                letters = status_of(connection, edition.issue).counts[DeliveryState.QUEUED]
            else:
                letters = count_readers(connection, edition, settings.segments, current_time(os.environ))
    against = reasons(at_gate(facts, outbox, edition.issue, current_time(os.environ)))
    return report(one, None) | {
        "title": one.outgoing.title,
        "letters": letters,
        "reasons": [{"name": reason.name, "message": reason.message, "remedy": reason.remedy} for reason in against],
    }


def in_words(planned: Mapping[str, Any]) -> str:
    """The same as a line for people."""
    line = "Would {verdict}: {issue}, “{title}”, {letters} letters".format_map(planned)
    names = dict.fromkeys(reason["name"] for reason in planned["reasons"])
    return f"{line}; but not before this is settled: {', '.join(names)}" if names else line


def welcomes_in_words(settings: "Settings", engine: "sa.Engine | None", outbox: Path) -> Iterator[str]:
    """A line for each welcome letter that a run would send now."""
    from tipsheet.delivery.welcome import count_due, read_series
    from tipsheet.edition.outbox import read_edition

    if engine is None:
        return
    now = current_time(os.environ)
    for letter in read_series(outbox):
        edition = read_edition(outbox, letter.issue)
        with engine.connect() as connection:
            count = count_due(connection, letter, edition, settings.segments, now)
        if count:
            yield f"Would send: {letter.issue}, a welcome letter, {count:,} letters"


def report(one: "Due", status: "Status | None") -> dict[str, object]:
    """What was decided of an issue, and where it stands, for a program."""
    return {
        "issue": one.outgoing.issue,
        "published": one.outgoing.published.isoformat(),
        "verdict": one.verdict.value,
        "late_seconds": round(one.late.total_seconds()),
        "status": values(status) if status else None,
    }
