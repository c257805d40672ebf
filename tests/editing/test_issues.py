"""A copy of an issue, another week, a draft or none: what else stands in the source stays as it is."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.conftest import Write
from tests.folders import issue, write_publication
from tests.reading.test_mistakes import NOW, TIP
from tipsheet.editing.drafts import save
from tipsheet.editing.issues import Revision, SlotTakenError, copy_issue, issue_at, move_issue, set_draft
from tipsheet.editing.revising import (
    UnchangeableError,
    header_of,
    with_action_ids,
    with_keys,
    written_actions,
)
from tipsheet.editing.timetable import EntryKind, Timetable, agenda
from tipsheet.errors import TipsheetError, UnknownNameError
from tipsheet.press import Prepared, prepare

LATER = "content/tipsheets/2026/2026-12-01-later.md"
HEADER = """\
---
# Written on a train
id: "2026-w49"   # never changes
number:   12

title: >-
  Later
  and later
date: 2026-12-01T07:00   # a Tuesday
description: One question that turns a pitch into a conversation.
authors: [ada,
  bo]
slug: later-then
aliases:
  - late
  - later
draft: no
---

Text of [mine](2026-11-17-ask.md).

/// action | Do it later

Why.

///

/// action | Sell it later { minutes=10 id='sell-later' for=sellers }

Why.

