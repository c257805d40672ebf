"""Texts that an archive has in several languages: one issue, its translations in files beside it."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.conftest import Write
from tests.folders import MKDOCS
from tipsheet.cli import main

BILINGUAL = MKDOCS.replace("      promise:", "      languages: [de]\n      promise:")
PELICAN = {
    "pelicanconf.py": "DEFAULT_LANG = 'en'\nARTICLE_LANG_URL = '{lang}/{slug}.html'\nSITEURL = 'https://us.example'\n",
    "content/fragen.md": "Title: Fragen\nDate: 2015-01-02\nSlug: why\nLang: de\nTranslation: true\n\n"
    "Frage. [Nein]({filename}/nein.md) [No]({filename}/no.md)\n",
    "content/why.md": "Title: Why\nDate: 2015-01-02\nSlug: why\nAuthor: Bo Guest\nTags: calls\n\n"
    "Why. [Nein]({filename}/nein.md)\n",
    "content/no.md": "Title: No\nDate: 2015-01-03\nSlug: no\n\nNo.\n",
    "content/nein.md": "Title: Nein\nDate: 2015-01-03\nSlug: no\nLang: de_DE\nAuthor: Ada Editor\n"
    "Tags: nein\n\nNein.\n",
}
JEKYLL = {
    "_config.yml": "url: https://us.example\n",
    "_posts/2015-01-02-why.md": "---\ntitle: Why\nlang: en\nref: why\n---\nWhy.\n",
    "_posts/2015-01-02-fragen.md": "---\ntitle: Fragen\nlang: de\nref: why\n---\nFrage.\n",
}
HUGO = {
    "hugo.toml": "baseURL = 'https://us.example/'\n[languages.en]\n[languages.de]\n",
    "content/posts/why.md": "---\ntitle: Why\ndate: 2015-01-02\n---\nWhy.\n",
    "content/posts/why.de.md": "---\ntitle: Fragen\ndate: 2015-01-02\n---\nFrage.\n",
    "content/en/posts/no.md": "---\ntitle: No\ndate: 2015-01-03\n---\nNo.\n",
    "content/de/posts/no.md": "---\ntitle: Nein\ndate: 2015-01-03\n---\nNein.\n",
    "content/posts/wait.md": "---\ntitle: Wait\ndate: 2015-01-04\ntranslationKey: w\n---\nWait.\n",
    "content/de/posts/warte.md": "---\ntitle: Warte\ndate: 2015-01-04\ntranslationKey: w\n---\nWarte.\n",
}
PLAIN = {
    "2015-01-02-why.md": "# Why\n\nWhy.\n",
    "2015-01-02-why.de.md": "# Fragen\n\nFrage.\n",
    "2015-01-03-v1.md": "# Version\n\nText.\n",
    "2015-01-04-v1.io.md": "# Alone\n\nText.\n",
}


def run(root: Path, *args: str) -> Result:
    return CliRunner().invoke(main, ["-C", str(root), *args, "--now", "2026-11-24"])


def imported(root: Path, source: Path, files: Mapping[str, str]) -> dict[str, str]:
    """The new files by their names; `check` finds nothing in them, and a second import brings nothing new."""
    for name, text in files.items():
        file = source / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    first = run(root, "import", str(source))
    assert first.exit_code == 0, first.output
    checked = run(root, "check")
    assert (checked.exit_code, "\n0 mistakes." in checked.output) == (0, True), checked.output
    again = run(root, "import", str(source))
    assert " new" not in again.output.splitlines()[-1], again.output
    return {file.name: file.read_text("utf-8") for file in root.glob("content/tipsheets/2015/*.md")}


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (PELICAN, {"2015-01-02-why", "2015-01-02-why.de", "2015-01-03-no", "2015-01-03-no.de"}),
        (JEKYLL, {"2015-01-02-why", "2015-01-02-why.de"}),
        (
            HUGO,
            {
                f"2015-01-0{day}-{name}{language}"
                for day, name in enumerate(("why", "no", "wait"), 2)
                for language in ("", ".de")
            },
        ),
        (PLAIN, {"2015-01-02-why", "2015-01-02-why.de", "2015-01-03-v1", "2015-01-04-v1-io"}),
    ],
)
def test_a_translation_stands_beside_its_original(
    files: Mapping[str, str], names: set[str], publication: Write, tmp_path: Path
) -> None:
    found = imported(publication({"mkdocs.yml": BILINGUAL}), tmp_path / "old", files)
    assert set(found) == {f"{name}.md" for name in names}
    assert found["2015-01-02-why.de.md"].startswith("---\ntitle: Fragen\ndescription: ")


def test_a_translation_says_what_differs_and_its_links_lead_on(publication: Write, tmp_path: Path) -> None:
    """A link to the original leads to the translation by itself, where the text stands in its language."""
    root = publication({"mkdocs.yml": BILINGUAL})
    found = imported(root, tmp_path / "old", PELICAN)
    assert found["2015-01-03-no.de.md"] == (
        "---\ntitle: Nein\ndescription: Nein.\nauthors: [ada]\ntags: [nein]\n---\n\nNein.\n"
    )
    assert "Frage. [Nein](2015-01-03-no.md) [No](2015-01-03-no.md)\n" in found["2015-01-02-why.de.md"]
    assert "Why. [Nein](2015-01-03-no.de.md)\n" in found["2015-01-02-why.md"]
    redirects = (root / "redirects/_redirects").read_text("utf-8").splitlines()
    assert "/de/why.html /de/issues/why/ 301" in redirects
    assert "/why.html /issues/why/ 301" in redirects
    assert run(root, "build").exit_code == 0
    assert 'href="../no/"' in (root / "site/de/issues/why/index.html").read_text("utf-8")
    assert 'href="../../de/issues/no/"' in (root / "site/issues/why/index.html").read_text("utf-8")


def test_a_language_that_the_publication_has_not_is_told(publication: Write, tmp_path: Path) -> None:
    root, source = publication({}), tmp_path / "old"
    found = imported(root, source, JEKYLL)
    assert set(found) == {"2015-01-02-why.md", "2015-01-02-fragen.md"}
    told = "_posts/2015-01-02-fragen.md:6: a translation into a language that the publication has not: de"
    assert told in run(root, "import", str(source)).output


def test_a_text_in_such_a_language_takes_no_address_from_one_of_the_publication(
    publication: Write, tmp_path: Path
) -> None:
    """The former is read first, by the name of its file."""
    files = {name: text.replace("nein.md", "a-nein.md") for name, text in PELICAN.items() if "fragen" in name}
    files |= {"pelicanconf.py": PELICAN["pelicanconf.py"], "content/why.md": "Title: Why\nDate: 2015-01-02\n\nWhy.\n"}
    found = imported(publication({}), tmp_path / "old", files)
    assert "title: Why\n" in found["2015-01-02-why.md"]
    assert "title: Fragen\n" in found["2015-01-02-why-2.md"]


def test_a_translation_of_a_moved_original_is_written_beside_it(publication: Write, tmp_path: Path) -> None:
    root, source = publication({"mkdocs.yml": BILINGUAL}), tmp_path / "old"
    imported(root, source, {name: text for name, text in PLAIN.items() if ".de" not in name})
    file = root / "content/tipsheets/2015/2015-01-02-why.md"
    file.rename(file.with_name("2015-01-02-moved.md"))
    assert "2015-01-02-moved.de.md" in imported(root, source, PLAIN)


def test_a_translation_of_a_draft_is_for_nobody_yet(publication: Write, tmp_path: Path) -> None:
    root = publication({"mkdocs.yml": BILINGUAL})
    texts = {
        "2015-01-02-why.md": "---\ntitle: Why\ndraft: true\n---\nWhy.\n",
        "2015-01-02-why.de.md": "---\ntitle: Fragen\n---\nFrage.\n",
        "2015-01-05-see.md": "# See\n\nSee [it](2015-01-02-why.de.md).\n",
    }
    found = imported(root, tmp_path / "old", texts)
    assert found["2015-01-05-see.md"].endswith("\n\nSee it.\n")
    assert "/2015-01-02-why.de" not in (root / "redirects/_redirects").read_text("utf-8")
