"""Documents lead where they say, name code that exists, and name nothing of one machine."""

import re
from pathlib import Path

import pytest

from tests.docs.documents import DOCUMENTS, anchors, links, name_of, prose
from tests.sample import ROOT

OURS = re.compile(
    r"(?<![\w.])/(?:work|root|home|Users|tmp|mnt)/|[A-Z]:\\\\Users|\bpypi\b|pythonhosted|npmjs|index-url",
    re.IGNORECASE,
)
CODE = re.compile(r"`([\w./-]+\.py)(?:::\w+)?`")

documents = pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)


def target_of(document: Path, link: str) -> tuple[Path, str]:
    path, _, fragment = link.partition("#")
    return (document.parent / path).resolve() if path else document, fragment


@documents
def test_links_lead_somewhere(document: Path) -> None:
    for link in links(document):
        if link.startswith(("https://", "mailto:")):
            continue
        target, fragment = target_of(document, link)
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        assert not fragment or fragment in anchors(target), link


@documents
def test_code_that_is_named_exists(document: Path) -> None:
    for name in CODE.findall(prose(document)):
        assert (ROOT / name).is_file() or (ROOT / "tipsheet" / name).is_file(), name


@documents
def test_nothing_is_of_one_machine(document: Path) -> None:
    assert OURS.findall(document.read_text("utf-8")) == []


def test_the_index_names_every_document() -> None:
    index = ROOT / "docs/README.md"
    named = {target_of(index, link)[0] for link in links(index)}
    assert {file for file in (ROOT / "docs").rglob("*.md") if file != index} <= named
