"""``tipsheet subscribers``: who reads. One file a command and one line in the table `COMMANDS`."""

import click

from tipsheet.cli.options import examples
from tipsheet.cli.subscribers.add import add
from tipsheet.cli.subscribers.count import count
from tipsheet.cli.subscribers.demo import demo
from tipsheet.cli.subscribers.erase import erase
from tipsheet.cli.subscribers.exporting import export_subscribers
from tipsheet.cli.subscribers.importing import import_subscribers
from tipsheet.cli.subscribers.show import show
from tipsheet.cli.subscribers.suppress import suppress
from tipsheet.cli.subscribers.unsubscribe import unsubscribe
from tipsheet.cli.subscribers.verify import verify

__all__ = ["subscribers"]

COMMANDS = (
    count, show, add, unsubscribe, suppress, erase, import_subscribers, export_subscribers, verify, demo,
)  # fmt: skip


class _Group(click.Group):
    """Lists its commands in the order of the table."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - Click's signature
        return list(self.commands)


@click.group(
    cls=_Group,
    commands=COMMANDS,
    epilog=examples("tipsheet subscribers count", "tipsheet subscribers show ada@example.org"),
)
def subscribers() -> None:
    """Keep the subscribers: who reads, and what they agreed to.

    They are in a database beside mkdocs.yml, or in PostgreSQL; never in git, and never in what is
    published. What changes them needs TIPSHEET_SECRET.
    """
