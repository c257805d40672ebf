from hypothesis import given
from hypothesis import strategies as st

from tests.site.builders import issue, publication_of, settings
from tipsheet.engine.units import Part, key_of
from tipsheet.rendering.references import Texts
from tipsheet.site.lists import list_pages
from tipsheet.site.page import SitePage
from tipsheet.site.pages import site_map

sizes = st.integers(5, 20)


@given(st.integers(0, 200), sizes)
def test_every_entry_stands_on_one_page_in_order(count, size):
    pages = list_pages("archive/", range(count, 0, -1), size)

    assert [entry for page in pages for entry in page.entries] == list(range(count, 0, -1))
    assert all(len(page.entries) == size for page in pages[1:])
    assert pages[0].url == "archive/"
    assert len(pages[0].entries) < 2 * size


@given(st.integers(0, 200), sizes)
def test_a_new_entry_changes_the_newest_page_only(count, size):
    before = {page.url: page for page in list_pages("archive/", range(count, 0, -1), size)}
    after = {page.url: page for page in list_pages("archive/", range(count + 1, 0, -1), size)}

    changed = {url for url in before if before[url] != after[url]}

    assert changed == {"archive/"}
    assert len(after) - len(before) in (0, 1)


def test_older_and_newer_lead_through_all_pages():
    pages = list_pages("tags/x/", range(50, 0, -1), 10)
    addresses = {p.url for p in pages} | {p.permanent for p in pages}

    assert [p.number for p in pages] == [5, 4, 3, 2, 1][: len(pages)]
    assert [p.older for p in pages] == [*(p.url for p in pages[1:]), ""]
    assert {p.newer for p in pages[1:]} <= addresses


def test_a_new_issue_changes_a_handful_of_pages_however_many_there_are(tmp_path):
    found = settings(tmp_path, list_size="10")

    def changed_by_one_more(count):
        issues = [issue(week) for week in range(count + 1)]
        before, after = (
            {
                page.url: key_of(Part(SitePage, {"page": page.page}))
                for page in site_map(Texts(publication, found)).pages
            }
            for publication in (publication_of(found, *issues[:-1]), publication_of(found, *issues))
        )
        return {url for url in after if before.get(url) != after[url]}

    few, many = changed_by_one_more(64), changed_by_one_more(304)

    assert len(many) <= len(few) + 3  # a closed page may come about
    assert {"", "archive/", "issues/issue-304/", "issues/issue-303/"} <= many
    assert "issues/issue-302/" not in many
    assert not {url for url in many if url.startswith("archive/page/")} - {"archive/page/29/"}
