"""``tipsheet web``: the service, on waitress."""

import os
from typing import TYPE_CHECKING

import click

from tipsheet.cli.options import database_option, examples
from tipsheet.cli.session import Session, pass_session

if TYPE_CHECKING:
    from tipsheet.web.letters import Postman
    from tipsheet.web.service import Service

__all__ = ["web"]


@click.command(
    epilog=examples(
        "tipsheet web", "tipsheet web --trusted-hop 127.0.0.1 --threads 16", "tipsheet web --once --through sendmail"
    )
)
@click.option("--host", default="127.0.0.1", show_default=True, metavar="NAME", help="Address to listen at.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 takes a free one.")
@click.option("--threads", type=click.IntRange(1, 64), default=8, show_default=True, help="Requests at a time.")
@click.option(
    "--through",
    envvar="TIPSHEET_THROUGH",
    show_envvar=True,
    default="smtp",
    show_default=True,
    metavar="NAME",
    help="Who its letters are handed to: smtp or sendmail; folder or maildir to look at; nobody leaves them to --once.",
)
@click.option(
    "--trusted-hop",
    "hops",
    multiple=True,
    metavar="NETWORK",
    help="A proxy whose word is taken for who asks, such as 127.0.0.1 or 10.0.0.0/8; may stand many times.",
)
@click.option("--once", is_flag=True, help="Answer nobody: decide and send what waits, then end, as cron wants it.")
@database_option
@pass_session
def web(
    session: Session,
    host: str,
    port: int,
    *,
    threads: int,
    through: str,
    hops: tuple[str, ...],
    once: bool,
    database: str,
) -> None:
    """Answer readers: subscribe, confirm, unsubscribe, preferences; and send the letters that this takes.

    Put a server with TLS before it, such as Caddy or nginx, and name it with --trusted-hop. It needs TIPSHEET_SECRET, a
    mail server in TIPSHEET_SMTP_URL, and what tipsheet build left in the outbox. Ctrl-C ends it, after the requests
    that are at work and the letter in hand.
    """
    from tipsheet.cli.sending import gently
    from tipsheet.store.location import DATABASE_VARIABLE
    from tipsheet.web.app import post_from, service_from
    from tipsheet.web.guards import HOPS_VARIABLE
    from tipsheet.web.letters import Postman, tidy, work_off

    environ = {**os.environ, DATABASE_VARIABLE: database, **({HOPS_VARIABLE: " ".join(hops)} if hops else {})}
    service = service_from(environ, session.root)
    try:
        post = post_from(service, session.root, through)
        if not once:
            _serve(session, Postman(post) if post else None, service, (host, port), threads)
            return
        if post is None:
            raise click.UsageError("--once sends, and --through nobody does not.")
        with gently():
            done = work_off(post)
            tidy(post)
        session.say(", ".join(f"{count:,} {what}" for what, count in sorted(done.items())) or "Nothing waits.")
    finally:
        service.engine.dispose()


def _serve(
    session: Session, postman: "Postman | None", service: "Service", place: tuple[str, int], threads: int
) -> None:
    """Answer until Ctrl-C or SIGTERM."""
    from tipsheet.cli.sending import gently
    from tipsheet.web.app import create_app
    from tipsheet.web.server import serve_at

    server = serve_at(create_app(postman.service if postman else service), *place, threads)
    if postman:
        postman.start()
    session.say(f"Answering at {server.url}. Ctrl-C ends it.")
    try:
        with gently():
            server.run()
        server.close()
    finally:
        if postman:
            postman.stop()
