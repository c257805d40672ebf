"""The feeds, read back as a feed reader reads them; the numbers are those of the requirements."""

import datetime as dt
import json
import os
import subprocess
import sys
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import feedparser  # type: ignore[import-untyped]  # no stubs exist
import pytest
from lxml import etree

from tests.rendering.feed_builders import (
    COVER,
    FOR_MANAGERS,
    MANAGERS,
    MARA,
    NOW,
    SITE,
    TORONTO,
    action,
    article,
    event,
    feed_files,
    issue,
    note,
    publication,
    settings,
)
from tipsheet.model.audience import PUBLIC, Audience
from tipsheet.model.post import Author, Link, Reprint
from tipsheet.model.publication import Publication, tag_page
from tipsheet.rendering.feeds.documents import feed_documents
from tipsheet.rendering.feeds.entries import CHANNEL_BYTES, size
from tipsheet.rendering.fragments import feed_html, plain
from tipsheet.rendering.public import segment_page
from tipsheet.rendering.references import Texts

NAMES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "fh": "http://purl.org/syndication/history/1.0",
    "media": "http://search.yahoo.com/mrss/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
}


def files(told: Publication, logo_size: tuple[int, int] | None = None, **feed: Any) -> dict[str, bytes]:
    return dict(feed_files(told, settings(told, **feed), logo_size=logo_size))


def channel(told: Publication, path: str = "feed.xml", **options: Any) -> Any:
    """The channel element of a feed, checked as XML on the way."""
    return etree.fromstring(files(told, **options)[path])[0]


def texts(element: Any, path: str) -> list[str]:
    return [str(getattr(found, "text", found)) for found in element.xpath(path, namespaces=NAMES)]


def body(told: Publication, path: str = "feed.xml") -> str:
    """The text of the newest item."""
    return texts(channel(told, path), "item[1]/content:encoded")[0]


def test_well_formed_without_what_xml_forbids() -> None:
    """F1: UTF-8, and no character that XML has no place for, written or referred to."""
    told = publication(issue(1, "<p>a\x0bb&#11;c\ud800 é ]]&gt;</p>", title="R&D \x00<now>", tags=("a\x1fb",)))
    root = channel(told)
    assert files(told)["feed.xml"].startswith(b"<?xml version='1.0' encoding='UTF-8'?>")
    assert texts(root, "item/title") == ["R&D <now>"]
    assert texts(root, "item/category") == ["ab"]
    assert body(told) == "<p>abc é ]]&gt;</p>"


def test_the_channel_says_what_it_is() -> None:
    """F2, F4: title, description, the site as absolute link, a language tag with a hyphen."""
    parsed = feedparser.parse(files(publication(issue(1), masthead={"language": "en-US"}))["feed.xml"])
    assert not parsed.bozo
    assert parsed.feed.title == "The Tipsheet"
    assert parsed.feed.subtitle == "One action a week."
    assert parsed.feed.link == SITE
    assert parsed.feed.language == "en-US"


def test_links_of_the_channel() -> None:
    """F3: one self link that is the address of the document, and the hub where one is set."""
    told = publication(issue(1, tags=("hard talks",)))
    for path, document in files(told, hub="https://hub.example/").items():
        if path.endswith(".xml"):
            root = etree.fromstring(document)
            assert texts(root, "channel/atom:link[@rel='self']/@href") == [SITE + path]
            assert texts(root, "channel/atom:link[@rel='hub']/@href") == ["https://hub.example/"]
    assert texts(channel(told), "atom:link[@rel='hub']/@href") == []


def test_the_newest_item_dates_the_feed() -> None:
    """F5: never the clock; a feed without items has no date."""
    assert texts(channel(publication(issue(1), issue(2))), "lastBuildDate") == ["Tue, 24 Nov 2026 12:00:00 +0100"]
    assert texts(channel(publication()), "lastBuildDate") == []


SAMPLE = """
import hashlib
from tests.rendering.feed_builders import *
def post(n):
    return issue(n, "<p>x</p>", action(id=f"a{n}"), event(id=f"e{n}"), image=COVER, tags=("b", "a", f"t{n}"))
told = publication(*map(post, range(1, 24)), article())
found = feed_files(told, settings(told, items=20, hub="https://hub.example/"))
print(len(found), hashlib.sha256(repr(list(found.items())).encode() + calendar(told)).hexdigest())
"""


