"""What the letter uses of HTML and CSS, against what caniemail.com says that mail programs know (E19)."""

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.rendering.builders import letter, settings
from tests.rendering.derive_caniemail import TABLE, derived
from tests.rendering.test_email_lint import FULL
from tests.sample import ROOT
from tipsheet.rendering.email.rules import lint
from tipsheet.rendering.email.rules.styles import features
from tipsheet.settings import Look
from tipsheet.settings.look import PRIMARIES, fitted
from tipsheet.settings.look import derived as look_of

__all__ = ["settings"]

PACKAGE = Path(os.environ.get("TIPSHEET_NODE_MODULES", ROOT / "node_modules")) / "caniemail"
KNOWN = features()
FALLBACKS, ignorant = KNOWN.fallbacks, KNOWN.ignorant
TABLES = (KNOWN.elements, KNOWN.attributes, KNOWN.properties, KNOWN.units, KNOWN.sheets)
FEATURES = {slug for table in TABLES for slug in table.values() if slug}


@pytest.mark.node
@pytest.mark.skipif(not PACKAGE.is_dir(), reason="needs caniemail from npm")
def test_the_table_is_what_the_package_says() -> None:
    assert TABLE.read_text("utf-8") == derived(PACKAGE)


@pytest.mark.parametrize("feature", sorted(FEATURES))
def test_a_feature_that_is_not_known_everywhere_has_a_fallback(feature: str) -> None:
    assert bool(FALLBACKS.get(feature)) == bool(ignorant(feature)), ignorant(feature)


def test_there_is_no_fallback_for_what_is_not_used() -> None:
    assert set(FALLBACKS) <= FEATURES


def test_programs_are_told_by_name() -> None:
    assert ignorant("css-border-radius") == ("Outlook for Windows",)
    assert ignorant("html-table") == ignorant("a feature that nobody tested") == ()
    assert set(ignorant("css-position")) <= set(KNOWN.programs)


def test_somebody_who_overrides_is_told_who_does_not_know_it(settings) -> None:
    found = letter(FULL, settings)
    html = found.html.replace("margin:0 auto", "border-image:none")
    problems = lint(html, found.text, subject=found.subject, settings=settings, where=FULL.where)
    assert any(re.search("'border-image' is not known to .*Outlook for Windows", p.message) for p in problems), problems


@pytest.mark.parametrize("primary", PRIMARIES)
def test_a_letter_can_be_read_in_the_colours_of_every_primary(settings, primary: str) -> None:
    """E6: measured on the finished letter, in light and in dark."""
    coloured = replace(settings, look=fitted(look_of(Look(), primary, primary)))
    found = letter(FULL, coloured)
    assert coloured.look.light.spruce in found.html
    assert lint(found.html, found.text, subject=found.subject, settings=coloured, where=FULL.where) == ()


def test_word_is_told_of_every_class_that_is_set_in_sans() -> None:
    """Word takes the first family of a list that it knows, which for our sans would be a serif."""
    folder = ROOT / "tipsheet/templates/email"
    told = set(re.search(r"sans_classes = '([^']+)'", (folder / "macros.html").read_text("utf-8"))[1].split(","))
    rules = re.findall(r"^([^{}]+)\{([^\n]*)\}$", (folder / "inline.css").read_text("utf-8"), re.MULTILINE)
    used = {selector for head, values in rules if "{{ sans }}" in values for selector in head.split(",")}
    names = {selector.rpartition(" ")[2] if "." in selector.rpartition(" ")[2] else selector for selector in used}
    assert {name.removeprefix("p") for name in names} == told
