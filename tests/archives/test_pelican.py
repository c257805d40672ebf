"""Addresses of Pelican: as it makes them of titles, names and its configuration, tried with Pelican 4.11."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from tipsheet.archives.generators import Post, item_of, read_each
from tipsheet.archives.headers import Headed
from tipsheet.archives.item import Archive, Item, Left, State
from tipsheet.archives.shapes import read_archive
from tipsheet.archives.source import SourceFiles
from tipsheet.limits import LIMITS

TITLES = {
    "It's a.b & c_d/e": "its-ab-c_de",
    "Größe: Ärger \u2013 ßtraße": "grosse-arger-sstrasse",
    "Łódź, Ørsted, Æther, œuvre, Þór, đ": "lodz-orsted-aether-oeuvre-thor-d",
    "Привет, мир! Щука ёж объект Хлеб": "privet-mir-shchuka-iozh-obekt-khleb",
    "Ελλάδα χθες Ψυχή": "ellada-khthes-psukhe",
    "a\u2014b\u2026 \u201cc\u201d €5": "a-b-c-eur5",
    "C++ 3.11's": "c-311s",
    "a -- b": "a-b",
    "100% <b>x</b> &amp; y": "100-x-y",
    "İstanbul \u0131 ş ğ": "istanbul-i-s-g",
}


def archive_of(files: Mapping[str, str], config: str = "") -> Archive:
    """The archive of a site of Pelican with this configuration."""
    data = {name: text.encode() for name, text in {"pelicanconf.py": config, **files}.items()}
    return read_archive(SourceFiles("old", tuple(data), (), data.__getitem__, frozenset(data)), "pelican")[1]


def address_of(header: str, config: str, name: str = "content/a.md") -> str:
    """The old address of a text with this header."""
    (item,) = archive_of({name: f"{header}\n\nText.\n"}, config).items
    return item.addresses[0]


@pytest.mark.parametrize("title", TITLES)
def test_a_title_makes_the_slug_that_pelican_makes(title: str) -> None:
    assert address_of(f"Title: {title}\nDate: 2015-03-02", "") == f"/{TITLES[title]}.html"


@pytest.mark.parametrize(
    ("config", "header", "name", "address"),
    [
        ("SLUGIFY_USE_UNICODE = True", "Title: Größe & 日本", "a.md", "/größe-日本.html"),
        ("SLUGIFY_PRESERVE_CASE = True", "Title: Größe ÆON", "a.md", "/Grosse-AeON.html"),
        ("SLUGIFY_SOURCE = 'basename'", "Title: x", "2015-03-02 A_b.c.md", "/2015-03-02-a_bc.html"),
        ("SLUG_REGEX_SUBSTITUTIONS = [(r'\\+\\+', 'pp'), (r'\\W+', '-')]", "Title: C++ a", "a.md", "/cpp-a.html"),
        ("SLUG_REGEX_SUBSTITUTIONS = [(r'(a+)+$', 'b'), ('(', ''), 3]", "Title: aaa", "a.md", "/aaa.html"),
        ("ARTICLE_URL = '{date:%Y}/{date:%m}/{slug}/'", "Title: A b", "a.md", "/2015/03/a-b/"),
        ("ARTICLE_SAVE_AS = 'blog/{slug}/index.html'", "Title: A b", "a.md", "/blog/a-b/"),
        ("ARTICLE_URL = '{category}/{author}/{slug}'", "Title: A\nAuthor: Bö C.", "a.md", "/misc/bo-c/a"),
        ("ARTICLE_URL = '{category}/{slug}'\nDEFAULT_CATEGORY = 'Blog'", "Title: A", "a.md", "/blog/a"),
        ("ARTICLE_URL = '{category}/{slug}'", "Title: A", "Über uns/a.md", "/uber-uns/a"),
        ("FILENAME_METADATA = r'(?P<date>\\d{4}-\\d\\d-\\d\\d)[_-](?P<slug>.*)'", "", "2015-03-02-B_c.md", "/B_c.html"),
        (
            "PATH_METADATA = r'(?P<section>.*)/(?P<slug>.*)\\.md'\nARTICLE_URL = '{section}/{slug}'",
            "",
            "x/y.md",
            "/x/y",
        ),
        ("ARTICLE_URL = '{path_no_ext}.html'", "Title: A", "x/y.md", "/x/y.html"),
        ("", "Title: A\nUrl: old/a/", "a.md", "/old/a/"),
        ("", "Title: A\nSlug: b", "a.md", "/b.html"),
    ],
)
def test_the_configuration_makes_addresses(config: str, header: str, name: str, address: str) -> None:
    assert address_of(f"Date: 2015-03-02\n{header}".rstrip(), config, f"content/{name}") == address


def test_the_day_in_the_name_of_a_file_is_said_once() -> None:
    (item,) = archive_of({"content/2015-03-02-b.md": "Title: A\n\nText.\n"}, "SLUGIFY_SOURCE = 'basename'").items
    assert (item.slug, item.addresses) == ("b", ("/2015-03-02-b.html",))


def test_an_address_whose_letters_are_not_known_is_told() -> None:
    (item,) = archive_of({"content/a.md": "Title: 日本\nDate: 2015-03-02\n\nText.\n"}).items
    assert not item.addresses
    assert [str(one) for one in item.left] == [
        "content/a.md:4: an old address that is not known, since its letters have other names: 日本"
    ]


def test_links_to_categories_and_tags_lead_where_the_configuration_says() -> None:
    text = "Title: A\nDate: 2015-03-02\n\n[a]({tag}C++%20b) [c]({category}Größe)\n"
    (item,) = archive_of({"content/a.md": text}, "TAG_URL = 'tags/{slug}/'").items
    assert item.text.strip() == "[a](/tags/c-b/) [c](/category/grosse.html)"


def test_a_status_of_the_configuration_is_that_of_texts_without_one() -> None:
    files = {"content/a.md": "Title: A\nDate: 2015-03-02\n\nText.\n"}
    files["content/b.md"] = "Title: B\nDate: 2015-03-02\nStatus: published\n\nText.\n"
    states = [item.state for item in archive_of(files, "DEFAULT_METADATA = {'status': 'draft'}").items]
    assert states == [State.DRAFT, State.PUBLIC]


@pytest.mark.parametrize("status", ["draft", "hidden", "skip", "pending"])
@pytest.mark.parametrize(
    "form",
    [
        '<meta name="status" content="{}">',
        '<meta content="{}" name="status"/>',
        "<META CONTENT='{}' id=x NAME=status>",
        '<meta name="status" contents="{}">',
    ],
)
def test_a_status_in_html_is_read_however_it_is_written(status: str, form: str) -> None:
    head = f'<html><head><title>A</title><meta content="2015-03-02" name="date">{form.format(status)}</head>'
    (item,) = archive_of({"content/a.html": f"{head}<body><p>Text.</p></body></html>"}).items
    assert (item.state is not State.PUBLIC, str(item.date), item.text) == (True, "2015-03-02 00:00:00", "<p>Text.</p>")


def test_texts_that_pelican_does_not_read_have_no_readers() -> None:
    text = "Title: A\nDate: 2015-03-02\n\nText.\n"
    names = ("posts/a.md", "posts/old/b.md", "notes/c.md", "posts/#d.md", "posts/.e.md")
    config = "ARTICLE_PATHS = ['posts']\nARTICLE_EXCLUDES = ['posts/old']\nIGNORE_FILES = ['#*', '.*']"
    archive = archive_of({f"content/{name}": text for name in names}, config)
    assert [item.where.path for item in archive.items] == ["content/posts/a.md"]
    assert sorted(str(one) for one in archive.left) == [
        "content/notes/c.md:1: a text outside of the folders of articles",
        "content/posts/#d.md:1: a file that Pelican passes over",
        "content/posts/.e.md:1: a file that Pelican passes over",
        "content/posts/old/b.md:1: a text outside of the folders of articles",
    ]


WRONG = ("5", "'x'", "[1, None]", "{'a': 1}", "None", "(2012,)", "True", "'('")


@pytest.mark.parametrize("value", WRONG)
def test_a_configuration_of_other_kinds_stops_nothing(value: str) -> None:
    names = (
        *("PATH", "SITEURL", "TIMEZONE", "AUTHOR", "DEFAULT_LANG", "DEFAULT_DATE", "DEFAULT_CATEGORY", "ARTICLE_URL"),
        *("PAGE_PATHS", "STATIC_PATHS", "ARTICLE_EXCLUDES", "IGNORE_FILES", "DEFAULT_METADATA", "FILENAME_METADATA"),
        *("PATH_METADATA", "SLUG_REGEX_SUBSTITUTIONS", "SLUGIFY_SOURCE", "PAGE_URL", "TAG_URL", "ARTICLE_LANG_URL"),
    )
    text = "Title: A\nDate: 2015-03-02\nLang: de\n\n[a]({tag}b)\n"
    files = {"content/a.md": text, "content/pages/b.md": "Title: B\n\nb", "content/c.md": "Title: C\n\nc\n"}
    archive = archive_of(files, "\n".join(f"{name} = {value}" for name in names))
    assert "content/a.md" in [item.where.path for item in archive.items]
    assert not [one for one in archive.left if one.cause == "an item that cannot be read"]


def test_a_text_that_cannot_be_read_stops_no_other() -> None:
    posts = [Post(f"{name}.md", Headed({"title": name}, "Text.", 1), name, None) for name in "abc"]

    def made(post: Post) -> Item:
        if post.name == "b.md":
            raise KeyError("x")
        return item_of(post)

    left: list[Left] = []
    assert [item.title for _, item in read_each(posts, made, left)] == ["a", "c"]
    assert [str(one) for one in left] == ["b.md:1: an item that cannot be read: KeyError: 'x'"]


def test_a_text_that_takes_too_long_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "conversion", replace(LIMITS["conversion"], value=0.05))
    posts = [Post(f"{name}.md", Headed({"title": name}, "Text.", 1), name, None) for name in "abc"]

    def made(post: Post) -> Item:
        while post.name == "b.md":
            pass
        return item_of(post)

    left: list[Left] = []
    assert [item.title for _, item in read_each(posts, made, left)] == ["a", "c"]
    assert [str(one) for one in left] == ["b.md:1: an item that cannot be read: it takes too long"]


@pytest.mark.parametrize("pattern", ["(a|a)*b", "(?:a|aa)+b", "((a)|b){9,}c", r"(a*)\1b"])
def test_a_pattern_that_could_be_tried_for_ever_is_not_tried(pattern: str) -> None:
    (item,) = archive_of(
        {f"content/{'a' * 200}.md": "Title: A\nDate: 2015-01-02\n\nText.\n"}, f"FILENAME_METADATA = {pattern!r}\n"
    ).items
    assert item.title == "A"
