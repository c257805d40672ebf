"""What is wrong with a finished letter: the checklist of the e-mail as far as a document shows it.

Code TS4nn is item Enn of the list. Every letter that the build makes is read here, with the
publication's own templates or somebody's overrides; `CHECKS` is the table of what is looked for.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

import lxml.html

from tipsheet.problems import Problem, Where
from tipsheet.rendering.email.lint_contrast import contrasts
from tipsheet.rendering.email.lint_markup import (
    active_content,
    headings,
    images,
    languages,
    links,
    size,
    tables,
)  # fmt: skip
from tipsheet.rendering.email.lint_office import balance, cells, schemes, word
from tipsheet.rendering.email.lint_style import attributes, features, sheets
from tipsheet.rendering.email.lint_words import Document, Finding, fields, imprint, preheader, text_part
from tipsheet.settings import Settings

__all__ = ["CHECKS", "CODES", "lint"]

CODES: Mapping[str, str] = {
    "TS401": "every part of the letter says its language and direction",
    "TS402": "layout tables say that they are none, data tables say what their heads are for",
    "TS403": "there is one h1, and the document's title is the subject",
    "TS404": "pictures have a text, a width in px, an https address and a type that mail programs show",
    "TS405": "links are underlined and say where they lead",
    "TS406": "texts can be read on their ground, in light and in dark",
    "TS407": "the letter is smaller than what Gmail cuts off",
    "TS408": "style sheets hold nothing that makes a mail program drop them",
    "TS409": "the letter is complete without its style sheets",
    "TS410": "elements nest rightly, also for Outlook, and what it cannot pad is a table cell",
    "TS411": "colours have six digits",
    "TS412": "dark colours are there for every program that knows of them",
    "TS413": "the line that inboxes show is there, hidden, and 40 to 130 characters long",
    "TS414": "nothing runs, tracks, or leads to a place inside the letter",
    "TS415": "the text part says the same in plain words",
    "TS417": "the subject is one line",
    "TS418": "every style attribute can be read",
    "TS419": "elements and properties are those that Gmail, Outlook and Apple Mail know",
    "TS421": "the postal address and the way to unsubscribe are there",
}
"""What each code asks for, in one sentence."""

CHECKS: tuple[Callable[[Document], Iterable[Finding]], ...] = (
    languages, tables, headings, images, links, contrasts, size, sheets, attributes, features, word, balance, cells,
    schemes, preheader,
    active_content, text_part, fields, imprint,
)  # fmt: skip


def lint(html: str, text: str, *, subject: str, settings: Settings, where: Where) -> tuple[Problem, ...]:
    """The problems of one letter, as it is sent; each finding once, in the order of the list."""
    document = Document(
        html=html, text=text, subject=subject, settings=settings, root=lxml.html.document_fromstring(html)
    )

    def found() -> Iterator[Problem]:
        for check in CHECKS:
            for finding in check(document):
                yield Problem(where, finding.code, finding.message, finding.hint, finding.severity)

    return tuple(dict.fromkeys(found()))
