"""Words and dates that page, feed and mail share, and the files that the words are in."""

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest
from markupsafe import Markup

from tests.rendering.feed_builders import action, event
from tipsheet.engine.build import SUFFIXES
from tipsheet.model.post import Reprint
from tipsheet.rendering import language
from tipsheet.rendering.language import ENGLISH, full_date
from tipsheet.words import languages, words_of


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Thursday 3 December 2026"),
        ("en-GB", "Thursday 3 December 2026"),
        ("en-US", "Thursday, December 3, 2026"),
        ("nl", "donderdag 3 december 2026"),
        ("pt-BR", "quinta-feira, 3 de dezembro de 2026"),
        ("xx", "Thursday 3 December 2026"),
    ],
)
def test_a_day_is_written_in_the_language_of_the_publication(language: str, words: str) -> None:
    assert full_date(dt.date(2026, 12, 3), language) == words


def test_an_event_of_one_day_names_it_once() -> None:
    assert language.span(event(), ENGLISH) == "Thursday 3 December 2026, 9:30 to 12:30, Amsterdam time"


def test_an_event_over_midnight_names_both_days_in_the_zone_where_it_starts() -> None:
    amsterdam, london = ZoneInfo("Europe/Amsterdam"), ZoneInfo("Europe/London")
    starts, ends = dt.datetime(2026, 12, 3, 22, tzinfo=amsterdam), dt.datetime(2026, 12, 4, 0, tzinfo=london)
    assert language.span(event(starts=starts, ends=ends), ENGLISH) == (
        "Thursday 3 December 2026, 22:00 to Friday 4 December 2026, 1:00, Amsterdam time"
    )


def test_an_event_without_an_end_has_a_start_alone() -> None:
    american = words_of("en-US", "letters")
    assert language.span(event(ends=None), american) == "Thursday, December 3, 2026, 9:30\u00a0AM, Amsterdam time"


@pytest.mark.parametrize(
    ("spoken", "zone", "words"),
    [
        ("en", "Europe/Brussels", "9:30, Brussels time"),
        ("nl", "Europe/Brussels", "9:30, lokale tijd in Brussel"),
        ("de", "America/New_York", "9:30, Ortszeit New York"),
        ("fr", "Europe/London", "9:30, heure locale à Londres"),
        ("ja", "Europe/Amsterdam", "アムステルダム時間\uff09"),
        ("ar", "Europe/Amsterdam", "، بتوقيت أمستردام"),
        ("en", "America/Argentina/Buenos_Aires", "9:30, Buenos Aires time"),
        ("en", "UTC", "9:30 (UTC)"),
        ("en", "Etc/GMT+5", "9:30 (Etc/GMT+5)"),
    ],
)
def test_a_time_is_told_by_the_city_that_people_name(spoken: str, zone: str, words: str) -> None:
    starts = dt.datetime(2026, 12, 3, 9, 30, tzinfo=ZoneInfo(zone))
    assert language.span(event(starts=starts, ends=None), words_of(spoken, "letters")).endswith(words)


@pytest.mark.parametrize("spoken", languages())
def test_no_reader_is_told_the_name_that_programs_have_for_a_zone(spoken: str) -> None:
    noon = dt.datetime(2026, 12, 3, 12, tzinfo=dt.UTC)
    zones = [zone for zone in sorted(available_timezones()) if "/" in zone and not zone.startswith("Etc/")]
    said = [
        language.span(event(starts=noon.astimezone(ZoneInfo(zone)), ends=None), words_of(spoken, "letters"))
        for zone in zones
    ]
    assert [words for words in said if "/" in words or "_" in words] == []


@pytest.mark.parametrize(
    ("spoken", "given", "title"),
    [
        ("en", "selling", "Selling"),
        ("en", "one to one", "One to one"),
        ("en", "iOS", "iOS"),
        ("en", "eBay and others", "eBay and others"),
        ("en", "B2B", "B2B"),
        ("en", "3 questions", "3 questions"),
        ("en", "", ""),
        ("nl", "ijs", "IJs"),
        ("tr", "iş", "İş"),
        ("sv", "ärlighet", "Ärlighet"),
        ("ja", "営業", "営業"),
        ("ar", "البيع", "البيع"),
    ],
)
def test_a_title_begins_with_a_capital_unless_its_author_wrote_another_one(spoken: str, given: str, title: str) -> None:
    assert language.capital(given, spoken) == title


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"minutes": 10, "due": dt.date(2026, 11, 30)}, "10 minutes. Do it by Monday 30 November 2026."),
        ({"minutes": 1}, "1 minute."),
        ({"minutes": None, "due": dt.date(2026, 11, 30)}, "Do it by Monday 30 November 2026."),
        ({"minutes": None}, ""),
    ],
)
def test_an_action_says_how_long_and_until_when(fields: dict[str, object], words: str) -> None:
    assert language.action_facts(action(**fields), language.ENGLISH) == words


