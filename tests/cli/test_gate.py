"""The last gate: what speaks against a letter, asked by `send`, `publish`, `doctor` and `plan` alike (D23)."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run, made_ones_own, run
from tests.delivery.sink import Sink, running

ISSUE = "2026-w47"
SECRET = "a secret that is long enough for tests"  # noqa: S105 - of readers who do not exist


@pytest.fixture
def sink(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    with running(Sink()) as sink:
        monkeypatch.setenv("TIPSHEET_SMTP_URL", f"smtp://127.0.0.1:{sink.port}")
        monkeypatch.setenv("TIPSHEET_SECRET", SECRET)
        yield sink


@pytest.fixture
def ready(own: Path, here: Run, sink: Sink) -> Run:
    """A publication of one's own with readers, in the current folder; it is not built."""
    assert here("subscribers", "demo", 20).exit_code == 0
    return here


def names(said: str) -> list[str]:
    """The names of the reasons that were told."""
    return re.findall(r"^  ([a-z-]+): ", said, re.MULTILINE)


def issue() -> Path:
    (file,) = Path().glob("content/tipsheets/*/*-welcome.md")
    return file


def edit(path: str | Path, change: Callable[[str], str]) -> None:
    file = Path(path)
    file.write_text(change(file.read_text("utf-8")), "utf-8")


def draft() -> None:
    edit(issue(), lambda text: text.replace("---\n\n", "draft: true\n---\n\n", 1))
    assert run("build", "--drafts").exit_code == 0


def with_drafts() -> None:
    assert run("build", "--drafts").exit_code == 0


def of_the_future() -> None:
    edit(issue(), lambda text: re.sub("date: .*", "date: 2026-12-08", text))
    assert run("build", "--now", "2026-12-09").exit_code == 0


def with_another_clock() -> None:
    edit("content/notes/what-to-write-about.md", lambda text: text.replace("2026-12-31", "2026-12-01"))
    assert run("build", "--now", "2026-12-09").exit_code == 0


def changed() -> None:
    assert run("build").exit_code == 0
    edit(issue(), lambda text: f"{text}\nOne more line.\n")


def taken_back() -> None:
    other = issue().with_name("2026-11-10-before.md")
    shutil.copy(issue(), other)
    edit(other, lambda text: re.sub("id: .*", "id: before", re.sub("date: .*", "date: 2026-11-10", text)))
    edit(other, lambda text: text.replace("cancel-a-meeting", "cancel-another"))
    assert run("build").exit_code == 0
    issue().unlink()


def note_added() -> None:
    assert run("build").exit_code == 0
    shutil.copy("content/notes/what-to-write-about.md", "content/notes/another.md")


def settings_changed() -> None:
    assert run("build").exit_code == 0
    edit("mkdocs.yml", lambda text: text.replace("1 Quiet Lane", "2 Quiet Lane"))


def from_another_program() -> None:
    assert run("build").exit_code == 0
    Path("outbox/build.json").unlink()


def starter_words() -> None:
    edit(
        issue(),
        lambda text: text.replace(
            "Ada wrote",
            "Write the opening here: what one of us saw,\ndid or was told, and what it is good for. Ada wrote",
        ),
    )
    assert run("build").exit_code == 0


def words_of_a_step() -> None:
    edit(issue(), lambda text: text.replace("1. Find it.", "1. Write the *first* step here."))
    assert run("build").exit_code == 0


def example_address() -> None:
    edit(issue(), lambda text: text.replace("Ada wrote", "Write to ada@example.org. Ada wrote"))
    assert run("build").exit_code == 0


def not_one_click() -> None:
    edit("mkdocs.yml", lambda text: text.replace("https://lists.sheet.test", "http://lists.sheet.test"))
    assert run("build").exit_code == 0


def no_address() -> None:
    edit("mkdocs.yml", lambda text: text.replace("1 Quiet Lane, Testford", "1 Quiet Lane, Exampletown"))
    assert run("build").exit_code == 0


CASES = [
    (draft, ["drafts"]),
    (with_drafts, ["drafts"]),
    (of_the_future, ["future", "clock"]),
    (with_another_clock, ["clock"]),
    (changed, ["stale"]),
    (taken_back, ["stale"]),
    (note_added, ["stale"]),
    (settings_changed, ["stale"]),
    (from_another_program, ["stale"]),
    (starter_words, ["starter"]),
    (words_of_a_step, ["starter"]),
    (example_address, ["examples"]),
    (not_one_click, ["one-click"]),
    (no_address, ["address"]),
]


