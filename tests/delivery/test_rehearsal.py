"""The coming weeks, rehearsed (X13): what readers lack or get twice, and the letters of each day."""

import datetime as dt

import pytest
import sqlalchemy as sa
from hypothesis import example, given
from hypothesis import strategies as st

from tests.audience.readership import put
from tests.conftest import Write
from tests.folders import MKDOCS, issue
from tipsheet.audience.plan import plan
from tipsheet.delivery.rehearsal import Rehearsal, Stage, rehearse
from tipsheet.delivery.schedule import HORIZON, Caps, DailyLimits, spread, traffic
from tipsheet.model.language import spoken
from tipsheet.model.segment import Reader
from tipsheet.press import prepare
from tipsheet.problems import errors_in
from tipsheet.store.tables import delivery_day, issue_send

NOW = dt.datetime(2026, 11, 19, 12, tzinfo=dt.UTC)
WEEKS = dt.timedelta(weeks=8)
MANAGER, SELLER, NEITHER = {"role": "manager"}, {"role": "seller"}, dict[str, str]()
PEOPLE = (*[Reader(attributes=MANAGER)] * 2, *[Reader(attributes=SELLER)] * 3, *[Reader(attributes=NEITHER)] * 4)
DONE = {"content_sha256": "0" * 64, "state": "done", "prepared_at": NOW, "changed_at": NOW}
LIBRARY = "---\nid: ask-once\ntitle: Ask once\n---\n\nAsk.\n"


def action(name: str, audience: str = "") -> str:
    return f"/// action | Do {name} {{ id={name}{f' for={audience}' if audience else ''} }}\n\n1. Do.\n\n///\n"


def rehearsed(
    publication: Write, store: sa.Engine, settings: str = "", *, library: bool = False, **files: str
) -> Rehearsal:
    """The first issue was sent; these come."""
    texts = {f"content/tipsheets/2026/{name}.md": text for name, text in files.items()}
    texts |= {"mkdocs.yml": MKDOCS + settings} | ({"content/actions/ask-once.md": LIBRARY} if library else {})
    found = prepare(publication(texts), now=NOW)
    assert found.publication is not None
    assert found.settings is not None
    assert errors_in(found.problems) == ()
    with store.begin() as connection:
        put(connection, PEOPLE, frequency={4: "monthly"} | dict.fromkeys((1, 2, 3, 5, 6, 7, 8, 9), "every"))
        connection.execute(sa.insert(issue_send).values(issue="2026-w47", **DONE))
    with store.connect() as connection:
        stage = Stage(until=NOW + WEEKS, drafts="finished" in files)
        return rehearse(found.publication, found.settings, connection, stage)


def found(told: Rehearsal) -> list[tuple[str, str, int]]:
    return [(one.kind.value, one.issue, one.readers) for one in told.findings if one.gap]


def test_weeks_without_a_gap(publication: Write, store: sa.Engine) -> None:
    told = rehearsed(
        publication,
        store,
        a=issue(id="a", date="2026-11-24", body=action("general") + action("lead", "managers")),
        b=issue(id="b", date="2026-12-01", body=action("second")),
        far=issue(id="far", date="2027-06-01"),
    )
    assert found(told) == []
    assert [one.id for one in told.issues] == ["a", "b"]
    assert [(one.day.isoformat(), one.letters) for one in told.days] == [("2026-11-24", 9), ("2026-12-01", 9)]
    assert dict(told.issues[0].wordings) == {"managers": "own", "sellers": "general", "toronto": "general"}
    assert {(tuple(sorted(cohort.segments)), gets): cohort.readers for cohort, gets in told.readers} == {
        (("managers",), (("a", "lead"), ("b", "second"))): 2,
        ((), (("a", "general"), ("b", "second"))): 7,
    }


