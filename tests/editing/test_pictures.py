"""A picture that is dropped in at the desk: upright, stripped, of a sensible size, and never over another file."""

import re
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.folders import issue, write_publication
from tests.pictures.made import MADE, bomb, drawing, exif, file, moving, photograph, telephone
from tests.reading.test_mistakes import TIP
from tests.sample import NOW
from tipsheet.editing import pictures
from tipsheet.editing.files import NotSavedError, Places, RefusedPathError
from tipsheet.editing.pictures import HeicError, KeptPicture, NoPictureError, keep_picture, made_ready, picture_folder
from tipsheet.model.publication import Publication
from tipsheet.pictures.files import tells_its_place
from tipsheet.pictures.opening import facts_of
from tipsheet.press import prepare

SMALL = file(photograph(60, 40))
GLASS = photograph(300, 200)
GLASS.putalpha(Image.linear_gradient("L").resize(GLASS.size))


def heic(width: int = 600, height: int = 400) -> bytes:
    """A photograph of an iPhone, with a place."""
    import pillow_heif  # noqa: PLC0415 - an extra

    out = BytesIO()
    pillow_heif.from_pillow(photograph(width, height)).save(out, quality=50, exif=exif(place=True).tobytes())
    return out.getvalue()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_publication(tmp_path / "publication", {TIP: issue()})


def keep(root: Path, data: bytes = SMALL, alt: str = "A door", **more: Any) -> KeptPicture:
    publication = prepare(root, now=NOW).publication
    assert publication is not None
    return keep_picture(Places(root=root, docs="content"), publication, data, **{"path": TIP, "alt": alt, **more})


@pytest.mark.parametrize(
    ("made", "ending", "width"),
    [
        (lambda: telephone(4000, 3000, 6), ".jpg", 1600),
        (lambda: telephone(400, 300, 6), ".jpg", 300),
        (lambda: file(photograph(400, 300), place=True), ".jpg", 400),
        (lambda: file(photograph(400, 300).convert("CMYK")), ".jpg", 400),
        (lambda: file(drawing(2400, 1600), "PNG"), ".png", 1600),
        (lambda: file(GLASS, "PNG"), ".png", 300),
        (lambda: file(photograph(900, 700), "PNG", compress_level=0), ".jpg", 900),
        (lambda: file(photograph(2400, 1000), "WEBP", place=True), ".webp", 1600),
        (lambda: file(photograph(300, 200), "AVIF", place=True, speed=10), ".avif", 300),
        (lambda: file(drawing(300, 200), "GIF"), ".gif", 300),
        (lambda: file(drawing(1700, 200), "GIF"), ".png", 1600),
        (moving, ".gif", 200),
        (heic, ".jpg", 600),
    ],
    ids=[
        "telephone", "small on its side", "small", "inks", "drawing", "glass", "photograph as PNG", "WebP", "AVIF",
        "GIF", "wide GIF", "moving", "HEIC",
    ],
)  # fmt: skip
def test_a_picture_is_made_ready(made: Callable[[], bytes], ending: str, width: int) -> None:
    ready, found = made_ready(made())
    facts = facts_of(ready)
    assert (found, facts.width, facts.orientation, facts.odd) == (ending, width, 1, False)
    assert not tells_its_place(ready)
    assert b"Ada" not in ready


def test_what_is_right_already_loses_no_quality() -> None:
    data = file(photograph(400, 300))
    assert made_ready(data) == (data, ".jpg")


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda: b"", "this picture cannot be used: it is damaged, or no PNG, JPEG, GIF, WebP or AVIF"),
        (lambda: b"<svg/>", "it is damaged, or no PNG"),
        (MADE["damaged"], "it ends too early"),
        (lambda: bomb(65_000, 65_000), "this picture goes beyond 100,000,000 pixels"),
        (lambda: heic()[:200], "a part of it is damaged"),
    ],
    ids=["empty", "SVG", "cut off", "bomb", "half an HEIC"],
)
def test_what_is_no_picture_gets_a_word(root: Path, made: Callable[[], bytes], words: str) -> None:
    with pytest.raises(NoPictureError, match=words) as raised:
        keep(root, made())
    assert raised.value.hint
    assert not (root / "content/images").exists()


def test_without_its_package_heic_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    data = heic()
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(HeicError, match="needs the package pillow-heif") as raised:
        made_ready(data)
    assert "tipsheet[heic]" in raised.value.hint


@pytest.mark.parametrize(
    ("alt", "name", "file"),
    [
        ("A pair of scales, the left pan lower.", "", "a-pair-of-scales-the-left-pan-lower"),
        ("A door", "IMG 0815.JPG", "img-0815"),
        ("A door", "../../../etc/passwd", "etc-passwd"),
        ("x" * 300, "", "x" * 60),
        ("Ein Café, größer", "", "ein-cafe-groer"),
        ("門", "", "9580"),
        ("A role-conflict", "role.conflict", "picture-1"),
    ],
)
def test_a_picture_is_named_by_its_name_or_its_words(root: Path, alt: str, name: str, file: str) -> None:
    assert keep(root, alt=alt, name=name).file == f"content/images/{file}.jpg"


