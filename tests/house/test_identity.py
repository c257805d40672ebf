"""S19: the program speaks for any publication; the words of the sample stand in the sample alone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

import tipsheet
from tests.folders import MKDOCS

ROOT = Path(__file__).parents[2]
PACKAGE = Path(tipsheet.__file__).parent
TEXTS = {".py", ".html", ".toml", ".md", ".css", ".js", ".svg", ".yml", ".txt"}
NAMES = ("tagline", "promise", "editor", "postal_address", "words", "subscribe")
"""Settings that speak to readers; of these, sentences of four words and more count."""


def said(value: Any) -> Iterator[str]:
    match value:
        case dict():
            yield from (text for one in value.values() for text in said(one))
        case str() if value.count(" ") >= 3 and "@" not in value:
            yield value.casefold()


def identity() -> frozenset[str]:
    """The name and the sentences of the sample publication."""
    config = yaml.load((ROOT / "mkdocs.yml").read_text("utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - texts alone
    entry = next(one["tipsheet"] for one in config["plugins"] if isinstance(one, dict))
    parts = [config["site_description"], config["extra"]["segments"], *map(entry.get, NAMES)]
    return frozenset({config["site_name"].casefold(), "halfturn", *(text for part in parts for text in said(part))})


def test_no_sentence_of_the_sample_stands_in_the_program() -> None:
    words = identity()
    assert len(words) > 10
    files = [file for file in PACKAGE.rglob("*") if file.suffix in TEXTS]
    texts = {file.relative_to(PACKAGE).as_posix(): file.read_text("utf-8").casefold() for file in files}
    found = {name: [text for text in sorted(words) if text in texts[name]] for name in texts}
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_a_sentence_is_found_where_it_stands() -> None:
    assert set(said(yaml.safe_load(MKDOCS)["plugins"][1]["tipsheet"])) >= {"one fact at a time"}
