"""``tipsheet web``: the service, on waitress."""

import os

import click

from tipsheet.cli.options import examples
from tipsheet.cli.session import Session, pass_session

__all__ = ["web"]


@click.command(epilog=examples("tipsheet web", "tipsheet web --host 0.0.0.0 --port 8080 --threads 8"))
@click.option("--host", default="127.0.0.1", show_default=True, metavar="NAME", help="Address to listen at.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 takes a free one.")
@click.option("--threads", type=click.IntRange(1, 64), default=8, show_default=True, help="Requests at a time.")
@pass_session
def web(session: Session, host: str, port: int, *, threads: int) -> None:
    """Answer readers: subscribe, confirm, unsubscribe, preferences.

    Put a server with TLS before it, such as Caddy or nginx. It needs TIPSHEET_SECRET, and what tipsheet build left
    in the outbox. Ctrl-C ends it.
    """
    from waitress.server import create_server

    from tipsheet.web.app import create_app, service_from

    service = service_from(os.environ, session.root)
    server = create_server(create_app(service), host=host, port=port, threads=threads)
    session.say(f"Answering at http://{server.effective_host}:{server.effective_port}. Ctrl-C ends it.")
    try:
        server.run()
    finally:
        server.close()
        service.engine.dispose()
