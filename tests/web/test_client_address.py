"""Whose address counts: what a proxy of ours says, and nothing that a client says of itself."""

import pytest
from flask import Request
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from tipsheet.web.guards import client_address


def asked(peer: str, *headers: tuple[str, str]) -> Request:
    return Request(EnvironBuilder(headers=list(headers), environ_base={"REMOTE_ADDR": peer}).get_environ())


X, F = "X-Forwarded-For", "Forwarded"


@pytest.mark.parametrize(
    ("peer", "headers", "trusted", "client"),
    [
        ("203.0.113.9", [], (), "203.0.113.9"),
        ("203.0.113.9", [(X, "198.51.100.1")], (), "203.0.113.9"),
        ("203.0.113.9", [(X, "198.51.100.1")], ("127.0.0.1",), "203.0.113.9"),
        ("127.0.0.1", [(X, "198.51.100.1")], ("127.0.0.1",), "198.51.100.1"),
        ("127.0.0.1", [(X, "8.8.8.8, 198.51.100.1")], ("127.0.0.1",), "198.51.100.1"),
        ("127.0.0.1", [(X, "8.8.8.8"), (X, "198.51.100.1")], ("127.0.0.1",), "198.51.100.1"),
        ("127.0.0.1", [(X, "8.8.8.8, 198.51.100.1, 10.1.2.3")], ("127.0.0.1", "10.0.0.0/8"), "198.51.100.1"),
        ("127.0.0.1", [(X, "10.9.9.9, 10.1.2.3")], ("127.0.0.1", "10.0.0.0/8"), "10.9.9.9"),
        ("127.0.0.1", [(X, "198.51.100.1, nonsense")], ("127.0.0.1",), "127.0.0.1"),
        ("127.0.0.1", [(X, "nonsense, 10.1.2.3")], ("127.0.0.1", "10.0.0.0/8"), "10.1.2.3"),
        ("127.0.0.1", [(X, "")], ("127.0.0.1",), "127.0.0.1"),
        ("127.0.0.1", [(X, "[2001:db8::1]:4711")], ("127.0.0.0/8",), "2001:db8::1"),
        ("127.0.0.1", [(X, "198.51.100.1:4711")], ("127.0.0.0/8",), "198.51.100.1"),
        ("::ffff:127.0.0.1", [(X, "::ffff:198.51.100.1")], ("127.0.0.1",), "198.51.100.1"),
        ("::1", [(F, 'for="[2001:db8::7]:80";proto=https')], ("::1",), "2001:db8::7"),
        ("::1", [(F, "for=8.8.8.8, proto=https;For=198.51.100.1;by=10.0.0.1")], ("::1",), "198.51.100.1"),
        ("::1", [(F, "for=unknown")], ("::1",), "::1"),
        ("::1", [(F, "for=8.8.8.8"), (X, "198.51.100.1")], ("::1",), "::1"),
        ("::1", [(F, "for=198.51.100.1"), (X, "198.51.100.1")], ("::1",), "198.51.100.1"),
        ("", [(X, "198.51.100.1")], ("unix",), "198.51.100.1"),
        ("", [(X, "198.51.100.1")], (), ""),
    ],
)
def test_who_asks(peer: str, headers: list[tuple[str, str]], trusted: tuple[str, ...], client: str) -> None:
    """W14"""
    assert client_address(asked(peer, *headers), trusted) == client


words = st.text(st.characters(codec="latin-1", categories=("L", "N", "P", "S", "Zs")), max_size=40)


@given(forged=words, real=st.ip_addresses(network="198.51.100.0/24"))
def test_nothing_a_client_writes_moves_it(forged: str, real: object) -> None:
    """W14: whatever stands in the header already, the proxy's word at the end counts."""
    headers = (X, f"{forged}, {real}")
    seen = client_address(asked("127.0.0.1", headers), ("127.0.0.1/32",))
    assert seen == client_address(asked("127.0.0.1", (X, str(real))), ("127.0.0.1/32",))


@given(header=words)
def test_any_header_can_be_read(header: str) -> None:
    """W14"""
    for name in (X, F):
        client_address(asked("127.0.0.1", (name, header)), ("127.0.0.1",))
