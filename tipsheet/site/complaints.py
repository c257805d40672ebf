"""Findings of MkDocs and of what it runs, as problems with a place: it logs, and raises when it gives up."""

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import yaml
from jinja2 import TemplateError
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import MkDocsException

from tipsheet.errors import ContentError, TipsheetError
from tipsheet.problems import Evidence, Problem, Severity, Sign, Where
from tipsheet.reading.conversion import culprit
from tipsheet.settings import CONFIG_FILE, Settings

__all__ = ["beside", "complaints", "configured"]

FILE = re.compile(r"Doc file '([^']+)'|[Ee]rror (?:reading|building) page '([^']+)'")
NAMED = re.compile(r"""['"]([^'"]+)['"]""")
FINDING = "this is MkDocs' finding"
QUOTED = re.compile(r"(?<!Doc file )'([^']+)'")


class _Listener(logging.Handler):
    """Keeps records as problems instead of printing them."""

    def __init__(self, settings: Settings, found: list[Problem]) -> None:
        super().__init__(logging.WARNING)
        self.settings = settings
        self.found = found

    def emit(self, record: logging.LogRecord) -> None:
        message = " ".join(record.getMessage().split())
        file = FILE.search(message)
        where = _named(message, self.settings, getattr(record, "key", ""))
        if file:
            where = Where(f"{self.settings.docs_dir}/{file[1] or file[2]}")
        code = "TS603" if record.levelno >= logging.ERROR else "TS602"
        names = QUOTED.findall(message) if file or where == Where(CONFIG_FILE) else []
        named = tuple(Evidence(sign, name) for name in names for sign in (Sign.LINK, Sign.TEXT))
        self.found.append(Problem(where, code, message, FINDING, evidence=named))


@contextmanager
def complaints(settings: Settings) -> Iterator[list[Problem]]:
    """Listen to MkDocs; what it warned of is in the list afterwards.

    Raises ContentError with everything that was heard when MkDocs gives up, or when a plugin, a hook or an
    extension raises something.
    """
    found: list[Problem] = []
    logger = logging.getLogger("mkdocs")
    before = logger.level, logger.propagate, logger.handlers
    logger.handlers = [_Listener(settings, found)]
    logger.propagate = False
    logger.setLevel(logging.WARNING)
    try:
        yield found
    except (TipsheetError, TemplateError):
        raise
    except MkDocsException as error:
        if str(error) and not found:
            message = str(error).splitlines()[0]
            found.append(Problem(_named(message, settings), "TS603", message, FINDING))
        raise ContentError(sorted(set(found))) from error
    except (Exception, SystemExit) as error:
        module = culprit(error)
        if module.partition(".")[0] == "tipsheet":
            raise
        pages = [p.where for p in found if p.severity is Severity.ERROR]  # MkDocs has told of the page, in fewer words
        told = [p for p in found if p.severity is not Severity.ERROR]
        raise ContentError(sorted({*told, _fault(error, module, settings, pages)})) from error
    finally:
        logger.level, logger.propagate, logger.handlers = before


def configured(root: Path, settings: Settings, site_dir: Path) -> MkDocsConfig:
    """The settings as MkDocs reads them; raises ContentError with everything that it refuses.

    Within `complaints`: plugins and hooks are loaded, and may raise anything.
    """
    config = MkDocsConfig(config_file_path=str(root / CONFIG_FILE))
    try:
        with (root / CONFIG_FILE).open("rb") as file:
            config.load_file(file)
    except MkDocsException as error:
        cause = error.__cause__ or error.__context__
        mark = cause.problem_mark if isinstance(cause, yaml.MarkedYAMLError) else None
        where = Where(_relative(mark.name, root), mark.line + 1, mark.column + 1) if mark else Where(CONFIG_FILE)
        reason = cause.problem if mark and isinstance(cause, yaml.MarkedYAMLError) else str(error).splitlines()[0]
        raise ContentError([Problem(where, "TS040", f"MkDocs cannot read this: {reason}", FINDING)]) from error
    config.load_dict({"site_dir": str(site_dir)})
    errors, warnings = config.validate()
    if errors:
        refused = {_of_key(key, "TS040", f"MkDocs refuses '{key}'", error, settings) for key, error in errors}
        warned = {_of_key(key, "TS602", key, warning, settings) for key, warning in warnings}
        raise ContentError(sorted(refused | warned))
    for key, warning in warnings:
        logging.getLogger("mkdocs").warning("%s: %s", key, warning, extra={"key": key})
    return config


def beside(told: Iterable[Problem], known: Iterable[Problem], settings: Settings) -> Iterator[Problem]:
    """Findings of MkDocs but those about keys of mkdocs.yml of which more has been said already."""
    said = {_key(problem.where, settings) for problem in known}
    files = {problem.where.path for problem in known}
    for problem in told:
        key = _key(problem.where, settings)
        if problem.code != "TS040" or (key not in said if key else files.isdisjoint(settings.files)):
            yield problem


def _key(where: Where, settings: Settings) -> str:
    """The key at the top of mkdocs.yml below which a place is."""
    above = [(at, key) for key, at in settings.keys.items() if at.path == where.path and at <= where]
    return max(above)[1] if above and where != Where(CONFIG_FILE) else ""


def _of_key(key: str, code: str, about: str, told: object, settings: Settings) -> Problem:
    """A finding of MkDocs about a key, at what its words name or else at the key."""
    message = " ".join(str(told).split())
    return Problem(_named(message, settings, key), code, f"{about}: {message}", FINDING)


def _named(message: str, settings: Settings, key: str = "") -> Where:
    """The place of an extension, a plugin or a hook that a message names, by its path or a longer one; or of a key."""
    quoted = NAMED.findall(message)
    places = (at for name, at in settings.places.items() if any(q == name or q.endswith(f"/{name}") for q in quoted))
    return next(places, settings.keys.get(key, Where(CONFIG_FILE)))


def _fault(error: BaseException, module: str, settings: Settings, pages: Sequence[Where]) -> Problem:
    """An exception of something that mkdocs.yml names, at the place where it does; or else at the page."""
    if isinstance(error, SyntaxError) and error.filename:
        where, words = _named(f"'{error.filename}'", settings), f"{error.msg}, line {error.lineno}"
        module = Path(error.filename).name
    else:
        words = " ".join(str(error).split())
        nowhere = pages[-1] if pages else _named(words, settings)
        where = next((place for name, place in settings.places.items() if _is(module, name)), nowhere)
    message = f"MkDocs cannot make the ordinary pages: {type(error).__name__} in {module}: {words}"
    return Problem(where, "TS040", message, "mend what it names, or leave it out of mkdocs.yml")


def _is(module: str, name: str) -> bool:
    """Return True when a module belongs to this name: an extension's own, or a hook's file without its ending."""
    return name in {module, f"{module}.py"} or module.startswith(f"{name}.") or Path(name).stem == module


def _relative(name: str, root: Path) -> str:
    path = Path(name)
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else name
