r"""The one way to a terminal: what content, files and networks bring is shown, never obeyed (K9).

A control character moves the cursor or names a command; marks of direction make a line read otherwise than it is
written; a line break begins a line that looks like ours, which GitHub takes for a command. All of them are shown as
Python writes them. A name with bytes that are not UTF-8 shows these as ``\xe9``.
"""

import json
import re
from typing import IO, Any

import click

__all__ = ["echo", "echo_json", "in_json", "one_line", "shown"]

_UNSEEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180b-\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff0-\ufffb\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff\U000e0000-\U000e0fff"
)
_HARMFUL = re.compile(f"[{_UNSEEN}]")
_HARMFUL_IN_LINE = re.compile(f"[{_UNSEEN}\t\n]")
_BYTES = range(0xDC80, 0xDD00)
"""Halves of characters that stand for bytes of a name that are not UTF-8 (PEP 383)."""


def shown(text: str) -> str:
    """The text, which may have several lines and tabs, with all that a terminal would obey written out."""
    return _HARMFUL.sub(lambda m: _written(m[0]), text)


def one_line(text: str) -> str:
    """The text on one line: breaks and tabs are written out as well."""
    return _HARMFUL_IN_LINE.sub(lambda m: _written(m[0]), text)


def _written(char: str) -> str:
    if ord(char) in _BYTES:
        return f"\\x{ord(char) - _BYTES.start + 0x80:02x}"
    return repr(char)[1:-1] if not char.isprintable() else f"\\u{ord(char):04x}"


def in_json(value: object) -> str:
    r"""The value as JSON, one key a line; what a terminal would obey is written as JSON writes it, ``\u001b``."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return _HARMFUL.sub(lambda m: _in_utf16(m[0]), text)


def _in_utf16(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def echo(text: str = "", *, err: bool = False, file: IO[Any] | None = None) -> None:
    """Print lines of words."""
    click.echo(shown(text), file=file, err=err)


def echo_json(value: object) -> None:
    """Print a value for a program."""
    click.echo(in_json(value))
