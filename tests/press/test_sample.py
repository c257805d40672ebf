"""The sample publication as the end-to-end test: what C14 asks of it, and that its outputs agree (F21)."""

import email
import email.policy
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import feedparser
import lxml.html
import pytest

from tests.sample import Sample
from tipsheet.edition.service import SERVICE_FOLDER
from tipsheet.model.audience import PUBLIC
from tipsheet.model.body import Action, Event

HOST = "halfturn.example"
ROOT_URL = f"https://{HOST}/"


def test_every_output_is_there(sample: Sample) -> None:
    for name in (
        "index.html", "404.html", "about/index.html", "subscribe/index.html", "latest/index.html", "archive/index.html",
        "archive/2025/index.html", "archive/2026/index.html", "tags/index.html", "tags/selling/index.html",
        "authors/mara/index.html", "for/managers/index.html", "actions/index.html", "articles/the-long-no/index.html",
        "feed.xml", "feed.json", "actions.xml", "actions.ics", "tags/selling/feed.xml", "for/managers/feed.xml",
        "search/search_index.json", "sitemap.xml", "robots.txt",
    ):  # fmt: skip
        assert (sample.site / name).is_file(), name
    for issue in sample.publication.issues:
        folder = sample.outbox / issue.id
        readers = [s.id for s in sample.publication.segments if issue.meant_for(frozenset({s.id}))]
        readers += ["everyone"] if issue.meant_for(PUBLIC) else []
        expected = {"edition.json"} | {f"{name}.{kind}" for name in readers for kind in ("html", "txt", "eml")}
        assert {file.name for file in folder.iterdir()} == expected


def test_it_shows_everything_a_publication_can_hold(sample: Sample) -> None:
    """C14: twelve weeks, articles, events in two cities, overlapping segments, every block and field."""
    publication = sample.publication
    autumn = [i for i in publication.issues if i.published.year == 2026]
    assert len(autumn) >= 12
    assert (autumn[0].published - autumn[-1].published).days >= 7 * 11
    assert len(publication.articles) == 3
    assert any(a.republished for a in publication.articles)
    assert len(publication.segments) >= 3
    contents = [p.content for i in publication.issues for p in i.body.passages]
    contents += [p.content for n in publication.notes for p in n.body.passages]
    events = [c for c in contents if isinstance(c, Event)]
    assert {city for e in events for city in ("Utrecht", "Ghent") if city in e.place} == {"Utrecht", "Ghent"}
    actions = [c for c in contents if isinstance(c, Action)]
    assert any(a.used for a in actions)
    assert any(a.audience.any_of for a in actions)
    html = "".join(c.html for c in contents)
    for feature in (
        'class="cta"',
        "ts-figure",
        "<table",
        "footnote",
        "task-list",
        "ask",
        "<blockquote",
        "@@first_name",
    ):
        assert feature in html
    assert all(i.image is None or i.image.credit or i.number == 88 for i in publication.issues)


def test_what_is_not_out_is_nowhere(sample: Sample) -> None:
    """C8: neither the coming issue nor the draft leaves a trace."""
    for file in (*sample.site.rglob("*"), *sample.outbox.rglob("*")):
        assert "counter-offer" not in file.name
        if file.suffix in {".html", ".xml", ".json", ".ics", ".txt", ".eml"}:
            text = file.read_text(encoding="utf-8")
            assert "The counter-offer, from both chairs" not in text, file
            assert "Ask what they would stop" not in text, file


