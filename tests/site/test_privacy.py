import json

import pytest

from tests.folders import issue
from tests.site.builders import NOW, Page, build
from tipsheet import press
from tipsheet.errors import ContentError

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
    """P10: a segment has an address of its own only where its readers see something of their own, or once did."""
    assert not (site / "for/managers/ask").exists()


def test_where_a_segment_once_had_a_page_its_address_leads_on(publication):
    """P10: a build says when such a page goes, and `once_for` keeps its address."""
    root = publication({})
    ask = root / "content/tipsheets/2026/2026-11-17-ask.md"
    same = ask.read_text(encoding="utf-8")

    def problems(text):
        ask.write_text(text, encoding="utf-8")
        built = press.build(root, now=NOW, site_dir=root / "site", outbox_dir=root / "outbox")
        return [(problem.code, problem.hint) for problem in built.problems]

    assert problems(f"{same}\n/// only | managers\n\nTheirs.\n\n///\n") == []
    assert "Theirs." in (root / "site/for/managers/ask/index.html").read_text(encoding="utf-8")
    assert problems(same) == [("TS224", "add once_for: [managers]")]
    assert not (root / "site/for/managers/ask").exists()

    assert problems(same.replace("authors:", "once_for: [managers]\nauthors:")) == []
    leads = Page(root / "site/for/managers/ask/index.html")
    assert leads.attribute("link", "href", rel="canonical") == ["https://sheet.example/issues/ask/"]
    with pytest.raises(ContentError) as caught:
        problems(same.replace("authors:", "once_for: [managres]\nauthors:"))
    assert [problem.code for problem in caught.value.problems] == ["TS201"]


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
