"""A kind of block is one file and one line of the registry, and then stands in every output."""

import ast
import json
from email import message_from_bytes, policy
from pathlib import Path
from typing import get_args

import pytest
from lxml import etree

from tests.folders import issue, write_publication
from tests.sample import ROOT
from tests.scratch import Scratch, scratch
from tipsheet.blocks.kind import Argument, BlockKind, as_prose
from tipsheet.fields import Table
from tipsheet.model.body import Content

QUIZ = '''"""``/// quiz | Which question came first?``."""

from pydantic import Field

from tipsheet.blocks.kind import Argument, BlockKind
from tipsheet.fields import AudienceField, OneLine, Table
from tipsheet.model.audience import EVERYONE

__all__ = ["QUIZ"]


class QuizOptions(Table):
    """Options of a quiz."""

    answer: OneLine | None = Field(None, description="The answer, for the editor")
    audience: AudienceField = Field(EVERYONE, alias="for", description="Segments that are asked")


QUIZ = BlockKind(
    name="quiz",
    argument=Argument.TITLE,
    options=QuizOptions,
    summary="A question with its answers.",
    example="/// quiz | Which question came first?\\n\\nThe second.\\n\\n///",
)
'''
BODY = """\
For all.

/// quiz | Why & how { answer="nobody is told" }

Because [nobody](https://nobody.example/) *knows*.

///

/// quiz | For managers { for=managers }

Their secret.

///
"""
ABOUT = "# About\n\n/// quiz | On a page\n\nOf ours.\n\n///\n"
TITLE, TEXT, SECRET = "Why &amp; how", "knows", "Their secret"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Scratch:
    """The program with quizzes: a file, and a line in the registry with its import."""
    copy = scratch(tmp_path_factory.mktemp("program"))
    copy.write("tipsheet/blocks/quiz.py", QUIZ)
    action = "from tipsheet.blocks.action import ACTION\n"
    copy.register("tipsheet/blocks/__init__.py", action, f"{action}from tipsheet.blocks.quiz import QUIZ\n")
    copy.register("tipsheet/blocks/__init__.py", "(ACTION, EVENT, ONLY)", "(ACTION, EVENT, ONLY, QUIZ)")
    return copy


@pytest.fixture(scope="module")
def publication(program: Scratch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A publication with quizzes, built."""
    files = {"content/tipsheets/2026/2026-11-17-ask.md": issue(body=BODY), "content/about.md": ABOUT}
    folder = write_publication(tmp_path_factory.mktemp("publication"), files)
    built = program.tipsheet("build", folder=folder)
    assert (built.returncode, "TS" in built.stderr) == (0, False), built.stderr
    return folder


def read(folder: Path, pattern: str) -> str:
    (file,) = folder.glob(pattern)
    return file.read_text("utf-8")


@pytest.mark.parametrize(
    "output",
    [
        "site/issues/*/index.html",
        "site/feed.xml",
        "site/feed.json",
        "site/api/issues.json",
        "site/search/search_index.json",
    ],
)
def test_it_stands_where_everyone_reads(publication: Path, output: str) -> None:
    text = read(publication, output)
    if output.endswith("json"):
        text = "\n".join(strings(json.loads(text)))
    elif output.endswith("xml"):
        text = "\n".join(etree.fromstring(text.encode()).itertext())
    assert TITLE in text
    assert TEXT in text
    assert SECRET not in text


def strings(value: object) -> list[str]:
    """Every text in a JSON document."""
    match value:
        case str():
            return [value]
        case list():
            return [text for part in value for text in strings(part)]
        case dict():
            return [text for part in value.values() for text in strings(part)]
        case _:
            return []


def test_data_tell_its_kind(publication: Path) -> None:
    (record,) = json.loads(read(publication, "site/api/issues.json"))["issues"]
    assert [(block["kind"], block["title"]) for block in record["blocks"]] == [("quiz", "Why & how")]


def test_it_stands_in_letters(publication: Path) -> None:
    everyone, managers = (
        message_from_bytes(read(publication, f"outbox/2026-*/{name}.eml").encode(), policy=policy.default)
        for name in ("everyone", "managers")
    )
    for letter, secret in ((everyone, False), (managers, True)):
        html, text = (letter.get_body((kind,)) for kind in ("html", "plain"))
        assert html is not None
        assert text is not None
        assert all(words in html.get_content() for words in (TITLE, TEXT))
        assert all(words in text.get_content() for words in ("Why & how", TEXT))
        assert (SECRET in html.get_content(), SECRET in text.get_content()) == (secret, secret)


def test_it_stands_on_an_ordinary_page(publication: Path) -> None:
    page = read(publication, "site/about/index.html")
    assert '<section class="ts-quiz">\n<p class="ts-quiz-title">On a page</p>\n<p>Of ours.</p>\n</section>' in page


def test_its_mistakes_are_told(program: Scratch, tmp_path: Path) -> None:
    body = "/// quiz | Which { answr=b }\n\n///\n\n/// quis | Which\n\n///\n"
    folder = write_publication(tmp_path, {"content/tipsheets/2026/2026-11-17-ask.md": issue(body=body)})
    found = program.tipsheet("check", folder=folder).stdout
    assert "TS004 unknown key 'answr' in 'quiz' (did you mean 'answer'?)" in found
    assert "TS101 unknown block 'quis' (did you mean 'quiz'?)" in found


def test_the_docs_and_explain_list_it(program: Scratch) -> None:
    assert "quiz" in program.tipsheet("explain", "TS101").stdout
    assert program.python("docs/reference/generate.py").returncode == 0
    section = (program.root / "docs/reference/blocks.md").read_text("utf-8").partition("\n## quiz\n")[2]
    assert "/// quiz | Which question came first?" in section
    assert "| `answer` |" in section


def test_a_value_of_a_new_class_is_a_type_error_where_it_is_forgotten() -> None:
    """A match over the values that blocks make ends in `assert_never`."""
    classes = {kind.__name__ for kind in get_args(Content)}
    for file in (ROOT / "tipsheet").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Match):
                named = {ast.unparse(one.pattern).partition("(")[0] for one in node.cases}
                last = ast.unparse(node.cases[-1])
                assert not named & classes or "assert_never" in last, f"{file}:{node.lineno}"


def test_no_block_stands_inside_a_value() -> None:
    """K1: a value has one audience, and a block in it may be meant for fewer readers."""
    with pytest.raises(ValueError, match="no block can stand inside"):
        BlockKind(
            name="box",
            argument=Argument.TITLE,
            options=Table,
            content=as_prose,
            holds=frozenset({"only"}),
            example="",
            summary="",
        )
