"""The pages of the reference: each is a function that returns its text and one line in the table `PAGES`.

Names, types, defaults and sentences come from where the program itself reads them.
"""

from collections.abc import Callable, Mapping

from docs.reference.pages.changes import approvals, changes, rehearsals
from docs.reference.pages.commands import commands, examinations
from docs.reference.pages.content import blocks, headers
from docs.reference.pages.dialect import dialect
from docs.reference.pages.files import files
from docs.reference.pages.hooks import hooks
from docs.reference.pages.limits import limits
from docs.reference.pages.personal_data import personal_data
from docs.reference.pages.problems import problems
from docs.reference.pages.rules import rules
from docs.reference.pages.settings import settings
from docs.reference.pages.templates import templates
from docs.reference.pages.words import words

__all__ = ["PAGES"]

PAGES: Mapping[str, Callable[[], str]] = {
    "commands.md": commands,
    "changes.md": changes,
    "rehearsals.md": rehearsals,
    "approvals.md": approvals,
    "examinations.md": examinations,
    "settings.md": settings,
    "headers.md": headers,
    "blocks.md": blocks,
    "dialect.md": dialect,
    "rules.md": rules,
    "problems.md": problems,
    "templates.md": templates,
    "words.md": words,
    "files.md": files,
    "limits.md": limits,
    "hooks.md": hooks,
    "personal-data.md": personal_data,
}
