"""What the desk puts into a text is right as it is put in, and a new kind of block is among it by itself."""

import json
from pathlib import Path

import pytest

from tests.conftest import Write
from tests.folders import article, issue, write_publication
from tests.reading.test_mistakes import AROUND, NOW, TIP
from tests.scratch import scratch
from tipsheet.blocks import BLOCKS
from tipsheet.editing.insertable import CURSOR, actions, blocks, fields, links, segments
from tipsheet.editing.issues import issue_at
from tipsheet.model.publication import Publication
from tipsheet.press import prepare
from tipsheet.problems import errors_in
from tipsheet.settings import Settings

ODD = "content/articles/a (b) & c.md"


def read(root: Path) -> tuple[Publication, Settings]:
    prepared = prepare(root, now=NOW)
    assert not errors_in(prepared.problems), prepared.problems
    assert prepared.publication
    assert prepared.settings
    return prepared.publication, prepared.settings


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Publication, Settings]:
    files = {**AROUND, TIP: issue(), ODD: article(id="odd", title="Ask [me] *now*", date="2026-11-20")}
    return read(write_publication(tmp_path_factory.mktemp("publication"), files))


def put_in(write: Write, text: str) -> tuple[Publication, Settings]:
    """The publication with this text in an issue, below which nothing is wrong."""
    text = text.replace(CURSOR, "", 1)
    assert CURSOR not in text
    body = issue(body=f"Before.\n\n{text}\n\nAfter.\n").partition("---\n\n")
    return read(write({**AROUND, ODD: article(id="odd", date="2026-11-20"), TIP: "".join(body)}))


@pytest.mark.parametrize("kind", BLOCKS)
def test_a_block_of_each_kind_is_right(kind: str, found: tuple[Publication, Settings], publication: Write) -> None:
    (block,) = (one for one in blocks(*found) if one.name == kind)
    put_in(publication, block.text)
    assert block.text.startswith(f"/// {kind} | ")
    assert [option.name for option in block.options if option.required] == (["starts"] if kind == "event" else [])
    assert all(option.description for option in block.options)


def test_blocks(found: tuple[Publication, Settings]) -> None:
    texts = {one.name: one.text for one in blocks(*found)}
    assert texts["only"] == "/// only | managers\n\n⁂\n\n///"
    assert texts["event"] == ("/// event | Name here what this block is about { starts=2026-12-08 }\n\n⁂\n\n///"), (
        "the next free slot is a day that can be typed over"
    )


def test_each_merge_field_is_right(found: tuple[Publication, Settings], publication: Write) -> None:
    names = [one.name for one in fields(found[1])]
    assert {"first_name", "city", "seats"} <= set(names)
    put_in(publication, "\n\n".join(f"Dear {one.text.replace(CURSOR, 'you')}." for one in fields(found[1])))


def test_each_link_leads_to_its_file(found: tuple[Publication, Settings], publication: Write) -> None:
    offered = {one.title: one for one in links(*found, TIP)}
    assert list(offered) == ["Later", "Ask [me] *now*", "Old", "about.md"]
    assert offered["Ask [me] *now*"].text == r"[Ask \[me\] \*now\*](../../articles/a%20%28b%29%20&%20c.md)"
    after, _ = put_in(publication, "\n\n".join(one.text for one in offered.values()))
    addresses = {post.where.path: post.url for post in (*after.issues, *after.articles)} | {
        "content/about.md": "about/"
    }
    assert {addresses[one.name] for one in offered.values()} == set(issue_at(after, TIP).links)


def test_ordinary_pages_come_last(publication: Write) -> None:
    found = read(publication({"content/help/about.md": "# About\n"}))
    assert [one.text for one in links(*found, "content/help/more.md")] == [
        "[Ask one question](../tipsheets/2026/2026-11-17-ask.md)",
        "[about.md](../about.md)",
        "[help/about.md](about.md)",
    ]
    assert links(*found, "")[-1].text == "[help/about.md](content/help/about.md)"


def test_each_action_of_the_library_is_right(found: tuple[Publication, Settings], publication: Write) -> None:
    offered = {one.name: one for one in actions(found[0])}
    assert list(offered) == ["ask-first", "later", "do-it", "old"]
    for name in ("ask-first", "old"):
        after, _ = put_in(publication, offered[name].text)
        assert name in [action.id for action in issue_at(after, TIP).body.all_actions()]


def test_segments(found: tuple[Publication, Settings]) -> None:
    assert [(one.title, one.text) for one in segments(found[1])] == [
        ("Managers", "for=managers"),
        ("Sellers", "for=sellers"),
        ("Around Toronto", "for=toronto"),
    ]


KIND = '''"""The kind of block ``poll``."""

from pydantic import Field

from tipsheet.blocks.kind import Argument, BlockKind
from tipsheet.fields import Address, Day, OneLine, Table, WebAddress, Whole, Zone


class PollOptions(Table):
    """Options of a poll."""

    closes: Day = Field(description="Last day")
    seats: Whole = Field(ge=1, description="How many may answer")
    at: WebAddress = Field(description="Where to answer")
    to: Address = Field(description="Who counts")
    tz: Zone = Field(description="Where")
    prize: OneLine = Field(description="In words")
    note: OneLine | None = Field(None, description="More")


POLL = BlockKind(name="poll", argument=Argument.TITLE, options=PollOptions, example="", summary="A poll.")
'''
PROGRAM = """
import datetime as dt, json, sys
from pathlib import Path
from tipsheet.editing.insertable import blocks
from tipsheet.press import prepare
prepared = prepare(Path(sys.argv[1]), now=dt.datetime(2026, 11, 21, tzinfo=dt.UTC))
(poll,) = [one for one in blocks(prepared.publication, prepared.settings) if one.name == "poll"]
file = Path(sys.argv[1]) / sys.argv[2]
file.write_text(file.read_text() + "\\n" + poll.text.replace("⁂", "Yes or no?") + "\\n")
problems = prepare(Path(sys.argv[1]), now=dt.datetime(2026, 11, 21, tzinfo=dt.UTC)).problems
print(json.dumps({"text": poll.text, "problems": [str(one) for one in problems]}))
"""


def test_a_new_kind_of_block_has_its_button(tmp_path: Path) -> None:
    """One file and one line of the registry; each type of option gets a value that it takes."""
    program = scratch(tmp_path / "program")
    program.write("tipsheet/blocks/poll.py", KIND)
    first = "from tipsheet.blocks.only import ONLY\n"
    program.register("tipsheet/blocks/__init__.py", first, f"{first}from tipsheet.blocks.poll import POLL\n")
    program.register("tipsheet/blocks/__init__.py", "(ACTION, EVENT, ONLY)", "(ACTION, EVENT, ONLY, POLL)")
    root = write_publication(tmp_path / "publication", {TIP: issue()})
    said = program.python("-c", PROGRAM, root, TIP)
    assert said.returncode == 0, said.stderr
    told = json.loads(said.stdout)
    assert told["problems"] == []
    assert told["text"].startswith(
        "/// poll | Name here what this block is about { closes=2026-11-24 seats=10 at=https"
    )
