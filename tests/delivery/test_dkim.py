"""D16: our own signatures, checked by dkimpy, which shares no code with ours."""

import re
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from tests.delivery.builders import Direct, edition
from tipsheet.delivery.channel import Envelope
from tipsheet.delivery.dkim import SIGNED, DkimKeyError, Signer, read_signer, signed, signing
from tipsheet.delivery.senders import SENDERS
from tipsheet.edition.edition import Recipient
from tipsheet.edition.message import Composer
from tipsheet.settings import DkimSettings

SENDER = "letters@halfturn.example"


def pem(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> str:
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain).decode()


RSA = pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))
SHORT = pem(rsa.generate_private_key(public_exponent=65537, key_size=1024))  # noqa: S505 - to be refused
ED25519 = pem(ed25519.Ed25519PrivateKey.generate())


def signer(key: str, selector: str = "s1", sender: str = SENDER) -> Signer:
    return read_signer(DkimSettings(selector=selector), sender, {"TIPSHEET_DKIM_KEY": key})


BOTH = (signer(RSA, "rsa"), signer(ED25519, "ed"))


def right(message: bytes, signers: tuple[Signer, ...] = BOTH) -> list[bool]:
    """Whether dkimpy believes each signature, given the records that we ask to be put into DNS."""
    records = {f"{one.name}.".encode(): one.record.encode() for one in signers}
    return [_right(message, number, records) for number in range(len(signers))]


def _right(message: bytes, number: int, records: dict[bytes, bytes]) -> bool:
    try:
        return dkim.DKIM(message).verify(number, dnsfunc=lambda name, timeout=5: records.get(name))
    except dkim.ValidationError:  # the body
        return False


def letter(**values: str) -> bytes:
    recipient = Recipient(address="ann@example.org", key="k2", token="t" * 32, name="Ann Größe", values=values)
    return Composer(edition()).compose(recipient)


def test_dkimpy_believes_a_composed_letter() -> None:
    message = signed(letter(first_name="Ann  B"), BOTH)
    assert right(message) == [True, True]
    assert message.endswith(letter(first_name="Ann  B"))
    assert all(len(line) <= 78 for line in message.partition(b"\r\nFrom:")[0].split(b"\r\n"))


def test_the_same_letter_has_the_same_bytes() -> None:
    assert signed(letter(), BOTH) == signed(letter(), BOTH)


@pytest.mark.parametrize("name", ["From", "To", "Subject", "List-Unsubscribe", "List-Unsubscribe-Post", "Message-ID"])
def test_a_field_that_is_changed_is_noticed(name: str) -> None:
    """RFC 8058, 4: one click is believed only when a signature covers both fields."""
    message = re.sub(rf"(?m)^{name}: ".encode(), f"{name}: x".encode(), signed(letter(), BOTH[:1]))
    assert right(message, BOTH[:1]) == [False]


@pytest.mark.parametrize("name", ["From", "Subject"])
def test_a_second_field_that_is_added_on_the_way_is_noticed(name: str) -> None:
    message = signed(letter(), BOTH[:1])
    assert right(f"{name}: eve@evil.example\r\n".encode() + message, BOTH[:1]) == [False]


def test_a_body_that_is_changed_is_noticed() -> None:
    assert right(signed(letter(), BOTH).replace(b"Hello", b"Hallo", 1)) == [False, False]


@given(
    body=st.lists(st.text(" \tab=.", max_size=20), max_size=12),
    subject=st.text(" \tabü", min_size=1, max_size=60).filter(str.strip),
)
def test_spaces_and_empty_lines_anywhere(body: list[str], subject: str) -> None:
    """Relaxed canonicalization, at the edges: blank bodies, blank ends, folded fields."""
    fields = f"From: a@halfturn.example\r\nSubject:  {subject}\r\n  folded {subject}\r\nTo: b@example.org\r\n\r\n"
    message = (fields + "".join(f"{line}\r\n" for line in body)).encode()
    assert right(signed(message, BOTH)) == [True, True]


def test_every_field_that_matters_is_covered() -> None:
    head = signed(letter(), BOTH[:1]).partition(b"\r\n\r\n")[0].decode()
    covered = re.sub(r"\s", "", re.search(r" h=([^;]+);", head)[1]).split(":")
    assert covered == [name for name in SIGNED if f"\r\n{name}: " in head]
    assert {"List-Unsubscribe", "List-Unsubscribe-Post"} < set(covered)


def test_addresses_for_complaints_are_covered() -> None:
    """W9: RFC 9477 has reports go only where a signature covers both fields."""
    message = b"CFBL-Address: fbl@halfturn.example; report=arf\r\nCFBL-Feedback-ID: abc\r\n" + letter()
    made = signed(message, BOTH)
    assert right(made) == [True, True]
    for name in (b"CFBL-Address", b"CFBL-Feedback-ID"):
        assert right(made.replace(b"\n" + name + b": ", b"\n" + name + b": x")) == [False, False]


def test_a_key_comes_from_a_variable_or_a_file_that_it_names(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text(RSA)
    settings = DkimSettings(selector="s1", domain="other.example", key_env="OUR_KEY")
    made = read_signer(settings, SENDER, {"OUR_KEY": str(tmp_path / "key.pem")})
    assert (made.name, made.algorithm) == ("s1._domainkey.other.example", "rsa")
    assert made.record.startswith("v=DKIM1; k=rsa; p=MIIB")
    assert signer(RSA).record == made.record


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("", "is not set"),
        ("/nowhere/key.pem", "cannot be read"),
        ("-----BEGIN PRIVATE KEY-----\nsesame\n-----END PRIVATE KEY-----", "holds no private key that can be read"),
        (SHORT, "neither Ed25519 nor RSA of 2048 bits"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "neither Ed25519 nor RSA of 2048 bits"),
    ],
)
def test_a_key_of_no_use_is_said_without_showing_it(key: str, words: str) -> None:
    """D20."""
    with pytest.raises(DkimKeyError, match=words) as caught:
        signer(key)
    assert caught.value.hint
    assert "sesame" not in f"{caught.value} {caught.value.hint} {caught.value.__cause__!r}"


def test_a_signer_does_not_show_its_key() -> None:
    """D20."""
    assert "PRIVATE" not in repr(BOTH[0])
    assert "sign=" not in repr(BOTH[0])


def test_letters_are_signed_on_their_way(tmp_path: Path) -> None:
    connect = SENDERS["folder"].open({}, tmp_path)
    assert signing(connect, ()) is connect
    channel = Direct(signing(connect, BOTH)())
    assert channel.smtputf8
    assert channel.offer(Envelope(SENDER, "ann@example.org"), letter()) is None
    assert channel.finish(None).accepted
    channel.close()
    assert right((tmp_path / "ann@example.org.eml").read_bytes()) == [True, True]
