"""Smaller copies: which a picture gets, and that they show it and nothing else."""

from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image, ImageCms

from tests.pictures.made import drawing, file, moving, photograph, telephone
from tipsheet.model.post import Copies
from tipsheet.pictures.copies import LIGHT, copies_of, for_letters, written
from tipsheet.pictures.opening import facts_of

DIGEST = "0123456789abcdef0123" + "f" * 12
CLEAR = photograph(1500, 1000)
CLEAR.putalpha(Image.linear_gradient("L").resize(CLEAR.size))
OPAQUE = photograph(1500, 1000)
OPAQUE.putalpha(255)


def asked(data: bytes) -> tuple[list[int], str]:
    """The widths for pages, and the end of the name for letters."""
    copies = copies_of(facts_of(data), DIGEST)
    assert all(path == f"pictures/0123456789abcdef0123-{width}.webp" for width, path in copies.pages)
    return [width for width, _ in copies.pages], copies.letter.partition("-")[2]


HEAVY = {"quality": 95}
WIDTHS = [400, 800, 1200, 1600]


@pytest.mark.parametrize(
    ("made", "pages", "letter"),
    [
        (lambda: file(photograph(4000, 3000), **HEAVY), WIDTHS, "1200.jpg"),
        (lambda: file(photograph(1600, 1200), **HEAVY), WIDTHS, "1200.jpg"),
        (lambda: file(photograph(1000, 3000), **HEAVY), [400, 800, 1000], ""),
        (lambda: telephone(3000, 1500, 6), [400, 800, 1200, 1500], "1200.jpg"),
        (lambda: telephone(300, 200, 6), [], "200.jpg"),
        (lambda: file(photograph(300, 200)), [], ""),
        (lambda: file(photograph(1000, 700).convert("CMYK"), quality=20), [], "1000.jpg"),
        (lambda: file(photograph(1000, 700).convert("L").convert("I;16"), "PNG"), [], "1000.jpg"),
        (lambda: file(drawing(1200, 800), "PNG"), [], ""),
        (lambda: file(drawing(1201, 800), "PNG"), [], "1200.png"),
        (lambda: file(CLEAR, "PNG", compress_level=0), [400, 800, 1200, 1500], "1200.png"),
        (lambda: file(OPAQUE, "PNG", compress_level=0), [400, 800, 1200, 1500], "1200.jpg"),
        (lambda: file(photograph(300, 200), "WEBP"), [], "300.jpg"),
        (lambda: file(CLEAR.resize((300, 200)), "WEBP"), [], "300.png"),
        (lambda: file(photograph(300, 200), "AVIF", speed=10), [], "300.jpg"),
        (lambda: moving("GIF", 400, 9), [], ""),
        (lambda: moving("WEBP", 400, 9), [], "400.jpg"),
    ],
    ids=[
        "12 megapixels", "1600", "narrow", "on its side", "small on its side", "small", "inks", "16 bits", "drawing",
        "wide drawing", "glass", "screen", "WebP", "glass as WebP", "AVIF", "moving GIF", "moving WebP",
    ],
)  # fmt: skip
def test_the_copies_that_a_picture_gets(made: Callable[[], bytes], pages: list[int], letter: str) -> None:
    """None is larger than the picture, none stands for a light one, and letters get what every program shows."""
    data = made()
    assert (len(data) > LIGHT) or not pages
    assert asked(data) == (pages, letter)


def test_a_copy_is_the_picture_upright_smaller_and_without_metadata() -> None:
    data = telephone(2000, 1500, 6)
    copies = copies_of(facts_of(data), DIGEST)
    files = written(data, [copies.letter, *(path for _, path in copies.pages)])
    assert list(files) == sorted(files, key=lambda name: (-int(name.partition("-")[2].partition(".")[0]), name))
    for name, content in files.items():
        with Image.open(BytesIO(content)) as image:
            width = int(name.partition("-")[2].partition(".")[0])
            assert image.size == (width, round(width * 2000 / 1500))
            assert image.info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive",
                                         "progression", "loop", "background", "duration", "timestamp"}  # fmt: skip
            red, _, blue = image.convert("RGB").getpixel((width - 8, 8))  # the left upper corner, turned by a quarter
            assert (red > 200, blue < 60) == (True, True)
        assert b"Ada" not in content


def test_the_same_picture_gives_the_same_bytes() -> None:
    data = telephone()
    names = [copies_of(facts_of(data), DIGEST).letter, f"pictures/{DIGEST[:20]}-800.webp"]
    assert written(data, names) == written(data, reversed(names))


def test_a_profile_that_says_nothing_of_the_colours_is_passed_by() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    plain = file(Image.new("RGB", (1300, 20), (0, 200, 0)))
    srgb = file(Image.new("RGB", (1300, 20), (0, 200, 0)), icc_profile=ImageCms.ImageCmsProfile(
        ImageCms.createProfile("sRGB")).tobytes())  # fmt: skip
    assert for_letters(srgb) == for_letters(plain)
    other = file(Image.new("RGB", (1300, 20), (0, 200, 0)), icc_profile=lab.tobytes())
    broken = file(Image.new("RGB", (1300, 20), (0, 200, 0)), icc_profile=b"no profile at all" * 20)
    assert for_letters(other) == for_letters(broken) == for_letters(plain)


def test_a_drawing_stays_flat_in_a_letter() -> None:
    with Image.open(BytesIO(for_letters(file(drawing(2400, 1600), "PNG")))) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "P", (1200, 800))


def test_16_bits_are_scaled_and_not_cut_off() -> None:
    grey = Image.new("I;16", (1300, 10), 128 * 256)
    with Image.open(BytesIO(for_letters(file(grey, "PNG")))) as image:
        assert image.convert("L").getpixel((5, 5)) == pytest.approx(128, abs=2)


def test_a_light_animation_is_mailed_as_it_is() -> None:
    data = moving()
    assert copies_of(facts_of(data), DIGEST) == Copies()
    assert for_letters(data).count(b"NETSCAPE2.0") == 1
