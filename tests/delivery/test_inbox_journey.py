"""A publication without a server of its own: readers come in, confirm, get an issue and leave, all by mail."""

import email
import email.policy
import mailbox
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

from tests.audience.people import SECRET
from tests.cli.conftest import run
from tests.delivery.servers import mail_server
from tests.folders import MKDOCS, write_publication
from tipsheet.audience.consent import verify
from tipsheet.store.database import open_store
from tipsheet.store.tables import consent_event, subscriber

SETTINGS = MKDOCS.replace(
    'mail: {unsubscribe_url: "https://lists.sheet.example/leave/@@token@@"}',
    "mail: {sender: letter@sheet.example}\n"
    "      service: {mailbox: lists@sheet.example, form_senders: [forms@provider.example]}",
)
FORM = "email: Reader@example.org\nname: Ada Lovelace\nsegments: managers\nconsent: yes\n"


def read(letter: bytes) -> email.message.EmailMessage:
    found = email.message_from_bytes(letter, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


def message(sender: str, to: str, subject: str, body: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made.set_content(body)
    return made


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TIPSHEET_SECRET", SECRET.text)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795338000")
    mailbox.Maildir(tmp_path / "lists").close()
    return write_publication(tmp_path / "letter", {"mkdocs.yml": SETTINGS})


def test_all_by_mail(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """W8, W9, W18: in by a form that is mailed, confirmed by an answer, and out by the address in the letter."""

    def told(*words: str | Path) -> str:
        result = run("-C", root, *words)
        assert result.exit_code == 0, result.output
        return result.output

    def inbox(came: EmailMessage) -> str:
        box = mailbox.Maildir(tmp_path / "lists")
        box.add(came)
        box.close()
        return told("inbox", "process", tmp_path / "lists").strip()

    told("build")
    form = message("forms@provider.example", "lists@sheet.example", "New entry", FORM)
    assert inbox(form) == "1 message: 1 will be asked to confirm"
    with mail_server() as (port, post):
        monkeypatch.setenv("TIPSHEET_SMTP_URL", f"smtp://127.0.0.1:{port}")
        told("web", "--once")
        told("send", "2026-w47", "--dry-run")  # nobody is a reader yet
        ((_, to, asks),) = post.arrived
        answers = parseaddr(read(asks)["Reply-To"])[1]
        assert (to, answers.partition("+")[0]) == (["Reader@example.org"], "confirm")
        assert inbox(message("Reader@example.org", answers, "Re: Confirm", "Yes")) == "1 message: 1 confirmed"
        told("send", "2026-w47", "--yes")
        sender, to, letter = post.arrived[-1]
    assert (len(post.arrived), to) == (2, ["Reader@example.org"])
    way = urlsplit(read(letter)["List-Unsubscribe"].strip("<>"))
    assert (way.scheme, sender) == ("mailto", way.path.replace("leave+", "bounces+"))
    assert "List-Unsubscribe-Post" not in read(letter)
    subject = parse_qs(way.query)["subject"][0]
    assert inbox(message("Reader@example.org", way.path, subject, "")) == "1 message: 1 left"
    engine = open_store(f"sqlite:///{root / 'audience.db'}")
    with engine.connect() as connection:
        assert not verify(connection).fault
        kinds = connection.execute(sa.select(consent_event.c.kind).order_by(consent_event.c.id)).scalars().all()
        (reader,) = connection.execute(sa.select(subscriber)).all()
    engine.dispose()
    assert kinds == ["added", "confirmed", "unsubscribed"]
    assert (reader.first_name, reader.attributes, reader.status) == ("Ada", {"role": "manager"}, "unsubscribed")
