"""Messages through a connected session: in groups (RFC 2920) and in lock-step; what the server answers is believed
only while it makes sense (D17)."""

import smtplib
import socket
import ssl
from contextlib import suppress

import pytest
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.delivery.builders import Direct
from tests.delivery.sink import Deed, Sink, connect_to, running
from tipsheet.delivery.channel import NEVER_ENDED, ChannelError, Dropped, Envelope, TimedOut
from tipsheet.delivery.senders.smtp import PipelinedSession, _stuffed

ONE = Envelope("me@sender.example", "one@example.org")
TWO = Envelope("me@sender.example", "two@example.org")
LETTER = b"Message-ID: <1@sender.example>\r\n\r\nHello\r\n"
STEPS = pytest.mark.parametrize("extensions", [("PIPELINING", "SMTPUTF8"), ("SMTPUTF8",)], ids=["groups", "lock-step"])


@STEPS
def test_letters_arrive_byte_for_byte(extensions):
    letters = [LETTER, LETTER + b".\r\n..\r\n.dot\r\n\r\n", b".\r\n" + LETTER]
    with running(Sink(extensions=extensions)) as sink:
        channel = Direct(sink.connect())
        assert [channel.offer(ONE, letter) or channel.finish(ONE).code for letter in letters] == [250] * 3
        channel.close()
    assert [one.message for one in sink.accepted] == letters


@pytest.mark.parametrize(
    "letter", [b"a\nb\r\n", b"a\rb\r\n", b"a\r\n.\n\r\n", b"a", b"a\n", b"\r\r\n", b"\n.\r\n", b""]
)
def test_a_line_end_that_could_smuggle_is_refused(letter):
    """RFC 5321, 2.3.8; nothing was written, so the session goes on."""
    with running(Sink()) as sink:
        channel = Direct(sink.connect())
        with pytest.raises(ValueError, match="CRLF"):
            channel.offer(ONE, letter)
        assert channel.offer(ONE, LETTER) is None
        assert channel.finish(None).accepted
        channel.close()
    assert len(sink.accepted) == 1


@settings(deadline=None)
@given(st.lists(st.sampled_from([b"\r\n", b".", b"a", b"\r", b"\n", b"\r\n.\r\n"]), max_size=12).map(b"".join))
def test_stuffing_is_undone_by_unstuffing(text):
    """A message is sent as RFC 5321 says (4.5.2), or not at all."""
    clean = text.replace(b"\r\n", b"")
    if b"\r" in clean or b"\n" in clean or not text.endswith(b"\r\n"):
        with pytest.raises(ValueError, match="CRLF"):
            _stuffed(text)
    else:
        lines = _stuffed(text).split(b"\r\n")
        assert b"." not in lines
        assert b"\r\n".join(line[1:] if line.startswith(b".") else line for line in lines) == text


@STEPS
@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("said", ["450 4.2.0 later", "550-5.1.1 no\r\n550 5.1.1 such mailbox"])
def test_a_refusal_costs_one_letter(extensions, verb, said):
    with running(Sink(lambda s: said if s.verb == verb and s.count == 1 else None, extensions)) as sink:
        channel = Direct(sink.connect())
        assert channel.offer(ONE, LETTER) is None
        assert channel.finish(TWO).accepted
        refusal = channel.offer(TWO, LETTER)
        assert (refusal.code, refusal.enhanced) == (int(said[:3]), said[4:9])
        for _ in range(2):
            assert channel.offer(ONE, LETTER) is None
            assert channel.finish(None).accepted
        channel.close()
    assert list(sink.recipients) == ["one@example.org"]


def test_a_message_for_nobody_is_ended_with_a_dot():
    """RFC 2920, 3.1: a server may say 354 though it refused the only recipient."""
    faults = {("RCPT", 0): "550 5.1.1 no", ("DATA", 0): "354 go on"}
    with running(Sink(lambda s: faults.get((s.verb, s.count)))) as sink:
        channel = Direct(sink.connect())
        assert channel.offer(ONE, LETTER).code == 550
        assert channel.offer(TWO, LETTER) is None
        assert channel.finish(None).accepted
        channel.close()
    assert list(sink.recipients) == ["two@example.org"]


@STEPS
@pytest.mark.parametrize(
    ("verb", "said"),
    [
        ("MAIL", "250 OK\r\n250 OK"),
        ("RCPT", "250 OK\r\n250 OK"),
        ("DATA", "250 OK"),
        ("DATA", "354 go on\r\n250 OK"),
        ("MAIL", "354 go on"),
        ("MAIL", "what?"),
        ("MAIL", "250-first\r\n550 second"),
        ("MAIL", "250-more\r\n" * 200 + "250 OK"),
        ("MAIL", "2" * 9000),
        ("DATA", Deed.DROP),
        ("BODY", Deed.DROP),
    ],
)
def test_a_server_out_of_step_gets_nothing(extensions, verb, said):
    """Whatever was said, the dot is not: the letter did not arrive, and its sender knows."""
    with running(Sink(lambda s: said if s.verb == verb else None, extensions)) as sink:
        channel = Direct(sink.connect())
        with suppress(Dropped):
            assert channel.offer(ONE, LETTER * 50_000) is None
            assert channel.finish(None) is NEVER_ENDED
        channel.close()
        sink.wait_until_idle()
    assert sink.accepted == []


