"""The address of the mail server: what it says, and every mistake in it without the password."""

import pytest

from tests.delivery.servers import PASSWORD, QUOTED
from tipsheet.delivery.mail_server import MailServer, MailServerUrlError, Security, read_mail_server

EXAMPLE = f"smtp+starttls://ada:{QUOTED}@mail.example.org"


def read(url: str, **environ: str) -> MailServer:
    return read_mail_server({"TIPSHEET_SMTP_URL": url, **environ})


@pytest.mark.parametrize(
    ("url", "server"),
    [
        (
            EXAMPLE,
            MailServer(host="mail.example.org", port=587, security=Security.STARTTLS, user="ada", password=PASSWORD),
        ),
        ("smtps://mail.example.org/", MailServer(host="mail.example.org", port=465, security=Security.TLS)),
        ("smtp://localhost:2525", MailServer(host="localhost", port=2525, security=Security.NONE)),
        ("smtp://[::1]:2525", MailServer(host="::1", port=2525, security=Security.NONE)),
        ("smtp://10.0.0.5?tls=none", MailServer(host="10.0.0.5", port=25, security=Security.NONE)),
        (
            "smtps://mail.example.org?user_env=WHO&password_env=WORD&ca_file=/etc/our.pem&ehlo=sheet.example&timeout=2.5",
            MailServer(
                host="mail.example.org",
                port=465,
                security=Security.TLS,
                user="ada",
                password=PASSWORD,
                ca_file="/etc/our.pem",
                ehlo="sheet.example",
                timeout=2.5,
            ),
        ),
    ],
)
def test_what_an_address_says(url: str, server: MailServer) -> None:
    assert read(url, WHO="ada", WORD=PASSWORD) == server


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "no mail server: TIPSHEET_SMTP_URL is not set"),
        ("mail.example.org:587", "it begins with none of the known schemes"),
        ("https://mail.example.org", "it begins with none of the known schemes"),
        (f"smtps://ada:{PASSWORD}@mail.example.org", "this is no address of a server"),
        ("smtps://mail.example.org:sesame", "this is no address of a server"),
        ("smtps://mail.example.org:0", "something stands after the host that does not belong there"),
        ("smtps://mail.example.org/sesame", "something stands after the host that does not belong there"),
        ("smtps://ada:x@", "there is no host in it"),
        ("smtps://ada:sesame@mail example.org", "there is no host in it"),
        ("smtps://ada@mail.example.org", "there is no password"),
        ("smtps://:sesame@mail.example.org", "there is no user"),
        ("smtps://mail.example.org?sesame", "the options after ? are not of the form name=value"),
        ("smtps://mail.example.org?pasword_env=X", "it has an unknown option after ?"),
        ("smtps://mail.example.org?ehlo=a&ehlo=b", "an option after ? is there twice"),
        ("smtps://mail.example.org?ehlo=a%0Ab", "the option ehlo is empty or not printable"),
        (
            "smtps://ada:sesame@mail.example.org?password_env=WORD",
            "it has a password and names a variable for it as well",
        ),
        ("smtps://ada@mail.example.org?password_env=NONE", "password_env names NONE, which is not set"),
        ("smtps://mail.example.org?timeout=soon", "timeout is no number of seconds"),
        ("smtps://mail.example.org?timeout=601", "timeout is no number of seconds"),
        ("smtp://mail.example.org", "smtp:// has no TLS, and the server is another machine"),
        ("smtp://ada:sesame@mail.example.org?tls=none", "the password would go over the network for everyone to read"),
        ("smtp://mail.example.org?tls=off", "tls can only be 'none'"),
        ("smtps://mail.example.org?tls=none", "tls=none does not go with smtps://"),
    ],
)
def test_a_mistake_is_said_with_a_remedy_and_without_the_password(url: str, message: str) -> None:
    """D20: secrets are never in errors."""
    with pytest.raises(MailServerUrlError) as caught:
        read(url, WORD=PASSWORD)
    assert str(caught.value).removeprefix("TIPSHEET_SMTP_URL: ") == message
    assert caught.value.hint
    assert caught.value.exit_code == 2
    for words in (str(caught.value), caught.value.hint):
        assert "sesame" not in words
        assert PASSWORD not in words


def test_neither_repr_nor_str_shows_who_logs_in() -> None:
    """D20."""
    server = read("smtps://ada:sesame@[2001:db8::1]:465")
    assert str(server) == "smtps://[2001:db8::1]:465"
    assert "sesame" not in repr(server)
    assert "ada" not in repr(server)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.53", True),
        ("::1", True),
        ("localhost", True),
        ("post.localhost", True),
        ("10.0.0.1", False),
        ("localhost.example", False),
    ],
)
def test_which_host_is_this_machine(host: str, *, loopback: bool) -> None:
    assert MailServer(host=host, port=25, security=Security.NONE).loopback is loopback


def test_a_command_for_a_token_takes_the_place_of_a_password() -> None:
    """D29."""
    environ = {"TIPSHEET_SMTP_URL": "smtps://ada@mail.example.org", "TIPSHEET_SMTP_TOKEN_COMMAND": "token --for ada"}
    server = read_mail_server(environ)
    assert (server.user, server.password, server.token_command) == ("ada", "", "token --for ada")
    assert "token" not in repr(server)
    for url in ("smtps://ada:sesame@mail.example.org", "smtps://mail.example.org"):
        with pytest.raises(MailServerUrlError, match="a user and no password"):
            read_mail_server({**environ, "TIPSHEET_SMTP_URL": url})
