"""The mail server of the how-to: postfix, which hands over each message by a pipe."""

import shutil
import smtplib
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.audience.people import SECRET, add_confirmed
from tests.delivery import postfix
from tests.delivery.postfix import PATIENCE, Postfix, running
from tests.delivery.processes import ROOT
from tests.folders import write_publication
from tipsheet.audience.subscriber import Subscriber
from tipsheet.store.database import open_store
from tipsheet.store.tables import subscriber

pytestmark = [
    pytest.mark.postfix,
    pytest.mark.skipif(not postfix.AVAILABLE, reason="postfix is not installed, or this is not root"),
]

HOW_TO = (ROOT / "docs/how-to/bounces.md").read_text("utf-8")


def block(start: str) -> str:
    """A block of code in the how-to, by how its first line begins."""
    found = next(part for part in HOW_TO.split("```")[1::2] if part.partition("\n")[2].startswith(start))
    return found.partition("\n")[2]


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the pipe's user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="tipsheet-inbox-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def reader(place: Path) -> Iterator[tuple[sa.Engine, Subscriber]]:
    write_publication(place / "letter", {})
    engine = open_store(f"sqlite:///{place / 'letter/audience.db'}")
    yield engine, add_confirmed(engine)
    engine.dispose()


HAND_OVER = """\
#!/bin/sh
cat > $0.$$.part && mv $0.$$.part $0.$$.eml
while [ ! -e $0.$$.code ]; do sleep 0.1; done
exit $(cat $0.$$.code)
"""
"""Between the pipe and the how-to's script: the pipe's user may not be able to run our Python, which may be root's."""


@contextmanager
def run_by_us(script: Path, hand_over: Path) -> Iterator[None]:
    """Run the script for each message that comes, and tell the pipe how it ended."""
    over = threading.Event()

    def serve() -> None:
        while not over.wait(0.05):
            for file in hand_over.parent.glob(f"{hand_over.name}.*.eml"):
                with file.open("rb") as message:
                    done = subprocess.run(["/bin/sh", script], stdin=message, check=False)
                file.rename(file.with_suffix(".done"))
                code = file.with_suffix(".written")
                code.write_text(str(done.returncode))
                code.rename(file.with_suffix(".code"))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.fixture
def server(place: Path, reader: tuple[sa.Engine, Subscriber]) -> Iterator[Postfix]:
    """Postfix as the how-to sets it up, with our places for its own."""
    script = block("#!/bin/sh").replace("/srv/letter/.venv/bin/tipsheet", f"{sys.executable} -m tipsheet")
    script = script.replace("/etc/tipsheet.env", str(place / "env")).replace("/srv/letter", str(place / "letter"))
    (place / "receive").write_text(script.replace(" -q inbox", f" -C {place / 'letter'} -q inbox"))
    (place / "hand-over").write_text(HAND_OVER)
    (place / "env").write_text(f"TIPSHEET_SECRET={SECRET.text}\nPYTHONPATH={ROOT}\n")
    (place / "addresses").write_text(block("/^").replace("lists\\.example\\.org", "example\\.org"))
    main = block("recipient_delimiter").replace("regexp:/etc/postfix/tipsheet", f"regexp:{place / 'addresses'}")
    main = main.replace("virtual_mailbox_domains = lists.example.org\n", "")
    master = block("readers ").replace("/usr/local/bin/tipsheet-receive", str(place / "hand-over"))
    master = master.replace("user=letter", "user=nobody").replace("/srv/letter", str(place / "letter"))
    for path in (place, *place.rglob("*")):
        path.chmod(0o777)
    with run_by_us(place / "receive", place / "hand-over"), running(main, master) as server:
        yield server


def until(server: Postfix, holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, server.log
        time.sleep(0.1)  # postfix tells nobody when it has delivered


def status(engine: sa.Engine) -> str:
    with engine.connect() as connection:
        return str(connection.execute(sa.select(subscriber.c.status)).scalar_one())


def test_a_mail_to_leave_goes_through_the_pipe(
    server: Postfix, reader: tuple[sa.Engine, Subscriber], place: Path
) -> None:
    """W8: what the how-to says; other addresses are refused, and what goes wrong is tried again."""
    engine, ada = reader
    token = SECRET.leave_token(ada.public_id)
    with smtplib.SMTP("127.0.0.1", server.port, timeout=PATIENCE) as smtp:
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            smtp.sendmail("ada@example.org", "somebody@example.org", b"Subject: Hello\r\n\r\n")
        smtp.sendmail("ada@example.org", f"Leave+{token}@example.org", b"To: undisclosed:;\r\nSubject: bye\r\n\r\n")
        smtp.sendmail("ada@example.org", "lists@example.org", b"Subject: Hello\r\n\r\nThank you.\r\n")
    until(server, lambda: status(engine) == "unsubscribed")
    kept = place / "letter/Maildir/new"
    until(server, lambda: kept.is_dir() and any(kept.iterdir()))
    (place / "env").rename(place / "gone")
    with smtplib.SMTP("127.0.0.1", server.port, timeout=PATIENCE) as smtp:
        smtp.sendmail("ada@example.org", "lists@example.org", b"Subject: Again\r\n\r\n")
    until(server, lambda: "status=deferred" in server.log)
    assert "status=bounced" not in server.log
    assert token not in " ".join(file.name for file in kept.iterdir())
