"""``tipsheet serve``: the site while it is written, built again on every save."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tipsheet.cli.build import no_collection
from tipsheet.cli.errors import in_words
from tipsheet.cli.options import examples
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.terminal import number
from tipsheet.errors import ContentError, NotAPublicationError

if TYPE_CHECKING:
    from tipsheet.settings import Settings
    from tipsheet.site.live import Live

__all__ = ["serve"]


@click.command(epilog=examples("tipsheet serve", "tipsheet serve --drafts --open", "tipsheet serve --port 8080"))
@click.option("--host", default="127.0.0.1", show_default=True, metavar="NAME", help="Address to listen at.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes a free one.")
@click.option("--drafts", is_flag=True, help="Show drafts and coming issues as well, built in folders of their own.")
@click.option("--service/--no-service", default=True, help="Show the service for readers as well, on the next port.")
@click.option("--open", "show", is_flag=True, help="Open the site in a browser.")
@pass_session
def serve(session: Session, host: str, port: int, *, drafts: bool, service: bool, show: bool) -> None:
    """Show the site in a browser, and build it again whenever a file is saved.

    The page in the browser reloads itself. Mistakes are listed here, and the last good site stays up. The
    site is the one that `tipsheet build` makes, in the same folders; a site with drafts has folders of its
    own.

    Where mkdocs.yml names a service, it answers on the next port: the form on the site leads to it, its letters are
    shown at /mail/, and nothing is sent or kept. Ctrl-C ends it.
    """
    from tipsheet.engine.outputs import PREVIEW
    from tipsheet.site.live import Address, Live

    settings = _settings(session)
    home = session.root / PREVIEW if drafts else session.root
    home.mkdir(parents=True, exist_ok=True)
    build = partial(_build, session, home, drafts=drafts)
    server = Live(home / "site", Address.of(settings, host, port), build)
    try:
        server.follow(session.root, settings)  # before the first build: what is saved meanwhile is not missed
        build()
        with _service_beside(session, home / "outbox", server) if service and settings.service.url else nullcontext():
            session.say(f"Serving {server.url}, and building again on every save. Ctrl-C ends it.")
            server.run(show=show)
    except KeyboardInterrupt:
        session.say("Stopped.")
    finally:
        server.shutdown()


@contextmanager
def _service_beside(session: Session, outbox: Path, server: "Live") -> Iterator[None]:
    """Run the service on the next port, with pages and letters that lead to it, or say why there is none."""
    from tipsheet.cli.demonstration import demonstration
    from tipsheet.edition.outbox import NotInOutboxError

    with ExitStack() as stack:
        try:
            trial = demonstration(session.root, outbox, server.url, server.server_port + 1, os.environ)
            url, server.put, letters = stack.enter_context(trial)
        except NotInOutboxError as error:
            session.say(f"No service is shown: {error}.")
        else:
            server.mail = letters.page
            session.say(f"The service answers at {url}; its letters are at {server.url}mail/, and go to nobody.")
        yield


def _settings(session: Session) -> "Settings":
    """The settings, for the folders and the address; each build lists the mistakes in them."""
    from tipsheet.settings import CONFIG_FILE, read_settings

    try:
        settings, problems = read_settings(session.root)
    except FileNotFoundError as error:
        raise NotAPublicationError(f"there is no {CONFIG_FILE} in {session.root}", "make one: tipsheet init") from error
    if settings is None:
        raise ContentError(problems)
    return settings


def _build(session: Session, home: Path, *, drafts: bool) -> bool:
    """Build once, and return True if a file changed. An error is printed, and the site stays up."""
    from tipsheet import press
    from tipsheet.last_build import BuildOptions

    started = time.perf_counter()
    try:
        with in_words(), no_collection():
            built = press.build(
                session.root,
                BuildOptions(site_dir=home / "site", outbox_dir=home / "outbox", drafts=drafts),
                now=session.now(None),
                environ=os.environ,
            )
    except click.ClickException as stop:
        if isinstance(stop.__cause__, KeyboardInterrupt):
            raise stop.__cause__ from None
        stop.show()
        return False
    session.show(built.problems)
    made = f"{number(built.changed, 'file')} changed" if built.changed else "Nothing changed"
    session.say(f"{made} in {time.perf_counter() - started:.2f} s.")
    return built.changed > 0
