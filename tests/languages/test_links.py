"""A link in a translation leads to the page in its language, where there is one, and to the original otherwise."""

import shutil

import pytest

from tests.conftest import Write
from tests.folders import ISSUE, issue, write_publication
from tests.languages.builders import TIP, files, german
from tests.languages.test_translations import NOW, held, newest
from tests.site.builders import build
from tests.site.test_mkdocs import contents
from tipsheet import press
from tipsheet.edition.joining import join
from tipsheet.last_build import BuildOptions
from tipsheet.model.publication import Publication
from tipsheet.press import Prepared, prepare
from tipsheet.reading.single import SingleReader, with_reading

ISSUES = "content/tipsheets/2026/2026-11"
ACTION = "/// action | Tu es {{ id=do-{} }}\n\n///\n"
NEXT = f"{ISSUES}-12-next.de.md"
LINKS = (
    # as it is written, in an original, and in a translation
    ("2026-11-17-ask.md", "issues/ask/", "de/issues/ask/"),
    ("2026-11-17-ask%2Emd", "issues/ask/", "de/issues/ask/"),
    ("2026-11-12-next.md#action-do-next", "issues/next/#action-do-next", "de/issues/next-de/#action-do-next"),
    ("../../articles/long.md?a=1#top", "articles/long/?a=1#top", "de/articles/long/?a=1#top"),
    ("2026-11-10-old.md", "issues/old/", "issues/old/"),
    ("2026-11-13-draft.md", "issues/draft/", "issues/draft/"),
    ("../../about.md", "about/", "about/"),
    ("2026-11-12-next.de.md", "de/issues/next-de/", "de/issues/next-de/"),
    ("/issues/next/", "issues/next/", "issues/next/"),
)


def linked(text: str) -> str:
    """The text with all of these links before its first block."""
    return text.replace("///", "\n".join(f"[{n}]({href})" for n, (href, _, _) in enumerate(LINKS)) + "\n\n///", 1)


def publication_files() -> dict[str, str]:
    """An issue, an action and a note in both languages that link to texts of all kinds."""
    given = dict(files())
    given |= {f"{TIP}.md": linked(ISSUE), f"{TIP}.de.md": linked(german())}
    for day, name, draft in ((12, "next", "false"), (13, "draft", "true")):
        written = ACTION.format(name)
        given[f"{ISSUES}-{day}-{name}.md"] = issue(body=written, id=name, date=f"2026-11-{day}", title=f"About {name}")
        given[f"{ISSUES}-{day}-{name}.de.md"] = german(written, draft=draft, slug=f"{name}-de")
    for path in ("actions/wait", "notes/move"):
        for ending in (".md", ".de.md"):
            given[f"content/{path}{ending}"] += "\nSee [that](../tipsheets/2026/2026-11-12-next.md).\n"
    return given


def without_explicit() -> dict[str, str]:
    """The same without the link that names a translation."""
    return {path: text.replace("[7](2026-11-12-next.de.md)", "") for path, text in publication_files().items()}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(write_publication(tmp_path_factory.mktemp("links") / "publication", publication_files()), now=NOW)


def told(prepared: Prepared) -> Publication:
    assert not prepared.problems
    assert prepared.publication is not None
    return prepared.publication


@pytest.mark.parametrize("number", range(len(LINKS)), ids=[link[0] for link in LINKS])
def test_a_link_leads_to_the_page_in_the_language_of_its_text(prepared: Prepared, number: int) -> None:
    original = told(prepared).issues[0]
    (translation,) = original.translations
    _, first, second = LINKS[number]
    assert (original.links[number], translation.links[number]) == (first, second)


def test_notes_and_actions_link_as_issues_do(prepared: Prepared) -> None:
    publication = told(prepared)
    (note,) = publication.notes
    texts = [publication.evergreen[0].html, publication.other_actions["de", "wait"].html]
    texts += [one.body.passages[0].content.html for one in (note, *note.translations)]
    expected = ["issues/next/", "de/issues/next-de/"] * 2
    assert [text.partition('href="site:')[2].partition('"')[0] for text in texts] == expected


