"""Names that a shell completes: problem codes, and the issues, segments and authors of the publication.

They are looked up with a pattern in the lines of files, because a key press cannot wait for a
publication to be read.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import click

from tipsheet.cli.session import Session

__all__ = ["authors", "codes", "issues", "segments"]

ID = re.compile(r"^id:\s*([a-z0-9-]+)", re.MULTILINE)
KEY = re.compile(r"^([\w-]+):", re.MULTILINE)
SEGMENTS = re.compile(r"^( +)segments:\s*\n((?:\1 +.*\n|\s*\n|\s*#.*\n)*)", re.MULTILINE)
HEADER = 2000
"""Characters in which the header of an issue ends."""


def _root(ctx: click.Context) -> Path:
    """The publication; the group's function has not run while a shell completes."""
    return Session(directory=ctx.find_root().params.get("directory")).root


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _starting(names: Iterator[str], incomplete: str) -> list[str]:
    return sorted(name for name in names if name.startswith(incomplete))


def codes(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Problem codes."""
    from tipsheet.explanations import EXPLANATIONS

    return _starting(iter(EXPLANATIONS), incomplete.upper())


def authors(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Ids of authors.yml."""
    return _starting((m[1] for m in KEY.finditer(_text(_root(ctx) / "content/authors.yml"))), incomplete)


def issues(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Ids of issues."""
    files = (_root(ctx) / "content/tipsheets").rglob("*.md")
    return _starting((m[1] for file in files if (m := ID.search(_text(file)[:HEADER]))), incomplete)


def segments(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Ids of the segments that mkdocs.yml declares."""
    block = SEGMENTS.search(_text(_root(ctx) / "mkdocs.yml"))
    if block is None:
        return []
    lines = block[2].splitlines()
    depth = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return _starting((m[1] for line in lines if (m := KEY.match(line[depth:]))), incomplete)