class _Ids(HTMLParser):
    """Ids, addresses and resources of one page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.addresses: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if values.get("id"):
            self.ids.add(str(values["id"]))
        for name in ("href", "src", "poster", "data-dark", "action"):
            if values.get(name):
                self.addresses.append((tag, str(values[name])))
        for part in (values.get("srcset") or "").split(","):
            if part.strip():
                self.addresses.append((tag, part.split()[0]))


@pytest.fixture(scope="session")
def pages(sample: Sample) -> dict[str, _Ids]:
    """Every page of the site by its address."""
    found = {}
    for file in sample.site.rglob("*.html"):
        path = file.relative_to(sample.site).as_posix()
        found[ROOT_URL + path.removesuffix("index.html")] = _Ids(file.read_text(encoding="utf-8"))
    return found


def _dead(address: str, pages: dict[str, _Ids], site: Path) -> str:
    """Why an address of our host leads nowhere, or nothing."""
    page, fragment = urldefrag(address)
    path = unquote(urlsplit(page).path).lstrip("/")
    if page in pages:
        return "" if not fragment or unquote(fragment) in pages[page].ids else f"no #{fragment}"
    return "" if path and (site / path).is_file() else "no such page"


def test_every_link_of_the_site_leads_somewhere(sample: Sample, pages: dict[str, _Ids]) -> None:
    """F21, S6: internal links and fragments resolve."""
    dead = []
    for url, page in pages.items():
        base = ROOT_URL if url.endswith("404.html") else url
        for _, address in page.addresses:
            target = urljoin(base, address)
            if urlsplit(target).hostname == HOST and (why := _dead(target, pages, sample.site)):
                dead.append(f"{url}: {address}: {why}")
    assert dead == []


def test_pages_load_nothing_from_elsewhere(pages: dict[str, _Ids]) -> None:
    """S5: no request to another host."""
    loading = {"img", "script", "link", "source", "iframe", "video", "audio", "object", "embed"}
    foreign = {
        (tag, address)
        for url, page in pages.items()
        for tag, address in page.addresses
        if tag in loading and urlsplit(urljoin(url, address)).hostname not in {HOST, None}
    }
    assert {a for t, a in foreign if t != "link"} == set()
    assert all("/elsewhere" in a or a.startswith("https://") for _, a in foreign)  # rel=canonical of a reprint


def test_every_link_of_feeds_and_mails_leads_somewhere(sample: Sample, pages: dict[str, _Ids]) -> None:
    """F13, F21, E14: absolute, and on our host they resolve."""
    dead = []
    texts = {}
    for file in sample.site.rglob("*.xml"):
        feed = feedparser.parse(file.read_bytes())
        for entry in feed.entries:
            texts[f"{file.name} {entry.get('id')}"] = entry.get("content", [{"value": ""}])[0]["value"]
            texts[f"{file.name} {entry.get('id')} link"] = f'<a href="{entry.link}">x</a>'
    for file in sample.outbox.rglob("*.html"):
        texts[str(file.relative_to(sample.outbox))] = file.read_text(encoding="utf-8")
    for name, text in texts.items():
        for _, address in _Ids(text).addresses:
            parts = urlsplit(address)
            if parts.scheme == "mailto" or parts.hostname == f"lists.{HOST}":
                continue
            if not parts.scheme:
                dead.append(f"{name}: {address} is not absolute")
            elif parts.hostname == HOST and (why := _dead(address, pages, sample.site)):
                dead.append(f"{name}: {address}: {why}")
    assert dead == []


def test_page_feed_and_mail_of_an_issue_say_the_same(sample: Sample) -> None:
    """F21: title, date, canonical address and text."""
    entries = {e.link: e for e in feedparser.parse((sample.site / "feed.xml").read_bytes()).entries}
    for issue in sample.publication.issues_for(PUBLIC):
        url = ROOT_URL + issue.url
        page = lxml.html.fromstring((sample.site / issue.url / "index.html").read_bytes().decode())
        letter = lxml.html.fromstring((sample.outbox / issue.id / "everyone.html").read_text(encoding="utf-8"))
        entry = entries[url]
        assert page.xpath("string(//link[@rel='canonical']/@href)") == (
            issue.republished.url if issue.republished else url
        )
        assert (
            page.xpath("normalize-space(//h1)") == entry.title == letter.xpath("normalize-space(//h1)") == issue.title
        )
        assert f'href="{url}"' in (sample.outbox / issue.id / "everyone.html").read_text(encoding="utf-8")
        assert entry.published_parsed[:3] == issue.published.utctimetuple()[:3]
        body = lxml.html.fromstring(entry.content[0]["value"])
        for paragraph in lxml.html.fromstring(f"<div>{issue.body.prose(PUBLIC)}</div>").xpath("./p[not(*)]"):
            words = " ".join(paragraph.text_content().split())
            if "@@" not in words:
                for place in (page, letter, body):
                    assert words in " ".join(place.text_content().split())


def test_the_messages_are_whole(sample: Sample) -> None:
    """E15, E16: an independent parser reads both parts, headers are plain, no line is too long."""
    for file in sample.outbox.rglob("*.eml"):
        raw = file.read_bytes()
        head = raw.partition(b"\r\n\r\n")[0]
        assert max(map(len, raw.split(b"\r\n"))) <= 998
        assert b"\n" not in raw.replace(b"\r\n", b"")
        message = email.message_from_bytes(raw, policy=email.policy.default)
        assert [part.get_content_type() for part in message.walk()] == [
            "multipart/alternative",
            "text/plain",
            "text/html",
        ]
        html = message.get_body(("html",))
        assert html is not None
        assert html.get_content().splitlines() == file.with_suffix(".html").read_text(encoding="utf-8").splitlines()
        leave = (b"List-Unsubscribe", b"List-Unsubscribe-Post")
        about = SERVICE_FOLDER in file.parts and file.parent.name not in ("mail-known", "mail-changed")
        for name in (b"List-Id", b"Message-ID", b"List-Archive", *(() if about else leave)):
            (line,) = [part for part in head.replace(b"\r\n ", b" ").split(b"\r\n") if part.startswith(name + b":")]
            assert b"=?" not in line
        assert message["To"] == "undisclosed-recipients:;"


def test_the_outbox_holds_no_address_of_a_reader(sample: Sample) -> None:
    """A10: only the publication's own addresses, and the one that a form shows how to write."""
    for file in sample.outbox.rglob("*"):
        if file.is_file() and file.suffix != ".png":
            text = file.read_text(encoding="utf-8").replace("=\r\n", "").replace("=\n", "")
            found = set(re.findall(r"[\w.+-]+@[\w-]+\.[\w.-]+\w", text))
            assert all(address.endswith(HOST) for address in found - {"name@example.org"}), (file, found)


def test_search_holds_the_titles_of_what_is_public(sample: Sample) -> None:
    """S10."""
    index = json.loads((sample.site / "search/search_index.json").read_text(encoding="utf-8"))
    titles = {lxml.html.fromstring(entry["title"]).text_content() for entry in index["docs"] if entry["title"]}
    for issue in sample.publication.issues:
        assert (issue.title in titles) == issue.meant_for(PUBLIC), issue.title