@pytest.mark.parametrize(
    ("files", "gaps"),
    [
        (
            {"a": issue(id="a", date="2026-11-24", body=action("lead", "managers"))},
            [("no action", "a", 7), ("never", "", 7)],
        ),
        ({"a": issue("audience: [managers]\n", id="a", date="2026-11-24")}, [("never", "", 7)]),
        (
            {"a": issue(id="a", date="2026-11-24T07:00"), "b": issue(id="b", date="2026-11-24T17:00")},
            [("two letters a day", "b", 8)],  # a monthly reader gets the first alone
        ),
        (
            {
                "a": issue("audience: [managers]\n", id="a", date="2026-11-24"),
                "b": issue("audience: [sellers]\n", id="b", date="2026-11-24"),
            },
            [("never", "", 4)],
        ),
        ({"late": issue(id="late", date="2026-11-18")}, [("held", "late", 0)]),
        ({"a": issue("draft: true\n", id="a", date="2026-11-24", body=action("lead", "managers"))}, []),
        (
            {"finished": issue("draft: true\n", id="a", date="2026-11-24", body=action("lead", "managers"))},
            [("no action", "a", 7), ("never", "", 7)],
        ),
    ],
    ids=["no variant", "not meant", "one day", "one slot, other readers", "late", "a draft", "a draft as if finished"],
)  # fmt: skip
def test_a_gap_is_told_with_its_readers(
    publication: Write, store: sa.Engine, files: dict[str, str], gaps: list[tuple[str, str, int]]
) -> None:
    assert found(rehearsed(publication, store, **files)) == gaps


def test_an_action_that_comes_twice_is_told_and_one_of_last_week_as_well(publication: Write, store: sa.Engine) -> None:
    again = "/// action { use=ask-once }\n\n///\n"
    told = rehearsed(
        publication,
        store,
        library=True,
        before=issue(id="before", date="2026-11-10", body=again),
        a=issue(id="a", date="2026-11-24", body=again),
        b=issue(id="b", date="2026-12-01", body=again),
    )
    assert found(told) == [("twice", "a", 9), ("twice", "b", 9)]
    first, second = (one.message for one in told.findings if one.gap)
    assert first.startswith("the action ask-once of a was in before already, for 9 readers")
    assert second.startswith("the action ask-once of b was in a already, for 9 readers")


def test_a_segment_with_readers_is_not_called_empty(publication: Write, store: sa.Engine) -> None:
    """Sellers are in no group of an issue that does not mention them, and get no action in it: a gap, told once."""
    told = rehearsed(publication, store, a=issue(id="a", date="2026-11-24", body=action("lead", "managers")))
    assert found(told) == [("no action", "a", 7), ("never", "", 7)]
    assert [one.segments for one in told.findings if not one.gap] == [(frozenset({"toronto"}),)]


def test_a_segment_that_nobody_is_in_yet_is_a_remark(publication: Write, store: sa.Engine) -> None:
    body = action("lead", "managers") + action("sell", "sellers")
    told = rehearsed(
        publication, store, a=issue("audience: [managers, sellers, toronto]\n", body, id="a", date="2026-11-24")
    )
    assert [(one.kind, one.segments) for one in told.findings if not one.gap] == [
        ("no variant", (frozenset({"toronto"}),))
    ]


CAPPED = "      delivery: {daily: 1}\n"
HOURS = "      delivery: {window: {opens: 8, closes: 20, zone_attribute: zone}}\n"


def test_letters_over_the_limits_wait_and_a_queue_that_meets_the_next_issue_is_a_gap(
    publication: Write, store: sa.Engine
) -> None:
    told = rehearsed(publication, store, CAPPED, a=issue(id="a", date="2026-11-24"), b=issue(id="b", date="2026-12-01"))
    assert [(one.letters, one.limit, sum(one.waiting.values())) for one in told.days[:2]] == [(1, 1, 8), (1, 1, 7)]
    assert sum(one.letters for one in told.days) == 18
    ((kind, late, waiting),) = found(told)
    assert (kind, late, waiting) == ("limits", "a", 1)


