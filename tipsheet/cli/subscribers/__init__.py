"""``tipsheet subscribers``: commands about the people who read, each with a line in the table `SECTIONS`."""

import click

from tipsheet.cli.groups import Group
from tipsheet.cli.options import examples

__all__ = ["subscribers"]

SECTIONS = {
    "Look": {
        "count": "subscribers.population:count",
        "show": "subscribers.dossier:show",
        "verify": "subscribers.consent:verify",
    },
    "One reader": {
        "add": "subscribers.consent:add",
        "unsubscribe": "subscribers.consent:unsubscribe",
        "suppress": "subscribers.consent:suppress",
        "erase": "subscribers.dossier:erase",
    },
    "All readers": {
        "import": "subscribers.importing:import_subscribers",
        "export": "subscribers.population:export_subscribers",
        "demo": "subscribers.population:demo",
    },
}
"""The module and the attribute of each command, by the heading under which ``--help`` lists it."""


@click.group(
    cls=Group,
    sections=SECTIONS,
    epilog=examples("tipsheet subscribers count", "tipsheet subscribers show ada@example.org"),
)
def subscribers() -> None:
    """Keep the subscribers, and what they agreed to.

    They are in a database beside mkdocs.yml, or in PostgreSQL; never in git, and never in what is
    published. What changes them needs TIPSHEET_SECRET.
    """
