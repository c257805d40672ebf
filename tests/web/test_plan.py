"""W13: the plan of readers comes back from its record, and gives a reader what their segments are given."""

import datetime as dt

from tests.web.builders import NOW
from tipsheet.edition.edition import When
from tipsheet.edition.plan import EntryKind, PlanEntry, entry_from, plain_entry, plan_for
from tipsheet.model.audience import Audience

MANAGERS = (Audience(frozenset({"managers"})),)


def entry(name: str, **more: object) -> PlanEntry:
    plain = {"uid": f"action-{name}@x.example", "issue": "w1", "kind": EntryKind.ACTION, "title": name, "told": NOW}
    return PlanEntry(**{**plain, "name": name, "starts": NOW.date(), **more})  # type: ignore[arg-type]


def test_an_entry_comes_back_from_its_record() -> None:
    talk = entry(
        "talk", kind=EntryKind.EVENT, starts=NOW, ends=NOW + dt.timedelta(hours=2), time_zone="Europe/Amsterdam"
    )
    due = entry("ask", ends=dt.date(2026, 12, 1), minutes=10, text="One\nTwo", when=When(MANAGERS, (MANAGERS,)))
    for one in (talk, due, entry("plain")):
        assert entry_from(plain_entry(one)) == one


def test_a_reader_has_the_first_action_that_is_meant_for_them_as_it_was_told_last() -> None:
    """W13, C7"""
    lead, ask = entry("lead", when=When(MANAGERS)), entry("ask", when=When(unless=(MANAGERS,)))
    again = entry("ask", issue="w2", told=NOW + dt.timedelta(days=7), starts=NOW.date() + dt.timedelta(days=7))
    assert plan_for((lead, ask), frozenset()) == (ask,)
    assert plan_for((lead, ask), frozenset({"managers"})) == (lead,)
    assert plan_for((again, ask, lead), frozenset({"managers"})) == (lead, again)
