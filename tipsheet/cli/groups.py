"""Groups of commands: each command is imported when it is asked for, and takes the options of the whole program too."""

import sys
from collections import UserDict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from tipsheet.cli.session import Session

__all__ = ["Commands", "Group", "common_options"]


class Commands(UserDict[str, Any]):
    """Commands by their names, as ``module:attribute`` in `tipsheet.cli`: a build does not import the others."""

    def __getitem__(self, name: str) -> click.Command:
        module, _, attribute = super().__getitem__(name).partition(":")
        command: click.Command = getattr(import_module(f"tipsheet.cli.{module}"), attribute)
        return _with_common_options(command)


class Group(click.Group):
    """A group that lists its commands in the order in which they were declared, under headings if it has them.

    ``sections`` are the commands of a `Commands` by their headings.
    """

    def __init__(self, *args: Any, sections: Mapping[str, Mapping[str, str]] | None = None, **extra: Any) -> None:
        if sections is not None:
            extra["commands"] = Commands({name: at for names in sections.values() for name, at in names.items()})
        super().__init__(*args, **extra)
        self.sections = sections

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - Click's signature
        """The names in the order of the table, where Click would sort them."""
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """Write each command with its whole first sentence, where Click would cut it to the line."""
        sections: Mapping[str, Iterable[str]] = self.sections or {"Commands": self.commands}
        width = max(map(len, self.commands))
        for heading, names in sections.items():
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(width), _first_sentence(self.commands[name])) for name in names])


def _first_sentence(command: click.Command) -> str:
    """The first sentence of a command's help."""
    return command.get_short_help_str(limit=sys.maxsize)


def common_options() -> list[click.Option]:
    """The options that every command has, before its name and after it."""
    return [
        click.Option(
            ["-C", "--directory"],
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            metavar="DIR",
            help="Folder of the publication. Default: the current one, or the nearest above it with mkdocs.yml.",
        ),
        click.Option(["-q", "--quiet"], is_flag=True, help="Print nothing but results and mistakes."),
        click.Option(["-v", "--verbose"], is_flag=True, help="Print more, such as the folder that is worked on."),
    ]


def _with_common_options(command: click.Command) -> click.Command:
    """The command, and all below it, with the common options; its help does not repeat them."""
    known = {param.name for param in command.params}
    for option in common_options():
        if option.name not in known:
            option.hidden, option.expose_value, option.callback = True, False, _take_over
            command.params.append(option)
    if isinstance(command, click.Group) and not isinstance(command.commands, Commands):
        for below in command.commands.values():
            _with_common_options(below)
    return command


def _take_over(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Put an option that was given after the command's name into the session.

    While a shell completes a line no command has run, and nothing has made a session.
    """
    session = ctx.find_object(Session) or (Session(directory=None) if ctx.resilient_parsing else None)
    if value and session and param.name:
        ctx.obj = replace(session, **{param.name: value})
