"""Errors as words and exit codes, in this one place: a user's mistake never ends in a traceback."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click

from tipsheet.cli.session import Session
from tipsheet.cli.terminal import shown
from tipsheet.errors import ContentError, TipsheetError

__all__ = ["INTERRUPTED", "in_words"]

INTERRUPTED = 130
"""128 and the number of SIGINT, as shells have it."""


class _Stop(click.ClickException):
    """The end of the command, with these lines on stderr; our colours are the only control characters in them."""

    def __init__(self, lines: str, exit_code: int, *, colour: bool = False) -> None:
        super().__init__(lines)
        self.colour = colour
        self.exit_code = exit_code  # type: ignore[misc]  # Click reads it from the instance

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, file=file, err=True, color=self.colour)


@contextmanager
def in_words() -> Iterator[None]:
    """Turn what the library raises into a sentence, a remedy and an exit code."""
    try:
        yield
    except ContentError as error:
        raise _findings(error) from error
    except TipsheetError as error:
        hint = f"\nHint: {error.hint}" if error.hint else ""
        raise _Stop(shown(f"Error: {error}{hint}"), error.exit_code) from error
    except KeyboardInterrupt as error:
        raise _Stop("Stopped.", INTERRUPTED) from error
    except UnicodeEncodeError as error:
        raise _Stop(shown(_not_utf8(error)), 1) from error
    except OSError as error:
        if error.errno == errno.EPIPE:
            raise  # the reader of our output has gone, as in `| head`; Click ends quietly
        raise _Stop(shown(f"Error: {_sentence(error)}"), 1) from error


def _findings(error: ContentError) -> _Stop:
    """All mistakes in the publication, and their number."""
    from tipsheet.cli.findings import Listing, Style, counted, listed

    context = click.get_current_context(silent=True)
    session = context.find_object(Session) if context else None
    root, whole = (session.root, session.verbose) if session else (Path(), False)
    style = Style.of(sys.stderr, os.environ)
    lines = listed(Listing(problems=error.problems, root=root, style=style, whole=whole))
    words = "\n".join([*lines, f"{counted(error.problems)}; nothing was written."])
    return _Stop(words, error.exit_code, colour=style.colour)


def _not_utf8(error: UnicodeEncodeError) -> str:
    """A sentence for bytes of an argument or of a file's name that are no text (PEP 383)."""
    near = error.object[max(error.start - 30, 0) : error.end + 30]
    return f"Error: '{near}' is not in UTF-8\nHint: type it anew, or rename the file or the folder"


def _sentence(error: OSError) -> str:
    """A sentence for an error of the operating system."""
    reasons = {
        errno.EACCES: "there is no permission",
        errno.EPERM: "there is no permission",
        errno.EROFS: "the disk can only be read",
        errno.ENOSPC: "the disk is full",
        errno.EDQUOT: "the disk quota is used up",
        errno.ENOTDIR: "a part of the path is a file, not a folder",
        errno.EISDIR: "it is a folder, not a file",
        errno.ENAMETOOLONG: "the name is too long",
    }
    reason = reasons.get(error.errno or 0) or (error.strerror or str(error) or type(error).__name__).lower()
    return f"'{error.filename}' cannot be read or written: {reason}" if error.filename else f"the system says: {reason}"
