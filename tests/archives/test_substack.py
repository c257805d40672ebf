"""An export of Substack: rows of posts.csv, and a text of HTML for each."""

import io
import zipfile
from pathlib import Path

from click.testing import CliRunner, Result

from tests.conftest import Write
from tipsheet.cli import main

POSTS = """\
post_id,post_date,is_published,email_sent_at,type,audience,title,subtitle,podcast_url
101.ask-first,2019-07-26T20:48:19.814Z,true,2019-07-26T20:48:19.814Z,newsletter,everyone,Ask first,One question.,
102.the-long-no,2020-07-26T20:48:19.814Z,true,2020-07-26T20:48:19.814Z,newsletter,everyone,"The long no, again",,
103.for-friends,2020-08-26T20:48:19.814Z,true,,newsletter,only_paid,For friends,,
104.unfinished,2020-09-26T20:48:19.814Z,false,,newsletter,everyone,Unfinished,,
105.lost,2020-10-26T20:48:19.814Z,true,,newsletter,everyone,Lost,,
"""
TEXTS = {
    "posts/101.ask-first.html": "<p>Ask <em>one</em> thing.</p>",
    "posts/102.the-long-no.html": '<p>After <a href="https://us.substack.com/p/ask-first?utm_source=x">that</a>, '
    "wait.</p>"
    '<p>A note<a id="footnote-anchor-1" href="#footnote-1">1</a>.</p>'
    '<div class="footnote"><a id="footnote-1" href="#footnote-anchor-1" class="footnote-number">1</a>'
    '<div class="footnote-content"><p>Its text.</p></div></div>',
    "posts/103.for-friends.html": "<p>Paid.</p>",
    "posts/104.unfinished.html": "<p>Not yet.</p>",
}


def packed(folder: Path, files: dict[str, str]) -> Path:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    path = folder / "export.zip"
    path.write_bytes(data.getvalue())
    return path


def run(root: Path, *args: str) -> Result:
    return CliRunner().invoke(main, ["-C", str(root), *args, "--now", "2026-11-24"])


def test_posts_come_as_issues_of_which_no_letter_is_sent(publication: Write, tmp_path: Path) -> None:
    root, source = publication({}), packed(tmp_path, {"posts.csv": POSTS, **TEXTS})
    result = run(root, "import", str(source))
    assert result.exit_code == 0, result.output
    assert (root / "content/tipsheets/2020/2020-07-26-the-long-no.md").read_text("utf-8") == (
        "---\n"
        "id: 2020-07-26-the-long-no\n"
        "title: The long no, again\n"
        "date: 2020-07-26T22:48\n"
        "description: After that, wait. A note.\n"
        "authors: [ada]\n"
        "archived: true\n"
        "---\n\n"
        "After [that](../2019/2019-07-26-ask-first.md), wait.\n\nA note[^1].\n\n[^1]: Its text.\n"
    )
    for name in ("for-friends", "unfinished"):
        assert "\ndraft: true\n" in next(root.glob(f"content/tipsheets/2020/*{name}.md")).read_text("utf-8")
    assert "posts.csv:6: a post without a text: Lost" in result.output
    assert '"/p/the-long-no" "/issues/the-long-no/";' in (root / "redirects/nginx.map").read_text("utf-8")
    assert run(root, "check", "--strict").exit_code == 0


def test_the_same_source_twice_changes_nothing_and_a_dry_run_writes_nothing(publication: Write, tmp_path: Path) -> None:
    root, source = publication({}), packed(tmp_path, {"posts.csv": POSTS, **TEXTS})
    before = {file: file.read_bytes() for file in root.rglob("*") if file.is_file()}
    assert (
        "Nothing was written: this would come from Substack: 4 new"
        in run(root, "import", str(source), "--dry-run").output
    )
    assert {file: file.read_bytes() for file in root.rglob("*") if file.is_file()} == before
    run(root, "import", str(source))
    edited = root / "content/tipsheets/2019/2019-07-26-ask-first.md"
    edited.write_text(edited.read_text("utf-8").replace("Ask *one*", "Ask **one**"), "utf-8")
    once = {file: file.read_bytes() for file in root.rglob("*") if file.is_file()}
    result = run(root, "import", str(source))
    assert "3 unchanged, 1 kept" in result.output
    assert "kept  content/tipsheets/2019/2019-07-26-ask-first.md  Ask first" in result.output
    assert {file: file.read_bytes() for file in root.rglob("*") if file.is_file()} == once
