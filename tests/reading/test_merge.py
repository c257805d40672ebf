"""Merge fields from the text to every output (C5, C18)."""

import string
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import lxml.html
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tipsheet.edition.edition import ALWAYS, Escape, fill
from tipsheet.reading.body import BodyReader, Parsed
from tipsheet.reading.sources import Source
from tipsheet.reading.targets import Targets
from tipsheet.rendering.email.body import in_cells
from tipsheet.rendering.email.body import mail_tree as for_mail
from tipsheet.rendering.email.pieces import pieces
from tipsheet.rendering.fragments import feed_html as for_feeds
from tipsheet.rendering.fragments import relative, show_fallbacks
from tipsheet.rendering.plaintext import plain_text

SCENARIOS = yaml.safe_load(Path(__file__).with_name("scenarios").joinpath("merge_fields.yml").read_text("utf-8"))


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> BodyReader:
    return BodyReader(Targets(tmp_path_factory.mktemp("content"), {}), ZoneInfo("UTC"), (), ("first_name",))


def _read(reader: BodyReader, text: str) -> Parsed:
    return reader.read(Source(path="a.md", name="a.md", body=text, first_line=1, header=None), place="issue")


def _html(parsed: Parsed) -> str:
    return "\n".join(one.content.html for one in parsed.body.passages)


def _words(html: str) -> str:
    root = lxml.html.fragment_fromstring(html.replace("<br>", "\n"), create_parent="div")
    lines = (" ".join(line.replace("\xa0", " ").split()) for line in str(root.text_content()).splitlines())
    return "\n".join(line for line in lines if line)


def _page(html: str) -> str:
    return show_fallbacks(relative(html, "issues/x/"))


def _sent(text: str, escape: Escape, name: str = "") -> str:
    """A part of the letter as a reader of this name gets it."""
    made = pieces([(f"{line}\n", ALWAYS) for line in text.split("\n")], escape=escape)
    values = {"first_name": name}
    return "".join(p.content if isinstance(p.content, str) else fill(p.content, values) for p in made)


def _mail(html: str) -> str:
    return in_cells(for_mail(html, site_url="https://x.example/", page_url="", column=600), column=600)


def _text(html: str) -> str:
    return plain_text(for_mail(html, site_url="https://x.example/", page_url="", column=600), lambda _url: "")


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["name"])
def test_fields_are_filled_in_words_and_addresses_only(reader: BodyReader, scenario: dict[str, Any]) -> None:
    """C18: code is never looked into, and `@@` can be escaped."""
    parsed = _read(reader, scenario["text"])
    found = [f"{p.where.line}:{p.where.col} {p.code}" for p in sorted(parsed.problems)]
    assert found == scenario.get("problems", [])
    if found:
        return
    html = _html(parsed)
    feed = for_feeds(html, page="https://x.example/y/", site_url="https://x.example/")
    assert _words(_page(html)) == _words(feed) == scenario["page"]
    assert _words(_sent(_mail(html), Escape.HTML)) == scenario["page"]
    assert _words(_sent(_mail(html), Escape.HTML, "Ann")) == scenario["ann"]
    assert " ".join(_sent(_text(html), Escape.TEXT, "Ann").replace("• ", "").split()) == " ".join(
        scenario["ann"].split()
    )
    if "href" in scenario:
        for output in (_page(html), feed, _sent(_mail(html), Escape.HTML)):
            link = next(lxml.html.fragment_fromstring(output, create_parent="div").iter("a"))
            assert link.get("href") == scenario["href"]


@given(
    st.lists(st.sampled_from(["@@", "@", "first_name", " or ", "x", "\n", "@@first_name or x@@", "> "])).map("".join)
)
@settings(max_examples=300, deadline=None)
def test_code_shows_every_sign(reader: BodyReader, text: str) -> None:
    """C18: any text in a fence, in every output."""
    html = _html(_read(reader, f"Hi @@first_name or you@@\n\n```\nx{text}y\n```\n"))
    wanted = [line.rstrip() for line in f"x{text}y".split("\n")]
    pre = next(lxml.html.fragment_fromstring(_page(html), create_parent="div").iter("pre"))
    assert [line.rstrip() for line in pre.text_content().strip("\n").split("\n")] == wanted
    lines = _sent(_text(html), Escape.TEXT, "Ann").rstrip("\n").split("\n")
    assert lines == ["Hi Ann", "", *(f"    {line}".rstrip() for line in wanted)]


@given(text=st.text(string.ascii_letters + string.punctuation + " ", min_size=1).map(str.strip).filter(bool))
@settings(max_examples=200, deadline=None)
def test_escaped_signs_are_shown_in_every_output(reader: BodyReader, text: str) -> None:
    """C18, C19: a backslash before each sign, and page, feed, letter and text part show what was meant."""
    escaped = "".join(f"\\{sign}" if sign in string.punctuation else sign for sign in text)
    html = _html(_read(reader, f"x {escaped}"))
    feed = for_feeds(html, page="https://x.example/y/", site_url="https://x.example/")
    outputs = (
        _words(_page(html)),
        _words(feed),
        _words(_sent(_mail(html), Escape.HTML)),
        _sent(_text(html), Escape.TEXT),
    )
    assert {"".join(output.split()) for output in outputs} == {"".join(f"x{text}".split())}
