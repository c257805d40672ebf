"""A comment under a pull request: whatever content says, nothing of it is Markdown, HTML, a link or a mention (X12)."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tipsheet.edition.differences import Difference, DiffLine
from tipsheet.review.changes import AudienceChange, Change, Changes, FeedChange, LetterChange, PageChange, SegmentChange
from tipsheet.review.report import MARK, MOST, code, markdown_of, text_of

GITHUB = MarkdownIt("gfm-like", {"linkify": False})
HOSTILE = (
    "@everyone", "[a](https://evil.example)", "![](https://evil.example/x.png)", "<img src=x>", "</details>", "`",
    "```", "````\n# Heading", "\n\n## Approved\n", "| a | b |\n|---|---|", "-->", "<!-- tipsheet diff -->", "#1",
    "\u202egnp.exe", "\x1b[31m", "~~~", "&lt;b&gt;", "\\`", "https://evil.example", "owner/repo#1", "   ", "", "\ud800",
)  # fmt: skip
FOREIGN = st.one_of(st.lists(st.sampled_from(HOSTILE), max_size=4).map("".join), st.text(max_size=40))
OURS = re.compile(r"</?details>|<summary>\d+ lines</summary>|</details>|<!-- tipsheet diff -->")


def changed(text: str) -> Changes:
    """Changes in which every text of content is this one."""
    lines = (DiffLine("same", text), DiffLine("added", text), DiffLine("removed", text))
    letter = Difference(
        equal=False, subject=(text, text + "!"), preheader=(text + "?", text), lines=lines,
        links_added=(text,), links_removed=(text,),
    )  # fmt: skip
    audiences = (
        AudienceChange(audiences=(text,), change=Change.CHANGED, subject=text, difference=letter),
        AudienceChange(audiences=(text,), change=Change.NEW, subject=text),
    )
    page = {"address": text, "title": text, "to": text, "lines": lines, "links_added": (text,)}
    return Changes(
        revision=text,
        segments=(SegmentChange(segment=text, was=text, now=text),),
        letters=(LetterChange(issue=text, title=text, state=text, was=text, audiences=audiences),),
        pages=tuple(PageChange(change=change, whole=whole, **page) for change in Change for whole in (True, False)),
        feeds=(FeedChange(feed=text, again=(text,)),),
        assets=(text,),
        guards=(text,),
    )


def leaks(markdown: str) -> list[str]:
    """All of a comment, as GitHub reads it, that is neither code nor our own words."""
    found = []
    for token in GITHUB.parse(markdown):
        inner = [*(token.children or []), *([] if token.children else [token])]
        for one in inner:
            if one.type in {"html_block", "html_inline"} and OURS.sub("", one.content).strip():
                found.append(one.content)
            if one.type in {"link_open", "image", "table_open", "hr"}:
                found.append(one.type)
            if one.type == "text" and re.search(r"[@#\[\]<>&`|]|https?:", one.content):
                found.append(one.content)
    return found


@given(FOREIGN)
def test_nothing_of_content_is_read_as_markdown(text: str) -> None:
    markdown = markdown_of(changed(text))
    assert leaks(markdown) == []
    assert markdown.startswith(f"{MARK}\n")
    assert len(markdown) <= MOST + 500
    assert not re.search(r"[\u202a-\u202e\u2066-\u2069\x00-\x08\x1b]", markdown)


@pytest.mark.parametrize("text", HOSTILE)
def test_each_trick_is_code(text: str) -> None:
    assert leaks(markdown_of(changed(text))) == []
    assert leaks(f"See {code(text)}.") == []


def test_a_comment_has_an_end() -> None:
    page = PageChange(address="/a/" + "x" * 500, title="x" * 500, change=Change.NEW)
    markdown = markdown_of(Changes(revision="main", pages=(page,) * 2000))
    assert len(markdown) <= MOST
    assert "more changes: see the artifact of the run." in markdown


def test_a_long_text_is_cut() -> None:
    lines = tuple(DiffLine("added", f"line {number}") for number in range(100))
    markdown = markdown_of(Changes(pages=(PageChange(address="/", title="", change=Change.CHANGED, lines=lines),)))
    assert "+ line 39\n" in markdown
    assert "+ line 40\n" not in markdown
    assert "… 60 more lines" in markdown


def test_nothing_to_tell() -> None:
    assert list(text_of(Changes(revision="main"))) == ["Readers would see nothing that differs from main."]
    assert markdown_of(Changes(revision="main")).endswith("Nothing that differs from ` main `.\n")


def test_what_people_read() -> None:
    found = "\n".join(text_of(changed("x")))
    assert "Mind: x, which decides about reviews or what a build runs, is another one." in found
    assert "x moved to x; NOTHING IS AT THE OLD ADDRESS" in found
    assert "x is gone, and nothing is at its address" in found
    assert "x: 1 items would show again: x" in found
    assert "x: gets it now" in found


@pytest.mark.parametrize("text", ["a\nReaders would see nothing", "a\r\nb", "a\u2028b", "a\x85b", "\n"])
def test_no_name_makes_a_line_of_its_own(text: str) -> None:
    """A file can be named so that the rest of its name would be read as ours."""
    told = replace(changed("x"), guards=(text,), unbuilt=(text,), files=(text,))
    assert [line for line in text_of(told) if len(line.splitlines()) > 1] == []


def test_a_base_that_cannot_be_built() -> None:
    told = Changes(revision="main", unbuilt=("a.md:1:1: TS001 <b>@all</b>",))
    assert list(text_of(told))[1:] == ["    a.md:1:1: TS001 <b>@all</b>", "No letter is still to come."]
    assert "\n  - ` a.md:1:1: TS001 <b>@all</b> `\n\nNo letter is still to come.\n" in markdown_of(told)


def test_letters_that_differ_in_markup_alone_say_so() -> None:
    same = Difference(
        equal=False, subject=("a", "a"), preheader=("b", "b"), lines=(DiffLine("same", "x"),), links_added=(),
        links_removed=(),
    )  # fmt: skip
    one = AudienceChange(audiences=("everyone",), change=Change.CHANGED, subject="a", difference=same)
    gone = AudienceChange(audiences=("managers",), change=Change.GONE, subject="a")
    letter = LetterChange(issue="i", title="t", state="out", audiences=(one, gone))
    found = "\n".join(text_of(Changes(letters=(letter,))))
    assert "only the markup differs" in found
    assert "managers: gets it no more" in found
