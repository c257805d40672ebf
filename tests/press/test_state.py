"""What a build remembers: damaged, foreign or older states, kills at any point, two builds at once."""

import datetime as dt
import hashlib
import os
import pickle
import shutil
import signal
import sqlite3
import subprocess
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from filelock import FileLock

from tests.conftest import Write
from tests.folders import MKDOCS, article, issue, write_publication
from tests.press.edits import EDITS
from tests.press.test_law import Pair, tree
from tests.sample import NOW
from tests.soak import soak, times
from tests.warm import Started
from tipsheet import press
from tipsheet.cli import main
from tipsheet.engine.build import _key
from tipsheet.engine.codec import decode, encode
from tipsheet.engine.outputs import staging_folder
from tipsheet.engine.state import Snapshot, Texts, load, save
from tipsheet.last_build import BuildOptions

pytestmark = pytest.mark.no_cover  # see test_law

BUILD = ["tipsheet", "build", "--now", NOW.isoformat()]


def build(root: Path, *options: str, now: str = NOW.isoformat()) -> Result:
    """What the command does, in this process: one of its own would only import the same again."""
    done = CliRunner().invoke(main, ["-C", str(root), "build", "--now", now, *options])
    assert done.exit_code == 0, done.output
    return done


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("os.makedirs", 3),
        ("os.fsync", 1),
        ("tipsheet.engine.state.save", 1),
        ("tipsheet.engine.build.move_in", 1),
        ("os.replace", 1),
        ("os.replace", 4),
        ("os.replace", 9),
        ("tipsheet.engine.outputs._delete", 1),
    ],
)
def test_a_build_killed_at_any_point_leaves_nothing_half(tmp_path: Path, name: str, count: int) -> None:
    pair = Pair(tmp_path)
    pair.begin()
    for edit in ("edit_body", "remove_issue", "add_a_page", "change_an_author"):
        EDITS[edit](pair.warm, 3)
    before = tree(pair.warm / "site")
    command = ["tests.press.killed", pair.warm, name, str(count), pair.now.isoformat()]
    with Started(*command, stderr=subprocess.PIPE) as killed:
        _, said = killed.communicate()
    assert killed.returncode == -signal.SIGKILL, said
    if name in ("os.makedirs", "os.fsync", "tipsheet.engine.state.save"):
        assert tree(pair.warm / "site") == before
    assert pair.build() is not None
    assert not (pair.warm / ".tipsheet/journal.json").exists()
    assert not staging_folder(pair.warm / "site").exists()


