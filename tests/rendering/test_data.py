"""The publication as data: documents hold what their schemas say, and nothing that is not public."""

import datetime as dt
import json

import jsonschema
import pytest

from tests.rendering.feed_builders import (
    COVER,
    FOR_MANAGERS,
    MANAGERS,
    NOW,
    TORONTO,
    action,
    data_files,
    event,
    issue,
    publication,
)
from tipsheet.model.audience import Audience
from tipsheet.model.post import Reprint

FOR_TORONTO = Audience(frozenset({"toronto"}))
DUE = dt.date(2026, 12, 3)


def told():
    steps = action(due=DUE, steps=("Pick @@first_name or someone@@", "Ask"), html='<p><a href="site:about/">x</a></p>')
    first = Reprint(title="First", site="Elsewhere", url="https://elsewhere.example/first")
    return publication(
        issue(1, steps, event(), (event(id="hush", name="SECRET"), FOR_TORONTO), image=COVER, tags=("trust",)),
        issue(2, (action(id="theirs", title="Theirs", due=DUE), FOR_MANAGERS), republished=first),
        issue(3, action(id="hidden", title="SECRET"), audience=FOR_TORONTO),
        segments=(MANAGERS, TORONTO),
    )


def documents():
    return {name: json.loads(text) for name, text in data_files(told())}


@pytest.mark.parametrize("name", ["issues", "actions"])
def test_a_document_is_as_its_schema_says(name):
    files = documents()
    schema, document = files[f"api/{name}.schema.json"], files[f"api/{name}.json"]
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(document)
    assert document["$schema"] == schema["$id"] == f"https://tips.example.org/weekly/api/{name}.schema.json"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate(document | {"more": 1})


def test_an_action_has_its_steps_readers_places_and_day():
    mine, theirs = documents()["api/actions.json"]["actions"]
    assert mine["steps"] == ["Pick someone", "Ask"]
    assert mine["html"] == '<p><a href="https://tips.example.org/weekly/about/">x</a></p>'
    assert (mine["everyone"], mine["segments"]) == (True, ["managers"])
    assert mine["calendar"] == "https://tips.example.org/weekly/actions/ask.ics"
    assert [(a["issue"], a["due"]) for a in mine["appearances"]] == [("w1", "2026-12-03")]
    assert (theirs["everyone"], theirs["segments"]) == (False, ["managers"])
    assert theirs["url"] == "https://tips.example.org/weekly/for/managers/issue-2/#action-theirs"
    assert theirs["calendar"] == "https://tips.example.org/weekly/for/managers/actions/theirs.ics"


def test_an_issue_has_what_everyone_reads():
    newest, second = documents()["api/issues.json"]["issues"]
    assert newest["action"]["id"] == "ask"
    assert [e["id"] for e in newest["events"]] == ["listening"]
    assert newest["image"]["url"] == "https://tips.example.org/weekly/images/scales.png"
    assert dt.datetime.fromisoformat(newest["published"]) == NOW - dt.timedelta(weeks=1)
    assert (second["action"], second["original"]) == (None, "https://elsewhere.example/first")


def test_what_is_private_is_nowhere():
    assert "SECRET" not in "".join(text.decode() for _, text in data_files(told()))


def test_the_same_publication_gives_the_same_bytes():
    assert dict(data_files(told())) == dict(data_files(told()))
