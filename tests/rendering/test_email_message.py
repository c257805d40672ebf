"""What joins are made of: filled lines, quoted-printable, and fields of the header that machines can read."""

import email
import email.policy
import re
from dataclasses import replace
from email.header import decode_header, make_header
from email.message import MIMEPart
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rendering.builders import MANAGERS, compiled, issue, recipient, settings, with_mail
from tipsheet.edition.edition import Escape, Slot, display_name
from tipsheet.edition.joining import join
from tipsheet.edition.message import Composer
from tipsheet.edition.mime import encoded_text, mailbox, mapped, quoted, to_field, wrapped
from tipsheet.rendering.email.compile import preview_key
from tipsheet.rendering.letters import lint_edition
from tipsheet.settings import DeliverySettings, ServiceSettings

__all__ = ["settings"]

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=60)
LINES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=120), min_size=1
)


def _head(settings, sent=None, **fields) -> str:
    return Composer(compiled(sent or issue(), settings)).compose(recipient(**fields)).partition(b"\r\n\r\n")[0].decode()


@given(LINES)
def test_quoted_printable_is_the_standard_librarys_and_goes_line_by_line(lines):
    text = "".join(f"{line}\n" for line in lines)
    part = MIMEPart(policy=email.policy.SMTP.clone(max_line_length=76))
    part.set_content(text, cte="quoted-printable")
    assert quoted(text) == part.as_bytes().partition(b"\r\n\r\n")[2]
    assert quoted(text) == b"".join(quoted(f"{line}\n") for line in lines)


@given(st.text("ab= \té\u2014", max_size=200))
def test_a_line_may_break_anywhere_and_end_in_anything(line):
    part = MIMEPart(policy=email.policy.SMTP.clone(max_line_length=76))
    part.set_content(f"{line}\n", cte="quoted-printable")
    assert f"{wrapped(mapped(line))}\r\n".encode() == part.as_bytes().partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize("address", ["zoë@example.org", "用户@xn--fsqu00a.example", "नमस्ते@example.org"])
def test_a_local_part_beyond_ascii_stands_in_the_to_as_it_is(address):
    """D18: in UTF-8 (RFC 6532), for a server that offers SMTPUTF8."""
    assert to_field("Zoë", address) == f"To: =?utf-8?b?Wm/Dqw==?= <{address}>\r\n"
    with pytest.raises(ValueError, match="is not an address"):
        mailbox("From", "", address)


@pytest.mark.parametrize(
    "address", ["a\u2028b@example.org", "a\u00a0b@example.org", "a\x85b@example.org", "é>@example.org"]
)
def test_a_to_holds_no_space_and_no_line_end_of_any_alphabet(address):
    with pytest.raises(ValueError, match="is not an address"):
        to_field("", address)


@given(st.lists(NAMES, max_size=3))
def test_a_display_name_is_read_back_as_it_was(parts):
    name = display_name(*parts)
    line = to_field(name, "reader@example.org").removeprefix("To: ").removesuffix("\r\n")
    if name.isascii() and "=?" not in name and name.isprintable():
        assert parseaddr(line) == (name, "reader@example.org")
    else:
        assert all(len(part) <= 76 for part in f"To: {line}".split("\r\n"))
        phrase, _, address = line.rpartition(" ")
        assert (str(make_header(decode_header(phrase))), address) == (name, "<reader@example.org>")


def test_a_very_long_name_makes_no_line_that_is_too_long():
    assert all(len(line) <= 998 for line in to_field('"' * 5000, "reader@example.org").split("\r\n"))


def test_machine_headers_are_whole_and_plain(settings):
    way = f"https://lists.halfturn.example/{'leave-' * 30}/"
    mail = with_mail(settings, unsubscribe_url=f"{way}@@token@@")
    head = _head(mail, issue(subject="Größe"), name="Zoë", token="a" * 32)
    lines = dict(line.split(": ", 1) for line in head.split("\r\n"))
    assert lines["List-Unsubscribe"] == (
        f"<{way}{'a' * 32}>, <mailto:editor@halfturn.example?subject=unsubscribe%20{'a' * 32}>"
    )
    assert lines["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert lines["List-Id"] == "Half Turn <half-turn.halfturn.example>"
    assert lines["List-Archive"] == "<https://halfturn.example/archive/>"
    assert lines["Feedback-ID"] == "2026-w37:half-turn:issue:half-turn"
    assert lines["From"] == lines["Reply-To"] == "Mara Lindqvist <editor@halfturn.example>"
    assert lines["Message-ID"] == f"<2026-w37.{'k3y5' * 6}@halfturn.example>"
    assert lines["Date"] == "Tue, 08 Sep 2026 07:00:00 +0200"
    assert [name for name, value in lines.items() if "=?" in value] == ["To", "Subject"]


def test_a_header_that_fits_on_no_line_is_refused(settings):
    mail = with_mail(settings, unsubscribe_url=f"https://lists.halfturn.example/{'leave-' * 200}/@@token@@")
    with pytest.raises(ValueError, match="List-Unsubscribe is longer"):
        Composer(compiled(issue(), mail))


def _fields_of(settings, **fields) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in _head(settings, **fields).split("\r\n"))


