"""Jinja for letters and for pages of the service, and mistakes in the publication's own templates."""

import traceback
from pathlib import Path

import jinja2
from jinja2 import ChoiceLoader, Environment, FileSystemBytecodeCache, FileSystemLoader, PackageLoader

from tipsheet.problems import Problem, Where

__all__ = ["template_environment", "template_problem"]


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


def template_problem(error: jinja2.TemplateError, root: Path) -> Problem | None:
    """The problem behind a Jinja error; its place is the innermost template of the publication in ``root``.

    None when no template of the publication takes part: then the fault is ours. Jinja rewrites
    tracebacks so that they name templates and their lines; a syntax error carries both.
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
    where = Where(path.relative_to(root).as_posix(), line)
    message = str(error.message or error).splitlines()[0]
    hint = "look at the blocks and variables in the reference of templates"
    return Problem(where, "TS601", f"the template cannot be filled: {message}", hint)