def test_hours_are_those_of_each_readers_zone(publication: Write, store: sa.Engine) -> None:
    """At seven in the morning of Amsterdam it is seven in the evening of Auckland, and the day before in Honolulu."""
    settings = MKDOCS.replace("        seats:", "        zone: {type: text}\n        seats:") + HOURS
    found = prepare(
        publication({"mkdocs.yml": settings, "content/tipsheets/2026/a.md": issue(id="a", date="2026-11-24")}), now=NOW
    )
    assert found.publication is not None
    assert found.settings is not None
    zones = ["Europe/Amsterdam", "Pacific/Auckland", "America/New_York", "Pacific/Honolulu", "no zone"]
    with store.begin() as connection:
        put(connection, [Reader(attributes={"zone": zone}) for zone in zones])
        connection.execute(sa.insert(issue_send).values(issue="2026-w47", **DONE))
        told = rehearse(found.publication, found.settings, connection, Stage(until=NOW + WEEKS))
    assert [(one.day.isoformat(), one.letters) for one in told.days] == [("2026-11-24", 5)]
    with store.begin() as connection:
        late = MKDOCS.replace("        seats:", "        zone: {type: text}\n        seats:")
        late += (
            "      schedule: {time: 19:30}\n      delivery: {window: {opens: 8, closes: 19, zone_attribute: zone}}\n"
        )
        found = prepare(publication({"mkdocs.yml": late}), now=NOW)
        assert found.publication is not None
        assert found.settings is not None
        told = rehearse(found.publication, found.settings, connection, Stage(until=NOW + WEEKS))
    days = {one.day.isoformat(): one.letters for one in told.days}
    assert days == {"2026-11-24": 3, "2026-11-25": 2}  # New York, Honolulu and Auckland's morning; Amsterdam tomorrow


def test_a_rate_is_a_limit_of_the_day_and_days_before_count_for_a_warm_up(publication: Write, store: sa.Engine) -> None:
    settings = "      delivery: {rate: 0.0001, warm_up: {first: 2, factor: 2}}\n"
    with store.begin() as connection:
        connection.execute(sa.insert(delivery_day).values(day="2026-11-17", letters=2))
    told = rehearsed(publication, store, settings, a=issue(id="a", date="2026-11-24"))
    assert [(one.letters, one.limit) for one in told.days[:3]] == [(4, 4), (5, 8)]
    assert DailyLimits(caps=Caps(), by_rate=3).on(1) == 3


def test_an_issue_under_way_goes_on_with_what_is_queued(publication: Write, store: sa.Engine) -> None:
    with store.begin() as connection:
        connection.execute(sa.insert(issue_send).values(issue="a", **(DONE | {"state": "sending"})))
    told = rehearsed(publication, store, a=issue(id="a", date="2026-11-19"))
    assert [(one.id, one.planned.state, one.goes) for one in told.issues] == [("a", "sending", NOW)]
    assert told.days == ()


def test_the_numbers_are_those_of_the_plan(publication: Write, store: sa.Engine) -> None:
    """One function decides: groups and choices of an issue are the same in both."""
    files = {
        "a": issue(id="a", date="2026-11-24", body=action("general") + action("lead", "managers")),
        "b": issue("audience: [sellers]\n", id="b", date="2026-12-01"),
        "c": issue(id="c", date="2026-12-08"),
    }
    told = rehearsed(publication, store, **files)
    again = prepare(publication({f"content/tipsheets/2026/{name}.md": text for name, text in files.items()}), now=NOW)
    assert again.publication is not None
    with store.connect() as connection:
        planned = plan(again.publication, connection)
    for one, other in zip(told.issues, planned, strict=True):
        assert (one.planned.state, one.planned.left_out) == (other.state, other.left_out)
        said = [
            [(g.segments, g.readers, g.action and g.action.id) for g in x.groups or ()] for x in (one.planned, other)
        ]
        assert said[0] == said[1]


