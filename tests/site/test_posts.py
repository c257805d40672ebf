"""The page of an issue: its order, what is over and what is this week's, and how few pages a week touches."""

import datetime as dt
from pathlib import Path

import lxml.html
import pytest
from lxml.html import HtmlElement
from markupsafe import Markup

from tests.conftest import Write
from tests.folders import issue, write_png
from tests.site.builders import with_settings
from tipsheet import press
from tipsheet.last_build import BuildOptions
from tipsheet.model.publication import WEEK
from tipsheet.site.parts import ProsePart
from tipsheet.site.posts import opening

NEWEST = dt.datetime.fromisoformat("2026-11-17T07:00+01:00")
"""The date of the newest issue of the smallest publication, whose action is due on 24 November."""
BEFORE = {"content/tipsheets/2026/b.md": issue(id="b", date="2026-11-10", title="Before")}


def build(root: Path, now: dt.datetime) -> tuple[Path, frozenset[str]]:
    """Build the publication as at this moment; its site, and the files that are new or changed."""
    target = root.parent / "site"
    options = BuildOptions(site_dir=target, outbox_dir=root.parent / "outbox")
    return target, frozenset(press.press(root, options, now=now).written)


def page(site: Path, path: str) -> HtmlElement:
    return lxml.html.fromstring((site / path / "index.html").read_bytes())


def label(site: Path, path: str) -> str:
    """The words above the action on this page."""
    words: str = page(site, path).xpath("string(//*[contains(@class, 'ts-action')]/p[contains(@class, 'ts-label')])")
    return " ".join(words.split()).partition(" · ")[0]


def test_only_the_current_issue_says_this_week(publication: Write) -> None:
    """S18: and until it is a week old."""
    root = publication(BEFORE)
    site, _ = build(root, NEWEST + dt.timedelta(days=1))
    assert label(site, "issues/ask/").startswith("This week\u2019s action")
    assert label(site, "issues/b/").startswith("The action")

    build(root, NEWEST + WEEK - dt.timedelta(seconds=1))
    assert label(site, "issues/ask/").startswith("This week\u2019s action")
    _, written = build(root, NEWEST + WEEK)
    assert label(site, "issues/ask/").startswith("The action")
    assert "site/issues/b/index.html" not in written


def test_readers_of_a_segment_have_a_current_issue_of_their_own(publication: Write) -> None:
    """The newest issue of the managers is another one than that of everyone."""
    body = "Text.\n\n/// only | managers\n\nMore.\n\n///\n\n/// action | Do it { id=do-it }\n\n1. One.\n\n///\n"
    for_managers = issue(id="c", date="2026-11-18", title="Later", audience="managers", body=body)
    root = publication({**BEFORE, "content/tipsheets/2026/c.md": for_managers})
    site, _ = build(root, NEWEST + dt.timedelta(days=2))
    assert label(site, "for/managers/c/").startswith("This week\u2019s action")
    assert label(site, "issues/ask/").startswith("This week\u2019s action")


def test_a_day_that_has_passed_is_greyed_with_a_word(publication: Write) -> None:
    """S18: from the first moment of the day after, in the publication's zone; before, a script has what it needs."""
    root = publication({})
    day_after = dt.datetime.fromisoformat("2026-11-25T00:00+01:00")
    site, _ = build(root, day_after - dt.timedelta(seconds=1))
    (due,) = page(site, "issues/ask/").xpath("//*[contains(@class, 'ts-action__facts')]/span")
    assert " ".join(due.text_content().split()) == "Do it by Tuesday 24 November 2026."
    assert due.find("time").get("datetime") == "2026-11-24"
    assert dt.datetime.fromisoformat(due.get("data-ts-until")) == day_after
    assert due.find("span").get("data-ts-past") == "Past"

    build(root, day_after)
    (due,) = page(site, "issues/ask/").xpath("//*[contains(@class, 'ts-action__facts')]/span")
    assert " ".join(due.text_content().split()) == "Do it by Tuesday 24 November 2026. Past"
    assert (due.get("class"), due.get("data-ts-until")) == ("ts-over", None)


def test_a_new_issue_makes_only_the_page_anew_that_was_current(publication: Write) -> None:
    """S18: of the issues there are; the day of the old action passes later and changes its page once more."""
    older = {
        f"content/tipsheets/2026/{day}.md": issue(id=f"d{day}", date=f"2026-10-{day}", title=f"Of {day}")
        for day in ("06", "13", "20")
    }
    coming = issue(id="next", date="2026-11-24", title="Coming")
    root = publication({**older, **BEFORE, "content/tipsheets/2026/next.md": coming})
    build(root, NEWEST + WEEK - dt.timedelta(minutes=1))
    _, written = build(root, NEWEST + WEEK)
    posts = {path for path in written if path.startswith("site/issues/")}
    assert posts == {"site/issues/next/index.html", "site/issues/ask/index.html"}
    _, written = build(root, NEWEST + WEEK + dt.timedelta(days=1))
    assert {path for path in written if path.startswith("site/issues/")} == {"site/issues/ask/index.html"}
    _, written = build(root, NEWEST + WEEK + dt.timedelta(days=2))
    assert written == frozenset()


