"""``tipsheet segments``: the parts of the readership. One file a command and one line in the table `COMMANDS`."""

import click

from tipsheet.cli.options import examples
from tipsheet.cli.segments.count import count
from tipsheet.cli.segments.explain import explain
from tipsheet.cli.segments.index import index
from tipsheet.cli.segments.listing import list_segments

__all__ = ["segments"]

COMMANDS = (list_segments, count, explain, index)


class _Group(click.Group):
    """Lists its commands in the order of the table."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - Click's signature
        return list(self.commands)


@click.group(
    cls=_Group,
    commands=COMMANDS,
    epilog=examples("tipsheet segments list", "tipsheet segments explain ada@example.org"),
)
def segments() -> None:
    """Show the segments of the readership, and who is in them."""