@pytest.mark.parametrize(("prepare", "expected"), CASES, ids=[prepare.__name__ for prepare, _ in CASES])
def test_a_reason_stops_send_and_doctor_and_is_allowed_by_name(
    prepare: Callable[[], None], expected: list[str], ready: Run, sink: Sink
) -> None:
    """D23, W18: exit 1 and no letter; not by --yes; a test to oneself goes; each can be allowed for one run."""
    prepare()
    refused = ready("send", ISSUE, "--yes")
    assert (refused.exit_code, names(refused.stderr)) == (1, expected), refused.output
    assert f"--allow {expected[0]}" in refused.stderr
    assert sink.sessions == 0
    doctor = ready("doctor")
    assert doctor.exit_code == 1
    assert expected[0].replace("-", " ") in doctor.stdout
    assert ready("send", ISSUE, "--to", "me@sheet.test").exit_code == 0
    assert len(sink.accepted) == 1
    allow = [word for name in expected for word in ("--allow", name)]
    sent = ready("send", ISSUE, "--yes", *allow)
    assert (sent.exit_code, len(sink.accepted) > 10) == (0, True), sent.output
    assert ready("deliveries", "status", ISSUE).stdout.startswith(f"{ISSUE} is done")


def test_nothing_speaks_against_a_letter_that_is_right(ready: Run, sink: Sink) -> None:
    assert ready("build").exit_code == 0
    assert ready("doctor").exit_code == 0
    assert ready("send", ISSUE, "--yes").exit_code == 0


def test_the_starter_as_it_is_goes_to_nobody(here: Run, letter: Path, sink: Sink) -> None:
    """D23: all reasons at once, from `publish` and from `send`; with -q as well."""
    assert here("subscribers", "demo", 30).exit_code == 0
    assert here("new", "Today", "--date", "2026-11-22T08:00", "--no-draft").exit_code == 0
    said = here("-q", "publish")
    assert said.exit_code == 1
    assert set(names(said.stderr)) == {"starter", "examples", "address", "unsubscribe", "domains"}
    assert "still stands in it, and" in said.stderr
    assert sink.sessions == 0
    dry = here("publish", "--dry-run")
    assert "but not before this is settled: starter, examples, address, unsubscribe, domains" in dry.stderr
    assert " sent" not in here("deliveries", "status").output


def test_an_issue_of_the_future_is_not_published_by_now(ready: Run, sink: Sink) -> None:
    """D23: `publish --now` looks ahead, and sends nothing ahead."""
    edit(issue(), lambda text: re.sub("date: .*", "date: 2026-12-08", text))
    refused = ready("publish", "--now", "2026-12-08T07:10")
    assert (refused.exit_code, names(refused.stderr)) == (1, ["future", "clock"])
    assert sink.sessions == 0


def test_a_name_that_is_none(ready: Run) -> None:
    refused = ready("send", ISSUE, "--yes", "--allow", "everything")
    assert (refused.exit_code, "none of drafts, future" in refused.stderr) == (2, True)


def test_plan_shows_what_speaks_against_an_issue(ready: Run) -> None:
    """D23."""
    starter_words()
    (planned,) = json.loads(ready("plan", "--json").stdout)
    assert [reason["name"] for reason in planned["reasons"]] == ["starter"]
    assert f"{ISSUE} would not go: “Write the opening here" in ready("plan").stderr


def test_where_there_is_no_content_there_is_nothing_to_compare(ready: Run, sink: Sink) -> None:
    """A job that only sends reads the outbox and mkdocs.yml."""
    assert ready("build").exit_code == 0
    shutil.rmtree("content")
    edit("mkdocs.yml", lambda text: text.replace("  name: material\n", "  name: material\n  custom_dir: gone\n"))
    assert "custom_dir" in Path("mkdocs.yml").read_text("utf-8")
    assert ready("build").exit_code == 1
    assert ready("send", ISSUE, "--yes").exit_code == 0


def test_the_starter_is_what_the_fixture_takes_it_for(letter: Path) -> None:
    made_ones_own(letter)
