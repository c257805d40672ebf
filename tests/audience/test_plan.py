"""Which issues are due or coming, and who would read what in them."""

import datetime as dt

import pytest
import sqlalchemy as sa

from tests.audience.readership import put
from tests.conftest import Write
from tests.folders import issue
from tipsheet.audience.frequency import Occasion
from tipsheet.audience.plan import PlannedIssue, cohorts, counted, plan
from tipsheet.model.publication import Publication
from tipsheet.model.segment import Reader
from tipsheet.press import prepare
from tipsheet.rendering.email.compile import compile_edition
from tipsheet.rendering.templates import template_environment
from tipsheet.store.tables import issue_send

NOW = dt.datetime(2026, 11, 19, 12, tzinfo=dt.UTC)
PEOPLE = (
    Reader(attributes={"role": "manager", "city": "Toronto"}),
    Reader(attributes={"role": "manager"}),
    Reader(attributes={"role": "seller"}),
    Reader(attributes={"city": "Toronto"}),
    Reader(),
    Reader(attributes={"role": "manager"}, status="pending"),
)
FOR_MANAGERS = "/// action | Ask your team { id=ask-team for=managers }\n\n1. Ask.\n\n///\n"
FOR_ALL = "/// action | Ask one question { id=ask-one }\n\n1. Ask.\n\n///\n"


def read(publication: Write, **files: str) -> Publication:
    found = prepare(publication({f"content/tipsheets/2026/{name}.md": text for name, text in files.items()}), now=NOW)
    assert found.publication is not None
    return found.publication


def test_what_is_due_and_what_is_coming_soonest_first(publication: Write) -> None:
    found = read(
        publication,
        old=issue(id="old", date="2026-11-10"),
        later=issue(id="later", date="2026-12-01"),
        draft=issue("draft: true\n", id="draft", date="2026-11-24"),
    )
    assert [(one.issue.id, one.state, one.groups) for one in plan(found)] == [
        ("2026-w47", "due", None),
        ("draft", "draft", None),
        ("later", "coming", None),
    ]


@pytest.mark.parametrize(
    ("header", "body", "groups"),
    [
        ("", FOR_ALL, {"": (5, "ask-one")}),
        ("", FOR_MANAGERS + FOR_ALL, {"": (3, "ask-one"), "managers": (2, "ask-team")}),
        ("", FOR_MANAGERS, {"": (3, None), "managers": (2, "ask-team")}),
        ("audience: [managers, sellers]\n", FOR_MANAGERS, {"managers": (2, "ask-team"), "sellers": (1, None)}),
        ("", f"/// only | toronto\n\nHere.\n\n///\n\n{FOR_ALL}", {"": (3, "ask-one"), "toronto": (2, "ask-one")}),
        ("subject: {managers: A, everyone: B}\n", FOR_ALL, {"": (3, "ask-one"), "managers": (2, "ask-one")}),
        (
            "",
            f"/// only | toronto, !managers\n\nHere.\n\n///\n\n{FOR_ALL}",
            {
                "": (2, "ask-one"),
                "managers": (1, "ask-one"),
                "toronto": (1, "ask-one"),
                "managers toronto": (1, "ask-one"),
            },
        ),
    ],
    ids=["one for all", "a variant", "a variant alone", "for two", "a passage", "a subject", "a passage without"],
)
def test_readers_are_told_apart_by_what_the_issue_mentions(
    publication: Write, store: sa.Engine, header: str, body: str, groups: dict[str, tuple[int, str | None]]
) -> None:
    """Readers for whom nobody wrote an action have None."""
    found = read(publication, it=issue(header, body, id="it", date="2026-11-18"))
    it = next(one for one in found.issues if one.id == "it")
    with store.begin() as connection:
        put(connection, PEOPLE)
        occasion = Occasion(at=NOW)
        asked = PlannedIssue(it, "due")
        (told,) = counted([asked], cohorts([(asked, occasion)], found.segments, connection))
        groups_told = told.groups or ()
    assert {" ".join(sorted(g.segments)): (g.readers, g.action.id if g.action else None) for g in groups_told} == groups
    assert [g.readers for g in groups_told] == sorted((g.readers for g in groups_told), reverse=True)


def test_an_issue_mentions_what_its_edition_does(publication: Write) -> None:
    """What the plan counts is what the sender tells apart."""
    note = "---\nid: n\ntitle: N\nfrom: 2026-11-01\nexpires: 2026-11-30\nfor: [toronto]\n---\n\nText.\n"
    root = publication(
        {
            "content/notes/n.md": note,
            "content/tipsheets/2026/it.md": issue(
                "subject: {sellers: A, everyone: B}\n", FOR_MANAGERS + FOR_ALL, id="it"
            ),
        }
    )
    found = prepare(root, now=NOW)
    assert found.publication is not None
    assert found.settings is not None
    it = next(one for one in found.publication.issues if one.id == "it")
    edition = compile_edition(it, found.publication, found.settings, template_environment(None))
    assert it.names() == edition.names() == {"managers", "sellers", "toronto"}


@pytest.mark.parametrize(("state", "shown"), [("sending", ["sending"]), ("done", []), ("cancelled", [])])
def test_what_the_ledger_has_sent_is_not_planned(
    publication: Write, store: sa.Engine, state: str, shown: list[str]
) -> None:
    row = {"issue": "2026-w47", "content_sha256": "0" * 64, "state": state, "prepared_at": NOW, "changed_at": NOW}
    with store.begin() as connection:
        connection.execute(sa.insert(issue_send).values(row))
        assert [one.state for one in plan(read(publication), connection)] == shown


def test_who_gets_no_action_is_counted(publication: Write, store: sa.Engine) -> None:
    found = read(publication, it=issue("", FOR_MANAGERS, id="it", date="2026-11-24"))
    with store.begin() as connection:
        put(connection, PEOPLE)
        assert [(one.issue.id, one.without_action) for one in plan(found, connection)] == [("2026-w47", 0), ("it", 3)]


def test_readers_who_chose_less_are_left_out(publication: Write, store: sa.Engine) -> None:
    """W12: the plan shows it, also of issues before which others will have gone."""
    found = read(
        publication,
        later=issue(id="later", date="2026-11-24"),
        managers=issue("audience: [managers]\n", id="managers", date="2026-12-01"),
        december=issue(id="december", date="2026-12-08"),
    )
    with store.begin() as connection:
        chosen = dict.fromkeys(range(1, 7), "every") | {1: "monthly", 3: "monthly"}
        until = dict.fromkeys(range(1, 7)) | {2: dt.datetime(2026, 12, 5, tzinfo=dt.UTC)}
        put(connection, PEOPLE, frequency=chosen, paused_until=until)
        planned = plan(found, connection)
    told = {one.issue.id: (sum(group.readers for group in one.groups or ()), one.left_out) for one in planned}
    assert told == {
        "2026-w47": (4, {"paused": 1}),
        "later": (2, {"monthly": 2, "paused": 1}),
        "managers": (1, {"paused": 1}),
        "december": (4, {"monthly": 1}),
    }
