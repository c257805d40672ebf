"""The laws of a build: same input, same bytes; a failure changes nothing; private text stays private."""

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Write
from tests.folders import MKDOCS, article, issue, write_png
from tests.sample import NOW, Sample, copy_of_sample
from tipsheet.errors import ContentError, NotAPublicationError, WouldOverwriteError
from tipsheet.last_build import BuildOptions
from tipsheet.press import build
from tipsheet.problems import errors_in

SECRET = "xyzzyplugh"  # noqa: S105 - not that kind of secret
"""A word that stands only in what is meant for segments."""


def tree(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def press(root: Path, out: Path, **options: bool) -> None:
    build(root, BuildOptions(site_dir=out / "site", outbox_dir=out / "outbox", **options), now=NOW)


def run(root: Path, *command: str, seed: str) -> None:
    epoch = str(int(NOW.timestamp()))
    environ = {**os.environ, "PYTHONHASHSEED": seed, "SOURCE_DATE_EPOCH": epoch, "TZ": f"UTC-{int(seed) % 10}"}
    program = [sys.executable, "-m", *command]
    done = subprocess.run(program, cwd=root, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_another_folder_hash_seed_and_zone_give_the_same_bytes(sample: Sample, tmp_path: Path) -> None:
    """S14: the machine leaves no trace."""
    root = copy_of_sample(tmp_path / "another place")
    run(root, "tipsheet", "build", "--strict", "--all-letters", seed="12345")
    assert tree(root / "site") == tree(sample.site)
    assert tree(root / "outbox") == tree(sample.outbox)


def test_mkdocs_build_gives_the_same_site(sample: Sample, tmp_path: Path) -> None:
    """S12, S15: strictly, without a warning."""
    root = copy_of_sample(tmp_path)
    run(root, "mkdocs", "build", "--strict", "--quiet", seed="77")
    assert tree(root / "site") == tree(sample.site)


def test_a_failed_build_leaves_the_last_good_output(publication: Write, tmp_path: Path) -> None:
    """S13: nothing is written, nothing is left lying about."""
    root = publication({})
    press(root, tmp_path)
    before = tree(tmp_path)
    broken = root / "content/tipsheets/2026/2026-11-17-ask.md"
    broken.write_text(broken.read_text().replace("/// action", "/// acton"))
    (root / "mkdocs.yml").write_text((root / "mkdocs.yml").read_text().replace("postal_address", "postal"))
    changed = tree(root)
    with pytest.raises(ContentError) as error:
        press(root, tmp_path)
    assert {p.code for p in errors_in(error.value.problems)} == {"TS101", "TS004", "TS005"}
    assert {name: data for name, data in tree(tmp_path).items() if not name.startswith("publication")} == {
        name: data for name, data in before.items() if not name.startswith("publication")
    }
    assert tree(root) == changed


def test_a_warning_stops_a_strict_build_only(publication: Write, tmp_path: Path) -> None:
    root = publication({"content/tipsheets/2026/2026-11-17-ask.md": issue(description="Short.")})
    press(root, tmp_path)
    with pytest.raises(ContentError, match="1 mistake"):
        press(root, tmp_path, strict=True)


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ 1 / 0 }}", "ZeroDivisionError: division by zero"),
        ("{{ 'a' + 1 }}", "TypeError: "),
        ("{{ [].index(3) }}", "ValueError: "),
        ("{{ {}['a']['b'] }}", "'dict object' has no attribute 'a'"),
        ("{{ 3 | nothing }}", "No filter named 'nothing'"),
        ("{{ letter.isolated() }}", "TypeError: "),
    ],
)
def test_whatever_a_template_of_a_letter_raises_has_its_place(
    publication: Write, tmp_path: Path, template: str, said: str
) -> None:
    config = MKDOCS.replace("  font: false", "  font: false\n  custom_dir: overrides")
    root = publication({"overrides/email/main.html": f"<p>\n{template}", "mkdocs.yml": config})
    with pytest.raises(ContentError) as error:
        press(root, tmp_path)
    (problem,) = error.value.problems
    assert str(problem).startswith(f"overrides/email/main.html:2:1: TS601 the template cannot be filled: {said}")


def test_a_broken_template_of_the_publication_is_a_problem_with_its_line(publication: Write, tmp_path: Path) -> None:
    """X10: an override is a file of the user's, so its mistakes have a place."""
    template = '{% extends "face.html" %}\n{% block page %}\n{{ nothing.at.all }}\n{% endblock %}\n'
    config = MKDOCS.replace("  font: false", "  font: false\n  custom_dir: overrides")
    root = publication({"overrides/main.html": template, "mkdocs.yml": config})
    with pytest.raises(ContentError) as error:
        press(root, tmp_path)
    (problem,) = error.value.problems
    assert str(problem).startswith("overrides/main.html:3:1: TS601 the template cannot be filled: 'nothing' is")
    (root / "overrides/main.html").unlink()
    (root / "overrides/email").mkdir()
    (root / "overrides/email/main.html").write_text('{% extends "email/base.html" %}\n{% block nonsense %}\n')
    with pytest.raises(ContentError) as error:
        press(root, tmp_path)
    assert [str(p).split(" ")[:2] for p in error.value.problems] == [["overrides/email/main.html:2:1:", "TS601"]]


