"""Messages are what the standard library would write, and machines can read their headers."""

import email
import email.policy
import re
from email.header import decode_header, make_header
from email.message import MIMEPart

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.rendering.builders import MANAGERS, action, compiled, event, issue, settings, with_mail
from tipsheet.model.edition import Escape, Slot
from tipsheet.rendering.email.headers import encoded_text, mailbox, message_id, serialized
from tipsheet.rendering.email.message import join, message, quoted

__all__ = ["settings"]

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=40)
LINES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=120), min_size=1
)


def _parsed(raw: bytes) -> email.message.EmailMessage:
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(parsed, email.message.EmailMessage)
    assert not parsed.defects
    return parsed


def _part(raw: bytes, kind: str) -> str:
    part = _parsed(raw).get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


@hypothesis_settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=NAMES, segments=st.frozensets(st.sampled_from(["managers", "toronto"])))
def test_the_standard_library_reads_back_both_parts_and_the_subject(settings, name, segments):
    edition = compiled(
        issue(
            "<p>Dear @@first_name or Sir & Madam@@, über größe</p>",
            ("<p>Only you, @@first_name or chief@@.</p>", MANAGERS),
            action(),
            event(),
            subject="@@first_name or Reader@@, größer fragen",
        ),
        settings,
    )
    values = {"token": "t0k-en_1", "first_name": name}
    raw = message(edition, segments, settings, values=values)
    found = join(edition, segments, values)
    assert _part(raw, "plain") == found.text
    assert _part(raw, "html") == found.html
    assert str(_parsed(raw)["Subject"]).split() == found.subject.split()
    assert all(len(line) <= 76 for line in raw.partition(b"\r\n\r\n")[2].split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")


@given(LINES)
def test_quoted_printable_is_the_standard_librarys_and_goes_line_by_line(lines):
    text = "".join(f"{line}\n" for line in lines)
    part = MIMEPart(policy=email.policy.SMTP.clone(max_line_length=76))
    part.set_content(text, cte="quoted-printable")
    assert quoted(text) == part.as_bytes().partition(b"\r\n\r\n")[2]
    assert quoted(text) == b"".join(quoted(f"{line}\n") for line in lines)


@given(name=NAMES)
def test_a_display_name_is_read_back_as_it_was(name):
    name = " ".join(name.split())
    line = serialized([("To", mailbox(name, "reader@example.org"))])
    assert all(len(part) <= 78 for part in line.split(b"\r\n"))
    if len(name.encode()) <= 39 or name.isascii():
        read = _parsed(line + b"\r\n")["To"].addresses[0]
        assert (read.addr_spec, read.display_name) == ("reader@example.org", name)
    else:  # the parser of 3.11 shows the space between encoded words that RFC 2047 (6.2) says to ignore
        phrase = line.decode("ascii").removeprefix("To: ").partition(" <")[0]
        assert str(make_header(decode_header(phrase))) == name


def test_machine_headers_are_whole_and_plain(settings):
    mail = with_mail(settings, unsubscribe_url=f"https://lists.halfturn.example/{'leave-' * 30}/@@token@@")
    raw = message(compiled(issue(subject="Größe"), settings), frozenset(), mail, values={"token": "a" * 32})
    head = raw.partition(b"\r\n\r\n")[0].decode("ascii")
    lines = dict(line.split(": ", 1) for line in re.sub(r"\r\n ", " ", head).split("\r\n"))
    assert lines["List-Unsubscribe"] == (
        f"<https://lists.halfturn.example/{'leave-' * 30}/{'a' * 32}>,"
        f" <mailto:editor@halfturn.example?subject=unsubscribe%20{'a' * 32}>"
    )
    assert lines["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert lines["List-Id"] == "Half Turn <half-turn.halfturn.example>"
    assert lines["List-Archive"] == "<https://halfturn.example/archive/>"
    assert lines["From"] == lines["Reply-To"] == "Mara Lindqvist <editor@halfturn.example>"
    assert lines["To"] == "undisclosed-recipients:;"
    assert lines["Date"] == "Tue, 08 Sep 2026 07:00:00 +0200"
    assert [name for name, value in lines.items() if "=?" in value] == ["Subject"]


def test_the_sender_may_be_another_than_the_editor(settings):
    mail = with_mail(settings, sender="Half Turn <letter@halfturn.example>", list_id="tips.halfturn.example")
    head = message(compiled(issue(), settings), frozenset(), mail).partition(b"\r\n\r\n")[0]
    assert b"From: Half Turn <letter@halfturn.example>\r\n" in head
    assert b"List-Id: Half Turn <tips.halfturn.example>\r\n" in head


def test_a_message_id_is_the_same_for_the_same_reader_short_and_without_the_key():
    host = "a-rather-long-host-name.of-a-publication.example"
    one = message_id("2026-w37-with-a-long-name-behind-it", "reader-1", host)
    assert one == message_id("2026-w37-with-a-long-name-behind-it", "reader-1", host)
    assert one != message_id("2026-w37-with-a-long-name-behind-it", "reader-2", host)
    assert "reader" not in one
    assert len(one) <= 78
    assert len(message_id("2026-w37", "reader-1", "halfturn.example")) <= 78


@pytest.mark.parametrize("bad", ["a\rb", "a\nb", "a\0b"])
def test_line_breaks_in_values_are_refused(settings, bad):
    edition = compiled(issue("<p>@@first_name or you@@</p>"), settings)
    with pytest.raises(ValueError, match="line break"):
        join(edition, frozenset(), {"token": "t", "first_name": bad})
    with pytest.raises(ValueError, match="line break"):
        encoded_text(bad)


def test_a_real_letter_needs_the_readers_token(settings):
    with pytest.raises(ValueError, match="token"):
        join(compiled(issue(), settings), frozenset(), {})


@pytest.mark.parametrize("address", ["a b@x.example", "a@b@c", "x", "ü@x.example", "a<b@x.example"])
def test_an_address_that_a_header_cannot_hold_is_refused(address):
    with pytest.raises(ValueError, match="address"):
        mailbox("", address)


def test_a_value_is_escaped_for_where_it_stands(settings):
    edition = compiled(
        issue(
            '<p title="x">@@first_name or you@@ <a href="https://x.example/?n=@@first_name or a friend@@">yours</a></p>'
        ),
        settings,
    )
    found = join(edition, frozenset(), {"token": "t", "first_name": "<Ann & Bo>"})
    assert "&lt;Ann &amp; Bo&gt; <a" in found.html
    assert 'href="https://x.example/?n=%3CAnn%20%26%20Bo%3E"' in found.html
    assert "<Ann & Bo> yours" in found.text
    assert "https://x.example/?n=%3CAnn%20%26%20Bo%3E" in found.text
    assert 'href="https://x.example/?n=a%20friend"' in join(edition, frozenset()).html


def test_a_slot_without_value_or_fallback_is_empty_or_refused():
    assert Slot("first_name", "", Escape.TEXT).fill({}) == ""
    with pytest.raises(ValueError, match="nothing stands in"):
        Slot("token", None).fill({})
