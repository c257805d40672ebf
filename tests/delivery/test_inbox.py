"""Mail to the publication: by which readers leave, and by which letters come back."""

import email
import json
import mailbox
import subprocess
import time
from contextlib import suppress
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
import sqlalchemy as sa
import trustme
import yaml
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from tests.audience.people import NOW, SECRET, add_confirmed, write_delivery
from tests.cli.conftest import run
from tests.delivery.imap_server import ImapServer, imap_server
from tests.delivery.servers import PASSWORD
from tests.folders import write_publication
from tests.warm import Started
from tests.web.builders import RECORD
from tipsheet.audience.address import Address
from tipsheet.audience.consent import Evidence, verify
from tipsheet.audience.signups import SignupRequest, ask
from tipsheet.audience.subscriber import Subscriber, address_of, known, suppression_of
from tipsheet.cli import main
from tipsheet.delivery.inbox import Forms, Inbox, MailKind, Origin, UnreadableFormError, read_mail
from tipsheet.store.database import writing
from tipsheet.store.tables import consent_event, inbox_message, service_letter, signup, subscriber

CASES = yaml.safe_load(Path(__file__).with_name("inbox.yaml").read_text("utf-8"))
FORM_CASES = yaml.safe_load(Path(__file__).with_name("forms.yaml").read_text("utf-8"))
OTHER, KEY = "a" * 32, "wq35ati3do7b4wkpsee24uw4"


def inbox(store: sa.Engine) -> Inbox:
    return Inbox(engine=store, secret=SECRET, clock=lambda: NOW)


def filled(message: str, someone: Subscriber) -> bytes:
    token, key = SECRET.leave_token(someone.public_id), SECRET.message_key("i1", someone.public_id)
    values = {"@TOKEN@": token, "@TOKEN_UPPER@": token.upper(), "@OTHER@": OTHER, "@KEY@": key}
    for name, value in values.items():
        message = message.replace(name, value)
    return message.encode()


def reader(store: sa.Engine, email: str = "Ada@example.org") -> Subscriber:
    """A reader who was sent a letter."""
    someone = add_confirmed(store, email)
    with store.begin() as connection:
        write_delivery(connection, someone, "i1", "sent")
    return someone


def status(store: sa.Engine) -> str:
    with store.connect() as connection:
        assert not verify(connection).fault
        return known(connection, address_of("ada@example.org")).status


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["lf", "crlf"])
def test_what_a_message_is_taken_for(store: sa.Engine, case: dict[str, object], end: bytes) -> None:
    """W8, W9: once; what a person must read is not remembered, and nothing else changes anything."""
    message = filled(str(case["message"]), reader(store))
    outcome = inbox(store).take(message.replace(b"\n", end))
    assert (outcome.what, list(outcome.words), status(store)) == (case["what"], case["words"], case["ada"])
    again = inbox(store).take(message)
    assert again.what == (MailKind.PERSON if case["what"] == "person" else MailKind.KNOWN)
    assert status(store) == case["ada"]


def test_leaving_by_mail_is_evidence_that_names_no_address(store: sa.Engine) -> None:
    """W8: the record of consent says by what; a token of somebody who was erased is no mistake."""
    someone = reader(store)
    case = next(one for one in CASES if one["name"] == "the subject alone")
    inbox(store).take(filled(case["message"], someone))
    with store.begin() as connection:
        source = connection.execute(sa.select(consent_event.c.source).order_by(consent_event.c.id.desc())).scalar()
        connection.execute(sa.delete(subscriber))
    assert source == "a mail, by the token of a letter"
    assert inbox(store).take(b"X: y\n" + filled(case["message"], someone)).what is MailKind.LEFT


@given(st.binary(max_size=500) | st.builds(lambda at, data: b"To: leave+" + data[:at], st.integers(0, 9), st.binary()))
def test_any_octets_are_a_message(data: bytes) -> None:
    assert read_mail(data).origin in Origin


@given(st.text(), st.sampled_from(["leave", "bounces", "confirm"]))
def test_no_token_but_ours_is_anybodys(text: str, tag: str) -> None:
    """W8: whatever a stranger writes before the @ names nobody."""
    mail = read_mail(f"To: {tag}+{text}@letter.example\n".encode("utf-8", "replace"))
    assert not [token for _, token in mail.tags if SECRET.public_id(token)]


