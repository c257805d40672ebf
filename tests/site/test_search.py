import datetime as dt
import json

import lxml.etree
import pytest

from tipsheet.site.page import SitePage, planned
from tipsheet.site.search import Listed, entries_of, search_index, sitemap_files, sitemaps, split_index, whole_texts

DAY = dt.datetime(2026, 1, 6, tzinfo=dt.UTC)


def post(week, **fields):
    text = f'<p>About {week} &amp; more.</p><h2 id="action-do">Do {week}</h2><ol><li>Step</li></ol><p>Long {week}</p>'
    values = {
        "url": f"issues/{week}/",
        "template": "post.html",
        "title": f"Issue <{week}>",
        "canonical": "",
        "description": f"About {week} & more.",
        "search": text,
        "published": DAY + dt.timedelta(weeks=week),
        "tags": ("trust",),
    }
    return SitePage(**values | fields)


def entries(page, *, whole):
    return json.loads(f"[{entries_of(page, whole=whole)}]")


def test_the_newest_posts_are_searched_whole():
    other = post(9, url="authors/ada/", published=None)
    hidden = post(8, url="for/managers/", search=None)

    assert whole_texts(map(planned, [post(1), post(3), other, post(2), hidden]), 2) == {"issues/3/", "issues/2/"}


def test_an_older_post_is_found_by_its_head():
    head, action = entries(post(1), whole=False)

    assert head == {
        "location": "issues/1/",
        "title": "Issue &lt;1&gt;",
        "text": "<p>About 1 &amp; more.</p>",
        "tags": ["trust"],
    }
    assert (action["location"], action["title"], action["text"]) == ("issues/1/#action-do", "Do 1", "")
    assert "Long 3" in entries(post(3), whole=True)[1]["text"]


def test_an_index_is_put_together_again():
    index = search_index('{"lang":["en"]}', [entries_of(post(1), whole=True), "", entries_of(post(2), whole=False)])
    config, all_entries = split_index(index)

    assert search_index(config, [all_entries]) == index
    assert [e["location"] for e in json.loads(index)["docs"]][::2] == ["issues/1/", "issues/2/"]


@pytest.mark.parametrize(
    ("count", "names"),
    [
        (0, ["sitemap.xml"]),
        (50_000, ["sitemap.xml"]),
        (50_001, ["sitemap.xml", "sitemap-1.xml", "sitemap-2.xml"]),
        (150_000, ["sitemap.xml", "sitemap-1.xml", "sitemap-2.xml", "sitemap-3.xml"]),
    ],
)
def test_a_sitemap_is_cut_where_one_file_may_hold_no_more(count, names):
    """P11."""
    root = "https://sheet.example/"
    files = sitemaps([Listed(f"{root}{number}/") for number in range(count)], [], root)
    assert list(files) == names == list(sitemap_files(count))
    parsed = [lxml.etree.fromstring(text.encode()) for text in files.values()]
    if len(names) > 1:
        assert [place.text for place in parsed[0].iter("{*}loc")] == [root + name for name in names[1:]]
        parsed = parsed[1:]
    found = [place.text for document in parsed for place in document.iter("{*}loc")]
    assert found == [f"{root}{number}/" for number in range(count)]
