"""The command line: thin commands, each with a line in the table `SECTIONS`.

A command imports what it needs when it runs, so that ``tipsheet --help`` answers at once; `errors`
is the one place that maps errors to words and exit codes.
"""

import os
import sys
from pathlib import Path
from typing import Any

import click

from tipsheet import __version__
from tipsheet.cli.errors import in_words
from tipsheet.cli.groups import Group, common_options
from tipsheet.cli.session import CONFIG_FILE, Session
from tipsheet.cli.terminal import shown

__all__ = ["main"]

os.environ.setdefault(
    "PYDANTIC_DISABLE_PLUGINS", "__all__"
)  # it would look for plugins in all packages that are installed

SECTIONS = {
    "Write": {
        "init": "drafts:init",
        "new": "drafts:new",
        "assemble": "drafts:assemble",
        "import": "archives:import_archive",
        "check": "check:check",
        "explain": "check:explain",
    },
    "Look": {
        "build": "build:build",
        "serve": "serve:serve",
        "list": "schedule:list_issues",
        "calendar": "schedule:calendar",
        "plan": "schedule:plan",
        "rehearse": "rehearse:rehearse",
        "diff": "diff:diff",
    },
    "Readers": {
        "segments": "segments:segments",
        "subscribers": "subscribers:subscribers",
        "inbox": "inbox:inbox",
        "web": "web:web",
    },
    "Send": {
        "approve": "approve:approve",
        "doctor": "doctor:doctor",
        "send": "send:send",
        "publish": "publish:publish",
        "deliveries": "deliveries:deliveries",
        "export": "build:export",
    },
}
"""The module and the attribute of each command, by the heading under which ``--help`` lists it."""

EPILOG = """\b
Examples:
  tipsheet init letter
  tipsheet -C letter build
  tipsheet check --strict

\b
Exit codes:
  0  done
  1  mistakes in content or data, all listed; or a file that cannot be used
  2  wrong use: an unknown option or name, no publication, a file in the way
  3  the letter is not the one that was sent first, or that was approved
  4  sent, but for letters that failed, are unknown or were put off
  5  sending is paused
  69  the database or the mail server cannot be reached
  75  another command is writing, or sending
  130  stopped with Ctrl-C
"""


FIRST = """
There is no publication here yet. Begin with one:
  tipsheet init letter
  cd letter
  tipsheet serve
"""
NEXT = """
The publication here is {root}. Next:
  tipsheet serve
  tipsheet new "A title"
  tipsheet check
"""


class _Begin(click.exceptions.NoArgsIsHelpError):
    """Help, which ends in the first steps from this folder."""

    def format_message(self) -> str:
        root = Session(directory=None).root
        steps = NEXT.format(root=shown(str(root))) if (root / CONFIG_FILE).is_file() else FIRST
        return f"{super().format_message()}\n{steps.rstrip()}"


class _Program(Group):
    """The group of all commands, which turns errors into words."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the program; a standard stream that was closed, which Python has None for, leads nowhere."""
        for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
            if getattr(sys, name) is None:
                setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - to the very end
        return super().main(*args, **extra)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; without any, help says what to do first, at its end where the eye is."""
        if args or ctx.resilient_parsing:
            return super().parse_args(ctx, args)
        raise _Begin(ctx)

    def invoke(self, ctx: click.Context) -> Any:
        with in_words():
            return super().invoke(ctx)


@click.group(
    cls=_Program,
    name="tipsheet",
    sections=SECTIONS,
    epilog=EPILOG,
    params=[*common_options()],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="tipsheet")
@click.pass_context
def main(ctx: click.Context, directory: Path | None, *, quiet: bool, verbose: bool) -> None:
    """Publish a weekly tipsheet from one folder of Markdown: the site, the feeds and the mail."""
    ctx.obj = Session(directory=directory, quiet=quiet, verbose=verbose)