def test_a_folder_that_is_not_ours_is_refused(publication: Write, tmp_path: Path) -> None:
    root = publication({})
    (tmp_path / "site").mkdir()
    (tmp_path / "site/thesis.txt").write_text("years of work")
    with pytest.raises(WouldOverwriteError, match="other files"):
        press(root, tmp_path)
    assert (tmp_path / "site/thesis.txt").read_text() == "years of work"


def test_no_publication_here(tmp_path: Path) -> None:
    with pytest.raises(NotAPublicationError, match=r"no mkdocs\.yml"):
        press(tmp_path, tmp_path / "out")


def private_everywhere() -> dict[str, str]:
    """A publication with the secret in every place that only segments may see, public ones included."""
    body = f"""\
For everyone.

/// only | toronto

{SECRET} in a block, [{SECRET}](https://{SECRET}.example/).

## {SECRET} as a heading

| {SECRET} | b |
| - | - |
| 1 | 2 |

///

//// only | managers, toronto

/// event | {SECRET} dinner {{ starts=2026-12-01T19:00 place="{SECRET} hall" url=https://{SECRET}.example/ }}

{SECRET}

///

////

/// event | {SECRET} supper {{ starts=2026-12-02T19:00 for=toronto }}

///

/// action | {SECRET} action {{ id={SECRET} for=toronto due=2026-12-24 }}

1. {SECRET}

///

/// action | Do it {{ id=do-it due=2026-12-24 }}

1. Do.

///
"""
    note = f"---\nid: n\ntitle: {SECRET}\nfrom: 2026-11-01\nexpires: 2026-12-01\nfor: [toronto]\n---\n\n{SECRET}\n"
    whole = issue(
        f"tags: [{SECRET}]\n", body="Text.", id="2026-w46", date="2026-11-10", audience="[toronto]", title=SECRET
    )
    return {
        "content/tipsheets/2026/2026-11-17-ask.md": issue(body=body),
        f"content/tipsheets/2026/2026-11-10-{SECRET}.md": whole,
        "content/notes/private.md": note,
        f"content/actions/{SECRET}.md": f"---\nid: {SECRET}-2\ntitle: {SECRET}\nfor: [toronto]\n---\n\n1. {SECRET}\n",
        "content/articles/long.md": article(f"/// only | toronto\n\n{SECRET}\n\n///\n", id="long", date="2026-11-01"),
        "content/other.md": f"# Other\n\n/// only | toronto\n\n{SECRET}\n\n///\n",
    }


def test_text_for_a_private_segment_is_in_no_file_of_the_site(publication: Write, tmp_path: Path) -> None:
    """C7, S10: pages, feeds, search, sitemap, calendar, file names; the mail of the segment has it."""
    root = publication(private_everywhere())
    press(root, tmp_path)
    leaks = [
        name for name, data in tree(tmp_path / "site").items() if SECRET in name or SECRET.encode() in data.lower()
    ]
    assert [name for name in leaks if not name.startswith("for/managers/")] == []
    # managers is public: its pages show the dinner, and nothing of what is for Toronto alone
    for name in leaks:
        page = (tmp_path / "site" / name).read_text(encoding="utf-8").lower()
        assert f"{SECRET} dinner" in page
        for private in ("in a block", "as a heading", "supper", "action"):
            assert f"{SECRET} {private}" not in page
    outbox = tree(tmp_path / "outbox")
    assert [
        name
        for name in outbox
        if SECRET.encode() in outbox[name].replace(b"=\r\n", b"") and name.endswith("everyone.html")
    ] == []
    assert outbox["2026-w47/toronto.html"].count(SECRET.encode()) > 10
    assert SECRET.encode() not in outbox["2026-w47/everyone.txt"] + outbox["2026-w47/sellers.eml"]


def test_html_in_titles_is_text(publication: Write, tmp_path: Path) -> None:
    """MkDocs' templates do not escape; we do, everywhere."""
    nasty = 'A <b>bold</b> & \\"quoted\\" <script>alert(1)</script>'
    header = f'tags: ["<i>tag</i>"]\nmore: [{{title: "{nasty}", url: "https://a.example/?a=1&b=2"}}]\n'
    files = {
        "content/tipsheets/2026/2026-11-17-ask.md": issue(
            header, title=f'"{nasty}"', description=f'"{nasty} and some more"'
        ),
        "content/authors.yml": f'ada: {{name: "{nasty}", bio: "{nasty}", role: "<b>x</b>"}}\n',
    }
    root = publication(files)
    write_png(root / "content/images/a.png")
    press(root, tmp_path)
    for name, data in {**tree(tmp_path / "site"), **tree(tmp_path / "outbox")}.items():
        if name.endswith(".html"):
            assert b"<script>alert" not in data, name
            assert b"<b>bold" not in data, name
            assert b"<i>tag" not in data, name


