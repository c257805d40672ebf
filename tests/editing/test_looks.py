"""A look is settings and one style sheet, for site, letters and pages of the service alike; each can be read."""

from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import run
from tests.sample import NOW
from tipsheet.editing.starter import CLASSIC, LOOKS, NewPublication, looks, starter_files
from tipsheet.rendering.service.units import service_style_sheet
from tipsheet.settings import Look, read_settings
from tipsheet.settings.look import PAIRS, contrast, fitted
from tipsheet.site.face import style_sheet
from tipsheet.words import languages

OTHERS = [name for name in looks() if name != CLASSIC]


def look_of(name: str) -> Look:
    settings = yaml.safe_load((LOOKS / f"{name}.yml").read_text("utf-8")) or {}
    return Look.model_validate(settings.get("look", {}))


@pytest.mark.parametrize("name", looks())
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_pair_of_colours_can_be_read(name: str, scheme: str) -> None:
    """S6, E6: as it is written, before anything is moved towards black or white."""
    tones = getattr(look_of(name), scheme)
    worst = {
        colour: min(contrast(getattr(tones, colour), getattr(tones, ground)) for ground in grounds) - floor
        for colour, grounds, floor in PAIRS
    }
    assert {colour: by for colour, by in worst.items() if by < 0} == {}


@pytest.mark.parametrize("name", OTHERS)
def test_a_look_names_every_colour_of_both_schemes(name: str) -> None:
    look = look_of(name)
    assert set(type(look.light).model_fields) == look.light.model_fields_set
    assert set(type(look.dark).model_fields) == look.dark.model_fields_set


@pytest.mark.parametrize("name", OTHERS)
def test_publications_differ_by_settings_and_one_sheet_alone(name: str) -> None:
    """Identity is data: the same templates, the same content."""
    plain = starter_files(NewPublication(name="X"), NOW)
    other = starter_files(NewPublication(name="X", look=name), NOW)
    changed = {path for path in {*plain, *other} if plain.get(path) != other.get(path)}
    assert changed == {"mkdocs.yml", f"content/assets/{name}.css"}
    configs = [yaml.load(files["mkdocs.yml"], Loader=yaml.BaseLoader) for files in (plain, other)]  # noqa: S506
    assert configs[1].pop("extra_css") == [f"assets/{name}.css"]
    assert configs[1]["plugins"][1]["tipsheet"].pop("look")
    assert configs[0] == configs[1]


@pytest.mark.parametrize("name", OTHERS)
def test_the_sheet_has_no_colour_of_its_own(name: str) -> None:
    """What a letter must know stands in the settings, which it reads; a sheet it does not."""
    sheet = (LOOKS / f"{name}.css").read_text("utf-8")
    assert "#" not in sheet
    assert "font-family" not in sheet
    assert "://" not in sheet


@pytest.mark.parametrize("name", looks())
def test_it_builds_strictly_and_every_output_has_it(name: str, tmp_path: Path) -> None:
    root = tmp_path / "x"
    assert run("init", root, "--look", name).exit_code == 0
    result = run("-C", root, "build", "--strict")
    assert result.exit_code == 0, result.output
    settings, problems = read_settings(root)
    assert settings is not None
    assert problems == []
    tones, letter = settings.look.light, next((root / "outbox").glob("*/everyone.html")).read_text("utf-8")
    assert all(colour in letter for colour in (tones.gold, tones.on_gold, tones.ink, settings.look.dark.gold))
    assert f"border-radius:{settings.look.radius}px" in letter.replace("border-radius: ", "border-radius:")
    assert f"--gold: {tones.gold}" in (root / "site/assets/look.css").read_text("utf-8")
    linked = f"assets/{name}.css" in (root / "site/index.html").read_text("utf-8")
    assert linked == (LOOKS / f"{name}.css").is_file()


def test_corners_are_of_one_size_in_site_and_service() -> None:
    look = fitted(Look(radius=6))
    assert "--radius: 0.3rem;" in style_sheet(look, "")
    assert "--radius: 0.375rem;" in service_style_sheet(look)


@pytest.mark.parametrize("language", languages())
def test_a_new_publication_speaks_its_language(language: str) -> None:
    """Its palette has no words: the button that switches schemes has ours, in its language."""
    config = starter_files(NewPublication(name="X", language=language), NOW)["mkdocs.yml"]
    theme = yaml.load(config, Loader=yaml.BaseLoader)["theme"]  # noqa: S506
    assert theme["language"] == language
    assert [list(scheme["toggle"]) for scheme in theme["palette"]] == [["icon"], ["icon"]]


def test_a_look_that_there_is_not_is_refused(tmp_path: Path) -> None:
    assert run("init", tmp_path / "x", "--look", "baroque").exit_code == 2
    assert not (tmp_path / "x").exists()
