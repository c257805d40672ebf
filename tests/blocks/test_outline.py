"""Lists and quotations that are found without a parser are those that markdown-it finds."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown import Markdown

from tests.sample import ROOT
from tipsheet.blocks.containers import ContainerPreprocessor, Containers
from tipsheet.blocks.outline import outline
from tipsheet.blocks.passages import normalised

LINES = st.sampled_from([
    "text", "text  ", "Two words.", "- a", "- b", "- x  ", "* c", "* **b** x", "+ d", "1. one", "2. two", "7) x",
    "0. z", "007. x", "> q", "> r", ">s", ">", "- ", "-", "---", "***", "* ***", "- ---", "- ***", "* * *", "___",
    "===", "# h", "    code", "  - n", "`c` d", "*em*", "**b**", "[a]: /x", "[a](x)", "2024 was", "10. ten", "- 1. x",
    "- - y", "- > z", "> - z", "> 1) z", "> # h", "> ---", "| a | b |", "\ufdd00\ufdd1", "- # h", "- [ ] t", "\\- x",
    "- *", "-- x", "+1", "\xa0x", "- \xa0x", "- 2024 was", "123456789. x", "1234567890. x", "```", "- ```", "<div>",
    "- <b>", "a\tb",
])  # fmt: skip
TEXTS = st.lists(st.tuples(LINES, st.sampled_from(["\n", "\n\n", "\n\n\n", "\n \n"])), max_size=8)


def lines_of(text: str) -> list[str]:
    return [*normalised(text).split("\n"), "", ""]


def parsed(text: str) -> tuple[list[str], Containers]:
    found = Containers()
    return ContainerPreprocessor(Markdown(), found).parsed(lines_of(text)), found


def outlined(text: str) -> tuple[list[str], Containers] | None:
    stretches, found = outline("\n".join(lines_of(text))), Containers()
    if stretches is None:
        return None
    return ContainerPreprocessor(Markdown(), found).outlined(lines_of(text), stretches), found


@settings(deadline=None, max_examples=1000)
@given(TEXTS.map(lambda pairs: "".join(line + end for line, end in pairs)))
@example("- # h\n\n- # h\n")
@example("text\n\n- a\n- b\n\n\n1. c\n\n> q\n")
def test_any_text_gives_the_same(text: str) -> None:
    assert outlined(text) in (None, parsed(text))


@pytest.mark.parametrize("file", sorted((ROOT / "content").rglob("*.md")), ids=lambda file: file.name)
def test_the_sample_gives_the_same(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert outlined(text) in (None, parsed(text))


def test_a_plain_text_needs_no_parser() -> None:
    found = outline("# Head\n\nText\nand more.\n\n- One\n- Two\n\n> Said.\n> So.\n\n1. a\n\n2. b\n\nEnd.")
    assert found is not None
    assert [(one.sign, one.items, one.tight) for one in found if one.sign] == [
        ("-", ("One", "Two"), True),
        (">", (), True),
        (".", ("a", "b"), False),
    ]
