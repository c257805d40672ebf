"""Nobody gets an issue twice because there are two languages, and nobody is left out."""

import datetime as dt

import pytest
import sqlalchemy as sa

from tests.audience.readership import put
from tests.conftest import Write
from tests.delivery.builders import NOW, SECRET, counts, job
from tests.delivery.sink import Sink, running
from tests.languages.builders import IN_GERMAN, TIP, files, german
from tests.languages.test_translations import newest
from tipsheet.audience.conditions import condition
from tipsheet.audience.plan import plan
from tipsheet.delivery.sending import send
from tipsheet.delivery.snapshot import prepare as write_down
from tipsheet.model.language import language_segments
from tipsheet.model.segment import Reader, matches
from tipsheet.press import prepare
from tipsheet.rendering.letters import edition_of
from tipsheet.rendering.references import whole_post
from tipsheet.rendering.templates import template_environment
from tipsheet.store.database import open_store
from tipsheet.store.tables import delivery, issue_edition, subscriber

LOCALES = ("", "en", "de", "de-AT", "DE_ch", "nl", "den")
MANAGER = {"role": "manager"}


@pytest.fixture
def store(sqlite_store_url):
    engine = open_store(sqlite_store_url)
    with engine.begin() as connection:
        put(connection, [*(Reader(locale=one) for one in LOCALES), Reader(attributes=MANAGER, locale="de")])
    yield engine
    engine.dispose()


@pytest.fixture
def sink():
    with running(Sink()) as sink:
        yield sink


def letters_of(store: sa.Engine) -> dict[str, int]:
    """The number of letters of each combination of segments."""
    query = sa.select(issue_edition.c.segments, sa.func.count()).join_from(
        delivery, issue_edition, issue_edition.c.id == delivery.c.edition_id
    )
    with store.connect() as connection:
        return dict(connection.execute(query.group_by(issue_edition.c.segments)).all())


def test_each_reader_is_planned_and_sent_one_letter_in_their_language(publication: Write, store, sink) -> None:
    root = publication(files())
    issue, edition = newest(root)
    prepared = prepare(root, now=NOW - dt.timedelta(days=3))
    assert prepared.settings is not None
    assert prepared.publication is not None
    segments = prepared.settings.segments
    with store.connect() as connection:
        planned = next(one for one in plan(prepared.publication, connection) if one.issue.id == issue.id)
    assert planned.groups is not None
    expected = {"": 4, "language-de": 3, "language-de managers": 1}
    assert {" ".join(sorted(g.segments)): g.readers for g in planned.groups} == expected

    send(job(store, sink.connect, edition=edition, segments=segments))
    send(job(store, sink.connect, edition=edition, segments=segments))

    assert counts(store) == {"sent": 8}
    assert sorted(sink.recipients.values()) == [1] * 8
    assert letters_of(store) == expected


def test_who_changes_language_between_plan_and_letter_gets_one(publication: Write, store, sink) -> None:
    _, edition = newest(root := publication(files()))
    settings = prepare(root, now=NOW).settings
    assert settings is not None
    with store.begin() as connection:
        write_down(connection, edition, settings.segments, SECRET, now=NOW)
        connection.execute(sa.update(subscriber).where(subscriber.c.id == 3).values(locale="en"))
        connection.execute(sa.update(subscriber).where(subscriber.c.id == 2).values(locale="de"))
    send(job(store, sink.connect, edition=edition, segments=settings.segments))
    assert sorted(sink.recipients.values()) == [1] * 8

    (root / f"{TIP}.de.md").write_text(german(title="Frage nach"))
    _, changed = newest(root)
    later = NOW + dt.timedelta(hours=1)
    send(job(store, sink.connect, edition=changed, segments=settings.segments, clock=lambda: later, amend=True))
    assert sorted(sink.recipients.values()) == [1] * 8


@pytest.mark.parametrize("languages", [("en", "de"), ("en", "de", "de-AT"), ("nl", "de-AT"), ("de-AT", "de")])
def test_the_database_and_the_predicate_agree(languages: tuple[str, ...], store: sa.Engine) -> None:
    for segment in language_segments(languages, {one: one for one in languages}):
        with store.connect() as connection:
            rule = condition(segment.rule, store.dialect.name)
            found = set(connection.execute(sa.select(subscriber.c.locale).where(rule)).scalars())
        assert found == {one for one in LOCALES if matches(segment.rule, Reader(locale=one))}


NEAREST = {
    ("[pt, pt-BR]", ("pt", "pt-BR")): {"": 3, "language-pt": 2, "language-pt-br": 1},
    ("[pt-BR]", ("pt-BR",)): {"": 3, "language-pt-br": 3},
    ("[pt-BR]", ("pt_br",)): {"": 3, "language-pt-br": 3},
    ("[en-GB]", ("en-GB",)): {"": 5, "language-en-gb": 1},
    ("[zh-Hant]", ("zh-Hant",)): {"": 5, "language-zh-hant": 1},
    ("[pt]", ()): {"": 6},
}
"""Languages of a publication in English, tags of the files beside the original: letters by the segments of readers."""


@pytest.mark.parametrize("case", NEAREST, ids=str)
def test_each_reader_has_the_nearest_language_that_there_is(case, publication: Write, sqlite_store_url) -> None:
    languages, tags = case
    config = IN_GERMAN.replace("[de]", languages)
    root = publication({"mkdocs.yml": config, **{f"{TIP}.{tag}.md": german() for tag in tags}})
    prepared = prepare(root, now=NOW)
    settings, told = prepared.settings, prepared.publication
    assert settings is not None
    assert told is not None
    issue = whole_post(told.issues[0], told)
    edition = edition_of(settings, template_environment(None), issue, settings.segments)
    store = open_store(sqlite_store_url)
    with store.begin() as connection:
        put(connection, [Reader(locale=one) for one in ("", "en-GB", "pt", "pt-PT", "pt_BR", "zh-Hant-TW")])
        write_down(connection, edition, settings.segments, SECRET, now=NOW)
    assert letters_of(store) == NEAREST[case]
    store.dispose()
