"""The site in two languages: each page knows the other, and nothing of one language is taken for the other's."""

import json
import posixpath
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.conftest import Write
from tests.folders import write_publication
from tests.languages.builders import IN_GERMAN, TIP, files, german
from tests.site.builders import NOW, Page, build
from tests.site.test_mkdocs import contents, mkdocs
from tipsheet import press
from tipsheet.last_build import BuildOptions

ROOT = "https://sheet.example/"
IN_ITS_OWN_WORDS = IN_GERMAN.replace(
    "languages: [de]",
    "languages: {de: {name: Das Prüfblatt, tagline: Eine Tatsache auf einmal, segments: {managers: Führungskräfte}}}",
).replace("tagline: One", "subscribe: {url: 'https://lists.sheet.example/in'}\n      tagline: One")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The publication in English and German, built once."""
    root = write_publication(
        tmp_path_factory.mktemp("languages") / "publication", files(**{"mkdocs.yml": IN_ITS_OWN_WORDS})
    )
    return build(root)


def page(site: Path, address: str) -> Page:
    return Page(site / address / "index.html")


@pytest.mark.parametrize(
    "address",
    ["", "issues/ask/", "articles/long/", "archive/", "actions/", "for/managers/", "subscribe/", "authors/ada/"],
)
def test_a_page_and_its_translation_name_each_other(site: Path, address: str) -> None:
    expected = {"en": ROOT + address, "x-default": ROOT + address, "de": f"{ROOT}de/{address}"}
    for where, language in ((address, "en"), (f"de/{address}", "de")):
        found = page(site, where)
        links = [a for tag, a in found.tags if tag == "link" and "hreflang" in a]
        assert {one["hreflang"]: one["href"] for one in links} == expected
        assert found.attribute("html", "lang") == [language]
        assert found.attribute("body", "dir") == ["ltr"]
        assert found.attribute("link", "href", rel="canonical") == [ROOT + where]
        (link,) = [a for tag, a in found.tags if tag == "a" and "hreflang" in a]
        assert link["lang"] == link["hreflang"] == ("de" if language == "en" else "en")
    assert "Read this in:" in page(site, address).text
    assert "Auch zu lesen auf:" in page(site, f"de/{address}").text


def test_what_nobody_has_translated_is_where_it_was(site: Path) -> None:
    old = page(site, "issues/old/")
    assert not [a for _, a in old.tags if "hreflang" in a]
    assert not (site / "de/issues/old").exists()
    rows = [a for tag, a in page(site, "de/archive/").tags if a.get("lang") == "en"]
    assert [row["lang"] for row in rows if "hreflang" not in row] == ["en"]


def test_every_link_leads_somewhere_and_lists_stay_in_their_language(site: Path) -> None:
    for file in site.rglob("*.html"):
        here = file.parent.relative_to(site).as_posix()
        for _, attributes in Page(file).tags:
            parts = urlsplit(attributes.get("href", "") or attributes.get("src", ""))
            if parts.scheme or parts.netloc or not parts.path:
                continue
            path = posixpath.normpath(posixpath.join("/", here, unquote(parts.path))).lstrip("/")
            target = site / path
            assert (target / "index.html" if target.is_dir() else target).is_file(), (here, attributes)
            elsewhere = (site / "de" / path).exists() and path and not path.startswith("de")
            if here.startswith("de") and "hreflang" not in attributes:
                assert not elsewhere, (here, attributes)


def test_words_dates_and_the_publication_s_own_are_in_the_language_of_the_page(site: Path) -> None:
    german_page, english = page(site, "de/issues/ask/").text, page(site, "issues/ask/").text
    assert "17. November 2026" in german_page
    assert "17 November 2026" in english
    assert "Das Prüfblatt" in german_page
    assert "The Test Sheet" in english
    assert "Wir ziehen um" in german_page
    assert page(site, "de/subscribe/").attribute("input", "value", name="language") == ["de"]
    assert page(site, "subscribe/").attribute("input", "value", name="language") == ["en"]
    assert "Führungskräfte" in page(site, "de/").text
    assert "Führungskräfte" not in page(site, "").text
    shelf = page(site, "de/actions/").text
    assert "Stelle eine Frage, bevor du vorträgst" in shelf
    assert "Warte einen Tag" in shelf
    assert "Wait a day" not in shelf


def test_each_language_has_feeds_of_its_own(site: Path) -> None:
    for folder, language, title, other in (
        ("", "en", "Ask one question", "Stelle"), ("de/", "de", "Stelle eine Frage", "Ask one"),
    ):  # fmt: skip
        feed = (site / f"{folder}feed.xml").read_text()
        assert f"<language>{language}</language>" in feed
        assert f'href="{ROOT}{folder}feed.xml" rel="self"' in feed
        assert title in feed
        assert other not in feed
        assert json.loads((site / f"{folder}feed.json").read_text())["language"] == language
        heads = page(site, folder).attribute("link", "href", type="application/rss+xml")
        assert heads[0] == "feed.xml"
        assert f"{ROOT}{folder}i/2026-w47/" in feed
        assert (site / folder / "i/2026-w47/index.html").is_file()


def test_each_language_has_a_calendar_and_data_of_its_own(site: Path) -> None:
    calendars = [(site / f"{folder}actions.ics").read_text() for folder in ("", "de/")]
    for calendar, folder, title in zip(calendars, ("", "de/"), ("Ask one question", "Stelle eine Frage"), strict=True):
        assert title in calendar
        assert f"URL:{ROOT}{folder}actions/" in calendar
        assert f"{ROOT}{folder}issues/ask/#action-ask-first" in calendar.replace("\r\n ", "")
    assert len({re.search(r"UID:.*", calendar)[0] for calendar in calendars}) == 1  # type: ignore[index]
    document = json.loads((site / "de/api/issues.json").read_text())
    assert (document["language"], document["home_page_url"]) == ("de", f"{ROOT}de/")
    assert document["$schema"] == f"{ROOT}api/issues.schema.json"
    asked, old = document["issues"]
    assert (asked["title"], asked["url"]) == ("Stelle eine Frage", f"{ROOT}de/issues/ask/")
    assert (old["title"], old["url"]) == ("Only English", f"{ROOT}issues/old/")
    actions = {one["id"]: one for one in json.loads((site / "de/api/actions.json").read_text())["actions"]}
    assert actions["wait"]["title"] == "Warte einen Tag"
    assert json.loads((site / "api/issues.json").read_text())["issues"][1] == old
    addresses = re.findall(rf'"{ROOT}([^"]*)"', json.dumps([document, actions]))
    paths = [site / address.partition("#")[0] for address in addresses]
    assert all((path / "index.html" if path.is_dir() else path).is_file() for path in paths), addresses
    assert {"de/authors/ada/", "de/i/2026-w47/", "de/actions/ask-first.ics"} <= set(addresses)
    assert "../api/issues.json" in page(site, "de/subscribe/").attribute("a", "href")


def test_each_language_is_searched_by_itself(site: Path) -> None:
    english, german_index = (json.loads((site / f"{f}search/search_index.json").read_text()) for f in ("", "de/"))
    assert "Stelle eine Frage" not in json.dumps(english, ensure_ascii=False)
    assert german_index["config"]["lang"] == ["de"]
    locations = [entry["location"] for entry in german_index["docs"]]
    assert "issues/ask/" in locations
    assert all((site / "de" / place.partition("#")[0] / "index.html").is_file() for place in locations)
    base = re.search(r'"base": ?"([^"]*)"', (site / "de/issues/ask/index.html").read_text())
    assert base is not None
    assert base[1] == "../.."


def test_the_sitemap_names_both(site: Path) -> None:
    text = (site / "sitemap.xml").read_text()
    entry = next(line for line in text.splitlines() if f"<loc>{ROOT}de/issues/ask/</loc>" in line)
    assert f'hreflang="en" href="{ROOT}issues/ask/"' in entry
    assert f'hreflang="x-default" href="{ROOT}issues/ask/"' in entry
    assert "hreflang" not in next(line for line in text.splitlines() if "issues/old/" in line)


def test_a_publication_of_one_language_has_no_trace_of_others(publication: Write) -> None:
    built = build(publication({}))
    assert not (built / "de").exists()
    assert not [file for file in built.rglob("*.html") if "hreflang" in file.read_text()]
    assert "xhtml" not in (built / "sitemap.xml").read_text()


def test_a_build_that_remembers_gives_the_bytes_of_a_cold_one(publication: Write) -> None:
    root = publication(files())
    build(root)
    (root / f"{TIP}.de.md").write_text(german(title="Frage nach"))
    warm = contents(build(root))
    cold = contents(build(root, root.parent / "cold"))
    assert warm == cold
    (root / f"{TIP}.de.md").unlink()
    assert contents(build(root)) == contents(build(root, root.parent / "colder"))


def test_another_word_in_a_translation_makes_little_again(publication: Write) -> None:
    root = publication(files())
    options = BuildOptions(site_dir=root.parent / "site", outbox_dir=root.parent / "outbox")
    press.build(root, options, now=NOW)
    (root / f"{TIP}.de.md").write_text(german().replace("das ist der Text", "dies ist der Text"))
    written = press.press(root, options, now=NOW).written
    pages = sorted(path for path in written if path.endswith(".html") and path.startswith("site/"))
    assert pages == ["site/de/for/managers/ask/index.html", "site/de/issues/ask/index.html"]


def test_mkdocs_build_makes_the_same_bytes(publication: Write) -> None:
    root = publication(files())
    ours = contents(build(root))
    done = mkdocs(root, "--strict", "-d", "theirs")
    assert done.returncode == 0, done.stderr
    assert contents(root / "theirs") == ours
