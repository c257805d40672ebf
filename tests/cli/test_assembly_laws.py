"""Laws of the choice, over random histories: it is a function, the cool-down holds, the longest rest wins."""

import datetime as dt
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tipsheet.editing.assembly import Assembly, Proposal, assemble
from tipsheet.model.audience import EVERYONE, Audience, exclusive, visible
from tipsheet.model.body import Action, Body, Passage
from tipsheet.model.post import Issue
from tipsheet.model.publication import Masthead, Publication
from tipsheet.model.segment import Has, Segment
from tipsheet.problems import Where

NOW = dt.datetime(2026, 11, 24, 7, tzinfo=dt.UTC)
SLOT = NOW + dt.timedelta(weeks=1)
SEGMENTS = ("leaders", "makers")
AUDIENCES = (EVERYONE, Audience(frozenset({"leaders"})), Audience(frozenset(SEGMENTS)))


def issue(week: int, actions: list[Action], *, draft: bool, audience: Audience) -> Issue:
    turns = exclusive(action.audience for action in actions)
    return Issue(
        id=f"w{week}",
        slug=f"w{week}",
        url=f"issues/w{week}/",
        title=f"Week {week}",
        subject=f"Week {week}",
        description="",
        published=NOW + dt.timedelta(weeks=week),
        authors=(),
        audience=audience,
        draft=draft,
        body=Body(tuple(Passage(a, (turn,)) for a, turn in zip(actions, turns, strict=True))),
        where=Where(f"w{week}.md"),
    )


@st.composite
def publications(draw: st.DrawFn) -> Publication:
    """Issues of some weeks, each with an action for everyone and sometimes one for a segment."""
    pool = [Action(id=name, title=name.upper(), audience=draw(st.sampled_from(AUDIENCES))) for name in "abcdef"]
    evergreen = draw(st.lists(st.sampled_from(pool), unique_by=lambda a: a.id))
    known = {action.id for action in evergreen}
    issues = []
    for week in draw(st.lists(st.integers(-20, 5).filter(lambda w: w != 1), unique=True, max_size=14).map(sorted)):
        default, variant = draw(st.tuples(st.sampled_from(pool), st.none() | st.sampled_from(pool)))
        given_to = [(default, EVERYONE)]
        if variant is not None and variant.id != default.id:
            given_to.append((variant, Audience(frozenset({draw(st.sampled_from(SEGMENTS))}))))
        actions = [replace(a, audience=audience, used=a.id in known) for a, audience in given_to]
        known |= {action.id for action in actions}
        audience = draw(st.sampled_from((EVERYONE, EVERYONE, EVERYONE, Audience(frozenset({"makers"})))))
        issues.append(issue(week, actions, draft=draw(st.integers(0, 5)) == 0, audience=audience))
    return Publication(
        masthead=Masthead(name="Laws", url="https://laws.example/"),
        now=NOW,
        issues=tuple(reversed(issues)),
        evergreen=tuple(evergreen),
        segments=tuple(Segment(id=name, title=name, rule=Has("tag", name)) for name in SEGMENTS),
    )


def readers(choice: Proposal) -> frozenset[str]:
    return frozenset({choice.segment} - {""})


def weeks_of(action: str, choice: Proposal, publication: Publication) -> list[int]:
    """Weeks from the slot, either way, at which these readers have the action."""
    found = []
    for seen in publication.issues_for(readers(choice)):
        given_action = seen.body.action(readers(choice))
        if given_action and given_action.id == action and (not seen.draft or seen.published > NOW):
            found.append(abs((SLOT - seen.published).days) // 7)
    return found


def chosen(publication: Publication, weeks: int) -> Assembly:
    return assemble(publication, slot=SLOT, cooldown_weeks=weeks)


@given(publications(), st.integers(1, 16))
def test_it_is_a_function_of_the_publication(publication: Publication, weeks: int) -> None:
    turned = replace(publication, evergreen=publication.evergreen[::-1])
    assert chosen(publication, weeks) == chosen(publication, weeks) == chosen(turned, weeks)


@given(publications(), st.integers(1, 16))
def test_the_cool_down_holds(publication: Publication, weeks: int) -> None:
    for choice in chosen(publication, weeks).proposals:
        if choice.action is not None:
            assert all(apart >= weeks for apart in weeks_of(choice.action.id, choice, publication))


@given(publications(), st.integers(1, 16))
def test_nothing_that_fits_has_rested_longer(publication: Publication, weeks: int) -> None:
    for choice in chosen(publication, weeks).proposals:
        mine = weeks_of(choice.action.id, choice, publication) if choice.action else []
        for other in publication.evergreen:
            fits = other.audience.includes(readers(choice)) and (choice.segment or other.audience == EVERYONE)
            theirs = weeks_of(other.id, choice, publication)
            if fits and all(apart >= weeks for apart in theirs):
                assert choice.action is not None
                assert not mine or (
                    theirs
                    and seen_last(other.id, choice, publication) >= seen_last(choice.action.id, choice, publication)
                )


def seen_last(action: str, choice: Proposal, publication: Publication) -> dt.datetime:
    """When these readers have it for the last time, also after the slot."""
    return max(
        seen.published
        for seen in publication.issues_for(readers(choice))
        if (mine := seen.body.action(readers(choice)))
        and mine.id == action
        and (not seen.draft or seen.published > NOW)
    )


@given(publications(), st.integers(1, 16))
def test_each_segment_is_given_what_was_chosen_for_it(publication: Publication, weeks: int) -> None:
    """Written as variants and read as a body, the choice comes back; without one they get everyone's."""
    assembly = chosen(publication, weeks)
    turns = exclusive(Audience(frozenset(variant.segments)) for variant in assembly.variants)
    for choice in assembly.proposals:
        got = [
            v.action.id for v, turn in zip(assembly.variants, turns, strict=True) if visible((turn,), readers(choice))
        ]
        assert got[:1] == [a.id for a in (choice.action or assembly.everyone.action,) if a]


@given(publications())
def test_what_readers_had_is_of_the_last_twelve_weeks_and_newest_first(publication: Publication) -> None:
    for choice in chosen(publication, 12).proposals:
        dates = [seen.issue.published for seen in choice.had]
        assert dates == sorted(dates, reverse=True)
        assert all(SLOT - dt.timedelta(weeks=12) <= date < SLOT for date in dates)
