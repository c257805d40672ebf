"""``tipsheet subscribers add``, ``unsubscribe``, ``suppress`` and ``verify``: consent given, withdrawn and proved."""

import datetime as dt
import os
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING

import click

from tipsheet.cli.options import (
    argument,
    database_option,
    dry_run_option,
    examples,
    flag,
    json_option,
    now_option,
    option,
    pass_options,
    shared,
)
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.subscribers.dossier import subscriber_values
from tipsheet.cli.terminal import echo, echo_json, number

if TYPE_CHECKING:
    from tipsheet.audience.consent import ChainVerdict
    from tipsheet.audience.register import Register
    from tipsheet.model.segment import Value

    Opened = Callable[..., AbstractContextManager[Register]]

__all__ = ["add", "suppress", "unsubscribe", "verify"]

SOME_UNKNOWN = 4
MOST_SHOWN = 20

source_option = click.option(
    "--source", default="an editor", show_default=True, metavar="TEXT", help="How they said so."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Add:
    """The options of ``tipsheet subscribers add``."""

    email: str = argument("email")
    source: str = option(
        "--source",
        required=True,
        metavar="TEXT",
        help="Where they agreed: the address of a form, or words such as 'fair in Utrecht, list 3'.",
    )
    form: str = option("--form", default="", metavar="TEXT", help="Name of the form.")
    wording: str = option("--wording", default="", metavar="TEXT", help="The words that they read when they agreed.")
    first_name: str = option("--first-name", default="", metavar="TEXT", help="First name.")
    last_name: str = option("--last-name", default="", metavar="TEXT", help="Last name.")
    locale: str = option("--locale", default="", metavar="TAG", help="Language, such as en or nl-BE.")
    values: tuple[str, ...] = option(
        "--attribute", "values", multiple=True, metavar="NAME=VALUE", help="An attribute; may be given several times."
    )
    tags: tuple[str, ...] = option(
        "--tag", "tags", multiple=True, metavar="NAME", help="A tag; may be given several times."
    )
    topics: tuple[str, ...] = option(
        "--topic", "topics", multiple=True, metavar="NAME", help="A topic; may be given several times."
    )
    confirmed: bool = flag("--confirmed", help="They have confirmed already. Without it they are pending.")
    reconfirmed: bool = flag("--reconfirmed", help="They had unsubscribed, and have asked for it again themselves.")
    dry_run: bool = shared(dry_run_option)
    database: str = shared(database_option)
    as_json: bool = shared(json_option)
    moment: dt.date | None = shared(now_option)


@click.command(
    epilog=examples(
        "tipsheet subscribers add ada@example.org --source 'fair in Utrecht, list 3'",
        "tipsheet subscribers add ada@example.org --source https://example.org/ --confirmed --attribute city=Utrecht",
    )
)
@pass_options(_Add)
def add(session: Session, asked: _Add) -> None:
    """Add EMAIL to the subscribers.

    Somebody who is pending is sent nothing. Somebody who unsubscribed, bounced, complained or was
    erased is not added, whatever a list says, unless --reconfirmed says that they came back
    themselves. Where they agreed is kept in the record of consent.
    """
    from tipsheet.audience import transitions
    from tipsheet.audience.consent import Evidence
    from tipsheet.audience.subscriber import NewSubscriber, address_of

    if not asked.source.strip():
        raise click.BadParameter("say where they agreed.", param_hint="--source")
    evidence = Evidence(source=asked.source, form=asked.form, wording=asked.wording)
    person = NewSubscriber(
        address=address_of(asked.email),
        first_name=asked.first_name,
        last_name=asked.last_name,
        locale=asked.locale,
        attributes=_attributes(session, asked.values),
        tags=asked.tags,
        topics=asked.topics,
    )
    with session.register(asked.database, asked.moment, dry_run=asked.dry_run) as register:
        if asked.reconfirmed:
            someone = transitions.resubscribe(register, person, evidence)
        else:
            someone = transitions.add(register, person, evidence, confirmed=asked.confirmed)
    if asked.as_json:
        echo_json(subscriber_values(someone))
    session.say(f"{'Would be added' if asked.dry_run else 'Added'}: {someone.email}, {someone.status}.")


def _attributes(session: Session, options: tuple[str, ...]) -> "dict[str, Value]":
    """The values of ``--attribute`` with the types that mkdocs.yml declares."""
    from tipsheet.audience.importing.cells import as_typed
    from tipsheet.problems import did_you_mean

    if not options:
        return {}
    declared = {attribute.name: attribute for attribute in session.settings().attributes}
    values = {}
    for one in options:
        name, _, text = one.partition("=")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unsubscribe:
    """The options of ``tipsheet subscribers unsubscribe``."""

    who: str | None = argument("who", required=False)
    lines: Iterable[str] | None = option(
        "--list",
        "lines",
        type=click.File(encoding="utf-8"),
        metavar="FILE",
        help="Addresses and tokens, one a line; - is standard input.",
    )
    source: str = shared(source_option)
    dry_run: bool = shared(dry_run_option)
    database: str = shared(database_option)
    as_json: bool = shared(json_option)
    moment: dt.date | None = shared(now_option)

    @property
    def done(self) -> str:
        """The first word of a report."""
        return "Would be unsubscribed" if self.dry_run else "Unsubscribed"


@click.command(
    epilog=examples(
        "tipsheet subscribers unsubscribe ada@example.org",
        "tipsheet subscribers unsubscribe dvfoii35ynn5xhilgyqot7znzt6c42x3 --source 'her mail of 24 November'",
        "tipsheet subscribers unsubscribe --list left.txt",
    )
)
@pass_options(_Unsubscribe)
def unsubscribe(session: Session, asked: _Unsubscribe) -> None:
    """Unsubscribe WHO, an address or the token of a letter; they get nothing from then on.

    The token is the 32 letters and digits in a letter's List-Unsubscribe, and in the subject of the
    mail by which a reader answers it: ``unsubscribe TOKEN``. What is known about them stays, and their
    address is suppressed: no import brings them back. With --list, everybody in it who is known is
    unsubscribed; lines that name nobody are listed, and the command ends with 4.
    """
    from tipsheet.audience.register import open_register
    from tipsheet.audience.secret import secret_of

    if (asked.who is None) is (asked.lines is None):
        raise click.UsageError("Give an address, a token, or --list FILE.")
    secret, now = secret_of(os.environ), session.now(asked.moment)
    with session.store(asked.database) as engine:
        opened = partial(open_register, engine, secret, now=now, dry_run=asked.dry_run)
        if asked.who is not None:
            _unsubscribe_one(session, asked, asked.who, opened)
        else:
            _unsubscribe_all(session, asked, opened)


def _unsubscribe_one(session: Session, asked: _Unsubscribe, who: str, opened: "Opened") -> None:
    from tipsheet.audience.consent import Evidence
    from tipsheet.audience.transitions import unsubscribe_by

    with opened() as register:
        someone = unsubscribe_by(register, who, Evidence(source=asked.source))
    if asked.as_json:
        echo_json(subscriber_values(someone))
    session.say(f"{asked.done}: {someone.email}.")


def _unsubscribe_all(session: Session, asked: _Unsubscribe, opened: "Opened") -> None:
    """Unsubscribe everybody in a list; lines that name nobody end the command with `SOME_UNKNOWN`."""
    from tipsheet.audience.consent import Evidence
    from tipsheet.audience.transitions import NotFound, unsubscribe_all, unsubscribe_lines

    evidence = Evidence(source=asked.source)
    found = list(unsubscribe_all(partial(opened, one_of_many=True), unsubscribe_lines(asked.lines or ()), evidence))
    missing = [one for one in found if isinstance(one, NotFound)]
    if asked.as_json:
        refused = [{"line": one.line, "reason": one.reason} for one in missing]
        echo_json({"unsubscribed": len(found) - len(missing), "refused": refused})
    session.say(f"{asked.done}: {len(found) - len(missing):,}.")
    for one in missing[:MOST_SHOWN]:
        session.say(f"  line {one.line}: {one.reason}")
    if missing:
        click.get_current_context().exit(SOME_UNKNOWN)


@click.command(epilog=examples("tipsheet subscribers suppress ada@example.org"))
@click.argument("email")
@source_option
@dry_run_option
@database_option
@now_option
@pass_session
def suppress(
    session: Session, email: str, source: str, database: str, *, dry_run: bool, moment: dt.date | None
) -> None:
    """Never write to EMAIL, whether or not anybody is known by it.

    A subscriber is unsubscribed. Of a stranger only a hash of the address is kept, and no import
    brings it in.
    """
    from tipsheet.audience import transitions
    from tipsheet.audience.consent import Evidence
    from tipsheet.audience.subscriber import address_of

    address = address_of(email)
    with session.register(database, moment, dry_run=dry_run) as register:
        transitions.refuse(register, address, Evidence(source=source))
    session.say(f"{'Would be suppressed' if dry_run else 'Suppressed'}: {address.email}.")


@click.command(epilog=examples("tipsheet subscribers verify", "tipsheet subscribers verify --seen 7f53853ba332"))
@click.option("--seen", default="", metavar="HASH", help="A head that you noted, or its beginning: is it still there?")
@database_option
@json_option
@pass_session
def verify(session: Session, seen: str, database: str, *, as_json: bool) -> None:
    """Check that no event of consent was changed, removed or slipped in.

    Each event holds the hash of the one before. The first that does not fit is named, and the
    command ends with 1. A chain cannot tell that its end was cut off: note its head where others
    keep it, and ask for it with --seen.
    """
    from tipsheet.audience.consent import verify as verify_chain

    with session.store_in_use(database) as engine, engine.connect() as connection:
        verdict = verify_chain(connection, seen=seen)
    if as_json:
        echo_json(asdict(verdict))
    else:
        echo(_sentence(verdict))
    if verdict.fault or verdict.seen is False:
        click.get_current_context().exit(1)


def _sentence(verdict: "ChainVerdict") -> str:
    if verdict.fault:
        return f"{verdict.row} does not fit: {verdict.fault}. {number(verdict.events, 'event')} before it fit."
    if verdict.seen is False:
        return f"{number(verdict.events, 'event')} fit, but none of them has the hash that you have seen."
    stripped = f", {verdict.stripped} of them of erased people" if verdict.stripped else ""
    return f"{number(verdict.events, 'event')} fit{stripped}. Head: {verdict.head}"
