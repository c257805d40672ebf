"""Files of the content folder: read, published, passed over or refused, each by one decision (K3)."""

import os
import socket
import string
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Write
from tests.folders import issue
from tests.sample import NOW
from tipsheet.engine.inputs import scan
from tipsheet.errors import ContentError, OverlapError
from tipsheet.last_build import BuildOptions
from tipsheet.press import build, prepare
from tipsheet.reading.published import FOLDERS, Kind, contents_of, kind_of

KINDS = yaml.safe_load(Path(__file__).with_name("published.yml").read_text(encoding="utf-8"))
SECRET = "zqxsecret"  # noqa: S105 - a word to look for


def found(root: Path) -> list[str]:
    return [f"{p.code} {p.where.path}" for p in prepare(root, now=NOW).problems]


def built(root: Path) -> set[str]:
    build(root, BuildOptions(site_dir=root / "site", outbox_dir=root / "outbox"), now=NOW)
    return {path.relative_to(root / "site").as_posix() for path in (root / "site").rglob("*") if path.is_file()}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in KINDS.items() for name in names])
def test_a_name_says_what_is_done_with_a_file(kind: str, name: str) -> None:
    """K3: one list of what is read and published; everything else is passed over or refused."""
    assert kind_of(name) == kind


@pytest.mark.parametrize("name", KINDS["copy"])
def test_a_copy_is_named_and_never_published(name: str, publication: Write) -> None:
    """K3: copies of sources are a warning by name, wherever they lie."""
    if "/" not in name and name.endswith(".md"):
        name = f"tipsheets/2026/{name}"
    root = publication({f"content/{name}": f"---\ndraft: true\n---\n{SECRET}\n"})
    assert found(root) == [f"TS020 content/{name}"]


def test_nothing_of_what_is_passed_over_reaches_the_site(publication: Write) -> None:
    """K3: the site has no file, page or word of a copy, a stray or a hidden file."""
    names = [name for kind in ("copy", "stray", "hidden") for name in KINDS[kind]]
    root = publication({f"content/{name}": f"{SECRET}\n" for name in names})
    before = {path for path in built(root) if SECRET in (root / "site" / path).read_text(errors="ignore")}
    assert before == set()
    assert not built(root) & set(names)


@given(
    st.sampled_from(["2026-12-01-x.md", "authors.yml"]),
    st.text(string.ascii_letters + string.digits + "~.#_-+ ()[]", min_size=1, max_size=12),
)
def test_whatever_is_put_behind_the_name_of_a_source_is_not_published(name: str, behind: str) -> None:
    """K3: copies are a kind, not a list: a name that goes on after a source's is no file of the site."""
    if behind[0].isalpha() or (name + behind).endswith(".md"):
        behind = f".{behind.removesuffix('.md') or 'x'}"
    assert kind_of(f"{name}{behind}") in (Kind.COPY, Kind.SECRET)


@given(st.sampled_from(sorted(FOLDERS)), st.text(min_size=1, max_size=20).filter(lambda t: "/" not in t))
def test_below_the_folders_of_posts_only_markdown_and_pictures_count(folder: str, name: str) -> None:
    """K3: the law of the four folders, for any name."""
    kind = kind_of(f"{folder}/{name}")
    if kind in map(Kind, FOLDERS.values()):
        assert name.endswith(".md")
    else:
        assert kind in (Kind.PICTURE, Kind.COPY, Kind.STRAY, Kind.HIDDEN, Kind.SECRET)


@pytest.mark.parametrize("name", KINDS["secret"])
def test_a_secret_stops_the_build(name: str, publication: Write) -> None:
    """K3: databases, keys, passwords and letters are refused, hidden ones at the top of a folder as well."""
    root = publication({f"content/{name}": "x"})
    assert found(root) == ([] if name.startswith(".ssh/") else [f"TS023 content/{name}"])


