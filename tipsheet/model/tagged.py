"""Addresses of the publication's mailbox that carry a token: ``leave+TOKEN@``, ``confirm+TOKEN@``, ``bounces+TOKEN@``.

What comes to one of them says by its address whom it is about. The tag stands before a ``+``, which
mail servers call the delimiter of a recipient; an alias for each tag, or for every address of the
domain, brings it to the mailbox.
"""

import re
from collections.abc import Iterator
from enum import StrEnum

__all__ = ["Tag", "tagged", "tags_in"]


class Tag(StrEnum):
    """The purposes of mail to such an address."""

    LEAVE = "leave"
    """From List-Unsubscribe: its reader leaves."""
    CONFIRM = "confirm"
    """An answer to the letter that asks to confirm."""
    BOUNCES = "bounces"
    """The return path of a letter (VERP): reports, and answers that programs write."""


_LONGEST = 64
"""Octets before the @ (RFC 5321, 4.5.3.1.1)."""
_TAGGED = re.compile(  # forwarders (SRS, BATV) may put something with "=" before the tag
    rf"(?<![\w.+-])({'|'.join(Tag)})\+([A-Za-z0-9._~-]{{16,{_LONGEST}}})@", re.IGNORECASE
)


def tagged(tag: Tag, token: str, mailbox: str) -> str:
    """The address with this tag and token at the domain of the mailbox."""
    return f"{tag}+{token}@{mailbox.rpartition('@')[2]}"


def tags_in(text: str) -> Iterator[tuple[Tag, str]]:
    """Tags and tokens of the addresses in the field of a header."""
    for tag, token in _TAGGED.findall(text):
        yield Tag(tag.lower()), token