def test_the_markdown_shows_it_with_its_words(root: Path) -> None:
    kept = keep(root, alt="A *door*,\n[half] open \\ <ajar>")
    assert kept == KeptPicture(
        file="content/images/a-door-half-open-ajar.jpg",
        width=60,
        height=40,
        markdown=r"![A \*door\*, \[half\] open \\ \<ajar>](../../images/a-door-half-open-ajar.jpg)",
    )
    (root / TIP).write_text(issue(body=kept.markdown))
    prepared = prepare(root, now=NOW)
    assert [p for p in prepared.problems if p.code < "TS100"] == []
    (shown,) = re.findall(r"<img[^>]*>", prepared.publication.issues[0].body.passages[0].content.html)
    assert 'alt="A *door*, [half] open \\ &lt;ajar&gt;"' in shown


def test_no_picture_is_written_over(root: Path) -> None:
    """The same name twice, and names that would make one picture the dark variant of another."""
    (root / "content/images").mkdir()
    (root / "content/images/lamp-dark.jpg").write_bytes(b"ours")
    (root / "content/images/door-2.jpg").symlink_to("nowhere.jpg")
    names = [keep(root, alt=alt).file.rpartition("/")[2] for alt in ("Door", "Door", "Door dark", "Lamp")]
    assert names == ["door.jpg", "door-3.jpg", "door-dark-2.jpg", "lamp-2.jpg"]
    assert (root / "content/images/lamp-dark.jpg").read_bytes() == b"ours"


def test_it_lies_where_the_publication_keeps_pictures() -> None:
    def folder(*names: str) -> str:
        return picture_folder(Publication(masthead=None, now=NOW, ordinary_pictures=frozenset(names)))

    assert folder() == folder("favicon.svg") == "images"
    assert folder("photos/a.png", "photos/b.png", "assets/c.svg") == "photos"
    assert folder("images/a.png", "images/authors/b.png", "images/authors/c.png") == "images"


def test_a_folder_that_leads_elsewhere_is_not_written_to(root: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (root / "content/images").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RefusedPathError, match="leads out of content/"):
        keep(root)
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("path", ["../x.md", "content/../../x.md", "/etc/passwd", "mkdocs.yml", ""])
def test_a_source_that_is_none_of_ours_gets_no_picture(root: Path, path: str) -> None:
    with pytest.raises(RefusedPathError):
        keep(root, path=path)


def test_one_without_words_is_not_taken(root: Path) -> None:
    with pytest.raises(NoPictureError, match="nothing says what the picture shows"):
        keep(root, alt=" \n ")


def test_a_folder_of_too_many_is_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_NAMES", 2)
    assert [keep(root).file for _ in range(2)] == ["content/images/a-door.jpg", "content/images/picture-1.jpg"]
    with pytest.raises(NotSavedError, match="too many pictures called a-door"):
        keep(root)


def test_a_film_that_cannot_be_stripped_is_refused() -> None:
    frames = [photograph(64 + n, 64).resize((64, 64)) for n in range(3)]
    data = file(frames[0], "AVIF", save_all=True, append_images=frames[1:], place=True, speed=10)
    with pytest.raises(NoPictureError, match="tells where it was taken"):
        made_ready(data)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.one_of(
        st.binary(max_size=200),
        st.builds(lambda a, b, at: a[:at] + b + a[at:], st.just(SMALL), st.binary(max_size=6), st.integers(0, 400)),
        st.just(SMALL),
    ),
    alt=st.text(min_size=1, max_size=40),
    name=st.text(max_size=40),
)
def test_whatever_is_dropped_it_is_a_word_or_one_new_file(tmp_path: Path, data: bytes, alt: str, name: str) -> None:
    """Nothing outside the folder, nothing that was there, and no other error than ours."""
    root = write_publication(tmp_path / "any", {TIP: issue()})

    def tree() -> dict[str, bytes]:
        return {p.relative_to(tmp_path).as_posix(): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}

    publication = Publication(masthead=None, now=NOW)
    before = tree()
    try:
        kept = keep_picture(Places(root=root, docs="content"), publication, data, alt=alt, path=TIP, name=name)
        new = {f"any/{kept.file}"}
        assert re.fullmatch(r"content/images/[a-z0-9-]+\.(jpg|png|gif|webp|avif)", kept.file)
    except NoPictureError:
        new = set()
    after = tree()
    assert after.keys() - before.keys() == new
    assert {name: after[name] for name in before} == before
