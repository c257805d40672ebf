"""A mistake in a template of the publication, told with the line it stands on."""

import traceback
from pathlib import Path

import jinja2

from tipsheet.problems import Problem, Where

__all__ = ["template_problem"]


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