def asked(store: sa.Engine) -> str:
    """Somebody has asked for the letter, and has got the one that asks to confirm; returns its token."""
    with writing(store) as connection:
        form = Evidence(source="https://sheet.example/subscribe/", wording="Send me the letter.")
        ask(connection, SignupRequest(address=Address("ada@example.org", "ada@example.org"), evidence=form), NOW)
        connection.execute(sa.update(signup).values(state="asked"))
        public_id: str = connection.execute(sa.select(signup.c.public_id)).scalar_one()
    return SECRET.confirm_token(public_id)


def readers(store: sa.Engine) -> list[str]:
    with store.connect() as connection:
        return list(connection.execute(sa.select(subscriber.c.status)).scalars())


def test_an_answer_confirms(store: sa.Engine) -> None:
    """W8: to confirm+TOKEN@, whatever is in it, whoever writes; once."""
    token = asked(store)
    answer = f"From: a@elsewhere.example\nTo: <confirm+{token.upper()}@letter.example>\nSubject: Re: Confirm\n\nYes\n"
    assert inbox(store).take(answer.encode()).what is MailKind.CONFIRMED
    assert readers(store) == ["confirmed"]
    assert inbox(store).take(answer.encode()).what is MailKind.KNOWN
    assert inbox(store).take(b"X: y\n" + answer.encode()).words == ("confirms again, or too late",)


@pytest.mark.parametrize(
    "field",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated",
        "Subject: Automatic reply: Please confirm",
        "Subject: =?utf-8?q?R=C3=A9ponse_automatique?=",
        "Precedence: bulk",
        "X-Auto-Response-Suppress: All",
        "X-Autoreply: yes",
        "Return-Path: <>",
        "From: MAILER-DAEMON@example.org",
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=b",
    ],
)
def test_a_program_that_answers_confirms_nothing(store: sa.Engine, field: str) -> None:
    """W8: one on holiday writes to the Reply-To of the letter as well, and has not said yes."""
    message = f"{field}\nTo: confirm+{asked(store)}@letter.example\nIn-Reply-To: <x@letter.example>\n\nI am away.\n"
    assert inbox(store).take(message.encode()).what in {MailKind.AUTOREPLY, MailKind.PERSON}
    assert readers(store) == []


@pytest.mark.parametrize(
    ("name", "words", "reason"),
    [
        ("arf-yahoo", ("complained",), "complained"),
        ("postfix-user-unknown", ("of a letter of the service",), None),
    ],
)
def test_a_report_of_the_letter_that_asks(
    store: sa.Engine, name: str, words: tuple[str, ...], reason: str | None
) -> None:
    """W4, W9: whoever calls it spam is asked nothing more, whoever types their address; they are no reader."""
    asked(store)
    with writing(store) as connection:
        number = connection.execute(sa.select(signup.c.id)).scalar_one()
        row = {
            "mail": "confirm",
            "signup_id": number,
            "recipient": "",
            "fields": {},
            "message_key": KEY,
            "state": "sent",
        }
        connection.execute(sa.insert(service_letter).values(**row, due_at=NOW, at=NOW, changed_at=NOW))
    report = (Path(__file__).parent / f"reports/{name}.eml").read_bytes()
    assert inbox(store).take(report).words == words
    with store.connect() as connection:
        why = suppression_of(connection, SECRET, Address("ada@example.org", "ada@example.org"))
        rest = connection.execute(sa.select(sa.func.count()).select_from(signup)).scalar_one()
    assert (why and why.reason, rest, readers(store)) == (reason, 0 if reason else 1, [])


FORMS = Forms(senders=frozenset({"forms@provider.example"}), segments=RECORD.segments, consent="Send me the letter.")


def form_mail(case: dict[str, str], sender: str = "Forms <Forms@provider.example>") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "lists@letter.example", "New entry"
    message["Auto-Submitted"] = "auto-generated"
    kind, _, subtype = case.get("type", "text/plain").partition("/")
    if kind == "text":
        message.set_content(case["body"], subtype=subtype)
    else:
        message.set_content(case["body"].encode(), maintype=kind, subtype=subtype)
    return message


