"""Files of pictures are stripped without a change of any pixel, and told when they are not whole."""

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageOps

from tests.pictures.made import bomb, drawing, exif, file, moving, photograph, png_with_words, telephone
from tipsheet.pictures.copies import for_letters, published
from tipsheet.pictures.files import DamagedError, parts_of, tells_its_place
from tipsheet.pictures.opening import TooLargeError, facts_of

NONE = "it is damaged, or no PNG, JPEG, GIF, WebP or AVIF"
SECRETS = (b"Ada", b"exif:GPS", b"Old House", b"ftypmp42")
FILES = {
    "a telephone's JPEG": telephone(),
    "one that lies on its side": telephone(300, 200, 8),
    "a JPEG without anything": file(photograph(300, 200)),
    "a progressive JPEG": file(photograph(300, 200), progressive=True, place=True),
    "a grey JPEG": file(photograph(300, 200).convert("L"), place=True),
    "a JPEG of inks": file(photograph(300, 200).convert("CMYK"), place=True),
    "a PNG with words": png_with_words(),
    "a PNG of a palette": file(drawing(300, 200), "PNG", place=True),
    "a PNG of 16 bits": file(photograph(300, 200).convert("L").convert("I;16"), "PNG"),
    "a PNG that moves": moving("PNG"),
    "a WebP": file(photograph(300, 200), "WEBP", place=True),
    "a WebP without loss": file(photograph(300, 200), "WEBP", lossless=True, xmp=b"<x>Ada</x>"),
    "a WebP on its side": file(photograph(300, 200), "WEBP", place=True, orientation=6),
    "a WebP that moves": moving("WEBP"),
    "a GIF": file(drawing(300, 200), "GIF", comment=b"by Ada"),
    "a GIF that moves": moving(),
    "an AVIF": file(photograph(300, 200), "AVIF", place=True, speed=10),
}


def seen(data: bytes) -> Image.Image:
    """The picture as a browser shows it."""
    with Image.open(BytesIO(data)) as image:
        return ImageOps.exif_transpose(image).convert("RGBA")


def frames(data: bytes) -> int:
    with Image.open(BytesIO(data)) as image:
        return 1 if image.format == "MPO" else getattr(image, "n_frames", 1)


@pytest.mark.parametrize("name", FILES)
def test_what_is_published_shows_the_same_and_tells_nothing(name: str) -> None:
    data = FILES[name]
    clean = published(data)
    assert not any(secret in clean for secret in SECRETS)
    assert not tells_its_place(clean)
    assert seen(clean).size == seen(data).size
    assert frames(clean) == frames(data)
    if name != "an AVIF":  # which is written anew
        assert ImageChops.difference(seen(clean), seen(data)).getbbox() is None
    assert published(clean) == clean


@pytest.mark.parametrize("name", [n for n in FILES if "without anything" in n or "16 bits" in n or "that moves" in n])
def test_a_file_without_metadata_is_published_byte_for_byte(name: str) -> None:
    data = published(FILES[name])
    assert data == FILES[name] or b"by Ada" in FILES[name]


def test_only_the_way_up_is_left_of_exif() -> None:
    with Image.open(BytesIO(published(telephone(300, 200, 6)))) as image:
        assert dict(image.getexif()) == {0x0112: 6}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (telephone(), True),
        (png_with_words(), True),
        (file(photograph(90, 60), "WEBP", place=True), True),
        (file(photograph(90, 60), "AVIF", place=True, speed=10), True),
        (exif(place=True).tobytes()[6:], True),
        (file(photograph(90, 60), orientation=3), False),
        (b"\0\0\0\x18ftypheic" + file(photograph(90, 60), place=True), True),
        (b"II*\0" * 100_000, False),
        (b"MM\0*\0\0\0\x08\0\x01\x88\x25\0\x04\0\0\0\x01\xff\xff\xff\xff", False),
        (b"", False),
    ],
    ids=["JPEG", "PNG", "WebP", "AVIF", "TIFF", "no place", "HEIC", "hostile", "leads nowhere", "empty"],
)  # fmt: skip
def test_a_place_is_found_in_every_format(data: bytes, told: bool) -> None:
    assert tells_its_place(data) is told


@pytest.mark.parametrize("name", [name for name in FILES if name != "an AVIF"])
def test_a_file_that_was_cut_off_is_damaged(name: str) -> None:
    data = published(FILES[name])
    for length in (3, 20, len(data) // 3, len(data) // 2, len(data) - 1):
        with pytest.raises(DamagedError):
            parts_of(data[:length])


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (b"", DamagedError, NONE),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", DamagedError, NONE),
        (file(photograph(30, 20), "TIFF"), DamagedError, NONE),
        (file(photograph(30, 20), "PNG")[:-4], DamagedError, "it ends too early"),
        (file(photograph(30, 20), "PNG").replace(b"IDAT", b"IDAU"), DamagedError, NONE),
        (bomb(0, 0), DamagedError, "it has no pixels|it is damaged"),
        (bomb(12_000, 9_000), TooLargeError, "this picture goes beyond 100,000,000 pixels"),
        (bomb(65_000, 65_000), TooLargeError, "this picture goes beyond 100,000,000 pixels"),
    ],
    ids=["empty", "SVG", "TIFF", "cut off", "damaged", "0x0", "huge", "bomb"],
)  # fmt: skip
def test_a_picture_that_cannot_be_read_says_why(data: bytes, error: type[DamagedError], words: str) -> None:
    with pytest.raises(error, match=words) as raised:
        facts_of(data)
    assert isinstance(raised.value, TooLargeError) is (error is TooLargeError)
    assert published(data) == data


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(sorted(FILES)), at=st.floats(0, 1), put=st.binary(max_size=8), cut=st.integers(0, 8))
def test_whatever_the_bytes_it_is_damaged_or_a_picture(name: str, at: float, put: bytes, cut: int) -> None:
    """No file makes anything else of itself than an error of ours, here and in a letter."""
    data = FILES[name]
    where = int(at * len(data))
    data = data[:where] + put + data[where + cut :]
    published(data)
    tells_its_place(data)
    try:
        assert facts_of(data).width > 0
        assert for_letters(data)
    except DamagedError as error:
        assert str(error)  # noqa: PT017 - it is one of two outcomes
