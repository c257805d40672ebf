"""The page of commands, from Click, and that of what `tipsheet doctor` looks at."""

import inspect
import re
from collections.abc import Iterator

import click

from docs.reference.pages.markdown import code, fenced, grid, page
from tipsheet.cli import EPILOG, main
from tipsheet.cli.doctor import tables
from tipsheet.delivery.senders import SENDERS

__all__ = ["commands", "examinations", "subcommands"]


def commands() -> str:
    """Every command with its options, an example and the exit codes."""
    context = context_of(main, "tipsheet")
    listed = list(subcommands(main, ("tipsheet",)))
    _, examples, exits = EPILOG.split("\b\n")
    return page(
        "Commands",
        f"{main.help} Results go to the standard output, everything else to the standard error.",
        fenced(main.get_usage(context).removeprefix("Usage: "), "text"),
        options_grid(main, context),
        "Every command takes these before its name and after it: `tipsheet -C letter build`, `tipsheet build -q`.",
        "## Exit codes",
        grid(("code", "when"), (re.split(r"  +", line.strip(), maxsplit=1) for line in exits.strip().splitlines()[1:])),
        "## Examples",
        fenced(example_lines(examples), "sh"),
        *(command_section(command, " ".join(path)) for path, command in listed),
        "## Senders",
        "`send`, `publish` and `web` hand letters to one of these; `tipsheet doctor --sender NAME` looks at what "
        "it needs.",
        grid(
            ("name", "takes letters to", "reaches readers"),
            ((one.name, one.summary, "yes" if one.real else "no") for one in SENDERS.values()),
        ),
        "## Completion",
        "A shell completes commands, options, problem codes and the names of your own issues, segments, authors and "
        "tags: [write in your editor](../how-to/editors.md#names-by-tab).",
    )


def examinations() -> str:
    """What `tipsheet doctor` looks at, from its tables."""
    offline, online = tables().values()
    head = ("subject", "what is looked at")
    return page(
        "Examinations",
        "What [`tipsheet doctor`](commands.md#tipsheet-doctor) looks at, in this order. A finding is in order, a "
        "warning or an error; each that is not in order has a remedy. `--json` gives `subject`, `message`, `remedy` "
        "and `severity` (`null` where it is in order).",
        "## Always",
        "Errors among these are reasons of the last gate as well: [send an issue](../how-to/send-an-issue.md).",
        grid(head, offline.items()),
        "## With `--online`",
        "These ask DNS and servers: [check that mail arrives](../how-to/check-that-mail-arrives.md). Where DNS cannot "
        "be asked at all, `network` says so, and nothing else is looked at.",
        grid(head, online.items()),
    )


def context_of(command: click.Command, name: str) -> click.Context:
    """A context as a run of this command has it, wide enough that nothing is wrapped."""
    settings = {**main.context_settings, **command.context_settings}
    return command.make_context(name, [], resilient_parsing=True, **{**settings, "terminal_width": 200})


def subcommands(group: click.Group, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Each command with the words that lead to it."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from subcommands(command, (*path, name))
        else:
            yield (*path, name), command


def command_section(command: click.Command, name: str) -> str:
    """One command."""
    context = context_of(command, name)
    return "\n\n".join(
        [
            f"## {name}",
            inspect.cleandoc(command.help or ""),
            fenced(command.get_usage(context).removeprefix("Usage: "), "text"),
            options_grid(command, context),
            "For example:",
            fenced(example_lines(command.epilog or ""), "sh"),
        ]
    )


def options_grid(command: click.Command, context: click.Context) -> str:
    """The options of a command as its help has them."""
    options = [p for p in command.get_params(context) if isinstance(p, click.Option)]
    records = [record for p in options if (record := p.get_help_record(context))]
    return grid(("option", "what it does"), ([code(names), words.replace("  [", " [")] for names, words in records))


def example_lines(epilog: str) -> str:
    """The examples that end a help text."""
    lines = epilog.replace("\b", "").replace("Examples:", "").splitlines()
    return "\n".join(line.strip() for line in lines if line.strip())
