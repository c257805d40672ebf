"""An issue in two languages is one issue: its files are read together, and its letter is one edition."""

import datetime as dt
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Write
from tests.folders import ISSUE, MKDOCS, issue
from tests.languages.builders import BODY, IN_GERMAN, TIP, files, german
from tipsheet.edition.edition import Edition, Recipient
from tipsheet.edition.joining import join
from tipsheet.edition.message import Composer
from tipsheet.model.audience import PUBLIC
from tipsheet.model.language import below, language_in, language_segments, original_of
from tipsheet.model.post import Issue
from tipsheet.model.publication import Publication
from tipsheet.model.segment import Reader, matches
from tipsheet.press import Prepared, prepare
from tipsheet.reading.published import Kind, kind_of
from tipsheet.reading.single import SingleReader, with_reading
from tipsheet.rendering.letters import edition_of
from tipsheet.rendering.references import whole_post
from tipsheet.rendering.templates import template_environment

NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
SCENARIOS = yaml.safe_load((Path(__file__).parent / "scenarios.yml").read_text("utf-8"))
GERMAN = frozenset({"language-de"})


def read(root: Path) -> Prepared:
    """What is read, without mistakes."""
    prepared = prepare(root, now=NOW)
    assert not prepared.problems
    return prepared


def newest(root: Path) -> tuple[Issue, Edition]:
    prepared = read(root)
    settings, publication = prepared.settings, prepared.publication
    assert settings is not None
    assert publication is not None
    one = publication.issues[0]
    templates = template_environment(None)
    return one, edition_of(settings, templates, whole_post(one, publication), settings.segments)


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in SCENARIOS])
def test_a_translation_agrees_with_its_original(case: dict[str, Any], publication: Write) -> None:
    texts = {name.replace("TIP", TIP): german(case.get("body", BODY), **keys) for name, keys in case["files"].items()}
    config = IN_GERMAN.replace("[de]", case.get("languages", "[de]"))
    original = ISSUE.replace("///", f"{case.get('event', '')}///", 1)
    root = publication({"mkdocs.yml": config, f"{TIP}.md": original, **texts})
    assert [str(p).replace(TIP, "TIP") for p in prepare(root, now=NOW).problems] == case["problems"]


@pytest.mark.parametrize(
    ("languages", "problem"),
    [
        ("[xx]", "TS037 Material has no words in the language 'xx'"),
        ("{xx: {}}", "TS037 Material has no words in the language 'xx'"),
        ("{de: {title: Blatt}}", "TS004 unknown key 'title'"),
        ("[de, 7]", "TS006"),
    ],
)
def test_a_language_that_cannot_be_is_told_with_its_place(languages: str, problem: str, publication: Write) -> None:
    root = publication({"mkdocs.yml": IN_GERMAN.replace("[de]", languages)})
    found = [str(p) for p in prepare(root, now=NOW).problems]
    assert any(problem in one and one.startswith("mkdocs.yml:1") for one in found), found


def test_no_segment_may_have_the_name_of_a_language(publication: Write) -> None:
    declared = MKDOCS + "        language-de: {title: German, where: {role: manager}}\n"
    found = [str(p) for p in prepare(publication({"mkdocs.yml": declared}), now=NOW).problems]
    assert ["TS206 'language-de' cannot name a segment" in one for one in found] == [True]


def test_a_name_says_the_language() -> None:
    languages = ("en", "de", "pt-BR")
    names = ["a.de.md", "a.DE.md", "a.pt-br.md", "a.en.md", "a.nl.md", "de.md", "x/.de.md", "b.node.js.md"]
    assert [language_in(name, languages) for name in names] == ["de", "de", "pt-BR", "", "", "", "", ""]
    assert [original_of(name) for name in names[:3]] == ["a.md"] * 3
    assert kind_of("welcome.de.md") is Kind.WELCOME
    assert kind_of("welcomed.de.md") is Kind.PAGE


def test_a_translation_has_the_facts_of_its_original(publication: Write) -> None:
    one, _ = newest(publication(files()))
    (other,) = one.translations
    assert (other.id, other.published, other.authors, other.language) == (one.id, one.published, one.authors, "de")
    assert (one.url, other.url) == ("issues/ask/", "de/issues/ask/")
    action, original = other.body.action(PUBLIC), one.body.action(PUBLIC)
    assert action is not None
    assert original is not None
    assert (action.title, action.due, action.minutes) == (
        "Stelle eine Frage, bevor du vorträgst", original.due, original.minutes,
    )  # fmt: skip
    assert [note.title for note in other.notes] == ["Wir ziehen um"]


def test_an_action_that_is_used_again_has_the_words_of_its_language(publication: Write) -> None:
    again = "/// action { use=ask-first }\n\n///\n"
    more = {
        "content/tipsheets/2026/2026-11-18-again.md": issue(
            id="2026-w48", date="2026-11-18", body=again, title="Again"
        ),
        "content/tipsheets/2026/2026-11-18-again.de.md": german(again, title="Noch einmal"),
    }
    one, _ = newest(publication(files(**more)))
    titles = [post.body.action(PUBLIC) for post in one.texts]
    assert [action and action.title for action in titles] == [
        "Ask one question before you pitch", "Stelle eine Frage, bevor du vorträgst",
    ]  # fmt: skip