@STEPS
def test_a_farewell_before_the_end_is_no_answer_to_it(extensions):
    """A 421 between the text and the dot: the letter has not arrived, and may be tried elsewhere."""
    with running(Sink(lambda s: "421 4.3.2 going down" if s.verb == "BODY" else None, extensions)) as sink:
        channel = Direct(sink.connect())
        with suppress(Dropped):
            assert channel.offer(ONE, LETTER) is None
            sink.wait_until_idle()
            assert channel.finish(None) is NEVER_ENDED
        channel.close()
    assert sink.accepted == []


@pytest.mark.parametrize(("said", "error"), [(Deed.DROP, Dropped), (Deed.HANG, TimedOut), ("354 more", Dropped)])
def test_what_goes_wrong_after_the_dot_is_unknown(said, error):
    with running(Sink(lambda s: said if s.verb == "." else None)) as sink:
        channel = Direct(connect_to(sink.port, patience=2 if said is Deed.HANG else 20))
        assert channel.offer(ONE, LETTER) is None
        with pytest.raises(error):
            channel.finish(None)
        channel.close()


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_a_server_that_falls_silent_is_left(verb):
    with running(Sink(lambda s: Deed.HANG if s.verb == verb else None)) as sink:
        channel = Direct(connect_to(sink.port, patience=0.3))
        with pytest.raises(TimedOut):
            channel.offer(ONE, LETTER)
        channel.close()


def test_a_server_that_reads_nothing_is_left():
    """Buffers fill, and the write times out."""
    with running(Sink(lambda s: Deed.IGNORE if s.verb == "BODY" else None)) as sink:
        channel = Direct(connect_to(sink.port, patience=2))
        with pytest.raises(ChannelError):
            channel.offer(ONE, LETTER * 1_000_000)
        channel.close()


def test_421_ends_a_group_at_once():
    with running(Sink(lambda s: "421 4.7.0 too many" if s.verb == "RCPT" else None)) as sink:
        channel = Direct(sink.connect())
        assert channel.offer(ONE, LETTER).closing
        channel.close()
    assert sink.accepted == []


@STEPS
def test_a_channel_closed_in_the_middle_delivers_nothing(extensions):
    """D4: that is how a letter is held back when the ledger cannot be written."""
    with running(Sink(extensions=extensions)) as sink:
        channel = Direct(sink.connect())
        assert channel.offer(ONE, LETTER) is None
        channel.close()
        channel = Direct(sink.connect())
        assert channel.offer(ONE, LETTER) is None
        assert channel.finish(TWO).accepted
        channel.close()  # the envelope of the second is on its way
        sink.wait_until_idle()
    assert list(sink.recipients) == ["one@example.org"]


@pytest.mark.parametrize("address", ["a b@example.org", "a>@example.org", "a@example.org\r\nDATA", "ü@example.org"])
def test_an_address_is_never_more_than_an_argument(address):
    with running(Sink()) as sink:
        channel = Direct(sink.connect())
        with pytest.raises(ValueError, match=r"address|ascii"):
            channel.offer(Envelope("me@sender.example", address), LETTER)
        channel.close()


def test_utf_8_in_an_address_is_announced():
    """RFC 6531."""
    heard = []
    with running(Sink(lambda s: heard.append(s.words))) as sink:
        channel = Direct(sink.connect())
        assert channel.smtputf8
        assert channel.offer(Envelope("me@sender.example", "jörg@example.org", smtputf8=True), LETTER) is None
        assert channel.finish(None).accepted
        channel.close()
    assert "MAIL FROM:<me@sender.example> BODY=8BITMIME SMTPUTF8" in heard
    assert list(sink.recipients) == ["jörg@example.org"]


def test_only_the_announced_letter_may_follow():
    with running(Sink()) as sink:
        channel = Direct(sink.connect())
        assert channel.offer(ONE, LETTER) is None
        channel.finish(TWO)
        with pytest.raises(ValueError, match="announced"):
            channel.offer(ONE, LETTER)
        channel.close()


def test_a_session_that_is_not_connected_is_none():
    with pytest.raises(ValueError, match="connected"):
        PipelinedSession(smtplib.SMTP())


def test_the_loop_goes_through_tls(tmp_path):
    """Looking for what came too early works on records of TLS as well."""
    authority = trustme.CA()
    server, client = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    authority.issue_cert("localhost").configure_cert(server)
    authority.configure_trust(client)
    with running(Sink(tls=server)) as sink:
        smtp = smtplib.SMTP_SSL("localhost", sink.port, context=client, timeout=60)
        smtp.ehlo()
        channel = Direct(PipelinedSession(smtp, patience=60, patience_for_end=60))
        assert [channel.offer(ONE, LETTER * 3000) or channel.finish(ONE).code for _ in range(3)] == [250] * 3
        channel.close()
    assert len(sink.accepted) == 3
    assert sink.accepted[0].message == LETTER * 3000


def test_a_connection_that_is_gone_is_dropped_when_written_to():
    with socket.create_server(("127.0.0.1", 0)) as server:
        smtp = smtplib.SMTP()
        smtp.sock = socket.create_connection(server.getsockname())
        smtp.esmtp_features = {"pipelining": ""}
        server.accept()[0].close()
        channel = Direct(PipelinedSession(smtp, patience=60, patience_for_end=60))
        with pytest.raises(Dropped):
            channel.offer(ONE, LETTER)
        channel.close()
