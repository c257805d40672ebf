"""S25: nothing that a publication in another script shows to its readers has an English word of ours."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import icalendar
import lxml.html
import pytest

from tests.conftest import Write
from tests.folders import issue
from tests.sample import NOW
from tipsheet.last_build import BuildOptions
from tipsheet.press import build

TEXTS = {
    "ja": {
        "name": "半回転",
        "line": "向こう側から見た仕事",
        "readers": "管理職",
        "person": "田中",
        "title": "一つ聞いてみる",
    },
    "ar": {
        "name": "نصف دورة",
        "line": "العمل من الجانب الآخر",
        "readers": "المديرون",
        "person": "ليلى",
        "title": "اسأل سؤالًا",
    },
}
MKDOCS = """\
site_name: {name}
site_url: https://a.example/
site_description: {line}
docs_dir: content
theme: {{name: material, font: false, language: {language}}}
extra: {{generator: false}}
plugins:
  - search
  - tipsheet:
      tagline: {line}
      promise: {line}
      editor: {{name: {person}, email: a@a.example}}
      postal_address: {name} 1
      time_zone: Asia/Tokyo
      service: {{url: "https://s.a.example", mailbox: p@s.a.example, done: true}}
      subscribe: {{consent: {line}}}
      attributes: {{role: {{type: text, choices: [a, b]}}}}
      segments: {{a: {{title: {readers}, public: true, where: {{role: a}}}}}}
"""
BODY = """\
{line} @@first_name or {person}@@

/// event | {title} {{ starts=2026-12-{day} place="{name}" }}

{line}

///

/// action | {title} {{ id=a{week} minutes=10 due=2026-12-24 }}

1. {line}
2. {title}

///

/// action | {title} {{ id=b{week} minutes=1 for=a }}

{line}

///
"""
OURS = re.compile(r"[A-Za-z]{2,}")
NAMES = {"RSS", "JSON", "Feed", "ALTCHA", "LinkedIn"}
"""Names that every language keeps."""
ADDRESSES = re.compile(r"\S+@\S+|https?://\S+|\S+\.example\S*|unsubscribe|/erase|\{all\}")
SHOWN = ("title", "alt", "aria-label", "placeholder", "data-ts-some", "data-ts-every", "data-ts-copied", "data-failed")


@pytest.fixture(params=TEXTS)
def built(request: pytest.FixtureRequest, publication: Write, tmp_path: Path) -> Path:
    words = TEXTS[request.param]
    files = {
        "mkdocs.yml": MKDOCS.format(language=request.param, **words),
        "content/authors.yml": "ada: {{name: {person}, role: {person}, bio: {line}}}\n".format(**words),
    }
    files["content/about.md"] = "# {title}\n\n{line}\n".format(**words)
    for week, number, name in (("47", "1", "2026/2026-11-17-ask"), ("48", "2", "2026/2026-11-24-again")):
        fields = {"id": f"2026-w{week}", "number": number, "title": words["title"], "tags": f"[{words['line']}]"}
        text = BODY.format(day={"47": "20", "48": "21"}[week], week=week, **words)
        fields |= {"date": name[5:15], "description": words["line"] * 4}
        files[f"content/tipsheets/{name}.md"] = issue(body=text, **fields)
    build(publication(files), BuildOptions(site_dir=tmp_path / "site", outbox_dir=tmp_path / "outbox"), now=NOW)
    return tmp_path


def shown(html: str) -> Iterator[str]:
    """The texts that a reader of this HTML meets."""
    for element in lxml.html.document_fromstring(f"<body>{html}").iter():
        if not isinstance(element.tag, str) or element.tag in ("script", "style"):
            yield element.tail or ""
            continue
        yield from (element.text or "", element.tail or "")
        yield from (str(element.get(name, "")) for name in SHOWN)


def english(texts: Iterator[str]) -> set[str]:
    return {word for text in texts for word in OURS.findall(ADDRESSES.sub("", text))} - NAMES


def test_pages_have_no_english_word(built: Path) -> None:
    pages = sorted((built / "site").rglob("*.html"))
    assert len(pages) > 10
    assert {
        page.relative_to(built): found for page in pages if (found := english(shown(page.read_text("utf-8"))))
    } == {}


def test_letters_have_no_english_word(built: Path) -> None:
    letters = sorted((built / "outbox").rglob("*.html"))
    assert len(letters) > 5
    assert {one.parent.name: found for one in letters if (found := english(shown(one.read_text("utf-8"))))} == {}
    texts = sorted((built / "outbox").rglob("*.txt"))
    assert {one.parent.name: found for one in texts if (found := english(iter([one.read_text("utf-8")])))} == {}


def test_pages_of_the_service_have_no_english_word(built: Path) -> None:
    def texts(value: object) -> Iterator[str]:
        match value:
            case dict():
                yield from (text for key, one in value.items() if key != "flags" for text in texts(one))
            case list():
                yield from (text for one in value for text in texts(one))
            case str() if "<" in value:
                yield from shown(value)

    assert english(texts(json.loads((built / "outbox/service/pages.json").read_text("utf-8")))) == set()


def test_calendars_have_no_english_word(built: Path) -> None:
    calendar = icalendar.Calendar.from_ical((built / "site/actions.ics").read_bytes())
    entries = [*calendar.walk("VEVENT"), *calendar.walk("VTODO")]
    assert entries
    names = ("SUMMARY", "DESCRIPTION", "LOCATION")
    assert english(str(entry.get(name, "")) for entry in entries for name in names) == set()