@pytest.mark.parametrize(
    "folder",
    ["Tipsheets", "TIPSHEETS", "tipsheet", "tipshets", "tipsehets", "tiipsheets", "tipsheets ", "t\u0456psheets",
     "article", "Notes", "note", "action", "tipsheets.bak", "tipsheets copy", "notes-old", "Copy of articles",
     "tipsheets (1)"],
)  # fmt: skip
def test_a_folder_with_nearly_the_name_of_posts_is_an_error(folder: str, publication: Write) -> None:
    """K3: one letter or case away from the four names, or a copy of such a folder."""
    root = publication({f"content/{folder}/2026/x.md": f"# {SECRET}\n"})
    assert found(root) == [f"TS021 content/{folder}"]


@pytest.mark.parametrize("folder", ["keynotes", "footnotes", "transactions", "art", "pages", "files"])
def test_another_folder_is_one_of_ordinary_pages(folder: str, publication: Write) -> None:
    assert found(publication({f"content/{folder}/x.md": "# X\n"})) == []


@pytest.mark.parametrize(
    "head",
    [
        "---\ndraft: true\n---\n",
        "---\ntitle: X\ndate: 2030-01-01\n---\n",
        "---\nid: x\n---\n",
        "---\naudience: vip\n---\n",
        "---\nsubject: Hello\n...\n",
        "---\nfrom: 2026-01-01\nexpires: 2026-02-01\n---\n",
        "---\nfor: vip\n---\n",
        '---\n"draft": true\n---\n',
        "---\ntitle: not: yaml\ndraft: true\n---\n",
        "\n\n---\ndraft: true\n---\n",
        "\ufeff---\ndraft: true\n---\n",
        "title: X\ndraft: true\n\n",
    ],
)
def test_an_ordinary_page_with_the_header_of_a_post_is_an_error(head: str, publication: Write) -> None:
    """K3: a draft in the wrong folder is not published, however its header is written."""
    assert "TS022 content/pages/x.md" in found(publication({"content/pages/x.md": f"{head}\n{SECRET}\n"}))


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: X\ndescription: Y\nhide: [toc]\ntemplate: main.html\n---\n\nText.\n",
        "# X\n\nDate: tomorrow.\n\ndraft: no\n",
        "A paragraph about drafts.\n\n---\n\ndate: none\n\n---\n",
    ],
)
def test_a_header_of_a_page_is_no_mistake(text: str, publication: Write) -> None:
    assert found(publication({"content/pages/x.md": text})) == []


def pipe(place: Path) -> None:
    os.mkfifo(place)


def listening(place: Path) -> None:
    here = Path.cwd()
    os.chdir(place.parent)  # the path of a socket is short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(place.name)
    os.chdir(here)


def leading(target: str) -> Callable[[Path], None]:
    return lambda place: place.symlink_to(target)


@pytest.mark.parametrize(
    ("name", "make", "code"),
    [
        ("pipe.txt", pipe, "TS025"),
        ("tipsheets/pipe.md", pipe, "TS025"),
        ("about.md", pipe, "TS025"),
        ("authors.yml", pipe, "TS025"),
        ("socket", listening, "TS025"),
        ("out.txt", leading("../../outside/notes.txt"), "TS024"),
        ("out.md", leading("../../outside/notes.txt"), "TS024"),
        ("out", leading("../../outside"), "TS024"),
        ("etc", leading("/etc"), "TS024"),
        (".out", leading("../../outside"), "TS024"),
        ("tipsheets/2027", leading("../../../outside"), "TS024"),
        ("gone", leading("nothing"), "TS024"),
        ("self", leading("self"), "TS024"),
        ("loop", leading("."), "TS024"),
        ("up", leading(".."), "TS024"),
        ("state", leading("../.tipsheet"), "TS024"),
        ("mail", leading("../outbox"), "TS024"),
        ("private", leading("tipsheets/2026"), "TS024"),
        ("zero", leading("/dev/zero"), "TS024"),
    ],
)
def test_what_is_no_file_of_the_publication_is_refused(name: str, make, code: str, publication: Write) -> None:
    """K3: links out of the publication, pipes, sockets and circles are named, and nothing is opened."""
    root = publication({})
    for folder in (".tipsheet", "outbox", "../outside"):
        (root / folder).mkdir()
    for folder in (".tipsheet", "../outside"):
        (root / folder / "notes.txt").write_text(SECRET)
    place = root / "content" / name
    place.unlink(missing_ok=True)
    make(place)
    assert f"{code} content/{name}" in found(root)
    with pytest.raises((ContentError, OverlapError)):
        built(root)
    assert not (root / "site").exists()


