"""E24: a logo is seen in both schemes, in letters and on pages."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.pictures.made import mark
from tests.site.builders import settings
from tipsheet.checks.picture_files import unseen_logos

INK, WHITE, GOLD, CLEAR = "#14211D", "#FFFFFF", "#F7BE3B", None


@pytest.mark.parametrize(
    ("light", "dark", "schemes"),
    [
        ((INK, CLEAR), None, ["dark"]),
        ((WHITE, CLEAR), None, ["light"]),
        ((GOLD, CLEAR), None, ["light"]),
        ((INK, CLEAR), (WHITE, CLEAR), []),
        ((INK, CLEAR), (INK, CLEAR), ["dark"]),
        ((INK, WHITE), None, []),
        ((WHITE, INK), None, []),
        ((INK, INK), None, ["dark"]),
        ((WHITE, WHITE), None, ["light"]),
        (("#767676", CLEAR), None, []),
    ],
)
def test_what_is_not_seen_is_told(
    tmp_path: Path, light: tuple[str, str | None], dark: tuple[str, str | None] | None, schemes: list[str]
) -> None:
    """The colours of a mark and of the ground that it brings, if it does."""
    told = settings(tmp_path)
    folder = tmp_path / told.docs_dir / "images"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mark.png").write_bytes(mark(*light))
    if dark:
        (folder / "mark-dark.png").write_bytes(mark(*dark))
    names = {"logo": "images/mark.png", "logo_dark": "images/mark-dark.png" if dark else ""}
    found = list(unseen_logos(tmp_path, replace(told, masthead=replace(told.masthead, **names))))
    assert [
        scheme for problem in found for scheme in ("light", "dark") if f"the {scheme} scheme" in problem.message
    ] == schemes
    assert {problem.code for problem in found} <= {"TS046"}


@pytest.mark.parametrize("data", [b"no picture", mark(None, None)], ids=["damaged", "nothing in it"])
def test_a_logo_without_anything_is_told_or_left_to_others(tmp_path: Path, data: bytes) -> None:
    told = settings(tmp_path)
    (tmp_path / told.docs_dir).mkdir(exist_ok=True)
    (tmp_path / told.docs_dir / "a.png").write_bytes(data)
    found = unseen_logos(tmp_path, replace(told, masthead=replace(told.masthead, logo="a.png")))
    assert len(list(found)) == (0 if data == b"no picture" else 2)
    assert list(unseen_logos(tmp_path, told)) == []
