"""Letters as a browser draws them on narrow screens, and where pictures are off (E22, E23, E24)."""

import re
from collections.abc import Iterator
from dataclasses import replace

import lxml.html
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as settings_of
from hypothesis import strategies as st
from PIL import Image
from playwright.sync_api import Browser, Page, Route

from tests.browser.conftest import CHROMIUM
from tests.rendering.builders import COVER, MASTHEAD, action, event, issue, letter, note, settings
from tests.sample import ROOT
from tipsheet.model.post import Author
from tipsheet.model.publication import Masthead
from tipsheet.settings import Settings
from tipsheet.settings.look import contrast

__all__ = ["settings"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="needs Chromium"),
    pytest.mark.no_cover,  # what makes letters is tried elsewhere
]

WIDTHS = (320, 390, 640)
COMPOUND = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
ADDRESS = f"https://sheets.example.org/{'1aBcDeFgHi' * 28}"
SUM = "sha256:2facc1e8641614d0236ee6144b0b967a041a70d5401a6118f52a7245a5870675"
PIP = 'pip install "tipsheet[postgresql,dkim]@git+https://example.org/team/tipsheet.git"'
LONG = {
    "compound": COMPOUND,
    "address": ADDRESS,
    "sum": SUM,
    "pip": PIP,
    "no spaces": PIP.replace(" ", "\N{NO-BREAK SPACE}"),
}
IN_BODY = {
    "a paragraph": "<p>Go to {} now.</p>",
    "a link": '<p><a href="https://x.example/">{}</a></p>',
    "code in a line": "<p>The sum is <code>{}</code>.</p>",
    "a block of code": "<pre><code>$ {}\n    {}</code></pre>",
    "a heading": "<h2>{}</h2><h3>{}</h3><h4>{}</h4>",
    "a button": '<p><a class="cta" href="https://x.example/">{}</a></p>',
    "a list in lists": "<ul><li>{}<ol><li>{}<ul><li>{}</li></ul></li></ol></li></ul>",
    "a task": '<ul class="task-list"><li><input type="checkbox"> {}</li></ul>',
    "a quotation in one": "<blockquote><p>{}</p><blockquote><p>{}</p><p><cite>{}</cite></p></blockquote></blockquote>",
    "a question": '<blockquote><p class="ask">{}</p></blockquote>',
    "a remark": '<div class="admonition"><p class="admonition-title">{}</p><p>{}</p></div>',
    "definitions": "<dl><dt>{}</dt><dd>{}</dd></dl>",
    "a caption": '<figure><img src="site:a.png" alt="{}" width="1200"><figcaption>{}</figcaption></figure>',
    "a footnote": '<p>x</p><div class="footnote"><ol><li><p>{}</p></li></ol></div>',
    "a table of six columns": f"<table><tr>{'<th>Head</th>' * 6}</tr><tr>{'<td>{}</td>' * 6}</tr></table>",
    "a table of twelve": f"<table><tr>{'<th>Thousands</th>' * 12}</tr><tr>{'<td>monthly {}</td>' * 12}</tr></table>",
    "a table in a quotation": "<blockquote><table><tr><th>A</th></tr><tr><td>{}</td></tr></table></blockquote>",
}


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    """A page without a network: pictures are as wide as a file would be."""
    page = chromium.new_page(viewport={"width": 320, "height": 844})
    picture = (ROOT / "content/images/question.png").read_bytes()
    page.route("**/*", lambda route: route.fulfill(body=picture, content_type="image/png"))
    yield page
    page.close()


def _widths(page: Page, html: str) -> dict[tuple[int, bool], int]:
    """How wide the letter is on each screen, with and without its style sheets."""
    found = {}
    for styled in (True, False):
        page.set_content(html if styled else re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL))
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 844})
            found[width, styled] = page.evaluate("document.documentElement.scrollWidth")
    return found


