"""The desk opens sources of the publication and nothing else, and keeps the form that the bytes of a file have."""

import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tipsheet.editing.files import (
    NotSavedError,
    Place,
    Places,
    RefusedPathError,
    UnreadableFileError,
    bytes_of,
    delete,
    refusal,
    replace,
    text_of,
)
from tipsheet.engine.digest import digest

SECRET = b"only for the owner of this machine"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A publication beside files that nobody may read, with links of all kinds."""
    home = tmp_path_factory.mktemp("home")
    root = home / "publication"
    for name in (
        "outside.md", "publication/.git/config.md", "publication/site/index.md", "publication/private.md",
        "publication/content/.hidden/x.md", "publication/content/notes/.x.md", "publication/content/key.pem",
        "publication/content/about.md~", "publication/content/tipsheets/data.csv", "publication/overrides/.env",
        "publication/overrides/secrets.yml", "outside/notes/x.md",
    ):  # fmt: skip
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(SECRET)
    for name in ("content/about.md", "content/tipsheets/2026/x.md", "content/authors.yml", "mkdocs.yml"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"open\n")
    (root / "overrides/main.html").write_bytes(b"open\n")
    content = root / "content"
    (content / "inside.md").symlink_to("tipsheets/2026/x.md")
    (content / "out.md").symlink_to(home / "outside.md")
    (content / "private.md").symlink_to("../private.md")
    (content / "hidden.md").symlink_to(".hidden/x.md")
    (content / "key.md").symlink_to("key.pem")
    (content / "loop.md").symlink_to("loop.md")
    (content / "actions").symlink_to(home / "outside/notes")
    (root / "overrides/out.html").symlink_to(home / "outside.md")
    return root


@pytest.fixture
def places(root: Path) -> Places:
    return Places(root=root, docs="content", overrides="overrides")


@pytest.mark.parametrize("path", ["content/about.md", "content/tipsheets/2026/x.md", "content/authors.yml"])
def test_sources_are_read_and_written(places: Places, path: str) -> None:
    assert places(path).data() == places.readable(path).data() == b"open\n"
    assert places(path).writable()


def test_a_link_inside_the_content_leads_to_its_file(places: Places, root: Path) -> None:
    assert places("content/inside.md").file == (root / "content/tipsheets/2026/x.md").resolve()


def test_a_new_source_has_a_place(places: Places) -> None:
    place = places("content/notes/new/note.md")
    assert place.data() is None
    assert place.writable()


@pytest.mark.parametrize("path", ["mkdocs.yml", "overrides/main.html"])
def test_settings_and_templates_are_read_only(places: Places, path: str) -> None:
    place = places.readable(path)
    assert (place.data(), place.writable()) == (b"open\n", False)
    with pytest.raises(RefusedPathError):
        places(path)


HOSTILE = [
    "", ".", "..", "/", "content", "content/", "content/..", "../outside.md", "content/../mkdocs.yml", "site/index.md",
    "content/../../outside.md", "/etc/passwd", "content//about.md", "content/./about.md", "content/about.md/",
    "content\\about.md", "content/..\\..\\outside.md", "C:content/about.md", "C:/about.md", "private.md",
    "content/about.md\0", "content/about.md\0.md", "content/a\nb.md", "content/\u202eabout.md", "content/\ud800.md",
    "content/.hidden/x.md", "content/notes/.x.md", "content/key.pem", "content/about.md~", "content/tipsheets/data.csv",
    "content/out.md", "content/private.md", "content/hidden.md", "content/key.md", "content/actions/x.md",
    ".git/config.md", "content.md", "contents/x.md", "overrides/out.html", "overrides/.env", "overrides/secrets.yml",
    "overrides/../private.md", "mkdocs.yml/../private.md", "content/" + "x" * 1000 + ".md",
]  # fmt: skip


@pytest.mark.parametrize("path", HOSTILE)
def test_nothing_else_is_opened(places: Places, path: str) -> None:
    for look in (places, places.readable):
        with pytest.raises(RefusedPathError) as told:
            look(path)
        assert "content/" in told.value.hint


def test_a_loop_of_links_is_told(places: Places) -> None:
    with pytest.raises((UnreadableFileError, RefusedPathError)):
        places("content/loop.md").data()


def test_a_content_folder_that_is_a_link_out_of_the_publication(root: Path, tmp_path: Path) -> None:
    (tmp_path / "content").symlink_to(root.parent / "outside")
    with pytest.raises(RefusedPathError, match="link out of"):
        Places(root=tmp_path, docs="content")("content/notes/x.md")


PARTS = st.sampled_from([
    "..", ".", "", "content", "tipsheets", "notes", "x.md", "about.md", "out.md", "actions", ".hidden", "overrides",
    "mkdocs.yml", "C:", "con.md", "a.md:stream", "x.md.", "x.md ", "~", "%2e%2e", "\u2024\u2024", "..\\..", "\0",
])  # fmt: skip
PATHS = st.one_of(
    st.text(max_size=30),
    st.lists(PARTS, max_size=7).map("/".join),
    st.lists(st.one_of(PARTS, st.text(max_size=5)), max_size=5).map(lambda parts: "content/" + "/".join(parts)),
)


@given(path=PATHS)
@example("content/actions/x.md")
def test_no_path_leads_out_of_the_content(root: Path, path: str) -> None:
    places, top = Places(root=root, docs="content", overrides="overrides"), os.path.realpath(root)
    for look, folders in ((places, ("content",)), (places.readable, ("content", "overrides", "mkdocs.yml"))):
        try:
            place = look(path)
        except RefusedPathError:
            continue
        real = os.path.realpath(place.file)
        assert any(real == f"{top}/{one}" or real.startswith(f"{top}/{one}/") for one in folders)
        parts = Path(os.path.relpath(real, top)).parts
        assert not [part for part in parts if part.startswith(".")]
        try:
            assert place.data() in (b"open\n", None)
        except UnreadableFileError:
            assert real.endswith(("loop.md", "overrides", "notes", "tipsheets", "2026")) or not Path(real).is_file()


@pytest.mark.parametrize(
    "path",
    ["content/con.md", "content/a:b.md", "content/aux", "content/notes /x.md", "content/lpt1.txt.md", "content/a?.md"],
)
def test_names_that_mean_something_else_to_windows_are_refused_there(path: str) -> None:
    assert refusal(path, "content", windows=True).startswith("Windows")
    assert not refusal(path, "content", windows=False).startswith("Windows")


@given(path=PATHS)
def test_windows_is_never_less_careful(path: str) -> None:
    if refusal(path, "content", windows=False):
        assert refusal(path, "content", windows=True)


LINES = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=6)
FILES = st.builds(
    lambda bom, lines, last: (b"\xef\xbb\xbf" if bom else b"") + "".join([*map("".join, lines), last]).encode(),
    st.booleans(),
    st.lists(st.tuples(LINES, st.sampled_from(["\n", "\r\n", "\r"])), max_size=6),
    LINES,
)


class TestForm:
    @given(data=FILES)
    def test_a_text_that_was_not_changed_has_the_same_bytes(self, data: bytes) -> None:
        assert bytes_of(text_of(data, "x.md"), data) == data

    @given(text=st.lists(LINES, max_size=6).map("\n".join), like=FILES)
    def test_a_text_comes_back_as_it_was_written(self, text: str, like: bytes) -> None:
        assert text_of(bytes_of(text, like), "x.md") == text

    @pytest.mark.parametrize(
        ("like", "text", "expected"),
        [
            (b"a\r\nb\r\n", "a\nnew\nb\n", b"a\r\nnew\r\nb\r\n"),
            (b"\xef\xbb\xbfa\n", "b\n", b"\xef\xbb\xbfb\n"),
            (b"a\nb", "a\nc", b"a\nc"),
            (b"a\r\nb\nc\r\n", "a\nB\nnew\nc\n", b"a\r\nB\r\nnew\r\nc\r\n"),
            (b"a\nb\r\nc\n", "a\nb\nnew\nc\n", b"a\nb\r\nnew\r\nc\n"),
            (b"", "a\r\nb\r\n", b"a\nb\n"),
            (b"a\rb", "a\nb\nc", b"a\rb\rc"),
            (b"a\rb\n\n", "a\n\n\n", b"a\n\n\n"),
        ],
    )
    def test_of_a_changed_text(self, like: bytes, text: str, expected: bytes) -> None:
        assert bytes_of(text, like) == expected

    def test_what_is_not_utf_8_is_told_with_its_place(self) -> None:
        with pytest.raises(UnreadableFileError, match=r"x\.md is not UTF-8 \(byte 5, line 2\)"):
            text_of(b"one\r\n\xff", "x.md")


class TestReplacing:
    def place(self, folder: Path) -> Place:
        return Place(path="content/x.md", file=folder / "x.md")

    def test_what_was_not_expected_is_returned_and_stays(self, tmp_path: Path) -> None:
        place = self.place(tmp_path)
        place.file.write_bytes(b"there")
        assert replace(place, b"new", digest(b"other")) == b"there"
        assert replace(place, b"new", None) == b"there"
        assert delete(place, digest(b"other")) == b"there"
        assert [one.read_bytes() for one in tmp_path.iterdir()] == [b"there"]

    def test_what_is_gone_is_not_there(self, tmp_path: Path) -> None:
        place = self.place(tmp_path)
        assert replace(place, b"new", digest(b"other")) == b""
        assert delete(place, digest(b"other")) == b""
        assert list(tmp_path.iterdir()) == []

    def test_where_there_are_no_hard_links(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_args: object) -> None:
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr(os, "link", refuse)
        place = self.place(tmp_path)
        assert replace(place, b"one", None) is None
        assert replace(place, b"two", None) == b"one"
        assert replace(place, b"two", digest(b"one")) is None
        assert [one.read_bytes() for one in tmp_path.iterdir()] == [b"two"]

    def test_a_folder_is_never_deleted(self, tmp_path: Path) -> None:
        place = self.place(tmp_path)
        place.file.mkdir()
        with pytest.raises(NotSavedError):
            delete(place, digest(b""))
        assert place.file.is_dir()

    @pytest.mark.parametrize("then", ["written", "deleted"])
    def test_what_is_written_in_the_last_moment_is_put_back(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then: str
    ) -> None:
        """Between the comparison and the exchange another program writes, or deletes the file."""
        place, link = self.place(tmp_path), os.link
        place.file.write_bytes(b"base")
        todo = [b"late", b"later"]

        def late(source: Path, target: Path) -> None:
            if todo:
                place.file.unlink(missing_ok=True)
                if then == "written":
                    place.file.write_bytes(todo.pop(0))
            link(source, target)

        monkeypatch.setattr(os, "link", late)
        found = replace(place, b"ours", digest(b"base"))
        there = [one.read_bytes() for one in tmp_path.iterdir()]
        assert (found, there) == ((b"later", [b"later"]) if then == "written" else (b"", []))
