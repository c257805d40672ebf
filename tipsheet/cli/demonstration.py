"""A demonstration of the service beside ``tipsheet serve``: subscribe, read the letter and confirm within a minute.

It has a store, a secret and a folder for letters of its own, made anew each time; nobody real is in it and no letter
leaves the machine. Pages and letters are those of the last build. The addresses of the service and of the site in
them are replaced by those of this machine when they are shown; the files stay as they are published.
"""

import html
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial, reduce
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from tipsheet.audience.secret import Secret
from tipsheet.clock import current_time
from tipsheet.delivery.channel import Envelope
from tipsheet.delivery.senders.folder import FileChannel, private_folder
from tipsheet.edition.edition import Edition
from tipsheet.edition.outbox import digest_of
from tipsheet.engine.outputs import TRIAL
from tipsheet.store.database import open_store
from tipsheet.web import ListenError, Server, beside, create_app, serve_at
from tipsheet.web.letters import Post, Postman
from tipsheet.web.service import Outbox, Service

if TYPE_CHECKING:
    from tipsheet.edition.service import ServiceOutbox

__all__ = ["Letters", "demonstration"]

PAGE = "text/html; charset=utf-8"
ONE_CLICK = "List-Unsubscribe=One-Click"


@contextmanager
def demonstration(
    root: Path, outbox: Path, site: str, port: int, environ: Mapping[str, str]
) -> Iterator[tuple[str, Callable[[bytes], bytes], "Letters"]]:
    """The service at ``port``, or at a free one: its address, a function that puts it into a page, and its letters.

    ``site`` is the address of the site. Raises NotInOutboxError where the outbox has nothing for a service.
    """
    folder = root / TRIAL
    shutil.rmtree(folder, ignore_errors=True)
    private_folder(folder)
    letters = Letters(folder / "mail")
    local = _Local(outbox, site.rstrip("/"))
    engine = open_store(f"sqlite:///{folder / 'audience.db'}")
    try:
        service = Service(
            engine=engine,
            outbox=local,
            secret=Secret(secrets.token_urlsafe(32)),
            clock=partial(current_time, environ),
        )
        postman = Postman(Post(service=service, connect=letters.channel))
        server = _server(local, postman.service, port)
        postman.start()
        try:
            with beside(server):
                yield server.url, local.put, letters
        finally:
            postman.stop()
    finally:
        engine.dispose()


def _server(local: "_Local", service: Service, port: int) -> Server:
    """The server; from here on pages and letters lead to it."""
    try:
        server = serve_at(None, "127.0.0.1", port, 4)
    except ListenError:
        server = serve_at(None, "127.0.0.1", 0, 4)
    local.url = server.url
    server.application = create_app(service)
    return server


class _Local(Outbox):
    """The outbox, with the addresses of this machine in place of the public ones."""

    def __init__(self, folder: Path, site: str) -> None:
        super().__init__(folder)
        self.url, self._site = "", site
        self._last: tuple[ServiceOutbox, ServiceOutbox] | None = None

    def now(self) -> "ServiceOutbox":
        found = super().now()
        if self._last is None or self._last[0] is not found:
            self._last = found, _put(found, ((found.record.url, self.url), (found.record.site, self._site)))
        return self._last[1]

    def put(self, page: bytes) -> bytes:
        """A page of the site, with a form that leads to this service."""
        return page.replace(super().now().record.url.encode(), self.url.encode())


def _put(value: Any, words: tuple[tuple[str, str], ...]) -> Any:
    """The value with old texts replaced by new ones in all its strings; an edition gets a new digest."""
    if type(value) is str:
        return reduce(lambda text, word: text.replace(*word), words, value)
    if type(value) is tuple:
        return tuple(_put(one, words) for one in value)
    if isinstance(value, Mapping):
        return {key: _put(one, words) for key, one in value.items()}
    if not is_dataclass(value) or isinstance(value, type):
        return value
    done = replace(value, **{one.name: _put(getattr(value, one.name), words) for one in fields(value) if one.init})
    return replace(done, digest=digest_of(done)) if isinstance(done, Edition) else done


