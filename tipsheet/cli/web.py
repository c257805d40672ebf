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
        "tipsheet web", "tipsheet web --host 0.0.0.0 --port 8080 --threads 8", "tipsheet web --once --through sendmail"
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
@click.option("--once", is_flag=True, help="Answer nobody: decide and send what waits, then end, as cron wants it.")
@database_option
@pass_session
def web(session: Session, host: str, port: int, *, threads: int, through: str, once: bool, database: str) -> None:
    """Answer readers: subscribe, confirm, unsubscribe, preferences; and send the letters that this takes.

    Put a server with TLS before it, such as Caddy or nginx. It needs TIPSHEET_SECRET, a mail server in
    TIPSHEET_SMTP_URL, and what tipsheet build left in the outbox. Ctrl-C ends it, after the letter in hand.
    """
    from tipsheet.cli.sending import gently
    from tipsheet.store.location import DATABASE_VARIABLE
    from tipsheet.web.app import post_from, service_from
    from tipsheet.web.letters import Postman, tidy, work_off

    service = service_from({**os.environ, DATABASE_VARIABLE: database}, session.root)
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
    from waitress.server import create_server

    from tipsheet.cli.sending import gently
    from tipsheet.web.app import create_app

    app = create_app(postman.service if postman else service)
    server = create_server(app, host=place[0], port=place[1], threads=threads)
    if postman:
        postman.start()
    session.say(f"Answering at http://{server.effective_host}:{server.effective_port}. Ctrl-C ends it.")
    try:
        with gently():
            server.run()
    finally:
        server.close()
        if postman:
            postman.stop()
