"""The command line: thin commands, one file each and one line in the table `COMMANDS`.

A command imports what it needs when it runs, so that ``tipsheet --help`` answers at once; `errors`
is the one place that maps errors to words and exit codes.
"""

import os
from collections import UserDict
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from tipsheet import __version__
from tipsheet.cli.errors import in_words
from tipsheet.cli.session import Session

__all__ = ["main"]

os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # it would look for some in everything that is installed

COMMANDS = {
    "init": "init:init",
    "new": "new:new",
    "assemble": "assemble:assemble",
    "check": "check:check",
    "explain": "explain:explain",
    "build": "build:build",
    "serve": "serve:serve",
    "export": "export:export",
    "list": "listing:list_issues",
    "calendar": "calendar:calendar",
    "plan": "plan:plan",
    "segments": "segments:segments",
    "subscribers": "subscribers:subscribers",
    "send": "send:send",
    "publish": "publish:publish",
    "deliveries": "deliveries:deliveries",
    "inbox": "inbox:inbox",
    "web": "web:web",
    "doctor": "doctor:doctor",
}
"""In the order of an editor's week: where each command is, in this package."""

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


class _Commands(UserDict[str, Any]):
    """Commands that are imported when they are asked for: a build has no use for the others."""

    def __getitem__(self, name: str) -> click.Command:
        module, _, attribute = super().__getitem__(name).partition(":")
        found: click.Command = getattr(import_module(f"tipsheet.cli.{module}"), attribute)
        return _with_everyones(found)


def _everyones() -> list[click.Option]:
    """The options that every command has, before its name and after it."""
    return [
        click.Option(
            ["-C", "--directory"],
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            metavar="DIR",
            help="Folder of the publication. Default: the current one, or the nearest above it with mkdocs.yml.",
        ),
        click.Option(["-q", "--quiet"], is_flag=True, help="Say nothing but results and mistakes."),
        click.Option(["-v", "--verbose"], is_flag=True, help="Say more, such as which folder is worked on."),
    ]


def _with_everyones(command: click.Command) -> click.Command:
    """The command, and all below it, with the options that stand before it as well; only those are in the help."""
    known = {param.name for param in command.params}
    for option in _everyones():
        if option.name not in known:
            option.hidden, option.expose_value, option.callback = True, False, _told_late
            command.params.append(option)
    if isinstance(command, click.Group):
        for below in command.commands.values():
            _with_everyones(below)
    return command


def _told_late(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Say to this command what an option after its name says."""
    session = ctx.find_object(Session)
    if value and session and param.name:
        ctx.obj = replace(session, **{param.name: value})


class _Group(click.Group):
    """A group that says errors in words, and lists its commands in the order of an editor's week."""

    def invoke(self, ctx: click.Context) -> Any:
        with in_words():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - Click's signature
        return list(self.commands)


@click.group(
    cls=_Group,
    name="tipsheet",
    commands=_Commands(COMMANDS),
    epilog=EPILOG,
    params=[*_everyones()],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="tipsheet")
@click.pass_context
def main(ctx: click.Context, directory: Path | None, *, quiet: bool, verbose: bool) -> None:
    """Publish a weekly tipsheet from one folder of Markdown: the site, the feeds and the mail."""
    ctx.obj = Session(directory=directory, quiet=quiet, verbose=verbose)
