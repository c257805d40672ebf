"""Every primary colour of mkdocs-material gives colours that can be read, in both schemes (E6)."""

import colorsys
import re
from collections.abc import Iterator
from pathlib import Path

import material
import pytest
import tinycss2
import tinycss2.color3

from tests.conftest import Write
from tests.folders import MKDOCS
from tipsheet.settings import Look, Schemes, Tones, read_settings
from tipsheet.settings.look import PAIRS, PRIMARIES, contrast, derived, fitted, readable, schemes_of

OWN = {"grey", "blue-grey", "black"}
"""Primaries to which Material gives links of another colour."""


def _look(publication: Write, palette: str, look: str = "{}") -> Look:
    config = MKDOCS.replace("  font: false\n", f"  font: false\n  palette: {palette}\n")
    settings, problems = read_settings(
        publication({"mkdocs.yml": config.replace("tagline", f"look: {look}\n      tagline")})
    )
    assert problems == []
    assert settings is not None
    return settings.look


@pytest.mark.parametrize("primary", PRIMARIES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_pair_can_be_read(primary: str, scheme: str) -> None:
    tones = getattr(fitted(derived(Look(), primary, primary)), scheme)
    for name, grounds, floor in PAIRS:
        for ground in grounds:
            assert contrast(getattr(tones, name), getattr(tones, ground)) >= floor, (name, ground)
    assert contrast(tones.on_gold_soft, "#FFFFFF") >= 4.5  # the ink button under the pointer


def test_nine_primaries_could_not_be_read_as_text_untouched() -> None:
    faint = [name for name, (light, _) in PRIMARIES.items() if contrast(light, "#FFFFFF") < 4.5]
    assert len(faint) >= 9


@pytest.mark.parametrize("primary", PRIMARIES)
def test_a_colour_keeps_its_hue(primary: str) -> None:
    look = fitted(derived(Look(), primary, primary))
    for found, given in zip((look.light.spruce, look.dark.spruce), PRIMARIES[primary], strict=True):
        if max(_bytes(given)) - min(_bytes(given)) > 20:
            assert abs(_hue(found) - _hue(given)) < 0.02


def _bytes(colour: str) -> bytes:
    return bytes.fromhex(colour[1:])


def _hue(colour: str) -> float:
    return colorsys.rgb_to_hls(*(v / 255 for v in _bytes(colour)))[0]


def test_the_default_look_needs_no_fitting() -> None:
    assert fitted(Look()) == Look()


def test_gold_stays() -> None:
    look = derived(Look(), "amber", "amber")
    assert (look.light.gold, look.dark.gold) == (Look().light.gold, Look().dark.gold)


def test_the_theme_names_one_colour_or_one_for_each_scheme(publication: Write) -> None:
    teal = fitted(derived(Look(), "teal", "teal"))
    assert _look(publication, "{primary: teal}") == teal
    assert _look(publication, "{scheme: slate, primary: teal}") == teal
    both = _look(publication, "[{scheme: default, primary: deep purple}, {scheme: slate, primary: teal}]")
    assert both.light == fitted(derived(Look(), "deep-purple", "teal")).light
    assert both.dark == teal.dark


@pytest.mark.parametrize("palette", ["{primary: custom}", "{accent: teal}", "[]", "{}"])
def test_without_a_primary_the_look_is_tipsheets(publication: Write, palette: str) -> None:
    assert _look(publication, palette) == Look()


def test_a_colour_that_is_set_wins(publication: Write) -> None:
    look = _look(publication, "{primary: red}", '{light: {spruce: "#0000AA"}, serif: Georgia}')
    assert look.light.spruce == "#0000AA"
    assert look.light.wash == derived(Look(), "red", "red").light.wash
    assert look.serif == "Georgia"


def test_a_colour_that_cannot_be_read_is_moved_until_it_can(publication: Write) -> None:
    look = _look(publication, "{primary: custom}", '{light: {spruce: "#FFEB3B", ink: "#BBBBBB"}}')
    assert contrast(look.light.spruce, look.light.wash) >= 4.5
    assert contrast(look.light.ink, look.light.wash) >= 4.5
    assert readable("#000000", "#FFFFFF") == "#000000"
    for ground in ("#141414", "#808080", "#EEEEEE"):
        assert contrast(readable("#123456", ground), ground) >= 4.5


def test_an_unknown_colour_is_told(publication: Write) -> None:
    config = MKDOCS.replace("  font: false\n", "  font: false\n  palette:\n    - primary: tael\n")
    _, problems = read_settings(publication({"mkdocs.yml": config}))
    assert [str(p) for p in problems] == [
        "mkdocs.yml:8:16: TS310 warning: 'tael' is none of the colours of mkdocs-material (did you mean 'teal'?)"
    ]


def test_the_table_is_what_the_installed_theme_has() -> None:
    """The colours of links in mkdocs-material's stylesheet; a new release of it may change them."""
    found = {name: (_light(name), _dark(name)) for name in re.findall(r"\[data-md-color-primary=([a-z-]+)\]\{", _CSS)}
    assert {name: found[name] for name in PRIMARIES} == dict(PRIMARIES)
    assert set(found) == set(PRIMARIES)


_CSS = next((Path(material.__file__).parent / "templates/assets/stylesheets").glob("palette.*.min.css")).read_text(
    "utf-8"
)


def _rules(nodes: list[tinycss2.ast.Node]) -> Iterator[tuple[str, dict[str, str]]]:
    for node in nodes:
        if node.type == "at-rule" and node.content:
            yield from _rules(tinycss2.parse_rule_list(node.content, skip_whitespace=True))
        elif node.type == "qualified-rule":
            declarations = tinycss2.parse_blocks_contents(node.content, skip_whitespace=True)
            values = {d.name: tinycss2.serialize(d.value) for d in declarations if d.type == "declaration"}
            for selector in tinycss2.serialize(node.prelude).split(","):
                yield selector.strip(), values


def _values() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for selector, values in _rules(tinycss2.parse_stylesheet(_CSS, skip_comments=True, skip_whitespace=True)):
        found.setdefault(selector, {}).update(values)
    return found


_VALUES = _values()
_PRIMARY, _LINK = "--md-primary-fg-color", "--md-typeset-a-color"


def _light(name: str) -> str:
    own = _VALUES[f"[data-md-color-primary={name}]"]
    bright = _VALUES.get(f"[data-md-color-primary={name}]:not([data-md-color-scheme=slate])", {})
    return _six(own[_PRIMARY] if name in OWN else bright.get(_LINK) or own.get(_LINK) or own[_PRIMARY])


def _dark(name: str) -> str:
    own = _VALUES[f"[data-md-color-primary={name}]"]
    if name == "black":
        return _six(own[_PRIMARY].replace(" 9%", f" {100 - 9}%"))
    slate = _VALUES.get(f"[data-md-color-scheme=slate][data-md-color-primary={name}]", {})
    return _six(own[_PRIMARY] if name in OWN else slate.get(_LINK) or own[_PRIMARY])


def _six(value: str) -> str:
    """The value as six digits; Material writes some as ``hsla(var(--md-hue), …)``, with 225 for the hue."""
    short = re.fullmatch(r"#([0-9a-f])([0-9a-f])([0-9a-f])", value)
    if short:
        return "#" + "".join(digit * 2 for digit in short.groups()).upper()
    if value.startswith("#"):
        return value.upper()
    colour = tinycss2.color3.parse_color(value.replace("var(--md-hue)", "225"))
    return "#{:02X}{:02X}{:02X}".format(*(round(v * 255) for v in (colour.red, colour.green, colour.blue)))


def test_tones_hold_a_colour_for_everything_that_pairs_name() -> None:
    assert {n for name, grounds, _ in PAIRS for n in (name, *grounds)} < set(Tones.model_fields)


@pytest.mark.parametrize(
    ("palette", "schemes"),
    [
        (None, Schemes()),
        ({"scheme": "slate"}, Schemes(until="dark")),
        ([{"scheme": "default", "toggle": {"name": "x"}}], Schemes()),
        ([{"scheme": "mine"}, {"scheme": "slate", "toggle": {"name": "x"}}], Schemes()),
        ([{}, {"scheme": "slate"}], Schemes()),
        ([{"toggle": {"name": "x"}}, {"scheme": "slate"}], Schemes(switch=True)),
        ([{"scheme": "slate"}, {"scheme": "default", "toggle": {"name": "x"}}], Schemes(until="dark", switch=True)),
        (
            [
                {"media": "(prefers-color-scheme)", "toggle": {"name": "x"}},
                {"media": "(prefers-color-scheme: light)", "scheme": "default"},
                {"media": "(prefers-color-scheme: dark)", "scheme": "slate"},
            ],
            Schemes(until="system", switch=True),
        ),
    ],
)
def test_the_palette_says_who_chooses_the_colours(palette: object, schemes: Schemes) -> None:
    assert schemes_of(palette) == schemes
