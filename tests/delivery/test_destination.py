"""D18: IDNA for domains, SMTPUTF8 for local parts, and nothing that could break a command."""

import pytest

from tipsheet.delivery.channel import Destination, destination_of


@pytest.mark.parametrize(
    ("address", "sent", "domain", "smtputf8"),
    [
        ("ann@Example.ORG", "ann@example.org", "example.org", False),
        ("Ann.O'Neil+tips@example.org", "Ann.O'Neil+tips@example.org", "example.org", False),
        ("ann@bücher.example", "ann@xn--bcher-kva.example", "xn--bcher-kva.example", False),
        ("ann@faß.example", "ann@xn--fa-hia.example", "xn--fa-hia.example", False),
        ("ann@日本語。example", "ann@xn--wgv71a119e.example", "xn--wgv71a119e.example", False),
        ("ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example", "xn--bcher-kva.example", False),
        ("zoë@example.org", "zoë@example.org", "example.org", True),
        ("用户@例子.example", "用户@xn--fsqu00a.example", "xn--fsqu00a.example", True),
        ("root@localhost", "root@localhost", "localhost", False),
    ],
)
def test_the_domain_is_ascii_and_the_rest_stays(address: str, sent: str, domain: str, *, smtputf8: bool) -> None:
    assert destination_of(address) == Destination(sent, domain, smtputf8)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ann",
        "@example.org",
        "ann@",
        "ann@-a.example",
        "ann@a..example",
        "ann@☃.example",
        "ann@[127.0.0.1]",
        '"ann b"@example.org',
        "ann b@example.org",
        "ann@example.org>\r\nRCPT TO:<eve@example.org",
        "ann\r\nDATA@example.org",
        "a\u2028b@example.org",
        "a\udc80@example.org",
        "<ann@example.org>",
        "ann@bo@example.org",
        ".ann@example.org",
        "a..b@example.org",
        f"{'a' * 65}@example.org",
        f"{'ü' * 33}@example.org",
        f"a@{'b.' * 130}example",
    ],
)
def test_what_is_no_mailbox_is_no_destination(address: str) -> None:
    assert destination_of(address) is None