def test_the_heading_of_an_action() -> None:
    heading = language.action_heading(action(title="Ask first"), language.ENGLISH)
    assert heading == "The action: Ask first"


def test_a_reprint_names_where_it_stood_first() -> None:
    reprint = Reprint(title="On asking", site="Letters", url="https://l.example/", author="A. Guest")
    assert "".join(language.origin(reprint, language.ENGLISH)) == (
        "First published as On asking by A. Guest on Letters. Republished with permission."
    )


PACKAGE = Path(language.__file__).parents[1]


def test_values_are_escaped_in_html_and_markup_is_not() -> None:
    assert ENGLISH.html("reply", address="<a>") == "Reply to this letter, or write to &lt;a&gt;."


def test_a_build_notices_that_a_file_of_data_has_changed() -> None:
    kinds = {path.suffix for path in (PACKAGE / "rendering").rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert kinds <= set(SUFFIXES)


@pytest.mark.parametrize(
    ("tag", "names", "text"),
    [
        ("en", ["Ines"], "Ines"),
        ("en", ["Ines", "Mara", "Tomas"], "Ines, Mara and Tomas"),
        ("en-US", ["Ines", "Mara", "Tomas"], "Ines, Mara, and Tomas"),
        ("de", ["Ines", "Mara", "Tomas"], "Ines, Mara und Tomas"),
        ("ja", ["Ines", "Mara"], "Ines、Mara"),
        ("en", ["{0}", "a & b"], "{0} and a & b"),
        ("en", [Markup("<b>Ines</b>"), "a & b"], "<b>Ines</b> and a &amp; b"),
    ],
)
def test_names_are_a_list_as_the_language_writes_one(tag: str, names: list[str], text: str) -> None:
    assert language.listed(names, tag) == text


@pytest.mark.parametrize(
    ("tag", "row", "label", "quotes"),
    [
        ("ar", "a، b", "a: b", "”q“"),
        ("de", "a, b", "a: b", "„q“"),
        ("en", "a, b", "a: b", "“q”"),
        ("es", "a, b", "a: b", "«q»"),
        ("fr", "a, b", "a\N{NO-BREAK SPACE}: b", "«\N{NO-BREAK SPACE}q\N{NO-BREAK SPACE}»"),
        ("it", "a, b", "a: b", "«q»"),
        ("ja", "a、b", "a\N{FULLWIDTH COLON}b", "「q」"),
        ("nl", "a, b", "a: b", "“q”"),
        ("pl", "a, b", "a: b", "„q”"),
        ("pt-BR", "a, b", "a: b", "“q”"),
        ("sv", "a, b", "a: b", "”q”"),
        ("zh", "a、b", "a\N{FULLWIDTH COLON}b", "“q”"),
    ],
)
def test_signs_between_our_words_are_those_of_the_language(tag: str, row: str, label: str, quotes: str) -> None:
    begin, end = language.quoted(tag)
    assert language.in_row(["a", "", "b"], tag) == row
    assert language.labelled("a", "b", tag) == label
    assert f"{begin}q{end}" == quotes


@pytest.mark.parametrize("tag", languages())
def test_every_language_has_its_signs(tag: str) -> None:
    """None is left out of the table above by an oversight: what CLDR says of its commas is found."""
    assert language.comma(tag).strip() in {",", "،", "、"}
    assert language.in_row([Markup("<b>a</b>"), "&"], tag) == f"<b>a</b>{language.comma(tag)}&amp;"


def test_a_title_in_a_sentence_is_small_where_the_language_writes_it_so() -> None:
    assert (language.in_sentence("Managers", "en"), language.in_sentence("Führung", "de-AT")) == ("managers", "Führung")
