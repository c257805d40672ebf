"""The files of words: complete, without a word too many, and with the same values in every language."""

import re
import string
import tomllib
from pathlib import Path

import pytest
from babel import Locale

import tipsheet
from tipsheet.model.frequency import FREQUENCIES
from tipsheet.words import ENGLISH, words_of

PACKAGE = Path(tipsheet.__file__).parent
FILES = sorted((PACKAGE / "words").glob("*.toml"))
SOURCES = {
    "service": ("web/**/*.py", "rendering/service/*.py"),
    "settings": ("settings/*.py",),
    "site": ("site/*.py", "templates/site/**/*.html"),
    "frequencies": (),
    "letters": ("rendering/*.py", "rendering/[!s]*/**/*.py", "templates/email/*.html"),
    "pages": ("templates/service/**/*.html",),
    "mails": ("templates/email/service/*.html",),
}
"""Files that ask for the words of each subject."""
ASKED = re.compile(
    r"""(?<![a-z])_?(?:words|said)(?:_of\([^)]*\)|\((?:settings|[\w.]*masthead)\))?(\.count|\.html)?\(\s*["']([a-z0-9_]+)["']""",
    re.IGNORECASE,
)
CHOSEN = {
    "letters": {"action": False, "action_undated": False},
    "frequencies": dict.fromkeys(FREQUENCIES, False),
}
"""Words that are asked for by a name that is worked out."""


def asked_for(subject: str) -> dict[str, bool]:
    """Names of the words that the program and its templates ask for, and whether they are counted."""
    files = [file for pattern in SOURCES[subject] for file in PACKAGE.glob(pattern)]
    found = [hit for file in files for hit in ASKED.findall(file.read_text("utf-8"))]
    return {name: method == ".count" for method, name in found} | CHOSEN.get(subject, {})


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_word_asked_for_exists_and_none_is_unused(file: Path) -> None:
    tables = tomllib.loads(file.read_text("utf-8"))
    assert {
        subject: {name: isinstance(text, dict) for name, text in table.items()} for subject, table in tables.items()
    } == {subject: asked_for(subject) for subject in SOURCES}


@pytest.mark.parametrize("subject", SOURCES)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_word_is_filled_with_the_same_values_in_every_language(file: Path, subject: str) -> None:
    def values(language: str) -> dict[str, set[str]]:
        texts = words_of(language, subject).texts
        forms = {name: [text] if isinstance(text, str) else text.values() for name, text in texts.items()}
        return {
            n: {p[1] for form in found for p in string.Formatter().parse(form) if p[1]} for n, found in forms.items()
        }

    assert values(file.stem) == values(ENGLISH)


def test_a_language_without_a_file_has_english_words() -> None:
    assert words_of("xx", "service").texts == words_of("en_GB", "service").texts == words_of(ENGLISH, "service").texts


def test_a_number_has_its_form() -> None:
    words = words_of(ENGLISH, "service")
    assert (words.count("minutes", 1), words.count("minutes", 10)) == ("1 minute", "10 minutes")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_text_with_forms_has_one_for_each_number_that_a_page_may_name(file: Path) -> None:
    plural = Locale.parse(file.stem, sep="-").plural_form
    used = {plural(number) for number in range(10_000)} | {"other"}
    tables = tomllib.loads(file.read_text("utf-8"))
    forms = {
        f"{s}.{n}": set(text) for s, table in tables.items() for n, text in table.items() if isinstance(text, dict)
    }
    assert forms == dict.fromkeys(forms, used)
