"""Every sender hands letters over, and one that was offered but not ended never arrives (D3)."""

import mailbox
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.delivery.builders import Direct
from tests.delivery.servers import certificates, mail_server
from tipsheet.delivery.channel import ACCEPTED, ChannelError, Dropped, Envelope
from tipsheet.delivery.connect import MailServerError
from tipsheet.delivery.mail_server import MailServerUrlError
from tipsheet.delivery.senders import SENDERS

ANN = Envelope("editor@sheet.example", "ann@example.org")
BO = Envelope("editor@sheet.example", "bo/../x@example.org")
LETTER = b"Subject: One\r\n\r\n.\r\nFrom here\r\n"

Arrived = Callable[[], list[bytes]]


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A sendmail that writes its arguments, input and environment beside it, and ends as its file ``code`` says."""
    script = tmp_path / "sendmail"
    script.write_text(
        f"""#!/bin/sh
cd {tmp_path}; echo "$@" > args; env > environ; cat > input
case "$(cat code 2>/dev/null)" in kill) kill -9 $$;; "") exit 0;; *) exit "$(cat code)";; esac
"""
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return script


def folder_channel(tmp_path: Path) -> tuple[Direct, Arrived]:
    return (
        Direct(SENDERS["folder"].open({}, tmp_path / "out")()),
        lambda: [file.read_bytes() for file in sorted((tmp_path / "out").glob("*.eml"))],
    )


def maildir_channel(tmp_path: Path) -> tuple[Direct, Arrived]:
    place = tmp_path / "Maildir"
    channel = Direct(SENDERS["maildir"].open({}, place)())
    return channel, lambda: [message.as_bytes() for message in mailbox.Maildir(place, create=False)]


@pytest.mark.parametrize("make", [folder_channel, maildir_channel])
def test_a_letter_arrives_at_its_end_and_not_before(
    make: Callable[[Path], tuple[Direct, Arrived]], tmp_path: Path
) -> None:
    channel, arrived = make(tmp_path)
    assert channel.offer(ANN, LETTER) is None
    assert arrived() == []
    assert channel.finish(BO) == ACCEPTED
    assert channel.offer(BO, LETTER) is None
    assert len(arrived()) == 1
    assert channel.finish(None) == ACCEPTED
    assert len(arrived()) == 2
    channel.offer(ANN, LETTER + b"another\r\n")
    channel.close()
    channel.close()
    assert len(arrived()) == 2
    assert sum(file.is_file() for file in tmp_path.rglob("*")) == 2
    with pytest.raises(ValueError, match="no letter was offered"):
        channel.finish(None)


def test_a_folder_holds_the_bytes_under_the_name_of_the_reader(tmp_path: Path) -> None:
    channel, _ = folder_channel(tmp_path)
    for recipient in ("ann@example.org", "bo/../x@example.org", "zoë@example.org", f"{'ü' * 32}@{'b.' * 60}example"):
        channel.offer(Envelope("", recipient, smtputf8=not recipient.isascii()), LETTER)
        channel.finish(None)
    names = sorted(file.name for file in (tmp_path / "out").iterdir())
    assert names[1:] == ["ann@example.org.eml", "bo%2F..%2Fx@example.org.eml", "zo%C3%AB@example.org.eml"]
    assert len(names[0]) == 64 + len(".eml")
    assert (tmp_path / "out" / names[1]).read_bytes() == LETTER


def test_a_maildir_takes_the_same_letter_once(tmp_path: Path) -> None:
    """What was unknown and is sent again is the same file."""
    channel, arrived = maildir_channel(tmp_path)
    for _ in range(2):
        channel.offer(ANN, LETTER)
        channel.finish(None)
    assert arrived() == [
        b"Return-Path: <editor@sheet.example>\nDelivered-To: ann@example.org\nSubject: One\n\n.\nFrom here\n"
    ]


@pytest.mark.parametrize("make", [folder_channel, maildir_channel])
def test_a_place_that_cannot_be_written(make: Callable[[Path], tuple[Direct, Arrived]], tmp_path: Path) -> None:
    channel, _ = make(tmp_path)
    channel.offer(ANN, LETTER)
    for folder in sorted((path for path in tmp_path.rglob("*") if path.is_dir()), reverse=True):
        folder.rename(folder.with_name(f"{folder.name}-gone"))
    with pytest.raises(ChannelError, match="cannot be written: No such file"):
        channel.finish(None)
    with pytest.raises(ChannelError, match="cannot be written: No such file"):
        channel.offer(ANN, LETTER)


def test_sendmail_is_given_the_whole_letter_and_no_secret(program: Path, tmp_path: Path) -> None:
    """D20."""
    environ = {"PATH": os.environ["PATH"], "TIPSHEET_SENDMAIL": str(program), "TIPSHEET_SECRET": "sesame"}
    channel = Direct(SENDERS["sendmail"].open(environ, tmp_path)())
    channel.offer(ANN, LETTER)
    assert not (tmp_path / "args").exists()
    assert channel.finish(BO) == ACCEPTED
    assert (tmp_path / "args").read_text() == "-i -f editor@sheet.example -- ann@example.org\n"
    assert (tmp_path / "input").read_bytes() == LETTER.replace(b"\r\n", b"\n")
    assert "TIPSHEET" not in (tmp_path / "environ").read_text()
    (tmp_path / "args").unlink()
    channel.offer(ANN, LETTER)
    channel.close()
    with pytest.raises(ValueError, match="no letter was offered"):
        channel.finish(None)
    assert not (tmp_path / "args").exists()


@pytest.mark.parametrize(
    ("code", "answer", "enhanced"),
    [
        (67, 550, "5.1.1"),
        (68, 550, "5.1.2"),
        (69, 554, "5.0.0"),
        (77, 550, "5.7.1"),
        (75, 451, "4.3.0"),
        (1, 451, "4.3.0"),
    ],
)
def test_what_sendmail_ends_with(code: int, answer: int, enhanced: str, program: Path, tmp_path: Path) -> None:
    """sysexits.h: what will not change is told from what may."""
    (tmp_path / "code").write_text(str(code))
    environ = {"TIPSHEET_SENDMAIL": str(program), "PATH": os.environ["PATH"]}
    channel = Direct(SENDERS["sendmail"].open(environ, tmp_path)())
    channel.offer(ANN, LETTER)
    receipt = channel.finish(None)
    assert (receipt.code, receipt.enhanced) == (answer, enhanced)


def test_a_sendmail_that_is_killed_leaves_it_unknown(program: Path, tmp_path: Path) -> None:
    (tmp_path / "code").write_text("kill")
    environ = {"TIPSHEET_SENDMAIL": str(program), "PATH": os.environ["PATH"]}
    channel = Direct(SENDERS["sendmail"].open(environ, tmp_path)())
    channel.offer(ANN, LETTER)
    with pytest.raises(Dropped, match="was ended by SIGKILL"):
        channel.finish(None)


def test_a_sendmail_that_has_gone_since_is_tried_again(program: Path, tmp_path: Path) -> None:
    channel = Direct(SENDERS["sendmail"].open({"TIPSHEET_SENDMAIL": str(program)}, tmp_path)())
    channel.offer(ANN, LETTER)
    program.unlink()
    assert channel.finish(None).temporary


def test_a_sendmail_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MailServerError, match="there is no program"):
        SENDERS["sendmail"].open({"TIPSHEET_SENDMAIL": str(tmp_path / "none")}, tmp_path)


def test_smtp_with_tls_from_end_to_end(tmp_path: Path) -> None:
    """D18: SMTPUTF8 where it is offered; several letters in one session over TLS."""
    made = certificates(tmp_path, "127.0.0.1")
    with mail_server(starttls=made.context, enable_SMTPUTF8=True) as (port, post):
        environ = {"TIPSHEET_SMTP_URL": f"smtp+starttls://127.0.0.1:{port}?ca_file={made.ca_file}"}
        channel = Direct(SENDERS["smtp"].open(environ, tmp_path)())
        assert channel.smtputf8
        zoe = Envelope("editor@sheet.example", "zoë@example.org", smtputf8=True)
        for envelope, following in ((ANN, BO), (BO, zoe), (zoe, None)):
            assert channel.offer(envelope, LETTER) is None
            assert channel.finish(following).accepted
        channel.close()
    assert [to for _, [to], _ in post.arrived] == [ANN.recipient, BO.recipient, zoe.recipient]
    assert {content for _, _, content in post.arrived} == {LETTER}


def test_smtp_without_a_server(tmp_path: Path) -> None:
    with pytest.raises(MailServerUrlError):
        SENDERS["smtp"].open({}, tmp_path)


def test_only_real_senders_reach_readers() -> None:
    """D19."""
    assert [name for name, sender in SENDERS.items() if sender.real] == ["smtp", "sendmail"]


@pytest.mark.parametrize("sender", ["folder", "maildir"])
def test_letters_in_files_are_for_their_owner_alone(sender: str, tmp_path: Path) -> None:
    """K10: they hold addresses and tokens, whatever the umask says."""
    before = os.umask(0)
    try:
        channel = Direct(SENDERS[sender].open({}, tmp_path / "deep/out")())
        assert channel.offer(ANN, LETTER) is None
        assert channel.finish(BO) == ACCEPTED
    finally:
        os.umask(before)
    places = [tmp_path / "deep/out", *(tmp_path / "deep/out").rglob("*")]
    assert {stat.S_IMODE(place.stat().st_mode) for place in places if place.is_dir()} == {0o700}
    assert {stat.S_IMODE(place.stat().st_mode) for place in places if place.is_file()} == {0o600}
