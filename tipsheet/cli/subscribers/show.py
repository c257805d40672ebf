"""``tipsheet subscribers show``: everything that is held about one person."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from tipsheet.cli.options import database_option, examples, json_option
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.subscribers.values import plain
from tipsheet.cli.terminal import echo, echo_json

if TYPE_CHECKING:
    from tipsheet.audience.personal_data import Dossier

__all__ = ["show"]

EMPTY: tuple[Any, ...] = (None, "", (), [], {})


@click.command(
    epilog=examples("tipsheet subscribers show ada@example.org", "tipsheet subscribers show ada@example.org --json")
)
@click.argument("email")
@database_option
@json_option
@pass_session
def show(session: Session, email: str, database: str, *, as_json: bool) -> None:
    """Show everything that is held about EMAIL.

    That is the subscriber with attributes, tags, topics, frequency and pause, every event of consent
    with the words that were read, every letter with what became of it or why there was none, what
    waits to be confirmed, and whether the address is suppressed. It is what you give to somebody who
    asks what you know about them.
    """
    from tipsheet.audience.personal_data import dossier_of
    from tipsheet.audience.secret import secret_of
    from tipsheet.audience.subscriber import UnknownSubscriberError, address_of

    address, secret = address_of(email), secret_of(os.environ)
    with session.store_in_use(database) as engine, engine.connect() as connection:
        dossier = dossier_of(connection, secret, address)
    if dossier.empty:
        raise UnknownSubscriberError(f"nothing is held about {address.email}")
    if as_json:
        echo_json(plain(asdict(dossier)))
    else:
        echo("\n".join(_lines(dossier)))


def _lines(dossier: "Dossier") -> Iterator[str]:
    if dossier.subscriber:
        yield from _fields(asdict(dossier.subscriber))
    if dossier.suppression:
        yield f"suppressed: {dossier.suppression.reason} on {plain(dossier.suppression.at)}"
    sections = (
        ("Asked for, and not confirmed", dossier.signups),
        ("Consent", dossier.consent),
        ("Letters", dossier.deliveries),
        ("Letters of the service", dossier.letters),
        ("Before an import changed it", dossier.imports),
    )
    for title, rows in sections:
        if rows:
            yield f"\n{title}:"
        for row in rows:
            yield ""
            yield from (f"  {line}" for line in _fields(row))


def _fields(row: Mapping[str, Any]) -> Iterator[str]:
    """A line for each field that says something; what is within it is indented."""
    for name, value in row.items():
        if value in EMPTY:
            continue
        match value:
            case Mapping():
                yield f"{name}:"
                yield from (f"  {line}" for line in _fields(value))
            case list() if isinstance(value[0], Mapping):
                yield f"{name}:"
                yield from (f"  {', '.join(_fields(inner))}" for inner in value)
            case list() | tuple():
                yield f"{name}: {', '.join(map(str, value))}"
            case _:
                yield f"{name}: {plain(value)}"