ARABIC = "اسأل سؤالًا واحدًا قبل العرض"
NASTY = st.sampled_from(
    [
        *LONG.values(),
        COMPOUND.upper() * 2,
        "i" * 300,
        ARABIC,
        "\N{ARABIC LETTER BEH}" * 200,
        "見積もりの前に" * 9,
        "short",
    ]
)
WORDS = NASTY.map(lambda text: text.replace('"', "&quot;"))
INSIDE = st.one_of(
    WORDS.map("<p>{}</p>".format),
    WORDS.map('<p><a class="cta" href="https://x.example/">{}</a></p>'.format),
    WORDS.map("<pre><code>{}\n   x</code></pre>".format),
    WORDS.map("<p>a <code>{0}</code> <b>{0}</b></p>".format),
    st.builds('<p><img src="site:a.png" alt="{}" width="{}"></p>'.format, WORDS, st.sampled_from([40, 400, 4000])),
)
CONTENT = st.recursive(
    INSIDE,
    lambda inner: st.one_of(
        inner.map("<blockquote>{}</blockquote>".format),
        st.builds("<ul><li>{}</li><li>{}</li></ul>".format, WORDS, inner),
        st.builds("<dl><dt>{}</dt><dd>{}</dd></dl>".format, WORDS, inner),
        inner.map('<div class="admonition"><p class="admonition-title">x</p>{}</div>'.format),
        st.builds(
            "<table><tr><th>{0}</th><th>x</th><th>y</th></tr><tr><td>{1}</td><td>{0}</td><td>z</td></tr></table>".format,
            WORDS, inner,
        ),
        st.builds("{}{}".format, inner, inner),
    ),
    max_leaves=4,
)  # fmt: skip
TOO_WIDE = """width => {
    const rolls = element => element.closest('.wide') || element.closest('head, .preheader')
    return [...document.querySelectorAll('*')].filter(element => !rolls(element)).filter(element => {
        const box = element.getBoundingClientRect()
        return box.left < -0.5 || Math.max(box.right, box.left + element.scrollWidth) > width + 0.5
    }).map(element => element.outerHTML.slice(0, 200))
}"""
"""Elements that stand out of the screen, themselves or with what is in them; wide tables of data roll inside."""


@settings_of(
    max_examples=15,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # what fails is printed as it was found: a browser is slow
)
@given(
    html=st.lists(CONTENT, min_size=2, max_size=4).map("".join),
    title=NASTY,
    way=st.tuples(st.sampled_from(["en", "ar", "ja"]), st.booleans()),
)
def test_no_element_of_a_letter_stands_out_of_the_screen(
    page: Page, settings: Settings, html: str, title: str, way: tuple[str, bool]
) -> None:
    """E23: whatever an author writes, with the style sheets and without them, as in Gmail on some accounts."""
    language, styled = way
    sent = issue(html, action(title=title, html=html), event(name=title, place=title), title=title, image=COVER)
    chosen = replace(settings, masthead=replace(MASTHEAD, language=language))
    found = letter(replace(sent, notes=(note(html, title=title),)), chosen).html
    page.set_content(found if styled else re.sub(r"<style.*?</style>", "", found, flags=re.DOTALL))
    for width in (320, 600):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate(TOO_WIDE, width) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


EXPECTED = {(width, styled): width for styled in (True, False) for width in WIDTHS}


@pytest.mark.parametrize("where", IN_BODY)
@pytest.mark.parametrize("words", LONG)
def test_nothing_in_a_text_is_wider_than_its_column(page: Page, settings: Settings, where: str, words: str) -> None:
    """E23."""
    html = IN_BODY[where].replace("{}", LONG[words].replace('"', "&quot;"))
    assert _widths(page, letter(issue(html, action(html=html)), settings).html) == EXPECTED


def test_the_browser_finds_what_is_too_wide(page: Page, settings: Settings) -> None:
    """A check that cannot fail is none."""
    html = letter(issue(f"<p>{COMPOUND}</p>"), settings).html
    whole = re.sub(r"word-(wrap|break):break-word;?", "", html)
    assert whole != html
    assert _widths(page, whole)[320, True] > 320


@pytest.mark.parametrize("words", ["compound", "address", "sum"])
def test_nothing_around_a_text_is_wider_than_its_column(page: Page, settings: Settings, words: str) -> None:
    """E23: names, titles, places, credits, the imprint, and the line that inboxes show."""
    long = LONG[words]
    happening = event(name=long, place=long, price=long, html=f"<p>{long}</p>")
    sent = issue(
        happening,
        action(title=long, html=f"<ol><li>{long}</li></ol>"),
        title=long,
        preheader=long,
        authors=(Author(id="x", name=long),),
        image=replace(COVER, alt=long, credit=long, licence=long),
        notes=(note(f"<p>{long}</p>", happening, title=long),),
    )
    head = Masthead(**{
        **{name: getattr(MASTHEAD, name) for name in MASTHEAD.__dataclass_fields__},
        "name": long, "tagline": long, "copyright": long, "postal_address": long,
    })  # fmt: skip
    assert _widths(page, letter(sent, replace(settings, masthead=head)).html) == EXPECTED


