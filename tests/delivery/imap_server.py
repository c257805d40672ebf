"""A mailbox on a real IMAP server, pymap, on loopback: its folders live in its memory, as long as it runs."""

import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from imapclient import IMAPClient

from tests.delivery.servers import PASSWORD, QUOTED
from tests.programs import free_port, wait_for
from tests.warm import Started


@dataclass(frozen=True)
class ImapServer:
    """A running server with Ada's mailbox."""

    port: int
    ca_file: Path | None = None

    def url(self, scheme: str = "imap", options: str = "") -> str:
        """The address of the mailbox."""
        trusted = f"?ca_file={self.ca_file}{options}" if self.ca_file else options.replace("&", "?", 1)
        return f"{scheme}://ada:{QUOTED}@127.0.0.1:{self.port}{trusted}"

    @contextmanager
    def session(self) -> Iterator[IMAPClient]:
        """Ada's own mail program."""
        context = ssl.create_default_context(cafile=self.ca_file) if self.ca_file else None
        with IMAPClient("127.0.0.1", self.port, ssl=False) as client:
            if context:
                client.starttls(context)
            client.login("ada", PASSWORD)
            yield client

    def put(self, *messages: bytes, folder: str = "INBOX") -> None:
        """Let messages arrive."""
        with self.session() as client:
            for message in messages:
                client.append(folder, message)

    def folders(self) -> dict[str, list[bytes]]:
        """The messages of each folder that holds any."""
        found = {}
        with self.session() as client:
            for _, _, name in client.list_folders():
                client.select_folder(name, readonly=True)
                fetched = client.fetch(client.search(), ["BODY.PEEK[]"])
                found[name] = [data[b"BODY[]"] for _, data in sorted(fetched.items())]
        return {name: messages for name, messages in found.items() if messages}


@contextmanager
def imap_server(*options: str, certificate: tuple[Path, Path, Path] | None = None) -> Iterator[ImapServer]:
    """Run it with options of `run_imap`; ``certificate`` are files: its certificate, its key, and the issuer."""
    port = free_port()
    tls = ["--cert", certificate[0], "--key", certificate[1]] if certificate else ["--no-tls"]
    where = ["--host", "127.0.0.1", "--port", str(port)]
    who = ["dict", "--demo-user", "ada", "--demo-password", PASSWORD]
    command = ["tests.delivery.run_imap", *options, *tls, *where, *who]
    with Started(*command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(port, process)
            yield ImapServer(port, certificate[2] if certificate else None)
        finally:
            process.kill()
