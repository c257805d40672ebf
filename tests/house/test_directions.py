"""Style sheets say start and end, so that a script from right to left mirrors them."""

import re

import pytest

from tests.sample import ROOT

SHEETS = ("site/assets/tipsheet.css", "service/service.css", "looks/swiss.css")
PHYSICAL = re.compile(
    r"(?:margin|padding|border)-(?:left|right)\b|(?<![\w-])(?:left|right)\s*:|border-(?:top|bottom)-(?:left|right)-radius"
    r"|(?:text-align|float|clear)\s*:\s*(?:left|right)\b"
)
UNEQUAL = re.compile(r"(?<![\w-])(?:margin|padding|inset|border-width)\s*:\s*([^;{}()]+);")


@pytest.mark.parametrize("sheet", SHEETS)
def test_no_side_of_a_sheet_is_left_or_right(sheet: str) -> None:
    """The desk speaks English only and is not among these; letters mirror their own (E24)."""
    text = re.sub(r"/\*.*?\*/", "", (ROOT / "tipsheet/templates" / sheet).read_text("utf-8"), flags=re.DOTALL)
    assert PHYSICAL.findall(text) == []
    sides = [found[1].split() for found in UNEQUAL.finditer(text)]
    assert [four for four in sides if len(four) == 4 and four[1] != four[3]] == []
