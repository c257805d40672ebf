"""Addresses that strangers type: look-alikes, marks that cannot be seen, and what breaks a header."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tipsheet.audience.address import Address, BadAddress, typed
from tipsheet.delivery.channel import destination_of

CASES = yaml.safe_load((Path(__file__).parent / "addresses_typed.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: ascii(case["typed"]))
def test_what_was_typed_is_taken_for_this(case: dict[str, str]) -> None:
    """W5"""
    found = typed(case["typed"])
    if "reason" in case:
        assert isinstance(found, BadAddress)
        assert case["reason"] in found.reason
    else:
        assert found == Address(case["email"], case["norm"])


@given(st.text(max_size=300) | st.builds("{}@{}".format, st.text(max_size=70), st.text(max_size=70)) | st.emails())
def test_an_address_is_one_line_and_is_found_again(text: str) -> None:
    """W5: whatever is typed, an address holds no break and no blank, and typed again it is the same."""
    found = typed(text)
    if isinstance(found, Address):
        assert found.email.isprintable()
        assert not set(found.email) & set(' \r\n\t\0,;<>"')
        assert typed(found.email) == found
        destination = destination_of(found.email)
        assert destination is None or "\n" not in destination.address
