"""The secret, and what is derived from it."""

import re

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from tests.audience.people import SECRET
from tipsheet.audience.secret import Secret, SecretError, keep, recognise, secret_of
from tipsheet.store.database import writing

OTHER = Secret("another-secret-of-more-than-32-characters")
PUBLIC_ID = "mfrggzdfmztwq2lk"

public_ids = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=16, max_size=16)


def test_it_comes_from_the_environment() -> None:
    assert secret_of({"TIPSHEET_SECRET": f" {SECRET.text}\n"}) == SECRET


@pytest.mark.parametrize(
    ("environ", "words"), [({}, "is not set"), ({"TIPSHEET_SECRET": "x" * 31}, "is shorter than 32 characters")]
)
def test_without_one_the_error_says_how_to_make_it(environ: dict[str, str], words: str) -> None:
    with pytest.raises(SecretError, match=words) as refused:
        secret_of(environ)
    assert (
        'export TIPSHEET_SECRET=$(python3 -c "import secrets; print(secrets.token_urlsafe(32))")' in refused.value.hint
    )


def test_it_is_never_shown() -> None:
    """D20"""
    assert SECRET.text not in f"{SECRET} {SECRET!r}"


def test_each_purpose_has_a_key_of_its_own() -> None:
    macs = [SECRET.suppression("x"), SECRET.leave_token("x"), SECRET.message_key("", "x"), SECRET.fingerprint]
    assert len(set(macs)) == 4
    assert SECRET.suppression("x") != OTHER.suppression("x")


def test_what_it_gives_never_changes() -> None:
    """Letters that were sent years ago still lead out, and whoever left stays out."""
    assert SECRET.suppression("ada@example.org") == SUPPRESSION
    assert SECRET.leave_token(PUBLIC_ID) == LEAVE_TOKEN
    assert SECRET.message_key("2026-w48", PUBLIC_ID) == MESSAGE_KEY
    assert SECRET.fingerprint == FINGERPRINT


SUPPRESSION = "f2d2ea0f6caebd577e34ea252ac43b5c35950c9d0f13ca8b4596e76d14b0a57c"
LEAVE_TOKEN = "mfrggzdfmztwq2lkapwkry3qmbbmytwt"  # noqa: S105 - of a subscriber that there is not
MESSAGE_KEY = "qpg72g6xstfungpy6wpztqyh"
FINGERPRINT = "e16b96f291fd8519edade0740a9a2d1f"


@given(public_ids)
def test_a_leave_token_speaks_for_its_subscriber_alone(public_id: str) -> None:
    token = SECRET.leave_token(public_id)
    assert re.fullmatch("[a-z2-7]{32}", token)
    assert SECRET.public_id(token) == public_id
    assert OTHER.public_id(token) is None


@given(st.one_of(st.text(), st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=32, max_size=32)))
def test_a_token_that_we_have_not_made_is_none(token: str) -> None:
    assert SECRET.public_id(token) is None


@pytest.mark.parametrize(
    "change", [str.upper, lambda token: token + "a", lambda token: token[:-1], lambda token: f" {token}"]
)
def test_a_token_that_was_changed_is_none(change) -> None:
    assert SECRET.public_id(change(SECRET.leave_token(PUBLIC_ID))) is None


@given(st.text(), public_ids)
def test_a_message_key_fits_a_message_id(issue: str, public_id: str) -> None:
    """D14: the same for the same issue and subscriber, and no address in it."""
    assert re.fullmatch("[a-z2-7]{24}", SECRET.message_key(issue, public_id))


def test_a_store_keeps_to_its_secret(store: sa.Engine) -> None:
    with writing(store) as connection:
        assert not recognise(connection, SECRET)
        keep(connection, SECRET)
        keep(connection, SECRET)
        assert recognise(connection, SECRET)
        with pytest.raises(SecretError, match="is not the secret that this store was made with"):
            keep(connection, OTHER)


def test_keys_of_messages_are_the_same_for_one_and_for_many() -> None:
    for issue in ("2026-w48", "w"):
        assert SECRET.message_keys(issue)(PUBLIC_ID) == SECRET.message_key(issue, PUBLIC_ID)


def test_tokens_outlive_their_keys() -> None:
    """W2: an older key, and the secret itself, are still known when another signs; a key that is gone is not."""
    old, new = "an-older-key-of-more-than-32-characters", "a-newer-key-of-more-than-32-characters"
    before, then = Secret(SECRET.text, (old,)), Secret(SECRET.text, (new, old))
    sent = [SECRET.leave_token(PUBLIC_ID), before.leave_token(PUBLIC_ID), then.leave_token(PUBLIC_ID)]
    assert [len(token) for token in sent] == [32, 34, 34]
    assert {then.public_id(token) for token in sent} == {PUBLIC_ID}
    assert [Secret(SECRET.text, (new,)).public_id(token) for token in sent] == [PUBLIC_ID, None, PUBLIC_ID]
    assert old not in repr(then)
    assert new not in repr(then)


def test_a_calendars_token_opens_no_preferences() -> None:
    assert SECRET.calendar_id(SECRET.plan_token(PUBLIC_ID)) == PUBLIC_ID
    assert SECRET.public_id(SECRET.plan_token(PUBLIC_ID)) is None


def test_keys_of_tokens_come_from_the_environment() -> None:
    environ = {"TIPSHEET_SECRET": SECRET.text, "TIPSHEET_TOKEN_KEYS": f"{'n' * 32}\n{'o' * 32}"}
    assert secret_of(environ).token_keys == ("n" * 32, "o" * 32)
    with pytest.raises(SecretError, match="TIPSHEET_TOKEN_KEYS is shorter"):
        secret_of({**environ, "TIPSHEET_TOKEN_KEYS": "short"})
