"""S19, S25: every word can be said in the publication's own, and a mistake in one is a finding with its place."""

import string
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Write
from tests.folders import MKDOCS
from tests.sample import NOW
from tipsheet.documents import Document
from tipsheet.last_build import BuildOptions
from tipsheet.press import build, check
from tipsheet.problems import Where
from tipsheet.settings.words import own_words
from tipsheet.words import ENGLISH, Text, catalogue_of, words_of

HERE = Where("mkdocs.yml")
SERVED = MKDOCS.replace('mail: {unsubscribe_url: "https://lists.sheet.example/leave/@@token@@"}', "{words}").replace(
    "    {words}", '    service: {url: "https://lists.sheet.example"}\n      words: {words}'
)


def with_words(words: str, language: str = ENGLISH) -> str:
    return SERVED.replace("{words}", words).replace("font: false", f"font: false\n  language: {language}")


@pytest.fixture
def found(publication: Write) -> Callable[..., list[str]]:
    """What `check` finds of these words."""

    def problems(words: str, language: str = ENGLISH, files: Mapping[str, str] | None = None) -> list[str]:
        root = publication({"mkdocs.yml": with_words(words, language), **(files or {})})
        return [str(problem) for problem in check(root, now=NOW).problems]

    return problems


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("{sit: {}}", "TS044 'sit' is neither a subject nor a language (did you mean 'site'?)"),
        ("{site: {subscrib: Join}}", "TS044 there is no word 'subscrib' in 'site' (did you mean 'subscribe'?)"),
        ("{site: Join}", "TS044 'site' is a table of words (write them below it: name: \"text\")"),
        (
            '{site: {home: "{publicaton}, home"}}',
            "TS044 'site.home' has no value {publicaton} (did you mean 'publication'?)",
        ),
        ('{site: {home: "{publication.url}"}}', "TS044 'site.home' has no value {publication.url}"),
        ('{site: {home: "{publication:>999999999}"}}', "TS044 'site.home' has no value {publication:>999999999}"),
        ('{site: {home: "{publication!r}"}}', "TS044 'site.home' has no value {publication!r}"),
        ('{site: {home: "{}"}}', "TS044 'site.home' has no value {}"),
        ('{site: {skip: "{it}"}}', "TS044 'site.skip' has no value {it} (it has no values)"),
        ('{site: {home: "{publication"}}', "TS044 'site.home' cannot be filled: "),
        ("{site: {home: [Home]}}", "TS044 'site.home' is one line of text (\"{publication}, home\")"),
        ('{site: {home: ""}}', "TS044 'site.home' is one line of text"),
        ("{site: {home: Home}}", "TS045 warning: 'site.home' leaves out {publication} (ours is: {publication}, home)"),
        (
            "{site: {minutes: a while}}",
            'TS044 \'site.minutes\' has a form for each of one, other ({one: "…", other: "…"})',
        ),
        (
            '{site: {minutes: {one: "{n} min", few: "{n} mins"}}}',
            "TS044 'site.minutes' has a form for each of one, other, not one, few",
        ),
        ('{site: {minutes: {one: "a minute", other: "{m} min"}}}', "TS044 'site.minutes' has no value {m}"),
        ("{x-klingon: words/x.toml}", "TS044 'x-klingon' is neither a subject nor a language"),
        ("{zzz: words/x.toml}", "TS044 'zzz' is neither a subject nor a language (known: frequencies, "),
        ("{en: [a]}", "TS044 the words of 'en' are a table of subjects, or a file (words/da.toml)"),
        ("{en: words/en.toml}", "TS013 there is no file 'words/en.toml' (make it, or name another)"),
        ("{en: ../en.toml}", "TS044 '../en.toml' lies outside the publication (name a file beside mkdocs.yml)"),
        ("{en: {sit: {}}}", "TS044 there is no subject 'sit' (did you mean 'site'?)"),
    ],
)
def test_a_mistake_is_told(words: str, said: str, found: Callable[..., list[str]]) -> None:
    problems = found(words)
    assert len(problems) == 1, problems
    assert problems[0].startswith("mkdocs.yml:19:")
    assert said in problems[0]


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        ("[site]\nhome = 'Home of {publication}'\n# x\nskp = 'Skip'\n", ":4:1", "there is no word 'skp' in 'site'"),
        ("[site]\n\n[sites]\nhome = 'x'\n", ":3:1", "there is no subject 'sites'"),
        ("[site\n", ":1:1", "this is not TOML: "),
        ("x = 1\n", ":1:1", "there is no subject 'x'"),
    ],
)
def test_a_mistake_in_a_file_is_told_where_it_stands(
    text: str, at: str, said: str, found: Callable[..., list[str]]
) -> None:
    problems = found("{en: words/en.toml}", files={"words/en.toml": text})
    assert len(problems) == 1
    assert problems[0].startswith(f"words/en.toml{at}: TS044 {said}")


def test_a_file_that_is_no_text_is_told(publication: Write) -> None:
    root = publication({"mkdocs.yml": with_words("{en: en.toml}")})
    (root / "en.toml").write_bytes(b"\xff")
    assert [(p.code, str(p.where)) for p in check(root, now=NOW).problems] == [("TS001", "en.toml:1:1")]


