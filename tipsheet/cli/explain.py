"""``tipsheet explain``: what a problem code means."""

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from tipsheet.cli.names import codes
from tipsheet.cli.options import examples, json_option
from tipsheet.cli.tables import echo_table
from tipsheet.cli.terminal import echo, echo_json
from tipsheet.errors import UnknownNameError
from tipsheet.problems import did_you_mean

if TYPE_CHECKING:
    from tipsheet.explanations import Explanation

__all__ = ["explain"]

WIDTH = 80


@click.command(epilog=examples("tipsheet explain TS204", "tipsheet explain"))
@click.argument("code", required=False, shell_complete=codes)
@json_option
def explain(code: str | None, *, as_json: bool) -> None:
    """Say what a problem CODE means and how to mend it.

    Without CODE all of them are listed.
    """
    from dataclasses import asdict

    from tipsheet.explanations import EXPLANATIONS

    if code is None:
        if as_json:
            echo_json([asdict(entry) for entry in EXPLANATIONS.values()])
        else:
            echo_table(("code", "title"), [(entry.code, entry.title) for entry in EXPLANATIONS.values()])
        return
    known = EXPLANATIONS.get(code.upper())
    if known is None:
        hint = did_you_mean(code.upper(), EXPLANATIONS) or "tipsheet explain lists all codes"
        raise UnknownNameError(f"there is no problem code '{code}'", hint)
    if as_json:
        echo_json(asdict(known))
        return
    for line in _page(known):
        echo(line)


def _page(entry: "Explanation") -> Iterator[str]:
    yield f"{entry.code}  {entry.title}"
    others = " or ".join(level for level in entry.levels if level != entry.level)
    yield f"\n{entry.level.capitalize()}{f'; lint: in mkdocs.yml can set it to {others}' if others else ''}."
    for text in (entry.wrong, entry.mend):
        yield ""
        yield textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)
    for name, example in (("Wrong", entry.before), ("Right", entry.after)):
        yield f"\n{name}:\n"
        yield textwrap.indent(example, "    ")
