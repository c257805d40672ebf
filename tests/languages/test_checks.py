"""Checks look over the words of a translation, in its language; what it shares with its original is told once."""

import pytest

from tests.conftest import Write
from tests.folders import issue
from tests.languages.builders import BODY, IN_GERMAN, TIP, files, german
from tests.languages.test_translations import NOW
from tipsheet.press import prepare
from tipsheet.preview.writer import Findings

ACTION = "/// action | {} {{ id=ask-first {}}}\n\n1. Go.\n\n///\n"
BUDGET = IN_GERMAN.replace("tagline", "word_budget: 50\n      tagline")
LONG = f"Ein {'sehr ' * 15}langer Titel"

TABLE = {
    "a title that inboxes cut": (german(title=LONG), {}, [("TS221", 2)]),
    "a description that is too short": (german(description="Kurz."), {}, [("TS220", 3)]),
    "an event that is over": (
        german().replace("///", "/// event | Treffen { starts=2026-11-01T19:00 place=Halle }\n\n///\n\n///", 1), {},
        [("TS240", 8)],
    ),
    "a heading that is not there": (
        german().replace("https://de.example/", "../../articles/long.md#nichts"), {}, [("TS502", 6)]
    ),
    "more words than the budget": (german(f"{'Wort ' * 50}\n\n{BODY}"), {"mkdocs.yml": BUDGET}, [("TS234", 2)]),
    "an action that does not begin with a verb in another language": (
        german(ACTION.format("The question", "")), {}, []
    ),
    "a due date that is told where it stands": (
        german(),
        {f"{TIP}.md": issue(body=ACTION.format("Ask", "due=2026-11-01 "))},
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_checks_of_a_translation(name: str, publication: Write) -> None:
    text, more, expected = TABLE[name]
    path = f"{TIP}.de.md"
    root = publication({**files(), **more, path: text})
    prepared = prepare(root, now=NOW, thorough=True)
    assert prepared.settings is not None
    assert prepared.publication is not None
    found = [problem for problem in prepared.problems if problem.where.path == path]
    assert [(problem.code, problem.where.line) for problem in found] == expected
    desk = Findings(root, prepared.settings, prepared.publication)
    assert list(desk(path, text.encode())) == found
