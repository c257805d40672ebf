"""Pictures of a publication: pages get copies of several widths, letters and feeds one that every program shows."""

import re
import shutil
import zlib
from pathlib import Path

import lxml.html
import pytest
from PIL import Image

from tests.conftest import Write
from tests.folders import article, issue
from tests.pictures.made import MADE, drawing, file, moving, photograph, telephone
from tests.press.test_build import run, tree
from tests.sample import NOW
from tipsheet.engine.digest import digest
from tipsheet.errors import ContentError
from tipsheet.last_build import BuildOptions
from tipsheet.press import Built, build

TIP = "content/tipsheets/2026/2026-11-17-ask.md"
PHOTO = telephone()
SHORT = digest(PHOTO)[:20]
COPIES = {f"pictures/{SHORT}-{name}" for name in ("400.webp", "800.webp", "1200.webp", "1500.webp", "1200.jpg")}
PLACED = "![A door](../../images/door.jpg)\n\nMore.\n"


def put(root: Path, pictures: dict[str, bytes]) -> Path:
    for name, data in pictures.items():
        (root / "content" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "content" / name).write_bytes(data)
    return root


def built(root: Path, **options: bool) -> Built:
    return build(root, BuildOptions(site_dir=root / "site", outbox_dir=root / "outbox", **options), now=NOW)


def copies(root: Path) -> set[str]:
    return {name for name in tree(root / "site") if name.startswith("pictures/")}


def test_a_photograph_in_a_text(publication: Write) -> None:
    root = put(publication({TIP: issue(body=PLACED)}), {"images/door.jpg": PHOTO})
    told = built(root).problems
    assert [p.code for p in told] == ["TS018"]
    assert copies(root) == COPIES
    page = lxml.html.parse(root / "site/issues/ask/index.html")
    ((source, image),) = [(*p.iter("source"), *p.iter("img")) for p in page.iter("picture")]
    assert source.get("type") == "image/webp"
    offered = re.findall(r"(\S+) (\d+)w", source.get("srcset"))
    assert [int(width) for _, width in offered] == [400, 800, 1200, 1500]
    assert all((root / "site/issues/ask" / path).is_file() for path, _ in offered)
    assert (image.get("src"), image.get("width"), image.get("height")) == ("../../images/door.jpg", "1500", "2000")
    assert image.get("loading") is None  # the first of a page without a cover
    assert not any(name.startswith("data-") for name in image.attrib)
    letter = lxml.html.parse(root / "outbox/2026-w47/everyone.html")
    assert [i.get("src") for i in letter.iter("img")] == [f"https://sheet.example/pictures/{SHORT}-1200.jpg"]
    feed = (root / "site/feed.xml").read_text()
    assert f'src="https://sheet.example/pictures/{SHORT}-1200.jpg"' in feed.replace("&quot;", '"')
    assert "images/door.jpg" not in feed


def test_the_photograph_at_its_own_address_tells_nothing(publication: Write) -> None:
    """K: it is the file of the folder without what the camera wrote, whether a text shows it or not."""
    pictures = {"images/door.jpg": PHOTO, "images/unused.jpg": PHOTO}
    root = put(publication({TIP: issue(body=PLACED)}), pictures)
    built(root)
    for name in pictures:
        with Image.open(root / "site" / name) as image:
            assert image.size == (2000, 1500)
            assert dict(image.getexif()) == {0x0112: 6}
    assert not [name for name, data in tree(root / "site").items() if b"Ada's house" in data or b"Camera" in data]
    assert not [name for name, data in tree(root / "outbox").items() if b"Camera of Ada" in data]


