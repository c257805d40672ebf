import json
from dataclasses import replace

from tests.rendering import feed_builders as make
from tests.site.builders import publication_of, settings
from tipsheet.engine.units import called
from tipsheet.model.body import Action
from tipsheet.model.publication import WEEK
from tipsheet.rendering.library import shelf
from tipsheet.rendering.references import Texts
from tipsheet.site.library import CARDS, index_row, library_card, library_index, planned_library, shelves
from tipsheet.site.view import View

MANAGERS_ONLY = make.FOR_MANAGERS


def publication(*issues, **fields):
    return make.publication(*issues, **fields)


def test_the_shelf_holds_what_the_public_and_public_segments_were_given():
    told = publication(
        make.issue(1, make.action(id="all")),
        make.issue(2, (make.action(id="theirs"), MANAGERS_ONLY)),
        make.issue(3, make.action(id="secret"), audience=replace(MANAGERS_ONLY, any_of=frozenset({"toronto"}))),
        evergreen=(Action(id="later", title="Later"),),
        segments=(make.MANAGERS, make.TORONTO),
    )
    assert [
        (one.action.id, one.place.everyone, [name for name, _ in one.place.segments], one.place.url)
        for one in shelf(told)
    ] == [
        ("all", True, ["managers"], "issues/issue-1/#action-all"),
        ("theirs", False, ["managers"], "for/managers/issue-2/#action-theirs"),
        ("later", True, ["managers"], "actions/#action-later"),
    ]


def test_an_action_that_returned_is_on_the_shelf_once_where_it_stood_last():
    told = publication(make.issue(1, make.action()), make.issue(2, make.action()), segments=())
    (one,) = shelf(told)
    assert [seen.page for seen in one.place.seen] == ["issues/issue-2/", "issues/issue-1/"]
    assert one.place.url == "issues/issue-1/#action-ask"


def library(folder, *actions):
    issues = [make.issue(number, action) for number, action in enumerate(actions, start=1)]
    found = settings(folder)
    told = replace(publication_of(found, *issues), segments=found.segments)
    return found, View.of(Texts(told, found)), shelf(told)


def filters_of(folder, *actions):
    found, view, _ = library(folder, *actions)
    page = called(planned_library(view)[0].page, lambda _ref: found, {})
    return {one.name: [(c.id, c.title) for c in one.choices] for one in page.context["filters"]}


def test_cards_carry_the_words_that_filters_go_by(tmp_path):
    action = make.action(minutes=10, tags=("Hard talks", "Trust"), steps=("a", "b", "c"))
    found, _, (one,) = library(tmp_path, action)
    card = library_card(found, one.action, one.place)
    assert (card.seats, card.within, card.tags) == ("managers sellers", "15 30 60", "hard-talks trust")
    assert card.steps == 3
    assert card.week_ends == one.place.seen[-1].published + WEEK


def test_filters_offer_only_what_narrows_the_list(tmp_path):
    minutes = (3, 10, 12, None)
    actions = [make.action(id=f"a{n}", minutes=m, tags=("Trust",)) for n, m in enumerate(minutes)]
    assert filters_of(tmp_path, *actions) == {
        "seat": [("managers", "Managers"), ("sellers", "Sellers")],
        "within": [("within-5", "5 minutes or less"), ("within-15", "15 minutes or less")],
        "tag": [("tag-trust", "Trust")],
    }


def test_only_a_library_of_many_pages_names_the_lists_that_stand_in_for_its_filters(tmp_path):
    few, many = ([make.action(id=f"a{n}", tags=("Trust",)) for n in range(count)] for count in (2, 2 * CARDS))
    found, view, _ = library(tmp_path, *many)
    tagged = replace(view, posts=(replace(view.posts[0], tags=("trust",)), *view.posts[1:]))
    lists = [
        [
            choice.list
            for one in called(planned_library(told)[0].page, lambda _: found, {}).context["filters"]
            for choice in one.choices
        ]
        for told in (library(tmp_path, *few)[1], view, tagged)
    ]
    assert lists == [
        ["", "", ""],
        ["for/managers/", "for/sellers/", ""],
        ["for/managers/", "for/sellers/", "tags/trust/"],
    ]


def test_tags_that_share_a_page_are_one_choice(tmp_path):
    actions = [make.action(id=f"a{n}", tags=(tag,)) for n, tag in enumerate(("trust", "Trust", "trust"))]
    assert filters_of(tmp_path, *actions)["tag"] == [("tag-trust", "Trust")]


def many(count):
    """A publication of an issue a week, each with an action, and one action that waits for its turn."""
    issues = [make.issue(count + 1 - n, make.action(id=f"a{n}")) for n in range(1, count + 1)]
    return publication(*issues, evergreen=(Action(id="later", title="Later"),), segments=())


def test_a_library_of_some_dozens_is_one_page():
    (page,) = shelves(shelf(many(2 * CARDS - 1)))
    assert (page.url, page.older, page.newer) == ("actions/", "", "")


def test_pages_but_the_newest_hold_what_they_held_when_more_comes():
    before, after = (shelves(shelf(many(count))) for count in (2 * CARDS, 3 * CARDS - 1))
    for pages in (before, after):
        assert [page.url for page in pages] == ["actions/", "actions/page/1/"]
        assert [one.action.id for one in pages[1].entries] == [f"a{number}" for number in range(CARDS, 0, -1)]
        assert pages[0].entries[-1].action.id == "later"


def test_the_index_tells_each_page_what_stands_on_it(tmp_path):
    action = make.action(minutes=10, tags=("Trust",), steps=("a", "b"))
    found, _, (one,) = library(tmp_path, action)
    row = index_row(library_card(found, one.action, one.place))
    told = json.loads(library_index([("actions/", (row,)), ("actions/page/1/", (row, row))]))
    assert told[""] == [["action-ask", 2, "managers sellers", "15 30 60", "trust"]]
    assert list(told) == ["", "page/1/"]
    assert len(told["page/1/"]) == 2
