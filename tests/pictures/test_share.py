"""S24: share pictures, drawn of any title in the publication's look, with the same bytes every time."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageFont

from tipsheet.pictures.share import SIZE, Inks, ShareWords, UnreadableFontError, check_font, share_picture

CLASSIC = Inks(paper="#FAFBF9", ink="#14211D", gold="#F7BE3B", on_gold="#1F1A0B")
SWISS = Inks(paper="#FFFFFF", ink="#111111", gold="#CC2209", on_gold="#FFFFFF", serif=False)


def drawn(title: str, inks: Inks = CLASSIC, *, name: str = "Letter", **words: str) -> Image.Image:
    return Image.open(BytesIO(share_picture(ShareWords(name=name, title=title, **words), inks))).convert("RGB")


def inked(picture: Image.Image, ground: str = "#FAFBF9") -> tuple[int, int, int, int] | None:
    """The box around all that is drawn above the band."""
    above = picture.crop((0, 0, SIZE[0], 480))
    blank = Image.new("RGB", above.size, ground)
    return ImageChops.difference(above, blank).getbbox()


@pytest.mark.parametrize("inks", [CLASSIC, SWISS], ids=["classic", "swiss"])
def test_it_is_a_small_png_of_the_size_that_networks_take(inks: Inks) -> None:
    data = share_picture(ShareWords(name="Letter", title="Move the centre of gravity", label="No. 94"), inks)
    picture = Image.open(BytesIO(data))
    assert (picture.format, picture.size) == ("PNG", SIZE)
    assert len(data) < 40_000
    colours = {f"#{r:02X}{g:02X}{b:02X}" for _, (r, g, b) in picture.convert("RGB").getcolors() or ()}
    assert {inks.paper, inks.ink, inks.gold, inks.on_gold} <= colours


def test_the_same_words_give_the_same_bytes() -> None:
    words = ShareWords(name="Letter", title="Ask first", label="No. 1")
    assert share_picture(words, CLASSIC) == share_picture(words, CLASSIC)
    assert share_picture(words, CLASSIC) != share_picture(words, SWISS)


@pytest.mark.parametrize(
    "title",
    ["W" * 300, "A title of many words, and more. " * 10, "Größe, łóżko, Straße", "Ελληνικά", "Кириллица", "Hỏi trước"],
)
def test_a_title_stays_within_the_margins(title: str) -> None:
    left, top, right, bottom = inked(drawn(title)) or (0, 0, 0, 0)
    assert left >= 80
    assert right <= SIZE[0] - 80
    assert top >= 40
    assert bottom <= 470


def test_emoji_are_left_out() -> None:
    assert drawn("Ask first 🎉").tobytes() == drawn("Ask first").tobytes()
    assert drawn("❤️ Ask 👩\u200d🚀 first").tobytes() == drawn("Ask first").tobytes()


@pytest.mark.parametrize("title", ["一つ聞いてみる", "اسأل سؤالًا", "שאלה", "Ask 一つ"])
def test_a_title_that_the_font_lacks_leaves_the_mark_and_the_day(title: str) -> None:
    """No boxes: half a title would say something else."""
    picture = drawn(title, label="2026年12月1日", day="2026-12-01")
    assert picture.tobytes() == drawn("二", label="2026-12-01").tobytes()
    assert inked(picture) is not None


def test_a_page_from_right_to_left_begins_on_the_right() -> None:
    data = share_picture(ShareWords(name="Letter", title="Ask", rtl=True), CLASSIC)
    left, _, right, _ = inked(Image.open(BytesIO(data)).convert("RGB")) or (0, 0, 0, 0)
    assert SIZE[0] - 100 < right < SIZE[0] - 80
    assert left > SIZE[0] // 2


def test_a_font_of_the_publication_is_used() -> None:
    own = ImageFont.load_default(40).font_bytes  # Pillow's own, of ASCII alone
    words = ShareWords(name="Letter", title="Ask first")
    assert share_picture(words, CLASSIC, own) != share_picture(words, CLASSIC)
    bare = ShareWords(name="Letter", title="Łódź")
    assert share_picture(bare, CLASSIC, own) == share_picture(ShareWords(name="Letter", title="二"), CLASSIC, own)


def test_what_is_no_font_is_told() -> None:
    with pytest.raises(UnreadableFontError):
        check_font(b"no font")


@examples(max_examples=25)
@given(st.text(max_size=320), st.text(max_size=60), st.booleans())
def test_any_words_can_be_drawn(title: str, name: str, rtl: bool) -> None:
    words = ShareWords(name=name, title=title, label=title[:20], day="2026-12-01", rtl=rtl)
    assert Image.open(BytesIO(share_picture(words, SWISS))).size == SIZE
