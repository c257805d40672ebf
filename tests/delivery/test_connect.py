"""Connecting to real servers on loopback: what works, and every fault before the first letter (D17)."""

import base64
from dataclasses import replace
from pathlib import Path

import pytest

from tests.delivery.servers import PASSWORD, QUOTED, certificates, mail_server, scripted
from tests.programs import port_that_refuses
from tipsheet.delivery.channel import ChannelError
from tipsheet.delivery.connect import MailServerError, Offers, UnreachableError, connect, offers
from tipsheet.delivery.mail_server import MailServer, Security, read_mail_server
from tipsheet.errors import TipsheetError

EHLO = "250-post.example\n250-PIPELINING\n250-AUTH PLAIN LOGIN\n250 SIZE big"


def tried(url: str) -> TipsheetError:
    """The error that connecting ends with; it never names the password."""
    with pytest.raises(TipsheetError) as caught:
        connect(read_mail_server({"TIPSHEET_SMTP_URL": url}))
    chain = [caught.value, caught.value.__cause__]
    assert not any(secret in f"{error!r} {error}" for error in chain for secret in (PASSWORD, QUOTED))
    assert caught.value.exit_code == 69
    return caught.value


def test_without_tls_on_this_machine() -> None:
    with mail_server(data_size_limit=12345, enable_SMTPUTF8=True) as (port, post):
        smtp = connect(read_mail_server({"TIPSHEET_SMTP_URL": f"smtp://127.0.0.1:{port}?ehlo=sheet.example"}))
        assert offers(smtp) == Offers(
            pipelining=False, size=12345, smtputf8=True, eightbitmime=True, enhanced_codes=False, auth=False
        )
        smtp.sendmail("a@example.org", ["b@example.org"], b"Subject: x\r\n\r\nx\r\n")
        smtp.quit()
    assert [(sender, to) for sender, to, _ in post.arrived] == [("a@example.org", ["b@example.org"])]


@pytest.mark.parametrize("scheme", ["smtp+starttls", "smtps"])
def test_with_tls_and_a_login(scheme: str, tmp_path: Path) -> None:
    made = certificates(tmp_path, "127.0.0.1")
    tls = {"starttls": made.context} if scheme == "smtp+starttls" else {"tls": made.context}
    with mail_server(**tls, login=True) as (port, post):
        url = f"{scheme}://ada:{QUOTED}@127.0.0.1:{port}?ca_file={made.ca_file}"
        smtp = connect(read_mail_server({"TIPSHEET_SMTP_URL": url}))
        assert smtp.sock.version() in {"TLSv1.2", "TLSv1.3"}
        assert PASSWORD not in repr(vars(smtp))
        smtp.sendmail("a@example.org", ["b@example.org"], b"Subject: x\r\n\r\nx\r\n")
        smtp.quit()
    assert len(post.arrived) == 1


def test_a_certificate_of_an_unknown_authority(tmp_path: Path) -> None:
    with mail_server(starttls=certificates(tmp_path, "127.0.0.1").context) as (port, _):
        error = tried(f"smtp+starttls://127.0.0.1:{port}")
    assert isinstance(error, MailServerError)
    assert "the certificate of smtp+starttls://127.0.0.1:" in str(error)
    assert "unable to get local issuer certificate" in str(error)


def test_a_certificate_for_another_name(tmp_path: Path) -> None:
    made = certificates(tmp_path, "other.example")
    with mail_server(tls=made.context) as (port, _):
        error = tried(f"smtps://127.0.0.1:{port}?ca_file={made.ca_file}")
    assert isinstance(error, MailServerError)
    assert "IP address mismatch" in str(error)


def test_certificates_that_cannot_be_read(tmp_path: Path) -> None:
    assert "cannot be read" in str(tried(f"smtps://127.0.0.1:1?ca_file={tmp_path / 'none.pem'}"))
    (tmp_path / "bad.pem").write_text("nothing")
    assert "cannot be read" in str(tried(f"smtps://127.0.0.1:1?ca_file={tmp_path / 'bad.pem'}"))


def test_starttls_that_was_stripped_is_refused_before_anything_is_said() -> None:
    with scripted("220 post.example", EHLO) as (port, heard):
        error = tried(f"smtp+starttls://ada:{QUOTED}@127.0.0.1:{port}")
    assert isinstance(error, MailServerError)
    assert str(error).endswith("does not offer STARTTLS, so nothing was sent to it")
    assert [command[:4] for command in heard] == ["ehlo"]


def test_what_is_said_before_tls_is_not_believed_after_it(tmp_path: Path) -> None:
    """RFC 3207, 4.2: what EHLO offered in the clear is forgotten."""
    made = certificates(tmp_path, "127.0.0.1")
    with mail_server(starttls=made.context, login=True) as (port, _):
        url = f"smtp+starttls://127.0.0.1:{port}?ca_file={made.ca_file}"
        smtp = connect(read_mail_server({"TIPSHEET_SMTP_URL": url}))
        assert not smtp.has_extn("starttls")
        assert smtp.has_extn("auth")
        smtp.quit()


