"""Addresses from the text to every output (C17)."""

import string
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File

from tests.folders import write_png
from tipsheet.problems import Where
from tipsheet.reading.body import BodyReader
from tipsheet.reading.published import Kind
from tipsheet.reading.sources import Source
from tipsheet.reading.targets import Targets, page_address
from tipsheet.rendering.email.body import in_cells
from tipsheet.rendering.email.body import mail_tree as for_mail
from tipsheet.rendering.fragments import feed_html as for_feeds
from tipsheet.rendering.fragments import relative, show_fallbacks
from tipsheet.rendering.plaintext import plain_text

SITE, PAGE = "https://ours.example/", "https://ours.example/issues/x/"
PRINTABLE = "".join(sorted({*string.printable} - {*string.whitespace})) + " äé€字"
Outputs = Callable[[str], dict[str, str]]


def _read(targets: Targets, text: str) -> str:
    reader = BodyReader(targets, ZoneInfo("UTC"), (), ("first_name",))
    source = Source(path="content/tipsheets/a.md", name="tipsheets/a.md", body=text, first_line=1, header=None)
    parsed = reader.read(source, place="issue")
    assert parsed.problems == ()
    return "\n".join(one.content.html for one in parsed.body.passages)


def _outputs(html: str) -> Iterator[tuple[str, str]]:
    """The address of the only link in each output."""
    yield "page", _href(show_fallbacks(relative(html, "issues/x/")))
    yield "feed", _href(for_feeds(html, page=PAGE, site_url=SITE))
    tree = for_mail(html, site_url=SITE, page_url=PAGE, column=600)
    found: list[str] = []
    words = plain_text(tree, lambda url: found.append(url) or "[1]")  # type: ignore[func-returns-value]
    yield "text", found[0] if found else words.removeprefix("Words ")
    yield "mail", _href(in_cells(tree, column=600))


def _href(html: str) -> str:
    return str(next(lxml.html.fragment_fromstring(html, create_parent="div").iter("a")).get("href"))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Targets:
    return Targets(tmp_path_factory.mktemp("content"), {})


@given(rest=st.text(PRINTABLE), way=st.sampled_from(["angles", "reference", "html", "autolink"]))
@settings(max_examples=300, deadline=None)
def test_an_address_of_another_host_is_the_same_everywhere(empty: Targets, rest: str, way: str) -> None:
    """C17: byte for byte; blanks and what is no ASCII are percent-encoded, as on GitHub."""
    address = f"https://a.example/{rest}"
    written = "".join(f"\\{c}" if c in string.punctuation else c for c in address)
    if way == "autolink":
        address = "".join(c for c in address if c.isascii() and c not in " <>")
    text = {
        "angles": f"[x](<{written}>)",
        "reference": f"[x][y]\n\n[y]: <{written}>",
        "html": f'<a href="{escape(address)}">x</a> y',
        "autolink": f"Words <{address}>",
    }[way]
    expected = quote(address, safe=string.punctuation)
    if "@@" not in address:
        assert dict(_outputs(_read(empty, text))) == dict.fromkeys(("page", "feed", "text", "mail"), expected)


@pytest.mark.parametrize(
    "address",
    ["https://a.example/%00", "https://a.example/?u=https%3A%2F%2Fb.example%2F%3Fa%3D1%26b%3D2", "irc://c.example/#d",
     "tel:+31-20", "HTTPS://A.example/?", "https://a.example/?q=site:b.example,site:c", "https://[::1]:80/%E9",
     "https://a.example/b/../c//d/./", "mailto:a@b.example?subject=R%26D"],
)  # fmt: skip
def test_an_address_is_not_written_anew(empty: Targets, address: str) -> None:
    """C17: what looks as if it could be tidied stays."""
    assert set(dict(_outputs(_read(empty, f"[x]({address})"))).values()) == {address}


@pytest.mark.parametrize(
    ("written", "file", "address"),
    [
        ("../a%20b.pdf", "a b.pdf", "a%20b.pdf"),
        ("<../a b.pdf>", "a b.pdf", "a%20b.pdf"),
        ("../c%23d.pdf#page=2", "c#d.pdf", "c%23d.pdf#page=2"),
        ("../é.pdf?x=%26", "é.pdf", "%C3%A9.pdf?x=%26"),
        ("../%C3%A9.pdf", "é.pdf", "%C3%A9.pdf"),
        ("../%c3%a9.pdf", "é.pdf", "%c3%a9.pdf"),
        ("../50%.pdf", "50%.pdf", "50%.pdf"),
        ("../e%20f.pdf", "e%20f.pdf", "e%2520f.pdf"),
    ],
)
def test_a_file_is_found_by_its_decoded_name(tmp_path: Path, written: str, file: str, address: str) -> None:
    """C17: decoding serves only to look for a file of ours."""
    (tmp_path / file).write_text("")
    html = _read(Targets(tmp_path, {}, {file: Kind.FILE}), f"[x]({written})")
    assert dict(_outputs(html)) == {
        "page": f"../../{address}", "feed": SITE + address, "text": SITE + address, "mail": SITE + address,
    }  # fmt: skip


def test_a_picture_has_the_address_of_its_file(tmp_path: Path) -> None:
    """C17: a name that must be encoded, and its dark variant."""
    names = ("ä b.png", "ä b-dark.png")
    for name in names:
        write_png(tmp_path / name, 20, 10)
    targets = Targets(tmp_path, {}, dict.fromkeys(names, Kind.FILE))
    image, problem = targets.image("../%C3%A4%20b.png", "x", "tipsheets/a.md", Where("a.md"))
    assert problem is None
    assert image is not None
    assert (image.src, image.dark, image.width) == ("%C3%A4%20b.png", "%C3%A4%20b-dark.png", 20)


@given(
    name=st.lists(st.text("ab é'#", min_size=1).filter(str.strip) | st.sampled_from(["index", "README"]), min_size=1),
    directory_urls=st.booleans(),
)
@settings(deadline=None)
def test_pages_have_the_addresses_that_mkdocs_gives(name: list[str], directory_urls: bool) -> None:
    """C17: `use_directory_urls` too."""
    path = f"{'/'.join(name)}.md"
    site_dir = MkDocsConfig().site_dir
    url = File(path, "docs", site_dir, directory_urls).url
    assert page_address(path, directory_urls=directory_urls) == ("" if url == "./" else url)


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("{ width=120 }", 'width="120" height="60"'),
        ("{ width=120px }", 'width="120" height="60"'),
        ('{ height="30" }', 'width="60" height="30"'),
        ("{ width=50% }", 'width="50%"'),
        ("{ width=9 height=9 }", 'width="9" height="9"'),
        ("", 'width="200" height="100"'),
    ],
)
def test_a_picture_keeps_the_size_that_is_written(tmp_path: Path, written: str, size: str) -> None:
    """C19: width of a picture."""
    write_png(tmp_path / "a.png", 200, 100)
    targets = Targets(tmp_path, {}, {"a.png": Kind.FILE})
    picture = next(lxml.html.fromstring(_read(targets, f"x ![b](../a.png){written} y")).iter("img"))
    given_size = {name: picture.get(name) for name in ("width", "height") if picture.get(name)}
    assert " ".join(f'{name}="{value}"' for name, value in given_size.items()) == size
