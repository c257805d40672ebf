"""S24: which pages have which share picture, and what a week costs."""

from pathlib import Path

import lxml.html
import pytest

from tests.conftest import Write
from tests.folders import MKDOCS, article, issue, write_png
from tests.sample import NOW
from tipsheet.last_build import BuildOptions
from tipsheet.press import build, check
from tipsheet.press import press as pressed

TIPS = "content/tipsheets/2026/"
SETTING = "      time_zone: Europe/Amsterdam\n"


def issues(number: int) -> dict[str, str]:
    return {
        f"{TIPS}2026-10-{day:02}-ask.md": issue(
            id=f"2026-x{day}", number=str(day), title=f"Ask {day}", date=f"2026-10-{day:02}", slug=f"ask-{day}"
        )
        for day in range(1, number + 1)
    }


def options(tmp_path: Path) -> BuildOptions:
    return BuildOptions(site_dir=tmp_path / "site", outbox_dir=tmp_path / "outbox")


def card(page: Path) -> dict[str, str]:
    """What the page says to social networks."""
    found = lxml.html.parse(page).xpath("//meta[@property or @name='twitter:card']")
    said = {meta.get("property") or meta.get("name"): meta.get("content") for meta in found}
    return {name: text for name, text in said.items() if name.startswith(("og:image", "twitter:"))}


def test_a_page_names_its_picture_with_size_and_text(publication: Write, tmp_path: Path) -> None:
    build(publication(issues(1)), options(tmp_path), now=NOW)
    assert card(tmp_path / "site/issues/ask-1/index.html") == {
        "og:image": "https://sheet.example/share/2026-x1.png",
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": "Ask 1 (The Test Sheet)",
        "twitter:card": "summary_large_image",
    }
    assert card(tmp_path / "site/index.html")["og:image"] == "https://sheet.example/share/all/card.png"
    assert card(tmp_path / "site/archive/index.html")["og:image:alt"] == "The Test Sheet: One fact at a time"
    assert (tmp_path / "site/share/2026-x1.png").is_file()
    assert (tmp_path / "site/share/all/card.png").is_file()


def test_a_post_with_a_picture_keeps_it(publication: Write, tmp_path: Path) -> None:
    image = "{src: ../../images/scales.png, alt: Two scales}"
    root = publication({f"{TIPS}2026-10-01-ask.md": issue(id="2026-x1", date="2026-10-01", slug="ask-1", image=image)})
    write_png(root / "content/images/scales.png")
    build(root, options(tmp_path), now=NOW)
    assert "scales" in card(tmp_path / "site/issues/ask-1/index.html")["og:image"]
    assert not (tmp_path / "site/share/2026-x1.png").exists()


def test_only_the_newest_have_one(publication: Write, tmp_path: Path) -> None:
    config = MKDOCS.replace(SETTING, f"{SETTING}      share_pictures: {{newest: 3}}\n")
    build(publication({"mkdocs.yml": config, **issues(3)}), options(tmp_path), now=NOW)
    site = tmp_path / "site"
    assert sorted(file.name for file in (site / "share").glob("*.png")) == [
        "2026-w47.png",
        "2026-x2.png",
        "2026-x3.png",
    ]
    assert card(site / "issues/ask-1/index.html")["og:image"] == "https://sheet.example/share/all/card.png"


def test_none_are_drawn_where_none_are_wanted(publication: Write, tmp_path: Path) -> None:
    config = MKDOCS.replace(SETTING, f"{SETTING}      share_pictures: {{newest: 0}}\n")
    build(publication({"mkdocs.yml": config, **issues(1)}), options(tmp_path), now=NOW)
    assert not (tmp_path / "site/share/all/card.png").exists()
    assert card(tmp_path / "site/index.html") == {"twitter:card": "summary"}


def test_a_private_post_has_none(publication: Write, tmp_path: Path) -> None:
    """K1: the title of what not everyone may read stands in no file that anyone may load."""
    private = issue(id="2026-x9", date="2026-10-09", slug="secret", audience="toronto")
    build(publication({**issues(1), f"{TIPS}2026-10-09-secret.md": private}), options(tmp_path), now=NOW)
    names = sorted(file.name for file in (tmp_path / "site/share").glob("*.png"))
    assert names == ["2026-w47.png", "2026-x1.png"]


def test_a_week_draws_one(publication: Write, tmp_path: Path) -> None:
    root = publication(issues(3))
    build(root, options(tmp_path), now=NOW)
    week = f"{TIPS}2026-10-09-week.md"
    (root / week).write_text(issue(id="2026-x9", date="2026-10-09", slug="week", title="Week"), "utf-8")
    written = pressed(root, options(tmp_path), now=NOW).written
    assert [path for path in written if path.startswith("site/share")] == ["site/share/2026-x9.png"]


def test_a_file_of_the_content_at_its_address_is_told(publication: Write) -> None:
    root = publication({})
    write_png(root / "content/share/2026-w47.png", 30, 30)
    problems = [str(problem) for problem in check(root, now=NOW).problems]
    assert [problem.partition(" (")[0] for problem in problems] == [
        "content/share/2026-w47.png:1:1: TS011 the address 'share/2026-w47.png' is taken"
    ]


@pytest.mark.parametrize(
    ("font", "said"),
    [
        ("gone.ttf", "TS013 there is no file 'gone.ttf' in the publication (name a font, or none)"),
        ("../a.ttf", "TS013 there is no file '../a.ttf' in the publication (name a font, or none)"),
        ("mkdocs.yml", "TS006 'mkdocs.yml' is no font that can be read (name a TTF or OTF file, or none)"),
    ],
)
def test_a_font_that_cannot_be_used_is_told(font: str, said: str, publication: Write) -> None:
    config = MKDOCS.replace(SETTING, f"{SETTING}      share_pictures: {{font: {font}}}\n")
    problems = [str(problem) for problem in check(publication({"mkdocs.yml": config}), now=NOW).problems]
    assert problems == [f"mkdocs.yml:17:30: {said}"]


def test_an_article_has_one(publication: Write, tmp_path: Path) -> None:
    root = publication({"content/articles/long.md": article(id="long")})
    build(root, options(tmp_path), now=NOW)
    assert (tmp_path / "site/share/long.png").is_file()
