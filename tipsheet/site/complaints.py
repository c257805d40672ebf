"""What MkDocs finds fault with, as problems with a place: it logs, and raises when it gives up."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from mkdocs.exceptions import MkDocsException

from tipsheet.errors import ContentError
from tipsheet.problems import Evidence, Problem, Sign, Where
from tipsheet.settings import CONFIG_FILE

__all__ = ["complaints"]

FILE = re.compile(r"Doc file '([^']+)'")
QUOTED = re.compile(r"(?<!Doc file )'([^']+)'")


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
        code = "TS603" if record.levelno >= logging.ERROR else "TS602"
        names = QUOTED.findall(message)
        if message.startswith("Config value") and len(names) > 1:
            names = [*names[1:], names[0]]  # the value tells more than the key
        named = tuple(Evidence(sign, name) for name in names for sign in (Sign.LINK, Sign.TEXT))
        self.found.append(Problem(where, code, message, "this is MkDocs' finding", evidence=named))


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
            found.append(Problem(Where(CONFIG_FILE), "TS603", str(error).splitlines()[0], "this is MkDocs' finding"))
        raise ContentError(sorted(set(found))) from error
    finally:
        logger.level, logger.propagate, logger.handlers = before
