"""The examples of the CommonMark specification as texts of a publication: the same, or told (C19, X4, K8)."""

import re
import sys
from collections import Counter

import pytest

from tests.folders import article, write_publication
from tests.sample import NOW
from tests.witness.commonmark import SPECIFICATION, Example, examples, outline
from tipsheet.model.audience import PUBLIC
from tipsheet.press import check
from tipsheet.problems import Problem
from tipsheet.witness import KINDS

pytestmark = pytest.mark.node
OUTCOMES = ("same", "told", "silent")
SITE = re.compile(r"""((?:href|src)=["'])site:""")
FLOOR = 641
"""So many come out the same; the number may only rise."""


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Example, str, list[Problem]]]:
    """Each example, our HTML of it, and what `check` says about its file."""
    if not SPECIFICATION.is_file():
        pytest.skip("the specification is not there: npm install commonmark-spec, and TIPSHEET_NODE_MODULES")
    every = list(examples())
    files = {name(e): article(body=e.text, id=f"e{e.number}", title=f"Example {e.number}") for e in every}
    prepared = check(write_publication(tmp_path_factory.mktemp("commonmark"), files), now=NOW)
    assert prepared.publication is not None
    html = {post.id: post.body.prose(PUBLIC) for post in prepared.publication.articles}
    return [(e, html[f"e{e.number}"], [p for p in prepared.problems if p.where.path == name(e)]) for e in every]


def name(example: Example) -> str:
    return f"content/articles/example-{example.number}.md"


def outcome(example: Example, html: str, problems: list[Problem]) -> str:
    if outline(SITE.sub(r"\1/", html)) == outline(example.html):
        return "same"
    return "told" if any(p.code in KINDS for p in problems) else "silent"


def test_nothing_is_changed_in_silence(read: list[tuple[Example, str, list[Problem]]]) -> None:
    """C19: as CommonMark has it, or a finding of the witness; the table is printed with ``-s``."""
    table = Counter((example.section, outcome(example, html, problems)) for example, html, problems in read)
    total = Counter(word for (_, word), count in table.items() for _ in range(count))
    rows = [(section, [table[section, word] for word in OUTCOMES]) for section in dict.fromkeys(s for s, _ in table)]
    for section, counts in [*rows, ("All", [total[word] for word in OUTCOMES])]:
        sys.stdout.write(
            f"{section:42}" + "".join(f"{word:>8} {n:3}" for word, n in zip(OUTCOMES, counts, strict=True)) + "\n"
        )
    assert [example.number for example, html, problems in read if outcome(example, html, problems) == "silent"] == []
    assert total["same"] >= FLOOR


def test_what_is_the_same_is_not_told(read: list[tuple[Example, str, list[Problem]]]) -> None:
    """X4: a wrong warning costs the right ones their readers."""
    told = [
        (example, [p for p in problems if p.code in KINDS])
        for example, html, problems in read
        if outcome(example, html, problems) == "same"
    ]
    assert [(example.number, str(p)) for example, problems in told for p in problems] == []
