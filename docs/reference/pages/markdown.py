"""Markdown that is plain enough to read well everywhere: pages, tables, code."""

from collections.abc import Iterable, Sequence

__all__ = ["code", "fenced", "grid", "page"]

MADE = "<!-- Written by docs/reference/generate.py. Change the code, then run `make docs`. -->"


def page(title: str, *parts: str) -> str:
    """A page: a note that it is made, its title, its parts."""
    return "\n\n".join([MADE, f"# {title}", *(part.strip("\n") for part in parts if part)]) + "\n"


def grid(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def code(text: object) -> str:
    """Text as code."""
    return f"`{text}`"


def fenced(text: str, language: str = "") -> str:
    """A block of code."""
    return f"````{language}\n{text}\n````" if "```" in text else f"```{language}\n{text}\n```"
