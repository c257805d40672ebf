"""A test of one's own: one letter by the server that is set up, else into the catcher, and nothing written down."""

import datetime as dt
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tests.delivery.servers import Post, mail_server
from tests.rendering.builders import MANAGERS, compiled, issue, settings
from tipsheet.delivery.channel import ChannelError, Envelope
from tipsheet.delivery.letters import TestRefusedError
from tipsheet.delivery.loop import alone
from tipsheet.delivery.mail_server import MailServerUrlError
from tipsheet.edition.edition import Edition
from tipsheet.errors import UnknownNameError
from tipsheet.preview.catcher import KEPT, Catcher, Postbox, Trial
from tipsheet.preview.readers import NOBODY, MadeUpReader, made_up_readers
from tipsheet.settings import Settings

__all__ = ["settings"]

NOW = dt.datetime(2026, 9, 9, 12, tzinfo=dt.UTC)
ADA = MadeUpReader(name="ada", title="Ada", fields={"first_name": "Ada", "last_name": "L", "email": "a@x.example"})


@pytest.fixture
def edition(settings: Settings) -> Edition:
    return compiled(
        issue(
            "<p>Dear @@first_name or friend@@.</p>", ("<p>You lead.</p>", MANAGERS), subject="For @@first_name or you@@"
        ),
        settings,
    )


@pytest.fixture
def server() -> Iterator[tuple[int, Post]]:
    with mail_server() as running:
        yield running


def postbox(**environ: str) -> Postbox:
    return Postbox(catcher=Catcher(lambda: NOW), environ=environ, now=lambda: NOW, entropy=lambda count: b"x" * count)


def trial(edition: Edition, to: str = "me@example.org", *segments: str, reader: MadeUpReader = ADA) -> Trial:
    return Trial(edition=edition, to=to, segments=frozenset(segments), reader=reader)


def test_without_a_server_the_letter_is_caught(edition: Edition, settings: Settings):
    box = postbox()
    receipt, caught = box.send(trial(edition, "me@example.org", "managers"), settings)
    assert (receipt.code, box.server) == (250, False)
    assert caught is not None
    assert box.catcher.caught == (caught,)
    assert box.catcher.find(caught.id) is caught
    assert (caught.to, caught.moment) == ("me@example.org", NOW)
    headers = dict(caught.letter.headers)
    assert (headers["To"], headers["Subject"]) == ("me@example.org", "For Ada")
    assert headers["Date"] == "Wed, 09 Sep 2026 14:00:00 +0200"
    assert "Dear Ada." in caught.letter.text
    assert "You lead." in caught.letter.html


def test_with_a_server_one_letter_goes_and_nothing_is_caught(edition: Edition, settings: Settings, server):
    port, post = server
    box = postbox(TIPSHEET_SMTP_URL=f"smtp://127.0.0.1:{port}")
    receipt, caught = box.send(trial(edition), settings)
    assert (receipt.code, caught, box.server, box.catcher.caught) == (250, None, True, ())
    ((sender, to, data),) = post.arrived
    assert (sender, to) == ("editor@halfturn.example", ["me@example.org"])
    message = message_from_bytes(data, policy=policy.default)
    assert (message["To"], message["Subject"]) == ("me@example.org", "For Ada")


def test_an_address_reaches_no_file_and_no_log(
    edition: Edition,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    monkeypatch.chdir(tmp_path)
    caplog.set_level("DEBUG")
    with mail_server(data_size_limit=200) as (port, _post):
        refusing = postbox(TIPSHEET_SMTP_URL=f"smtp://127.0.0.1:{port}")
        with pytest.raises((TestRefusedError, ChannelError)):
            refusing.send(trial(edition, "secret-person@example.org"), settings)
    postbox().send(trial(edition, "secret-person@example.org"), settings)
    assert list(tmp_path.iterdir()) == []
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("tipsheet")]
    assert not any("secret-person" in line for line in ours)


def test_the_caught_letter_is_the_one_that_a_server_gets(
    edition: Edition, settings: Settings, server: tuple[int, Post]
):
    port, post = server
    for reader in (NOBODY, *made_up_readers(settings.attributes)):
        _, caught = postbox().send(trial(edition, reader=reader), settings)
        postbox(TIPSHEET_SMTP_URL=f"smtp://127.0.0.1:{port}").send(trial(edition, reader=reader), settings)
        assert caught is not None
        assert caught.message == post.arrived[-1][2]


@pytest.mark.parametrize(
    "to", ["", "nobody", "two@x.example, three@x.example", "a b@x.example", "a@x.example\nBcc: b@y.example"]
)
def test_what_is_no_address_is_refused(edition: Edition, settings: Settings, to: str):
    box = postbox()
    with pytest.raises(TestRefusedError, match="is not an address"):
        box.send(trial(edition, to), settings)
    assert box.catcher.caught == ()


def test_an_address_beyond_ascii_is_caught(edition: Edition, settings: Settings):
    _, caught = postbox().send(trial(edition, "zoë@exämple.example"), settings)
    assert caught is not None
    assert caught.to == "zoë@xn--exmple-cua.example"


def test_a_server_that_refuses_is_told_in_words(edition: Edition, settings: Settings):
    with mail_server(data_size_limit=200) as (port, post):
        box = postbox(TIPSHEET_SMTP_URL=f"smtp://127.0.0.1:{port}")
        with pytest.raises((TestRefusedError, ChannelError), match="552"):
            box.send(trial(edition), settings)
        assert post.arrived == []


def test_no_server_where_one_is_named_is_told_in_words(edition: Edition, settings: Settings, unused_tcp_port: int):
    box = postbox(TIPSHEET_SMTP_URL=f"smtp://127.0.0.1:{unused_tcp_port}")
    with pytest.raises(ChannelError):
        box.send(trial(edition), settings)
    with pytest.raises(MailServerUrlError, match="TIPSHEET_SMTP_URL"):
        postbox(TIPSHEET_SMTP_URL="nonsense").send(trial(edition), settings)


@pytest.fixture
def unused_tcp_port() -> int:
    with mail_server() as (port, _post):
        return port


def test_only_so_many_letters_are_kept():
    catcher = Catcher(lambda: NOW)
    for number in range(KEPT + 3):
        catcher.keep("me@example.org", b"%d" % number)
    assert len(catcher.caught) == KEPT
    assert catcher.caught[0].message == b"%d" % (KEPT + 2)
    with pytest.raises(UnknownNameError, match="no test letter '1' is kept"):
        catcher.find("1")


def test_what_was_not_ended_is_not_kept():
    catcher = Catcher(lambda: NOW)
    channel = catcher.channel()
    assert alone(channel.offer(Envelope("a@x.example", "b@x.example"), [b"x\r\n"])) is None
    alone(channel.close())
    assert alone(channel.finish(None)).accepted
    assert catcher.caught == ()


def test_a_message_of_one_part_has_no_other():
    caught = Catcher(lambda: NOW).keep("b@x.example", b"Subject: x\r\n\r\nwords\r\n")
    assert (caught.letter.html, caught.letter.text.strip()) == ("", "words")
