"""The desk: what is shown after a save, at once and when all is built."""

import datetime as dt
import queue
import resource
import statistics
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.folders import MKDOCS, issue, write_publication
from tests.soak import soak, times
from tipsheet.engine.outputs import PREVIEW
from tipsheet.last_build import BuildOptions
from tipsheet.press import Pressed, build, press
from tipsheet.preview.desk import Desk, NothingYetError, Outcome, urls_of
from tipsheet.rendering.references import whole_post

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
PATH = "content/tipsheets/2026/2026-11-17-ask.md"
COMING = "content/tipsheets/2026/2026-12-01-coming.md"
FILES = {
    "mkdocs.yml": MKDOCS,
    PATH: issue("", "The first text."),
    COMING: issue("", "What comes.", id="2026-w49", title="What comes", date="2026-12-01"),
}
PAGE = "issues/ask/index.html"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_publication(tmp_path, FILES)
    return tmp_path


def desk_of(root: Path, told: Callable[[Outcome], None] = lambda _outcome: None, *, drafts: bool = True) -> Desk:
    """A desk that has built once; no thread of it runs."""
    desk = Desk(root, lambda: NOW, drafts=drafts, environ={}, told=told)
    desk.build()
    return desk


def save(root: Path, path: str, old: str, new: str) -> None:
    text = (root / path).read_text("utf-8")
    assert old in text
    (root / path).write_text(text.replace(old, new), "utf-8")


def page(desk: Desk, file: str = PAGE) -> str:
    """A page as it is shown, wherever it comes from."""
    return (desk.page(file) or (desk.site / file).read_bytes()).decode()


def news(desk: Desk, since: int) -> list[tuple[str, object]]:
    """Names and addresses of the events after this one."""
    found = []
    for event in desk.events(since, 0):
        if event is None:
            break
        found.append((event.name, event.data.get("urls")))
    return found


