"""Saving at the desk loses nothing, whatever windows, editors outside and git do to a file."""

import os
import shutil
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.sample import NOW, ROOT
from tipsheet.editing import saving
from tipsheet.editing.files import (
    NoFileError,
    NotSavedError,
    Places,
    RefusedPathError,
    UnreadableFileError,
    UnwritableTextError,
    text_of,
)
from tipsheet.editing.saving import Change, ChangedError, Saving
from tipsheet.errors import BusyError

PATH = "content/tipsheets/2026/2026-12-01-ask.md"
TEXT = "one\ntwo\nthree\nfour\n"


def desk(root: Path) -> Saving:
    return Saving(root=root, places=Places(root=root, docs="content", overrides="overrides"), clock=lambda: NOW)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    file = tmp_path / PATH
    file.parent.mkdir(parents=True)
    file.write_bytes(TEXT.encode())
    return tmp_path


def kept(saving: Saving, path: str = PATH) -> list[str]:
    """The texts that can be read back, newest first."""
    return [saving.version(path, one.number) for one in saving.versions(path)]


def test_a_text_is_saved_in_the_place_of_the_one_that_was_seen(root: Path) -> None:
    ours = desk(root)
    seen = ours.read(PATH)
    assert (seen.text, seen.writable) == (TEXT, True)
    saved = ours.save(PATH, "new\n", seen.digest)
    assert (root / PATH).read_text() == "new\n"
    assert ours.read(PATH) == saved
    assert kept(ours) == ["new\n", TEXT]


def test_saving_what_is_there_changes_nothing(root: Path) -> None:
    ours = desk(root)
    before = (root / PATH).stat()
    ours.save(PATH, TEXT, ours.read(PATH).digest)
    assert (root / PATH).stat().st_ino == before.st_ino
    assert kept(ours) == [TEXT]


def test_an_answer_that_was_lost_may_be_asked_for_again(root: Path) -> None:
    ours = desk(root)
    base = ours.read(PATH).digest
    assert ours.save(PATH, "new\n", base) == ours.save(PATH, "new\n", base)


def untouched(file: Path) -> tuple[int, ...]:
    """What shows that nobody wrote: all but the time of reading, which the system moves as it likes."""
    found = file.stat()
    return found.st_mode, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


