"""Checks of posts and between issues: laws, and what must not be told (X4)."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Write
from tests.folders import MKDOCS, issue
from tests.sample import NOW
from tipsheet import press
from tipsheet.checks.issues import missing_actions, opens_without_verb
from tipsheet.checks.repetition import BACK
from tipsheet.checks.texts import automatic, stale_year
from tipsheet.lexicon import clean_address, listed_in, tracking_names
from tipsheet.model.audience import EVERYONE, Audience, compatible, exclusive, visible
from tipsheet.model.body import Action, Body, Passage
from tipsheet.model.post import Issue
from tipsheet.model.publication import Masthead, Publication
from tipsheet.problems import Where
from tipsheet.settings import read_settings

NAMES = ("a", "b", "c")
READERS = [frozenset(some) for size in range(4) for some in combinations(NAMES, size)]
names = st.frozensets(st.sampled_from(NAMES))
audiences = st.builds(Audience, any_of=names, none_of=names)


def codes(root, code):
    return [str(p.where.line) for p in press.check(root, now=NOW).problems if p.code == code]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory):
    root = tmp_path_factory.mktemp("settings")
    (root / "content").mkdir()
    (root / "mkdocs.yml").write_text(MKDOCS)
    return read_settings(root, {})[0]


@given(audience=audiences, variants=st.lists(names, max_size=4))
def test_a_reader_gets_exactly_one_action_or_the_check_says_so(settings, audience, variants) -> None:
    """For every combination of segments; nobody gets two."""
    wanted = [Audience(variant) for variant in variants]
    turns = exclusive(wanted)
    actions = [Action(id=str(n), title="Ask", audience=one) for n, one in enumerate(wanted)]
    passages = [
        Passage(action, () if turn == EVERYONE else (turn,)) for action, turn in zip(actions, turns, strict=True)
    ]
    if sum(one == EVERYONE for one in wanted) > 1:
        return  # TS212, an error
    one = Issue(
        id="i", slug="i", url="issues/i/", title="T", description="D", subject="T", published=NOW, authors=(),
        audience=audience, body=Body(tuple(passages)), where=Where("i.md"),
    )  # fmt: skip
    publication = Publication(masthead=Masthead(name="N", url="https://n.example/"), now=NOW, issues=(one,))
    counts = [sum(p.visible(reader) for p in passages) for reader in READERS if one.meant_for(reader)]
    assert max(counts, default=1) <= 1
    assert bool(list(missing_actions(publication, settings))) == (0 in counts)


@given(st.lists(audiences, max_size=4))
def test_conditions_are_compatible_when_somebody_meets_them(conditions) -> None:
    assert compatible(conditions) == any(visible(conditions, reader) for reader in READERS)


@pytest.mark.parametrize(
    ("title", "word"),
    [
        ("Ask one question", ""),
        ("Before the call, write it down", ""),
        ("Bring a pen", ""),
        ("Question the first answer", ""),
        ("Don't answer at once", ""),
        ("Never apologise for the price", ""),
        ("“Ask” instead of telling", ""),
        ("5", ""),
        ("The silence", "The"),
        ("Listening for an hour", "Listening"),
        ("5 minutes of silence", "minutes"),
        ("Before the call", "Before"),
        ("How to ask", "How"),
        ("Preparation of a call", "Preparation"),
    ],
)
def test_a_title_of_an_action_begins_with_a_verb(title: str, word: str) -> None:
    assert opens_without_verb(title) == word


@pytest.mark.parametrize(
    ("alt", "src", "told"),
    [
        ("IMG_2034", "a.png", True),
        ("scales-2.png", "a.png", True),
        ("door-2026", "x/door-2026.png", True),
        ("Image 3", "a.png", True),
        ("Screenshot 2026-11-24 at 10.11.12", "a.png", True),
        ("picture.", "a.png", True),
        ("1234 5678", "a.png", True),
        ("Scales", "scales.png", False),
        ("A picture of two people at one table", "a.png", False),
        ("Table 4: prices", "a.png", False),
        ("Image recognition in three steps", "a.png", False),
        ("The logo of Half Turn", "a.png", False),
        ("2026", "a.png", True),
    ],
)
def test_alt_texts_that_a_program_has_written(alt: str, src: str, told: bool) -> None:
    assert bool(automatic(alt, src, listed_in("en", "pictures"))) is told


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("© 2019-2024 X", 2024),
        ("(c) 2020 X", 2020),
        ("Copyright © 2021 X", 2021),
        ("© 2025-2026 X. Founded 1999.", None),
        ("© X", None),
        ("Founded in 1999", None),
        ("© 2027 X", None),
    ],
)
def test_a_copyright_that_is_over(text: str, year: int | None) -> None:
    found = stale_year(text, 2026)
    assert (found and found[1]) == year


@given(
    st.lists(st.sampled_from(["utm_source=x", "fbclid", "a=1", "b", "utm=2", "UTM_X=%20"]), max_size=5),
    st.sampled_from(["&", "&amp;"]),
    st.sampled_from(["", "#top?utm_a=1"]),
)
def test_a_clean_address_tracks_nothing_and_keeps_the_rest(pieces, between, fragment) -> None:
    address = "https://x.example/a" + (f"?{between.join(pieces)}" if pieces else "") + fragment
    kept = [piece for piece in pieces if not piece.lower().startswith(("utm_", "fbclid"))]
    clean = clean_address(address)
    assert clean == "https://x.example/a" + (f"?{between.join(kept)}" if kept else "") + fragment
    assert tracking_names(clean) == ()


def test_a_link_of_long_ago_may_return(publication: Write) -> None:
    """One of the last 25 issues counts, and only for an issue that may still be sent."""
    files = {
        f"content/tipsheets/2026/{n}.md": issue(
            body="[A](https://x.example/a)" if n in (0, BACK) else "Text.",
            id=f"w{n}", title=f"Issue {n}", date=f"2026-{10 + n // 28}-{1 + n % 28:02}",
        )
        for n in range(BACK + 1)
    }  # fmt: skip
    assert codes(publication(files), "TS237") == ["9"]
    late = {**files, "content/tipsheets/2026/x.md": issue(id="x", date="2026-10-01T09:00")}
    assert codes(publication(late), "TS237") == []


def test_an_action_that_is_taken_up_again_is_meant_to_return(publication: Write) -> None:
    text = (
        "We asked twelve buyers why they had stopped reading. [Nine](https://x.example/a) named the second paragraph."
    )
    written = f"/// action | Ask {{ id=ask }}\n\n{text}\n\n///"
    used = "/// action { use=ask }\n\n///"
    root = publication({
        "content/tipsheets/2026/1.md": issue(body=written, id="w1", date="2026-11-03"),
        "content/tipsheets/2026/2.md": issue(body=used, id="w2", date="2026-11-10"),
    })  # fmt: skip
    assert codes(root, "TS237") + codes(root, "TS239") == []
    again = issue(body=f"{text}\n\n{used}", id="w2", date="2026-11-10")
    root = publication({
        "content/tipsheets/2026/1.md": issue(body=written, id="w1", date="2026-11-03"),
        "content/tipsheets/2026/2.md": again,
    })  # fmt: skip
    assert (codes(root, "TS237"), codes(root, "TS239")) == (["9"], ["9"])


def test_actions_in_other_languages_are_not_looked_at(publication: Write) -> None:
    config = MKDOCS.replace("  font: false\n", "  font: false\n  language: de\n")
    body = "/// action | The silence { id=a }\n\n///"
    tip = "content/tipsheets/2026/2026-11-17-ask.md"
    assert codes(publication({tip: issue(body=body)}), "TS236") == ["9"]
    assert codes(publication({tip: issue(body=body), "mkdocs.yml": config}), "TS236") == []


def test_an_event_in_a_note_that_is_over_before_it(publication: Write) -> None:
    header = "---\nid: n\ntitle: A note\nfrom: 2026-11-10\nexpires: 2026-11-30\n---\n\n"
    note = f"{header}/// event | {{}} {{{{ starts={{}} }}}}\n\n///\n"
    path = "content/notes/n.md"
    assert codes(publication({path: note.format("Party", "2026-11-09T20:00")}), "TS240") == ["8"]
    assert codes(publication({path: note.format("Party", "2026-11-10T20:00")}), "TS240") == []
