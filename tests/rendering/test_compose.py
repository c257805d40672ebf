"""Messages are joined from bytes, and are those that the standard library builds from the same parts."""

import subprocess
import sys
from email import message_from_bytes, policy
from email.charset import BASE64, Charset
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.utils import formataddr

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.rendering.builders import MANAGERS, TORONTO, action, compiled, event, issue, recipient, settings
from tipsheet.edition.edition import Edition, Recipient, display_name, fill
from tipsheet.edition.joining import join
from tipsheet.edition.message import Composer
from tipsheet.edition.outbox import edition_from, record_of

__all__ = ["settings"]

SENT = issue(
    "<p>Dear @@first_name or Sir & Madam@@, über größe, and a line that is long enough to be folded.</p>",
    ("<p>@@first_name or chief@@, only you in @@city or your town@@ @@plan or @@</p>", MANAGERS),
    '<p>See <a href="https://x.example/?q=@@city or a town@@&amp;n=@@first_name or you@@">your page</a>.</p>',
    "<p>Last word: @@last_name or friend@@</p>",
    action(),
    event(),
    subject="@@first_name or Reader@@, größer fragen",
    subjects=((MANAGERS, "Ask, @@first_name or chief@@"), (TORONTO, "Größer fragen am See, in einer Zeile")),
)
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=60)
LIKELY = st.sampled_from(
    [
        "Dana",
        "Zoë Ångström",
        'Bob "Bo" Lang',
        "Lang, Bo",
        "李 雷",
        "O'Brien",
        "=?utf-8?q?x?=",
        "a = b ",
        "<b>&",
        "😀" * 9,
        "%s",
    ]
)
TEXTS = WORDS | LIKELY
READERS = st.builds(
    recipient,
    st.just("sellers") | st.sampled_from(["managers", "toronto"]),
    st.sampled_from(["managers", "toronto", "sellers", "unheard-of"]),
    name=st.builds(display_name, TEXTS, TEXTS),
    address=st.from_regex(r"[a-z0-9.+_-]{1,40}@[a-z0-9-]{1,20}\.example", fullmatch=True),
    token=st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True),
    key=st.from_regex(r"[a-z2-7]{24}", fullmatch=True),
    values=st.dictionaries(st.sampled_from(["first_name", "last_name", "city", "plan", "key", "other"]), TEXTS),
)


@pytest.fixture(scope="module")
def edition(settings) -> Edition:
    return compiled(SENT, settings)


def _for_people(field: str, text: str, address: str = "") -> str:
    """A field that holds words, as `email.header` folds it: RFC 2047 allows 76 columns."""
    if text.isascii() and text.isprintable() and "=?" not in text:
        return formataddr((text, address)) if address else text
    utf_8 = Charset("utf-8")
    utf_8.header_encoding = BASE64
    header = Header(text, utf_8, maxlinelen=76, header_name=field)
    if address:
        header.append(f"<{address}>", "us-ascii")
    return header.encode(linesep="\r\n")


def _built(edition: Edition, reader: Recipient) -> bytes:
    """The message as the standard library builds it.

    Its header is unfolded but for the words for people (`max_line_length=None`): the newer policies
    break long addresses and encode them (cpython#85725).
    """
    values = {**reader.values, "token": reader.token, "message-key": reader.key}
    letter = join(edition, reader.segments, values)
    message = EmailMessage(policy=policy.compat32.clone(linesep="\r\n", max_line_length=None))
    for name, line in edition.header:
        message[name] = fill(line, values)
    message["To"] = _for_people("To", reader.name, reader.address) if reader.name else reader.address
    message["Subject"] = _for_people("Subject", letter.subject)
    return _with_parts(message, letter.text, letter.html, f"=_{edition.digest[:24]}")