def test_a_file_that_is_read_anew_links_as_in_the_whole(prepared: Prepared) -> None:
    publication, settings = told(prepared), prepared.settings
    assert settings is not None
    reader = SingleReader(prepared.root, settings, publication)
    for file in sorted((prepared.root / "content").rglob("*.md")):
        path = file.relative_to(prepared.root).as_posix()
        reading = reader(path, file.read_bytes())
        assert not reading.problems
        assert held(with_reading(publication, reading)) == held(publication), path


def test_page_feed_and_letter_lead_there(publication: Write) -> None:
    root = publication(publication_files())
    site = build(root)
    page = (site / "de/issues/ask/index.html").read_text()
    feed = (site / "de/feed.xml").read_text()
    _, edition = newest(root)
    letters = {language: join(edition, frozenset({language} - {""})) for language in ("", "language-de")}
    assert 'href="../next-de/#action-do-next"' in page
    assert "https://sheet.example/de/issues/next-de/#action-do-next" in feed
    for text in (letters["language-de"].html, letters["language-de"].text):
        assert "https://sheet.example/de/issues/next-de/#action-do-next" in text
        assert "https://sheet.example/issues/next/#action-do-next" not in text
    assert "https://sheet.example/issues/next/#action-do-next" in letters[""].text


def test_an_anchor_is_looked_for_in_the_text_that_the_link_leads_to(publication: Write) -> None:
    """A heading has other words there, and so another anchor."""
    given = publication_files()
    for ending, heading in ((".md", "Where to begin"), (".de.md", "Wo man anfängt")):
        path = f"{ISSUES}-12-next{ending}"
        given[path] = given[path].replace("///", f"## {heading}\n\nText.\n\n///", 1)
    wrong = "[here](2026-11-12-next.md#where-to-begin)"
    given[f"{TIP}.md"] = given[f"{TIP}.md"].replace("[0]", f"{wrong} [0]")
    given[f"{TIP}.de.md"] = given[f"{TIP}.de.md"].replace("[0]", f"{wrong} [0]")
    (problem,) = prepare(publication(given), now=NOW).problems
    line = given[f"{TIP}.de.md"].splitlines().index(f"{wrong} [0](2026-11-17-ask.md)") + 1
    assert str(problem) == (
        f"{TIP}.de.md:{line}:8: TS502 there is no heading or action '#where-to-begin' in 'Stelle eine Frage' "
        "(look at the headings of that page)"
    )


def test_a_build_that_remembers_follows_a_translation_that_comes_and_goes(publication: Write) -> None:
    root = publication(without_explicit())
    translation, text = root / NEXT, (root / NEXT).read_text()
    options = BuildOptions(site_dir=root / "site", outbox_dir=root / "outbox")
    made = {}
    for written, leads in (
        ("", "../../../issues/next/#action-do-next"),
        (text, "../next-de/#action-do-next"),
        (text.replace("slug: next-de", "slug: anders"), "../anders/#action-do-next"),
        (text.replace("draft: false", "draft: true"), "../../../issues/next/#action-do-next"),
    ):
        translation.unlink() if not written else translation.write_text(written)
        made[leads] = set(press.press(root, options, now=NOW).written)
        assert f'href="{leads}"' in (root / "site/de/issues/ask/index.html").read_text()
    came = {path for path in made["../next-de/#action-do-next"] if "/ask/" in path}
    assert came == {"site/de/issues/ask/index.html", "site/de/for/managers/ask/index.html"}
    remembered = contents(root / "site"), contents(root / "outbox")
    shutil.rmtree(root / ".tipsheet")
    press.build(root, options, now=NOW)
    assert (contents(root / "site"), contents(root / "outbox")) == remembered