def test_a_mailbox_lets_readers_leave_by_mail(settings):
    """W8: by an address of their own, beside the page or alone; one click needs a page (RFC 8058)."""
    token = "a" * 32
    by_mail = f"<mailto:leave+{token}@letter.example?subject=unsubscribe%20{token}>"
    service = replace(settings, service=ServiceSettings(mailbox="lists@letter.example"))
    beside = _fields_of(service, token=token)
    assert beside["List-Unsubscribe"] == f"<https://lists.halfturn.example/leave/{token}>, {by_mail}"
    alone = with_mail(service, unsubscribe_url=None)
    fields = _fields_of(alone, token=token)
    assert (fields["List-Unsubscribe"], "List-Unsubscribe-Post" in fields) == (by_mail, False)
    shown = join(compiled(issue(), alone), frozenset())
    assert ">Unsubscribe by mail</a>" in shown.html
    assert "Unsubscribe by mail: leave+" in shown.text
    assert lint_edition(compiled(issue(), alone), alone, (), issue().where) == ()


def test_complaints_have_an_address_where_one_is_set(settings):
    """W9: RFC 9477; its id is the key of the letter, by which a report without anything else names it."""
    fields = _fields_of(replace(settings, delivery=DeliverySettings(cfbl="fbl@halfturn.example")), key="k3y5" * 6)
    assert fields["CFBL-Address"] == "fbl@halfturn.example; report=arf"
    assert fields["CFBL-Feedback-ID"] == "k3y5" * 6
    assert not [name for name in _fields_of(settings) if name.startswith("CFBL")]


def test_the_sender_may_be_another_than_the_editor(settings):
    mail = with_mail(settings, sender="Half Turn <letter@halfturn.example>", list_id="tips.halfturn.example")
    head = _head(mail)
    assert "From: Half Turn <letter@halfturn.example>\r\n" in head
    assert "List-Id: Half Turn <tips.halfturn.example>\r\n" in head


def test_a_message_id_is_short_however_long_the_issues_name_is(settings):
    (line,) = re.findall("Message-ID: (.*?)\r\n", _head(settings, issue(id="2026-w37-with-a-long-name-" * 4)))
    assert len(line) <= 78
    assert line.endswith("k3y5@halfturn.example>")


def test_the_key_of_a_copy_is_the_same_for_the_same_issue_and_audience():
    assert preview_key("2026-w37", "managers") == preview_key("2026-w37", "managers")
    assert len({preview_key(i, n) for i in ("2026-w37", "2026-w38") for n in ("managers", "everyone")}) == 4
    assert len(preview_key("2026-w37", "managers")) == 24


@pytest.mark.parametrize("bad", ["a\rb", "a\nb", "a\0b"])
def test_line_breaks_in_values_are_refused(settings, bad):
    edition = compiled(issue("<p>@@first_name or you@@</p>", subject="@@last_name or You@@"), settings)
    with pytest.raises(ValueError, match="line break"):
        join(edition, frozenset(), {"token": "t", "first_name": bad})
    for fields in (
        {"values": {"first_name": bad}},
        {"values": {"last_name": bad}},
        {"token": bad},
        {"key": bad},
        {"name": bad},
        {"address": f"{bad}@x.example"},
    ):
        with pytest.raises(ValueError, match=r"line break|no key|token|address"):
            Composer(edition).compose(recipient(**fields))
    with pytest.raises(ValueError, match="line break"):
        encoded_text("Subject", bad)


@pytest.mark.parametrize(
    "fields", [{"token": ""}, {"token": "a b"}, {"token": "t" * 65}, {"key": ""}, {"key": "Dana@x"}]
)
def test_a_real_letter_needs_the_readers_token_and_a_key(settings, fields):
    with pytest.raises(ValueError, match=r"token|key"):
        Composer(compiled(issue(), settings)).compose(recipient(**fields))
    with pytest.raises(ValueError, match="token"):
        join(compiled(issue(), settings), frozenset(), {})


def test_an_issue_is_not_composed_for_readers_for_whom_it_is_not_meant(settings):
    composer = Composer(compiled(issue(audience=MANAGERS), settings))
    assert composer.compose(recipient("managers", "sellers"))
    with pytest.raises(ValueError, match="not meant"):
        composer.compose(recipient("sellers"))


@pytest.mark.parametrize("address", ["a b@x.example", "a@b@c", "x", "ü@x.example", "a<b@x.example"])
def test_an_address_that_a_header_cannot_hold_is_refused(address):
    with pytest.raises(ValueError, match="address"):
        mailbox("To", "", address)


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
