"""``tipsheet subscribers``: commands about the people who read, each with a line in the table `COMMANDS`."""

import click

from tipsheet.cli.groups import Commands, Group
from tipsheet.cli.options import examples

__all__ = ["subscribers"]

COMMANDS = {
    "count": "subscribers.population:count",
    "show": "subscribers.dossier:show",
    "add": "subscribers.consent:add",
    "unsubscribe": "subscribers.consent:unsubscribe",
    "suppress": "subscribers.consent:suppress",
    "erase": "subscribers.dossier:erase",
    "import": "subscribers.importing:import_subscribers",
    "export": "subscribers.population:export_subscribers",
    "verify": "subscribers.consent:verify",
    "demo": "subscribers.population:demo",
}


@click.group(
    cls=Group,
    commands=Commands(COMMANDS),
    epilog=examples("tipsheet subscribers count", "tipsheet subscribers show ada@example.org"),
)
def subscribers() -> None:
    """Keep the subscribers, and what they agreed to.

    They are in a database beside mkdocs.yml, or in PostgreSQL; never in git, and never in what is
    published. What changes them needs TIPSHEET_SECRET.
    """
