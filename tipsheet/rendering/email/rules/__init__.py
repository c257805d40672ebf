"""Rules for finished letters: the checklist of the e-mail as far as a document shows it.

Code TS4nn is item Enn of the list, from TS430 there are more. Every letter that the build makes is read
here, with the publication's own templates or somebody's overrides.
"""

from collections.abc import Callable, Iterable, Iterator

import lxml.html

from tipsheet.problems import Problem, Where
from tipsheet.rendering.email.rules import content, styles
from tipsheet.rendering.email.rules.letter import SentLetter, Violation
from tipsheet.settings import Settings

__all__ = ["RULES", "Rule", "lint"]

Rule = Callable[[SentLetter], Iterable[Violation]]

RULES: tuple[Rule, ...] = (
    content.languages,
    content.tables,
    content.headings,
    content.images,
    content.links,
    styles.contrasts,
    content.size,
    styles.sheets,
    styles.attributes,
    styles.elements,
    content.word,
    content.balance,
    content.cells,
    styles.schemes,
    content.preheader,
    content.active_content,
    content.text_part,
    content.fields,
    content.imprint,
)
"""The rules, in the order in which they report. A new one is a function in a module, and its name here."""


def lint(
    html: str, text: str, *, subject: str, settings: Settings, where: Where, leave: bool = True
) -> tuple[Problem, ...]:
    """The problems of one letter, as it is sent; each once, in the order of the rules.

    ``where`` is the issue's place; the evidence of a violation leads to its own. ``leave`` says that the letter goes
    to somebody who is on the list, and so must say how to unsubscribe.
    """
    letter = SentLetter(
        html=html, text=text, subject=subject, settings=settings, root=lxml.html.document_fromstring(html), leave=leave
    )

    def found() -> Iterator[Problem]:
        for rule in RULES:
            for one in rule(letter):
                yield Problem(where, one.code, one.message, one.hint, evidence=one.evidence)

    return tuple(dict.fromkeys(found()))