@pytest.mark.parametrize("case", FORM_CASES, ids=[case["name"] for case in FORM_CASES])
def test_forms_by_mail(case: dict[str, str]) -> None:
    """W8: what is in them; names that are none are left out (W5)."""
    if "error" in case:
        with pytest.raises(UnreadableFormError, match=case["error"]):
            FORMS.asked(form_mail(case))
        return
    found = FORMS.asked(form_mail(case))
    assert found is not None
    said = {
        "email": found.address.email, "first_name": found.first_name, "last_name": found.last_name,
        "locale": found.locale, "frequency": found.wishes.frequency, "tags": list(found.wishes.tags),
        "attributes": dict(found.wishes.attributes), "wording": found.evidence.wording,
    }  # fmt: skip
    assert {name: value for name, value in said.items() if value} == case["asked"]


def test_a_form_is_asked_to_confirm(store: sa.Engine) -> None:
    """W8: it writes the row that a form of the service writes, and makes no reader; only from senders we name."""
    desk, case = replace(inbox(store), forms=FORMS), FORM_CASES[0]
    assert desk.take(form_mail(case, "forms@stranger.example").as_bytes()).what is MailKind.PERSON
    assert desk.take(form_mail(case).as_bytes()).what is MailKind.SIGNUP
    with store.connect() as connection:
        (row,) = connection.execute(sa.select(signup)).all()
    assert (row.state, row.email, row.source, readers(store)) == ("new", "Ada@example.org", "a form, by mail", [])


@given(st.binary(max_size=300))
def test_any_body_is_a_form_or_none(body: bytes) -> None:
    message = email.message_from_bytes(b"From: forms@provider.example\n\n" + body)
    with suppress(UnreadableFormError):
        FORMS.asked(message)


