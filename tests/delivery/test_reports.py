"""Letters that come back, and what follows for their readers."""

import json
import mailbox
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml
from click.testing import Result
from hypothesis import given
from hypothesis import strategies as st

from tests.audience.people import NOW, SECRET, add_confirmed, changing, write_delivery
from tests.cli.conftest import run
from tests.folders import write_publication
from tipsheet.audience import transitions
from tipsheet.audience.consent import verify
from tipsheet.audience.subscriber import Subscriber, address_of, known
from tipsheet.delivery.answers import ReportKind, kind_of
from tipsheet.delivery.bounces import Taken, take_report, take_reports
from tipsheet.delivery.mailboxes import messages_of_stream
from tipsheet.delivery.reports import MailReport, read_reports

FOLDER = Path(__file__).parent / "reports"
STATUSES = yaml.safe_load((FOLDER / "statuses.yaml").read_text("utf-8"))
MESSAGES = yaml.safe_load((FOLDER / "messages.yaml").read_text("utf-8"))
KEY, TOKEN = "wq35ati3do7b4wkpsee24uw4", SECRET.leave_token("dvfoii35ynn5xhil")
REPORT = (FOLDER / "postfix-user-unknown.eml").read_text("utf-8")


def filled(message: str, key: str = KEY, token: str = TOKEN) -> bytes:
    return message.replace(KEY, key).replace(TOKEN, token).encode()


@pytest.mark.parametrize(("status", "words", "kind"), [pytest.param(*rest, id=name) for name, *rest in STATUSES])
def test_what_a_status_means(status: str, words: str, kind: str) -> None:
    """W9: by enhanced status, and by the words of the providers; policy never suppresses."""
    assert kind_of(status, words) == kind


@pytest.mark.parametrize(("status", "words", "kind"), [pytest.param(*rest, id=name) for name, *rest in STATUSES])
def test_a_status_stands_in_a_report(status: str, words: str, kind: str) -> None:
    """W9: the same, read from a message."""
    message = REPORT.replace("Status: 5.1.1", f"Status: {status}")
    message = message.replace("smtp; 550 5.1.1 no\n    such user", words)
    (report,) = read_reports(filled(message))
    assert (report.kind, report.key) == (kind, KEY)


@pytest.mark.parametrize(("name", "expect", "by"), MESSAGES, ids=[name for name, *_ in MESSAGES])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_messages(name: str, expect: list[str] | None, by: str | None, end: bytes) -> None:
    """W9: RFC 3464, 6533 and 5965, older forms, and what is no report at all; by what each names its letter."""
    reports = read_reports((FOLDER / f"{name}.eml").read_bytes().replace(b"\n", end))
    if expect is None:
        assert not reports
        return
    report = reports[0]
    assert [report.kind, report.enhanced] == expect
    assert {"key": report.key == KEY, "token": not report.key and report.token == TOKEN}.get(by or "", True)
    assert by or not (report.key or report.token)


def test_the_table_names_every_message() -> None:
    """W9: sixty of them, and more."""
    assert {f"{name}.eml" for name, *_ in MESSAGES} == {file.name for file in FOLDER.glob("*.eml")}
    assert len(MESSAGES) >= 60


@given(
    st.binary(max_size=2_000)
    | st.builds(lambda at, data: filled(REPORT)[:at] + data, st.integers(0, 1_500), st.binary())
)
def test_no_message_is_worse_than_no_report(data: bytes) -> None:
    read_reports(data)


@given(st.text(), st.text())
def test_policy_is_never_anything_else(before: str, after: str) -> None:
    """W9: 5.7.x never suppresses, whatever else is said."""
    assert kind_of("5.7.1", f"{before} {after}") is ReportKind.POLICY
    assert kind_of("5.1.1", f"{before} 550 5.7.1 {after}") is ReportKind.POLICY


def report(kind: ReportKind, someone: Subscriber, issue: str, digest: str, **changes: str) -> MailReport:
    fields = {"key": SECRET.message_key(issue, someone.public_id), "enhanced": "5.0.0", **changes}
    return MailReport(kind=kind, issue=issue, digest=digest, **fields)


