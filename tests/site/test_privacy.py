import json

import pytest

from tests.folders import issue
from tests.site.builders import Page, build

MIXED = issue(
    id="2026-w46",
    date="2026-11-10",
    title="For several",
    body="""\
Hello.

/// only | managers

Whisper for managers.

///

/// only | toronto

Whisper for Toronto.

///

/// action | Ask them all

Everyone's text.

///

/// action | Ask your team { for=managers }

Managers' own text.

///

/// event | Breakfast in Toronto { starts=2026-12-03T08:00 place=Toronto for=toronto }

Pancakes.

///
""",
)
PRIVATE = issue(id="2026-w45", date="2026-11-03", title="Only Toronto gets this", audience="[toronto]", body="Secret.")
FOR_MANAGERS = issue(
    id="2026-w44", date="2026-10-27", title="Only managers get this", audience="[managers]", body="Ours."
)
FUTURE = issue(id="2026-w48", date="2026-11-24", title="Not yet out", body="Tomorrow.")
DRAFT = issue(id="2026-w43", date="2026-10-20", title="A mere draft", body="Unfinished.", draft="true")
WHISPERS_OF_TORONTO = ["Whisper for Toronto", "Breakfast in Toronto", "Pancakes", "Only Toronto gets this", "Secret."]
WHISPERS_OF_MANAGERS = [
    "Whisper for managers",
    "Ask your team",
    "Managers' own text",
    "Only managers get this",
    "Ours.",
]


@pytest.fixture
def site(publication):
    files = {"several": MIXED, "b": PRIVATE, "c": FOR_MANAGERS, "d": FUTURE, "e": DRAFT}
    return build(publication({f"content/tipsheets/2026/{name}.md": text for name, text in files.items()}))


def files_with(site, words):
    texts = {
        p.relative_to(site).as_posix(): p.read_bytes().decode("utf-8", "replace")
        for p in site.rglob("*")
        if p.is_file()
    }
    own = {name: text for name, text in texts.items() if not name.startswith("assets/")}
    return {name for name, text in own.items() if any(word in text for word in words)}


def test_what_a_private_segment_reads_is_in_no_file(site):
    assert files_with(site, WHISPERS_OF_TORONTO) == set()


def test_what_a_public_segment_reads_is_below_its_address_and_in_the_library_only(site):
    found = files_with(site, WHISPERS_OF_MANAGERS)

    elsewhere = {name for name in found if not name.startswith("for/managers/")}
    assert elsewhere <= {"i/2026-w44/index.html", "actions/index.html", "api/actions.json"}
    assert "for/managers/several/index.html" in found
    assert "for/managers/index.html" in found


def test_what_has_not_appeared_is_in_no_file(site):
    assert files_with(site, ["Not yet out", "Tomorrow.", "A mere draft", "Unfinished."]) == set()


def test_a_segment_page_is_kept_from_indexes_and_names_the_public_one(site):
    page = Page(site / "for/managers/several/index.html")

    assert page.attribute("meta", "content", name="robots") == ["noindex"]
    assert page.attribute("link", "href", rel="canonical") == ["https://sheet.example/issues/several/"]
    assert "Ask your team" in page.text
    assert "Ask them all" not in page.text


def test_an_issue_that_a_segment_reads_as_everyone_does_has_one_address(site):
    moved = Page(site / "for/managers/ask/index.html")

    assert moved.attribute("link", "href", rel="canonical") == ["https://sheet.example/issues/ask/"]


def test_the_search_index_holds_public_pages_only(site):
    index = json.loads((site / "search/search_index.json").read_text())
    places = {entry["location"].partition("#")[0] for entry in index["docs"]}

    assert {"issues/ask/", "issues/several/", "authors/ada/", "about/"} <= places
    assert not [place for place in places if place.startswith("for/")]


def test_the_sitemap_holds_public_pages_only(site):
    sitemap = (site / "sitemap.xml").read_text()

    assert "<loc>https://sheet.example/issues/ask/</loc><lastmod>2026-11-17</lastmod>" in sitemap
    assert "<loc>https://sheet.example/about/</loc>" in sitemap
    assert "/for/managers/several/" not in sitemap
