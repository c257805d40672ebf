"""K8: reading is linear in its input, within limits that are mistakes: no text takes long, none ends in a traceback."""

import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tipsheet.reading.body import BodyReader
from tipsheet.reading.sources import Source
from tipsheet.reading.targets import Targets

LARGE = {
    "a list": ("- item\n" * 30_000, []),
    "a list of two levels": ("- item\n    - another\n" * 15_000, []),
    "paragraphs": ("A sentence about nothing much at all.\n\n" * 10_000, []),
    "one paragraph": ("A sentence about nothing much at all.\n" * 20_000, []),
    "blocks": ("/// only | managers\n\nText.\n\n///\n\n" * 3_000, []),
    "fences": ("```\ncode\n```\n\n" * 4_000, []),
    "headings": ("# Head\n\n" * 5_000, []),
    "a table": ("| a | b |\n| - | - |\n" + "| c | d |\n" * 10_000, []),
    "brackets": ("[" * 100_000, []),
    "pictures that never end": ("![a](" * 20_000, []),
    "tags that never end": ("<a " * 50_000, []),
    "emphasis": ("*a **b " * 20_000, []),
    "backslashes": ("\\" * 100_000, []),
    "code spans": ("`a``" * 20_000, []),
    "link definitions": ("[a]: /x\n" * 20_000, []),
    "footnotes": ("".join(f"Text[^{n}].\n\n[^{n}]: Note.\n\n" for n in range(500)), []),
    "quotations in each other": ("> " * 500 + "x", ["TS113"]),
    "lists in each other": ("- " * 500 + "x", ["TS113"]),
    "stairs of quotations": ("\n".join("> " * depth + "x" for depth in range(300)), ["TS113"]),
    "blocks in each other": (
        "\n\n".join([*("/" * n + " only | managers" for n in range(60, 3, -1)), *("/" * n for n in range(4, 61))]),
        ["TS104", "TS113"],
    ),
    "elements in each other": ("<div>\n\n" * 1_000, ["TS115"]),
    "inline elements in each other": ("<b>" * 1_500, ["TS115"]),
}
"""Text, and the codes of its mistakes."""


TIMES_A_LIST = 28
"""As long as a list of 30,000 lines takes; what grows with the square of its length takes hundreds of times as long."""


def spent_on(text: str, folder: Path) -> tuple[float, set[str]]:
    """Seconds of processor that reading a text takes, and the codes of its mistakes."""
    reader = BodyReader(Targets(folder, {}), ZoneInfo("UTC"), ("managers",), ())
    source = Source(path="content/a.md", name="a.md", header=None, body=text, first_line=1)
    before = time.process_time()
    found = reader.read(source, place="issue").problems
    return time.process_time() - before, {p.code for p in found}


@pytest.fixture(scope="module")
def a_list(tmp_path_factory: pytest.TempPathFactory) -> float:
    """Seconds that a list takes here and now, on a machine that may be busy."""
    return spent_on("- item\n" * 30_000, tmp_path_factory.mktemp("list"))[0]


@pytest.mark.parametrize("name", LARGE)
def test_a_large_text_is_read_soon_or_is_a_mistake(name: str, a_list: float, tmp_path: Path) -> None:
    text, codes = LARGE[name]
    spent, found = spent_on(text, tmp_path)
    assert spent < TIMES_A_LIST * a_list
    assert sorted(found) == codes