def test_the_same_bytes_whatever_the_hash_seed() -> None:
    """F5, F22: two builds are byte-identical."""
    outputs = {
        subprocess.run(
            [sys.executable, "-c", SAMPLE],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path.cwd())},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(outputs) == 1
    assert outputs.pop().startswith("30 ")


def test_how_often_to_ask() -> None:
    """F6: a positive ttl and the syndication module, spelt right."""
    root = channel(publication(issue(1)))
    assert int(texts(root, "ttl")[0]) > 0
    assert texts(root, "sy:updatePeriod") == ["weekly"]
    assert texts(root, "sy:updateFrequency") == ["1"]


def test_authors_by_name() -> None:
    """F7: dc:creator for each; an address only in the channel and in the form of RFC 822."""
    guest = Author(id="g", name="A. Guest", email="guest@example.org")
    editor = {"editor": "Ed", "editor_email": "ed@example.org"}
    told = publication(issue(1, authors=(guest, MARA)), masthead=editor)
    root = channel(told)
    assert texts(root, "item/dc:creator") == ["A. Guest", "Mara Lindqvist"]
    assert texts(root, "managingEditor") == ["ed@example.org (Ed)"]
    assert b"guest@" not in files(told)["feed.xml"]


@pytest.mark.parametrize(
    ("logo", "logo_size", "shown"),
    [
        ("images/mark.png", (144, 144), True),
        ("images/mark.png", (145, 100), False),
        ("images/mark.png", (100, 401), False),
        ("images/mark.svg", (100, 100), False),
        ("images/mark.png", None, False),
        ("", (100, 100), False),
    ],
)
def test_the_image_of_the_channel(logo: str, logo_size: tuple[int, int] | None, shown: bool) -> None:
    """F8: only what RSS allows, with the channel's title and link."""
    root = channel(publication(issue(1), masthead={"logo": logo}), logo_size=logo_size)
    assert texts(root, "image/url") == ([SITE + logo] if shown else [])
    assert texts(root, "image/title | image/link") == (["The Tipsheet", SITE] if shown else [])


def test_newest_first_and_articles_among_them() -> None:
    """F9: the order of the feed, and what has not appeared is not in it."""
    coming, draft = issue(-1, title="Coming"), issue(2, title="Draft", draft=True)
    piece = article(published=NOW - dt.timedelta(weeks=2))
    told = publication(coming, issue(1), draft, issue(3), piece).out()
    assert texts(channel(told), "item/title") == ["Issue 1", "A long read", "Issue 3"]


def test_the_guid_outlives_a_rename() -> None:
    """F10: it hangs on the id, is unique, and leads to the page."""
    renamed = issue(1, slug="new", url="issues/new/", title="New")
    before, after = publication(issue(1), issue(2)), publication(renamed, issue(2))
    guids = texts(channel(before), "item/guid")
    assert guids == texts(channel(after), "item/guid") == [f"{SITE}i/w1/", f"{SITE}i/w2/"]
    assert texts(channel(after), "item/guid/@isPermaLink") == ["true", "true"]
    assert texts(channel(after), "item/link") == [f"{SITE}issues/new/", f"{SITE}issues/issue-2/"]


def test_description_before_content() -> None:
    """F11, F12: title and description are plain text, then comes the whole text."""
    told = publication(issue(1, "<p>Whole.</p>", title="Ask @@first_name or them@@", description="Short & plain."))
    item = channel(told).find("item")
    assert [etree.QName(child).localname for child in item][:4] == ["title", "link", "description", "encoded"]
    assert texts(item, "title | description | content:encoded") == ["Ask them", "Short & plain.", "<p>Whole.</p>"]