def test_links_inside_the_publication_are_followed(publication: Write) -> None:
    """K3: a folder of sources may lie beside the content folder."""
    root = publication({"letters/2027/2027-01-05-x.md": issue(id="x", date="2026-01-05", title="Linked")})
    (root / "content/tipsheets/2027").symlink_to("../../letters/2027")
    (root / "README.md").write_text("# Read me first\n")
    (root / "content/readme-first.md").symlink_to("../README.md")
    assert found(root) == []
    assert {"issues/x/index.html", "readme-first/index.html"} <= built(root)
    inputs = scan(root, ("content",), {}, moment=0)
    assert inputs.links == {"content/tipsheets/2027": "letters/2027", "content/readme-first.md": "README.md"}


def test_a_link_cannot_give_a_file_another_kind(publication: Write) -> None:
    """K3: an issue or a database behind a link of a harmless name is not published."""
    root = publication({"audience.db": SECRET, "drafts/x.md": SECRET})
    (root / "content/data.txt").symlink_to("../audience.db")
    (root / "content/x.txt").symlink_to("../drafts/x.md")
    assert found(root) == ["TS023 content/data.txt", "TS020 content/x.txt"]


def test_links_to_folders_of_links_end(publication: Write) -> None:
    """K8: twelve folders that link to each other have millions of ways through them."""
    root = publication({})
    for one in range(12):
        (root / f"f{one}").mkdir()
        for other in range(12):
            (root / f"f{one}/{other}").symlink_to(f"../f{other}")
    (root / "content/start").symlink_to("../f0")
    assert any(line.startswith("TS024") for line in found(root))


@pytest.mark.parametrize("name", [b"caf\xe9.md", b"a\nb.md", b"a\x1b[31m.md", "a\u202etxt.md".encode(), b"a\x7f.png"])
def test_a_name_that_nobody_can_read_is_refused(name: bytes, publication: Write) -> None:
    """K3, K9: names that are not UTF-8 or hold control characters."""
    root = publication({})
    Path(os.fsdecode(os.fsencode(root / "content") + b"/" + name)).write_text("# X\n")
    assert [line.split()[0] for line in found(root)] == ["TS026"]


def test_a_file_below_the_folders_of_posts_is_not_linked_to(publication: Write) -> None:
    """K3: what is not published is told at the link, and by name."""
    text = issue(body="[the slides](slides.pdf)")
    root = publication({"content/tipsheets/2026/2026-11-17-ask.md": text, "content/tipsheets/2026/slides.pdf": "x"})
    assert found(root) == [
        "TS027 content/tipsheets/2026/2026-11-17-ask.md", "TS027 content/tipsheets/2026/slides.pdf",
    ]  # fmt: skip


def test_the_number_of_a_copy_counts_beside_the_original(publication: Write) -> None:
    root = publication({"content/x.md": "# X\n", "content/x 2.md": "# X\n", "content/Part 2.md": "# Part\n"})
    kinds = contents_of(scan(root, ("content",), {}, moment=0), "content").kinds
    assert (kinds["x 2.md"], kinds["Part 2.md"]) == (Kind.COPY, Kind.PAGE)
