"""Requests to other hosts and what runs in a browser: found at its place, left out of what is written (K7)."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from tests.conftest import Write
from tests.folders import issue
from tests.sample import NOW
from tipsheet.blocks.passages import fragment
from tipsheet.last_build import BuildOptions
from tipsheet.model.addresses import host_of, runs
from tipsheet.press import build, prepare
from tipsheet.problems import Where
from tipsheet.reading.foreign import foreign_in, foreign_problems, without_foreign

CASES = yaml.safe_load(Path(__file__).with_name("foreign.yml").read_text(encoding="utf-8"))
ALLOW = ("sheet.example", "allowed.example")
TIP = "content/tipsheets/2026/2026-11-17-ask.md"


def written(html: str) -> tuple[str, list[str]]:
    root = fragment(html)
    found = list(foreign_problems(foreign_in(root, ALLOW), html, Where("x.md")))
    text = lxml_html.tostring(root, encoding="unicode")
    return text, [f"{p.where.line}:{p.where.col} {p.code}" for p in found]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["html"][:60])
def test_html_by_what_it_would_ask_or_run(case: dict[str, Any]) -> None:
    """K7: each finding has its place, and what is written holds nothing of it."""
    text, found = written(case["html"])
    if "found" in case:
        assert found == case["found"]
    else:
        assert found or "<!--" in case["html"]
    for word in case.get("gone", ("a.example", "video.example", "alert(", "data:image") if found else ()):
        assert word not in text
    assert written(text)[1] == []


@pytest.mark.parametrize("place", [TIP, "content/pages/x.md", "content/notes/n.md", "content/articles/a.md"])
def test_every_kind_of_text_is_looked_at(place: str, publication: Write) -> None:
    """K7: issues, notes, articles and ordinary pages, and attribute lists as well as raw HTML."""
    body = 'Intro.\n\n<iframe src="https://elsewhere.example/x"></iframe>\n\ntext\n{ onclick="alert(1)" }\n'
    head = {
        "content/pages/x.md": "",
        "content/notes/n.md": "---\nid: n\ntitle: N\nfrom: 2026-11-01\nexpires: 2026-12-01\n---\n\n",
        "content/articles/a.md": issue(id="a", title="Another").split("\n\n")[0] + "\n\n",
    }
    root = publication({place: issue(body=body) if place == TIP else head[place] + body})
    text = (root / place).read_text().split("\n")
    told = [(p.code, p.where.path, text[p.where.line - 1][:8]) for p in prepare(root, now=NOW).problems]
    assert told == [("TS150", place, "<iframe "), ("TS151", place, "{ onclic")]


def test_links_of_headers_are_looked_at(publication: Write) -> None:
    """K7: `more:` of a header is a link like those of the text."""
    root = publication({TIP: issue(more="[{title: X, url: 'javascript:alert(1)'}]")})
    assert [(p.code, p.where.line) for p in prepare(root, now=NOW).problems] == [("TS152", 7)]


def test_a_host_on_the_list_is_asked_and_readers_are_told(publication: Write) -> None:
    """K7: `allow:` in mkdocs.yml says which hosts are meant; the subscribe page says so."""
    root = publication({TIP: issue(body='<iframe src="https://video.example/x" title="A film"></iframe>')})
    settings = root / "mkdocs.yml"
    settings.write_text(settings.read_text().replace("      tagline:", "      allow: [video.example]\n      tagline:"))
    build(root, BuildOptions(site_dir=root / "site", outbox_dir=root / "outbox"), now=NOW)
    assert 'src="https://video.example/x"' in (root / "site/issues/ask/index.html").read_text()
    assert "video.example" in (root / "site/subscribe/index.html").read_text()


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        ("extra_javascript: [https://a.example/x.js]", "1:20"),
        ("extra_javascript: [{path: //a.example/x.js, async: true}]", "1:20"),
        ("extra_css: [assets/x.css, https://a.example/x.css]", "1:27"),
        ("extra: {analytics: {provider: google, property: G-1}}", "1:20"),
        ("theme: {name: material, font: {text: Roboto}}", "1:31"),
        ("theme: {name: material, logo: https://a.example/x.png}", "1:31"),
    ],
)
def test_settings_that_ask_another_host(lines: str, place: str, publication: Write) -> None:
    """K7: mkdocs.yml is looked at as well."""
    root = publication({})
    text = (root / "mkdocs.yml").read_text()
    text = re.sub(r"theme:\n(?:  .*\n)+", "" if lines.startswith("theme") else r"\g<0>", text)
    text = re.sub(r"extra:\n(?:  .*\n)+", "" if lines.startswith("extra:") else r"\g<0>", text)
    (root / "mkdocs.yml").write_text(f"{lines}\n{text}")
    assert [f"{p.code} {p.where}" for p in prepare(root, now=NOW).problems] == [f"TS150 mkdocs.yml:{place}"]


@pytest.mark.parametrize("theme", ["theme: material", "theme: {name: material}"])
def test_a_theme_without_a_word_on_fonts_fetches_none(theme: str, publication: Write) -> None:
    """K7: Material's own default is a font from another host."""
    root = publication({})
    text = re.sub(r"theme:\n(?:  .*\n)+", f"{theme}\n", (root / "mkdocs.yml").read_text())
    (root / "mkdocs.yml").write_text(text)
    build(root, BuildOptions(site_dir=root / "site", outbox_dir=root / "outbox"), now=NOW)
    pages = [path.read_text() for path in (root / "site").rglob("*.html")]
    assert not any("googleapis" in page or "gstatic" in page for page in pages)


@given(st.sampled_from(CASES), st.sampled_from(["<div>{}</div>", "<p>x</p>{}", "<ul><li>{}</li></ul>", "{}<p>y</p>"]))
def test_what_is_left_holds_nothing_foreign_wherever_it_stood(case: dict[str, Any], around: str) -> None:
    """K7: a law of the walk: what it leaves has no finding."""
    once = without_foreign(around.format(case["html"]), ALLOW)
    assert without_foreign(once, ALLOW) == once


@given(st.text(max_size=30), st.sampled_from(["javascript:", "JaVaScRiPt:", "data:", "vbscript:"]))
def test_a_scheme_is_known_through_whatever_browsers_pass_over(blanks: str, scheme: str) -> None:
    unseen = re.sub(r"[^\x00-\x20]", "", blanks)
    assert runs(f"{unseen}{scheme[:4]}\t\n{scheme[4:]}x")
    assert host_of(f"{unseen}/\\a.example/x") == "a.example"