class TestConflicts:
    def test_of_two_windows_the_second_is_told(self, root: Path) -> None:
        one, other = desk(root), desk(root)
        base = one.read(PATH).digest
        assert other.read(PATH).digest == base
        one.save(PATH, TEXT.replace("one", "ONE"), base)
        with pytest.raises(ChangedError) as told:
            other.save(PATH, TEXT.replace("four", "FOUR"), base)
        assert (root / PATH).read_text() == TEXT.replace("one", "ONE")
        error = told.value
        assert error.change is Change.CHANGED
        assert error.theirs == one.read(PATH)
        assert error.merged == "ONE\ntwo\nthree\nFOUR\n"
        assert [(line.op, line.text) for line in error.difference] == [
            ("removed", "one"),
            ("added", "ONE"),
            ("same", "two"),
            ("same", "three"),
            ("removed", "FOUR"),
            ("added", "four"),
            ("same", ""),
        ]
        assert error.kept is not None
        assert other.version(PATH, error.kept) == TEXT.replace("four", "FOUR")
        assert other.save(PATH, error.merged, error.theirs.digest).text == error.merged

    def test_what_both_changed_is_for_a_person_to_decide(self, root: Path) -> None:
        ours = desk(root)
        base = ours.read(PATH).digest
        (root / PATH).write_text(TEXT.replace("two", "outside"))
        with pytest.raises(ChangedError) as told:
            ours.save(PATH, TEXT.replace("two", "mine"), base)
        assert told.value.merged is None

    def test_after_a_restart_the_text_that_both_were_made_from_is_found_in_the_history(self, root: Path) -> None:
        ours = desk(root)
        base = ours.save(PATH, TEXT + "five\n", ours.read(PATH).digest).digest
        (root / PATH).write_text(TEXT.replace("one", "ONE") + "five\n")
        with pytest.raises(ChangedError) as told:
            desk(root).save(PATH, TEXT + "FIVE\n", base)
        assert told.value.merged == TEXT.replace("one", "ONE") + "FIVE\n"

    def test_a_file_that_was_deleted_outside_comes_back_when_its_writer_says_so(self, root: Path) -> None:
        ours = desk(root)
        base = ours.read(PATH).digest
        shutil.rmtree(root / "content/tipsheets")
        with pytest.raises(ChangedError, match="deleted, renamed or is on another branch") as told:
            ours.save(PATH, "mine\n", base)
        assert (told.value.change, told.value.theirs, told.value.merged) == (Change.DELETED, None, None)
        assert not (root / PATH).exists()
        assert ours.save(PATH, "mine\n", "").text == "mine\n"
        assert (root / PATH).read_text() == "mine\n"

    def test_a_file_that_came_into_being_is_not_written_over(self, root: Path) -> None:
        with pytest.raises(ChangedError) as told:
            desk(root).save(PATH, "mine\n", "")
        assert told.value.change is Change.CHANGED
        assert (root / PATH).read_text() == TEXT

    @pytest.mark.parametrize("there", ["folder", "not UTF-8", "too large", "device"])
    def test_what_is_no_text_is_left_as_it_is(self, root: Path, there: str) -> None:
        ours = desk(root)
        base = ours.read(PATH).digest
        file = root / PATH
        file.unlink()
        match there:
            case "folder":
                file.mkdir()
            case "not UTF-8":
                file.write_bytes(b"\xff\xfe")
            case "too large":
                file.write_bytes(b"x" * 10_000_001)
            case "device":
                os.mkfifo(file)
        before = untouched(file)
        with pytest.raises(UnreadableFileError):
            ours.read(PATH)
        for given in (base, ""):
            with pytest.raises(ChangedError) as told:
                ours.save(PATH, "mine\n", given)
            assert (told.value.change, told.value.theirs) == (Change.UNREADABLE, None)
        with pytest.raises(ChangedError):
            ours.undo(PATH, base)
        with pytest.raises(ChangedError):
            ours.delete(PATH, base)
        assert untouched(file) == before
        assert kept(ours) == ["mine\n"]

    def test_a_parent_that_became_a_file(self, root: Path) -> None:
        ours = desk(root)
        base = ours.read(PATH).digest
        shutil.rmtree(root / "content/tipsheets")
        (root / "content/tipsheets").write_text("a file")
        with pytest.raises(ChangedError) as told:
            ours.save(PATH, "mine\n", base)
        assert told.value.change is Change.DELETED
        with pytest.raises(NotSavedError):
            ours.save(PATH, "mine\n", "")
        assert "mine\n" in kept(ours)

    def test_git_that_switches_branches_under_it(self, root: Path) -> None:
        def git(*words: str) -> None:
            identity = ("-c", "user.name=Ada", "-c", "user.email=ada@sheet.example")
            subprocess.run(["git", *identity, *words], cwd=root, check=True, capture_output=True)

        git("init", "-q", "-b", "main")
        git("add", ".")
        git("commit", "-q", "-m", "One")
        git("switch", "-q", "-c", "other")
        (root / PATH).write_text(TEXT.replace("four", "on the other branch"))
        git("commit", "-q", "-a", "-m", "Two")
        ours = desk(root)
        base = ours.read(PATH).digest
        git("switch", "-q", "main")
        with pytest.raises(ChangedError) as told:
            ours.save(PATH, TEXT.replace("four", "on the other branch").replace("one", "mine"), base)
        assert told.value.merged == TEXT.replace("one", "mine")
        git("rm", "-q", PATH)
        with pytest.raises(ChangedError) as told:
            ours.save(PATH, "mine\n", base)
        assert told.value.change is Change.DELETED
        git("status")
        shown = subprocess.run(["git", "status", "--porcelain"], cwd=root, capture_output=True, text=True, check=True)
        assert ".tipsheet" not in shown.stdout, "git sees the history of the desk"