///
"""


def read(root: Path) -> Prepared:
    prepared = prepare(root, now=NOW)
    assert [str(one) for one in prepared.problems if one.severity == "error"] == []
    return prepared


def moved(root: Path, weeks: int, *, sent: tuple[str, ...] = (), path: str = LATER) -> Revision:
    prepared = read(root)
    assert prepared.publication
    assert prepared.settings
    text = (root / path).read_text()
    return move_issue(prepared.publication, prepared.settings, path, text, weeks=weeks, sent=sent)


def lines(before: str, after: str) -> list[tuple[str, str]]:
    """The lines that differ; the others stand where they stood."""
    pairs = zip(before.split("\n"), after.split("\n"), strict=True)
    return [(old, new) for old, new in pairs if old != new]


class TestMoving:
    def test_only_the_lines_of_date_and_id_change(self, publication: Write) -> None:
        root = publication({LATER: HEADER.replace("draft: no", "draft: true")})
        revision = moved(root, 2)
        assert lines((root / LATER).read_text(), revision.text) == [
            ('id: "2026-w49"   # never changes', "id: 2026-w51   # never changes"),
            ("date: 2026-12-01T07:00   # a Tuesday", "date: 2026-12-15T07:00   # a Tuesday"),
        ]
        assert revision.changed == ("date: 2026-12-01T07:00 is now 2026-12-15T07:00", "id: 2026-w51")

    def test_a_slot_that_is_taken_is_told(self, publication: Write) -> None:
        taken = issue(id="x", title="Taken", date="2026-12-08", draft="true")
        root = publication({LATER: issue(id="2026-w49", date="2026-12-01"), "content/tipsheets/taken.md": taken})
        with pytest.raises(SlotTakenError, match="the slot 2026-12-08 07:00 has 'Taken' in it") as told:
            moved(root, 1)
        assert "content/tipsheets/taken.md" in told.value.hint
        assert "2026-12-15" in moved(root, 2).text

    def test_issues_for_other_readers_share_a_slot(self, publication: Write) -> None:
        taken = issue(id="x", date="2026-12-08", audience="managers")
        files = {LATER: issue(id="y", date="2026-12-01", audience="sellers"), "content/tipsheets/taken.md": taken}
        assert "2026-12-08" in moved(publication(files), 1).text

    @pytest.mark.parametrize(
        ("path", "sent", "fields"),
        [
            (TIP, (), {"id": "2026-w47", "date": "2026-11-17"}),
            (LATER, ("2026-w49",), {"id": "2026-w49", "date": "2026-12-01"}),
            (LATER, (), {"id": "two-chairs", "date": "2026-12-01"}),
        ],
        ids=["it is out", "it was sent", "it has a name of its own"],
    )
    def test_an_id_that_counts_stays(
        self, path: str, sent: tuple[str, ...], fields: dict[str, str], publication: Write
    ) -> None:
        root = publication({path: issue(**fields)})
        assert f"id: {fields['id']}\n" in moved(root, 5, sent=sent, path=path).text

    def test_the_new_id_is_free(self, publication: Write) -> None:
        root = publication({LATER: issue(id="2026-w49-2", date="2026-12-01"), TIP: issue(id="2026-w50")})
        assert "id: 2026-w50-2\n" in moved(root, 1).text

    def test_the_time_of_day_stays_over_the_end_of_summer_time(self, publication: Write) -> None:
        root = publication({LATER: issue(id="x", date="2027-03-23T09:30")})
        (root / LATER).write_text(moved(root, 1).text)
        found = read(root).publication
        assert found
        at = issue_at(found, LATER).published
        assert (at.hour, at.minute, at.utcoffset()) == (9, 30, dt.timedelta(hours=2))

    def test_a_date_of_another_form(self, publication: Write) -> None:
        assert "date: 2026-12-08T09:30\n" in moved(publication({LATER: issue(id="x", date="20261201T0930")}), 1).text

    @pytest.mark.parametrize("weeks", [0, 521, -9999])
    def test_by_no_or_too_many_weeks(self, weeks: int, publication: Write) -> None:
        with pytest.raises(TipsheetError, match="cannot be moved"):
            moved(publication({LATER: issue(id="x", date="2026-12-01")}), weeks)

    def test_what_is_no_issue(self, publication: Write) -> None:
        root = publication({})
        with pytest.raises(UnknownNameError):
            moved(root, 1, path="content/authors.yml")


class TestCopying:
    def test_a_copy_is_a_draft_of_its_own_that_check_passes(self, publication: Write) -> None:
        root = publication({LATER: HEADER})
        prepared = read(root)
        assert prepared.publication
        assert prepared.settings
        draft, changed = copy_issue(prepared.publication, prepared.settings, LATER, HEADER)
        save(root, draft)
        assert draft.path == "content/tipsheets/2026/2026-12-08-later-2.md"  # the address of the other is an alias
        assert draft.id == "2026-w50"
        assert changed == (
            "id: 2026-w50", "date: 2026-12-08", "number: 13", "draft: true", "slug is left out", "aliases is left out",
            "the action 'do-it-later' is 'do-it-later-2' in the copy",
            "the action 'sell-later' is 'sell-later-2' in the copy",
        )  # fmt: skip
        expected = HEADER.replace('id: "2026-w49"', "id: 2026-w50").replace("number:   12", "number:   13")
        expected = expected.replace("date: 2026-12-01T07:00", "date: 2026-12-08").replace("draft: no", "draft: true")
        expected = expected.replace("slug: later-then\naliases:\n  - late\n  - later\n", "")
        expected = expected.replace("Do it later\n", "Do it later { id=do-it-later-2 }\n")
        assert draft.text == expected.replace("id='sell-later'", "id=sell-later-2")
        assert read(root).problems == prepared.problems

    def test_a_copy_of_a_copy(self, publication: Write) -> None:
        root = publication({LATER: issue(id="2026-w49", date="2026-12-01")})
        path = LATER
        for _ in range(3):
            prepared = read(root)
            assert prepared.publication
            assert prepared.settings
            draft, _ = copy_issue(prepared.publication, prepared.settings, path, (root / path).read_text())
            save(root, draft)
            path = draft.path
        names = sorted(file.name for file in (root / LATER).parent.iterdir())
        assert names == [
            "2026-11-17-ask.md", "2026-12-01-later.md", "2026-12-08-later-2.md", "2026-12-15-later-3.md",
            "2026-12-22-later-4.md",
        ]  # fmt: skip
        read(root)

    def test_what_is_taken_up_from_the_library_stays(self, publication: Write) -> None:
        text = issue(id="2026-w49", date="2026-12-01", body="/// action { use=ask-first }\n\n///\n")
        prepared = read(publication({LATER: text}))
        assert prepared.publication
        assert prepared.settings
        draft, changed = copy_issue(prepared.publication, prepared.settings, LATER, text)
        assert "{ use=ask-first }" in draft.text
        assert not [one for one in changed if "action" in one]


class TestDraft:
    def test_on_and_off(self) -> None:
        on = set_draft(LATER, HEADER, draft=True)
        assert on.changed == ("draft: true",)
        assert lines(HEADER, on.text) == [("draft: no", "draft: true")]
        off = set_draft(LATER, on.text, draft=False)
        assert lines(on.text, off.text) == [("draft: true", "draft: false")]

    def test_where_nothing_is_said(self) -> None:
        text = issue()
        assert set_draft(TIP, text, draft=False) == Revision(path=TIP, text=text, changed=())
        assert header_of(set_draft(TIP, text, draft=True).text, TIP)["draft"] is True


KEYS = ("id", "date", "title", "draft", "number", "tags")
VALUES = st.sampled_from(['"a b"', "'x'", "plain", "2026-11-24", "[a, b]", "", "no", ">-\n  folded\n  text", "{a: 1}"])
REMARKS = st.sampled_from(["", "  # a remark", "   "])


@st.composite
def headers(draw: st.DrawFn) -> list[list[str]]:
    """Headers as the lines of each key, with remarks, blank lines and values over several lines."""
    found = []
    for key in draw(st.permutations(KEYS)):
        value = draw(VALUES)
        own = [f"{key}: {value}".rstrip() if "\n" in value else f"{key}: {value}{draw(REMARKS)}"]
        found.append(["# above", *own] if draw(st.booleans()) else own)
    return found


@example(header=[["id: x"], ["draft: no"]], change={"id": None, "draft": None})
@example(header=[], change={"id": "2027-w01"})
@given(
    header=headers(),
    change=st.dictionaries(st.sampled_from([*KEYS, "slug"]), st.one_of(st.none(), st.just("2027-w01")), min_size=1),
)
def test_a_change_of_keys_changes_their_lines_alone(header: list[list[str]], change: dict[str, str | None]) -> None:
    text = "\n".join(["---", *(line for own in header for line in own), "---", "", "Text: id: x", ""])
    before = header_of(text, "x.md")
    changed = with_keys(text, "x.md", change)
    after = header_of(changed, "x.md")
    assert after == {**{k: v for k, v in before.items() if k not in change}, **{k: v for k, v in change.items() if v}}
    for own in header:
        key = own[-1].partition(":")[0]
        if key not in change:
            assert "\n".join(own) in changed
        assert own[0].startswith("# above") is False or own[0] in changed.split("\n")
    assert changed.endswith("\n---\n\nText: id: x\n")


@pytest.mark.parametrize(
    "header",
    ["{id: x, date: 2026-11-24}", "date: &d 2026-11-24\nid: *d", "- id", "id: x\nid: y", "~", '"'],
)
def test_what_cannot_be_changed_alone_is_refused(header: str) -> None:
    with pytest.raises(UnchangeableError):
        with_keys(f"---\n{header}\n---\n", "x.md", {"id": "new", "draft": "true"})


@pytest.mark.parametrize("text", ["", "Text", "---\nid: x\n", "---\nid: \ud800\n---\n"])
def test_a_text_without_a_header_is_refused(text: str) -> None:
    with pytest.raises(UnchangeableError):
        with_keys(text, "x.md", {"id": "new", "a b: c": "x"})


@pytest.mark.parametrize(
    ("header", "changed"),
    [
        ("/// action | Ask", "/// action | Ask { id=new }"),
        ("/// action | Ask { minutes=10 }", "/// action | Ask { id=new minutes=10 }"),
        ("/// action | Ask {minutes=10}", "/// action | Ask { id=new minutes=10}"),
        ('/// action | Ask { id="ask" }', "/// action | Ask { id=new }"),
        ("/// action | Ask\n{ minutes=10\nid=ask }", "/// action | Ask\n{ minutes=10\nid=new }"),
        ("/// action | Ask { }", "/// action | Ask { id=new }"),
    ],
)
def test_the_id_of_an_action(header: str, changed: str) -> None:
    text = "---\nid: x\n---\n\n{}\n\nWhy id=ask.\n\n///\n"
    assert with_action_ids(text.format(header), "x.md", {"ask": "new"}) == text.format(changed)


def test_code_that_shows_an_action_is_none(publication: Write) -> None:
    text = "---\nid: x\n---\n\n```\n/// action | Ask\n\n///\n```\n\n/// action | Ask\n\n///\n"
    (action,) = written_actions(text, "x.md")
    assert (action.id, action.first) == ("ask", 10)
    assert with_action_ids(text, "x.md", {"ask": "b"}) == text[:41] + text[41:].replace("Ask", "Ask { id=b }")


def test_the_calendar_looks_back_and_tells_of_slots_that_are_shared(tmp_path: Path) -> None:
    event = '/// event | Party { starts=2026-12-09T18:00 place="Toronto" }\n\n///\n'
    root = write_publication(
        tmp_path,
        {
            LATER: issue(id="a", title="A", date="2026-12-01", body=event),
            "content/tipsheets/b.md": issue(id="b", title="B", date="2026-12-01", draft="true"),
            "content/tipsheets/c.md": issue(id="c", title="C", date="2026-11-10", audience="managers"),
            "content/tipsheets/d.md": issue(id="d", title="D", date="2026-11-10", audience="sellers"),
            "content/tipsheets/e.md": issue(id="e", title="E", date="2026-10-06"),
            "content/notes/n.md": "---\nid: n\ntitle: N\nfrom: 2026-11-01\nexpires: 2026-12-02\n---\n\nText.\n",
        },
    )
    prepared = read(root)
    assert prepared.publication
    assert prepared.settings
    entries = agenda(prepared.publication, Timetable.of(prepared.settings), 3, back=2)
    assert [(f"{one.at:%m-%d}", one.kind, one.id, one.shared) for one in entries] == [
        ("11-10", EntryKind.OUT, "c", False),
        ("11-10", EntryKind.OUT, "d", False),
        ("11-17", EntryKind.OUT, "2026-w47", False),
        ("11-24", EntryKind.FREE, "", False),
        ("12-01", EntryKind.DRAFT, "b", True),
        ("12-01", EntryKind.ISSUE, "a", True),
        ("12-02", EntryKind.NOTE, "n", False),
        ("12-08", EntryKind.FREE, "", False),
        ("12-09", EntryKind.EVENT, "2026-12-09-party", False),
    ]
    assert [one.path for one in entries if one.kind in (EntryKind.EVENT, EntryKind.NOTE, EntryKind.FREE)] == [
        "", "content/notes/n.md", "", LATER,
    ]  # fmt: skip
    assert [one for one in agenda(prepared.publication, Timetable.of(prepared.settings), 3) if one.kind == "out"] == []
