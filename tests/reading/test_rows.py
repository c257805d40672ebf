"""Light rows: what a build keeps of a post without its HTML, and the HTML beside it."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sample import NOW, ROOT
from tipsheet.engine.codec import CodecError
from tipsheet.engine.inputs import scan
from tipsheet.engine.state import DamagedStateError
from tipsheet.model.audience import EVERYONE, Audience
from tipsheet.model.body import Action, Body, Event, Passage, Prose, Unread, names_in, size_of, words_in
from tipsheet.model.post import UNDATED, Article, Author, Image, Issue, Link, Reprint
from tipsheet.problems import Problem, Where
from tipsheet.reading import read_publication
from tipsheet.reading.posts import Definition
from tipsheet.reading.recall import Reading, Recall
from tipsheet.reading.rows import PostRow, light_post, post_in, rows_in, written_rows
from tipsheet.settings import read_settings

ADA = Author(id="ada", name="Ada")
AMSTERDAM = ZoneInfo("Europe/Amsterdam")

FIRST = dt.datetime.fromisoformat("1990-01-01")

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
names = st.text("abc", min_size=1, max_size=2)
audiences = st.builds(Audience, st.frozensets(names, max_size=2), st.frozensets(names, max_size=2))
html = (
    st.sampled_from(["", "<p>Hello &amp; you</p>", '<img src="site:a.png"><a href="site:b/#c">b</a>', "x\x1fy"]) | words
)
moments = st.datetimes(FIRST, FIRST.replace(year=2090))
prose = st.builds(Prose, html, words, words)
actions = st.builds(
    Action, id=names, title=words, html=html, steps=st.tuples(words), minutes=st.none() | st.integers(1, 90),
    due=st.none() | st.dates(), tags=st.tuples(words), audience=audiences, used=st.booleans(),
)  # fmt: skip
events = st.builds(
    Event, id=names, name=words, html=html, starts=moments.map(lambda m: m.replace(tzinfo=AMSTERDAM)) | st.dates(),
    place=words, audience=audiences,
)  # fmt: skip
passages = st.builds(Passage, prose | actions | events, st.tuples(audiences) | st.just(()))
bodies = st.builds(Body, st.lists(passages, max_size=4).map(tuple))
shared = {
    "id": names, "slug": names, "url": words, "title": words, "description": words, "authors": st.just((ADA,)),
    "published": moments.map(lambda m: m.replace(tzinfo=AMSTERDAM)) | st.just(UNDATED), "tags": st.tuples(words),
    "audience": st.just(EVERYONE) | audiences, "aliases": st.just(()) | st.tuples(words), "draft": st.booleans(),
    "image": st.none() | st.just(Image(src="a.png", alt="", width=1, height=1)), "body": bodies,
    "more": st.just(()) | st.just((Link(title="a", url="https://a.example/"),)), "digest": words,
    "words": st.integers(0, 9),
    "republished": st.none() | st.just(Reprint(title="t", site="s", url="https://b.example/")),
    "links": st.tuples(words), "anchors": st.frozensets(words, max_size=2), "headline_digest": words,
    "where": st.just(Where("content/a.md")),
}  # fmt: skip
issues = st.builds(
    Issue, **shared, number=st.none() | st.integers(0, 10**9), subject=words, after=st.none() | st.integers(0, 9),
    subjects=st.just(()) | st.tuples(st.tuples(audiences, words)), preheader=words, imported=st.booleans(),
)  # fmt: skip
problems = st.just(()) | st.just((Problem(Where("content/a.md"), "TS220", "too long"),))


@given(issues | st.builds(Article, **shared), problems)
def test_a_post_comes_back_from_its_row_and_its_html(post, found) -> None:
    kind = "issue" if isinstance(post, Issue) else "article"
    own = [a for a in post.body.all_actions() if not a.used] if kind == "issue" else []
    defines = tuple(
        Definition(action=action, where=Where("content/a.md", 7, number), published=post.published, tags=("own",))
        for number, action in enumerate(own, start=1)
    )
    light = light_post(post, defines, found, (kind, "stamp", ("asked",)))
    assert light is not None
    (row,) = rows_in(written_rows([light.row])).values()
    assert row == light.row
    again, again_defines, again_found = post_in(row, {"ada": ADA})
    assert (again, again_defines, again_found) == (light.post, light.defines, found)
    recall = Recall(scan(ROOT, [], {}, moment=0), fresh={"content/a.md": light.pieces})
    assert replace(again, body=again.body.whole(recall.html)) == post
    assert (again.published.utcoffset(), again.published.fold) == (post.published.utcoffset(), post.published.fold)
    assert [one.where for one in again_defines] == [one.where for one in defines]
    assert [size_of(p.content.html) for p in again.body.passages] == [
        size_of(p.content.html) for p in post.body.passages
    ]
    assert [words_in(p.content.html) for p in again.body.passages] == [
        words_in(p.content.html) for p in post.body.passages
    ]
    assert [names_in(p.content.html) for p in again.body.passages] == [
        names_in(p.content.html) for p in post.body.passages
    ]


def test_a_text_that_is_not_loaded_cannot_be_taken_for_one() -> None:
    piece: object = Unread("content/a.md", "12", 3, 0, 1)
    for use in (
        str,
        lambda p: f"{p}",
        lambda p: "".join(iter(["x", p])),
        lambda p: f"<p>{p:>3}",
        lambda p: p + "x",
        lambda p: "x" in p,
    ):
        with pytest.raises(TypeError):
            use(piece)


def test_a_name_that_is_no_utf_8_has_no_row_and_is_kept_otherwise() -> None:
    post = Article(
        id="a", slug="a", url="a/", title="A\udcff", description="", published=UNDATED, authors=(), body=Body(),
        where=Where("content/a.md"),
    )  # fmt: skip
    assert light_post(post, (), (), ("article", "", ())) is None
    recall = Recall(scan(ROOT, [], {}, moment=0))
    reading = Reading(path="content/a.md", kind="article", value=post)
    assert recall.keep(reading, str) is reading
    assert recall.stands(recall.kept["content/a.md"], {"*": EVERYONE}) == reading


@pytest.mark.parametrize("data", [b"\xc1", b"\x91\x01", b"\x91\x93\x01\x02\x03", b"\x80"])
def test_what_is_no_row_of_ours_is_told(data: bytes) -> None:
    with pytest.raises(CodecError):
        rows_in(data)


def test_a_row_of_an_unknown_zone_event_or_rest_is_none() -> None:
    settings, _ = read_settings(ROOT)
    assert settings
    recall = Recall(scan(ROOT, [settings.docs_dir], {}, moment=0))
    publication, _ = read_publication(ROOT, settings, NOW, recall)
    row = recall.kept[publication.issues[0].where.path]
    assert isinstance(row, PostRow)
    authors = {author.id: author for author in publication.authors}
    assert recall.stands(row, authors) is not None
    rests = ({"rest": b"\x01"}, {"rest": b"\xc1\x01"})
    for wrong in ({"zone": "Nowhere/At all"}, {"kind": "note"}, {"authors": ("nobody",)}, *rests):
        changed = PostRow(**dict(zip(row.__struct_fields__, msgspec.structs.astuple(row), strict=True)) | wrong)
        assert recall.stands(changed, authors) is None


@pytest.mark.parametrize("stored", [{}, {"content/a.md": b"\x01"}, {"content/a.md": b"\xc1other"}])
def test_html_that_the_state_does_not_have_is_damage(stored: dict[str, bytes]) -> None:
    recall = Recall(scan(ROOT, [], {}, moment=0), stored=stored)
    with pytest.raises(DamagedStateError):
        recall.html(Unread("content/a.md", "12", 3, 0, 1))


def test_threads_load_html_beside_each_other() -> None:
    settings, _ = read_settings(ROOT)
    assert settings
    recall = Recall(scan(ROOT, [settings.docs_dir], {}, moment=0))
    publication, _ = read_publication(ROOT, settings, NOW, recall)
    bodies = [issue.body for issue in publication.issues[:8]]
    assert any(isinstance(p.content.html, Unread) for body in bodies for p in body.passages)

    def load(turn: int) -> list[Body]:
        return [bodies[(turn + step) % len(bodies)].whole(recall.html) for step in range(40)]

    with ThreadPoolExecutor(4) as pool:
        loaded = [body for bodies in pool.map(load, range(4)) for body in bodies]
    assert not any(isinstance(p.content.html, Unread) for body in loaded for p in body.passages)