class Letters:
    """Letters of the demonstration: files in a folder, and pages that show them."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._numbers = folder, count(1)
        private_folder(folder)

    def channel(self) -> FileChannel:
        """The channel to which the service hands its letters."""
        return _Numbered(self._folder, self._numbers)

    def page(self, path: str) -> tuple[str, bytes] | None:
        """Media type and content of a page below ``mail/``, or None for any other path."""
        if path in ("", "index.html"):
            return PAGE, self._index().encode()
        name = unquote(path).removesuffix(".html")
        file = self._folder / name
        if name != Path(name).name or not file.is_file():
            return None
        letter = message_from_bytes(file.read_bytes(), policy=policy.default)
        if path.endswith(".html"):  # the letter itself, for a frame; its links open outside the frame
            return PAGE, _part(letter, "html").replace("<head>", '<head><base target="_top">').encode()
        return PAGE, _shown(name, letter).encode()

    def _index(self) -> str:
        rows = []
        for file in sorted(self._folder.glob("[0-9]*.eml"), reverse=True):
            letter = message_from_bytes(file.read_bytes(), policy=policy.default)
            subject, to = html.escape(str(letter["Subject"])), html.escape(str(letter["To"]))
            rows.append(f'<li><a href="{quote(file.name)}">{subject}</a> to {to}</li>')
        listed = f"<ol reversed>{''.join(rows)}</ol>" if rows else "<p>None yet: subscribe on the site.</p>"
        where = f"<p>They lie as files in <code>{html.escape(str(self._folder))}</code>; none was sent.</p>"
        return _frame("Letters of the service", listed + where, '<meta http-equiv="refresh" content="3">')


class _Numbered(FileChannel):
    """A file for each letter, numbered in the order of sending."""

    __slots__ = ("_folder", "_numbers")

    def __init__(self, folder: Path, numbers: Iterator[int]) -> None:
        super().__init__()
        self._folder, self._numbers = folder, numbers

    def paths(self, envelope: Envelope, message: bytes) -> tuple[Path, Path]:  # noqa: ARG002 - named by its number
        name = f"{next(self._numbers):04} {quote(envelope.recipient, safe='@+')[:100]}.eml"
        return self._folder / f".{name}.part", self._folder / name


def _shown(name: str, letter: EmailMessage) -> str:
    """A page for a letter: header, HTML, text, and a mail program's button for one-click unsubscription (RFC 8058)."""
    said = "".join(
        f"<dt>{field}</dt><dd>{html.escape(str(letter[field]))}</dd>" for field in ("From", "To", "Subject", "Date")
    )
    leave = str(letter["List-Unsubscribe"] or "")
    target = next((part.strip(" <>") for part in leave.split(",") if part.strip(" <>").startswith("http")), "")
    key, _, value = ONE_CLICK.partition("=")
    button = (
        f'<form method="post" action="{html.escape(target)}"><input type="hidden" name="{key}" value="{value}">'
        "<button>Unsubscribe by one click, as a mail program does</button></form>"
        if target
        else ""
    )
    shown = f'<iframe src="{quote(name)}.html" title="The letter" width="100%" height="700"></iframe>'
    text = f"<details><summary>As text</summary><pre>{html.escape(_part(letter, 'plain'))}</pre></details>"
    return _frame(str(letter["Subject"]), f'<p><a href="./">All letters</a></p><dl>{said}</dl>{button}{shown}{text}')


def _part(letter: EmailMessage, kind: str) -> str:
    found = letter.get_body((kind,))
    return str(found.get_content()) if found is not None else ""


def _frame(title: str, content: str, head: str = "") -> str:
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">{head}<title>{html.escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><style>body { font: 1rem/1.5 system-ui; '
        "margin: 2rem auto; max-width: 48rem; padding: 0 1rem } iframe { border: 1px solid #888 }</style></head>"
        f"<body><h1>{html.escape(title)}</h1>{content}</body></html>"
    )
