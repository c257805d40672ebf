"""S19: a publication that is a site with feeds does not speak of mail, and offers its feeds instead."""

import re
from pathlib import Path

import pytest

from tests.conftest import Write
from tests.folders import MKDOCS, article, issue
from tests.sample import NOW
from tests.words.test_languages import shown
from tipsheet.last_build import BuildOptions
from tipsheet.press import build
from tipsheet.words import ENGLISH, words_of

SPEAKS = re.compile(r"e-?mails?\b|letters?\b|inbox|subscri|list\b.*\bleave|no list", re.IGNORECASE)
"""How English speaks of mail."""

ANOTHER = {"events_calendar"}
"""Words that speak of something else: a calendar can be subscribed to."""

NOT_READ = {"sitemap.xml", "issues.schema.json", "actions.schema.json"}
"""Files for programs: addresses, and the form of data."""

BODY = "Text.\n\n/// event | A fair { starts=2026-12-03T09:30 place=Utrecht }\n\n///\n"
LANGUAGES = (ENGLISH, "de", "ar")


@pytest.fixture(scope="module", params=LANGUAGES)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    from tests.folders import write_publication  # noqa: PLC0415 - the fixture of the same name is for one test each

    root = tmp_path_factory.mktemp("site")
    without = re.sub(r"(?m)^      mail:.*\n", "", MKDOCS).replace(
        "font: false", f"font: false\n  language: {request.param}"
    )
    files = {"mkdocs.yml": without.replace("promise: Every Tuesday\n", "share: [mastodon]\n")}
    for week, day in ((46, "10"), (47, "17")):
        files[f"content/tipsheets/2026/2026-11-{day}-w{week}.md"] = issue(
            body=BODY, id=f"2026-w{week}", date=f"2026-11-{day}", tags="[Trust]"
        )
    files["content/tipsheets/2026/2026-11-17-ask.md"] = issue("tags: [Trust]\n", id="2026-w45", date="2026-11-03")
    files["content/articles/long.md"] = article(title="Long", id="long", date="2026-10-01")
    write_publication(root, files)
    build(root, BuildOptions(site_dir=root / "site", outbox_dir=root / "outbox"), now=NOW)
    return request.param, root


def _shown(site: Path, language: str) -> dict[str, str]:
    """The texts of every page, feed, calendar and list of data, without the words that speak of something else."""
    kinds = (".html", ".xml", ".json", ".ics")
    files = [f for f in sorted(site.rglob("*")) if f.suffix in kinds and f.name not in NOT_READ]
    another = [words_of(language, "site")(name) for name in ANOTHER]
    assert len([file for file in files if file.suffix == ".html"]) > 15
    texts = {}
    for file in files:
        text = file.read_text("utf-8")
        said = "\n".join(shown(text)) if file.suffix == ".html" else text
        for words in [*another, "sheet.example/subscribe/"]:  # the page's own address, which paper shows
            said = said.replace(words, "")
        texts[str(file.relative_to(site))] = said
    return texts


def test_no_word_of_ours_that_speaks_of_mail_stands_anywhere(built: tuple[str, Path]) -> None:
    language, root = built
    speak = {
        (subject, name)
        for subject in ("site", "settings", "service", "pages", "mails")
        for name, text in words_of(ENGLISH, subject).texts.items()
        if SPEAKS.search(str(text)) and name not in ANOTHER
    }
    assert len(speak) > 60
    texts = _shown(root / "site", language)
    for subject, name in speak:
        text = words_of(language, subject).texts[name]
        for form in text.values() if not isinstance(text, str) else [text]:
            for part in re.split(r"\{\w*\}", form):
                said = part.strip()
                found = [file for file, page in texts.items() if len(said) > 9 and said in page]
                assert not found, (subject, name, said)


def test_nothing_that_is_shown_speaks_of_mail(built: tuple[str, Path]) -> None:
    language, root = built
    if language == ENGLISH:
        texts = _shown(root / "site", language)
        assert {file: found[0] for file, text in texts.items() if (found := SPEAKS.findall(text))} == {}


def test_no_form_asks_for_an_address_and_the_way_to_the_feeds_is_on_every_page(built: tuple[str, Path]) -> None:
    language, root = built
    for page in (root / "site").rglob("*.html"):
        text = page.read_text("utf-8")
        assert 'type="email"' not in text
        assert 'method="post"' not in text
        if "http-equiv" not in text and "md-header" in text:
            assert f">{words_of(language, 'site')('feed')}</a>" in text, page


def test_letters_invite_nobody_to_a_list_that_is_not_there(built: tuple[str, Path]) -> None:
    language, root = built
    said = [words_of(language, "letters")("passed_on_link"), words_of(language, "settings")("unsubscribe")]
    letters = [*(root / "outbox").rglob("*.html"), *(root / "outbox").rglob("*.txt")]
    assert letters
    for letter in letters:
        text = letter.read_text("utf-8")
        assert "/subscribe/" not in text
        assert not [word for word in said if word in text]


def test_with_a_form_they_do_speak_of_it(publication: Write, tmp_path: Path) -> None:
    """The words that are looked for are those that else stand there."""
    served = MKDOCS.replace(
        "      segments:", '      subscribe: {url: "https://lists.sheet.example/in"}\n      segments:'
    )
    root = publication({"mkdocs.yml": served})
    build(root, BuildOptions(site_dir=tmp_path / "site", outbox_dir=tmp_path / "outbox"), now=NOW)
    page = (tmp_path / "site/index.html").read_text("utf-8")
    for name in ("strip", "subscribe", "your_address"):
        assert words_of(ENGLISH, "site")(name) in page or words_of(ENGLISH, "site")(f"{name}_one_click") in page
    assert "Get your own copy" in next((tmp_path / "outbox").rglob("everyone.txt")).read_text("utf-8")