def test_a_rate_to_a_domain_holds_its_letters_alone(publication: Write, store: sa.Engine) -> None:
    """All nine readers are at example.org, to which one letter a day goes; a letter to the others would not wait."""
    settings = "      delivery: {domain_rate: 1, domain_rates: {example.org: 0.00001, example.com: 0.00001}}\n"
    told = rehearsed(
        publication, store, settings, a=issue(id="a", date="2026-11-24"), b=issue(id="b", date="2026-12-01")
    )
    assert [(one.letters, one.limit, dict(one.waiting)) for one in told.days[:2]] == [
        (1, None, {"a": 8}), (1, None, {"a": 7}),
    ]  # fmt: skip
    assert sum(one.letters for one in told.days) == 18
    assert found(told) == [("limits", "a", 1)]
    message = next(one.message for one in told.findings if one.gap)
    assert message == "1 letters of a to example.org still wait on the day of b, since 1 go there a day"


def test_a_rate_that_a_domain_never_meets_in_a_day_holds_nothing(publication: Write, store: sa.Engine) -> None:
    settings = "      delivery: {domain_rates: {example.org: 0.001}}\n"
    told = rehearsed(publication, store, settings, a=issue(id="a", date="2026-11-24"))
    assert [(one.letters, dict(one.waiting)) for one in told.days] == [(9, {})]


GERMAN = "---\ntitle: Frage\ndescription: Eine Frage.\n---\n\nText.\n\n/// action | Tu a { id=a }\n\n1. Tu.\n\n///\n"


@pytest.mark.parametrize(("drafts", "lacking"), [(False, [("a", 1)]), (True, [])])
def test_a_translation_that_is_a_draft_goes_to_nobody(
    publication: Write, store: sa.Engine, *, drafts: bool, lacking: list[tuple[str, int]]
) -> None:
    """Its readers get the first language, and are counted so by plan and rehearse; --drafts takes it for finished."""
    texts = {
        "mkdocs.yml": f"{MKDOCS}      languages: [de]\n",
        "content/tipsheets/2026/a.md": issue(id="a", date="2026-11-24", body=action("a")),
        "content/tipsheets/2026/a.de.md": GERMAN.replace("---\n", "---\ndraft: true\n", 1),
    }
    read = prepare(publication(texts), now=NOW)
    assert read.publication is not None
    assert read.settings is not None
    with store.begin() as connection:
        put(connection, [Reader(locale="de-AT"), Reader()])
        connection.execute(sa.insert(issue_send).values(issue="2026-w47", **DONE))
        told = rehearse(read.publication, read.settings, connection, Stage(until=NOW + WEEKS, drafts=drafts))
        counted = plan(read.publication, connection)
    assert [(one.issue, one.readers) for one in told.findings if one.kind.value == "not translated"] == lacking
    groups = [[group.segments for group in one.groups or ()] for one in counted if one.issue.id == "a"]
    assert groups == [[frozenset()]]


def test_readers_of_a_language_that_an_issue_lacks_are_told(publication: Write, store: sa.Engine) -> None:
    texts = {
        "mkdocs.yml": f"{MKDOCS}      languages: [de]\n",
        "content/tipsheets/2026/a.md": issue(id="a", date="2026-11-24", body=action("a")),
        "content/tipsheets/2026/a.de.md": GERMAN,
        "content/tipsheets/2026/b.md": issue(id="b", date="2026-12-01", body=action("b")),
    }
    read = prepare(publication(texts), now=NOW)
    assert read.publication is not None
    assert read.settings is not None
    assert errors_in(read.problems) == ()
    with store.begin() as connection:
        put(connection, [Reader(locale="de-AT"), Reader(locale="fr"), Reader()])
        connection.execute(sa.insert(issue_send).values(issue="2026-w47", **DONE))
        told = rehearse(read.publication, read.settings, connection, Stage(until=NOW + WEEKS))
    language = frozenset({"language-de"})
    groups = {one.id: {group.segments: group.readers for group in one.planned.groups or ()} for one in told.issues}
    assert groups == {"a": {language: 1, frozenset(): 2}, "b": {frozenset(): 3}}
    assert [(one.kind.value, one.issue, one.readers, one.segments) for one in told.findings] == [
        ("not translated", "b", 1, (language,))
    ]
    assert [spoken(segments, "en") for segments in groups["a"]] == ["en", "de"]


