"""Addresses: nothing in the content folder takes one of ours, and no two things share one (K5)."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Write
from tests.folders import article, issue
from tests.press.test_law import tree
from tests.sample import NOW
from tipsheet.engine.build import Run
from tipsheet.errors import ContentError
from tipsheet.last_build import BuildOptions
from tipsheet.model.publication import tag_page
from tipsheet.press import build, check

TIP = "content/tipsheets/2026/2026-11-17-ask.md"
AROUND = {TIP: issue(tags="[listening]", aliases="[asked]"), "content/articles/x.md": article(id="x", title="Another")}


def told(root: Path) -> list[str]:
    return [f"{p.where.path}: {p.message}" for p in check(root, now=NOW).problems if p.code == "TS011"]


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("tags.md", "tags/"), ("tags/index.md", "tags/"), ("Tags.md", "Tags/"), ("tags/README.md", "tags/"),
        ("feed.xml", "feed.xml"), ("FEED.XML", "FEED.XML"), ("feed.json", "feed.json"), ("actions.ics", "actions.ics"),
        ("issues/ask.md", "issues/ask/"), ("issues/ask/index.html", "issues/ask/"), ("i/2026-w47.md", "i/2026-w47/"),
        ("issues/asked.md", "issues/asked/"), ("api/issues.json", "api/issues.json"), ("sitemap.xml", "sitemap.xml"),
        ("404.html", "404.html"), ("robots.txt", "robots.txt"),
        ("index.md", "the home page"), ("index.html", "the home page"),
        ("archive/2026.md", "archive/2026/"), ("authors/ada.md", "authors/ada/"), ("for/managers.md", "for/managers/"),
        ("for/managers/feed.xml", "for/managers/feed.xml"), ("subscribe.md", "subscribe/"), ("latest.md", "latest/"),
        ("tags/listening.md", "tags/listening/"), ("search/search_index.json", "search/search_index.json"),
        ("issues", "issues"), ("tags", "tags"), ("feed.xml/x.md", "feed.xml/x/"), ("events.md", "events/"),
    ],
)  # fmt: skip
def test_a_file_at_an_address_of_ours_is_an_error(name: str, address: str, publication: Write) -> None:
    """K5: told by `check` and by `build`, with both named; nothing is replaced in silence."""
    root = publication(AROUND)
    before = set(tree(root / "content"))
    (root / "content" / name).parent.mkdir(parents=True, exist_ok=True)
    (root / "content" / name).write_text("# Mine\n")
    event = "/// event | Evening { starts=2026-12-01T19:00 place=Here }\n\n///\n"
    (root / TIP).write_text((root / TIP).read_text() + f"\n{event}")
    assert told(root) == [f"content/{name}: the address '{address}' is taken"]
    with pytest.raises(ContentError):
        build(root, BuildOptions(site_dir=root / "site", outbox_dir=root / "outbox"), now=NOW)
    assert set(tree(root / "content")) == before | {name}


@pytest.mark.parametrize("name", ["about/index.md", "About.md", "about/index.html"])
def test_two_files_at_one_address_are_told(name: str, publication: Write) -> None:
    root = publication({f"content/{name}": "# Other\n"})
    assert len(told(root)) == 1


@pytest.mark.parametrize("name", ["contact.md", "assets/images/favicon.png", "tagged.md", "issues.txt", "x/tags.md"])
def test_other_files_are_no_mistake(name: str, publication: Write) -> None:
    assert told(publication({**AROUND, f"content/{name}": "# Mine\n"})) == []


def test_all_that_a_build_writes_was_said_before(sample, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """K5: units of the site say their files, and a build holds them to it; so a page of a new kind is covered."""
    seen = []
    real = Run.make

    def make(self, units, load):
        seen.extend(units)
        return real(self, units, load)

    monkeypatch.setattr(Run, "make", make)
    root = sample.built.site_dir.parent / "publication"
    build(root, BuildOptions(site_dir=tmp_path / "site", outbox_dir=tmp_path / "outbox"), now=NOW)
    unsaid = [unit.path for unit in seen if unit.files is None and unit.path.startswith("site/")]
    assert unsaid == ["site/frame"]


@pytest.mark.parametrize(
    ("ids", "code"),
    [(["../../../x"], "TS009"), (["a/b"], "TS009"), ([".."], "TS009"), (["''"], "TS009"), (["ada", "Ada"], "TS011")],
)
def test_two_authors_with_one_address_and_ids_that_are_none(ids: list[str], code: str, publication: Write) -> None:
    """K5: an author's page stays below authors/."""
    authors = "".join(f"{name}: {{name: Somebody}}\n" for name in dict.fromkeys([*ids, "ada"]))
    root = publication({"content/authors.yml": authors})
    assert {p.code for p in check(root, now=NOW).problems} == {code}


@pytest.mark.parametrize("tag", ["---", "🎉", "...", "🎉🎉", "⚙️", "+", "/", "..", "#!"])
def test_a_tag_without_letters_has_an_address_of_its_own(tag: str, publication: Write) -> None:
    """K5: the list of tags stays where it is."""
    root = publication({TIP: issue(tags=f"[listening, '{tag}']")})
    build(root, BuildOptions(site_dir=root / "site", outbox_dir=root / "outbox"), now=NOW)
    site = tree(root / "site")
    assert b"listening" in site["tags/index.html"]
    assert f"{tag_page(tag)}index.html" in site
    assert b"tags//" not in site["sitemap.xml"]


@given(st.text(min_size=1).filter(str.strip))
def test_a_tag_never_takes_the_address_of_the_list(tag: str) -> None:
    """K5: for any text."""
    folder = tag_page(tag).removeprefix("tags/").removesuffix("/")
    assert folder
    assert "/" not in folder
    assert folder not in (".", "..")


def test_mkdocs_by_itself_refuses_as_well(publication: Write) -> None:
    root = publication({**AROUND, "content/tags.md": "# Mine\n"})
    command = [sys.executable, "-m", "mkdocs", "build", "-q"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, "TS011" in done.stderr) == (1, True), done.stderr
    assert not (root / "site").exists()
