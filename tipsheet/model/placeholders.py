"""Placeholders in texts: merge fields, ``@@name or fallback@@`` (C5), and the sentences of a new issue.

Two at-signs that are no field, in code or behind a backslash, stand in the model with a guard between them, a
character that no text may hold; what fills fields takes the guards out (C18).
"""

import re

__all__ = [
    "ACTION", "ACTION_STEPS", "ACTION_WHY", "CONFIRM", "DESCRIPTION", "FIELD", "GUARD", "NAME", "OPEN", "OPENING",
    "PASSED_ON", "SENTENCES", "TOKEN", "guarded", "unguarded",
]  # fmt: skip


TOKEN = "token"  # noqa: S105 - a name
"""Field of a reader's token, in addresses of the service."""

CONFIRM = "confirm"
"""Field of the token by which somebody confirms, in letters of the service."""
PASSED_ON = ("issue_title", "issue_url")
"""Fields of the issue that a reader passes on, in a letter of the service."""
OPEN = (TOKEN, CONFIRM, *PASSED_ON)
"""Fields without a fallback, written ``@@name@@``: no text of an editor can have one (C5)."""

FIELD = re.compile(r"@@([a-z][a-z0-9_]*)(?: or |%20or%20)([^@\n]*?)@@")
"""A merge field: name, and what stands there for a reader who lacks it; in an address the blanks are encoded."""
GUARD = "\ufdd0"
_PAIR = re.compile("@(?=@)")
_IN_ADDRESS = "%EF%B7%90"
_GUARDED = re.compile(f"@(?:{GUARD}|{_IN_ADDRESS})")


def guarded(text: str) -> str:
    """The text with guards between its at-signs, so that none is taken for a part of a field."""
    return _PAIR.sub(f"@{GUARD}", text) if "@@" in text else text


def unguarded(text: str) -> str:
    """The text as it is shown, once its fields are filled."""
    return _GUARDED.sub("@", text) if GUARD in text or _IN_ADDRESS in text else text


# Words for an editor to replace in a new issue. No issue that still has one is sent (D23).
DESCRIPTION = "Say here in one sentence what a reader gets from this issue; inboxes show it beside the subject."
OPENING = "Write the opening here: what one of us saw, did or was told, and what it is good for."
ACTION = "Name here the one thing to do"
NAME = "Name here what this block is about"
ACTION_WHY = "Say in a sentence why it is worth ten minutes."
ACTION_STEPS = ("Write the first step here.", "Write the second step here.")

SENTENCES = (DESCRIPTION, OPENING, ACTION, NAME, ACTION_WHY, *ACTION_STEPS)