def test_a_wide_table_moves_inside_the_column_and_its_short_words_are_whole(page: Page, settings: Settings) -> None:
    """E23."""
    row = "".join(f"<td>{word}</td>" for word in ("Monthly", "1,900", "Seats", "Utrecht", "Saturday", "Thousands"))
    page.set_content(letter(issue(f"<table><tr>{'<th>Heading</th>' * 6}</tr><tr>{row}</tr></table>"), settings).html)
    page.set_viewport_size({"width": 320, "height": 844})
    inner, outer = page.evaluate("(e => [e.scrollWidth, e.clientWidth])(document.querySelector('.wide'))")
    assert outer == 280
    assert inner > outer
    heights = page.evaluate("[...document.querySelectorAll('.data td')].map(td => td.getBoundingClientRect().height)")
    assert max(heights) < 50  # one line each


def test_the_title_is_on_the_first_screen_of_a_phone(page: Page, settings: Settings) -> None:
    """E22: with two notes in force, a long name and a long tagline."""
    notes = tuple(note(f"<p>{'Many words. ' * 60}</p>", event(), id=name, title=f"Seats {name}") for name in "ab")
    page.set_content(letter(issue(action(), image=COVER, notes=notes), settings).html)
    page.set_viewport_size({"width": 390, "height": 844})
    for element in ("h1", ".do"):
        box = page.locator(element).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 844 / 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_without_pictures_their_texts_stand_there_and_no_empty_area(
    chromium: Browser, settings: Settings, width: int, scheme: str
) -> None:
    """E24: the letter is no higher than one that has the words instead of the pictures."""
    html = letter(
        issue(
            '<p>Before.</p><p><img src="site:a.png" alt="A clock." width="1200" height="800"></p>'
            '<figure><img src="site:b.png" alt="A river, and a pier in it that is long enough for two lines of text." '
            'width="900" height="1200"><figcaption>By Ann</figcaption></figure>',
            image=COVER,
        ),
        settings,
    ).html
    page = chromium.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)  # type: ignore[arg-type]
    page.route("**/*", lambda route: route.abort())
    heights = []
    for kind in (html, _in_words(html)):
        page.set_content(kind)
        heights.append(page.evaluate("document.documentElement.scrollHeight"))
        text = page.evaluate("getComputedStyle(document.querySelector('.cover')).fontStyle")
        assert text == "italic"
    page.close()
    shown, words = heights
    assert shown <= words + 3 * 24  # a sign for each picture may push a word into another line


def _in_words(html: str) -> str:
    root = lxml.html.document_fromstring(html)
    for picture in list(root.iter("img")):
        words = lxml.html.fromstring("<div></div>")
        words.attrib.update({name: picture.get(name) or "" for name in ("class", "style")})
        words.text = picture.get("alt")
        words.tail = picture.tail
        picture.getparent().replace(picture, words)
    return str(lxml.html.tostring(root, encoding="unicode", doctype="<!DOCTYPE html>"))


def test_the_mark_is_drawn_for_dark_screens_and_stands_on_a_tile(chromium: Browser, settings: Settings) -> None:
    """E24: programs that know no ``picture`` show the light one, which brings its own ground."""
    dark = replace(settings, masthead=replace(MASTHEAD, logo_dark="images/mark-dark.png"))
    asked: dict[str, list[str]] = {}
    for scheme in ("light", "dark"):
        page = chromium.new_page(color_scheme=scheme)  # type: ignore[arg-type]
        files = asked.setdefault(scheme, [])

        def answer(route: Route, *, files: list[str] = files) -> None:
            files.append(route.request.url.rpartition("/")[2])
            route.abort()

        page.route("**/*", answer)
        page.set_content(letter(issue(), dark).html)
        page.close()
    assert asked == {"light": ["mark.png"], "dark": ["mark-dark.png"]}


@pytest.mark.parametrize("name", ["mark", "mark-dark"])
def test_the_mark_brings_its_own_ground_so_that_no_inversion_hides_it(name: str) -> None:
    """E24: Gmail and Outlook turn what is around a picture, never what is in it; nothing outside its tile is drawn."""
    picture = Image.open(ROOT / f"content/images/{name}.png").convert("RGBA")
    shown = [colour[:3] for _, colour in picture.getcolors(1 << 16) or () if colour[3] == 255]
    share = sum(count for count, colour in picture.getcolors(1 << 16) or () if colour[3] == 255) / 96**2
    assert share > 0.95  # but for round corners
    ground = picture.getpixel((48, 3))[:3]  # type: ignore[index]
    assert max(contrast(_hex(ground), _hex(colour)) for colour in shown) >= 3


def _hex(colour: tuple[int, ...]) -> str:
    return "#" + "".join(f"{part:02X}" for part in colour)
