"""``tipsheet deliveries``: what became of the letters of an issue, and what a person decides about them."""

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tipsheet.cli.groups import Group
from tipsheet.cli.options import NUMBER, Names, database_option, examples, issues, json_option, now_option
from tipsheet.cli.sending import counted, said, values
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.terminal import echo, echo_json, echo_table, one_line

if TYPE_CHECKING:
    import datetime as dt

    import sqlalchemy as sa

    from tipsheet.delivery.bounces import Summary
    from tipsheet.delivery.status import DeliveryRow

__all__ = ["deliveries"]


def _states() -> Iterable[str]:
    from tipsheet.store.states import DeliveryState

    return [state.value for state in DeliveryState]


issue_argument = click.argument("issue", shell_complete=issues)


@click.group(cls=Group, epilog=examples("tipsheet deliveries status", "tipsheet deliveries bounces Maildir"))
def deliveries() -> None:
    """See and settle what was sent to whom.

    No command here shows an address: a letter is known by its number and by the key in its
    Message-ID.
    """


@deliveries.command(
    epilog=examples(
        "tipsheet deliveries status",
        "tipsheet deliveries status 2026-w48 --json",
        "tipsheet deliveries status 2026-w48 --rows --state failed",
    )
)
@click.argument("issue", required=False, shell_complete=issues)
@click.option("--rows", is_flag=True, help="Every letter, not only the counts.")
@click.option("--state", "states", multiple=True, type=Names(_states), help="With --rows: only these.")
@database_option
@json_option
@pass_session
def status(
    session: Session, issue: str | None, *, rows: bool, states: tuple[str, ...], database: str, as_json: bool
) -> None:
    """Show where an ISSUE stands, or all that were ever sent."""
    from tipsheet.delivery.status import issues_sent, rows_of, status_of
    from tipsheet.store.states import DeliveryState

    with session.store_in_use(database) as engine, engine.connect() as connection:
        if issue is None:
            found = [status_of(connection, one) for one in issues_sent(connection)]
            if as_json:
                echo_json([values(one) for one in found])
            elif found:
                echo_table(("issue", "state", "letters"), [(one.issue, one.activity, counted(one)) for one in found])
            else:
                session.say("Nothing was sent yet.")
            return
        where = status_of(connection, issue)
        letters = list(rows_of(connection, issue, [DeliveryState(state) for state in states])) if rows else []
    if as_json:
        echo_json(values(where) | ({"rows": [_row(letter) for letter in letters]} if rows else {}))
    elif rows:
        _table(letters)
    else:
        echo("\n".join(said(where)))
        for (state, cause), count in sorted(where.causes.items()):
            if cause:
                echo(f"  {count:,} {state}: {cause}")
        for answer in where.answers:
            words = f"{answer.code} {answer.words}".strip()
            times = f"{answer.count:,} times" if answer.count > 1 else "once"
            echo(f"  the server, {times}, last at {answer.last_at:%Y-%m-%d %H:%M} UTC ({answer.cause}): {words}")


@deliveries.command(
    epilog=examples(
        "tipsheet deliveries resolve 2026-w48",
        "tipsheet deliveries resolve 2026-w48 --log /var/log/mail.log",
        "tipsheet deliveries resolve 2026-w48 --log /var/log/mail.log --again",
        "tipsheet deliveries resolve 2026-w48 --row 17 --sent",
    )
)
@issue_argument
@click.option(
    "--log", type=click.File(encoding="utf-8", errors="replace"), help="A mail server's log: who stands in it, got it."
)
@click.option("--row", "chosen", multiple=True, type=NUMBER, metavar="NUMBER", help="Only this letter.")
@click.option("--sent", "decision", flag_value="sent", help="The rest arrived.")
@click.option("--again", "decision", flag_value="queued", help="The rest did not arrive, and is sent again.")
@database_option
@pass_session
def resolve(
    session: Session,
    issue: str,
    *,
    log: Iterator[str] | None,
    chosen: tuple[int, ...],
    decision: str | None,
    database: str,
) -> None:
    """Settle letters of an ISSUE of which nobody knows whether they arrived.

    A sender that was killed leaves the letters that it was just ending. They are held, never sent
    again by themselves. Without options they are listed. A log settles those whose key is in it;
    what becomes of the rest, you say.
    """
    from tipsheet.delivery.status import resolve as settle
    from tipsheet.delivery.status import rows_of, unresolved
    from tipsheet.store.states import DeliveryState

    with _changing(session, database) as (connection, now):
        arrived, rest = unresolved(connection, issue, log or ())
        if chosen:
            arrived, rest = arrived & set(chosen), rest & set(chosen)
        settled = settle(connection, issue, arrived, DeliveryState.SENT, now)
        if settled:
            session.say(f"{settled:,} stand in the log: sent.")
        if decision is not None:
            count = settle(connection, issue, rest, DeliveryState(decision), now)
            session.say(f"{count:,} {'are sent' if decision == 'sent' else f'will be sent by: tipsheet send {issue}'}.")
            return
        letters = [row for row in rows_of(connection, issue, [DeliveryState.UNKNOWN]) if row.id in rest]
    if letters:
        _table(letters)
        session.say("Look for their keys in the log of your mail server, then say --sent or --again.")
    else:
        session.say("No letter is unknown.")


@deliveries.command(epilog=examples("tipsheet deliveries pause 2026-w48"))
@issue_argument
@database_option
@pass_session
def pause(session: Session, issue: str, *, database: str) -> None:
    """Stop every sender of an ISSUE, after the letter that each is about to end."""
    from tipsheet.delivery.status import pause as pause_send

    with _changing(session, database) as (connection, now):
        pause_send(connection, issue, now)
    session.say(f"Paused. Go on with: tipsheet deliveries resume {issue}, then tipsheet send {issue}")