def test_a_login_that_is_refused(tmp_path: Path) -> None:
    made = certificates(tmp_path, "127.0.0.1")
    with mail_server(tls=made.context, login=True) as (port, post):
        error = tried(f"smtps://eve:{QUOTED}@127.0.0.1:{port}?ca_file={made.ca_file}")
    assert isinstance(error, MailServerError)
    assert str(error).endswith("refused the login: 535 5.7.8 Authentication credentials invalid; nothing was sent")
    assert post.arrived == []


@pytest.mark.parametrize(
    ("answers", "kind", "words"),
    [
        (("421 4.3.2 too busy",), UnreachableError, "has no time now: 421 4.3.2 too busy"),
        (("554 5.7.1 you are listed",), MailServerError, "does not want us: 554 5.7.1 you are listed"),
        (("220 x", "421 4.3.2 going down"), UnreachableError, "has no time now: 421"),
        (("220 x", "550 go away"), MailServerError, "does not want us: 550 go away"),
        (
            ("220 x", EHLO, "454 4.7.0 later", "454 4.7.0 later"),
            UnreachableError,
            "cannot check the login now: 454 4.7.0 later",
        ),
        (("220 x", EHLO, "535 5.7.8 no", "535 5.7.8 no"), MailServerError, "refused the login: 535 5.7.8 no"),
        (("220 x", "250 post.example"), MailServerError, "takes no login"),
        (("220 x", "250-post.example\n250 AUTH GSSAPI"), MailServerError, "offers no way to log in that we know"),
        (("220 x", EHLO), UnreachableError, "answered, then closed the connection"),
        (("",), UnreachableError, "answered, then closed the connection"),
        (("HTTP/1.1 400 Bad Request",), UnreachableError, "has no time now: -1"),
    ],
)
def test_a_server_that_does_not_go_on(answers: tuple[str, ...], kind: type[TipsheetError], words: str) -> None:
    """What may pass is told from what will not, so that the loop knows whether to try again."""
    with scripted(*answers) as (port, _):
        error = tried(f"smtp://ada:{QUOTED}@127.0.0.1:{port}")
    assert type(error) is kind
    assert isinstance(error, ChannelError) is (kind is UnreachableError)
    assert words in str(error)


def test_a_starttls_that_is_put_off() -> None:
    with scripted("220 x", "250-x\n250 STARTTLS", "454 4.3.0 TLS not available") as (port, _):
        assert isinstance(tried(f"smtp+starttls://127.0.0.1:{port}"), UnreachableError)


def test_tls_where_there_is_none() -> None:
    with scripted("220 post.example") as (port, _):
        error = tried(f"smtps://127.0.0.1:{port}")
    assert isinstance(error, MailServerError)
    assert "does not speak TLS as we do" in str(error)


def test_a_server_that_is_silent_or_not_there() -> None:
    with scripted("", "") as (port, _):
        error = tried(f"smtp://127.0.0.1:{port}?timeout=1")
    assert isinstance(error, UnreachableError)
    with port_that_refuses() as port:
        error = tried(f"smtp://127.0.0.1:{port}")
    assert isinstance(error, UnreachableError)
    assert "cannot be reached: Connection refused" in str(error).replace("connection", "Connection")


def test_a_login_that_is_not_ascii() -> None:
    with scripted("220 x", EHLO, "235 2.7.0 OK") as (port, _):
        assert "they are not ASCII" in str(tried(f"smtp://ada:s%C3%A9same@127.0.0.1:{port}"))


def token_server(folder: Path, *answers: str) -> MailServer:
    """A server that takes tokens, with a command that prints one."""
    command = folder / "token"
    command.write_text("#!/bin/sh\necho ya29.sesame\n")
    command.chmod(0o755)
    return MailServer(
        host="127.0.0.1", port=0, security=Security.NONE, user="ada@sheet.test", token_command=str(command)
    )


def test_a_token_instead_of_a_password(tmp_path: Path) -> None:
    """D29: SASL XOAUTH2, with what the command prints."""
    said = ("220 x", "250-x\n250 AUTH XOAUTH2", "235 2.7.0 Accepted")
    with scripted(*said) as (port, heard):
        connect(replace(token_server(tmp_path), port=port)).close()
    first = base64.b64decode(heard[1].removeprefix("AUTH XOAUTH2 "))
    assert first == b"user=ada@sheet.test\x01auth=Bearer ya29.sesame\x01\x01"


def test_a_token_that_is_refused_is_not_shown(tmp_path: Path) -> None:
    """D20, D29: the challenge is answered with nothing, as the protocol asks."""
    said = (
        "220 x",
        "250-x\n250 AUTH XOAUTH2",
        "334 eyJzdGF0dXMiOiI0MDAifQ==",
        "535 5.7.8 no ya29.sesame for ada@sheet.test",
    )
    with scripted(*said) as (port, heard), pytest.raises(MailServerError) as caught:
        connect(replace(token_server(tmp_path), port=port))
    assert heard[2] == ""
    assert "refused the login: 535 5.7.8 no *** for ***" in str(caught.value)


@pytest.mark.parametrize("command", ["false", "echo", "echo two words", "no-such-program-here", "'"])
def test_a_command_that_gives_no_token(command: str, tmp_path: Path) -> None:
    with (
        scripted("220 x", "250-x\n250 AUTH XOAUTH2") as (port, _),
        pytest.raises(MailServerError, match="TOKEN_COMMAND"),
    ):
        connect(replace(token_server(tmp_path), port=port, token_command=command))
