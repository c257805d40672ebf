"""Pages where their look is not all theirs: the system's colours, paper, and text of a size that the reader has set."""

import pytest

from tests.browser.conftest import Open

pytestmark = [pytest.mark.browser, pytest.mark.no_cover]  # what is tried here was built before

ANOTHER_LOOK = "[data-md-color-scheme] { --gold: #CC2209; --on-gold: #FFF; --on-gold-soft: #FFEAE5 }"
KINDS = ["", "actions/", "archive/2026/", "events/", "for/managers/", "authors/mara/", "tags/", "about/", "404.html"]


@pytest.mark.parametrize("width", [1280, 390])
def test_the_menu_shows_where_one_is_in_forced_colours(visit: Open, width: int) -> None:
    """A clear line is drawn there in the colour of text, unless it has the ground's."""
    page = visit(forced_colors="active", viewport={"width": width, "height": 800}).go("archive/")
    lines = (
        """links => links.map(link => getComputedStyle(link)).map(style => [style.borderBottomColor, style.color])"""
    )
    now, *others = (
        page.locator(f".ts-menu a{which}").evaluate_all(lines)
        for which in ("[aria-current]", ":not([aria-current], .ts-menu__cta)", ".ts-menu__cta")
    )
    assert now[0][0] == now[0][1]
    unseen = others[0] if width > 960 else others[0] + others[1]  # on a desk the last one is framed
    assert [line for line, text in unseen if line == text] == []


def test_what_is_known_by_its_colour_keeps_it_in_forced_colours(visit: Open) -> None:
    seen = visit(forced_colors="active")
    kept = "elements => elements.map(element => getComputedStyle(element).forcedColorAdjust)"
    for path, what in {"": ".ts-art", "authors/": ".ts-tile", "actions/": ".ts-progress progress"}.items():
        assert set(seen.go(path).locator(what).evaluate_all(kept)) == {"none"}, path


def test_every_kind_of_page_has_its_name_and_address_on_paper(visit: Open) -> None:
    """S23: at the head of each sheet, as browsers repeat that of a table; nothing is cut in two."""
    seen = visit()
    seen.page.emulate_media(media="print")
    for path in KINDS:
        page = seen.go(path)
        address = "halfturn.example/" + path.replace("404.html", "")
        assert " ".join(page.locator(".ts-paper").inner_text().split()) == f"Half Turn {address}", path
        whole = "pieces => pieces.filter(piece => getComputedStyle(piece).breakInside !== 'avoid').length"
        assert page.locator(".ts-row, .ts-card, .ts-event, .ts-seats li").evaluate_all(whole) == 0, path
        for form in (".ts-head", ".ts-join", ".ts-foot"):
            assert not page.locator(form).first.is_visible(), (path, form)


def test_an_action_is_black_on_paper_whatever_its_colours_are(visit: Open) -> None:
    """Paper has no grounds, so white words on red would be white on white."""
    page = visit(color_scheme="dark").go("")
    page.add_style_tag(content=ANOTHER_LOOK)
    page.emulate_media(media="print")
    styles = "[element, element.parentElement.parentElement].map(one => getComputedStyle(one))"
    colour = f"element => (([words, card]) => [words.color, card.borderTopWidth])({styles})"
    (black, frame) = page.locator(".ts-action h2").evaluate(colour)
    assert black == "rgb(0, 0, 0)"
    assert frame != "0px"


@pytest.mark.parametrize("path", ["", "authors/", "events/", "issues/how-to-leave-well/", "subscribe/"])
def test_large_text_has_room_beside_a_picture_or_stands_below_it(visit: Open, path: str) -> None:
    """S20: 200 % on 320 px, where the browser's size of text is as before and widths in `em` say nothing of it."""
    page = visit(viewport={"width": 320, "height": 800}).go(path)
    page.add_style_tag(content="html { font-size: 250% !important }")
    beside = ":is(.ts-people, .ts-seats) li > div, .ts-event > div, .ts-byline > p, .ts-opt > span:not(.ts-tile)"
    words = page.locator(beside)
    share = "all => all.filter(one => one.offsetWidth < one.parentElement.clientWidth * .55).map(one => one.innerText)"
    assert words.count()
    assert words.evaluate_all(share) == []
    out = "all => all.filter(one => one.getBoundingClientRect().right > innerWidth - 10).map(one => one.innerText)"
    assert page.locator(".ts-btn").evaluate_all(out) == []
