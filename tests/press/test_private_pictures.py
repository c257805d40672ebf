"""Pictures of private text: letters have them, and the site tells nothing of them (K3)."""

from pathlib import Path

import pytest

from tests.conftest import Write
from tests.folders import article, issue, write_png
from tests.press.test_law import tree
from tests.sample import NOW
from tipsheet.last_build import BuildOptions
from tipsheet.press import build, prepare

TIP = "content/tipsheets/2026/2026-11-17-ask.md"
ONLY = "Text.\n\n/// only | toronto\n\n![A map]({0})\n\n///\n"
NAME = "offer-for-toronto.png"
MAP = f"tipsheets/2026/{NAME}"


def site_of(root: Path, **options) -> dict[str, bytes]:
    build(root, BuildOptions(site_dir=root / "site", outbox_dir=root / "outbox", **options), now=NOW)
    return tree(root / "site")


def names_in(files: dict[str, bytes], word: str) -> list[str]:
    return [name for name, data in files.items() if word in name or word.encode() in data]


@pytest.mark.parametrize("place", [MAP, "images/offer-for-toronto.png"])
def test_a_picture_of_private_text_has_a_name_that_tells_nothing(place: str, publication: Write) -> None:
    """K3: wherever it lies, the site holds it under a digest only, and the letter leads there."""
    root = publication({TIP: issue(body=ONLY.format(f"../../{place}"))})
    write_png(root / "content" / place)
    write_png((root / "content" / place).with_stem("offer-for-toronto-dark"), 640, 480)
    site = site_of(root)
    assert names_in(site, "offer-for-toronto") == []
    light, dark = sorted((n for n in site if n.startswith("letters/")), key=lambda n: len(site[n]), reverse=True)
    assert site[light] == (root / "content" / place).read_bytes()
    letter = (root / "outbox/2026-w47/toronto.html").read_text()
    assert f"https://sheet.example/{light}" in letter
    assert f"https://sheet.example/{dark}" in letter
    assert "letters/" not in (root / "outbox/2026-w47/everyone.html").read_text()
    assert not any("offer-for" in p.read_text(errors="ignore") for p in (root / "outbox").rglob("*") if p.is_file())


@pytest.mark.parametrize(
    "files",
    [
        {"content/about.md": "# About\n\n![A map](tipsheets/2026/offer-for-toronto.png)\n"},
        {"content/assets/extra.css": "a { background: url(../tipsheets/2026/offer-for-toronto.png) }"},
        {"content/articles/x.md": article("![A map](../tipsheets/2026/offer-for-toronto.png)", id="x", title="Other")},
        {"content/tipsheets/2026/2026-11-10-b.md": issue(
            id="b", title="Other", date="2026-11-10", body=ONLY.replace("toronto", "managers", 1).format(NAME)
        )},
        {"content/authors.yml": "ada: {name: Ada, image: {src: tipsheets/2026/offer-for-toronto.png, alt: Ada}}\n"},
    ],
    ids=["page", "style", "article", "public-segment", "author"],
)  # fmt: skip
def test_a_picture_that_the_public_sees_as_well_keeps_its_name(files: dict[str, str], publication: Write) -> None:
    root = publication({TIP: issue(body=ONLY.format("offer-for-toronto.png")), **files})
    write_png(root / "content" / MAP)
    site = site_of(root)
    assert MAP in site
    assert not any(name.startswith("letters/") for name in site)
    assert f"https://sheet.example/{MAP}" in (root / "outbox/2026-w47/toronto.html").read_text()


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"content/tipsheets/2026/2026-12-01-b.md": issue(id="b", date="2026-12-01", body=f"![A map]({NAME})")},
        {"content/articles/x.md": article("![A](../tipsheets/2026/offer-for-toronto.png)", id="x", draft="true")},
        {"content/tipsheets/2026/2026-12-01-b.md": issue(
            id="b", date="2026-12-01", image="{src: offer-for-toronto.png, alt: A map}"
        )},
    ],
    ids=["unused", "coming", "draft", "cover-of-a-coming-one"],
)  # fmt: skip
def test_a_picture_that_no_published_text_shows_is_not_on_the_site(files: dict[str, str], publication: Write) -> None:
    """K3: below the folders of posts only pictures that some text uses are copied, and none before its text appears."""
    root = publication(files)
    write_png(root / "content" / MAP)
    site = site_of(root)
    assert names_in(site, "offer-for-toronto") == []
    assert not any(name.startswith("letters/") for name in site)


def test_a_picture_changes_places_as_texts_do(publication: Write) -> None:
    """K3: a build that remembers equals a cold one when a picture becomes public, private or unused."""
    root = publication({TIP: issue(body=ONLY.format("offer-for-toronto.png"))})
    write_png(root / "content" / MAP)
    other = root / "content/tipsheets/2026/2026-11-10-b.md"
    for text in ("![A map](offer-for-toronto.png)", "Nothing.", "![B](offer-for-toronto.png)", None):
        other.unlink() if text is None else other.write_text(issue(id="b", title="B", date="2026-11-10", body=text))
        warm, mail = site_of(root), tree(root / "outbox")
        assert (MAP in warm) == (text is not None and "toronto" in text)
        assert (warm, mail) == (site_of(root, cold=True), tree(root / "outbox"))


def test_the_issue_for_a_private_segment_keeps_its_cover_to_its_letters(publication: Write) -> None:
    cover = "{src: offer-for-toronto.png, alt: A map}"
    root = publication({
        TIP: issue(), "content/tipsheets/2026/2026-11-10-b.md": issue(
            id="b", title="B", date="2026-11-10", audience="toronto", image=cover
        ),
    })  # fmt: skip
    write_png(root / "content" / MAP)
    publication_ = prepare(root, now=NOW).ready()[1]
    assert (publication_.withheld, list(publication_.letter_pictures)) == ({MAP}, [MAP])
    assert names_in(site_of(root), "offer-for-toronto") == []