@deliveries.command(epilog=examples("tipsheet deliveries resume 2026-w48"))
@issue_argument
@database_option
@pass_session
def resume(session: Session, issue: str, *, database: str) -> None:
    """Let an ISSUE that was paused be sent again."""
    from tipsheet.delivery.status import resume as resume_send

    with _changing(session, database) as (connection, now):
        resume_send(connection, issue, now)
    session.say(f"Go on with: tipsheet send {issue}")


@deliveries.command(epilog=examples("tipsheet deliveries cancel 2026-w48"))
@issue_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@database_option
@pass_session
def cancel(session: Session, issue: str, *, yes: bool, database: str) -> None:
    """Never send what was not sent of an ISSUE. This cannot be taken back."""
    from tipsheet.delivery.status import cancel as cancel_send

    if not yes:
        click.confirm(one_line(f"Never send {issue} to those who have not got it?"), abort=True, err=True)
    with _changing(session, database) as (connection, now):
        count = cancel_send(connection, issue, now)
    session.say(f"Cancelled: {count:,} letters will not be sent.")


@deliveries.command(
    epilog=examples("tipsheet deliveries retry 2026-w48", "tipsheet deliveries retry 2026-w48 --cause expired")
)
@issue_argument
@click.option("--cause", default="", help="Only those that failed for this cause, as status names it.")
@database_option
@pass_session
def retry(session: Session, issue: str, *, cause: str, database: str) -> None:
    """Try letters of an ISSUE that failed once more."""
    from tipsheet.delivery.status import retry as retry_send

    with _changing(session, database) as (connection, now):
        count = retry_send(connection, issue, now, cause=cause)
    session.say(f"{count:,} letters will be sent by: tipsheet send {issue}" if count else "No letter failed so.")


@deliveries.command(
    epilog=examples(
        "tipsheet deliveries bounces Maildir --dry-run",
        "tipsheet deliveries bounces bounces.mbox complaint.eml",
        "tipsheet deliveries bounces - < report.eml",
    )
)
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, allow_dash=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Change nothing; say what would happen.")
@database_option
@json_option
@now_option
@pass_session
def bounces(
    session: Session,
    files: tuple[Path, ...],
    database: str,
    *,
    dry_run: bool,
    as_json: bool,
    moment: "dt.date | None",
) -> None:
    """Read reports of letters that came back, and complaints, from FILES.

    A file is a message, an mbox, a Maildir or a folder of messages; - is standard input. A reader whose
    address does not exist, or who complains, is sent nothing any more; five failures for a time over
    three issues are the same. What is refused for policy, answers of absence and everything else change
    nothing. A report names its letter by the key in the Message-ID, or by a reader's token. Reading
    the same report twice changes nothing.
    """
    from tipsheet.audience.secret import secret_of
    from tipsheet.delivery.bounces import take_reports
    from tipsheet.delivery.mailboxes import messages_in, messages_of_stream

    secret, now = secret_of(os.environ), session.now(moment)
    messages = (
        message
        for file in files
        for message in (messages_of_stream(sys.stdin.buffer) if str(file) == "-" else messages_in(file))
    )
    with session.store_in_use(database) as engine:
        summary = take_reports(engine, secret, messages, now, dry_run=dry_run)
    _tell_bounces(summary, as_json=as_json)
    if dry_run:
        session.say("This was a dry run: nothing was changed.")


def _tell_bounces(summary: "Summary", *, as_json: bool) -> None:
    """The report of what was read; no address is in it."""
    counts = Counter(str(effect.taken) for effect in summary.effects)
    rows = [
        (one.issue, one.delivery, str(one.report.kind), one.report.enhanced, str(one.taken)) for one in summary.effects
    ]
    columns = ("issue", "number", "kind", "status", "taken")
    if as_json:
        reports = [dict(zip(columns, row, strict=True)) for row in rows]
        echo_json({"messages": summary.read, "no_report": summary.others, "counts": counts, "reports": reports})
        return
    words = [*(f"{count:,} {taken}" for taken, count in sorted(counts.items())), f"{summary.others:,} no report"]
    echo(f"{summary.read:,} message{'s' * (summary.read != 1)}: {', '.join(words)}")
    if known := [(issue, str(number), *rest) for issue, number, *rest in rows if number is not None]:
        echo_table(columns, known)


@contextmanager
def _changing(session: Session, database: str) -> Iterator[tuple["sa.Connection", "dt.datetime"]]:
    from tipsheet.store.database import writing

    with session.store_in_use(database) as engine, writing(engine) as connection:
        yield connection, session.now(None)


def _table(letters: list["DeliveryRow"]) -> None:
    columns = ("number", "key", "state", "cause", "tries", "answer", "changed")
    echo_table(
        columns,
        [
            (
                str(one.id),
                one.key,
                one.state,
                one.cause,
                str(one.attempts),
                " ".join(str(word) for word in (one.code, one.enhanced) if word),
                f"{one.changed_at:%Y-%m-%d %H:%M:%S}",
            )
            for one in letters
        ],
    )


def _row(letter: "DeliveryRow") -> dict[str, object]:
    return {
        "number": letter.id,
        "subscriber": letter.subscriber,
        "key": letter.key,
        "state": letter.state.value,
        "cause": letter.cause,
        "attempts": letter.attempts,
        "due_at": letter.due_at.isoformat() if letter.due_at else None,
        "code": letter.code,
        "enhanced": letter.enhanced,
        "changed_at": letter.changed_at.isoformat(),
    }
