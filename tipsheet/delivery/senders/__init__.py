"""Registry of senders, which letters are handed to: the table `SENDERS`.

A new sender is a module of this package and a line in the table; options of commands, the gate, `tipsheet doctor` and
the reference are derived from it. A module is imported when letters go, so that commands can list senders and start
fast.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from tipsheet.delivery.mail_server import SMTP

if TYPE_CHECKING:
    from tipsheet.delivery.channel import Connect
    from tipsheet.delivery.readiness import Facts, Finding

__all__ = ["DEFAULT", "FILES", "REAL", "SENDERS", "Sender", "in_words"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A way for letters to go. ``name`` is that of its module in this package.

    The module has ``opened(environ, folder)``, which returns what makes channels. Only a sender that is ``real``
    reaches readers: its module also has ``examine(facts)``, whose findings have the ``subject``. ``variable`` is the
    variable of the environment without which no letter can go, or empty.
    """

    name: str
    summary: str
    real: bool = False
    subject: str = ""
    variable: str = ""

    def open(self, environ: Mapping[str, str], folder: Path) -> "Connect":
        """Return what makes channels; raises a TipsheetError when the sender is not set up."""
        opened: Callable[[Mapping[str, str], Path], Connect] = self._module.opened
        return opened(environ, folder)

    @property
    def examination(self) -> "Callable[[Facts], Iterator[Finding]]":
        """The function that looks at what a real sender needs; its docstring says so in a sentence."""
        examine: Callable[[Facts], Iterator[Finding]] = self._module.examine
        return examine

    @property
    def _module(self) -> ModuleType:
        return import_module(f"{__name__}.{self.name}")


SENDERS: Mapping[str, Sender] = {
    sender.name: sender
    for sender in (
        Sender(
            name="smtp", summary=f"the mail server that {SMTP.variable} names", real=True, subject="mail server",
            variable=SMTP.variable,
        ),
        Sender(name="sendmail", summary="the sendmail program of this machine", real=True, subject="sendmail"),
        Sender(name="folder", summary="an .eml file each, to look at"),
        Sender(name="maildir", summary="a Maildir that mail programs read"),
    )
}  # fmt: skip
"""Senders by name: the first real one is the default, and the first of the others takes a dry run."""

REAL = tuple(name for name, sender in SENDERS.items() if sender.real)
FILES = tuple(name for name, sender in SENDERS.items() if not sender.real)
DEFAULT = REAL[0]


def in_words(use_of_files: str) -> str:
    """The senders for a line of help, such as ``smtp (the default) or sendmail; folder or maildir to look at``."""
    real = " or ".join((f"{DEFAULT} (the default)", *REAL[1:]))
    return f"{real}; {' or '.join(FILES)} {use_of_files}"
