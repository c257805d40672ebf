import datetime as dt

from tipsheet.site.page import SitePage
from tipsheet.site.search import search_pages

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


def test_the_newest_posts_are_whole_and_older_ones_are_found_by_their_heads():
    other = post(9, url="authors/ada/", published=None, search="<p>Ada writes.</p>", tags=())
    hidden = post(8, url="for/managers/", search=None)
    found = {page.url: page for page in search_pages([post(1), post(3), other, post(2), hidden], 2)}

    assert found.keys() == {"issues/1/", "issues/2/", "issues/3/", "authors/ada/"}
    assert "Long 3" in found["issues/3/"].content
    assert "Long 2" in found["issues/2/"].content
    assert found["issues/1/"].content == '<p>About 1 &amp; more.</p><h2 id="action-do">Do 1</h2>'
    assert found["authors/ada/"].content == "<p>Ada writes.</p>"
    assert found["issues/1/"].title == "Issue &lt;1&gt;"
    assert found["issues/1/"].meta == {"tags": ["trust"]}
