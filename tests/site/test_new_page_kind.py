"""A kind of page is one file and one line of the registry, and then it has a page, and every index knows it."""

import json
from pathlib import Path

from tests.folders import write_publication
from tests.scratch import scratch

KIND = '''"""A page with the titles of the issues."""

from collections.abc import Iterator

from tipsheet.site.page import Planned, SitePage, planned
from tipsheet.site.view import View


def titles_pages(view: View) -> Iterator[Planned]:
    """One page."""
    yield planned(
        SitePage(
            url="titles/",
            template="index.html",
            title="All the titles",
            description="Nothing but titles.",
            canonical=view.root + "titles/",
            search="<p>Nothing but titles.</p>",
            context={"heading": "Titles", "tags": ()},
        )
    )
'''


def test_a_new_kind_of_page_is_one_file_and_one_line(tmp_path: Path) -> None:
    copy = scratch(tmp_path)
    copy.write("tipsheet/site/titles.py", KIND)
    first = "from tipsheet.site.view import View\n"
    copy.register("tipsheet/site/pages.py", first, f"from tipsheet.site.titles import titles_pages\n{first}")
    last = '    "authors": PageKind(plan=author_pages),\n'
    copy.register("tipsheet/site/pages.py", last, f'{last}    "titles": PageKind(plan=titles_pages),\n')
    root = write_publication(tmp_path / "publication", {})

    built = copy.tipsheet("-C", root, "build")

    assert built.returncode == 0, built.stderr
    page = (root / "site/titles/index.html").read_text()
    assert ("Titles</h1>" in page, "md-header" in page) == (True, True)
    assert "titles/</loc>" in (root / "site/sitemap.xml").read_text()
    index = json.loads((root / "site/search/search_index.json").read_text())
    assert "titles/" in {entry["location"] for entry in index["docs"]}
    again = copy.tipsheet("-C", root, "build", "--explain")
    assert "Nothing has changed" in again.stdout
    (root / "content/titles.md").write_text("# Mine\n")
    taken = copy.tipsheet("-C", root, "build")
    assert (taken.returncode, "TS011" in taken.stderr) == (1, True)