def _with_parts(message: EmailMessage, text: str, html: str, boundary: str) -> bytes:
    message["MIME-Version"] = "1.0"
    message["Content-Type"] = "multipart/alternative"
    message.set_boundary(boundary)
    message.set_payload([])
    for subtype, content in (("plain", text), ("html", html)):
        part = MIMEPart(policy=policy.SMTP.clone(max_line_length=76))
        part.set_content(content, subtype=subtype, charset="utf-8", cte="quoted-printable")
        message.attach(part)
    return message.as_bytes()


LAW = hypothesis_settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@LAW
@given(reader=READERS)
def test_a_message_is_what_the_standard_library_builds_from_the_same_parts(edition, reader):
    assert Composer(edition).compose(reader) == _built(edition, reader)


@LAW
@given(
    name=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60).filter(lambda text: "=?" not in text),
    first=st.from_regex(r"[A-Z][a-z]{1,20}", fullmatch=True),
    token=st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True),
)
def test_with_names_in_ascii_it_is_what_the_newer_policy_writes_too(edition, name, first, token):
    reader = recipient("managers", name=display_name(name), token=token, values={"first_name": first})
    values = {**reader.values, "token": token, "message-key": reader.key}
    letter = join(edition, reader.segments, values)
    message = EmailMessage(policy=policy.SMTP.clone(max_line_length=998))
    for field, line in edition.header:
        message[field] = fill(line, values)
    message["To"] = Address(reader.name, addr_spec=reader.address)
    message["Subject"] = letter.subject
    assert Composer(edition).compose(reader) == _with_parts(
        message, letter.text, letter.html, f"=_{edition.digest[:24]}"
    )


@LAW
@given(reader=READERS)
def test_a_message_can_be_read_by_machines_and_holds_what_was_joined(edition, reader):
    raw = Composer(edition).compose(reader)
    head, _, rest = raw.partition(b"\r\n\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert all(len(line) <= 76 for line in rest.split(b"\r\n"))
    assert all(len(line) <= 998 for line in head.split(b"\r\n"))
    fields = dict(line.split(": ", 1) for line in head.decode("ascii").replace("\r\n ", " ").split("\r\n"))
    assert not [name for name, value in fields.items() if "=?" in value and name not in {"To", "Subject"}]
    parsed = message_from_bytes(raw, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    assert not parsed.defects
    found = join(edition, reader.segments, {**reader.values, "token": reader.token})
    for kind, expected in (("plain", found.text), ("html", found.html)):
        part = parsed.get_body((kind,))
        assert part is not None
        assert str(part.get_content()).replace("\r\n", "\n") == expected


@given(readers=st.lists(READERS, max_size=6))
@hypothesis_settings(LAW, max_examples=50)
def test_what_was_composed_before_does_not_matter(edition, readers):
    composer = Composer(edition)
    back = Composer(edition_from(record_of(edition)))
    assert [composer.compose(r) for r in readers] == [back.compose(r) for r in readers]


def test_segments_that_the_edition_does_not_mention_make_no_other_message(edition):
    composer = Composer(edition)
    assert composer.compose(recipient("managers")) == composer.compose(recipient("managers", "sellers", "new"))


def test_more_sets_of_segments_than_are_remembered_are_composed_all_the_same(settings, monkeypatch):
    monkeypatch.setattr("tipsheet.edition.message._PLANS", 1)
    composer = Composer(compiled(SENT, settings))
    sets = [(), ("managers",), ("toronto",), ("managers", "toronto")]
    first, second = ([composer.compose(recipient(*names)) for names in sets] for _ in range(2))
    assert first == second
    assert len(set(first)) == 3


def test_a_copy_without_an_address_goes_to_nobody(edition):
    assert b"\r\nTo: undisclosed-recipients:;\r\n" in Composer(edition).compose(recipient(address=""))


def test_a_sender_needs_no_template_engine_no_parser_and_no_style_sheets():
    program = (
        "import sys, tipsheet.edition.message, tipsheet.edition.outbox\n"
        "print(*{'jinja2', 'lxml', 'css_inline', 'markdown', 'mkdocs', 'pydantic', 'yaml'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
