"""Letters of the desk are those that are sent, for any combination of segments and any made-up reader."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from jinja2 import UndefinedError

from tests.folders import MKDOCS, write_png
from tests.folders import issue as issue_file
from tests.rendering.builders import MANAGERS, OTHERS, TORONTO, action, event, issue, note, settings
from tests.sample import Sample
from tipsheet.audience.secret import Secret
from tipsheet.checks import Report
from tipsheet.delivery.letters import Letters
from tipsheet.edition.edition import Edition
from tipsheet.edition.joining import PREVIEW, LetterParts
from tipsheet.edition.outbox import edition_from, read_edition, record_of, sender_of
from tipsheet.errors import ContentError, NotMeantError, UnknownNameError
from tipsheet.model.audience import EVERYONE, Audience, Segments
from tipsheet.model.pictures import settled
from tipsheet.model.placeholders import TOKEN
from tipsheet.model.publication import Publication
from tipsheet.model.segment import AllOf, AnyOf, Attribute, AttributeType, Compare, Has, Not, Operator, Rule, Segment
from tipsheet.press import prepare
from tipsheet.preview.letters import (
    Asked,
    Compiled,
    Editions,
    feed_item,
    findings,
    issue_of,
    letter_for,
    links_in,
    pictures_in,
    sender_line,
)
from tipsheet.preview.readers import NOBODY, MadeUpReader, apart, contradiction, made_up_readers
from tipsheet.settings import Settings, read_settings

__all__ = ["settings"]

SECRET = Secret("a secret that is long enough for tests")
LAW = hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ATTRIBUTES = (
    Attribute(name="role", type=AttributeType.TEXT, choices=("manager", "seller")),
    Attribute(name="city", type=AttributeType.TEXT),
    Attribute(name="seats", type=AttributeType.NUMBER),
    Attribute(name="vip", type=AttributeType.BOOLEAN),
)
READERS = made_up_readers(ATTRIBUTES)


def sent(edition: Edition, segments: Segments, reader: MadeUpReader) -> LetterParts:
    """The parts of the message that a run of sending writes to somebody who is this reader."""
    fields = dict(reader.fields)
    row = SimpleNamespace(
        id=1, recipient="dana@reader.example", message_key="k3y5" * 6, public_id="a-public-id", attempts=0, dropped=0,
        segments=" ".join(sorted(segments)), email=fields.pop("email", ""), first_tried_at=None,
        first_name=fields.pop("first_name", ""), last_name=fields.pop("last_name", ""), attributes=fields,
    )  # fmt: skip
    letter = Letters(edition, SECRET, sender_of(edition)).letter(row)
    message = message_from_bytes(b"".join(letter.message), policy=policy.default)
    text, html = (part.get_payload(decode=True).decode().replace("\r\n", "\n") for part in message.iter_parts())
    token = SECRET.leave_token("a-public-id")
    subject = str(message["Subject"])
    return LetterParts(subject, html.replace(token, PREVIEW[TOKEN]), text.replace(token, PREVIEW[TOKEN]))


def publication_of(*issues, segments) -> Publication:
    return Publication(
        masthead=None,
        now=dt.datetime(2026, 9, 9, tzinfo=dt.UTC),
        issues=issues,
        segments=segments,  # type: ignore[arg-type]
    )


@pytest.fixture(scope="module")
def desk(sample: Sample) -> tuple[Editions, Settings]:
    """What a desk keeps of the sample from one letter to the next."""
    folder = sample.outbox.parent / "publication"
    settings = prepare(folder, now=sample.publication.now).settings
    assert settings is not None
    return Editions(folder), settings


@LAW
@given(data=st.data())
def test_the_letter_of_any_combination_in_the_sample_is_what_is_sent(
    sample: Sample, desk: tuple[Editions, Settings], data
):
    publication, (editions, read) = sample.publication, desk
    known = [segment.id for segment in publication.segments]
    chosen = data.draw(st.frozensets(st.sampled_from(known)))
    post = data.draw(st.sampled_from([i for i in publication.issues if i.meant_for(chosen)]))
    reader = data.draw(st.sampled_from(made_up_readers(read.attributes)))
    asked = Asked(issue=post, segments=chosen, reader=reader)
    shown = letter_for(asked, editions.edition(post, read, publication), publication)
    assert shown.parts == sent(read_edition(sample.outbox, post.id), chosen, reader)


TEXTS = st.sampled_from(
    [
        "<p>Dear @@first_name or Sir & Madam@@,</p>",
        '<p>See <a href="https://x.example/?q=@@city or a town@@&amp;n=@@first_name or you@@">your page</a>.</p>',
        "<h2>A heading</h2><ul><li>one</li><li>@@last_name or two@@</li></ul>",
        "<p>[1] is no link, <b>größer</b> &amp; longer than a line of the text part may be, so that it is wrapped.</p>",
        "<table><tr><th>@@seats or Seats@@</th></tr><tr><td><a href='https://x.example/'>x</a></td></tr></table>",
    ]
)
AUDIENCES = st.sampled_from([EVERYONE, MANAGERS, TORONTO, OTHERS, Audience(frozenset({"sellers", "toronto"}))])
CONTENTS = st.tuples(TEXTS | st.builds(action) | st.builds(event), AUDIENCES)
WORDINGS = st.sampled_from(["Ask once", "Größer fragen, @@first_name or Reader@@", "@@city or Here@@: ask"])
ISSUES = st.builds(
    lambda contents, notes, subjects: issue(
        *contents, notes=tuple(notes), subjects=tuple(subjects), preheaders=tuple(subjects)
    ),
    st.lists(CONTENTS, min_size=1, max_size=6),
    st.lists(st.builds(lambda content, audience: note(content, audience=audience), CONTENTS, AUDIENCES), max_size=2),
    st.lists(st.tuples(st.sampled_from([MANAGERS, TORONTO]), WORDINGS), max_size=2, unique_by=lambda pair: pair[0]),
)


@LAW
@given(post=ISSUES, chosen=st.frozensets(st.sampled_from(["managers", "toronto", "sellers"])), data=st.data())
def test_the_letter_of_any_combination_of_a_generated_issue_is_what_is_sent(settings: Settings, post, chosen, data):
    publication = publication_of(post, segments=settings.segments)
    made = Editions(Path("nowhere")).edition(post, settings, publication)
    reader = data.draw(st.sampled_from(READERS))
    shown = letter_for(Asked(issue=post, segments=chosen, reader=reader), made, publication)
    kept = edition_from(record_of(made.edition))
    assert shown.parts == sent(kept, chosen, reader)


def test_the_bytes_for_a_segment_are_those_of_the_copy_in_the_outbox(sample: Sample):
    publication = sample.publication
    post = issue_of(publication, "2026-w47")
    made = Compiled(read_edition(sample.outbox, post.id))
    for segments, name in ((frozenset(), "everyone"), (frozenset({"managers"}), "managers")):
        shown = letter_for(Asked(issue=post, segments=segments), made, publication)
        assert shown.message == (sample.outbox / post.id / f"{name}.eml").read_bytes()
        assert shown.parts.html == (sample.outbox / post.id / f"{name}.html").read_text("utf-8")


def test_a_letter_that_follows_a_confirmation_is_shown_too(sample: Sample):
    publication = sample.publication
    for post in publication.welcome:
        made = Compiled(read_edition(sample.outbox, post.id))
        shown = letter_for(Asked(issue=post), made, publication)
        assert shown.message == (sample.outbox / post.id / "everyone.eml").read_bytes()


def test_threads_that_ask_at_once_compile_once(settings: Settings):
    post = issue("<p>One.</p>", ("<p>Two.</p>", MANAGERS))
    publication = publication_of(post, segments=settings.segments)
    editions = Editions(Path("nowhere"))

    def ask(turn: int) -> bytes:
        chosen = frozenset({"managers"}) if turn % 2 else frozenset()
        asked = Asked(issue=post, segments=chosen, reader=READERS[turn % len(READERS)])
        return letter_for(asked, editions.edition(post, settings, publication), publication).message

    with ThreadPoolExecutor(4) as pool:
        messages = list(pool.map(ask, range(40)))
    assert editions.compiled == 1
    assert messages == [ask(turn) for turn in range(40)]


def test_markup_in_a_name_is_text_in_the_letter(settings: Settings):
    post = issue("<p>Dear @@first_name or friend@@, of @@city or nowhere@@.</p>", subject="For @@first_name or you@@")
    publication = publication_of(post, segments=settings.segments)
    made = Editions(Path("nowhere")).edition(post, settings, publication)
    hostile = next(reader for reader in READERS if reader.name == "hostile")
    shown = letter_for(Asked(issue=post, reader=hostile), made, publication)
    assert "<b>O" not in shown.parts.html
    assert "&lt;b&gt;O&#x27;Brien&lt;/b&gt; &amp; &quot;Söhne&quot;" in shown.parts.html
    assert shown.subject == f"For {hostile.fields['first_name']}"


def test_readers_have_every_attribute_or_none():
    assert READERS[0] is NOBODY
    assert NOBODY.fields == {}
    ada = next(reader for reader in READERS if reader.name == "ada")
    assert ada.fields == {
        "role": "manager", "city": "Utrecht", "seats": "12", "vip": "yes", "first_name": "Ada", "last_name": "Lovelace",
        "email": "ada@reader.example",
    }  # fmt: skip
    assert next(reader for reader in READERS if reader.name == "last-name").fields["first_name"] == ""
    assert len({reader.name for reader in READERS}) == len(READERS)


def test_an_issue_is_compiled_once_for_each_state_of_its_sources(settings: Settings, tmp_path: Path):
    post = issue("<p>One.</p>", ("<p>Two.</p>", MANAGERS))
    publication = publication_of(post, segments=settings.segments)
    editions = Editions(tmp_path)
    for chosen in (frozenset(), frozenset({"managers"}), frozenset({"toronto", "sellers"})):
        letter_for(Asked(issue=post, segments=chosen), editions.edition(post, settings, publication), publication)
    assert editions.compiled == 1
    editions.edition(issue("<p>Another.</p>"), settings, publication)
    assert editions.compiled == 2
    editions.edition(post, settings, publication)
    assert editions.compiled == 2
    editions.edition(post, replace(settings, docs_dir="elsewhere"), publication)
    assert editions.compiled == 3


def test_only_so_many_editions_are_kept(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tipsheet.preview.letters.KEPT", 2)
    editions, publication = Editions(Path("nowhere")), publication_of(segments=settings.segments)
    posts = [issue(f"<p>{number}</p>") for number in range(3)]
    for post in (*posts, posts[2], posts[0]):
        editions.edition(post, settings, publication)
    assert editions.compiled == 4


def test_a_template_of_the_publication_counts_at_once_and_its_mistake_has_a_place(publication):
    root = publication(
        {"overrides/email/main.html": '{% extends "email/base.html" %}', "mkdocs.yml": _with_overrides()}
    )
    prepared = prepare(root, now=dt.datetime(2026, 11, 20, tzinfo=dt.UTC))
    read, whole = prepared.settings, prepared.publication
    assert read is not None
    assert whole is not None
    post, editions = whole.issues[0], Editions(root)
    plain = editions.edition(post, read, whole).edition
    file = root / "overrides/email/main.html"
    file.write_text('{% extends "email/base.html" %}{% block title %}<h1>Other</h1>{% endblock %}', "utf-8")
    assert editions.edition(post, read, whole).edition != plain
    file.write_text('{% extends "email/base.html" %}\n{% block title %}{{ nothing }}{% endblock %}', "utf-8")
    with pytest.raises(ContentError) as stopped:
        editions.edition(post, read, whole)
    assert [(p.where.path, p.where.line, p.code) for p in stopped.value.problems] == [
        ("overrides/email/main.html", 2, "TS601")
    ]


def _with_overrides() -> str:
    return MKDOCS.replace("name: material", "name: material\n  custom_dir: overrides")


def test_a_mistake_in_a_template_of_ours_is_a_bug(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    def broken(*_args: object) -> None:
        raise UndefinedError("'x' is undefined")

    monkeypatch.setattr("tipsheet.preview.letters.edition_of", broken)
    with pytest.raises(UndefinedError):
        Editions(Path("nowhere")).edition(issue(), settings, publication_of(segments=settings.segments))


def by_role(role: str) -> Rule:
    return Compare("role", Operator.IS, role)


RULES = {
    "managers": by_role("manager"),
    "sellers": by_role("seller"),
    "tagged": AnyOf((by_role("seller"), Has("tag", "sells"))),
    "either": Compare("role", Operator.ONE_OF, ("manager", "seller")),
    "others": AnyOf((by_role("seller"), by_role("buyer"))),
    "chiefs": AllOf((by_role("manager"), Compare("seats", Operator.AT_LEAST, 5), Compare("vip", Operator.IS, True))),
    "one": Compare("vip", Operator.IS, 1),
    "none": Not(by_role("manager")),
}
ALL = tuple(Segment(id=name, title=name, rule=rule) for name, rule in RULES.items())


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ("managers tagged either", ""),
        ("managers none", ""),
        (
            "managers sellers",
            "nobody is in 'managers' and 'sellers' at once: role is 'manager' in the one, and 'seller'",
        ),
        ("managers others", "role is 'manager' in the one, and 'buyer', 'seller' in the other"),
        ("chiefs sellers", "nobody is in 'sellers' and 'chiefs' at once"),
        ("chiefs one", "vip is True in the one, and 1 in the other"),
        ("chiefs managers either", ""),
    ],
)
def test_segments_that_nobody_can_be_in_together(chosen: str, words: str):
    reason = contradiction(frozenset(chosen.split()), ALL)
    assert words in reason
    assert bool(words) == bool(reason)


def test_pairs_that_are_apart():
    assert ("managers", "sellers") in list(apart(ALL))
    assert ("managers", "tagged") not in list(apart(ALL))


@pytest.mark.parametrize(
    ("segments", "error", "words"),
    [
        ("mangers", UnknownNameError, "no segment 'mangers'"),
        ("managers sellers", NotMeantError, "at once"),
        ("", NotMeantError, "does not go to readers of no segment"),
        ("toronto", NotMeantError, "does not go to toronto"),
    ],
)
def test_letters_that_nobody_gets_are_refused(publication, segments: str, error: type[Exception], words: str):
    only = {"content/tipsheets/2026/2026-11-17-ask.md": issue_file("audience: [managers]\n", "Hello.")}
    root = publication({**only, "mkdocs.yml": _one_role()})
    prepared = prepare(root, now=dt.datetime(2026, 11, 20, tzinfo=dt.UTC))
    assert prepared.settings is not None
    assert prepared.publication is not None
    post = prepared.publication.issues[0]
    made = Editions(root).edition(post, prepared.settings, prepared.publication)
    with pytest.raises(error, match=words):
        letter_for(Asked(issue=post, segments=frozenset(segments.split())), made, prepared.publication)


def _one_role() -> str:
    return MKDOCS.replace("where: {any: [{role: seller}, {tag: sells}]}", "where: {role: seller}")


BODY = """\
Hello @@first_name or there@@, read [the guide](https://guide.example/one) and [our page](../../about.md).

![Three chairs](../../images/chairs.png)

[![A door](../../images/door.png)](https://guide.example/door)
"""


def test_links_and_pictures_have_their_lines(publication):
    root = publication({"content/tipsheets/2026/2026-11-17-ask.md": issue_file(body=BODY)})
    for name in ("chairs", "door"):
        write_png(root / f"content/images/{name}.png", 300, 200)
    prepared = prepare(root, now=dt.datetime(2026, 11, 20, tzinfo=dt.UTC))
    read, whole = prepared.settings, prepared.publication
    assert read is not None
    assert whole is not None
    shown = settled(whole, whole)
    post = shown.issues[0]
    letter = letter_for(Asked(issue=post), Editions(root).edition(post, read, shown), shown)
    report = Report(root, read, shown)
    places = {link.href: (link.text, link.where and link.where.line) for link in links_in(letter, report)}
    assert places["https://guide.example/one"] == ("the guide", 9)
    assert places["https://sheet.example/about/"] == ("our page", 9)
    assert places["https://guide.example/door"] == ("A door", 13)
    pictures = {one.alt: one for one in pictures_in(letter, report, root / "content", read.masthead.url)}
    where = pictures["Three chairs"].where
    assert where is not None
    assert (where.path, where.line) == (post.where.path, 11)
    assert pictures["Three chairs"].bytes == (root / "content/images/chairs.png").stat().st_size
    gone = list(pictures_in(letter, report, root / "nowhere", read.masthead.url))
    assert {one.bytes for one in gone} == {None}
    assert sender_line(read) == "Ada Editor"


def test_findings_are_those_of_this_letter_at_their_places(publication):
    body = "Read [here](https://guide.example/one).\n\n/// only | managers\n\n[click](https://x.example/)\n\n///\n"
    root = publication({"content/tipsheets/2026/2026-11-17-ask.md": issue_file(body=body)})
    prepared = prepare(root, now=dt.datetime(2026, 11, 20, tzinfo=dt.UTC))
    read, whole = prepared.settings, prepared.publication
    assert read is not None
    assert whole is not None
    post, report = whole.issues[0], Report(root, read, whole)
    made = Editions(root).edition(post, read, whole)

    def words(*segments: str) -> set[tuple[str, int]]:
        letter = letter_for(Asked(issue=post, segments=frozenset(segments)), made, whole)
        return {(p.code, p.where.line) for p in findings(letter, read, report, ()) if p.code == "TS405"}

    assert words() == {("TS405", 9)}
    assert words("managers") == {("TS405", 9), ("TS405", 13)}


def test_a_letter_as_large_as_gmail_takes_is_not_cut_off(settings: Settings):
    publication = publication_of(segments=settings.segments)
    short, long = issue("<p>Short.</p>"), issue("<p>A paragraph of a long letter.</p>" * 4000)
    shown = [
        letter_for(Asked(issue=one), Editions(Path("nowhere")).edition(one, settings, publication), publication)
        for one in (short, long)
    ]
    assert [one.clipped for one in shown] == [False, True]
    assert shown[1].size == len(shown[1].parts.html.encode())


def test_issues_are_found_by_their_ids(sample: Sample):
    assert issue_of(sample.publication, "2026-w47").id == "2026-w47"
    assert issue_of(sample.publication, sample.publication.welcome[0].id).after is not None
    with pytest.raises(UnknownNameError) as unknown:
        issue_of(sample.publication, "2026-w47x")
    assert "2026-w47" in unknown.value.hint


def test_feed_items_are_those_of_the_feed(sample: Sample):
    post = issue_of(sample.publication, "2026-w47")
    item = feed_item(post, sample.publication)
    assert item.title == post.title
    assert item.link == sample.publication.masthead.url + post.url
    assert "<p>" in item.html
    assert feed_item(post, sample.publication, "managers").link != item.link
    with pytest.raises(UnknownNameError, match="no feed is for 'utrecht'"):
        feed_item(post, sample.publication, "utrecht")
    private = replace(post, audience=Audience(frozenset({"managers"})))
    with pytest.raises(NotMeantError, match="in no feed for everyone"):
        feed_item(private, sample.publication)


def test_the_sender_is_named_or_its_address_stands(tmp_path: Path):
    (tmp_path / "mkdocs.yml").write_text(
        "site_name: X\nsite_url: https://x.example/\nplugins: [{tipsheet: {mail: {sender: a@x.example}}}]\n", "utf-8"
    )
    read, _ = read_settings(tmp_path)
    assert read is not None
    assert sender_line(read) == "a@x.example"
