import json
import posixpath
from urllib.parse import unquote, urlsplit

import pytest

from tests.folders import MKDOCS, article, issue, write_png
from tests.site.builders import Page, build, with_settings

LOADING = {"img": ("src", "srcset"), "script": ("src",), "source": ("srcset",), "iframe": ("src",), "use": ("href",)}
SUBSCRIBE = with_settings(subscribe="{url: 'https://lists.sheet.example/in'}", share="[linkedin, bluesky, mastodon]")
NASTY = """<b>&"'</b></script><!--"""


def html_files(site):
    return sorted(site.rglob("*.html"))


def test_a_title_is_text_wherever_it_stands(publication):
    header = f"tags: ['{'<i>&'}']\n"
    quoted = json.dumps(NASTY)
    root = publication(
        {
            "content/tipsheets/2026/b.md": issue(header, id="b", date="2026-11-10", title=quoted, description=quoted),
            "content/authors.yml": f"ada: {{name: {quoted}, role: {quoted}, bio: {quoted}}}\n",
        }
    )

    site = build(root)

    for file in html_files(site):
        page = Page(file)
        assert not [tag for tag, _ in page.tags if tag in ("b", "i")], file
    page = Page(site / "issues/b/index.html")
    data = next(json.loads(words) for words in page.words if words.lstrip().startswith('{"@context'))
    assert data["headline"] == NASTY
    assert page.attribute("meta", "content", property="og:title") == [NASTY]
    index = json.loads((site / "search/search_index.json").read_text())
    assert not [entry for entry in index["docs"] if "<b>" in entry["title"]]


@pytest.mark.parametrize("site_url", ["https://sheet.example/", "https://sheet.example/papers/sheet/"])
def test_every_link_inside_the_site_leads_somewhere(publication, site_url):
    files = {
        "mkdocs.yml": SUBSCRIBE.replace("https://sheet.example/", site_url, 1),
        "content/about.md": "# About\n\n[First](tipsheets/2026/2026-11-17-ask.md), [then](tipsheets/2026/b.md).\n",
        "content/tipsheets/2026/b.md": issue(
            "aliases: [old-name]\ntags: [One, two]\nimage: {src: ../../images/cover.png, alt: Grey}\n",
            id="b",
            date="2026-11-10",
            title="The other",
            body="[We](../../about.md), [before](2026-11-17-ask.md#action-ask-first), [below](#there).\n\n## There",
        ),
        "content/articles/long.md": article(id="long", date="2026-10-01", title="Long"),
    }
    root = publication(files)
    write_png(root / "content/images/cover.png")

    site = build(root)

    base = urlsplit(site_url).path
    pages = {file: Page(file) for file in html_files(site)}
    for file, page in pages.items():
        here = base + posixpath.join(file.parent.relative_to(site).as_posix(), "").removeprefix("./")
        addresses = [a[key] for _, a in page.tags for key in ("href", "src") if key in a]
        for address in addresses:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            path = posixpath.normpath(posixpath.join(here, unquote(parts.path))) if parts.path else here
            assert (path + "/").startswith(base), (file, address)
            target = site / path[len(base) :]
            target = target / "index.html" if target.is_dir() else target
            assert target.is_file(), (file, address)
            if parts.fragment and target in pages:
                assert parts.fragment in pages[target].ids, (file, address)


def test_no_page_loads_anything_from_another_host(publication):
    site = build(publication({"mkdocs.yml": SUBSCRIBE}))

    for file in html_files(site):
        page = Page(file)
        links = [a["href"] for tag, a in page.tags if tag == "link" and a.get("rel") != "canonical"]
        loaded = [a[key] for tag, a in page.tags for key in LOADING.get(tag, ()) if key in a]
        assert not [address for address in (*links, *loaded) if urlsplit(address).netloc], file
    for sheet in ("assets/tipsheet.css", "assets/look.css"):
        assert "url(" not in (site / sheet).read_text()


def test_old_and_permanent_addresses_lead_to_the_page(publication):
    text = issue("aliases: [first-name]\n", id="w46", date="2026-11-10", title="Second name")
    site = build(publication({"content/tipsheets/2026/b.md": text}))

    for name in ("i/w46", "issues/first-name"):
        page = Page(site / name / "index.html")
        assert page.attribute("meta", "content", **{"http-equiv": "refresh"})[0].endswith("/b/")
        assert page.attribute("link", "href", rel="canonical") == ["https://sheet.example/issues/b/"]
    assert "../issues/ask/" in (site / "latest/index.html").read_text()


def test_the_form_posts_to_the_list_service_and_works_without_script(publication):
    site = build(publication({"mkdocs.yml": SUBSCRIBE}))

    page = Page(site / "subscribe/index.html")
    assert page.attribute("form", "action", method="post") == ["https://lists.sheet.example/in"]
    names = set(page.attribute("input", "name")) - {"query", "__palette"}
    assert names == {"first_name", "last_name", "email", "segments", "consent", "website"}
    assert page.attribute("input", "value", name="segments") == ["managers", "sellers"]
    for file in html_files(site):
        forms = [a for tag, a in Page(file).tags if tag == "form" and "action" in a]
        assert all(form["method"] == "post" for form in forms), file


