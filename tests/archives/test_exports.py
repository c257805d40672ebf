"""Facts that the scenarios of the shapes do not hold: states, keys and forms that exports have besides."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tipsheet.archives.item import Archive, State
from tipsheet.archives.shapes import SHAPES, read_archive
from tipsheet.archives.source import UnreadableSourceError, open_source
from tipsheet.errors import UnknownNameError

WXR = (
    '<rss xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:wp="http://wordpress.org/export/1.2/">'
    "<channel><link>https://us.example</link>{}</channel></rss>"
)
POST = (
    "<item><title>A</title><wp:post_date>2014-05-06 10:00:00</wp:post_date><wp:status>{}</wp:status>"
    "<content:encoded><![CDATA[{}]]></content:encoded></item>"
)
BEEHIIV = "id,web_title,status,audience,url,thumbnail_url,content_html,created_at\n"
MAIL = "subject,body,status,email_type,publish_date,id\n"


def read(folder: Path, files: Mapping[str, str], shape: str) -> Archive:
    """The archive of these files, which is recognised as one of this shape."""
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    found, archive = read_archive(open_source(folder), None)
    assert found.name == shape
    return archive


@pytest.mark.parametrize(
    ("shape", "files", "states"),
    [
        (
            "beehiiv",
            {
                "posts.csv": f"{BEEHIIV}1,A,scheduled,free,https://b.example/p/a,,<p>a</p>,2023-01-01\n"
                "2,B,draft,free,https://b.example/p/b,,<p>b</p>,2023-01-02\n"
                "3,C,confirmed,both,https://b.example/p/c,,,2023-01-03\n",
                "c.html": "<p>c</p>",
            },
            [State.SCHEDULED, State.DRAFT, State.PUBLIC],
        ),
        (
            "buttondown",
            {
                "emails.csv": f"{MAIL}A,a,sent,public,2024-01-01,1\nB,b,scheduled,public,2024-01-02,2\n"
                "C,c,sent,premium,2024-01-03,3\nD,d,sent,private,2024-01-04,4\nE,e,draft,public,2024-01-05,5\n"
            },
            [State.PUBLIC, State.SCHEDULED, State.PAID, State.PRIVATE, State.DRAFT],
        ),
        (
            "plain",
            {
                **{
                    f"2016-02-{day}-a.md": f"---\ntitle: A\n{line}\n---\na"
                    for day, line in enumerate(
                        (
                            *("status: Draft", "publish: false", "published: no", "draft: yes", "status: WIP"),
                            *(
                                "private: true",
                                "visibility: private",
                                "hidden: true",
                                "password: x",
                                "status: unlisted",
                            ),
                            *("status: published", "private: false", "visibility: public"),
                        ),
                        10,
                    )
                },
                "drafts/2016-03-01-a.md": "a",
                "x/_Drafts/2016-03-02-a.md": "a",
                "x/Entwürfe/2016-03-03-a.md": "a",
                "x/draft-notes/2016-03-04-a.md": "a",
            },
            [*[State.DRAFT] * 5, *[State.PRIVATE] * 5, *[State.PUBLIC] * 3, State.DRAFT, State.DRAFT, State.PUBLIC],
        ),
        (
            "buttondown",
            {
                "emails.json": json.dumps(
                    {
                        "results": [
                            {"id": "1", "subject": "A", "body": "a", "status": "sent", "publish_date": "2024-01-01"},
                            {"id": "2", "subject": "B", "body": None, "status": "draft", "publish_date": "2024-01-02"},
                        ]
                    }
                )
            },
            [State.PUBLIC, State.DRAFT],
        ),
        (
            "wordpress",
            {"a.xml": WXR.format("".join(POST.format(one, "x") for one in ("publish", "private", "future", "draft")))},
            [State.PUBLIC, State.PRIVATE, State.SCHEDULED, State.DRAFT],
        ),
        (
            "ghost",
            {
                "a.json": json.dumps(
                    {
                        "posts": [
                            {
                                "title": "A",
                                "slug": "a",
                                "plaintext": "a\n\nb",
                                "status": "published",
                                "visibility": "members",
                            },
                            "no post",
                            {"title": "B", "slug": "b", "html": "<p>b</p>", "status": "draft"},
                        ]
                    }
                ).join(('{"data": ', "}"))
            },
            [State.PAID, State.DRAFT],
        ),
    ],
)
def test_what_was_not_public_comes_as_a_draft(
    shape: str, files: Mapping[str, str], states: list[State], tmp_path: Path
) -> None:
    assert [item.state for item in read(tmp_path, files, shape).items] == states


@pytest.mark.parametrize(
    ("shape", "files", "addresses"),
    [
        (
            "eleventy",
            {
                ".eleventy.js": "",
                "src/a.md": "---\ntitle: A\ndate: 2019-01-01\npermalink: /x/{{ page.fileSlug }}/index.html\n---\na",
                "src/b.md": "---\ntitle: B\ndate: 2019-01-02\npermalink: '{{ page.filePathStem }}.html'\n---\nb",
                "src/c.md": "---\ntitle: C\ndate: 2019-01-03\npermalink: '{% if x %}y{% endif %}'\n---\nc",
            },
            ["/x/a/", "/b.html", "/c/"],
        ),
        (
            "hugo",
            {
                "config.yaml": "baseURL: https://us.example/\npermalinks: {p: '/:year/:monthname/:title/'}\n",
                "archetypes/x.md": "",
                "content/p/a.md": "---\ntitle: An A\ndate: 2018-05-01\n---\na",
                "content/p/b.md": "---\ntitle: B\ndate: 2018-05-02\nurl: /b.html\n---\nb",
                "content/q/c/index.md": "---\ntitle: C\ndate: 2018-05-03\naliases: [old]\n---\nc",
            },
            ["/2018/may/an-a/", "/b.html", "/q/c/ /q/old"],
        ),
        (
            "hugo",
            {"config.toml": "no TOML", "content/a.md": "+++\ntitle = 'A'\ndate = 2018-05-01\n+++\na"},
            ["/a/"],
        ),
        (
            "mkdocs",
            {
                "mkdocs.yml": "plugins:\n  - search\n"
                "  - material/blog: {post_url_format: '{date}/{file}', post_url_date_format: yyyy}\n",
                "docs/blog/posts/a.md": "---\ndate: 2023-05-01\n---\n# A title\n",
            },
            ["/blog/2023/a/"],
        ),
        (
            "pelican",
            {
                "pelicanconf.py": "PATH = 'text'\nARTICLE_URL = '{category}/{date:%Y}/{slug}.html'\nX = y()\n",
                "publishconf.py": "no Python",
                "a.md": "Title: A\nDate: 2015-05-01\nCategory: B c\nAlias: old.html\n\na",
            },
            ["/b-c/2015/a.html /old.html"],
        ),
        (
            "jekyll",
            {
                "_config.yml": "permalink: ordinal\nbaseurl: blog\n",
                "_data/authors.yml": "[]",
                "_posts/2015-02-03-a.md": "---\ntitle: A\n---\na",
            },
            ["/blog/2015/034/a.html /2015/034/a.html"],
        ),
        (
            "jekyll",
            {
                "_config.yml": "permalink: /:categories/:title/\n",
                "_posts/2015-02-03-It's A b_c.md": "---\ncategories: [My Übung, C++]\n---\na",
                "_posts/2015-02-04-d.md": "---\npermalink: /:slugified_categories/:slug.html\n"
                "categories: [My Übung, C++]\nslug: Größe E\n---\na",
            },
            ["/my übung/c++/It's-A-b_c/", "/my-übung/c/größe-e.html"],
        ),
        (
            "jekyll",
            {
                "_config.yml": "exclude: [old/]\ndefaults:\n- {scope: {path: ''}, values: {permalink: '/:title'}}\n"
                "- {scope: {path: _posts/x, type: posts}, values: {permalink: '/x/:title'}}\n- 1\n"
                "- {scope: {type: pages}, values: {permalink: '/p/:title'}}\n",
                "_posts/2015-02-03-a.md": "---\ntitle: A\n---\na",
                "_posts/x/2015-02-04-b.md": "---\ntitle: B\n---\nb",
                "_posts/x/2015-02-05-c.md": "---\ntitle: C\npermalink: /c\n---\nc",
                "old/_posts/2015-02-05-d.md": "---\ntitle: D\n---\nd",
                "vendor/_posts/2015-02-05-e.md": "---\ntitle: E\n---\ne",
            },
            ["/a", "/x/b", "/c"],
        ),
        (
            "hugo",
            {
                "hugo.toml": "[permalinks]\nq = '/q/:slug/'\nr = '/r/:title/:slugorfilename/'\n",
                "content/p/It's a.b & C++ (d).md": "---\ndate: 2018-05-01\n---\na",
                "content/q/x.md": "---\ntitle: Größe - Ärger -- C++ b_c\ndate: 2018-05-01\n---\na",
                "content/r/A b.md": "---\ntitle: 日本 語!\ndate: 2018-05-01\n---\na",
            },
            ["/p/its-a.b-c++-d/", "/q/größe-ärger--c-b_c/", "/r/日本-語/a-b/"],
        ),
    ],
)
def test_addresses_are_those_of_the_old_site(
    shape: str, files: Mapping[str, str], addresses: list[str], tmp_path: Path
) -> None:
    archive = read(tmp_path, files, shape)
    assert sorted(" ".join(item.addresses) for item in archive.items) == sorted(addresses)


@pytest.mark.parametrize(
    ("header", "cover"),
    [
        ("image: a.png\nimage_alt: Scales", ("a.png", "Scales")),
        ("images: [a.png, b.png]", ("a.png", "")),
        ("header: {overlay_image: a.png, caption: Scales}", ("a.png", "Scales")),
        ("header: {layout: x}\ncover: {src: b.png, alt: B}", ("b.png", "B")),
        ("image: []", ("", "")),
    ],
)
def test_a_cover_is_what_themes_call_one(header: str, cover: tuple[str, str], tmp_path: Path) -> None:
    (item,) = read(tmp_path, {"2020-01-01-a.md": f"---\n{header}\n---\nText."}, "plain").items
    assert (item.cover, item.cover_alt) == cover


@pytest.mark.parametrize(
    ("header", "authors"),
    [
        ("author: {name: Bo Guest}", ("Bo Guest",)),
        ("authors: {bo: {}, ada: {}}", ("bo", "ada")),
        ("authors: [{name: Bo}, Ada, null]", ("Bo", "Ada")),
        ("author: '[Bo, Ada]'", ("Bo", "Ada")),
        ("author: Guest, Bo; Editor, Ada", ("Guest, Bo", "Editor, Ada")),
        ("author: true", ()),
        ("author: !ruby/object:Person {name: Bo}", ("Bo",)),
        ("authors: !x [!y Bo]", ("Bo",)),
    ],
)
def test_names_of_people_in_headers(header: str, authors: tuple[str, ...], tmp_path: Path) -> None:
    (item,) = read(tmp_path, {"2020-01-01-a.md": f"---\n{header}\n---\nText."}, "plain").items
    assert item.authors == authors


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ('{"title": "A", "date": "2020-01-01"}\n\nText.', "A"),
        ("{no JSON} and text", ""),
        ("{}\n\nText.", ""),
        ("---\n---\n# B\n\nText.", "B"),
        ("<h1>C <b>c</b></h1>\n\nText.", "C c"),
    ],
)
def test_a_header_may_be_json_or_empty(text: str, title: str, tmp_path: Path) -> None:
    (item,) = read(tmp_path, {"2020-01-01-a.md": text}, "plain").items
    assert item.title == title


@pytest.mark.parametrize(
    ("shape", "files", "told"),
    [
        (
            "wordpress",
            {
                "a.xml": WXR.format(
                    POST.format("publish", "a")
                    + "<item><wp:post_type>product</wp:post_type><title>P</title></item>"
                    + "<item><wp:post_type>attachment</wp:post_type></item>"
                ),
                "sitemap.xml": "<urlset/>",
            },
            ["a.xml:1: a 'product': P"],
        ),
        (
            "wordpress",
            {"a.xml": WXR.format(POST.format("publish", "a")).replace("</channel>", "<b></channel>")},
            ["a.xml:1: a mistake in the XML, after which something may be missing: "],
        ),
        (
            "beehiiv",
            {"posts.csv": f"{BEEHIIV}1,A,draft,,u,,,\n2,B,draft,,u,,<p>b</p>,\n"},
            ["posts.csv:2: a post without a text: A"],
        ),
        (
            "ghost",
            {"a.json": '{"data": {"posts": [{"slug": "a", "html": "a", "codeinjection_head": "x"}]}}'},
            ["a.json:1: code of a single post: codeinjection_head"],
        ),
        (
            "pelican",
            {
                "pelicanconf.py": "",
                "content/a.md": "Title: A\nDate: 2015-01-01\n\na",
                "content/b.rst": "B\n##\n\n:date: 2015-01-01\n\n.. |x| replace:: y\n",
            },
            [],
        ),
        (
            "mailchimp",
            {"campaigns_content/1_a.html": "<p>a</p>", "campaigns.csv": "Title,Subject\n"},
            ["campaigns_content/1_a.html:1: a campaign without a row in campaigns.csv"],
        ),
        ("plain", {"a.txt": "A text.\n", "readme.txt": "x"}, ["readme.txt:1: a file about the folder"]),
    ],
)
def test_what_stays_behind_is_told(shape: str, files: Mapping[str, str], told: list[str], tmp_path: Path) -> None:
    archive = read(tmp_path, files, shape)
    left = [str(one) for one in (*archive.left, *(one for item in archive.items for one in item.left))]
    assert archive.items
    assert all(any(line.startswith(words) for line in left) for words in told), left


def test_a_site_of_hexo_has_the_form_of_one_of_jekyll(tmp_path: Path) -> None:
    texts = {
        "a.md": "title: A\ndate: 2014-02-03\n---\n{% post_link b %}\n",
        "b.md": "---\ntitle: B\ndate: 2014-02-04\n---\nb",
    }
    files = {"_config.yml": "permalink: ':year/:title/'\n"} | {
        f"source/_posts/{name}": text for name, text in texts.items()
    }
    archive = read(tmp_path, files, "jekyll")
    assert [item.addresses for item in archive.items] == [("/2014/a/",), ("/2014/b/",)]
    assert archive.items[0].text == "[b](/source/_posts/b)\n"


def test_a_campaign_of_mailchimp_has_its_own_title_and_no_foot(tmp_path: Path) -> None:
    foot = "<p>Unsubscribe *|UNSUB|*</p><div><p>b</p></div><div id=templateFooter>c</div>"
    files = {
        "campaigns.csv": "Title,Subject,Send Date\nMay,*|FNAME|*: hello,2020-05-05 09:30\nJune,,2020-06-05 09:30\n",
        "campaigns_content/1_may.html": f"<body><p>Text</p>{foot}</body>",
        "campaigns_content/2_june.html": "",
    }
    archive = read(tmp_path, files, "mailchimp")
    assert [(item.title, item.text) for item in archive.items] == [("May", "<p>Text</p><div><p>b</p></div>")]
    assert [str(one) for one in archive.left] == ["campaigns_content/2_june.html:1: a campaign without a text: June"]


def test_texts_of_pelican_are_dated_by_its_configuration(tmp_path: Path) -> None:
    files = {"pelicanconf.py": "DEFAULT_DATE = 'fs'\n", "content/a.md": "Title: A\n\na"}
    assert read(tmp_path, files, "pelican").items[0].date is not None


def test_a_text_that_breaks_a_parser_is_told(tmp_path: Path) -> None:
    deep = "".join(f"{'  ' * level}- a\n\n" for level in range(400))
    files = {
        "pelicanconf.py": "",
        "content/a.md": "Title: A\nDate: 2015-01-01\n\na",
        "content/b.rst": f"B\n#\n\n{deep}",
    }
    archive = read(tmp_path, files, "pelican")
    assert [str(one)[:45] for one in archive.left] == ["content/b.rst:1: a file that cannot be read: "]


def test_an_article_in_html_says_its_header_in_elements(tmp_path: Path) -> None:
    page = '<title>A</title><meta name="date" content="2015-01-02"><body><p>a</p></body>'
    files = {"pelicanconf.py": "", "content/a.html": page, "content/google.html": "<body>x</body>"}
    assert [(item.title, item.text) for item in read(tmp_path, files, "pelican").items] == [("A", "<p>a</p>")]


def test_texts_in_restructured_text_need_an_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "docutils.core", None)
    files = {"pelicanconf.py": "", "content/a.md": "Title: A\nDate: 2015-01-01\n\na", "content/b.rst": "B\n#\n"}
    archive = read(tmp_path, files, "pelican")
    assert str(archive.left[0]) == "content/b.rst:1: a text in reStructuredText, for which the extra rst is needed"


@pytest.mark.parametrize(
    ("files", "shape", "error"),
    [
        ({"a.md": "a"}, "strange", UnknownNameError),
        ({"a.bin": "a"}, None, UnreadableSourceError),
        ({"README.md": "a"}, None, UnreadableSourceError),
        ({"a.json": "[" * 100_000, "b.csv": ""}, None, UnreadableSourceError),
        ({"a.xml": "http://wordpress.org/export/"}, None, UnreadableSourceError),
        ({"a.xml": "<!DOCTYPE x [ http://wordpress.org/export/ ]>"}, None, UnreadableSourceError),
    ],
)
def test_a_source_of_no_shape_or_without_items_is_an_error(
    files: Mapping[str, str], shape: str | None, error: type[Exception], tmp_path: Path
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(error) as caught:
        read_archive(open_source(tmp_path), shape)
    assert getattr(caught.value, "hint", "") or shape in ("strange", *SHAPES)
