"""The law of a build that remembers: the bytes of one that does not, after whatever was done between two builds."""

import datetime as dt
import os
import shutil
from collections.abc import Iterable
from html import unescape
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.folders import issue, write_publication
from tests.press.edits import EDITS, days_later, start
from tests.soak import LONG, soak, times
from tipsheet import press
from tipsheet.errors import ContentError
from tipsheet.last_build import BuildOptions

pytestmark = pytest.mark.no_cover  # hundreds of builds pass the same lines, which take twice as long when counted


def tree(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


class Pair:
    """A publication that is built again and again, and one that is built from nothing each time."""

    def __init__(self, folder: Path) -> None:
        self.warm = write_publication(folder / "warm", {})
        self.folder = folder
        self.now = days_later(8)
        start(self.warm)

    def begin(self) -> press.Built:
        """The first build of the one that remembers: it has nothing to remember, so there is nothing to compare."""
        built = self._one(self.warm)
        assert isinstance(built, press.Built), built.problems
        return built

    def build(self) -> press.Built | None:
        """Build both and compare; None when both find the same mistakes, and then nothing was touched."""
        cold = self.folder / "cold"
        shutil.rmtree(cold, ignore_errors=True)
        shutil.copytree(self.warm, cold, ignore=shutil.ignore_patterns("site", "outbox", ".tipsheet"))
        before = tree(self.warm / "site"), tree(self.warm / "outbox")
        expected, found = self._one(cold), self._one(self.warm)
        if isinstance(expected, ContentError) or isinstance(found, ContentError):
            assert isinstance(expected, ContentError), found.problems
            assert isinstance(found, ContentError), expected.problems
            assert found.problems == expected.problems
            assert (tree(self.warm / "site"), tree(self.warm / "outbox")) == before
            return None
        assert [p for p in found.problems if p.code != "TS224"] == list(expected.problems)
        assert (found.issues, found.pages, found.letters) == (expected.issues, expected.pages, expected.letters)
        for name in ("site", "outbox"):
            ours, theirs = tree(self.warm / name), tree(cold / name)
            assert ours.keys() == theirs.keys()
            assert [path for path in ours if ours[path] != theirs[path]] == []
        return found

    def edit(self, edits: Iterable[str], number: int) -> None:
        """Edit and build; what turns out to be a mistake is taken back, and built again."""
        kept = self.folder / "kept"
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(self.warm, kept, ignore=shutil.ignore_patterns("site", "outbox", ".tipsheet"))
        for name in edits:
            EDITS[name](self.warm, number)
        if self.build() is None:
            for name in ("content", "overrides", "mkdocs.yml"):
                target = self.warm / name
                shutil.rmtree(target) if target.is_dir() else target.unlink()
                (shutil.copytree if (kept / name).is_dir() else shutil.copy)(kept / name, target)
            assert self.build() is not None

    def _one(self, root: Path) -> press.Built | ContentError:
        try:
            return press.build(root, BuildOptions(site_dir=root / "site", outbox_dir=root / "outbox"), now=self.now)
        except ContentError as error:
            return error


class Law(RuleBasedStateMachine):
    """Random edits, the passing of time among them."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(os.environ["TIPSHEET_LAW"], str(len(list(Path(os.environ["TIPSHEET_LAW"]).iterdir()))))
        self.pair = Pair(self.folder)
        self.pair.begin()

    @rule(
        edits=st.lists(st.sampled_from(sorted(EDITS)), min_size=1, max_size=3, unique=True), number=st.integers(0, 40)
    )
    def edit(self, edits: list[str], number: int) -> None:
        self.pair.edit(edits, number)

    @rule(number=st.integers(0, 40))
    def time_passes(self, number: int) -> None:
        self.pair.now = days_later(number)
        self.pair.build()

    @rule()
    def nothing(self) -> None:
        built = self.pair.build()
        assert built is not None
        assert (built.changed, built.reasons) == (0, ())

    def teardown(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


@soak(3600)
def test_incremental_equals_cold_whatever_was_edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPSHEET_LAW", str(tmp_path))
    run_state_machine_as_test(
        Law,
        settings=settings(
            max_examples=times(2, 200),
            stateful_step_count=times(7, 20),
            deadline=None,
            derandomize=not LONG,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.explicit, Phase.generate),
        ),
    )


@pytest.mark.parametrize("half", [0, 1])
def test_every_edit_in_turn(tmp_path: Path, half: int) -> None:
    """Two at a time, since each pair of builds takes a second; alone they are in the long form above."""
    pair = Pair(tmp_path)
    pair.begin()
    names = list(EDITS)[half::2]
    for number in range(0, len(names), 2):
        pair.edit(names[number : number + 2], number)


def test_a_link_to_an_issue_that_is_not_there_yet(tmp_path: Path) -> None:
    """It is a mistake until the issue is written, and then it leads there."""
    pair = Pair(tmp_path)
    pair.begin()
    file = pair.warm / "content/about.md"
    file.write_text("# About\n\nSee [the next](tipsheets/next.md).\n")
    assert pair.build() is None
    (pair.warm / "content/tipsheets/next.md").write_text(issue(id="next", date="2026-06-03"))
    assert pair.build() is not None
    assert 'href="../issues/next/"' in (pair.warm / "site/about/index.html").read_text()


def test_a_new_issue_touches_a_handful_of_files(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    pair.now = days_later(0) + dt.timedelta(days=1000)
    first = pair.begin()
    EDITS["add_issue"](pair.warm, 0)
    built = pair.build()
    assert built is not None
    made = {reason.unit for reason in built.reasons}
    assert "site/issues/week-13/" in made
    assert {"site/issues/week-11/", "site/about/", "site/frame", "site/archive/2026/page/1/"}.isdisjoint(made)
    assert built.changed < first.changed / 3


def test_an_event_in_a_note_that_is_over_goes_from_the_feed(tmp_path: Path) -> None:
    """The issues that carry the note are in the feed, and nothing in their files has changed."""
    pair = Pair(tmp_path)
    EDITS["tell_of_an_event_in_the_note"](pair.warm, 0)  # of 20 August
    pair.now = dt.datetime(2026, 8, 20, 12, tzinfo=dt.UTC)
    pair.begin()
    assert "<h3>Dinner</h3>" in feed(pair.warm)
    pair.now += dt.timedelta(days=1)
    assert pair.build() is not None
    assert "<h3>Dinner</h3>" not in feed(pair.warm)


def feed(root: Path) -> str:
    return unescape((root / "site/feed.xml").read_text(encoding="utf-8"))


def test_a_restored_cache_on_a_fresh_checkout_saves_the_work(tmp_path: Path) -> None:
    """Every time of every file is another one, as CI has it; the contents are what counts."""
    pair = Pair(tmp_path)
    pair.begin()
    moved = tmp_path / "elsewhere"
    shutil.copytree(pair.warm, moved, copy_function=shutil.copyfile)
    pair.warm.rename(tmp_path / "gone")
    moved.rename(pair.warm)
    built = pair.build()
    assert built is not None
    assert (built.changed, built.reasons) == (0, ())


HOOK = """
from pathlib import Path
def on_page_markdown(markdown, **_):
    return markdown + Path(__file__).with_name("words.txt").read_text()
def on_env(env, **_):
    env.globals["words"] = Path(__file__).with_name("words.txt").read_text()
"""


def test_what_hooks_look_at_counts_though_nobody_knows_what_it_is(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    (pair.warm / "hooks.py").write_text(HOOK)
    (pair.warm / "words.txt").write_text("first")
    (pair.warm / "overrides/main.html").write_text(
        '{% extends "face.html" %}\n{% block after %}<p>{{ words }}</p>{% endblock %}\n'
    )
    config = pair.warm / "mkdocs.yml"
    config.write_text("hooks: [hooks.py]\n" + config.read_text())
    pair.begin()
    (pair.warm / "words.txt").write_text("second")
    pair.build()
    for page in ("about", "issues/week-3"):
        assert "second" in (pair.warm / f"site/{page}/index.html").read_text()


def test_a_text_that_takes_in_another_file_is_read_every_time(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    (pair.warm / "words.txt").write_text("first")
    issue_file = next((pair.warm / "content/tipsheets/2026").glob("*-week-5.md"))
    issue_file.write_text(issue_file.read_text().replace("Text of week", '--8<-- "words.txt"\n\nText of week'))
    config = pair.warm / "mkdocs.yml"
    snippets = f"markdown_extensions:\n  - pymdownx.snippets: {{base_path: [{pair.warm}]}}\n"
    config.write_text(snippets + config.read_text())
    pair.begin()
    (pair.warm / "words.txt").write_text("second")
    pair.build()
    assert "second" in (pair.warm / "site/issues/week-5/index.html").read_text()
