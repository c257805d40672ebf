"""The frame of a page is rendered once for each shape of page, not by a run of MkDocs in every build."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.folders import MKDOCS, write_publication
from tests.languages.builders import files
from tests.sample import NOW, copy_of_sample
from tipsheet.last_build import BuildOptions
from tipsheet.press import press
from tipsheet.site.plan import Plan
from tipsheet.site.shells import shape_of

OWN = MKDOCS.replace("  font: false", "  font: false\n  custom_dir: overrides")
SAID_BEFORE = """\
{# Our own frame. #}
{% set greeting = "Good morning" %}
{% extends "face.html" %}
{% block extrahead %}<meta name="greeting" content="{{ greeting }}">{% endblock %}
"""


def planned(root: Path) -> Plan:
    """The plan of a site that was just built, with its frame."""
    return press(root, BuildOptions(site_dir=root / "site", outbox_dir=root / "outbox"), now=NOW).plan


def shapes(plan: Plan) -> set[str]:
    return {shape_of(page.url, page.folder) for one in plan.languages for page in one.map.pages}


def test_every_page_of_the_sample_has_a_shell(tmp_path: Path) -> None:
    plan = planned(copy_of_sample(tmp_path))
    assert set(plan.frame.shells) == shapes(plan)


@pytest.mark.parametrize(
    "changed",
    [{}, files(), {"mkdocs.yml": OWN, "overrides/main.html": SAID_BEFORE}],
    ids=["plain", "two languages", "words before a template extends another"],
)
def test_every_page_has_a_shell(changed: Mapping[str, str], tmp_path: Path) -> None:
    plan = planned(write_publication(tmp_path / "publication", changed))
    assert set(plan.frame.shells) == shapes(plan)
