import json

from tests.folders import issue
from tests.site.builders import Page, build

BODY = """\
Words.

/// action | Ask </script> one question { id=ask minutes=10 }

1. Pick a meeting.
2. Ask.

///

/// event | Breakfast { starts=2026-12-03T08:00 ends=2026-12-03T09:00 place=Ghent url=https://tickets.example/b }

Bring a *cup*.

///
"""


def data_of(page):
    return {d["@type"]: d for words in page.words if words.startswith('{"@context') and (d := json.loads(words))}


def test_an_issue_says_what_it_is_how_to_do_it_and_where_to_go(publication):
    site = build(publication({"content/tipsheets/2026/b.md": issue(id="b", date="2026-11-10", title="B", body=BODY)}))

    data = data_of(Page(site / "issues/b/index.html"))

    assert data.keys() == {"NewsArticle", "HowTo", "Event"}
    assert data["HowTo"]["name"] == "Ask </script> one question"
    assert data["HowTo"]["totalTime"] == "PT10M"
    assert data["HowTo"]["url"] == "https://sheet.example/issues/b/#action-ask"
    assert [(s["position"], s["text"]) for s in data["HowTo"]["step"]] == [(1, "Pick a meeting."), (2, "Ask.")]
    assert data["Event"] == {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": "Breakfast",
        "startDate": "2026-12-03T08:00+01:00",
        "inLanguage": "en",
        "endDate": "2026-12-03T09:00+01:00",
        "location": {"@type": "Place", "name": "Ghent", "address": "Ghent"},
        "url": "https://tickets.example/b",
        "description": "Bring a cup.",
    }


def test_an_author_is_a_person_and_an_event_page_lists_what_comes(publication):
    site = build(publication({"content/tipsheets/2026/b.md": issue(id="b", date="2026-11-10", title="B", body=BODY)}))

    person = data_of(Page(site / "authors/ada/index.html"))["ProfilePage"]["mainEntity"]
    assert (person["@type"], person["name"], person["jobTitle"]) == ("Person", "Ada Editor", "Editor")
    events = Page(site / "events/index.html")
    assert data_of(events)["Event"]["name"] == "Breakfast"
    assert "2026-12-03-breakfast.ics" in events.attribute("a", "href", type="text/calendar")
    assert (site / "events/2026-12-03-breakfast.ics").is_file()


def test_a_publication_without_events_has_no_page_of_them(publication):
    assert not (build(publication()) / "events").exists()