def test_every_address_is_absolute() -> None:
    """F13: href, src, srcset, poster, and the fragments of footnotes and headings."""
    html = (
        '<p><a href="site:about/#team">a</a> <a href="#fn:1">1</a> <a href="?q">q</a>'
        ' <a href="mailto:a@b.example">m</a></p>'
        '<img src="site:images/a.png" srcset="site:images/a.png 1x, /b.png 2x" alt="">'
        "<video poster='p.png' src='v.mp4'></video>"
    )
    page = f"{SITE}issues/issue-1/"
    assert body(publication(issue(1, html))) == (
        f'<p><a href="{SITE}about/#team">a</a> <a href="{page}#fn:1">1</a> <a href="{page}?q">q</a>'
        ' <a href="mailto:a@b.example">m</a></p>'
        f'<img src="{SITE}images/a.png" srcset="{SITE}images/a.png 1x, https://tips.example.org/b.png 2x" alt="">'
        f'<video poster="{page}p.png" src="{page}v.mp4"></video>'
    )


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<p>a<script>x</script><style>x</style>b</p>", "<p>ab</p>"),
        ("<iframe src='x'></iframe><object><p>x</p></object><svg><title>x</title></svg>c", "c"),
        ('<p onclick="x()" ONFOCUS="y()" data-dark="site:x-dark.png">d</p>', "<p>d</p>"),
        ('<h2 id="e">E<a class="headerlink" href="#e">¶</a></h2>', '<h2 id="e">E</h2>'),
        ('<pre><a id="__codelineno-0-1" href="#__codelineno-0-1"></a>f</pre>', "<pre>f</pre>"),
        ('<button class="md-clipboard">copy</button>g<!-- note -->', "g"),
        ("a<h1>Of the <em>week</em></h1>b", "a<h2>Of the <em>week</em></h2>b"),
        ('<form><input name="q"></form><input value="x">h', "h"),
        ('<label><input type="checkbox" checked><span class="task-list-indicator"></span></label> done', "☑  done"),
        ('<li><input type="checkbox" disabled> open</li>', "<li>☐ open</li>"),
        ('<p><embed src="x">i</p>', "<p>i</p>"),
        ('<a href=" javascript:x()">j</a><a href="//[">k</a>', "<a>j</a><a>k</a>"),
        ("<picture><source srcset='https://a.example/b 2x'><img src='https://a.example/c' alt=''></picture>l<wbr>m",
         '<picture><source srcset="https://a.example/b 2x"><img src="https://a.example/c" alt=""></picture>l<wbr>m'),
        ("<p>n &lt;b&gt; &amp; \N{NO-BREAK SPACE}&eacute;<br/>@@first_name or friend@@",
         "<p>n &lt;b&gt; &amp; \N{NO-BREAK SPACE}é<br>friend</p>"),
        ("<p>see site:x/ there</p>", "<p>see site:x/ there</p>"),
        ("", ""),
    ],
)  # fmt: skip
def test_the_text_stands_on_its_own(html: str, shown: str) -> None:
    """F14: the page without what runs, asks or helps only there; valid HTML."""
    assert feed_html(html, page=f"{SITE}x/", site_url=SITE) == shown


def test_portable_html_is_left_as_it_is() -> None:
    """F14: what stands on its own already does not change again."""
    once = feed_html('<h2 id="a">A</h2><p>b<br><a href="#c">c</a></p>', page=f"{SITE}x/", site_url=SITE)
    assert feed_html(once, page="https://elsewhere.example/", site_url=SITE) == once


def test_an_issue_in_reading_order() -> None:
    """E22, F14, F16: cover, prose, action and event, where it comes from, notes in force, more on the web."""
    over = event(id="over", name="Over", starts=NOW - dt.timedelta(days=2), ends=None)
    told = issue(
        1,
        "<p>Start.</p>",
        action(due=dt.date(2026, 12, 3)),
        event(place="Utrecht", price="€ 40", url="https://book.example/", html="<p>Come.</p>"),
        "<p>End.</p>",
        image=COVER,
        notes=(note("<p>Four left.</p>", over), note(over, id="gone", title="Gone")),
        republished=Reprint(title="On asking", site="Letters", url="https://l.example/a"),
        more=(Link(title="About us", url="site:about/"),),
    )
    assert plain(body(publication(told))).splitlines() == [
        "I. Draw, CC BY 4.0",
        "Start.",
        "The action: Ask before you pitch",
        "10 minutes. Do it by Thursday 3 December 2026.",
        "Ask.",
        "Listening workshop",
        "Thursday 3 December 2026, 9:30 to 12:30, Amsterdam time",
        "Utrecht",
        "€ 40",
        "book.example/",
        "Come.",
        "End.",
        "First published as On asking on Letters. Republished with permission.",
        "Seats are left",
        "Four left.",
        "More on the web",
        "About us",
    ]
    assert f'<a href="{SITE}about/">About us</a>' in body(publication(told))


