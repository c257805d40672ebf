"""Letters to the sendmail program, which every Unix mail server brings.

It takes the end of its input for the end of the letter, also when we are killed in the middle. So it is started for the
whole letter only once the ledger knows that it may arrive.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from tipsheet.delivery.channel import ACCEPTED, Channel, Connect, Dropped, Envelope, Receipt, Stage, TimedOut
from tipsheet.delivery.connect import MailServerError
from tipsheet.delivery.loop import in_thread
from tipsheet.delivery.readiness import Facts, Finding, good

__all__ = ["VARIABLE", "examine", "opened"]

VARIABLE = "TIPSHEET_SENDMAIL"
PROGRAM = "/usr/sbin/sendmail"
PATIENCE = 600
"""Seconds for one letter, as for the end of a message in SMTP (RFC 5321, 4.5.3.2.6)."""

REFUSALS: Mapping[int, Receipt] = {
    os.EX_USAGE: Receipt(554, "5.5.4", "sendmail: wrong use"),
    os.EX_DATAERR: Receipt(554, "5.6.0", "sendmail: the letter is malformed"),
    os.EX_NOUSER: Receipt(550, "5.1.1", "sendmail: there is no such mailbox", stage=Stage.RCPT),
    os.EX_NOHOST: Receipt(550, "5.1.2", "sendmail: there is no such host"),
    os.EX_UNAVAILABLE: Receipt(554, "5.0.0", "sendmail: refused"),
    os.EX_NOPERM: Receipt(550, "5.7.1", "sendmail: not permitted"),
    os.EX_PROTOCOL: Receipt(554, "5.5.0", "sendmail: the other server does not speak SMTP"),
}
"""What will not change (sysexits.h); every other code is worth another try."""


class _Sendmail(Channel):
    """One process a letter. Local parts beyond ASCII are left to SMTP, where the server says whether it takes them."""

    smtputf8 = False

    def __init__(self, program: str, environ: Mapping[str, str]) -> None:
        self._program, self._environ = program, environ
        self._offered: tuple[Envelope, bytes] | None = None

    async def offer(self, envelope: Envelope, message: Sequence[bytes]) -> Receipt | None:
        """Only keep it."""
        self._offered = envelope, b"".join(message)
        return None

    async def finish(self, following: Envelope | None) -> Receipt:  # noqa: ARG002 - nothing travels along
        """Hand it over and wait for what the program makes of it."""
        if self._offered is None:
            raise ValueError("no letter was offered")
        (envelope, message), self._offered = self._offered, None
        return await in_thread(partial(self._handed_over, envelope, message))

    async def close(self) -> None:
        """Nothing is open between letters."""
        self._offered = None

    def _handed_over(self, envelope: Envelope, message: bytes) -> Receipt:
        # -i: a line with a dot alone is no end; --: what follows are addresses, whatever they look like
        command = [self._program, "-i", "-f", envelope.sender, "--", envelope.recipient]
        try:
            done = subprocess.run(  # noqa: S603 - no shell, and -- stands before the address
                command,
                input=message.replace(b"\r\n", b"\n"),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=self._environ,
                timeout=PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise TimedOut(f"{self._program} did not end in {PATIENCE} seconds") from error
        except OSError as error:
            return Receipt(451, "4.3.0", f"{self._program} cannot be started: {error.strerror}")
        if done.returncode < 0:
            raise Dropped(f"{self._program} was ended by {signal.Signals(-done.returncode).name}")
        return ACCEPTED if done.returncode == os.EX_OK else REFUSALS.get(done.returncode, Receipt(451, "4.3.0"))


def opened(environ: Mapping[str, str], _folder: Path) -> Connect:
    """Channels to the program that `VARIABLE` names; it is told nothing that is secret.

    Raises MailServerError when there is no such program.
    """
    program = environ.get(VARIABLE) or PROGRAM
    if shutil.which(program) is None:
        hint = f"install a mail server, or name the program in {VARIABLE}"
        raise MailServerError(f"there is no program {program}", hint)
    told = {name: value for name, value in environ.items() if not name.startswith("TIPSHEET_")}

    def channel() -> Channel:
        return _Sendmail(program, told)

    return channel


def examine(facts: Facts) -> Iterator[Finding]:
    """The sendmail program: that there is one."""
    opened(facts.environ, facts.root)
    yield good("sendmail", f"letters can be handed to {facts.environ.get(VARIABLE) or PROGRAM}")
