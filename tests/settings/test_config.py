"""mkdocs.yml and what it names: every mistake is a finding of `check`, with its place."""

import datetime as dt
from pathlib import Path

import pytest
import yaml

from tests.conftest import Write
from tests.folders import MKDOCS, issue
from tipsheet.last_build import BuildOptions
from tipsheet.press import build, check
from tipsheet.problems import errors_in
from tipsheet.settings import read_settings
from tipsheet.settings.config import translations

CASES = yaml.safe_load((Path(__file__).parent / "config.yml").read_text(encoding="utf-8"))
NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
HOOKS = {
    "hooks/broken.py": "def on_config(:\n",
    "hooks/ends.py": "raise SystemExit('enough')\n",
    "hooks/raises.py": "def on_page_markdown(markdown, **_):\n    return {}['price']\n",
}
ISSUE = "content/tipsheets/2026/2026-11-17-ask.md"


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_mistake(case: dict[str, str], publication: Write) -> None:
    """K8, C16: never a traceback, and never of `build` alone."""
    assert case.get("old", "") in MKDOCS
    config = MKDOCS.replace(case.get("old", "\0"), case.get("new", "")) + case.get("add", "") + "\n"
    files = {"mkdocs.yml": config, "content/about.md": case.get("page", "# About\n"), **HOOKS}
    if "body" in case:
        files[ISSUE] = issue(body=case["body"] + "\n/// action | Ask { id=ask }\n\n///\n")
    problems = [str(problem) for problem in check(publication(files), now=NOW).problems]
    assert [problem[: len(case["problem"])] for problem in problems] == [case["problem"]]


@pytest.mark.parametrize(
    "value",
    [
        "!ENV SITE",
        "!ENV [SITE]",
        "!ENV [NONE, SITE, nowhere]",
        '!ENV [NONE, "https://sheet.example/"]',
        "!ENV [NONE, NEITHER, https://sheet.example/]",
    ],
)
def test_the_environment(value: str, publication: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """C21: `!ENV` in all the forms that MkDocs has."""
    monkeypatch.setenv("SITE", "https://sheet.example/")
    root = publication({"mkdocs.yml": MKDOCS.replace("site_url: https://sheet.example/", f"site_url: {value}")})
    settings, problems = read_settings(root)
    assert problems == []
    assert settings is not None
    assert settings.masthead.url == "https://sheet.example/"
    assert build(root, BuildOptions(site_dir=tmp_path / "site", outbox_dir=tmp_path / "outbox"), now=NOW).problems == ()


def test_parents(publication: Write, tmp_path: Path) -> None:
    """C21: `INHERIT` of a file that inherits, and a change of any of them is seen by the next build."""
    base = MKDOCS.replace("site_name: The Test Sheet\n", "")
    root = publication(
        {"mkdocs.yml": "INHERIT: conf/a.yml\n", "conf/a.yml": "INHERIT: b.yml\nsite_name: One\n", "conf/b.yml": base}
    )
    options = BuildOptions(site_dir=tmp_path / "site", outbox_dir=tmp_path / "outbox")
    build(root, options, now=NOW)
    (root / "conf/a.yml").write_text("INHERIT: b.yml\nsite_name: Two\n")
    build(root, options, now=NOW)
    assert "Two" in (tmp_path / "site/index.html").read_text(encoding="utf-8")
    (root / "conf/b.yml").write_text(base.replace("time_zone: Europe/Amsterdam", "time_zone: Mars"))
    assert [p.where.path for p in check(root, now=NOW).problems] == ["conf/b.yml"]


@pytest.mark.parametrize(("language", "translation"), [("en-GB", "en"), ("en_US", "en"), ("EN", "en")])
def test_a_variant_of_english_has_the_words_of_english(
    language: str, translation: str, publication: Write, tmp_path: Path
) -> None:
    """C21: the nearest translation that Material ships."""
    config = MKDOCS.replace("font: false", f"font: false\n  language: {language}")
    root = publication({"mkdocs.yml": config, "content/about.md": "# About\n"})
    settings, _ = read_settings(root)
    assert settings is not None
    assert settings.translation == translation
    assert not errors_in(
        build(root, BuildOptions(site_dir=tmp_path / "site", outbox_dir=tmp_path / "outbox"), now=NOW).problems
    )


@pytest.mark.parametrize("language", sorted(translations()))
def test_every_translation_is_taken(language: str, publication: Write) -> None:
    config = MKDOCS.replace("font: false", f"font: false\n  language: {language}")
    settings, problems = read_settings(publication({"mkdocs.yml": config}))
    assert not errors_in(problems)
    assert settings is not None
    assert settings.translation == language