def test_words_of_editors_are_escaped_in_html() -> None:
    """F14: front matter is text."""
    link = Link(title="<s>", url="https://x.example/?a&b")
    told = issue(1, action(title="A <b> & c"), event(name='"<i>"', place="<u>"), more=(link,))
    assert not {"<b>", "<i>", "<u>", "<s>"} & {part + ">" for part in body(publication(told)).split(">")}


def test_every_item_has_a_date_with_its_zone() -> None:
    """F15: RFC 822, winter and summer."""
    told = publication(issue(1), issue(20))
    dates = [parsedate_to_datetime(text) for text in texts(channel(told), "item/pubDate")]
    assert dates == [NOW - dt.timedelta(weeks=1), NOW - dt.timedelta(weeks=20)]
    assert [str(date)[-6:] for date in dates] == ["+01:00", "+02:00"]


def test_the_cover_once() -> None:
    """F16: in the text and as media:content, not as an enclosure."""
    told = publication(issue(1, image=COVER), issue(2))
    root = channel(told)
    assert [dict(found.attrib) for found in root.iterfind("item/media:content", NAMES)] == [
        {"url": f"{SITE}images/scales.png", "medium": "image", "type": "image/png", "width": "1200", "height": "600"}
    ]
    assert root.findall("item/enclosure") == []
    assert body(told).count("<img ") == 1


def walk(found: dict[str, bytes]) -> tuple[list[str], list[str]]:
    """Follow prev-archive from the feed; the documents on the way, and every guid, once, newest first."""
    path, paths, guids = "feed.xml", [], []
    while path:
        root = etree.fromstring(found[path])[0]
        paths.append(path)
        guids += texts(root, "item/guid")
        path = next(iter(texts(root, "atom:link[@rel='prev-archive']/@href")), "").removeprefix(SITE)
    return paths, list(dict.fromkeys(guids))


@pytest.mark.parametrize("count", [0, 1, 20, 21, 40, 41, 55])
def test_feed_and_archive_hold_everything(count: int) -> None:
    """F17: RFC 5005, 4: from the feed to its archive documents, each marked, and back to the current one."""
    told = publication(*(issue(n) for n in range(1, count + 1)))
    found = files(told, items=20)
    paths, guids = walk(found)
    assert guids == [f"{SITE}i/w{n}/" for n in range(1, count + 1)]
    assert len(texts(etree.fromstring(found["feed.xml"]), "channel/item")) == min(count, 20)
    assert set(paths) == {path for path in found if path.startswith("feed") and path.endswith(".xml")}
    for path in paths[1:]:
        root = etree.fromstring(found[path])[0]
        assert root.find("fh:archive", NAMES) is not None
        assert texts(root, "atom:link[@rel='current']/@href") == [f"{SITE}feed.xml"]


def test_an_archive_document_never_changes() -> None:
    """F17: numbered from the oldest, so that each new issue leaves them as they are."""
    posts = [issue(n, "<p>" + "long " * (n * 37 % 5000) + "</p>") for n in range(1, 70)]
    seen: dict[str, bytes] = {}
    for first in reversed(range(len(posts))):
        if first % 4 == 0:
            now = files(publication(*posts[first:]), items=20, bytes=64 * 1024)
            archives = {path: text for path, text in now.items() if path.startswith("feed-")}
            assert {path: archives[path] for path in seen} == seen
            seen = archives
    assert len(seen) > 3