def test_words_stand_in_every_output(publication: Write, tmp_path: Path) -> None:
    said = """
        site: {subscribe_to: "Join {publication}", min_to_read: {one: "{n} m", other: "{n} m, no more"}}
        letters: {reply: "Say it to {address}."}
        settings: {one_click: No more of it, consent_one_click: Yes to it}
        pages: {subscribe_heading: "Join {publication} here"}
        mails: {confirm_title: Permission}
        service: {plan: "What {publication} asks"}"""
    build(
        publication({"mkdocs.yml": with_words(said)}),
        BuildOptions(site_dir=tmp_path / "site", outbox_dir=tmp_path / "outbox"),
        now=NOW,
    )
    texts = {
        "site/subscribe/index.html": ("Join The Test Sheet", "Yes to it"),
        "outbox/service/pages.json": ("Join The Test Sheet here",),
        "outbox/service/service.json": ("What {publication} asks", "Yes to it"),
        "outbox/service/mail-confirm/everyone.html": ("Permission",),
    }
    assert {
        path: [word for word in words if word not in (tmp_path / path).read_text("utf-8")]
        for path, words in texts.items()
    } == {path: [] for path in texts}
    letters = [file.read_text("utf-8") for file in (tmp_path / "outbox").glob("2026-*/everyone.*")]
    assert letters
    assert all("No more of it" in text and "Say it to" in text for text in letters)


def test_a_language_of_the_publishers_own(publication: Write, tmp_path: Path) -> None:
    """A file for a language that tipsheet does not speak; what it lacks is told once, and stays English."""
    danish = '[site]\nsubscribe = "Abonner"\nminutes = { one = "{n} minut", other = "{n} minutter" }\n'
    root = publication({"mkdocs.yml": with_words("{da: words/da.toml}", "da"), "words/da.toml": danish})
    problems = build(root, BuildOptions(site_dir=tmp_path / "site", outbox_dir=tmp_path / "outbox"), now=NOW).problems
    missing = sum(map(len, catalogue_of(ENGLISH).values())) - 2
    assert [str(p) for p in problems if p.code in ("TS038", "TS045")] == [
        (
            f"mkdocs.yml:7:13: TS045 warning: {missing} of tipsheet's words are not said in 'da', and are in English: "
            "service.leave, service.undo, service.new_address, service.plan, service.minutes, service.try_again, … "
            "(add them to the words of that language)"
        )
    ]
    assert "Abonner" in (tmp_path / "site/index.html").read_text("utf-8")


def test_a_change_of_the_file_is_seen(publication: Write, tmp_path: Path) -> None:
    root = publication({"mkdocs.yml": with_words("{en: words/en.toml}"), "words/en.toml": '[site]\nsearch = "Find"\n'})
    options = BuildOptions(site_dir=tmp_path / "site", outbox_dir=tmp_path / "outbox")
    build(root, options, now=NOW)
    (root / "words/en.toml").write_text('[site]\nsearch = "Look it up"\n', "utf-8")
    build(root, options, now=NOW)
    assert "Look it up" in (tmp_path / "site/index.html").read_text("utf-8")


def test_words_of_the_publication_win_over_those_of_its_file() -> None:
    table = Document({"site": {"skip": "Here"}, "en": {"site": {"skip": "There", "menu": "Where"}}}, {(): HERE}, {})
    own, problems = own_words(Path(), table, {"en": HERE})
    assert problems == []
    assert own.words == {"en": {"site": {"skip": "Here", "menu": "Where"}}}


def test_words_of_another_language_are_kept_apart() -> None:
    own = {"de": {"site": {"skip": "Zum Text!"}}}
    assert words_of("de", "site", own)("skip") == "Zum Text!"
    assert words_of("en", "site", own) == words_of("en", "site")


TEXTS = st.recursive(
    st.one_of(st.text("{}!:.[]n publication", max_size=12), st.none(), st.integers(), st.booleans()),
    lambda inner: st.dictionaries(st.sampled_from(["one", "other", "few"]), inner, max_size=3),
    max_leaves=3,
)
NAMES = [(subject, name) for subject, texts in catalogue_of(ENGLISH).items() for name in texts]


@given(st.sampled_from(NAMES), TEXTS)
def test_what_is_taken_can_be_filled(at: tuple[str, str], text: object) -> None:
    """Whatever stands in mkdocs.yml: it is filled with the values that ours has, or it is a finding."""
    subject, name = at
    own, problems = own_words(Path(), Document({subject: {name: text}}, {(): HERE}, {}), {ENGLISH: HERE})
    ours = catalogue_of(ENGLISH)[subject][name]
    forms = [ours] if isinstance(ours, str) else ours.values()
    values = {value: "x" for form in forms for _, value, _, _ in string.Formatter().parse(form) if value}
    taken: Text | None = own.words.get(ENGLISH, {}).get(subject, {}).get(name)
    assert (taken is None) == any(problem.code == "TS044" for problem in problems)
    if taken is not None:
        words = words_of(ENGLISH, subject, own.words)
        assert words(name, **values) if isinstance(taken, str) else words.count(name, 2)
