"""The home page: what this is, for whom, and the way to have it, beside the newest issue; and ways in of segments."""

import re

import pytest

from tests.folders import MKDOCS, issue
from tests.pictures.made import mark
from tests.site.builders import Page, build, with_settings

SUBSCRIBE = with_settings(subscribe="{url: 'https://lists.sheet.example/in'}")


def home(publication, config=SUBSCRIBE):
    return (build(publication({"mkdocs.yml": config})) / "index.html").read_text(encoding="utf-8")


def test_the_home_page_says_what_it_is_and_takes_the_address_before_the_newest_issue(publication):
    text = home(publication)
    order = [
        '<h1 id="ts-pitch">One fact at a time</h1>',
        "For managers and sellers.",
        'name="email"',
        "What you get: Every Tuesday",
        ">Ask one question</a></h2>",
        "Ask one question before you pitch",
    ]
    places = [text.index(words) for words in order]
    assert places == sorted(places)
    assert text.count("<h1") == 1


def test_without_a_list_service_the_home_page_has_no_field(publication):
    text = home(publication, MKDOCS)
    assert 'name="email"' not in text
    assert "Read by feed" in text.partition('class="ts-newest"')[0]


@pytest.mark.parametrize(
    ("tagline", "promise", "heading", "get"),
    [
        ("One fact at a time", "Every Tuesday", "One fact at a time", "What you get: Every Tuesday"),
        ("One fact.", "One fact, every week.", "The Test Sheet", "What you get: One fact, every week."),
        ("One fact", "", "One fact", "What you get: one issue every Tuesday, with one thing to do."),
    ],
)
def test_nothing_is_said_twice_at_the_head_of_the_home_page(publication, tagline, promise, heading, get):
    lines = f"tagline: {tagline}" + (f"\n      promise: {promise}" if promise else "")
    text = home(publication, SUBSCRIBE.replace("tagline: One fact at a time\n      promise: Every Tuesday", lines))
    assert f">{heading}</h1>" in text
    assert get in text


def test_a_segments_page_leads_to_a_form_that_knows_it(publication):
    words = "extra:\n  segments:\n    managers: {join: Subscribe as a manager}\n"
    site = build(publication({"mkdocs.yml": SUBSCRIBE.replace("extra:\n", words)}))
    managers, sellers = Page(site / "for/managers/index.html"), Page(site / "for/sellers/index.html")
    assert "Subscribe as a manager" in managers.text
    assert "Subscribe, for sellers" in sellers.text
    assert "../../subscribe/#managers" in managers.attribute("a", "href")
    assert managers.attribute("input", "value", name="segments", type="hidden") == ["managers"]
    assert "managers" in Page(site / "subscribe/index.html").ids
    assert not Page(site / "archive/index.html").attribute("input", "value", name="segments")


def test_everyone_is_told_of_the_variants_that_there_are(publication):
    body = "Text.\n\n/// only | managers\n\nFor you.\n\n///\n\n/// action | Do it\n\n///\n"
    site = build(publication({"content/tipsheets/b.md": issue(id="b", date="2026-11-10", title="Two", body=body)}))
    head = re.search(
        '<header class="ts-issue__head">.*?</header>', (site / "issues/b/index.html").read_text(), re.DOTALL
    )
    assert head is not None
    assert '<a href="../../for/managers/b/">Managers</a>' in head[0]
    assert "sellers" not in head[0].lower()
    assert "Also as others read it" not in (site / "issues/ask/index.html").read_text()


def test_the_mark_has_its_variant_for_dark_on_pages_too(publication):
    root = publication({"mkdocs.yml": with_settings(logo="images/mark.png")})
    (root / "content/images").mkdir()
    for name in ("mark.png", "mark-dark.png"):
        (root / "content/images" / name).write_bytes(mark("#14211D", None))
    html = (build(root) / "index.html").read_text(encoding="utf-8")
    brand = html[html.index('class="ts-brand"') : html.index("</a>", html.index('class="ts-brand"'))]
    assert re.findall(r'<img class="([^"]*)" src="([^"]*)"', brand) == [
        ("ts-when-light", "images/mark.png"),
        ("ts-when-dark", "images/mark-dark.png"),
    ]
