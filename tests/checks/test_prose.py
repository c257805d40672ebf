"""Spelling and grammar, by the real Harper: what is told, where, and what is left alone (X4)."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.conftest import Write
from tests.folders import MKDOCS, issue
from tests.sample import NOW, ROOT
from tipsheet import press
from tipsheet.checks.prose import readable, spell
from tipsheet.last_check import check
from tipsheet.lexicon import listed_in, own_words
from tipsheet.places import SourceText

HARPER = pytest.importorskip("harper")
TIP = "content/tipsheets/2026/2026-11-17-ask.md"


def told(text: str, language: str = "en", words: frozenset[str] = frozenset()) -> list[str]:
    """The findings of a body as ``line:col CODE word``."""
    return [
        f"{p.where.line}:{p.where.col} {p.code} {p.message.split(chr(39))[1]}"
        for p in spell(SourceText("a.md", text), language, words)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Did you recieve\nthe lettr?", ["1:9 TS260 recieve", "2:5 TS260 lettr"]),
        ("\N{GRINNING FACE} **Did** you [_recieve_ it](https://x.example/recieve)?", ["1:17 TS260 recieve"]),
        ("It took a hour.", ["1:9 TS261 a"]),
        ("He saw the\nthe cat.", ["1:8 TS261 the the"]),
        ("    lettr\n\n`lettr` and\n\n```\nlettr\n```\n\n<!-- lettr -->\n", []),
        ("Hello @@first_name or lettr@@, lettr@x.example, https://x.example/lettr and <b class=lettr>it</b>.", []),
        ("See the `first` the second.", []),
        ("See [it][lettr] and this[^lettr].\n\n[lettr]: lettr.md\n\n[^lettr]: It is.\n", []),
        ("/// action | Ask a lettr { id=lettr tags=lettr }\n\nIt.\n\n///", ["1:20 TS260 lettr"]),
        ("/// only | lettr\n\nIt.\n\n///", []),
        ("| the | the |\n| --- | --- |\n| the | the |", []),
        ("![A lettr](lettr.png){ .lettr } &lettr; :lettr:", ["1:5 TS260 lettr"]),
        ("At 5k, 10am, T17, r and NASAX, she had had it that that day.", []),
    ],
)
def test_what_readers_read_is_looked_at_and_nothing_else(text: str, expected: list[str]) -> None:
    assert told(text) == expected


def test_a_finding_names_the_likely_word() -> None:
    (found,) = spell(SourceText("a.md", "Did you recieve it?"), "en", frozenset())
    assert found.message == "'recieve' is no word that the dictionary has"
    assert found.hint.startswith("perhaps 'receive' or ")


@pytest.mark.parametrize(
    ("language", "unknown"),
    [("en", []), ("en-GB", ["1:3 TS260 color"]), ("en-US", ["1:10 TS260 colour"]), ("en-ZA", [])],
)
def test_a_region_chooses_the_spelling(language: str, unknown: list[str]) -> None:
    assert told("A color, colour.", language) == unknown


def test_words_of_the_list_are_right(tmp_path: Path) -> None:
    assert own_words(tmp_path) == frozenset()
    (tmp_path / "words.txt").write_text("\ufeff# names\nWerkspoor # a hall\n\nlettr\r\n", "utf-8")
    words = own_words(tmp_path)
    assert words == {"Werkspoor", "lettr"}
    text = "Lettr and Werkspoor\N{RIGHT SINGLE QUOTATION MARK}s lettr's werkspoor."
    assert told(text, "en", words) == ["1:31 TS260 werkspoor"]


def test_a_text_keeps_its_places() -> None:
    for path in sorted((ROOT / "content").rglob("*.md")):
        source = SourceText(str(path), path.read_text("utf-8"))
        assert len(readable(source)) == len(source.text)
        assert [n for n, sign in enumerate(readable(source)) if sign == "\n"] == [
            n for n, sign in enumerate(source.text) if sign == "\n"
        ]


def test_rules_of_the_list_are_there() -> None:
    assert listed_in("en", "prose_rules") <= HARPER.get_default_lint_config().keys()


def codes(root: Path) -> list[str]:
    return [f"{p.where}: {p.code}" for p in press.check(root, now=NOW).problems if p.code in ("TS260", "TS261")]


def test_authors_segments_and_the_name_of_the_publication_are_known(publication: Write) -> None:
    config = MKDOCS.replace("Around Toronto", "Around Krommenie").replace("The Test Sheet\n", "The Testt Sheet\n", 1)
    authors = "ada: {name: Ada Inglthorp}\nbo: {name: Bo Guest}\n"
    body = "Ada Inglthorp of the Testt Sheet went to Krommenie."
    assert codes(publication({"mkdocs.yml": config, "content/authors.yml": authors, TIP: issue(body=body)})) == []


def test_issues_that_are_out_and_other_languages_are_left_alone(publication: Write) -> None:
    old = "content/tipsheets/2026/old.md"
    texts = {TIP: issue(body="A lettr."), old: issue(body="A lettr.", id="old", date="2026-06-02")}
    assert codes(publication(texts)) == [f"{TIP}:9:3: TS260"]
    german = MKDOCS.replace("font: false", "font: false\n  language: de")
    root = publication({**texts, "mkdocs.yml": german})
    assert codes(root) == []
    assert check(root, now=NOW, environ={}).more == ()


def test_it_does_not_run_where_both_codes_are_off(publication: Write) -> None:
    config = MKDOCS.replace("      tagline", "      lint: {TS260: off, TS261: off}\n      tagline", 1)
    root = publication({"mkdocs.yml": config, TIP: issue(body="A lettr.")})
    assert (codes(root), check(root, now=NOW, environ={}).more) == ([], ())


def test_a_draft_is_looked_at(publication: Write) -> None:
    assert codes(publication({TIP: issue("draft: true\n", body="A lettr.")})) == [f"{TIP}:10:3: TS260"]


def test_what_is_remembered_follows_the_list(publication: Write) -> None:
    root = publication({TIP: issue(body="A lettr.")})

    def found() -> set[str]:
        checked = check(root, now=NOW, environ={})
        assert checked.more == ("spelling and grammar",)
        return {p.code for p in checked.problems} & {"TS260"}

    assert found() == found() == {"TS260"}
    (root / "words.txt").write_text("lettr\n")
    assert found() == found() == set()
    (root / "words.txt").unlink()
    assert found() == {"TS260"}


@pytest.mark.parametrize("installed", [True, False])
def test_without_harper_it_does_not_run_and_is_not_said_to(publication: Write, installed: bool) -> None:
    """Without it as in an environment that has everything else: a path of Python on which only it is missing."""
    root = publication({TIP: issue(body="A lettr.")})
    hidden = """
        import sys
        from importlib.machinery import PathFinder

        class Without(PathFinder):
            @classmethod
            def find_spec(cls, name, *rest):
                return None if name == "harper" else super().find_spec(name, *rest)

        sys.meta_path[sys.meta_path.index(PathFinder)] = Without
    """
    program = ("" if installed else textwrap.dedent(hidden)) + "from tipsheet.cli import main\nmain()"
    said = subprocess.run(
        [sys.executable, "-c", program, "check", "--now", "2026-11-21", "--format", "json"],
        cwd=root, env=dict(os.environ), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    assert ("spelling and grammar" in said.stdout, "TS260" in said.stdout) == (installed, installed)


def test_the_sample_is_clean() -> None:
    assert codes(ROOT) == []