@pytest.mark.parametrize(
    "text",
    [
        "words ",
        "<b>x</b> ",
        "a > b ",
        "&lt;&amp; ",
        "é€😀 ",
        '<a href="#fn:1">1</a> ',
        '<img src="site:a.png" alt=""> ',
    ],
)
def test_a_feed_stays_under_its_limit(text: str) -> None:
    """F17: the cap in bytes holds whatever the text is made of, and what does not fit is archived."""
    html = "<p>" + text * (4000 // len(text)) + "</p>"
    told = publication(*(issue(n, html, action(), event()) for n in range(1, 26)))
    found = files(told, items=20, bytes=64 * 1024)
    assert max(len(document) for document in found.values()) <= 64 * 1024
    assert len(walk(found)[1]) == 25
    newest = texts(etree.fromstring(found["feed.xml"]), "channel/item/guid")
    assert 1 < len(newest) < 20


def test_the_estimated_size_is_near_the_real_one() -> None:
    """F17: a bound twice too high would empty the feed."""
    told = issue(1, '<p>Some words, <em>stressed</em>, and <a href="site:x/">a link</a>.</p>\n' * 90)
    real = len(files(publication(told))["feed.xml"])
    assert real < size(publication(told), told, PUBLIC) + CHANNEL_BYTES < real * 2


def test_one_post_beyond_the_limit_is_still_told() -> None:
    """F17: nothing is lost, even where the cap cannot hold."""
    told = publication(issue(1), issue(2, "x" * 100_000), issue(3))
    assert len(walk(files(told, bytes=64 * 1024))[1]) == 3


def test_a_page_can_name_its_own_feed() -> None:
    """F18: the feed of a tag and of a segment stands beside its page and leads to it."""
    told = publication(issue(1, tags=("Hard talks", "é")), issue(2, tags=("Hard talks",)))
    assert tag_page("Hard  Talks!") == "tags/hard-talks/"
    root = channel(told, "tags/hard-talks/feed.xml")
    assert texts(root, "link") == [f"{SITE}tags/hard-talks/"]
    assert texts(root, "title") == ["The Tipsheet: Hard talks"]
    assert texts(root, "item/title") == ["Issue 1", "Issue 2"]
    assert texts(channel(told, "tags/é/feed.xml"), "link") == [f"{SITE}tags/%C3%A9/"]
    assert texts(channel(told, "for/managers/feed.xml"), "link") == [f"{SITE}for/managers/"]


def test_two_spellings_of_a_tag_share_a_feed() -> None:
    told = publication(issue(1, tags=("Hard talks", "hard-talks")), issue(2, tags=("hard talks",)))
    assert texts(channel(told, "tags/hard-talks/feed.xml"), "item/title") == ["Issue 1", "Issue 2"]


def test_no_stylesheet_is_asked_for() -> None:
    """F19: no XSLT, no processing instruction at all."""
    found = files(publication(issue(1)))
    assert [path for path, document in found.items() if document.count(b"<?") > 1] == []


def test_the_name_of_the_file_can_be_chosen() -> None:
    """F20: everywhere, and in the addresses too."""
    told = publication(*(issue(n, tags=("a",)) for n in range(1, 22)))
    found = files(told, file="tips.rss", items=20)
    assert found.keys() == {
        "tips.rss", "tips-1.rss", "feed.json", "tags/a/tips.rss", "for/managers/tips.rss", "actions.xml",
    }  # fmt: skip
    root = etree.fromstring(found["tips.rss"])
    assert texts(root, "channel/atom:link[@rel='prev-archive']/@href") == [f"{SITE}tips-1.rss"]


def test_json_says_what_rss_says() -> None:
    """F10-F17 in JSON Feed 1.1: the same entries, worked out once."""
    told = publication(issue(1, "<p>é</p>", image=COVER, tags=("a",)), masthead={"language": "en-US"})
    found = files(told, hub="https://hub.example/")
    assert json.loads(found["feed.json"]) == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "The Tipsheet",
        "home_page_url": SITE,
        "feed_url": f"{SITE}feed.json",
        "description": "One action a week.",
        "language": "en-US",
        "hubs": [{"type": "WebSub", "url": "https://hub.example/"}],
        "items": [
            {
                "id": f"{SITE}i/w1/",
                "url": f"{SITE}issues/issue-1/",
                "title": "Issue 1",
                "summary": "What issue 1 is about.",
                "content_html": texts(etree.fromstring(found["feed.xml"]), "channel/item/content:encoded")[0],
                "date_published": "2026-11-24T12:00:00+01:00",
                "image": f"{SITE}images/scales.png",
                "authors": [{"name": "Mara Lindqvist"}],
                "tags": ["a"],
            }
        ],
    }


