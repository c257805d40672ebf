"""The text of an item as the body of our file: how it is written, and what is told with which line."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.folders import write_png
from tipsheet.archives.bodies import BodyWriter, Place
from tipsheet.archives.item import Archive, Form, Item
from tipsheet.archives.links import addresses_of
from tipsheet.archives.pictures import Pictures, words_for
from tipsheet.archives.source import open_source
from tipsheet.problems import Where
from tipsheet.reading.conversion import Converter

PDF = b"%PDF-1.4\n"
DIGEST = hashlib.sha256(PDF).hexdigest()[:8]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("old")
    write_png(root / "b.png", 90, 60)
    (root / "c.png").write_bytes(b"no picture")
    (root / "d.pdf").write_bytes(PDF)
    (root / "e.php").write_bytes(b"<?php")
    return root


def written(
    folder: Path, text: str, form: Form, paths: Mapping[int, Place] | None = None
) -> tuple[str, list[str], str]:
    """The body of an item with this text, what is told of it, and its first words."""
    item = Item(where=Where("a.md", 5), title="A title", text=text, form=form, source=text, base="a.md")
    archive = Archive(items=(item,))
    addresses = addresses_of(archive, open_source(folder))
    one = BodyWriter(addresses, Pictures(addresses, "images"), paths or {}, Converter({})).write(item, "tipsheets/a.md")
    return one.text, [f"{left.where.line}: {left.cause}: {left.detail}" for left in one.left], one.summary


@pytest.mark.parametrize(
    ("text", "body", "told"),
    [
        ("# A title\n\nText.", "Text.", []),
        ("A title\n=======\n\nText.", "Text.", []),
        ("# One\n\n## Two\n\nText.", "## One\n\n### Two\n\nText.", []),
        ("Text <!-- not said --> and `<!-- code -->`.", "Text  and `<!-- code -->`.", []),
        ("a\n\n\n\n\nb", "a\n\nb", []),
        ("[d](d.pdf) and [e](e.php)", f"[d](../files/d-{DIGEST}.pdf) and e", [
            "5: a link to a file of a kind that is not published: e.php",
        ]),
        ("a\n\n[b](b.png)\n\n[c](c.png)", None, ["9: a picture of a kind that letters cannot show, or damaged: c.png"]),
        ("a\n\n![](b.png)\n\n![A](x.png)", None, [
            "7: a picture without words, which has the name of its file for words: Picture",
            "9: a picture that is not in the source: x.png",
        ]),
        ("a\n\n![A](https://x.example/a.png) [![B](https://x.example/z.png)](https://y.example/)",
            "a\n\n[A](https://x.example/a.png) [B](https://y.example/)",
            ["7: a picture on another host, which --online fetches: https://x.example/a.png",
             "7: a picture on another host, which --online fetches: https://x.example/z.png"]),
        ("a\n\n<button>b</button>\n\n<button>c</button>", None, ["7: a button: ", "9: a button: "]),
        ('[me](a.md) ![t](b.png "T")', None, ["5: a link to an item that is not published: a.md"]),
        ("a[^1]\n\n[^1]: b[^1]", "a[^1]\n\n[^1]: b<sup>\\[1:1\\]</sup>", [
            "5: a link to a place in the text that is no heading: #fn1",
            "5: the page says it otherwise: words: 'ab' became 'ab[1:1]'",
        ]),
        ("[a](#c-d) [b](#e) [c](#größe)\n\n## C - D\n\n## 1. E\n\n## Größe",
                "[a](#c-d) [b](#e) [c](#größe)\n\n## C - D { #c-d }\n\n## 1. E { #e }\n\n## Größe { #größe }", []),
        ("![b.png](b.png)", None, [
            "5: a picture without words, which has the name of its file for words: Picture",
        ]),
        ("## B {#own}\n\n[b](#own) [c](#c-d)\n\n## C d", "## B {#own}\n\n[b](#own) [c](#c-d)\n\n## C d", []),
        ("| a |\n|---|\n| *b*[^1] |\n\n***x*y**\n\n[^1]: c", None, []),
    ],
)  # fmt: skip
def test_a_text_in_markdown(text: str, body: str | None, told: list[str], folder: Path) -> None:
    found, left, _ = written(folder, text, Form.MARKDOWN)
    assert (found if body is not None else None, left) == (body, told)


@pytest.mark.parametrize(
    ("html", "body", "told"),
    [
        ("<h1>A title</h1>\n<p>Text.</p>", "Text.", []),
        ("<p>a</p>\n<p><a>b</a> <a href=''>c</a></p>\n<iframe src='https://x.example/'></iframe>",
            "a\n\nb c\n\n<https://x.example/>", ["7: a frame of another site: https://x.example/"]),
        ("<p>a</p>\n<p><img data-src=b.png alt='[A] *b*'><img></p>", None, [
            "6: a picture without words, which has the name of its file for words: Picture",
            "6: a picture without an address: ",
        ]),
        ("<a href='d.pdf'>d</a>", f"[d](../files/d-{DIGEST}.pdf)", []),
        ("<blockquote>" * 30 + "x", "> " * 30 + "x", []),
    ],
)  # fmt: skip
def test_a_text_in_html(html: str, body: str | None, told: list[str], folder: Path) -> None:
    found, left, _ = written(folder, html, Form.HTML)
    assert (found if body is not None else None, left) == (body, told)


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        (
            "A line.\n\nAnother line, which is long enough by itself.",
            "A line. Another line, which is long enough by itself.",
        ),
        ("March 4, 2015\n\n- no\n\nThe text begins here, and that is said.", "The text begins here, and that is said."),
        ("One sentence, which is long enough for it. " + "word " * 40, "One sentence, which is long enough for it."),
        ("word " * 60, "word " * 29 + "word…"),
        ("a  \nb" + " c" * 20, "a b" + " c" * 20),
    ],
)  # fmt: skip
def test_the_first_words_of_a_text(text: str, summary: str, folder: Path) -> None:
    assert written(folder, text, Form.MARKDOWN)[2] == summary


@pytest.mark.parametrize(
    ("src", "words"),
    [
        ("https://x.example/the-long_no-300x200.png", "the long no"),
        ("IMG_2034.jpg", "Picture"),
        ("3f2a-11ee-8c99.png", "Picture"),
        ("Screen Shot 2020.png", "Picture"),
        ("https://[bad/a", "Picture"),
    ],
)
def test_words_for_a_picture_are_those_of_its_file(src: str, words: str) -> None:
    assert words_for(src) == words


def test_a_note_whose_mark_is_lost_costs_no_link(folder: Path) -> None:
    """Code holds no mark; what leads back to it is not the text's."""
    text = (
        "<pre>a<a id=r href='#n'>1</a></pre><p><a href='https://e.example/'>b</a></p><p id=n>c <a href='#r'>x</a></p>"
    )
    body, told, _ = written(folder, text.replace(">x<", ">\u21a9<"), Form.HTML)
    assert body == "```\na\n```\n\n[b](https://e.example/)\n\n[^1]: c"
    assert told == ["5: the page says it otherwise: words: 'abc' became 'ab'"]