@pytest.fixture
def root(tmp_path: Path, store_url: str, store: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A publication whose store has Ada and Bo."""
    monkeypatch.setenv("TIPSHEET_SECRET", SECRET.text)
    monkeypatch.setenv("TIPSHEET_DATABASE_URL", store_url)
    return write_publication(tmp_path / "publication", {})


@pytest.fixture
def post(store: sa.Engine) -> list[bytes]:
    """Ada leaves, a letter to Bo comes back, somebody writes to the editor; the first message is there twice."""
    ada, bo = reader(store), reader(store, "bo@example.org")
    texts = {case["name"]: case["message"] for case in CASES}
    leaves = filled(texts["apple's unsubscribe"], ada)
    back = filled(texts["a report by the return path"].replace("ada@", "bo@"), bo)
    return [leaves, back, filled(texts["a letter of a reader"], ada), leaves]


COUNTS = {"bounced": 1, "for a person": 1, "left": 1, "read before": 1}


def process(root: Path, *words: str | Path) -> dict[str, object]:
    result = run("-C", root, "inbox", "process", *words, "--json")
    assert result.exit_code == 0, result.output
    assert "@" not in result.output
    assert SECRET.leave_token("")[:4] not in result.output
    found: dict[str, object] = json.loads(result.stdout)
    return found


def in_maildir(path: Path) -> list[int]:
    """How many messages lie in the Maildir, and in its folders done and person."""
    box = mailbox.Maildir(path, create=False)
    folders = [box, *(box.get_folder(name) for name in ("done", "person") if name in box.list_folders())]
    return [len(folder) for folder in folders]


def test_a_maildir(root: Path, tmp_path: Path, store: sa.Engine, post: list[bytes]) -> None:
    """W8: what was done is moved to a folder, the rest stays or goes to another one; a dry run does nothing."""
    box = mailbox.Maildir(tmp_path / "Maildir")
    for message in post:
        box.add(message)
    box.close()
    place = tmp_path / "Maildir"
    dry = process(root, place, "--dry-run")
    assert (dry["moved"], dry["counts"]) == (0, {"bounced": 1, "for a person": 1, "left": 2})
    assert in_maildir(place) == [4]
    assert status(store) == "confirmed"
    assert process(root, place, "--done", "done") == {"messages": 4, "moved": 3, "counts": COUNTS}
    assert in_maildir(place) == [1, 3]
    assert status(store) == "unsubscribed"
    assert process(root, place, "--done", "done", "--person", "person") == {
        "messages": 1, "moved": 1, "counts": {"for a person": 1},
    }  # fmt: skip
    assert in_maildir(place) == [0, 3, 1]
    assert process(root, place, "--done", "done")["messages"] == 0


def test_an_mbox_is_left_as_it_is(root: Path, tmp_path: Path, post: list[bytes]) -> None:
    """W8: its messages are known by their digests."""
    box = mailbox.mbox(tmp_path / "mbox")
    for message in post:
        box.add(message)
    box.close()
    before = (tmp_path / "mbox").read_bytes()
    assert process(root, tmp_path / "mbox") == {"messages": 4, "moved": 0, "counts": COUNTS}
    assert process(root, tmp_path / "mbox")["counts"] == {"for a person": 1, "read before": 3}
    assert (tmp_path / "mbox").read_bytes() == before


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    folder = tmp_path_factory.mktemp("certificate")
    authority = trustme.CA()
    made = authority.issue_cert("127.0.0.1")
    made.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    made.private_key_pem.write_to_path(folder / "key.pem")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    return folder / "cert.pem", folder / "key.pem", folder / "ca.pem"


def subjects(server: ImapServer) -> dict[str, int]:
    return {name: len(messages) for name, messages in server.folders().items()}


@pytest.mark.parametrize("options", [(), ("--keywords",), ("--no-move",)], ids=["plain", "keywords", "without MOVE"])
def test_a_mailbox_on_a_server(
    root: Path, post: list[bytes], monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    """W8: by IMAP; what was left is not fetched again where the server keeps keywords."""
    with imap_server(*options) as server:
        monkeypatch.setenv("TIPSHEET_IMAP_URL", server.url())
        server.put(*post)
        assert process(root) == {"messages": 4, "moved": 3, "counts": COUNTS}
        assert subjects(server) == {"INBOX": 1, "tipsheet-done": 3}
        assert sorted(server.folders()["tipsheet-done"]) == sorted(
            message.replace(b"\n", b"\r\n") for message in (post[0], post[1], post[3])
        )
        assert process(root)["messages"] == (0 if "--keywords" in options else 1)
        assert process(root, "--again", "--person", "For a person")["moved"] == 1
        assert subjects(server) == {"For a person": 1, "tipsheet-done": 3}


def test_tls_is_checked(
    root: Path, post: list[bytes], monkeypatch: pytest.MonkeyPatch, certificate: tuple[Path, Path, Path]
) -> None:
    """W8: STARTTLS with a certificate that we trust, or nothing is said."""
    with imap_server(certificate=certificate) as server:
        server.put(*post)
        monkeypatch.setenv("TIPSHEET_IMAP_URL", server.url("imap+starttls"))
        assert process(root)["messages"] == 4
        monkeypatch.setenv("TIPSHEET_IMAP_URL", server.url("imap+starttls").partition("?")[0])
        result = run("-C", root, "inbox", "process")
        assert (result.exit_code, "the certificate of imap+starttls://127.0.0.1" in result.output) == (69, True)


@pytest.mark.parametrize(
    ("url", "words", "code"),
    [
        ("", "no mailbox: TIPSHEET_IMAP_URL is not set", 2),
        ("smtps://ada:sesame@mail.example.org", "it begins with none of the known schemes", 2),
        ("imap://ada:sesame@mail.example.org", "the password would go over the network", 2),
        ("imap://ada:sesame@127.0.0.1:1", "cannot be reached", 69),
        ("imap://ada:sesame@127.0.0.1:PORT", "refused the login", 69),
        ("imap+starttls://ada:sesame@127.0.0.1:PORT", "does not offer STARTTLS", 69),
        ("imaps://ada:sesame@127.0.0.1:PORT", "does not speak TLS as we do", 69),
    ],
)
def test_a_mailbox_that_cannot_be_opened(
    root: Path, monkeypatch: pytest.MonkeyPatch, url: str, words: str, code: int
) -> None:
    """W8: in a sentence, without the password."""
    with imap_server() as server:
        monkeypatch.setenv("TIPSHEET_IMAP_URL", url.replace("PORT", str(server.port)))
        result = run("-C", root, "inbox", "process")
    assert (result.exit_code, words in result.output) == (code, True), result.output
    assert "sesame" not in result.output


def test_a_folder_that_is_not_there(root: Path, store: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with imap_server() as server:
        monkeypatch.setenv("TIPSHEET_IMAP_URL", server.url())
        result = run("-C", root, "inbox", "process", "--folder", "Newsletter")
    assert (result.exit_code, "has no folder 'Newsletter'" in result.output) == (69, True)
    assert PASSWORD not in result.output


def receive(root: Path, message: bytes, *words: str | Path) -> Result:
    command = ["-C", str(root), "inbox", "receive", *map(str, words)]
    return CliRunner().invoke(main, command, input=message)


def test_a_message_on_standard_input(root: Path, tmp_path: Path, store: sa.Engine, post: list[bytes]) -> None:
    """W8: as a mail server's pipe brings it; what a person must read is kept, once however often it comes."""
    leaves, _, letter, _ = post
    for message, words in (
        (leaves, "left"),
        (leaves, "read before"),
        (letter, "for a person"),
        (letter, "for a person"),
    ):
        result = receive(root, message, "--keep", tmp_path / "kept")
        assert (result.exit_code, result.output.strip()) == (0, words)
    assert status(store) == "unsubscribed"
    (kept,) = mailbox.Maildir(tmp_path / "kept", create=False)
    assert kept.get_payload() == email.message_from_bytes(letter).get_payload()
    assert (tmp_path / "kept").stat().st_mode & 0o077 == 0


def test_whatever_goes_wrong_the_mail_server_tries_again(
    root: Path, tmp_path: Path, post: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """W8: EX_TEMPFAIL of sysexits, so that postfix defers."""
    (tmp_path / "file").touch()
    keep = ("--keep", tmp_path / "kept")
    assert receive(root, post[2], "--keep", tmp_path / "file").exit_code == 75
    assert receive(root, post[2], "--keep", tmp_path / "file" / "kept").exit_code == 75
    assert receive(root, post[2]).exit_code == 75
    assert receive(root, post[2], *keep, "--no-such-option").exit_code == 75
    assert receive(root, post[2], *keep, "--database", "sqlite:///nowhere.db").exit_code == 75
    assert receive(tmp_path, post[2], *keep).exit_code == 75
    monkeypatch.delenv("TIPSHEET_SECRET")
    result = receive(root, post[2], *keep)
    assert (result.exit_code, "TIPSHEET_SECRET is not set; the message was not taken" in result.output) == (75, True)
    assert not (tmp_path / "kept").exists()


def test_killed_in_the_middle(root: Path, store: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """W8: kill -9 between any two steps; run again, each message has counted once and lies where it belongs."""
    texts = {case["name"]: case["message"] for case in CASES}
    readers = [reader(store, f"p{number}@example.org") for number in range(90)]
    half = len(readers) // 2
    messages = [filled(texts["the subject alone"], someone) for someone in readers[:half]]
    messages += [
        filled(texts["a report by the return path"].replace("ada@", f"p{number}@"), someone)
        for number, someone in enumerate(readers[half:], half)
    ]
    done = sa.select(sa.func.count()).select_from(inbox_message)

    def count() -> int:
        with store.connect() as connection:
            return connection.execute(done).scalar_one()

    with imap_server() as server:
        monkeypatch.setenv("TIPSHEET_IMAP_URL", server.url())
        server.put(*messages)
        command = ["tipsheet", "-C", root, "inbox", "process"]
        for limit in (1, 30, 50, 70):  # of batches of fifty: at the start, in the first, between them, in the second
            with Started(*command, stdout=subprocess.DEVNULL) as process:
                while process.poll() is None and count() < limit:
                    time.sleep(0.01)
                process.kill()
        assert run("-C", root, "inbox", "process").exit_code == 0
        assert subjects(server) == {"tipsheet-done": len(messages)}
    with store.connect() as connection:
        kinds = sa.select(consent_event.c.kind, sa.func.count()).group_by(consent_event.c.kind)
        counted = dict(connection.execute(kinds).all())
        assert not verify(connection).fault
    assert count() == len(messages)
    assert (counted["unsubscribed"], counted["bounced"]) == (half, len(readers) - half)


@pytest.mark.parametrize(
    ("language", "words"),
    [("de-AT", "Schickt mir den Brief."), ("en", "Send me the letter."), ("xx", "Send me the letter."), ("", None)],
)
def test_a_form_in_a_language_agrees_to_its_words(language: str, words: str | None) -> None:
    """S25: a yes stands for the words of the form's language, as far as the publication has it."""
    forms = replace(FORMS, consents={"en": FORMS.consent, "de": "Schickt mir den Brief."})
    body = f"email: ada@example.org\nconsent: yes\nlanguage: {language}\n"
    asked = forms.asked(form_mail({"body": body}))
    assert asked is not None
    assert (asked.locale, asked.evidence.wording) == (language, words or FORMS.consent)