@pytest.mark.parametrize(
    ("path", "rel", "title"), [("issues/b/", "next", "Ask one question"), ("issues/ask/", "prev", "Before")]
)
def test_after_the_action_comes_the_next_issue_then_the_field_and_nothing_twice(
    publication: Write, path: str, rel: str, title: str
) -> None:
    """S17: from the newest issue the way leads back; what else there is folds, and no address is offered again."""
    service = "{url: 'https://lists.sheet.example/in'}"
    config = with_settings(subscribe=service, share="[linkedin, bluesky, mastodon]")
    site, _ = build(publication({**BEFORE, "mkdocs.yml": config}), NEWEST + dt.timedelta(days=1))
    html = page(site, path)
    (onward,) = html.xpath("//nav[contains(@class, 'ts-onward')]/a")
    assert onward.get("rel") == rel
    assert onward.text_content().endswith(title)
    after = html.xpath("//*[contains(@class, 'ts-action')]/following::*[self::nav or self::form or self::details]")
    assert [element.tag for element in after[:2]] == ["nav", "form"]
    assert [" ".join(row.find("summary").text_content().split()) for row in after[2:]] == [
        "Ada Editor", "Pass it on, or answer",
    ]  # fmt: skip
    ours = html.xpath("//article//a[not(ancestor::*[contains(@class, 'ts-prose')])]/@href")
    assert len(ours) == len(set(ours))
    copies = html.xpath("//article//@data-ts-copy")
    assert copies == [f"https://sheet.example/{path}"]


def test_a_picture_stands_below_the_first_paragraph(publication: Write) -> None:
    """S16: so that a narrow screen shows the first words; a wide one puts it beside the title."""
    picture = "image: {src: ../../images/cover.png, alt: Grey}\n"
    text = issue(picture, id="b", date="2026-11-10", title="Before", body="First *words*.\n\nSecond ones.")
    root = publication({"content/tipsheets/2026/b.md": text})
    write_png(root / "content/images/cover.png")
    site, _ = build(root, NEWEST + dt.timedelta(days=1))
    html = page(site, "issues/b/")
    (begin,) = html.xpath("//figure/preceding-sibling::div[1]")
    (rest,) = html.xpath("//figure/following-sibling::div[1]")
    assert begin.text_content().strip() == "First words."
    assert rest.text_content().strip().startswith("Second ones.")


@pytest.mark.parametrize(
    ("html", "begin"),
    [
        ("<p>One.</p>\n<p>Two.</p>", "<p>One.</p>\n"),
        ('<h2 id="a">A <em>b</em></h2>\n<p class="x">One <b>1</b>.</p><ul><li>x</li></ul>', ...),
        ("<ul>\n<li>One.</li>\n</ul>\n<p>Two.</p>", None),
        ("<p>One <!-- </p> --> more.</p>\n<p>Two.</p>", None),
        ('<p>One <img alt="&lt;/p&gt; x"> more.</p>\n<p>Two.</p>', '<p>One <img alt="&lt;/p&gt; x"> more.</p>\n'),
        ("<p>One.</p>", None),
        ("<pre><code>x</code></pre><p>Two.</p>", None),
    ],
)
def test_a_text_is_cut_behind_its_first_paragraph_or_not_at_all(html: str, begin: str | None) -> None:
    if begin is ...:
        begin = html.removesuffix("<ul><li>x</li></ul>")
    first, rest = opening(ProsePart(html=Markup(html)))  # noqa: S704 - of this table
    assert "".join(part.html for part in (*first, *rest)) == html
    assert first[0].html == (begin or html)


def test_the_boxes_of_tasks_have_names_on_every_kind_of_page(publication: Write) -> None:
    """S20: in issues and on ordinary pages; feeds and letters have signs for them."""
    tasks = "- [ ] Ring *Ann*.\n- [x] Write.\n"
    text = issue(id="b", date="2026-11-10", title="Before", body=tasks)
    site, _ = build(
        publication({"content/tipsheets/2026/b.md": text, "content/list.md": f"# A list\n\n{tasks}"}),
        NEWEST + dt.timedelta(days=1),
    )
    boxes = "//li[contains(@class, 'task-list-item')]//input"
    assert len(page(site, "issues/b/").xpath(boxes)) == 2
    for path in ("issues/b/", "list/"):
        html = page(site, path)
        names = [" ".join(box.xpath("string(ancestor::label)").split()) for box in html.xpath(boxes)]
        assert names == ["Ring Ann.", "Write."]
    assert "\N{BALLOT BOX} Ring" in (site / "feed.xml").read_text(encoding="utf-8")