def test_without_a_list_service_the_page_explains_the_feeds(publication):
    site = build(publication())

    page = Page(site / "subscribe/index.html")
    assert not page.attribute("form", "action")
    assert {"../feed.xml", "../feed.json", "../for/managers/feed.xml"} <= set(page.attribute("a", "href"))


def test_every_page_names_the_feeds(publication):
    site = build(publication({"content/tipsheets/2026/b.md": issue("tags: [Trust]\n", id="b", date="2026-11-10")}))

    for name in ("", "about/", "issues/ask/", "archive/", "404.html"):
        file = site / name / "index.html" if name.endswith("/") or not name else site / name
        page = Page(file)
        assert len(page.attribute("link", "href", type="application/rss+xml")) == 1, name
    assert "feed.xml" in Page(site / "tags/trust/index.html").attribute("link", "href", type="application/rss+xml")


def test_a_file_of_overrides_goes_before_ours(publication):
    root = publication({"overrides/robots.txt": "User-agent: Nobody\n"})
    settings = root / "mkdocs.yml"
    settings.write_text(settings.read_text().replace("  font: false", "  font: false\n  custom_dir: overrides"))
    site = build(root)

    assert (site / "robots.txt").read_text() == "User-agent: Nobody\n"


def test_a_republished_piece_names_its_original(publication):
    first = "{title: First, site: Elsewhere, url: https://elsewhere.example/first, author: Cy}"
    text = article(id="r", date="2026-11-01", title="Again", republished=first)
    site = build(publication({"content/articles/r.md": text}))

    page = Page(site / "articles/r/index.html")
    assert page.attribute("link", "href", rel="canonical") == ["https://elsewhere.example/first"]
    assert "Cy on Elsewhere" in page.text
    assert "elsewhere.example" not in (site / "sitemap.xml").read_text()


def test_what_is_over_is_marked(publication):
    event = "/// event | Breakfast { starts=2026-11-18T08:00 place=Utrecht }\n\nRolls.\n\n///\n"
    later = event.replace("Breakfast", "Supper").replace("11-18", "12-18")
    site = build(
        publication(
            {"content/tipsheets/2026/b.md": issue(id="b", date="2026-11-10", title="Both", body=f"{event}\n{later}")}
        )
    )

    text = " ".join(Page(site / "issues/b/index.html").text.split())
    assert "Breakfast Past" in text
    assert "Supper Past" not in text
    assert "Breakfast" not in Page(site / "index.html").text


def test_no_menu_shows_the_signs_of_a_merge_field(publication):
    """C5, C18: the title of an ordinary page and those of its headings are texts as well."""
    text = "# Hello @@first_name or you@@\n\n## Write \\@@x@@, @@first_name or you@@\n\nWords.\n"
    site = build(publication({"content/hello.md": text}))
    for page in ("hello/index.html", "index.html"):
        html = (site / page).read_text(encoding="utf-8")
        assert "first_name or" not in html
        assert "\ufdd0" not in html
    assert "<title>Hello you" in (site / "hello/index.html").read_text(encoding="utf-8")


def test_merge_fields_show_what_stands_for_a_stranger(publication):
    site = build(publication({"content/about.md": "# About\n\nDear @@first_name or reader@@.\n"}))

    assert "Dear reader." in Page(site / "about/index.html").text
    assert "Hello there, this is the text." in Page(site / "issues/ask/index.html").text
    assert "@@" not in "".join(file.read_text() for file in [*html_files(site), site / "search/search_index.json"])


def test_a_publication_without_issues_has_a_site(publication, tmp_path):
    root = publication({"mkdocs.yml": MKDOCS})
    (root / "content/tipsheets/2026/2026-11-17-ask.md").unlink()

    site = build(root)

    assert "Every Tuesday" in Page(site / "index.html").text
    assert not (site / "latest").exists()


TABLE = "| a | b |\n|---|---|\n| c | d |\n"
BOXED = '<div class="ts-scroll" tabindex="0"><table>'


def test_every_table_of_a_text_scrolls_in_a_box_of_its_own(publication):
    """S20; also on a page that MkDocs alone makes, and a table in a table has the one box that it needs."""
    nested = "<table><tr><td><table><tr><td>e</td></tr></table></td></tr></table>"
    site = build(
        publication(
            {
                "content/about.md": f"# About\n\n{TABLE}",
                "content/articles/long.md": article(id="long", date="2026-10-01", body=f"{TABLE}\nText.\n\n{TABLE}"),
                "content/articles/raw.md": article(id="raw", date="2026-10-02", body=nested),
            }
        )
    )

    pages = {name: (site / name / "index.html").read_text() for name in ("about", "articles/long", "articles/raw")}
    assert {name: (html.count(BOXED), html.count("<table")) for name, html in pages.items()} == {
        "about": (1, 1),
        "articles/long": (2, 2),
        "articles/raw": (1, 2),
    }