def test_text_for_segments_stays_out_of_public_feeds() -> None:
    """C7: not in the feeds of all, of tags, of actions, nor in another segment's."""
    secret = ("<p>SECRET</p>", FOR_MANAGERS)
    told = publication(
        issue(1, "<p>For all.</p>", secret, (action(html="SECRET"), FOR_MANAGERS), notes=(note(secret),), tags=("a",)),
        issue(2, "<p>SECRET</p>", title="SECRET", description="SECRET", audience=FOR_MANAGERS, tags=("a", "SECRET")),
        segments=(MANAGERS, TORONTO),
    )
    found = files(told)
    assert [path for path, document in found.items() if b"SECRET" in document] == ["for/managers/feed.xml"]
    assert "for/toronto/feed.xml" not in found
    assert not any("secret" in path.lower() for path in found)


def test_a_segment_reads_its_own_text_and_is_led_to_it() -> None:
    """F10, F21: the segment's page where the public reads otherwise, else the public one; ids of their own."""
    told = publication(
        issue(1, "<p>For all.</p>", ("<p>For managers.</p>", FOR_MANAGERS), ('<a href="#x">x</a>', FOR_MANAGERS)),
        issue(2, audience=FOR_MANAGERS),
        issue(3),
        issue(4, audience=Audience(none_of=frozenset({"managers"}))),
        issue(5, notes=(note("<p>n</p>", audience=FOR_MANAGERS),)),
    )
    root = channel(told, "for/managers/feed.xml")
    assert texts(root, "item/link") == [
        f"{SITE}for/managers/issue-1/",
        f"{SITE}for/managers/issue-2/",
        f"{SITE}issues/issue-3/",
        f"{SITE}for/managers/issue-5/",
    ]
    assert texts(root, "item/guid") == [f"{SITE}i/w{n}/#managers" for n in (1, 2, 3, 5)]
    assert set(texts(root, "item/guid/@isPermaLink")) == {"false"}
    assert f'<p>For managers.</p>\n<a href="{SITE}for/managers/issue-1/#x">' in body(told, "for/managers/feed.xml")
    assert segment_page(told, told.issues[2], MANAGERS) == "issues/issue-3/"


def test_an_action_is_told_once_under_its_first_issue() -> None:
    """F10: one item an action; when it returns, its id, date and place stay."""
    told = publication(
        issue(1, action(used=True)),
        issue(2, action(id="b", title="B", tags=("a",), html="<p>One &amp; two.</p>", minutes=None)),
        issue(3, action()),
        evergreen=(action(id="waiting"),),
    )
    root = channel(told, "actions.xml")
    assert texts(root, "item/title") == ["B", "Ask before you pitch"]
    assert texts(root, "item/link") == [f"{SITE}issues/issue-2/#action-b", f"{SITE}issues/issue-3/#action-ask"]
    assert texts(root, "item/guid") == [f"{SITE}actions/#action-b", f"{SITE}actions/#action-ask"]
    assert texts(root, "item/description") == ["One & two.", "10 minutes. Ask."]
    assert texts(root, "item[1]/category") == ["a"]


def test_feed_readers_take_every_document() -> None:
    """F1: feedparser finds nothing to complain of, in an empty publication either."""
    for told in (publication(), publication(issue(1, action(), event(), image=COVER, tags=("a",)), article())):
        for path, document in files(told).items():
            if path.endswith(".xml"):
                assert not feedparser.parse(document).bozo, path


def test_the_plan_is_made_without_writing() -> None:
    told = publication(issue(1, tags=("a",)))
    assert [document.path for document in feed_documents(Texts(told, settings(told)))] == list(files(told))
