"""Letters to a mail server."""

from collections.abc import Mapping
from pathlib import Path

from tipsheet.delivery.channel import Channel, Connect
from tipsheet.delivery.connect import connect
from tipsheet.delivery.mail_server import read_mail_server
from tipsheet.delivery.pipeline import PipelinedSession

__all__ = ["opened"]


def opened(environ: Mapping[str, str], _folder: Path) -> Connect:
    """Sessions with the server of the environment; raises MailServerUrlError."""
    server = read_mail_server(environ)

    def session() -> Channel:
        return PipelinedSession(connect(server))

    return session
