"""What may be translated beside posts, and by how few lines: notes, actions of the library, authors, pages."""

import json

import pytest

from tests.conftest import Write
from tests.folders import AUTHORS
from tests.languages.builders import files
from tests.languages.test_translations import NOW, read
from tests.site.builders import build
from tests.site.test_mkdocs import contents
from tipsheet.model.audience import EVERYONE
from tipsheet.press import prepare

NOTE, ACTION = "content/notes/move", "content/actions/wait"
SPOKEN = AUTHORS.replace(
    "short sentences.}", "short sentences., languages: {de: {role: Redakteurin, bio: Ada schreibt kurze Sätze.}}}"
)


def test_a_note_and_an_action_need_their_titles_alone(publication: Write) -> None:
    given = {
        f"{NOTE}.md": (
            "---\nid: move\ntitle: We move\nfrom: 2026-11-01\nexpires: 2026-12-01\nfor: managers\n---\n\nAway.\n"
        ),
        f"{NOTE}.de.md": "---\ntitle: Wir ziehen um\n---\n\nWeg.\n",
        f"{ACTION}.md": "---\nid: wait-a-day\ntitle: Wait\nminutes: 5\ntags: [calm]\nfor: managers\n---\n\n1. Wait.\n",
        f"{ACTION}.de.md": "---\ntitle: Warte\n---\n\n1. Warte.\n",
    }
    prepared = read(publication(files(**given)))
    assert prepared.publication is not None
    (note,) = prepared.publication.notes
    (translation,) = note.translations
    same = [(one.id, one.starts, one.expires, one.audience) for one in (note, translation)]
    assert same[0] == same[1]
    (action,) = prepared.publication.evergreen
    ((name, spoken),) = prepared.publication.other_actions.items()
    assert name == ("de", "wait-a-day")
    assert (spoken.title, spoken.steps) == ("Warte", ("Warte.",))
    facts = [(one.id, one.minutes, one.tags, one.audience) for one in (action, spoken)]
    assert facts[0] == facts[1]
    assert spoken.audience != EVERYONE


def test_an_action_for_a_segment_is_for_nobody_else_in_another_language(publication: Write) -> None:
    given = files(**{f"{ACTION}.md": "---\nid: wait\ntitle: Wait a day\nfor: toronto\n---\n\n1. Wait.\n"})
    site = build(publication(given))
    found = [file for file in (site / "de").rglob("*") if file.is_file() and b"Warte einen Tag" in file.read_bytes()]
    assert found == []


WRONG = {
    "a note on another day": (
        {f"{NOTE}.de.md": "---\ntitle: Um\nfrom: 2026-11-02\nfor: sellers\n---\n\nWeg.\n"},
        ["3:1: TS712 the from is 2026-11-02, and content/notes/move.md says 2026-11-01",
         "4:1: TS712 the for is sellers, and content/notes/move.md says everyone"],
    ),
    "an action with another id, other minutes and readers": (
        {f"{ACTION}.de.md": "---\nid: warte\ntitle: Warte\nminutes: 7\nfor: managers\n---\n\n1. Warte.\n"},
        ["2:1: TS712 the id is warte, and content/actions/wait.md says wait",
         "4:1: TS712 the minutes is 7, and content/actions/wait.md says none",
         "5:1: TS712 the for is managers, and content/actions/wait.md says everyone"],
    ),
    "an action of nothing": (
        {"content/actions/go.de.md": "---\ntitle: Geh\n---\n\n1. Geh.\n"},
        ["1:1: TS710 this is a translation of content/actions/go.md, which is not there"],
    ),
    "an ordinary page": (
        {"content/about.de.md": "# Über uns\n"},
        ["1:1: TS714 an ordinary page has no translations: this would be published in en, at its name"],
    ),
    "authors in a file of their own": (
        {"content/authors.de.yml": "ada: {bio: Ada schreibt.}\n"},
        ["1:1: TS020 warning: this looks like a copy of a source, and is not published"],
    ),
    "an author in a language that is not there": (
        {"content/authors.yml": SPOKEN.replace("de:", "nl:")},
        ["1:85: TS711 the publication has no other language 'nl'"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_agree_is_told(name: str, publication: Write) -> None:
    given, expected = WRONG[name]
    (path,) = given
    problems = prepare(publication(files(**given)), now=NOW).problems
    assert [str(problem).rpartition(" (")[0] for problem in problems] == [f"{path}:{one}" for one in expected]
    assert all(problem.hint for problem in problems)


def test_an_author_is_told_of_in_the_language_of_the_page(publication: Write) -> None:
    root = publication(files(**{"content/authors.yml": SPOKEN}))
    site = build(root)
    pages = {folder: (site / f"{folder}authors/ada/index.html").read_text() for folder in ("", "de/")}
    for folder, said, other in (("", "Ada writes short", "Ada schreibt"), ("de/", "Ada schreibt", "Ada writes")):
        assert said in pages[folder]
        assert other not in pages[folder]
    posts = {folder: (site / f"{folder}issues/ask/index.html").read_text() for folder in ("", "de/")}
    assert "Redakteurin" not in posts[""]
    (data,) = [line for line in posts["de/"].splitlines() if '"NewsArticle"' in line]
    author = json.loads(data[data.index("{") : data.rindex("}") + 1])["author"]
    assert author == [{"@type": "Person", "name": "Ada Editor", "url": "https://sheet.example/de/authors/ada/"}]
    authors = root / "content/authors.yml"
    authors.write_text(authors.read_text().replace("kurze", "lange"))
    warm = contents(build(root))
    assert b"lange" in warm["de/authors/ada/index.html"]
    assert warm == contents(build(root, root.parent / "cold"))
