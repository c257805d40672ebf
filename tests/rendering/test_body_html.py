"""What stands in a text, in the letter: superscripts, marks of footnotes and pictures (C19)."""

import lxml.html
import pytest

from tipsheet.rendering.email.body import in_cells, mail_tree


def _mail(html: str) -> str:
    return in_cells(mail_tree(html, site_url="https://x.example/", page_url="", column=600), column=600)


def test_only_the_marks_of_footnotes_are_marks() -> None:
    """C19: superscripts are no footnotes."""
    mark = '<sup id="fnref:1"><a class="footnote-ref" href="#fn:1">1</a></sup>'
    assert _mail(f"<p>mc<sup>2</sup>{mark}</p>") == "<p>mc<sup>2</sup><sup>[1]</sup></p>"


@pytest.mark.parametrize(
    ("written", "width"),
    [
        ('width="120" height="60"', "120"),
        ('width="1200" height="600"', "600"),
        ('width="50%"', "300"),
        ('width="80px"', "80"),
        ("", "600"),
        ('width="0.5em"', "600"),
    ],
)
def test_a_picture_is_as_wide_as_written_and_never_wider_than_the_column(written: str, width: str) -> None:
    """C19: width of a picture. E24: it has no height, which would stay empty where pictures are off."""
    picture = next(lxml.html.fromstring(_mail(f'<p>a <img src="b.png" alt="c" {written}></p>')).iter("img"))
    assert (picture.get("width"), picture.get("height")) == (width, None)
