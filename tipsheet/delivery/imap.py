"""A mailbox on a server, by IMAP (RFC 9051) through IMAPClient.

A message that was dealt with is moved (RFC 6851), or copied and deleted on a server that cannot move. One that stays
gets a keyword, on a server that keeps keywords, so that the next run does not fetch it again.
"""

import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from tipsheet.delivery.answers import impersonal
from tipsheet.delivery.connect import (
    MailServerError,
    UnreachableError,
    access_token,
    failures,
    tls_context,
    without_secrets,
)
from tipsheet.delivery.mail_server import IMAP, MailServer, Security, read_mail_server
from tipsheet.delivery.mailboxes import Found, Mailbox
from tipsheet.delivery.reports import LARGEST

__all__ = ["STAYS", "ImapMailbox", "open_mailbox"]

STAYS = "TipsheetSeen"
"""Keyword of a message that we looked at, and that is none of ours."""

_AT_A_TIME = 20
"""Messages fetched by one command: several megabytes at most, as a rule."""


@contextmanager
def open_mailbox(environ: Mapping[str, str], folder: str = "INBOX", *, again: bool = False) -> Iterator["ImapMailbox"]:
    """The folder of the mailbox that the environment names; ``again`` looks at what earlier runs left as well.

    Raises MailServerUrlError, UnreachableError and MailServerError; no words of them hold the password (D20).
    """
    server = read_mail_server(environ, IMAP)
    with _failures(server):
        client = _connected(server)
    try:
        with _failures(server):
            _log_in(client, server)
        yield ImapMailbox(client, server, folder, again=again)
        with suppress(IMAPClientError, OSError):
            client.logout()
    finally:
        with suppress(OSError):
            client.shutdown()


class ImapMailbox(Mailbox):
    """A folder of a session that is logged in."""

    def __init__(self, client: IMAPClient, server: MailServer, folder: str, *, again: bool = False) -> None:
        """Select the folder; raises MailServerError when there is none of this name."""
        self._client, self._server = client, server
        with _failures(server):
            if not client.folder_exists(folder):
                hint = "name it with --folder as the server has it; INBOX is the usual one"
                raise MailServerError(f"{server} has no folder '{folder}'", hint)
            selected = client.select_folder(folder)
        kept = {flag.lower() for flag in selected.get(b"PERMANENTFLAGS", ())}
        self._keywords = bool(kept & {b"\\*", STAYS.lower().encode()})
        self._again = again
        self._folders: set[str] = set()

    def messages(self) -> Iterator[Found]:
        """Those that are there now and not deleted; a part of each, as much as is read of any message."""
        wanted = "UNDELETED" if self._again or not self._keywords else f"UNDELETED UNKEYWORD {STAYS}"
        with _failures(self._server):
            uids = iter(self._client.search(wanted))
        while some := list(islice(uids, _AT_A_TIME)):
            with _failures(self._server):
                fetched: Mapping[int, Any] = self._client.fetch(some, [f"BODY.PEEK[]<0.{LARGEST}>"])
            for uid in some:
                data = fetched.get(uid, {}).get(b"BODY[]<0>")
                if data is not None:  # else somebody has deleted it meanwhile
                    yield Found(key=uid, data=data)

    def move(self, found: Sequence[Found], folder: str) -> int:
        """As one command where the server can; what was copied and not yet deleted when we died is copied again."""
        uids = [one.key for one in found]
        if not uids:
            return 0
        with _failures(self._server):
            self._make(folder)
            if self._client.has_capability("MOVE"):
                self._client.move(uids, folder)
                return len(uids)
            self._client.copy(uids, folder)
            self._client.delete_messages(uids, silent=True)
            if self._client.has_capability("UIDPLUS"):
                self._client.uid_expunge(uids)  # EXPUNGE alone would delete what somebody else has marked
        return len(uids)

    def leave(self, found: Sequence[Found]) -> None:
        """Mark them, where the server keeps the mark."""
        if found and self._keywords:
            with _failures(self._server):
                self._client.add_flags([one.key for one in found], [STAYS.encode()], silent=True)

    def _make(self, folder: str) -> None:
        if folder not in self._folders and not self._client.folder_exists(folder):
            self._client.create_folder(folder)
            with suppress(IMAPClientError):
                self._client.subscribe_folder(folder)  # so that mail programs show it
        self._folders.add(folder)


def _connected(server: MailServer) -> IMAPClient:
    context = None if server.security is Security.NONE else tls_context(server)
    tls = server.security is Security.TLS
    client = IMAPClient(server.host, server.port, ssl=tls, ssl_context=context, timeout=server.timeout)
    try:
        if server.security is Security.STARTTLS:
            _start_tls(client, server, context)
    except BaseException:
        with suppress(OSError):
            client.shutdown()
        raise
    return client


def _start_tls(client: IMAPClient, server: MailServer, context: ssl.SSLContext | None) -> None:
    if not client.has_capability("STARTTLS"):
        hint = "somebody between may have taken it out; where the server has TLS from the start, use imaps://"
        raise MailServerError(f"{server} does not offer STARTTLS, so nothing was said to it", hint)
    client.starttls(context)


def _log_in(client: IMAPClient, server: MailServer) -> None:
    if not server.user:
        return  # a server that knows us already (PREAUTH)
    secrets = [server.user, server.password]
    try:
        if server.token_command:
            secrets.append(access_token(server))
            client.oauth2_login(server.user, secrets[-1])
        else:
            client.login(server.user, server.password)
    except IMAPClientAbortError:
        raise
    except LoginError as error:
        hint = "check user and password; some providers want a password made for one program, or a token"
        words = without_secrets(str(error), secrets)
        raise MailServerError(
            f"{server} refused the login: {words}", hint
        ) from None  # the cause may quote what we sent


@contextmanager
def _failures(server: MailServer) -> Iterator[None]:
    """Map what a session can fail with to errors of ours."""
    with failures(server):
        try:
            yield
        except IMAPClientAbortError as error:
            raise UnreachableError(f"{server} closed the connection", "try again later") from error
        except IMAPClientError as error:
            raise MailServerError(f"{server} will not do this: {impersonal(str(error))}", "ask who runs it") from error
