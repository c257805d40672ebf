"""What a server's answer is about, by the documentation of who runs it; and its words without addresses."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tipsheet.delivery.answers import About, impersonal, verdict_of
from tipsheet.delivery.channel import Receipt, Stage
from tipsheet.delivery.senders.smtp import reply_of

PROVIDERS = yaml.safe_load((Path(__file__).parent / "answers.yaml").read_text("utf-8"))
CASES = [(provider["from"], case) for provider in PROVIDERS for case in provider["cases"]]


@pytest.mark.parametrize(("provider", "case"), CASES, ids=[f"{p}: {c['says'][:40]}" for p, c in CASES])
def test_what_it_is_about(provider: str, case: dict[str, str]) -> None:
    """D25, D26: and an address is given up only for what is said of it (D13)."""
    assert provider
    receipt = reply_of(case["says"], Stage(case.get("to", "RCPT TO")))
    found = verdict_of(receipt)
    assert (found.about, found.cause) == (About(case["about"]), case["cause"])
    assert found.bounced is bool(case.get("bounced"))


@given(
    st.integers(400, 599), st.sampled_from(["", "4.7.1", "5.7.1", "5.1.1", "4.2.2"]), st.text(), st.sampled_from(Stage)
)
def test_every_refusal_has_a_verdict(code: int, enhanced: str, text: str, stage: Stage) -> None:
    """And only an answer to RCPT can say that an address does not exist."""
    found = verdict_of(Receipt(code, enhanced, text, stage))
    assert found.cause
    assert not found.bounced or (stage is Stage.RCPT and enhanced == "5.1.1" and code >= 500)


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("5.1.1 <Ada@Example.org>: user unknown", "5.1.1 …: user unknown"),
        ("5.1.1 mailbox ada.lovelace is full", "5.1.1 mailbox … is full"),
        ("no ada@[192.0.2.1] here\r\nor there", "no … here or there"),
        ("<zoë@bücher.example> ZOË@bücher.example", "… …"),
        ("x" * 999, "x" * 300),
    ],
)
def test_words_are_kept_without_addresses(words: str, kept: str) -> None:
    """D28."""
    assert impersonal(words, "ada.lovelace@example.org", "ada.lovelace") == kept