def test_the_publication_works_under_a_path(publication: Write, tmp_path: Path) -> None:
    """S9: `site_url` with a path; feeds and mails are absolute below it."""
    root = publication({})
    config = root / "mkdocs.yml"
    config.write_text(config.read_text().replace("https://sheet.example/", "https://sheet.example/news/letter/"))
    press(root, tmp_path)
    page = (tmp_path / "site/issues/ask/index.html").read_text(encoding="utf-8")
    assert 'href="https://sheet.example/news/letter/issues/ask/"' in page
    assert 'href="/' not in page.replace('href="//', "")
    assert "https://sheet.example/news/letter/issues/ask/" in (tmp_path / "site/feed.xml").read_text(encoding="utf-8")


def test_an_earlier_slug_leads_to_the_page(publication: Write, tmp_path: Path) -> None:
    """C11, S11: a renamed file or a changed title keeps its old address, its guid and its id."""
    tip = "content/tipsheets/2026/2026-11-17-ask.md"
    root = publication({tip: issue(slug="asking", aliases="[ask]", title="Another title")})
    press(root, tmp_path)
    redirect = (tmp_path / "site/issues/ask/index.html").read_text(encoding="utf-8")
    assert 'url=../asking/"' in redirect
    assert '<link rel="canonical" href="https://sheet.example/issues/asking/">' in redirect
    assert "https://sheet.example/i/2026-w47/" in (tmp_path / "site/feed.xml").read_text(encoding="utf-8")
    assert (tmp_path / "site/i/2026-w47/index.html").is_file()
    assert (tmp_path / "outbox/2026-w47/edition.json").is_file()


def test_a_file_that_is_renamed_warns_of_the_address_it_had(publication: Write, tmp_path: Path) -> None:
    """C11: the output depends on content alone, so the editor says where the old address leads."""
    root = publication({})
    press(root, tmp_path)
    tips = root / "content/tipsheets/2026"
    (tips / "2026-11-17-ask.md").rename(tips / "2026-11-17-asking.md")
    built = build(root, BuildOptions(site_dir=tmp_path / "site", outbox_dir=tmp_path / "outbox"), now=NOW)
    (problem,) = built.problems
    assert str(problem).startswith("content/tipsheets/2026/2026-11-17-asking.md:3:1: TS224 warning: the page was at")
    assert problem.hint == "add aliases: [ask], or slug: ask"
    text = (tips / "2026-11-17-asking.md").read_text().replace("id: 2026-w47", "id: 2026-w47\naliases: [ask]")
    (tips / "2026-11-17-asking.md").write_text(text)
    press(root, tmp_path, strict=True)


def test_the_clock_decides_what_is_out(publication: Write, tmp_path: Path) -> None:
    """C8."""
    root = publication(
        {"content/tipsheets/2026/2026-11-24-next.md": issue(id="next", date="2026-11-24", title="Next one")}
    )
    later = dt.datetime(2026, 11, 24, 6, tzinfo=dt.UTC)
    build(
        root,
        BuildOptions(site_dir=tmp_path / "site", outbox_dir=tmp_path / "outbox"),
        now=later - dt.timedelta(seconds=1),
    )
    assert not (tmp_path / "outbox/next").exists()
    build(root, BuildOptions(site_dir=tmp_path / "site", outbox_dir=tmp_path / "outbox"), now=later)
    assert (tmp_path / "outbox/next").exists()
    assert "Next one" in (tmp_path / "site/index.html").read_text(encoding="utf-8")


def test_what_mkdocs_finds_fault_with_is_a_problem_too(publication: Write, tmp_path: Path) -> None:
    """X3: one list of findings, whoever found them."""
    root = publication({"content/about.md": "# About\n\n[gone](missing.md#here)\n"})
    (root / "content/who.md").write_text("# Home\n\n[x](about.md#nowhere)\n")
    with pytest.raises(ContentError) as error:
        press(root, tmp_path, strict=True)
    assert [(str(p.where), p.code) for p in error.value.problems] == [("content/about.md:3:8", "TS013")]
    config = MKDOCS.replace("  name: material", "  name: materiel")
    root = publication({"mkdocs.yml": config, "content/about.md": "# About\n"})
    with pytest.raises(ContentError) as error:
        press(root, tmp_path)
    assert {p.code for p in error.value.problems} == {"TS036"}
    root = publication({"mkdocs.yml": MKDOCS + "nav: 5\n", "content/about.md": "# About\n"})
    with pytest.raises(ContentError) as error:
        press(root, tmp_path)
    (problem,) = error.value.problems
    assert (problem.code, problem.where.line > 1) == ("TS040", True)
    assert "MkDocs refuses 'nav'" in problem.message
