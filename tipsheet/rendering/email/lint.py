"""What is wrong with a finished letter: the checklist of the e-mail as far as a document shows it.

Code TS4nn is item Enn of the list, from TS430 there are more. Every letter that the build makes is read
here, with the publication's own templates or somebody's overrides; `CHECKS` is the table of what is looked for.
"""

from collections.abc import Callable, Iterable, Iterator

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

__all__ = ["CHECKS", "lint"]

CHECKS: tuple[Callable[[Document], Iterable[Finding]], ...] = (
    languages, tables, headings, images, links, contrasts, size, sheets, attributes, features, word, balance, cells,
    schemes, preheader,
    active_content, text_part, fields, imprint,
)  # fmt: skip


def lint(
    html: str, text: str, *, subject: str, settings: Settings, where: Where, leave: bool = True
) -> tuple[Problem, ...]:
    """The problems of one letter, as it is sent; each finding once, in the order of the list.

    ``where`` is the issue's place; the evidence of a finding leads to its own. ``leave`` says that the letter goes to
    somebody who is on the list, and so must say how to leave it.
    """
    document = Document(
        html=html, text=text, subject=subject, settings=settings, root=lxml.html.document_fromstring(html), leave=leave
    )

    def found() -> Iterator[Problem]:
        for check in CHECKS:
            for finding in check(document):
                yield Problem(where, finding.code, finding.message, finding.hint, evidence=finding.evidence)

    return tuple(dict.fromkeys(found()))
