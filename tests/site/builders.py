"""Sites for tests: values that are valid by default, and a publication on disk built into a folder."""

import datetime as dt
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.folders import MKDOCS, write_publication
from tipsheet import press
from tipsheet.last_build import BuildOptions
from tipsheet.model.body import Action, Body, Passage, Prose
from tipsheet.model.post import Author, Issue
from tipsheet.model.publication import Publication
from tipsheet.problems import Where
from tipsheet.settings import Settings, read_settings

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
ZONE = ZoneInfo("Europe/Amsterdam")
ADA = Author(id="ada", name="Ada Editor")
FIRST_WEEK = dt.datetime(2020, 1, 7, 7, tzinfo=ZONE)


def settings(folder: Path, **changes: str) -> Settings:
    """The settings of the smallest publication, with lines under ``tipsheet`` added."""
    write_publication(folder, {"mkdocs.yml": with_settings(**changes)})
    found, problems = read_settings(folder)
    assert found is not None
    assert not problems
    return found


def with_settings(**lines: str) -> str:
    """mkdocs.yml with more lines in the entry of the plugin."""
    added = "".join(f"      {name}: {value}\n" for name, value in lines.items())
    return MKDOCS.replace("      tagline:", f"{added}      tagline:")


def issue(week: int, **fields: Any) -> Issue:
    """The issue of the so-manieth week, with an action of its own."""
    action = Action(id=f"do-{week}", title=f"Do thing {week}", minutes=10)
    values: dict[str, Any] = {
        "id": f"w{week}",
        "slug": f"issue-{week}",
        "url": f"issues/issue-{week}/",
        "title": f"Issue {week}",
        "subject": f"Issue {week}",
        "description": f"About {week}.",
        "published": FIRST_WEEK + dt.timedelta(weeks=week),
        "authors": (ADA,),
        "tags": (("odd", "even")[week % 2],),
        "number": week,
        "body": Body((Passage(Prose(f"<p>Text {week}</p>")), Passage(action))),
        "where": Where(f"content/tipsheets/{week}.md"),
    }
    return Issue(**(values | fields))


def publication_of(found: Settings, *issues: Issue) -> Publication:
    """A publication of these issues, in any order."""
    newest_first = tuple(sorted(issues, key=lambda i: i.published, reverse=True))
    return Publication(masthead=found.masthead, now=NOW, issues=newest_first, authors=(ADA,), segments=found.segments)


def build(root: Path, site: Path | None = None) -> Path:
    """Build the publication in this folder and return the folder of its site."""
    target = site or root.parent / "site"
    press.build(root, BuildOptions(site_dir=target, outbox_dir=target.with_name(f"{target.name}-outbox")), now=NOW)
    return target


class Page(HTMLParser):
    """What tests ask of a page: its tags with attributes, the ids on it, its text."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the tag."""
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.words.append(data)

    @property
    def ids(self) -> set[str]:
        """All ids."""
        return {attributes["id"] for _, attributes in self.tags if "id" in attributes}

    @property
    def text(self) -> str:
        """All text, scripts included."""
        return "".join(self.words)

    def attribute(self, tag: str, key: str, /, **where: str) -> list[str]:
        """Values of this attribute on such tags."""
        return [
            attributes[key]
            for found, attributes in self.tags
            if found == tag and key in attributes and where.items() <= attributes.items()
        ]
