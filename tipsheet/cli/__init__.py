"""The command line: thin commands, each with a line in the table `COMMANDS`.

A command imports what it needs when it runs, so that ``tipsheet --help`` answers at once; `errors`
is the one place that maps errors to words and exit codes.
"""

import os
from pathlib import Path
from typing import Any

import click

from tipsheet import __version__
from tipsheet.cli.errors import in_words
from tipsheet.cli.groups import Commands, Group, common_options
from tipsheet.cli.session import Session

__all__ = ["main"]

os.environ.setdefault(
    "PYDANTIC_DISABLE_PLUGINS", "__all__"
)  # it would look for plugins in all packages that are installed

COMMANDS = {
    "init": "drafts:init",
    "new": "drafts:new",
    "assemble": "drafts:assemble",
    "check": "check:check",
    "explain": "check:explain",
    "build": "build:build",
    "serve": "serve:serve",
    "export": "build:export",
    "list": "schedule:list_issues",
    "calendar": "schedule:calendar",
    "plan": "schedule:plan",
    "segments": "segments:segments",
    "subscribers": "subscribers:subscribers",
    "send": "send:send",
    "publish": "publish:publish",
    "deliveries": "deliveries:deliveries",
    "inbox": "inbox:inbox",
    "web": "web:web",
    "doctor": "doctor:doctor",
}
"""The module and the attribute of each command, in the order of an editor's week."""

EPILOG = """\b
Examples:
  tipsheet init letter
  tipsheet -C letter build
  tipsheet check --strict

\b
Exit codes:
  0  done
  1  mistakes in content or data, all listed; or a file that cannot be read or written
  2  wrong use: an unknown option or name, no publication here, a file in the way
  3  the letter is not the one that was sent first
  4  sent, but for letters that failed, are unknown or were put off
  5  sending is paused
  69  the database or the mail server cannot be reached
  75  another command is writing, or sending
  130  stopped with Ctrl-C
"""


class _Program(Group):
    """The group of all commands, which turns errors into words."""

    def invoke(self, ctx: click.Context) -> Any:
        with in_words():
            return super().invoke(ctx)


@click.group(
    cls=_Program,
    name="tipsheet",
    commands=Commands(COMMANDS),
    epilog=EPILOG,
    params=[*common_options()],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="tipsheet")
@click.pass_context
def main(ctx: click.Context, directory: Path | None, *, quiet: bool, verbose: bool) -> None:
    """Publish a weekly tipsheet from one folder of Markdown: the site, the feeds and the mail."""
    ctx.obj = Session(directory=directory, quiet=quiet, verbose=verbose)
