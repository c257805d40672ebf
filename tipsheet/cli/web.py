"""``tipsheet web``: the service for readers, on waitress."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from tipsheet.cli.options import Names, database_option, examples, flag, option, pass_options, shared
from tipsheet.cli.session import Session
from tipsheet.delivery.senders import DEFAULT, SENDERS, in_words

if TYPE_CHECKING:
    from tipsheet.web.letters import Post
    from tipsheet.web.service import Service

__all__ = ["web"]


def _senders() -> Iterable[str]:
    from tipsheet.web import NOBODY

    return (*SENDERS, NOBODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Web:
    """The options of ``tipsheet web``."""

    host: str = option("--host", default="127.0.0.1", show_default=True, metavar="NAME", help="Address to listen at.")
    port: int = option(
        "--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 takes a free one."
    )
    threads: int = option(
        "--threads", type=click.IntRange(1, 64), default=8, show_default=True, help="Requests at a time."
    )
    through: str = option(
        "--through",
        envvar="TIPSHEET_THROUGH",
        show_envvar=True,
        type=Names(_senders),
        default=DEFAULT,
        show_default=True,
        help=f"The way of its letters: {in_words('for a trial')}; nobody leaves them to --once.",
    )
    once: bool = flag("--once", help="Answer no requests: send the letters that wait, then end; for cron.")
    hops: tuple[str, ...] = option(
        "--trusted-hop",
        "hops",
        multiple=True,
        metavar="NETWORK",
        help="A proxy that is trusted to name the client, such as 127.0.0.1 or 10.0.0.0/8; may be given several times.",
    )
    database: str = shared(database_option)


@click.command(
    epilog=examples(
        "tipsheet web",
        "tipsheet web --port 8080 --trusted-hop 127.0.0.1 --threads 8",
        "tipsheet web --once --through sendmail",
    )
)
@pass_options(_Web)
def web(session: Session, asked: _Web) -> None:
    """Answer readers who subscribe, confirm, choose or unsubscribe.

    It also sends the letters that this takes. Put a server with TLS before it, such as Caddy or nginx, and name it
    with --trusted-hop. It needs TIPSHEET_SECRET, a mail server in TIPSHEET_SMTP_URL, and the outbox that tipsheet
    build wrote. Ctrl-C ends it, after the requests and the letter that it is working on.
    """
    from tipsheet.store.location import DATABASE_VARIABLE
    from tipsheet.web import service_from
    from tipsheet.web.guards import HOPS_VARIABLE

    environ = {**os.environ, DATABASE_VARIABLE: asked.database}
    if asked.hops:
        environ[HOPS_VARIABLE] = " ".join(asked.hops)
    service = service_from(environ, session.root)
    try:
        if asked.once:
            _work_off(session, service, asked)
        else:
            _serve(session, service, asked)
    finally:
        service.engine.dispose()


def _work_off(session: Session, service: "Service", asked: _Web) -> None:
    """Send the letters that wait, and remove what has expired."""
    from tipsheet.cli.sending import gently
    from tipsheet.web import post_from
    from tipsheet.web.letters import tidy, work_off

    post = post_from(service, session.root, asked.through)
    if post is None:
        raise click.UsageError("--once sends, and --through nobody does not.")
    with gently():
        done = work_off(post)
        tidy(post)
    session.say(", ".join(f"{count:,} {what}" for what, count in sorted(done.items())) or "Nothing waits.")


def _serve(session: Session, service: "Service", asked: _Web) -> None:
    """Answer until Ctrl-C or SIGTERM."""
    from tipsheet.cli.sending import gently
    from tipsheet.web import create_app, serve_at
    from tipsheet.web.letters import Postman

    post = _post(session, service, asked.through)
    postman = Postman(post) if post else None
    app = create_app(postman.service if postman else service)
    server = serve_at(app, asked.host, asked.port, asked.threads)
    if postman:
        postman.start()
    session.say(f"Answering at {server.url}. Ctrl-C ends it.")
    try:
        with gently():
            server.run()
    finally:
        server.close()
        if postman:
            postman.stop()


def _post(session: Session, service: "Service", through: str) -> "Post | None":
    """The way of the letters. Without a mail server readers are answered all the same: they can still unsubscribe."""
    from tipsheet.web import post_from

    needed = SENDERS[through].variable if through in SENDERS else ""
    if needed and not service.environ.get(needed):
        session.warn(f"{needed} is not set: letters of the service wait, and nobody can confirm an address.")
        return None
    return post_from(service, session.root, through)
