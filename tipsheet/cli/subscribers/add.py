"""``tipsheet subscribers add``: one person more."""

import datetime as dt
from typing import TYPE_CHECKING

import click

from tipsheet.cli.options import database_option, examples, json_option, now_option
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.subscribers.evidence import evidence_options
from tipsheet.cli.subscribers.values import subscriber_values
from tipsheet.cli.terminal import echo_json

if TYPE_CHECKING:
    from tipsheet.audience.consent import Evidence
    from tipsheet.model.segment import Value

__all__ = ["add"]


@click.command(
    epilog=examples(
        "tipsheet subscribers add ada@example.org --source 'fair in Utrecht, list 3'",
        "tipsheet subscribers add ada@example.org --source https://example.org/ --confirmed --attribute city=Utrecht",
    )
)
@click.argument("email")
@evidence_options
@click.option("--first-name", default="", metavar="TEXT", help="First name.")
@click.option("--last-name", default="", metavar="TEXT", help="Last name.")
@click.option("--locale", default="", metavar="TAG", help="Language, such as en or nl-BE.")
@click.option(
    "--attribute", "given", multiple=True, metavar="NAME=VALUE", help="An attribute; may be given several times."
)
@click.option("--tag", "tags", multiple=True, metavar="NAME", help="A tag; may be given several times.")
@click.option("--topic", "topics", multiple=True, metavar="NAME", help="A topic; may be given several times.")
@click.option("--confirmed", is_flag=True, help="They have confirmed already. Without it they are pending.")
@click.option("--reconfirmed", is_flag=True, help="They had left, and have asked for it again themselves.")
@click.option("--dry-run", is_flag=True, help="Change nothing; say what would happen.")
@database_option
@json_option
@now_option
@pass_session
def add(
    session: Session,
    email: str,
    *,
    evidence: "Evidence",
    first_name: str,
    last_name: str,
    locale: str,
    given: tuple[str, ...],
    tags: tuple[str, ...],
    topics: tuple[str, ...],
    database: str,
    confirmed: bool,
    reconfirmed: bool,
    dry_run: bool,
    as_json: bool,
    moment: dt.date | None,
) -> None:
    """Add EMAIL to the subscribers.

    Somebody who is pending is sent nothing. Somebody who unsubscribed, bounced, complained or was
    erased is not added, whatever a list says, unless --reconfirmed tells that they came back
    themselves. Where they agreed is kept with the event.
    """
    from tipsheet.audience import transitions
    from tipsheet.audience.subscriber import NewSubscriber, address_of

    person = NewSubscriber(
        address=address_of(email),
        first_name=first_name,
        last_name=last_name,
        locale=locale,
        attributes=_attributes(session, given),
        tags=tags,
        topics=topics,
    )
    with session.register(database, moment, dry_run=dry_run) as register:
        if reconfirmed:
            someone = transitions.come_back(register, person, evidence)
        else:
            someone = transitions.add(register, person, evidence, confirmed=confirmed)
    if as_json:
        echo_json(subscriber_values(someone))
    session.say(f"{'Would be added' if dry_run else 'Added'}: {someone.email}, {someone.status}.")


def _attributes(session: Session, given: tuple[str, ...]) -> "dict[str, Value]":
    """Values as mkdocs.yml declares them."""
    from tipsheet.audience.importing.cells import as_typed
    from tipsheet.problems import did_you_mean

    if not given:
        return {}
    declared = {attribute.name: attribute for attribute in session.settings().attributes}
    values = {}
    for option in given:
        name, _, text = option.partition("=")
        if name not in declared:
            hint = did_you_mean(name, declared)
            raise click.BadParameter(f"mkdocs.yml declares no '{name}'; {hint}".rstrip("; "), param_hint="--attribute")
        try:
            value = as_typed(text, declared[name])
        except ValueError as error:
            raise click.BadParameter(f"{error}.", param_hint="--attribute") from error
        if value is not None:
            values[name] = value
    return values
