"""What lies in the outbox, and that an edition comes back from it as it was."""

import json

import pytest

from tests.rendering.builders import MANAGERS, SEGMENTS, action, compiled, issue, settings
from tipsheet.edition.joining import join
from tipsheet.edition.outbox import edition_from
from tipsheet.model.audience import Audience
from tipsheet.rendering.letters import outbox_files

__all__ = ["settings"]

SENT = issue(
    "<p>Dear @@first_name or reader@@</p>",
    ("<p>You lead.</p>", MANAGERS),
    action(),
    subject="@@first_name or Reader@@, ask",
)


def test_there_is_a_record_and_three_copies_for_everyone_and_each_segment(settings):
    files = outbox_files(compiled(SENT, settings), SEGMENTS)
    names = [
        f"{name}.{kind}" for name in ("everyone", "managers", "toronto", "sellers") for kind in ("html", "txt", "eml")
    ]
    assert sorted(files) == sorted(f"2026-w37/{name}" for name in ("edition.json", *names))
    assert b"You lead" in files["2026-w37/managers.html"]
    assert b"You lead" not in files["2026-w37/everyone.html"]
    assert b"Dear reader" in files["2026-w37/everyone.txt"]
    assert b"Subject: Reader, ask\r\n" in files["2026-w37/everyone.eml"]


def test_an_issue_for_a_segment_has_no_copies_for_others(settings):
    meant = compiled(issue(audience=MANAGERS), settings)
    names = {name.rpartition("/")[2] for name in outbox_files(meant, SEGMENTS)}
    assert names == {"edition.json", "managers.html", "managers.txt", "managers.eml"}


def test_an_edition_comes_back_from_its_record(settings):
    edition = compiled(SENT, settings)
    record = outbox_files(edition, ())["2026-w37/edition.json"]
    back = edition_from(record.decode())
    assert back == edition
    for segments in (frozenset(), frozenset({"managers"})):
        assert join(back, segments) == join(edition, segments)


def test_a_record_holds_no_reader_and_the_token_only_as_a_slot(settings):
    record = outbox_files(compiled(SENT, settings), ())["2026-w37/edition.json"].decode()
    assert "@@" not in record
    slots = [p for piece in json.loads(record)["html"] for p in piece.get("line", ()) if isinstance(p, dict)]
    assert {"field": "token", "fallback": None, "escape": "url"} in slots


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda record: record.replace("Dear ", "Cheap "), "digest"),
        (lambda record: record.replace('"version": 3', '"version": 2'), "form 2"),
        (lambda record: "{}", "not the record"),
        (lambda record: "[]", "not the record"),
        (lambda record: "no json", "Expecting value"),
    ],
)
def test_a_record_that_was_changed_or_is_none_is_refused(settings, change, words):
    record = outbox_files(compiled(SENT, settings), ())["2026-w37/edition.json"].decode()
    with pytest.raises(ValueError, match=words):
        edition_from(change(record))


def test_the_digest_tells_of_any_change(settings):
    digests = {
        compiled(changed, settings).digest
        for changed in (
            SENT,
            issue("<p>Other</p>"),
            issue(subject="Other"),
            issue(audience=Audience(frozenset({"toronto"}))),
        )
    }
    assert len(digests) == 4


def test_the_same_edition_gives_the_same_files(settings):
    assert outbox_files(compiled(SENT, settings), SEGMENTS) == outbox_files(compiled(SENT, settings), SEGMENTS)
