"""``tipsheet serve``: the editor's desk, where the site and the letters are shown while one writes."""

import gc
import os
import secrets
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import click

from tipsheet.cli.errors import in_words
from tipsheet.cli.options import examples
from tipsheet.cli.session import CONFIG_FILE, Session, pass_session
from tipsheet.cli.terminal import number
from tipsheet.errors import NotAPublicationError

if TYPE_CHECKING:
    from tipsheet.preview.desk import Desk, Outcome
    from tipsheet.preview.server import Server
    from tipsheet.preview.site import Beside

__all__ = ["serve"]

SELDOM = 1_000_000
"""Searches of the younger garbage after which Python looks for the oldest by itself."""


@click.command(epilog=examples("tipsheet serve", "tipsheet serve --open", "tipsheet serve --no-drafts --port 8080"))
@click.option("--host", default="127.0.0.1", show_default=True, metavar="NAME", help="Address to listen at.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes a free one.")
@click.option(
    "--drafts/--no-drafts", default=True, show_default=True, help="Show drafts and coming issues on the site as well."
)
@click.option("--service/--no-service", default=True, help="Show the service for readers as well, on the next port.")
@click.option("--open", "show", is_flag=True, help="Open the desk in a browser.")
@pass_session
def serve(session: Session, host: str, port: int, *, drafts: bool, service: bool, show: bool) -> None:
    """Open the desk: write, and see pages and letters in a browser as you save.

    What is shown is built again whenever a file is saved, here or in another editor, and a page in the browser loads
    itself anew. Mistakes are listed, and the last good site stays up. Drafts and coming issues are shown too; that
    site lies in a folder of its own and is never the one that is published. With --no-drafts it is the site that
    `tipsheet build` makes, in the same folders.

    The desk answers to this machine only; with --host others may see the site, too.

    Where mkdocs.yml names a service, it answers on the next port: the form on the site leads to it, its letters are
    shown at /mail/, and nothing is sent or kept. Ctrl-C ends it.
    """
    from tipsheet.preview.desk import Desk
    from tipsheet.preview.server import serve_at

    if not (session.root / CONFIG_FILE).is_file():
        hint = "make one: tipsheet init letter; then open its desk: tipsheet -C letter serve"
        raise NotAPublicationError(f"there is no {CONFIG_FILE} in {session.root}", hint)
    desk = Desk(session.root, lambda: session.now(None), drafts=drafts, environ=dict(os.environ), told=_teller(session))
    server = serve_at(host, port)  # before anything is built, in case another program answers there
    try:
        _answer(session, desk, server, service=service, show=show)
    except KeyboardInterrupt:
        pass
    finally:
        desk.close()
        server.close()
    session.say("Stopped.")


def _answer(session: Session, desk: "Desk", server: "Server", *, service: bool, show: bool) -> None:
    """Answer until Ctrl-C."""
    from tipsheet.preview.server import create_desk
    from tipsheet.preview.site import Beside

    beside = Beside()
    # All that a publication holds is looked over for garbage by the desk itself, when nobody waits for an answer
    gc.set_threshold(*gc.get_threshold()[:2], SELDOM)
    desk.open()
    server.start(create_desk(desk, host=server.host, token=secrets.token_urlsafe(), beside=beside))
    with _service_beside(session, desk, server, beside if service else None):
        session.say(f"The desk is at {server.url}/_desk/")
        session.say(f"Serving {server.url}{desk.path}, and building again on every save. Ctrl-C ends it.")
        if show:
            webbrowser.open(f"{server.url}/_desk/")
        while True:
            threading.Event().wait(3600)  # Ctrl-C ends a wait with an end on Windows as well


@contextmanager
def _service_beside(session: Session, desk: "Desk", server: "Server", beside: "Beside | None") -> Iterator[None]:
    """Run the service on the next port, with pages and letters that lead to it, or say why there is none."""
    with ExitStack() as stack:
        if beside is not None and desk.revision and desk.view().settings.service.url:
            from tipsheet.cli.demonstration import demonstration
            from tipsheet.edition.outbox import NotInOutboxError

            site = f"{server.url}{desk.path}"
            try:
                trial = demonstration(session.root, desk.outbox, site, server.port + 1, os.environ)
                url, beside.put, letters = stack.enter_context(trial)
            except NotInOutboxError as error:
                session.say(f"No service is shown: {error}.")
            else:
                beside.mail = letters.page
                session.say(f"The service answers at {url}; its letters are at {site}mail/, and go to nobody.")
        yield


def _teller(session: Session) -> "Callable[[Outcome], None]":
    """Give a function that prints the outcome of a build, from whatever thread."""
    context = click.get_current_context()

    def tell(outcome: "Outcome") -> None:
        with context.scope(cleanup=False):
            if outcome.error is not None:
                _tell_error(outcome.error)
            elif outcome.built is not None:
                session.show(outcome.built.problems)
                changed = outcome.built.changed
                made = f"{number(changed, 'file')} changed" if changed else "Nothing changed"
                session.say(f"{made} in {outcome.seconds:.2f} s.")

    return tell


def _tell_error(error: Exception) -> None:
    """Print an error; the desk stays open."""
    try:
        _raise_in_words(error)
    except click.ClickException as stop:
        stop.show()
    except Exception:  # noqa: BLE001 - of a hook or an extension, or a fault of ours
        import traceback

        click.echo(traceback.format_exc(), err=True)


def _raise_in_words(error: Exception) -> None:
    with in_words():
        raise error
