"""Installed packages do not change while tests run, so that what is looked up in them is looked up once a process.

Most of a small build is that: to compile the templates of a theme, to find themes among all packages, and to read the
program itself, by which a build knows that it is another one. A program does it once; tests do it hundreds of times.
"""

from collections.abc import Callable, Hashable
from functools import cache, wraps
from pathlib import Path
from types import CodeType
from typing import Any

import jinja2
import mkdocs.utils

import tipsheet
import tipsheet.engine.build
from tipsheet.engine.digest import digest_of
from tipsheet.rendering.service import units
from tipsheet.settings import Settings

INSTALLED = f"{Path(jinja2.__file__).parent.parent}/"
OURS = f"{Path(tipsheet.__file__).parent}/"

OPTIONS = (
    "block_start_string", "block_end_string", "variable_start_string", "variable_end_string", "comment_start_string",
    "comment_end_string", "line_statement_prefix", "line_comment_prefix", "trim_blocks", "lstrip_blocks",
    "newline_sequence", "keep_trailing_newline", "optimized", "is_async", "sandboxed",
)  # fmt: skip
"""What an environment has that changes the code of a template."""


def remember_what_is_installed() -> None:
    """Keep compiled templates, the names of installed themes, the digest of the program, and letters of the service."""
    remember_compiled_templates()
    mkdocs.utils.get_themes = cache(mkdocs.utils.get_themes)
    tipsheet.engine.build.program_digest = cache(tipsheet.engine.build.program_digest)
    remember_service_letters()


def remember_service_letters() -> None:
    """Let publications with the same settings and no templates of their own share the service's letters.

    They are a fifth of a small build and a third of a small check, and say the same in nearly all of them.
    """
    units.service_letter = by_settings(units.service_letter)
    units.lint_service_letter = by_settings(units.lint_service_letter)
    units.write_service_letter = by_settings(units.write_service_letter)


def by_settings(made: Callable[..., Any]) -> Callable[..., Any]:
    """A function that is called once for each of its arguments, but for the templates: those of the program."""
    known: dict[Hashable, Any] = {}

    @wraps(made)
    def make_once(*args: Any, **options: Any) -> Any:
        given = (*args, *options.values())
        (settings,) = (one for one in given if isinstance(one, Settings))
        if settings.overrides:
            return made(*args, **options)
        key = digest_of(*(one for one in given if not isinstance(one, jinja2.Environment)))
        if key not in known:
            known[key] = made(*args, **options)
        return known[key]

    return make_once


def remember_compiled_templates() -> None:
    """Let every environment of Jinja look among what others like it have compiled from the same file."""
    compiled: dict[Hashable, Any] = {}
    compile_anew: Callable[..., Any] = jinja2.Environment.compile

    def compile_once(self: jinja2.Environment, source: Any, *args: Any, **options: Any) -> str | CodeType:
        file = args[1] if len(args) > 1 else None
        if not isinstance(source, str) or file is None or not str(file).startswith((INSTALLED, OURS)):
            return compile_anew(self, source, *args, **options)
        key = (kind_of(self), source, args, tuple(sorted(options.items())))
        if key not in compiled:
            compiled[key] = compile_anew(self, source, *args, **options)
        return compiled[key]

    jinja2.Environment.compile = compile_once  # type: ignore[method-assign]


def kind_of(environment: jinja2.Environment) -> Hashable:
    """All of an environment that counts: filters and tests too, since constants are worked out beforehand."""
    functions = [*environment.filters.items(), *environment.tests.items(), ("", environment.autoescape)]
    return (
        type(environment),
        *(getattr(environment, name) for name in OPTIONS),
        *sorted(environment.extensions),
        *(f"{name} {getattr(function, '__module__', '')}.{getattr(function, '__qualname__', function)}"
          for name, function in functions),
        environment.undefined,
        environment.finalize,
    )  # fmt: skip