@pytest.mark.parametrize(
    ("zone", "days", "hours"),
    [
        ("Europe/Amsterdam", ("2027-03-23", "2027-03-30"), (6, 5)),
        ("Europe/Amsterdam", ("2027-10-26", "2027-11-02"), (5, 6)),
        ("America/New_York", ("2027-03-09", "2027-03-16"), (12, 11)),
        ("Australia/Lord_Howe", ("2027-03-30", "2027-04-06"), (20, 20.5)),
        ("Asia/Tokyo", ("2027-03-23", "2027-03-30"), (22, 22)),
    ],
    ids=["forward", "back", "west", "by half an hour", "never"],
)
def test_in_months_in_which_clocks_change_an_issue_goes_at_its_hour_on_its_day(
    publication: Write, store: sa.Engine, zone: str, days: tuple[str, str], hours: tuple[float, float]
) -> None:
    """At seven by the clock on the wall, which is another hour of UTC; readers' own hours open then as well."""
    settings = MKDOCS.replace("time_zone: Europe/Amsterdam", f"time_zone: {zone}") + (
        "      schedule: {time: '07:00'}\n      delivery: {window: {opens: 7, closes: 8}}\n"
    )
    texts = {f"content/tipsheets/2026/{n}.md": issue(id=n, date=day) for n, day in zip("ab", days, strict=True)}
    now = dt.datetime.fromisoformat(f"{days[0]}T00:00:00+00:00") - dt.timedelta(days=2)
    read = prepare(publication(texts | {"mkdocs.yml": settings}), now=now)
    assert read.publication is not None
    assert read.settings is not None
    with store.begin() as connection:
        put(connection, PEOPLE)
        connection.execute(sa.insert(issue_send).values(issue="2026-w47", **DONE))
        told = rehearse(read.publication, read.settings, connection, Stage(until=now + WEEKS))
    goes = [one.goes for one in told.issues]
    assert [one and one.hour + one.minute / 60 for one in goes] == list(hours)
    assert [(one.day.isoformat(), one.letters) for one in told.days] == [(day, 9) for day in days]
    assert found(told) == []


ARRIVALS = st.dictionaries(
    st.integers(0, 40).map(lambda day: dt.date(2026, 11, 24) + dt.timedelta(days=day)),
    st.dictionaries(st.sampled_from("abc"), st.integers(1, 500), min_size=1),
    max_size=6,
)


@given(arriving=ARRIVALS, daily=st.integers(1, 200), today=st.integers(0, 200))
@example(arriving={dt.date(2026, 11, 24): {"a": HORIZON + 187}}, daily=1, today=1)  # more than ten years of letters
def test_no_letter_is_lost_and_none_goes_over_the_limit(arriving, daily: int, today: int) -> None:
    first = dt.date(2026, 11, 24)
    days = list(spread(arriving, DailyLimits(caps=Caps(daily=daily), sent_today=today), first))
    left = sum(days[-1].waiting.values()) if days else 0
    assert sum(one.letters for one in days) + left == sum(sum(some.values()) for some in arriving.values())
    assert left == 0 or len(days) == HORIZON
    assert all(one.letters + (today if one.day == first else 0) <= max(daily, today) for one in days)
    assert [one.day for one in days] == sorted({one.day for one in days})
    assert all(one.letters == daily for one in days if one.waiting and one.day != first)


@given(queues=st.dictionaries(st.sampled_from(["", "x.example", "y.example"]), ARRIVALS), daily=st.integers(40, 200))
def test_no_letter_is_lost_between_the_queues_of_domains_and_of_all(queues, daily: int) -> None:
    first, tight = dt.date(2026, 11, 24), {"x.example": 30, "y.example": 90}
    limits = DailyLimits(caps=Caps(daily=daily))
    told = traffic(queues, tight, limits, first)
    left = sum(told.days[-1].waiting.values()) if told.days else 0
    assert sum(one.letters for one in told.days) + left == sum(
        sum(some.values()) for days in queues.values() for some in days.values()
    )
    assert all(one.letters <= daily for one in told.days)
    for domain, most in tight.items():
        assert all(one.letters <= most for one in told.queues[domain])