class TestRefusals:
    def test_a_read_only_file(self, root: Path) -> None:
        ours = desk(root)
        (root / PATH).chmod(0o444)
        seen = ours.read(PATH)
        assert not seen.writable
        with pytest.raises(NotSavedError, match="read-only"):
            ours.save(PATH, "mine\n", seen.digest)
        with pytest.raises(NotSavedError, match="read-only"):
            ours.delete(PATH, seen.digest)
        assert (root / PATH).read_text() == TEXT

    def test_a_disk_that_takes_no_more(self, root: Path) -> None:
        """The system refuses to let a file grow beyond 2,000 bytes, as a full disk or a quota does."""
        program = """
import resource, signal, sys
from pathlib import Path
from tipsheet.editing.files import NotSavedError
from tests.editing.test_saving import PATH, desk
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
ours = desk(Path(sys.argv[1]))
base = ours.read(PATH).digest
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
try:
    ours.save(PATH, "x" * 5000, base)
except NotSavedError as error:
    print(error)
"""
        said = subprocess.run(
            [sys.executable, "-c", program, root], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert "was not saved" in said.stdout
        assert (root / PATH).read_text() == TEXT
        left = [file.name for file in root.rglob("*") if file.name.startswith(".") and file.is_file()]
        assert left == [".gitignore"], "half a file was left behind"

    def test_a_text_that_no_file_can_hold(self, root: Path) -> None:
        ours = desk(root)
        for text in ("half \ud83d of a sign", "x" * 10_000_001):
            with pytest.raises(UnwritableTextError):
                ours.save(PATH, text, ours.read(PATH).digest)
        assert (root / PATH).read_text() == TEXT

    def test_a_folder_for_the_history_that_cannot_be_used(self, root: Path) -> None:
        (root / ".tipsheet").write_text("a file")
        ours = desk(root)
        with pytest.raises(NotSavedError, match="tipsheet"):
            ours.save(PATH, "mine\n", ours.read(PATH).digest)
        assert (root / PATH).read_text() == TEXT

    def test_another_desk_that_writes(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        ours = desk(root)
        base = ours.save(PATH, "one\n", ours.read(PATH).digest).digest
        monkeypatch.setattr(saving, "WAIT", 0.1)
        with FileLock(root / ".tipsheet/desk/lock"), pytest.raises(BusyError):
            ours.save(PATH, "two\n", base)

    def test_a_file_that_is_not_there(self, root: Path) -> None:
        ours = desk(root)
        with pytest.raises(NoFileError) as told:
            ours.read("content/about.md")
        assert "renamed" in told.value.hint
        ours.delete(PATH, ours.read(PATH).digest)
        with pytest.raises(NoFileError) as told:
            ours.read(PATH)
        assert "undo" in told.value.hint

    @pytest.mark.parametrize("path", ["mkdocs.yml", "overrides/email/letter.html.j2"])
    def test_what_names_programs_is_read_and_not_written(self, root: Path, path: str) -> None:
        (root / "overrides/email").mkdir(parents=True)
        (root / path).write_text("hooks: []\n")
        ours = desk(root)
        seen = ours.read(path)
        assert (seen.text, seen.writable) == ("hooks: []\n", False)
        with pytest.raises(RefusedPathError):
            ours.save(path, "hooks: [mine.py]\n", seen.digest)


class TestUndo:
    def test_goes_back_text_by_text_over_a_restart(self, root: Path) -> None:
        ours = desk(root)
        base = ours.read(PATH).digest
        for text in ("one\n", "two\n", "three\n"):
            base = ours.save(PATH, text, base).digest
        assert ours.undo(PATH).text == "two\n"
        again = desk(root)
        assert [again.undo(PATH).text, again.undo(PATH).text] == ["one\n", TEXT]
        assert (root / PATH).read_text() == TEXT
        with pytest.raises(NoFileError, match="no earlier text"):
            again.undo(PATH)
        assert {"one\n", "two\n", "three\n", TEXT} == set(kept(again))

    def test_after_a_new_text_it_goes_back_to_the_one_before(self, root: Path) -> None:
        ours = desk(root)
        base = ours.save(PATH, "two\n", ours.save(PATH, "one\n", ours.read(PATH).digest).digest).digest
        back = ours.undo(PATH, base)
        ours.save(PATH, "three\n", back.digest)
        assert [ours.undo(PATH).text, ours.undo(PATH).text] == ["one\n", TEXT]

    def test_an_edit_outside_that_nobody_has_seen_stays(self, root: Path) -> None:
        ours = desk(root)
        base = ours.save(PATH, "one\n", ours.read(PATH).digest).digest
        (root / PATH).write_text("outside\n")
        for given in (None, base):
            with pytest.raises(ChangedError) as told:
                ours.undo(PATH, given)
            assert told.value.theirs is not None
        assert (root / PATH).read_text() == "outside\n"
        assert ours.undo(PATH, ours.read(PATH).digest).text == "one\n"
        assert "outside\n" in kept(ours)

    def test_a_deleted_file_comes_back_and_its_earlier_texts_too(self, root: Path) -> None:
        ours = desk(root)
        base = ours.save(PATH, "one\n", ours.read(PATH).digest).digest
        ours.delete(PATH, base)
        assert not (root / PATH).exists()
        again = desk(root)
        assert [again.undo(PATH).text, again.undo(PATH).text] == ["one\n", TEXT]

    def test_a_file_deleted_outside_comes_back_when_its_writer_says_so(self, root: Path) -> None:
        ours = desk(root)
        ours.save(PATH, "one\n", ours.read(PATH).digest)
        (root / PATH).unlink()
        with pytest.raises(ChangedError):
            ours.undo(PATH)
        assert ours.undo(PATH, "").text == "one\n"

    def test_there_is_nothing_before_the_first_text(self, root: Path) -> None:
        ours = desk(root)
        with pytest.raises(NoFileError):
            ours.undo(PATH, ours.read(PATH).digest)
        with pytest.raises(NoFileError):
            ours.undo("content/about.md")
        with pytest.raises(NoFileError):
            ours.version(PATH, 17)

    def test_a_file_that_was_changed_is_not_deleted(self, root: Path) -> None:
        ours = desk(root)
        base = ours.read(PATH).digest
        (root / PATH).write_text("outside\n")
        with pytest.raises(ChangedError):
            ours.delete(PATH, base)
        assert (root / PATH).read_text() == "outside\n"


def test_rights_and_links_stay(root: Path) -> None:
    """A file with a mode of its own, reached through a link inside the content."""
    (root / PATH).chmod(0o640)
    link = root / "content/about.md"
    link.symlink_to(root / PATH)
    ours = desk(root)
    ours.save("content/about.md", "new\n", ours.read("content/about.md").digest)
    assert link.is_symlink()
    assert (root / PATH).read_text() == "new\n"
    assert stat.S_IMODE((root / PATH).stat().st_mode) == 0o640


def test_nobody_else_can_read_the_history(root: Path) -> None:
    ours = desk(root)
    ours.save(PATH, "new\n", ours.read(PATH).digest)
    folder = root / ".tipsheet/desk"
    assert {stat.S_IMODE(one.stat().st_mode) for one in folder.rglob("*") if one.is_file()} == {0o600}
    assert {stat.S_IMODE(one.stat().st_mode) for one in (folder, *folder.iterdir()) if one.is_dir()} == {0o700}


@pytest.mark.parametrize("replaces", [True, False], ids=["another file", "the same file"])
def test_no_edit_is_lost_to_one_that_writes_at_the_same_time(root: Path, replaces: bool) -> None:
    """An editor outside writes as often as it can while the desk saves: what each wrote last, or over, is kept."""
    file, ours, done = root / PATH, desk(root), threading.Event()
    written: list[str] = []

    def outside() -> None:
        while not done.is_set():
            text = f"outside {len(written)}\n"
            if replaces:
                draft = file.with_suffix(".tmp")
                draft.write_text(text)
                draft.replace(file)
            else:
                file.write_text(text)
            written.append(text)
            done.wait(0.002)

    editor = threading.Thread(target=outside)
    editor.start()
    saved: list[str] = []
    try:
        for number in range(60):
            seen = ours.read(PATH)
            try:
                ours.save(PATH, f"ours {number} on {seen.text}", seen.digest)
            except ChangedError:
                continue
            saved.append(f"ours {number} on {seen.text}")
    finally:
        done.set()
        editor.join()
    texts = {*kept(ours), file.read_text()}
    assert texts.issuperset(saved)
    overwritten = {text.partition(" on ")[2] for text in saved}
    assert texts.issuperset(overwritten)
    assert file.read_text() in {*written[-1:], *saved[-1:]}
    assert [one.name for one in file.parent.iterdir()] == [file.name]


TEXTS = st.sampled_from(["", "a\n", "a\nb\n", "b", "a\r\nb\r\n", "\ufeffa\n", "é\n", "a\rb\n"])


class Desks(RuleBasedStateMachine):
    """Two windows and whoever else writes: no text that was accepted is lost, and no edit outside is written over."""

    windows = Bundle("windows")

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(os.environ["PYTEST_DESKS"]) / os.urandom(6).hex()
        self.file = self.root / PATH
        self.file.parent.mkdir(parents=True)
        self.file.write_bytes(TEXT.encode())
        self.desk = desk(self.root)
        self.accepted: set[str] = set()

    def there(self) -> bytes | None:
        return self.file.read_bytes() if self.file.is_file() else None

    @initialize(target=windows)
    def begin(self) -> str:
        return self.desk.read(PATH).digest

    @rule(target=windows)
    def open_again(self) -> str:
        try:
            return self.desk.read(PATH).digest
        except (NoFileError, UnreadableFileError):
            return ""

    @rule(base=windows, text=TEXTS)
    def save(self, base: str, text: str) -> None:
        before = self.there()
        try:
            saved = self.desk.save(PATH, text, base)
        except (ChangedError, NotSavedError):
            assert self.there() == before, "a text that was refused was written"
            return
        assert self.file.is_file()
        assert text_of(self.file.read_bytes(), PATH) == saved.text
        self.accepted.add(saved.text)
        if before is not None:
            self.accepted.add(text_of(before, PATH))

    @rule(base=st.one_of(windows, st.none()))
    def undo(self, base: str | None) -> None:
        before = self.there()
        try:
            self.desk.undo(PATH, base)
        except (ChangedError, NoFileError, NotSavedError):
            assert self.there() == before
        else:
            if before is not None:
                self.accepted.add(text_of(before, PATH))

    @rule(base=windows)
    def delete(self, base: str) -> None:
        before = self.there()
        try:
            self.desk.delete(PATH, base)
        except (ChangedError, NotSavedError):
            assert self.there() == before
        else:
            assert not self.file.exists()
            assert before is not None
            self.accepted.add(text_of(before, PATH))

    @rule(data=st.sampled_from([b"", b"outside\n", b"out\r\nside\r\n", b"\xef\xbb\xbfmark", b"mi\r\nxed\n"]))
    def write_outside(self, data: bytes) -> None:
        if self.file.is_dir():
            self.file.rmdir()
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_bytes(data)

    @rule()
    def delete_outside(self) -> None:
        shutil.rmtree(self.root / "content")
        (self.root / "content").mkdir()

    @rule()
    def folder_outside(self) -> None:
        if not self.file.exists():
            self.file.mkdir(parents=True)

    @rule()
    def restart(self) -> None:
        self.desk = desk(self.root)

    @invariant()
    def every_accepted_text_can_be_read_back(self) -> None:
        texts = set(kept(self.desk))
        assert texts >= self.accepted, self.accepted - texts

    @invariant()
    def nothing_is_left_beside_the_file(self) -> None:
        folder = self.file.parent
        assert not folder.is_dir() or {one.name for one in folder.iterdir()} <= {self.file.name}

    def teardown(self) -> None:
        shutil.rmtree(self.root)


def test_nothing_is_ever_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DESKS", str(tmp_path))
    run_state_machine_as_test(Desks, settings=settings(max_examples=40, stateful_step_count=20, deadline=None))
