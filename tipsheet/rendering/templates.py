"""Jinja for letters and for pages of the service, and mistakes in the publication's own templates."""

import itertools
import os
import shutil
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import jinja2
from jinja2 import ChoiceLoader, Environment, FileSystemBytecodeCache, FileSystemLoader, PackageLoader

from tipsheet.engine.digest import digest_of
from tipsheet.errors import ContentError, TipsheetError
from tipsheet.problems import Problem, Where

__all__ = ["compiled_templates", "telling_mistakes", "template_environment"]

_PACKAGE = Path(__file__).parents[1]


def template_environment(overrides: Path | None = None, cache: Path | None = None) -> Environment:
    """Our templates, behind those of the publication in the folder ``overrides``, which may extend ours.

    ``cache`` is a folder for compiled templates.
    """
    loaders: list[jinja2.BaseLoader] = [PackageLoader("tipsheet")]
    if overrides is not None:
        loaders.insert(0, FileSystemLoader(overrides))
    return Environment(
        loader=ChoiceLoader(loaders),
        autoescape=lambda name: not (name or "").endswith(".css"),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        bytecode_cache=FileSystemBytecodeCache(str(cache)) if cache else None,
    )


@contextmanager
def telling_mistakes(root: Path) -> Iterator[None]:
    """Raise ContentError for what goes wrong in a template of the publication in ``root``, whatever it raises."""
    try:
        yield
    except TipsheetError:
        raise
    except Exception as error:
        if problem := _problem_of(error, root):
            raise ContentError([problem]) from error
        raise


def _problem_of(error: Exception, root: Path) -> Problem | None:
    """The problem behind an error of a template; its place is the innermost template of the publication in ``root``.

    None when no template of the publication takes part, or when something of ours that it calls fails otherwise than
    Jinja does: then the fault is ours. Jinja rewrites tracebacks so that they name templates and their lines; a syntax
    error carries both.
    """
    if isinstance(error, jinja2.TemplateSyntaxError):
        places = [(error.filename or error.name or "", error.lineno)]
    else:
        places = [(frame.filename, frame.lineno or 1) for frame in traceback.extract_tb(error.__traceback__)]
    own = [(Path(name), line) for name, line in places if Path(name).is_absolute() and Path(name).is_relative_to(root)]
    templates = [(path, line) for path, line in own if path.suffix in {".html", ".css", ".xml", ".txt"}]
    if not templates:
        return None
    path, line = templates[-1]
    called = itertools.takewhile(lambda name: name != path, (Path(name) for name, _ in reversed(places)))
    ours = [name for name in called if name.suffix == ".py" and name.is_relative_to(_PACKAGE)]
    if ours and not isinstance(error, jinja2.TemplateError):
        return None
    where = Where(path.relative_to(root).as_posix(), line)
    said = (str(error).splitlines() or [""])[0]
    message = said if isinstance(error, jinja2.TemplateError) else f"{type(error).__name__}: {said}"
    hint = "look at the blocks and variables in the reference of templates"
    return Problem(where, "TS601", f"the template cannot be filled: {message}", hint)


def compiled_templates(environ: Mapping[str, str], root: Path, program: str) -> Path | None:
    """A folder for this publication and this program below the user's caches (XDG Base Directory Specification).

    None when there is no such place, when it lies in the publication, or when others could write to it.
    """
    home = environ.get("XDG_CACHE_HOME") or (f"{environ['HOME']}/.cache" if environ.get("HOME") else "")
    if not home or not Path(home).is_absolute() or Path(home).resolve().is_relative_to(root.resolve()):
        return None
    ours = Path(home, "tipsheet", "templates", digest_of(str(root.resolve())))
    try:
        ours.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not all(map(_is_ours, (ours.parent.parent, ours.parent, ours))):
            return None
        for other in ours.iterdir():
            if other.name != program:
                shutil.rmtree(other, ignore_errors=True)
        folder = ours / program
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        return None
    return folder if _is_ours(folder) else None


def _is_ours(folder: Path) -> bool:
    """Return True for a folder that we can write to, and nobody else can."""
    if folder.is_symlink() or not os.access(folder, os.W_OK):
        return False
    stat = folder.stat()
    return not hasattr(os, "geteuid") or (stat.st_uid == os.geteuid() and not stat.st_mode & 0o022)
