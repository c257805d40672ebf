"""A link in an old text: what it leads to; and the lists by which old addresses lead on."""

from dataclasses import replace
from pathlib import Path

import pytest

from tipsheet.archives.item import Archive, Form, Item
from tipsheet.archives.links import Led, addresses_of, old_paths, redirect_lists
from tipsheet.archives.source import open_source
from tipsheet.problems import Where

SITE = "https://old.example/blog/"
FIRST = Item(
    where=Where("2020/a.md"),
    title="A",
    text="",
    form=Form.MARKDOWN,
    addresses=("/2020/a/", "/a.html"),
    base="2020/a.md",
)
SECOND = replace(FIRST, title="B", addresses=("https://old.example/blog/b",), base="2020/b.md")
FILES = ("2020/a.md", "2020/b.md", "2020/c.png", "static/d e.pdf", "about.md")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("old")
    for name in FILES:
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(b"x")
    return root


@pytest.mark.parametrize(
    ("href", "led"),
    [
        ("b.md", Led(item=1)),
        ("b.md#c", Led(item=1, fragment="c")),
        ("../2020/b.html?x=1#c", Led(item=1, fragment="c")),
        ("/blog/b/", Led(item=1)),
        ("/b", Led(address="https://old.example/b", old=True)),
        ("https://www.old.example/blog/b?utm_source=x", Led(item=1)),
        ("//old.example/blog/2020/A/", Led(item=0)),
        ("c.png", Led(file="2020/c.png")),
        ("/d%20e.pdf", Led(file="static/d e.pdf")),
        ("https://old.example/blog/d%20e.pdf", Led(file="static/d e.pdf")),
        ("https://old.example/blog/gone", Led(address="https://old.example/blog/gone", old=True)),
        ("gone", Led(address="https://old.example/blog/2020/a/gone", old=True)),
        ("gone.md", Led()),
        ("../about.md#us", Led(address="https://old.example/blog/us/#us", old=True)),
        ("#c", Led(fragment="c")),
        ("https://x.example/?utm_medium=y&a=1&fbclid=z#c", Led(address="https://x.example/?a=1#c")),
        ("https://x.example/?utm_medium=y", Led(address="https://x.example/")),
        ("mailto:a@x.example", Led(address="mailto:a@x.example")),
        ("mailto:", Led()),
        ("javascript:x()", Led()),
        ("https://[bad/", Led()),
        ("https:///path", Led()),
    ],
)
def test_a_link_leads_to_an_item_a_file_or_where_it_led(href: str, led: Led, folder: Path) -> None:
    archive = Archive(items=(FIRST, SECOND), sites=(SITE,), static=("", "static"), pages={"about.md": "/us/"})
    assert addresses_of(archive, open_source(folder)).led(href, FIRST) == led


def test_without_the_address_of_the_old_site_a_link_leads_nowhere(folder: Path) -> None:
    archive = Archive(items=(FIRST, SECOND), pages={"about.md": "/us/"})
    addresses = addresses_of(archive, open_source(folder))
    assert [addresses.led(href, FIRST) for href in ("gone", "../about.md")] == [Led(), Led()]


@pytest.mark.parametrize(
    ("old", "paths"),
    [
        ("/2020/a/", ("/2020/a", "/2020/a/")),
        ("/a.html", ("/a.html",)),
        ("https://old.example/?p=7", ("/?p=7",)),
        ("/caf\u00e9 a", ("/caf%C3%A9%20a", "/caf%C3%A9%20a/")),
        ("/issues/a/", ()),
        ("/", ()),
        ('/a?x="{', ()),
    ],
)
def test_an_old_path_is_as_a_server_is_asked_for_it(old: str, paths: tuple[str, ...]) -> None:
    assert old_paths([old], "/issues/a/") == paths


def test_lines_are_added_to_lists_and_one_address_leads_to_one_page() -> None:
    pairs = [("/a", "/issues/a/"), ("/a", "/issues/b/"), ("/?p=7", "/issues/a/")]
    lists = redirect_lists(pairs, {"redirects/_redirects": "/a /elsewhere 301"})
    assert lists == {
        "redirects/nginx.map": '"/a" "/issues/a/";\n"/?p=7" "/issues/a/";\n',
        "redirects/redirects.caddy": 'redir "/a" "/issues/a/" permanent\n',
        "redirects/_redirects": "/a /elsewhere 301\n/ p=7 /issues/a/ 301\n",
    }
    assert redirect_lists(pairs, lists) == {}