def test_a_file_that_is_read_anew_is_as_in_the_whole(publication: Write) -> None:
    """A text keeps its translations and the words of its language, whichever of its files an editor has open."""
    more = {}
    for day, name in ((18, "ask-first"), (19, "wait")):
        used, file = f"/// action {{ use={name} }}\n\n///\n", f"content/tipsheets/2026/2026-11-{day}-{name}"
        more[f"{file}.md"] = issue(id=name, date=f"2026-11-{day}", body=used, title="Again")
        more[f"{file}.de.md"] = german(used, title="Noch einmal")
    root = publication(files(**more))
    prepared = read(root)
    assert prepared.settings is not None
    assert prepared.publication is not None
    reader = SingleReader(root, prepared.settings, prepared.publication)
    for file in sorted((root / "content").rglob("*.md")):
        path = file.relative_to(root).as_posix()
        reading = reader(path, file.read_bytes())
        assert not reading.problems
        assert held(with_reading(prepared.publication, reading)) == held(prepared.publication), path


def held(publication: Publication) -> list[object]:
    """Files, titles and texts of posts and notes, each with its translations after it."""
    posts = [(one.where.path, one.title, one.body) for one in publication.texts()]
    notes = [(one.where.path, one.title, one.body) for note in publication.notes for one in (note, *note.translations)]
    return [*posts, *notes]


def test_a_reader_s_language_picks_the_letter(publication: Write) -> None:
    _, edition = newest(publication(files()))
    letters = {name: join(edition, segments) for name, segments in {
        "en": PUBLIC, "managers": frozenset({"managers"}), "de": GERMAN, "both": GERMAN | {"managers"},
    }.items()}  # fmt: skip
    assert [letters[name].subject for name in ("en", "de")] == ["Ask one question", "Stelle eine Frage"]
    assert 'lang="en"' in letters["en"].html
    assert 'lang="de"' in letters["de"].html
    assert "Ask one question" not in letters["de"].html + letters["de"].text
    assert ["Führungskräfte" in letters[name].html for name in letters] == [False, False, False, True]
    assert "https://sheet.example/de/issues/ask/" in letters["de"].text
    assert "https://sheet.example/de/archive/" in letters["de"].text
    assert "/de/" not in letters["en"].text
    assert "[1]" in letters["de"].text  # numbers of links begin anew


def test_a_letter_in_another_language_is_a_message(publication: Write) -> None:
    _, edition = newest(publication(files()))
    nobody = Recipient(address="a@b.example", key="k", token="t", segments=GERMAN)  # noqa: S106 - a word
    message = message_from_bytes(Composer(edition).compose(nobody), policy=policy.default)
    assert message["Subject"] == "Stelle eine Frage"
    assert message["Message-ID"].startswith("<2026-w47.k@")


def test_an_issue_that_nobody_has_translated_is_told_apart_from_nothing(publication: Write) -> None:
    """Its letter is the same bytes as in a publication of one language."""
    root = publication(files())
    (root / f"{TIP}.de.md").unlink()
    _, edition = newest(root)
    (root / "mkdocs.yml").write_text(MKDOCS)
    for name in ("articles/long", "actions/wait", "notes/move"):
        (root / f"content/{name}.de.md").unlink()
    assert edition == newest(root)[1]
    assert not edition.names() & GERMAN


def test_a_translation_that_is_a_draft_goes_to_nobody(publication: Write) -> None:
    root = publication(files(**{f"{TIP}.de.md": german(draft="true")}))
    prepared = read(root)
    assert prepared.publication is not None
    assert prepared.publication.issues[0].translations
    assert not prepared.publication.out().issues[0].translations
    assert prepared.publication.out(drafts=True).issues[0].translations


def test_a_welcome_letter_is_translated_too(publication: Write) -> None:
    header = "title: {}\ndescription: {}\n"
    text = "One sentence that is long enough to stand beside the subject of a letter."
    root = publication(
        files(
            **{
                "content/welcome.md": f"---\n{header.format('Welcome', text)}---\n\nHello.\n",
                "content/welcome.de.md": f"---\n{header.format('Willkommen', text)}---\n\nHallo.\n",
                "content/welcome/later.md": f"---\nafter: 3d\n{header.format('Later', text)}---\n\nHello.\n",
                "content/welcome/later.de.md": f"---\n{header.format('Später', text)}---\n\nHallo.\n",
            }
        )
    )
    found = read(root).publication
    assert found is not None
    assert [[post.title for post in one.texts] for one in found.welcome] == [
        ["Welcome", "Willkommen"], ["Later", "Später"],
    ]  # fmt: skip
    assert not {name for name in found.ordinary if "welcome" in name}


CODES = st.sampled_from(["en", "de", "de-AT", "pt", "pt-BR", "pt-PT", "zh-Hant-TW", "fr"])


@given(languages=st.lists(CODES, min_size=1, unique=True), locale=st.one_of(CODES, st.sampled_from(["", "DE_ch", "x"])))
def test_nobody_is_in_two_languages(languages: list[str], locale: str) -> None:
    segments = [*language_segments(languages, {language: language for language in languages})]
    found = [s.title for s in segments if matches(s.rule, Reader(locale=locale))]
    assert len(found) <= 1
    if locale in languages[1:]:
        assert found == [locale]
    if locale == languages[0]:
        assert not found


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("", "de/"), (".", "de/"), ("archive/2026/", "de/archive/2026/"), ("issues/ask/", "issues/ask/"),
        ("for/managers/", "de/for/managers/"), ("for/managers/ask/", "for/managers/ask/"), ("about/", "about/"),
        ("articles/", "de/articles/"), ("articles/page/2/", "de/articles/page/2/"),
        ("articles/long/", "articles/long/"),
        ("authors/ada.png", "authors/ada.png"), ("#there", "#there"), ("actions.xml", "de/actions.xml"),
        ("actions/#a", "de/actions/#a"),
        ("assets/tipsheet.css", "assets/tipsheet.css"), ("https://other.example/", "https://other.example/"),
    ],
)  # fmt: skip
def test_lists_have_addresses_in_each_language(address: str, found: str) -> None:
    assert below("de/", address) == found
    assert below("", address) == address