def test_builds_killed_at_random_leave_nothing_half(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    pair.begin()
    command = [*BUILD[:-1], pair.now.isoformat()]
    for number, delay in enumerate((0.2, 0.45, 0.6, 0.75, 0.9, 1.1)):
        EDITS["edit_body"](pair.warm, number)
        EDITS["change_settings"](pair.warm, number)
        with Started(*command, cwd=pair.warm, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
            time.sleep(delay)  # the moment is what is tried; no outcome hangs on it
            process.kill()
    assert pair.build() is not None


def foreign(state: Path) -> None:
    state.write_text("not a database")


def older(state: Path) -> None:
    with sqlite3.connect(state) as connection:
        connection.execute("PRAGMA user_version = 0")


def damaged(state: Path) -> None:
    with sqlite3.connect(state) as connection:
        connection.execute("UPDATE reading SET data = zeroblob(20)")


def of_another_program(state: Path) -> None:
    before, _ = load(state)
    save(state, before, replace(before, facts={**before.facts, "program": "x"}))


def cut_off(state: Path) -> None:
    os.truncate(state, state.stat().st_size // 2)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (foreign, "cannot be read"),
        (older, "is of another version"),
        (damaged, "cannot be read"),
        (of_another_program, "tipsheet or a package that it uses has changed"),
        (cut_off, "cannot be read"),
    ],
)
def test_a_state_that_is_no_use_is_a_cold_build_said_in_one_line(publication: Write, spoil, words: str) -> None:
    root = publication({})
    build(root)
    before = tree(root / "site")
    spoil(root / ".tipsheet/state.db")
    done = build(root)
    (line,) = [line for line in done.stderr.splitlines() if "Building from nothing" in line]
    assert words in line
    assert tree(root / "site") == before
    assert "Building from nothing" not in build(root).stderr


def texts_gone(state: Path) -> None:
    """Texts that say another thing than the rows, in rows with right digests."""
    before, _ = load(state)
    texts = dict.fromkeys(before.texts, encode(("<p>Another text.</p>",)))
    save(state, before, replace(before, texts=replace(before.texts, new=texts)))


def texts_damaged(state: Path) -> None:
    with sqlite3.connect(state) as connection:
        connection.execute("UPDATE text SET data = zeroblob(20)")


@pytest.mark.parametrize("spoil", [texts_gone, texts_damaged])
def test_a_text_that_is_damaged_is_found_when_it_is_needed_and_costs_a_cold_build(publication: Write, spoil) -> None:
    root = publication({})
    build(root)
    spoil(root / ".tipsheet/state.db")
    assert "Building from nothing" not in build(root).stderr
    (root / "content/articles").mkdir()
    (root / "content/articles/new.md").write_text(article(id="new", date="2026-11-18"), encoding="utf-8")
    author = root / "content/authors.yml"
    author.write_text(author.read_text().replace("short", "long"))
    assert "a text in the state of the last build cannot be read" in build(root).stderr
    warm = tree(root / "site") | tree(root / "outbox")
    build(root, "--cold")
    assert tree(root / "site") | tree(root / "outbox") == warm


def test_a_build_loads_the_texts_of_what_it_makes_and_no_others(
    publication: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P1: others cost a row in a list."""
    root = publication({
        f"content/tipsheets/{n}.md": issue(id=f"i-{n}", date=str(dt.date(2026, 1, 1) + dt.timedelta(days=n)))
        for n in range(50)
    })  # fmt: skip
    build(root)
    loaded, load_one = set[str](), Texts.__getitem__
    monkeypatch.setattr(Texts, "__getitem__", lambda self, path: (loaded.add(path), load_one(self, path))[1])
    last = root / "content/tipsheets/49.md"
    last.write_text(last.read_text(encoding="utf-8").replace("Do i-49", "Do it"), encoding="utf-8")
    build(root)
    assert loaded <= {f"content/tipsheets/{n}.md" for n in range(19, 50)} | {"content/tipsheets/2026/2026-11-17-ask.md"}


def test_checks_find_the_same_in_posts_that_are_remembered(publication: Write) -> None:
    """They look at rows, which have no HTML."""
    long = issue(id="long", date="2026-11-19", body="word " * 60)
    root = publication({"mkdocs.yml": f"{MKDOCS}      word_budget: 50\n", "content/tipsheets/long.md": long})
    first = build(root).stderr
    about = root / "content/about.md"
    about.write_text("# About\n\nAnother text.\n", encoding="utf-8")
    assert "TS234" in first
    assert [line for line in build(root).stderr.splitlines() if "TS234" in line] == [
        line for line in first.splitlines() if "TS234" in line
    ]


def test_a_second_build_waits_and_says_so(publication: Write) -> None:
    root = publication({})
    (root / ".tipsheet").mkdir()
    lock = FileLock(root / ".tipsheet/lock")
    with lock, Started(*BUILD, cwd=root, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == b"Another build is at work here; waiting for it.\n"
        lock.release()
        process.stderr.read()
    assert process.returncode == 0
    assert (root / "site/index.html").is_file()


def test_a_build_says_why_it_made_what(publication: Write) -> None:
    """`build --explain`."""
    root = publication({})
    assert "site/: not there before" in build(root, "--explain").stdout
    assert build(root, "--explain").stdout == "Nothing has changed since the last build.\n"
    author = root / "content/authors.yml"
    author.write_text(author.read_text().replace("short", "long"))
    said = build(root, "--explain").stdout
    assert "site/issues/ask/: its authors in authors.yml" in said
    assert "site/about" not in said
    (root / "site/feed.xml").unlink()
    assert build(root, "--explain").stdout == "site/feed.xml: its file was changed or deleted\n"
    assert "site/: mkdocs.yml" not in build(root, "--cold", "--explain").stdout


def test_time_alone_makes_a_build_look_again(tmp_path: Path) -> None:
    """An issue appears, and later nothing else does: the second build of a moment looks at no text."""
    pair = Pair(tmp_path)
    root = pair.warm

    def at(moment: str) -> int:
        done = build(root, "--explain", now=moment)
        return len(done.stdout.splitlines()) if "Nothing" not in done.stdout else 0

    assert at("2026-07-20") > 0
    assert at("2026-07-20T18:00:00+02:00") == 0
    assert at("2026-07-29") > 0
    assert at("2026-07-20") > 0


def test_another_folder_is_built_whole_and_the_first_is_left(publication: Write, tmp_path: Path) -> None:
    root = publication({})
    build(root)
    before = tree(root / "site")
    build(root, "--site-dir", "elsewhere")
    assert tree(root / "elsewhere") == tree(root / "site") == before


def test_letters_of_old_issues_are_made_when_asked_for(publication: Write) -> None:
    root = publication({})
    options = {"site_dir": root / "site", "outbox_dir": root / "outbox"}
    later = NOW.replace(year=2027)
    assert press.build(root, BuildOptions(**options), now=later).letters == 0
    assert press.build(root, BuildOptions(all_letters=True, **options), now=later).letters == 4
    assert press.build(root, BuildOptions(**options), now=later).letters == 0
    assert not list((root / "outbox").glob("*/*.eml"))  # those of the service lie deeper


def run_a_command(state: Path) -> None:
    """What a pickle could do, in every value of the state."""
    evil = pickle.dumps(_Evil())
    before, _ = load(state)
    readings = {path: row._replace(data=evil) for path, row in before.readings.items()}
    units = {name: kept._replace(value=evil, problems=evil) for name, kept in before.units.items()}
    texts = replace(before.texts, new=dict.fromkeys(before.texts, evil))
    light = dict.fromkeys(before.light, evil)
    save(state, before, replace(before, readings=readings, units=units, light=light, texts=texts))


def open_a_template(state: Path) -> None:
    """What a template could do, in every shell of a page."""
    before, _ = load(state)
    kept = before.units["site/frame"]
    frame = decode(kept.value)
    code = "{{ cycler.__init__.__globals__.os.system('echo ran > PWNED') }}{% include 'x' %}"
    frame["shells"] = {
        shape: (("", code), ("open", f"x %}}{code}"), *shell) for shape, shell in frame["shells"].items()
    }
    units = {**before.units, "site/frame": kept._replace(value=encode(frame))}
    save(state, before, replace(before, units=units))


def say_nonsense(state: Path) -> None:
    """Facts that are no facts."""
    before, _ = load(state)
    facts = {
        name: "{" if name in {"built", "names", "from", "until"} else value for name, value in before.facts.items()
    }
    save(state, before, replace(before, facts=facts))


class _Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("echo ran > PWNED",)


@pytest.mark.parametrize("spoil", [run_a_command, open_a_template, say_nonsense])
def test_nothing_in_a_state_is_run(spoil, publication: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """K6: values decode into exact classes, and templates are text."""
    root = publication({})
    monkeypatch.chdir(root)
    build(root)
    spoil(root / ".tipsheet/state.db")
    build(root)
    (root / "content/articles").mkdir(exist_ok=True)
    (root / "content/articles/new.md").write_text(article(id="new"), encoding="utf-8")
    build(root)
    assert not (root / "PWNED").exists()
    assert not [file for file in (root / ".tipsheet").rglob("*") if file.suffix in {".cache", ".pyc"} or file.is_dir()]


def change_words(state: Path, key: bytes) -> None:
    """A script on every page that is made from now on, in rows with digests as one writes them without the key."""
    before, _ = load(state, key)
    kept = before.units["site/frame"]
    frame = decode(kept.value)
    frame["shells"] = {shape: (("", "<script>alert(1)</script>"), *shell) for shape, shell in frame["shells"].items()}
    units = {**before.units, "site/frame": kept._replace(value=encode(frame))}
    save(state, before, replace(before, units=units))


def change_files(state: Path, key: bytes) -> None:
    """Outputs that are somebody's own files."""
    before, _ = load(state, key)
    outputs = {**before.outputs, "site/mine.txt": next(iter(before.outputs.values()))}
    save(state, before, replace(before, outputs=outputs))


def change_everything(state: Path, key: bytes) -> None:
    """Each row anew."""
    before, _ = load(state, key)
    state.unlink()
    save(state, Snapshot(), before)


@pytest.mark.parametrize("spoil", [change_words, change_files, change_everything])
def test_a_sealed_state_that_somebody_else_wrote_costs_time_and_nothing_else(
    spoil, publication: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K6: with TIPSHEET_STATE_KEY, rows that were written without it are none."""
    monkeypatch.setenv("TIPSHEET_STATE_KEY", "a key of the editors")
    root = publication({})
    build(root)
    spoil(root / ".tipsheet/state.db", _key(os.environ))
    (root / "content/articles").mkdir(exist_ok=True)
    (root / "content/articles/new.md").write_text(article(id="new"), encoding="utf-8")
    assert "Building from nothing" in build(root).stderr
    warm = tree(root / "site") | tree(root / "outbox")
    build(root, "--cold")
    assert tree(root / "site") | tree(root / "outbox") == warm


@dataclass(frozen=True)
class Changed:
    """A publication that is built and then changed: where it stands, a copy from before, and what must come of it."""

    root: Path
    before: Path
    expected: dict[str, bytes]

    def again(self) -> None:
        """Lay it as it was, in the same place, and change it."""
        shutil.rmtree(self.root)
        shutil.copytree(self.before, self.root)
        ask = self.root / "content/tipsheets/2026/2026-11-17-ask.md"
        ask.write_text(ask.read_text(encoding="utf-8").replace("this is the text", "this is another"), encoding="utf-8")

    def left(self) -> dict[str, bytes]:
        return tree(self.root / "site") | tree(self.root / "outbox")


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Changed:
    folder = tmp_path_factory.mktemp("changed")
    root = write_publication(folder / "publication", {})
    build(root)
    shutil.copytree(root, folder / "before")
    first = Changed(root, folder / "before", {})
    first.again()
    build(root, "--cold")
    return replace(first, expected=first.left())


@soak(120)
@pytest.mark.parametrize("seed", range(times(12, 1000)))
def test_one_damaged_byte_costs_a_cold_build_and_never_a_wrong_page(seed: int, changed: Changed) -> None:
    """K6: every row has its digest."""
    changed.again()
    state = changed.root / ".tipsheet/state.db"
    data = bytearray(state.read_bytes())
    place = int.from_bytes(hashlib.sha256(str(seed).encode()).digest()[:8])
    data[100 + place % (len(data) - 100)] ^= 1 << place % 7
    state.write_bytes(data)
    build(changed.root)
    assert changed.left() == changed.expected