def files_below(folder: Path) -> dict[str, bytes]:
    return {f.relative_to(folder).as_posix(): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def cold(root: Path, scratch: Path) -> dict[str, bytes]:
    """The files that a build from nothing makes of the same input."""
    build(root, BuildOptions(site_dir=scratch / "site", outbox_dir=scratch / "outbox", drafts=True, cold=True), now=NOW)
    return files_below(scratch / "site") | {f"outbox/{k}": v for k, v in files_below(scratch / "outbox").items()}


def shown_by(desk: Desk) -> dict[str, bytes]:
    return files_below(desk.site) | {f"outbox/{k}": v for k, v in files_below(desk.outbox).items()}


def test_a_save_is_shown_before_anything_is_built(root: Path) -> None:
    desk = desk_of(root)
    written, since = (desk.site / PAGE).read_bytes(), desk.last_event
    save(root, PATH, "The first text.", "Another text.")
    view = desk.saved(PATH)
    assert view is not None
    assert "Another text." in page(desk)
    assert (desk.site / PAGE).read_bytes() == written, "files change when all is built"
    assert ("changed", ["issues/ask/"]) in news(desk, since)
    (post,) = [post for post in view.publication.issues if post.where.path == PATH]
    assert "Another text." in whole_post(post, view.publication).body.passages[0].content.html


def test_what_was_shown_at_once_is_what_is_built_and_nothing_is_loaded_twice(root: Path) -> None:
    desk = desk_of(root)
    save(root, PATH, "The first text.", "Another text.")
    desk.saved(PATH)
    quick, since = page(desk), desk.last_event
    desk.build()
    assert desk.page(PAGE) is None
    assert page(desk) == quick
    assert all("issues/ask/" not in (urls or ()) for _, urls in news(desk, since))


def test_nothing_is_told_of_a_save_that_changes_nothing(root: Path) -> None:
    desk = desk_of(root)
    revision, since = desk.revision, desk.last_event
    (root / PATH).write_bytes((root / PATH).read_bytes())
    desk.saved(PATH)
    desk.build()
    assert (desk.revision, news(desk, since)) == (revision, [("building", None)])


def test_a_mistake_is_told_and_the_last_good_page_stays_until_it_is_mended(root: Path) -> None:
    desk = desk_of(root)
    save(root, PATH, "The first text.", "/// acton | Ask\n\n///\n")
    view = desk.saved(PATH)
    assert view is not None
    assert view.broken
    assert [problem.where.path for problem in view.problems if problem.severity == "error"] == [PATH]
    assert "The first text." in page(desk)
    desk.build()
    assert desk.view().broken
    assert "The first text." in page(desk)
    save(root, PATH, "/// acton | Ask\n\n///\n", "A mended text.")
    view = desk.saved(PATH)
    assert view is not None
    assert not view.broken
    assert "A mended text." in page(desk)
    desk.build()
    assert (desk.view().broken, desk.problems) == (False, ())


class Slow(Desk):
    """A desk at which a file is saved between the reading of a build and its end."""

    def _show(self, pressed: Pressed) -> None:
        save(self.root, PATH, "The second text.", "The third text.")
        self.saved(PATH)
        super()._show(pressed)


def test_a_file_that_is_saved_while_all_is_built_is_not_forgotten(root: Path) -> None:
    """The build that ends has read the text before; the newer page stays."""
    desk = Slow(root, lambda: NOW)
    Desk._show(desk, press(root, desk.options, now=NOW))
    save(root, PATH, "The first text.", "The second text.")
    desk.build()
    assert "The second text." in (desk.site / PAGE).read_text("utf-8")
    assert "The third text." in page(desk)


def test_another_address_waits_for_the_whole_build(root: Path) -> None:
    desk = desk_of(root)
    (root / PATH).rename(root / "content/tipsheets/2026/2026-11-17-tell.md")
    desk.saved("content/tipsheets/2026/2026-11-17-tell.md")
    desk.saved(PATH)
    assert desk.page("issues/tell/index.html") is None
    desk.build()
    assert "The first text." in page(desk, "issues/tell/index.html")
    assert not (desk.site / PAGE).exists()


def test_texts_come_and_go_at_once_although_another_is_broken(root: Path) -> None:
    """What was made or deleted at the desk is in its lists, whatever the whole build says."""
    desk = desk_of(root)
    save(root, COMING, "What comes.", "/// acton | Ask\n\n///\n")
    desk.saved(COMING)
    new = "content/tipsheets/2026/2026-12-08-new.md"
    (root / new).write_text(issue("", "It is new.", id="2026-w50", title="New", date="2026-12-08"), "utf-8")
    desk.saved(new)
    (root / PATH).unlink()
    view = desk.saved(PATH)
    assert view is not None
    assert view.broken
    assert [post.where.path for post in view.publication.issues] == [new, COMING]


def test_warnings_of_a_whole_build_stay_until_the_next(root: Path) -> None:
    save(root, PATH, "The first text.", "Read more [here](../../about.md).")
    desk = desk_of(root)
    codes = {problem.code for problem in desk.problems if problem.where.path == PATH}
    assert codes
    save(root, PATH, "Read more", "Now read more")
    desk.saved(PATH)
    assert {problem.code for problem in desk.problems if problem.where.path == PATH} == codes


def test_drafts_have_folders_and_a_state_of_their_own(root: Path) -> None:
    build(root, BuildOptions(site_dir=root / "site", outbox_dir=root / "outbox"), now=NOW)
    state = (root / ".tipsheet/state.db").read_bytes()
    desk = desk_of(root)
    assert desk.site == root / PREVIEW / "site"
    assert "What comes" in page(desk, "issues/coming/index.html")
    assert (root / ".tipsheet/state.db").read_bytes() == state, "the next build has nothing to make again"
    without = desk_of(root, drafts=False)
    assert (without.site, (without.site / "issues/coming/index.html").exists()) == (root / "site", False)
    assert [post.where.path for post in without.view().publication.issues] == [COMING, PATH], "the desk lists them"


def test_broken_sources_at_the_start_show_what_could_be_read(root: Path) -> None:
    save(root, PATH, "The first text.", "/// acton | Ask\n\n///\n")
    desk = desk_of(root)
    view = desk.view()
    assert view.broken
    assert view.settings.masthead.name
    assert PATH in {problem.where.path for problem in view.problems}


def test_settings_that_cannot_be_read_leave_the_desk_open(root: Path) -> None:
    text = (root / "mkdocs.yml").read_text("utf-8")
    (root / "mkdocs.yml").write_text("a: [", "utf-8")
    desk = desk_of(root)
    with pytest.raises(NothingYetError):
        desk.view()
    assert desk.saved(PATH) is None
    assert [problem.where.path for problem in desk.problems] == ["mkdocs.yml"]
    (root / "mkdocs.yml").write_text(text, "utf-8")
    desk.build()
    assert (desk.problems, desk.view().broken) == ((), False)


def test_an_error_that_is_no_mistake_in_a_source_is_told_in_words(root: Path) -> None:
    outcomes: list[Outcome] = []
    desk = desk_of(root, outcomes.append)
    (root / "mkdocs.yml").unlink()
    desk.build()
    assert "there is no mkdocs.yml" in desk.error
    assert outcomes[0].built is not None
    assert outcomes[1].error is not None
    assert desk.view().settings.masthead.name, "what was shown stays"


@pytest.mark.parametrize("broken", ["{% nonsense %}", "{{ 1 / 0 }}"])
def test_a_broken_template_ends_neither_a_save_nor_the_thread_that_builds(root: Path, broken: str) -> None:
    """What cannot be shown at once is told by the build that follows, and a mended template is seen."""
    template = root / "overrides/main.html"
    template.parent.mkdir()
    head = '{% extends "face.html" %}\n{% block after %}'
    template.write_text(head + "fine{% endblock %}")
    save(root, "mkdocs.yml", "name: material", "name: material\n  custom_dir: overrides")
    desk_of(root)  # so that the next one finds nothing to make, and reads no template
    builds: queue.Queue[Outcome] = queue.Queue()
    desk = Desk(root, lambda: NOW, environ={}, told=builds.put)
    desk.open()
    try:
        assert builds.get(timeout=60).error is None
        template.write_text(head + broken + "{% endblock %}")
        save(root, PATH, "The first text.", "Another text.")
        assert desk.saved(PATH) is not None
        while builds.get(timeout=60).error is None:
            pass
        template.write_text(head + "mended{% endblock %}")
        while builds.get(timeout=60).error is not None:
            pass
        assert "mended" in page(desk)
        assert "Another text." in page(desk)
    finally:
        desk.close()


def test_templates_of_the_publication_change_pages(root: Path) -> None:
    save(root, "mkdocs.yml", "theme:", "theme:\n  custom_dir: overrides")
    (root / "overrides").mkdir()
    desk = desk_of(root)
    since = desk.last_event
    (root / "overrides/post.html").write_text("A page of our own.", "utf-8")
    desk.build()
    assert page(desk) == "A page of our own."
    assert any(name == "changed" for name, _ in news(desk, since))


HENS = ("Hens.", "Hens and eggs.", "**Eggs.**", "A [link](../../about.md).", "/// only | managers\n\nHens.\n\n///")
FIELDS = {PATH: {}, COMING: {"id": "2026-w49", "date": "2026-12-01"}}
EDITS = st.tuples(
    st.sampled_from([PATH, COMING]),
    st.lists(st.sampled_from([*HENS, "/// acton | managers\n\nA slip.\n\n///"]), min_size=1, max_size=4),
    st.sampled_from(["Ask one question", "Ask another", "Hens"]),
    st.booleans(),
)
"""A file, its paragraphs, its title; and True when all is built before the next edit."""


@soak(3600)
@given(st.lists(EDITS, min_size=1, max_size=6))
@settings(max_examples=times(3, 200), deadline=None)
def test_after_any_edits_the_folder_is_that_of_a_cold_build(edits: list[tuple[str, list[str], str, bool]]) -> None:
    """The law of the desk: what is built behind each save is what a build from nothing makes."""
    with TemporaryDirectory() as folder, TemporaryDirectory() as scratch:
        root = write_publication(Path(folder), FILES)
        desk = desk_of(root)
        for path, paragraphs, title, built in edits:
            (root / path).write_text(issue("", "\n\n".join(paragraphs), title=title, **FIELDS[path]), "utf-8")
            desk.saved(path)
            if built:
                desk.build()
        for path in (PATH, COMING):
            (root / path).write_text((root / path).read_text("utf-8").replace("/// acton", "/// only"), "utf-8")
        desk.build()
        assert not desk.view().broken
        assert shown_by(desk) == cold(root, Path(scratch))


@pytest.mark.parametrize(
    ("written", "urls"),
    [
        (("site/index.html", "site/issues/ask/index.html", "site/search/search_index.json"), ["", "issues/ask/"]),
        (("site/404.html",), ["404.html"]),
        (("site/assets/look.css", "site/index.html"), None),
        (("site/images/a.png",), None),
        (("outbox/2026-w47/edition.json",), []),
        (tuple(f"site/{n}/index.html" for n in range(500)), None),
    ],
)  # fmt: skip
def test_addresses_of_what_changed(written: tuple[str, ...], urls: list[str] | None) -> None:
    assert urls_of(written) == urls


STATM = Path("/proc/self/statm")


@soak(3600)
@pytest.mark.skipif(not STATM.exists(), reason="memory is read from /proc")
def test_memory_stays_the_same_over_a_thousand_saves(root: Path) -> None:
    desk, saves = desk_of(root), times(25, 1000)
    held: list[int] = []
    for number in range(saves):
        (root / PATH).write_text(issue("", f"Text {number}."), "utf-8")
        desk.saved(PATH)
        desk.build()
        held.append(int(STATM.read_text().split()[1]) * resource.getpagesize())
    assert desk.revision >= saves
    first, last = statistics.median(held[saves // 5 : saves // 2]), statistics.median(held[saves // 2 :])
    assert last - first < 10 * 1024 * 1024
