"""Pages that are lists: one heading, and rows that say nothing twice."""

import re

from tests.folders import article, issue
from tests.site.builders import Page, build


def headings(file):
    """The headings of a page, as tag and text."""
    found = re.findall(r"<(h[1-6])\b[^>]*>(.*?)</\1>", file.read_text(encoding="utf-8"), re.DOTALL)
    return [(tag, re.sub(r"<[^>]*>", "", text).strip()) for tag, text in found]


def test_the_page_of_a_year_has_one_heading_and_says_it_once(publication):
    site = build(publication({"content/tipsheets/b.md": issue(id="b", date="2025-11-11", title="Before")}))
    page = site / "archive/2025/index.html"
    assert headings(page)[:2] == [("h1", "Issues of 2025"), ("h2", "Before")]
    assert Page(page).text.count("Issues of 2025") == 2  # with the title of the document
    assert headings(site / "archive/index.html")[:2] == [("h1", "Archive"), ("h2", "2026")]


def test_a_row_does_not_say_how_many_minutes_each_takes(publication):
    site = build(publication({"content/articles/a.md": article(id="a", date="2026-11-03", title="A longer piece")}))
    for path in ("archive/index.html", "articles/index.html", "authors/ada/index.html", "for/managers/index.html"):
        rows = re.findall('<li class="ts-row">.*?</li>', (site / path).read_text(encoding="utf-8"), re.DOTALL)
        assert rows, path
        assert not [row for row in rows if "min" in row], path


def test_a_row_says_that_it_is_an_article_only_among_others(publication):
    site = build(publication({"content/articles/a.md": article(id="a", date="2026-11-03", title="A longer piece")}))
    said = {
        path: Page(site / path / "index.html").text.split().count("Article") for path in ("articles", "authors/ada")
    }
    assert said == {"articles": 0, "authors/ada": 1}


def test_a_subject_begins_with_a_capital_where_it_is_a_title(publication):
    tagged = issue("tags: [selling, iOS, one to one]\n", id="b", date="2026-11-10", title="Tagged")
    site = build(publication({"content/tipsheets/b.md": tagged}))
    for tag, title in {"selling": "Selling", "ios": "iOS", "one-to-one": "One to one"}.items():
        assert headings(site / f"tags/{tag}/index.html")[0] == ("h1", title)
        assert f">{title}</a>" in (site / "tags/index.html").read_text(encoding="utf-8")
        assert f">{title}</a>" in (site / "subscribe/index.html").read_text(encoding="utf-8")


def test_a_segment_has_one_heading_its_title(publication):
    site = build(publication({}))
    page = site / "for/managers/index.html"
    assert [text for tag, text in headings(page) if tag == "h1"] == ["Managers"]
    assert 'class="ts-label"' not in page.read_text(encoding="utf-8")
