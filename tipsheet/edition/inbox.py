"""The line of a letter in an inbox: sender, subject and the preheader beside it, cut where programs cut them.

Programs cut at a width in pixels, and letters are not equally wide. The widths here are columns of ordinary text, as
people have counted them on devices; they are approximate. An ideograph or an emoji takes two columns. A text is cut
between what a reader sees as characters (extended grapheme clusters, UAX 29).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from wcwidth import iter_graphemes, wcswidth

__all__ = ["PROGRAMS", "InboxLine", "MailProgram", "columns", "cut", "inbox_lines"]

_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailProgram:
    """A program's inbox: columns of the sender, the subject and the preheader.

    Where ``shared`` is set, subject and preheader stand in one line of so many columns.
    """

    name: str
    title: str
    sender: int = 25
    subject: int
    preheader: int
    shared: int = 0


# Sources, looked at in November 2026. Apple Mail on an iPhone, and the 33 columns of the narrowest, Gmail on a Pixel 7:
# "How Long Can a Subject Line Be?", emailtooltester.com, who counted on devices. Gmail on an iPhone and in a browser,
# Outlook on Windows: lettercounter.org, "Email Subject Line Length". Apple Mail on a Mac and Outlook on a phone:
# typecount.com, "Email Subject Line Length". Senders (20 to 25) and preheaders on phones (40 to 100): campaign.name,
# "Email Subject Line Tester". Preheaders of Outlook (about 55), Gmail (90) and Apple Mail (140): newsletrix,
# "Preheader Optimizer"; in Gmail's browser they share a line with the subject.
PROGRAMS = (
    MailProgram(name="apple-phone", title="Apple Mail, iPhone", subject=48, preheader=99),
    MailProgram(name="gmail-iphone", title="Gmail, iPhone", subject=37, preheader=40),
    MailProgram(name="gmail-android", title="Gmail, Android", subject=33, preheader=40),
    MailProgram(name="gmail-web", title="Gmail, browser", sender=20, subject=70, preheader=90, shared=140),
    MailProgram(name="apple-mac", title="Apple Mail, Mac", subject=64, preheader=140),
    MailProgram(name="outlook-windows", title="Outlook, Windows", subject=60, preheader=55),
    MailProgram(name="outlook-phone", title="Outlook, phone", subject=38, preheader=80),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxLine:
    """A line as one program shows it; ``cut`` names the parts that did not fit."""

    client: str
    title: str
    sender: str
    subject: str
    preheader: str
    cut: tuple[str, ...]


def inbox_lines(sender: str, subject: str, preheader: str) -> Iterator[InboxLine]:
    """The line in each program's inbox."""
    parts = {"from": _plain(sender), "subject": _plain(subject), "preheader": _plain(preheader)}
    for program in PROGRAMS:
        shown = {
            "from": cut(parts["from"], program.sender),
            "subject": cut(parts["subject"], program.subject),
        }
        room = program.preheader
        if program.shared:
            room = max(0, program.shared - columns(shown["subject"]))
        shown["preheader"] = cut(parts["preheader"], room)
        yield InboxLine(
            client=program.name,
            title=program.title,
            sender=shown["from"],
            subject=shown["subject"],
            preheader=shown["preheader"],
            cut=tuple(name for name, text in parts.items() if shown[name] != text),
        )


def cut(text: str, room: int) -> str:
    """The text in ``room`` columns, with an ellipsis in the last one where something is missing."""
    if columns(text) <= room:
        return text
    kept, used = "", 0
    for cluster in iter_graphemes(text):
        used += columns(cluster)
        if used > room - 1:
            break
        kept += cluster
    return f"{kept.rstrip()}{_ELLIPSIS}" if room else ""


def columns(text: str) -> int:
    """Columns of a text on one line; a control character takes one, as the box that is drawn for it."""
    if _ONE_EACH.fullmatch(text):
        return len(text)
    return sum(max(wcswidth(cluster), 0) if wcswidth(cluster) >= 0 else 1 for cluster in iter_graphemes(text))


_ONE_EACH = re.compile(r"[ -~\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027\u2030-\u205e€]*")
"""Texts of most European languages, whose columns need not be looked up."""


def _plain(text: str) -> str:
    return " ".join(text.split())
