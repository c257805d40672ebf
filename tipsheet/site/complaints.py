"""What MkDocs finds fault with, as problems with a place: it logs, and raises when it gives up."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from mkdocs.exceptions import MkDocsException

from tipsheet.errors import ContentError
from tipsheet.problems import Problem, Severity, Where
from tipsheet.settings import CONFIG_FILE

__all__ = ["complaints"]

FILE = re.compile(r"Doc file '([^']+)'")


class _Listener(logging.Handler):
    """Keeps records as problems instead of printing them."""

    def __init__(self, docs_dir: str, found: list[Problem]) -> None:
        super().__init__(logging.WARNING)
        self.docs_dir = docs_dir
        self.found = found

    def emit(self, record: logging.LogRecord) -> None:
        message = " ".join(record.getMessage().split())
        file = FILE.search(message)
        where = Where(f"{self.docs_dir}/{file[1]}" if file else CONFIG_FILE)
        severity = Severity.ERROR if record.levelno >= logging.ERROR else Severity.WARNING
        self.found.append(Problem(where, "TS602", message, "this is MkDocs' finding", severity))


@contextmanager
def complaints(docs_dir: str) -> Iterator[list[Problem]]:
    """Listen to MkDocs; what it warned of is in the list afterwards.

    Raises ContentError with everything that was heard when MkDocs gives up.
    """
    found: list[Problem] = []
    logger = logging.getLogger("mkdocs")
    before = logger.level, logger.propagate, logger.handlers
    logger.handlers = [_Listener(docs_dir, found)]
    logger.propagate = False
    logger.setLevel(logging.WARNING)
    try:
        yield found
    except MkDocsException as error:
        if str(error) and not found:
            found.append(Problem(Where(CONFIG_FILE), "TS602", str(error).splitlines()[0], "this is MkDocs' finding"))
        raise ContentError(sorted(set(found))) from error
    finally:
        logger.level, logger.propagate, logger.handlers = before
