"""mkdocs.yml: what it gives when right, and every mistake with its place when not."""

from pathlib import Path

import pytest
import yaml

from tests.conftest import Write
from tests.folders import MKDOCS
from tipsheet.model.segment import AllOf, AnyOf, Compare, Has, Not, Operator
from tipsheet.settings import read_settings

CASES = yaml.safe_load((Path(__file__).parent / "mistakes.yml").read_text(encoding="utf-8"))


def test_the_smallest_settings_are_right(publication: Write) -> None:
    settings, problems = read_settings(publication({}))
    assert problems == []
    assert settings is not None
    assert settings.masthead.url == "https://sheet.example/"
    assert settings.merge_fields == ("first_name", "last_name", "email", "role", "city", "seats")
    assert str(settings.schedule.time) == "07:00:00"
    assert [(s.id, s.public) for s in settings.segments] == [("managers", True), ("sellers", True), ("toronto", False)]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_mistake_has_its_place_and_its_remedy(case: dict[str, str], publication: Write) -> None:
    """A2, C16: unknown names and types are found at build time, with line and column, all at once."""
    assert case["old"] in MKDOCS
    _, problems = read_settings(publication({"mkdocs.yml": MKDOCS.replace(case["old"], case["new"])}))
    assert [str(problem) for problem in problems] == case["problems"]


def test_content_can_be_read_whatever_is_wrong_in_the_settings(publication: Write) -> None:
    """C16: a mistake never hides another."""
    root = publication({"mkdocs.yml": "site_name: X\nplugins: [search]\n"})
    settings, problems = read_settings(root)
    assert settings is not None
    assert [p.code for p in problems] == ["TS005", "TS005", "TS036"]


def test_the_rule_language(publication: Write) -> None:
    rules = """
        managers:
          title: Big teams
          where: {all: [{role: manager}, {seats: {at_least: 20}}, {not: {tag: trial}},
                        {city: {one_of: [Ghent, Utrecht]}}]}
        sellers: {title: S, where: {any: [{status: confirmed}, {topic: news}, {city: {exists: true}}]}}
"""
    head, _, _ = MKDOCS.partition("        managers:")
    settings, problems = read_settings(publication({"mkdocs.yml": head + rules.lstrip("\n")}))
    assert problems == []
    assert settings is not None
    assert [s.rule for s in settings.segments] == [
        AllOf(
            (
                Compare("role", Operator.IS, "manager"),
                Compare("seats", Operator.AT_LEAST, 20),
                Not(Has("tag", "trial")),
                Compare("city", Operator.ONE_OF, ("Ghent", "Utrecht")),
            )
        ),
        AnyOf((Has("status", "confirmed"), Has("topic", "news"), Compare("city", Operator.EXISTS, True))),
    ]


def test_markdown_extensions_are_read_without_running_python(publication: Write) -> None:
    """C18: what they name is loaded when the extension is made."""
    extra = """\
markdown_extensions:
  - smarty
  - toc: {permalink: true}
  - pymdownx.emoji:
      emoji_index: !!python/name:material.extensions.emoji.twemoji
"""
    settings, problems = read_settings(publication({"mkdocs.yml": MKDOCS + extra}))
    assert problems == []
    assert settings is not None
    assert settings.markdown == {
        "smarty": {},
        "toc": {"permalink": True},
        "pymdownx.emoji": {"emoji_index": "!!python"},
    }


@pytest.mark.parametrize(
    ("mail", "more", "expected"),
    [
        (
            "mail: {unsubscribe_url: 'https://lists.example/leave/@@token@@'}",
            "",
            ("https://lists.example", "https://lists.example/leave/@@token@@", None, None),
        ),
        (
            "mail: {unsubscribe_url: 'https://other.example/out?t=@@token@@'}",
            "",
            (None, "https://other.example/out?t=@@token@@", None, None),
        ),
        (
            "mail: {}",
            "service: {url: 'https://lists.example/'}",
            (
                "https://lists.example",
                "https://lists.example/leave/@@token@@",
                "https://lists.example/preferences/@@token@@",
                "https://lists.example/subscribe",
            ),
        ),
        (
            "mail: {unsubscribe_url: 'https://other.example/out?t=@@token@@'}",
            "service: {url: 'https://lists.example/'}\n      subscribe: {url: 'https://form.example/'}",
            (
                "https://lists.example",
                "https://other.example/out?t=@@token@@",
                "https://lists.example/preferences/@@token@@",
                "https://form.example/",
            ),
        ),
    ],
)
def test_addresses_are_those_of_the_service_unless_others_are_set(
    publication: Write, mail: str, more: str, expected: tuple[str | None, ...]
) -> None:
    """What the letter says and where the service answers is said once."""
    old = next(line for line in MKDOCS.splitlines() if line.strip().startswith("mail:"))
    text = MKDOCS.replace(old, f"      {mail}\n      {more}")
    settings, problems = read_settings(publication({"mkdocs.yml": text}))
    assert settings is not None
    assert problems == []
    form = settings.subscribe.url if settings.subscribe else None
    assert (settings.service.url, settings.mail.unsubscribe_url, settings.mail.preferences_url, form) == expected
