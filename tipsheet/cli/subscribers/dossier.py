"""``tipsheet subscribers show`` and ``erase``: everything that is held about one person."""

import datetime as dt
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tipsheet.cli.options import (
    argument,
    database_option,
    examples,
    flag,
    json_option,
    now_option,
    pass_options,
    shared,
)
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.terminal import echo, echo_json, number, one_line

if TYPE_CHECKING:
    from tipsheet.audience.personal_data import Dossier
    from tipsheet.audience.subscriber import Subscriber

__all__ = ["erase", "plain", "show", "subscriber_values"]

EMPTY: tuple[Any, ...] = (None, "", (), [], {})


def plain(value: Any) -> Any:
    """The value with moments in ISO 8601, so that JSON can hold it."""
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


def subscriber_values(someone: "Subscriber") -> dict[str, Any]:
    """Everything in a subscriber's row."""
    values: dict[str, Any] = plain(asdict(someone))
    return values


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
    """A line for each field that is not empty; inner fields are indented."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Erase:
    """The options of ``tipsheet subscribers erase``."""

    email: str = argument("email")
    yes: bool = flag("--yes", help="Do not ask; needed where nobody can be asked.")
    dry_run: bool = flag("--dry-run", help="Change nothing; say what would be erased.")
    database: str = shared(database_option)
    as_json: bool = shared(json_option)
    moment: dt.date | None = shared(now_option)


@click.command(
    epilog=examples(
        "tipsheet subscribers erase ada@example.org --dry-run", "tipsheet subscribers erase ada@example.org --yes"
    )
)
@pass_options(_Erase)
def erase(session: Session, asked: _Erase) -> None:
    """Erase everything about EMAIL, for good.

    One thing stays: a hash from which the address cannot be read, so that no list brings the person
    back. Letters already sent stay in the counts, without their address. Copies of the store are
    yours to delete; those beside it are named.
    """
    from tipsheet.audience.personal_data import dossier_of
    from tipsheet.audience.register import open_register
    from tipsheet.audience.secret import secret_of
    from tipsheet.audience.subscriber import UnknownSubscriberError, address_of, known
    from tipsheet.audience.transitions import erase as erase_person
    from tipsheet.store.database import copies_of, settle

    address, secret, now = address_of(asked.email), secret_of(os.environ), session.now(asked.moment)
    copies: tuple[Path, ...] = ()
    with session.store_in_use(asked.database) as engine:
        with engine.connect() as connection:
            dossier = dossier_of(connection, secret, address)
        if dossier.empty:
            raise UnknownSubscriberError(f"nothing is held about {address.email}", "look at the spelling")
        if dossier.subscriber and not asked.dry_run:
            if not asked.yes:
                _ask(dossier)
            with open_register(engine, secret, now=now) as register:
                erase_person(register, known(register.connection, address))
            settle(engine)
            copies = copies_of(engine.url)
    if asked.as_json:
        echo_json({**_counts(dossier), "erased": not asked.dry_run, "copies": [str(copy) for copy in copies]})
    elif dossier.subscriber:
        session.say(f"{'Would be erased' if asked.dry_run else 'Erased'}: {_words(dossier)}.")
    else:
        session.say("Nothing is held about them but the hash that keeps them from coming back.")
    if copies:
        session.say("These copies were made before and still hold them; delete what you do not need:")
        for copy in copies:
            session.say(f"  {copy}")


def _ask(dossier: "Dossier") -> None:
    if not sys.stdin.isatty():
        raise click.UsageError("Nobody can be asked here: add --yes.")
    click.confirm(one_line(f"Erase {_words(dossier)}, for good?"), abort=True, err=True)


def _counts(dossier: "Dossier") -> dict[str, int]:
    """The number of rows of each kind about the person."""
    return {
        "subscribers": int(dossier.subscriber is not None),
        "consent_events": len(dossier.consent),
        "deliveries": len(dossier.deliveries),
    }


def _words(dossier: "Dossier") -> str:
    events, letters = len(dossier.consent), len(dossier.deliveries)
    return f"one subscriber, {number(events, 'event')} of consent, the address of {number(letters, 'letter')}"