def test_a_cover_and_its_dark_variant(publication: Write) -> None:
    wide, dark = file(photograph(2400, 1600)), file(photograph(2400, 1600).point(lambda v: v // 2))
    cover = "{src: ../../images/a.jpg, alt: A door}"
    body = "A door is closed.\n\n![A door, again](../../images/a.jpg)"
    root = put(publication({TIP: issue(image=cover, body=body)}), {"images/a.jpg": wide, "images/a-dark.jpg": dark})
    assert built(root).problems == ()
    light_copy, dark_copy = (f"pictures/{digest(data)[:20]}-1200.jpg" for data in (wide, dark))
    assert {light_copy, dark_copy} <= copies(root)
    page = (root / "site/issues/ask/index.html").read_text()
    shown = re.findall(r'<picture><source type="image/webp" srcset="([^ ]*) [^>]*sizes="([^"]*)"><img ([^>]*)>', page)
    assert [("dark" in attributes, sizes) for _, sizes, attributes in shown] == [
        (False, "(min-width: 1180px) 424px, (min-width: 960px) 36vw, (min-width: 724px) 660px, 94vw"),
        (True, "(min-width: 1180px) 424px, (min-width: 960px) 36vw, (min-width: 724px) 660px, 94vw"),
        (False, "(min-width: 724px) 660px, 94vw"),
        (True, "(min-width: 724px) 660px, 94vw"),
    ]
    assert [digest(dark)[:20] in first for first, _, _ in shown] == [False, True, False, True]
    assert ["lazy" in attributes for _, _, attributes in shown] == [False, True, True, True]
    assert f'property="og:image" content="https://sheet.example/{light_copy}"' in page
    assert 'property="og:image:width" content="1200"' in page
    letter = (root / "outbox/2026-w47/everyone.html").read_text()
    for address in (light_copy, dark_copy):
        assert letter.count(f"https://sheet.example/{address}") == 2
    assert "images/a" not in letter
    assert "images/a" not in (root / "site/feed.xml").read_text()


@pytest.mark.parametrize(
    ("name", "data", "ending"),
    [
        ("a.webp", file(photograph(500, 300), "WEBP"), ".jpg"),
        ("a.avif", file(photograph(500, 300), "AVIF", speed=10), ".jpg"),
        ("a.png", file(drawing(1500, 900), "PNG"), ".png"),
        ("a.gif", moving(), ""),
        ("a.png", file(drawing(500, 300), "PNG"), ""),
    ],
    ids=["WebP", "AVIF", "wide drawing", "moving", "drawing"],
)
def test_a_letter_loads_what_mail_programs_show(name: str, data: bytes, ending: str, publication: Write) -> None:
    root = put(publication({TIP: issue(body=f"![A door](../../images/{name})")}), {f"images/{name}": data})
    assert built(root).problems == ()
    (image,) = lxml.html.parse(root / "outbox/2026-w47/everyone.html").iter("img")
    if ending:
        assert re.fullmatch(rf"https://sheet\.example/pictures/[0-9a-f]{{20}}-\d+\{ending}", image.get("src"))
    else:
        assert image.get("src") == f"https://sheet.example/images/{name}"
        assert (root / "site/images" / name).read_bytes()[:6] == data[:6]
    assert f'src="../../images/{name}"' in (root / "site/issues/ask/index.html").read_text()


@pytest.mark.parametrize("name", ["door.jpg", "door.webp"])
def test_a_private_photograph_has_no_copy_but_that_of_letters(name: str, publication: Write) -> None:
    """K3: no width of it is on the site, and its name in letters tells nothing."""
    data = PHOTO if name.endswith("jpg") else file(photograph(1500, 1000), "WEBP", quality=95)
    body = f"Text.\n\n/// only | toronto\n\n![A door](../../images/{name})\n\n///\n"
    root = put(publication({TIP: issue(body=body)}), {f"images/{name}": data})
    built(root)
    site = tree(root / "site")
    assert copies(root) == set()
    assert [n for n in site if n.startswith("letters/")] == [f"letters/{digest(data)[:20]}.jpg"]
    assert f"images/{name}" not in site
    (image,) = lxml.html.parse(root / "outbox/2026-w47/toronto.html").iter("img")
    assert image.get("src") == f"https://sheet.example/letters/{digest(data)[:20]}.jpg"
    with Image.open(root / f"site/letters/{digest(data)[:20]}.jpg") as letter:
        assert (letter.format, letter.width) == ("JPEG", 1200)
    assert not any(b"Camera of Ada" in content for content in site.values())


def test_what_a_draft_shows_has_no_copies(publication: Write) -> None:
    root = put(publication({TIP: issue(body=PLACED, draft="true")}), {"images/door.jpg": PHOTO})
    built(root)
    assert copies(root) == set()
    built(root, drafts=True)
    assert copies(root) == COPIES


def test_what_another_says_of_copies_counts_for_nothing(publication: Write) -> None:
    """Attributes that reading writes are taken out of raw HTML, and a picture with files of its own keeps these."""
    raw = (
        '<img src="../images/door.jpg" alt="A door" data-letter="site:secret.png" data-copies="site:x.webp 1w">\n\n'
        '<picture><source srcset="/images/door.jpg 9w"><img src="../images/door.jpg" alt="B"></picture>\n'
    )
    root = put(publication({"content/articles/x.md": article(raw, id="x", title="Other")}), {"images/door.jpg": PHOTO})
    assert {p.code for p in built(root).problems} == {"TS018"}
    page = (root / "site/articles/x/index.html").read_text()
    assert "secret" not in page
    assert "x.webp" not in page
    assert page.count("<picture>") == 2
    assert page.count(".webp 400w") == 1


def test_a_copy_is_made_once_and_remembered(publication: Write) -> None:
    cover = "{src: ../../images/door.jpg, alt: A door}"
    root = put(publication({TIP: issue(body=PLACED, image=cover)}), {"images/door.jpg": PHOTO})
    built(root)
    (root / TIP).write_text((root / TIP).read_text().replace("More.", "Less."))
    reasons = [reason.unit for reason in built(root).reasons]
    assert "site/issues/ask/" in reasons
    assert copies(root) == COPIES
    assert "pictures/" not in "".join(
        unit for unit in (reason.unit for reason in built(root, all_letters=True).reasons)
    )
    assert not [unit for unit in reasons if "pictures/" in unit or "images/" in unit]
    put(root, {"images/door.jpg": file(photograph(1700, 900), quality=95)})
    built(root)
    assert not copies(root) & COPIES
    warm = tree(root / "site"), tree(root / "outbox")
    for name in ("site", "outbox", ".tipsheet"):
        shutil.rmtree(root / name)
    built(root)
    assert (tree(root / "site"), tree(root / "outbox")) == warm


def test_mkdocs_by_itself_publishes_the_same_bytes(publication: Write, tmp_path: Path) -> None:
    root = put(publication({TIP: issue(body=PLACED)}), {"images/door.jpg": PHOTO, "images/unused.jpg": PHOTO})
    built(root)
    ours = tree(root / "site")
    run(root, "mkdocs", "build", "--quiet", "--site-dir", str(tmp_path / "theirs"), seed="77")
    assert tree(tmp_path / "theirs") == ours


@pytest.mark.parametrize(("kind", "code"), [("damaged", "TS015"), ("bomb", "TS031")])
def test_a_picture_that_cannot_be_read_stops_the_build(kind: str, code: str, publication: Write) -> None:
    root = put(publication({TIP: issue(body=PLACED)}), {"images/door.jpg": MADE[kind]()})
    with pytest.raises(ContentError) as stopped:
        built(root)
    assert [(p.code, p.where.line) for p in stopped.value.problems if p.code == code] == [(code, 9)]


def test_damage_that_only_decoding_shows_is_told_of_the_file(publication: Write) -> None:
    data = bytearray(file(photograph(1300, 900), "PNG"))
    at = data.index(b"IDAT") + 40
    data[at : at + 60] = b"\0" * 60
    length = int.from_bytes(data[at - 44 : at - 40])
    end = at - 36 + length
    data[end : end + 4] = zlib.crc32(data[at - 40 : end]).to_bytes(4)
    root = put(publication({TIP: issue(body=PLACED.replace("jpg", "png"))}), {"images/door.png": bytes(data)})
    with pytest.raises(ContentError) as stopped:
        built(root)
    assert {(p.code, p.where.path) for p in stopped.value.problems} >= {("TS015", "content/images/door.png")}
