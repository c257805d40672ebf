"""What differs between two letters, and what there is to compare with."""

import datetime as dt
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from tests.rendering.builders import MANAGERS, compiled, issue, settings
from tipsheet.delivery.snapshot import begin
from tipsheet.edition.differences import Difference, DiffLine, Run, difference
from tipsheet.edition.edition import Edition
from tipsheet.edition.joining import JoinedLetter, LetterParts
from tipsheet.edition.outbox import NotInOutboxError, record_of
from tipsheet.model.publication import Publication
from tipsheet.preview.letters import (
    Asked,
    Compiled,
    NothingToCompareError,
    edition_built,
    edition_sent,
    letter_for,
)
from tipsheet.settings import Settings
from tipsheet.store.database import open_store, writing
from tipsheet.store.states import SendState

__all__ = ["settings"]

NOW = dt.datetime(2026, 9, 8, 7, tzinfo=dt.UTC)


def letter(text: str, subject: str = "Ask", preheader: str = "Once", html: str = "<p>x</p>") -> JoinedLetter:
    return JoinedLetter(LetterParts(subject, html, text), preheader)


def test_the_same_letter_does_not_differ():
    assert difference(letter("a\nb\n"), letter("a\nb\n")) == Difference(
        equal=True, subject=("Ask", "Ask"), preheader=("Once", "Once"),
        lines=(DiffLine("same", "a"), DiffLine("same", "b")), links_added=(), links_removed=(),
    )  # fmt: skip


def test_lines_words_and_links_that_differ():
    old = letter(
        "a\nTwo red hens.\nc\n", "Ask", "Once", '<a href="https://a.example/">a</a><a href="https://b.example/">b</a>'
    )
    new = letter("a\nTwo black hens.\nc\nd\n", "Ask!", "Twice", '<a href="https://b.example/">b</a><a href="/c">c</a>')
    found = difference(old, new)
    assert not found.equal
    assert (found.subject, found.preheader) == (("Ask", "Ask!"), ("Once", "Twice"))
    assert (found.links_added, found.links_removed) == (("/c",), ("https://a.example/",))
    gone = (Run("same", "Two "), Run("removed", "red"), Run("same", " hens."))
    come = (Run("same", "Two "), Run("added", "black"), Run("same", " hens."))
    assert found.lines == (
        DiffLine("same", "a"),
        DiffLine("removed", "Two red hens.", gone),
        DiffLine("added", "Two black hens.", come),
        DiffLine("same", "c"),
        DiffLine("added", "d"),
    )


def test_a_change_in_the_html_alone_is_told():
    found = difference(letter("a\n", html="<p>x</p>"), letter("a\n", html="<p>y</p>"))
    assert not found.equal
    assert {line.op for line in found.lines} == {"same"}


LINES = st.lists(st.sampled_from(["", "a", "b", "a b c", "größer, b", "x"]), max_size=8)


@given(old=LINES, new=LINES)
def test_both_texts_can_be_put_together_from_a_difference(old: list[str], new: list[str]):
    found = difference(letter("".join(f"{line}\n" for line in old)), letter("".join(f"{line}\n" for line in new)))
    assert [line.text for line in found.lines if line.op != "added"] == old
    assert [line.text for line in found.lines if line.op != "removed"] == new
    for line in found.lines:
        assert not line.words or "".join(run.text for run in line.words) == line.text
        assert {run.op for run in line.words} <= {"same", line.op}


def test_audiences_of_one_issue_are_compared(settings: Settings):
    post = issue("<p>For all.</p>", ("<p>For you who lead.</p>", MANAGERS))
    whole = Publication(masthead=settings.masthead, now=NOW, issues=(post,), segments=settings.segments)
    made = Compiled(compiled(post, settings))
    everyone = letter_for(Asked(issue=post), made, whole)
    managers = letter_for(Asked(issue=post, segments=frozenset({"managers"})), made, whole)
    found = difference(everyone, managers)
    assert [line.text for line in found.lines if line.op == "added" and line.text] == ["For you who lead."]
    assert difference(managers, managers).equal


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "outbox").mkdir()
    return tmp_path


def keep(root: Path, edition: Edition) -> Edition:
    folder = root / "outbox" / edition.issue
    folder.mkdir(exist_ok=True)
    (folder / "edition.json").write_text(record_of(edition), "utf-8")
    return edition


def send(root: Path, edition: Edition) -> None:
    engine = open_store(f"sqlite:///{root / 'audience.db'}")
    with writing(engine) as connection:
        assert begin(connection, edition, SendState.PREPARED, NOW)
    engine.dispose()


def test_the_last_build_is_what_the_outbox_holds(root: Path, settings: Settings):
    with pytest.raises(NotInOutboxError, match="there is no letter of '2026-w37'"):
        edition_built(root, "2026-w37")
    kept = keep(root, compiled(issue(), settings))
    assert edition_built(root, "2026-w37") == kept


def test_what_was_not_sent_cannot_be_compared(root: Path, settings: Settings):
    now = compiled(issue(), settings)
    with pytest.raises(NothingToCompareError, match="2026-w37 was not sent from here yet"):
        edition_sent(root, now, "content", {})
    assert not (root / "audience.db").exists()
    send(root, compiled(issue(id="2026-w36"), settings))
    with pytest.raises(NothingToCompareError, match="was not sent"):
        edition_sent(root, now, "content", {})


def test_what_was_sent_is_shown_while_the_outbox_holds_it(root: Path, settings: Settings):
    first, now = compiled(issue("<p>First.</p>"), settings), compiled(issue("<p>Second.</p>"), settings)
    send(root, first)
    with pytest.raises(NotInOutboxError):
        edition_sent(root, now, "content", {})
    keep(root, first)
    assert edition_sent(root, now, "content", {}) == first
    keep(root, now)
    with pytest.raises(NothingToCompareError, match="as it was sent are not kept"):
        edition_sent(root, now, "content", {})


def test_what_stands_as_it_was_sent_needs_no_outbox(root: Path, settings: Settings):
    now = compiled(issue(), settings)
    send(root, now)
    assert edition_sent(root, now, "content", {}) is now
    elsewhere = {"TIPSHEET_DATABASE_URL": f"sqlite:///{root / 'audience.db'}"}
    assert edition_sent(root, now, "content", elsewhere) is now


def test_a_question_leaves_the_store_as_it_is(root: Path, settings: Settings):
    now = compiled(issue(), settings)
    send(root, now)
    engine = sa.create_engine(f"sqlite:///{root / 'audience.db'}")
    with engine.connect() as connection:
        before = connection.execute(sa.text("SELECT * FROM issue_send")).all()
    edition_sent(root, now, "content", {})
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT * FROM issue_send")).all() == before
    engine.dispose()