def sent(store: sa.Engine, someone: Subscriber, *issues: str) -> None:
    with store.begin() as connection:
        for issue in issues:
            write_delivery(connection, someone, issue, "sent")


def status(store: sa.Engine) -> str:
    with store.connect() as connection:
        assert not verify(connection).fault
        return known(connection, address_of("ada@example.org")).status


@pytest.mark.parametrize(
    ("kind", "taken", "becomes"),
    [
        (ReportKind.HARD, Taken.BOUNCED, "bounced"),
        (ReportKind.COMPLAINT, Taken.COMPLAINED, "complained"),
        (ReportKind.OPT_OUT, Taken.LEFT, "unsubscribed"),
        (ReportKind.SOFT, Taken.COUNTED, "confirmed"),
        (ReportKind.POLICY, Taken.NOTED, "confirmed"),
        (ReportKind.NOTHING, Taken.NOTHING, "confirmed"),
    ],
)
def test_what_follows_from_a_report(store: sa.Engine, kind: ReportKind, taken: Taken, becomes: str) -> None:
    """W9: once; the same report read again changes nothing."""
    someone = add_confirmed(store)
    sent(store, someone, "i1")
    for again in (taken, Taken.NOTHING if kind is ReportKind.NOTHING else Taken.KNOWN):
        with changing(store) as register:
            assert take_report(register, report(kind, someone, "i1", "a")).taken is again
        assert status(store) == becomes


@pytest.mark.parametrize(
    ("issues", "days", "becomes"),
    [
        (("i1", "i1", "i2", "i2", "i3"), 7, "bounced"),
        (("i1", "i2", "i3", "i4"), 7, "confirmed"),
        (("i1", "i1", "i1", "i2", "i2", "i2"), 7, "confirmed"),
        (("i1", "i2", "i3", "i4", "i5"), 100, "confirmed"),
    ],
)
def test_failures_for_a_time_are_counted(store: sa.Engine, issues: tuple[str, ...], days: int, becomes: str) -> None:
    """W9: five over three issues are a bounce; old ones are forgotten."""
    someone = add_confirmed(store)
    sent(store, someone, *sorted(set(issues)))
    for number, issue in enumerate(issues):
        with changing(store, now=NOW + timedelta(days=days * number)) as register:
            take_report(register, report(ReportKind.SOFT, someone, issue, str(number), enhanced="4.2.2"))
    assert status(store) == becomes


def test_policy_is_never_counted(store: sa.Engine) -> None:
    someone = add_confirmed(store)
    issues = [f"i{number}" for number in range(10)]
    sent(store, someone, *issues)
    with changing(store) as register:
        for issue in issues:
            take_report(register, report(ReportKind.POLICY, someone, issue, issue, enhanced="5.7.1"))
    assert status(store) == "confirmed"


def test_a_report_names_its_letter_by_what_only_the_letter_had(store: sa.Engine) -> None:
    """W9: a forged report, which knows the address alone, changes nothing."""
    someone = add_confirmed(store)
    sent(store, someone, "i1")
    forged = filled(REPORT, key="a" * 24), filled(REPORT.replace("i1.@KEY@", "nothing")), filled(REPORT, token="a" * 32)
    summary = take_reports(store, SECRET, forged, NOW)
    assert {effect.taken for effect in summary.effects} == {Taken.FOREIGN}
    assert status(store) == "confirmed"


@pytest.mark.parametrize(
    ("named", "taken"),
    [
        ("ada@example.org", Taken.BOUNCED),
        ("ada@internal.example.net", Taken.BOUNCED),
        ("ada+news@example.org", Taken.BOUNCED),
        ("", Taken.BOUNCED),
        ("redacted", Taken.BOUNCED),
        ("grace@example.org", Taken.COUNTED),
    ],
)
def test_one_of_many_behind_an_address_is_not_all(store: sa.Engine, named: str, taken: Taken) -> None:
    """W9: what failed for good at another address than the letter's is counted."""
    someone = add_confirmed(store)
    sent(store, someone, "i1")
    with changing(store) as register:
        assert take_report(register, report(ReportKind.HARD, someone, "i1", "a", recipient=named)).taken is taken


