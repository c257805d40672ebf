"""What an address is, and what it is found by (A9)."""

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from tipsheet.audience.address import Address, BadAddress, normalised


@pytest.mark.parametrize(
    ("text", "email", "norm"),
    [
        ("ada@example.org", "ada@example.org", "ada@example.org"),
        ("Ada.L@EXAMPLE.org", "Ada.L@example.org", "ada.l@example.org"),
        ("\t ada@example.org\N{NO-BREAK SPACE}", "ada@example.org", "ada@example.org"),
        ("ada@Bücher.example", "ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
        ("ada@XN--BCHER-KVA.example", "ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
        ("ada@example\N{IDEOGRAPHIC FULL STOP}org", "ada@example.org", "ada@example.org"),
        ("JÖRG@bücher.example", "JÖRG@xn--bcher-kva.example", "jörg@xn--bcher-kva.example"),
        ("jo\N{LATIN SMALL LETTER R}\N{COMBINING DIAERESIS}g@example.org", "jor̈g@example.org", "jor̈g@example.org"),
        ("u\N{COMBINING DIAERESIS}@example.org", "ü@example.org", "ü@example.org"),
        ("用户@例子.广告", "用户@xn--fsqu00a.xn--4rr70v", "用户@xn--fsqu00a.xn--4rr70v"),
        ("straße@example.org", "straße@example.org", "straße@example.org"),
        ("=1+1@example.org", "=1+1@example.org", "=1+1@example.org"),
        ("ada+tipsheet@example.org", "ada+tipsheet@example.org", "ada+tipsheet@example.org"),
        ("o'brien@example.org", "o'brien@example.org", "o'brien@example.org"),
        ("x" * 64 + "@example.org", "x" * 64 + "@example.org", "x" * 64 + "@example.org"),
    ],
)
def test_an_address(text: str, email: str, norm: str) -> None:
    """The domain goes to A-labels (IDNA), letters beyond ASCII before the @ stay, blanks around it go."""
    assert normalised(text) == Address(email, norm)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "must have an @-sign"),
        ("ada", "must have an @-sign"),
        ("@example.org", "something before the @-sign"),
        ("ada@", "something after the @-sign"),
        ("ada@example", "should have a period"),
        ("ada@localhost", "should have a period"),
        ("ada@@example.org", "invalid characters: '@'"),
        ("ada@example.org\r\nBcc: bo@example.org", "SPACE, U+000A, U+000D"),
        ("ada\n@example.org", "invalid characters before the @-sign: U+000A"),
        ("ada\0@example.org", "U+0000"),
        ("ada@example.org\n", "U+000A"),
        ("x" * 300 + "@example.org", "too long"),
        ("x" * 65 + "@example.org", "too long before the @-sign"),
        ("ada@" + "y" * 64 + ".org", "so many characters"),
        ("a@" + ".".join(["y" * 60] * 5) + ".org", "too long"),
        ("Ada <ada@example.org>", "display name and angle brackets"),
        ('"ada l"@example.org', "quoting"),
        ("ada l@example.org", "SPACE"),
        ("ada..l@example.org", "two periods in a row"),
        ("ada@[127.0.0.1]", "bracketed IP address"),
        ("ada@-example.org", "hyphen immediately after the @-sign"),
        ("ada@example.org.", "end with a period"),
        ("ada,bo@example.org", "','"),
        ("ada@example.invalid", "special-use or reserved"),
        ("ada\N{ZERO WIDTH SPACE}@example.org", "ZERO WIDTH SPACE"),
        ("ada\N{RIGHT-TO-LEFT OVERRIDE}@example.org", "RIGHT-TO-LEFT OVERRIDE"),
        ("ada\ud800@example.org", "U+D800"),
    ],
)
def test_what_is_none(text: str, reason: str) -> None:
    bad = normalised(text)
    assert isinstance(bad, BadAddress), bad
    assert reason in bad.reason
    assert str(bad).isprintable()
    assert len(str(bad)) < 250


@given(st.from_regex(r"[A-Za-z0-9._%+-]{1,66}@[A-Za-z0-9.-]{1,20}\.(org|com|invalid|1)", fullmatch=True))
@example("a" * 64 + "@" + ".".join(["b" * 63] * 3) + ".org")
def test_the_short_way_says_what_the_long_one_says(text: str) -> None:
    try:
        long_way = validate_email(text, check_deliverability=False, strict=True)
    except EmailNotValidError:
        assert isinstance(normalised(text), BadAddress)
    else:
        email = f"{long_way.local_part}@{long_way.ascii_domain}"
        assert normalised(text) == Address(email, email.lower())


@given(st.text() | st.emails())
def test_an_address_is_normal_already(text: str) -> None:
    """What goes into the store is found by what it is found by, however often it is read."""
    first = normalised(text)
    if isinstance(first, Address):
        assert normalised(first.email) == first
        again = normalised(first.norm)
        assert isinstance(again, Address)
        assert again.norm == first.norm
