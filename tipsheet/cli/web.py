"""``tipsheet web``: the service, on waitress."""

import os

import click

from tipsheet.cli.options import examples
from tipsheet.cli.session import Session, pass_session

__all__ = ["web"]


@click.command(epilog=examples("tipsheet web", "tipsheet web --port 8080 --trusted-hop 127.0.0.1 --threads 8"))
@click.option("--host", default="127.0.0.1", show_default=True, metavar="NAME", help="Address to listen at.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 takes a free one.")
@click.option("--threads", type=click.IntRange(1, 64), default=8, show_default=True, help="Requests at a time.")
@click.option(
    "--trusted-hop",
    "hops",
    multiple=True,
    metavar="NETWORK",
    help="A proxy whose word is taken for who asks, such as 127.0.0.1 or 10.0.0.0/8; may stand many times.",
)
@pass_session
def web(session: Session, host: str, port: int, *, threads: int, hops: tuple[str, ...]) -> None:
    """Answer readers: subscribe, confirm, unsubscribe, preferences.

    Put a server with TLS before it, such as Caddy or nginx, and name it with --trusted-hop. It needs TIPSHEET_SECRET,
    and what tipsheet build left in the outbox. Ctrl-C ends it, after the requests that are at work.
    """
    from tipsheet.cli.sending import gently
    from tipsheet.web.app import create_app, service_from
    from tipsheet.web.guards import HOPS_VARIABLE
    from tipsheet.web.server import serve_at

    environ = {**os.environ, **({HOPS_VARIABLE: " ".join(hops)} if hops else {})}
    service = service_from(environ, session.root)
    try:
        server = serve_at(create_app(service), host, port, threads)
        session.say(f"Answering at {server.url}. Ctrl-C ends it.")
        with gently():
            server.run()
        server.close()
    finally:
        service.engine.dispose()