def test_the_return_path_names_the_reader_and_not_whom_a_stranger_names(store: sa.Engine) -> None:
    """W9: what a report holds besides the address that it was sent to may be nothing; a stranger's token is none."""
    someone = add_confirmed(store)
    sent(store, someone, "i1")
    message = (FOLDER / "own-words.eml").read_text("utf-8")
    foreign = filled(message, token="a" * 32), filled(message.replace("bounces+", "leave+"))
    assert [effect.taken for effect in take_reports(store, SECRET, foreign, NOW).effects] == [Taken.FOREIGN]
    assert status(store) == "confirmed"
    theirs = filled(message, token=SECRET.leave_token(someone.public_id))
    assert [effect.taken for effect in take_reports(store, SECRET, [theirs], NOW).effects] == [Taken.BOUNCED]


def test_who_has_left_or_has_another_address_stays_so(store: sa.Engine) -> None:
    someone = add_confirmed(store)
    sent(store, someone, "i1")
    with changing(store) as register:
        transitions.unsubscribe(register, someone, transitions.Evidence(source="x"))
        assert take_report(register, report(ReportKind.HARD, someone, "i1", "a")).taken is Taken.NOTED
    assert status(store) == "unsubscribed"


Command = Callable[..., Result]


@pytest.fixture
def command(tmp_path: Path, store_url: str, store: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("TIPSHEET_SECRET", SECRET.text)
    root = write_publication(tmp_path / "publication", {})
    return lambda *words: run(
        "-C", root, "deliveries", "bounces", *words, "--database", store_url, "--now", NOW.isoformat()
    )


def test_reports_are_read_from_anywhere(command: Command, store: sa.Engine, tmp_path: Path) -> None:
    """W9: a message, an mbox, a Maildir, a folder; nothing is moved, nothing counts twice, no address is printed."""
    someone = add_confirmed(store)
    sent(store, someone, "i1")
    message = filled(REPORT, key=SECRET.message_key("i1", someone.public_id))
    (tmp_path / "one.eml").write_bytes(message)
    box = mailbox.mbox(tmp_path / "all.mbox")
    maildir = mailbox.Maildir(tmp_path / "Maildir")
    for kept in (box, maildir):
        kept.add(message)
        kept.add(b"From: ada@example.org\nSubject: Re: hello\n\nThanks.\n")
        kept.close()
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.eml").write_bytes(message)
    (tmp_path / "folder" / "empty.eml").touch()
    before = sorted(tmp_path.rglob("*"))
    places = [tmp_path / name for name in ("one.eml", "all.mbox", "Maildir", "folder")]
    dry = command(*places, "--dry-run")
    assert status(store) == "confirmed"
    result = command(*places, "--json")
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert (said["messages"], said["no_report"]) == (6, 2)
    assert said["counts"] == {"bounced": 1, "read before": 3}
    assert said["reports"][0] | {"number": 1} == {
        "issue": "i1", "number": 1, "kind": "hard", "status": "5.1.1", "taken": "bounced",
    }  # fmt: skip
    assert status(store) == "bounced"
    assert "6 messages: 1 bounced, 3 read before, 2 no report" in dry.stdout
    assert "@" not in dry.output + result.output
    assert [path for path in sorted(tmp_path.rglob("*")) if path not in before and "audience.db" not in path.name] == []


def test_a_report_comes_by_a_stream(tmp_path: Path) -> None:
    """One message, or an mbox."""
    box = b"From MAILER-DAEMON Thu Nov 26 11:13:15 2026\n" + filled(REPORT)
    for data, count in ((filled(REPORT), 1), (box + b"\n" + box, 2)):
        (tmp_path / "stream").write_bytes(data)
        with (tmp_path / "stream").open("rb") as stream:
            assert [len(read_reports(message)) for message in messages_of_stream(stream)] == [1] * count


def test_an_empty_file_is_no_report(command: Command, tmp_path: Path) -> None:
    (tmp_path / "empty.eml").touch()
    result = command(tmp_path / "empty.eml")
    assert (result.exit_code, "empty" in result.output) == (1, True)
