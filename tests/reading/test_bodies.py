"""What one parse of a body gives: passages under their conditions, ready for every output."""

import datetime as dt
import xml.etree.ElementTree as etree
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from markdown import Markdown

from tests.conftest import Write
from tests.folders import MKDOCS, article, issue, write_png
from tipsheet.blocks import BLOCKS
from tipsheet.blocks.kind import Argument, BlockKind
from tipsheet.fields import Table
from tipsheet.last_build import BuildOptions
from tipsheet.model.audience import PUBLIC, Audience
from tipsheet.model.body import Action, Event, Prose
from tipsheet.model.post import Issue
from tipsheet.model.publication import Publication
from tipsheet.press import build, prepare

NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
TIP = "content/tipsheets/2026/2026-11-17-ask.md"
MANAGERS = frozenset({"managers"})
TORONTO = frozenset({"toronto"})


def read(publication: Write, body: str, files: dict[str, str] | None = None, **header: str) -> Publication:
    root = publication({TIP: issue(body=body, **header), **(files or {})})
    write_png(root / "content/images/scales.png", 1200, 800)
    write_png(root / "content/images/scales-dark.png", 1200, 800)
    prepared = prepare(root, now=NOW)
    assert prepared.problems == ()
    assert prepared.publication is not None
    return prepared.publication


def newest(publication: Publication) -> Issue:
    return publication.issues[0]


def test_prose_is_html_with_internal_addresses_from_the_root(publication: Write) -> None:
    body = "See [us](../../about.md#who) or [the archive](/archive/) or [them](https://them.example/?a=1&b=2).\n"
    assert newest(read(publication, body)).body.prose(PUBLIC) == (
        '<p>See <a href="site:about/#who">us</a> or <a href="site:archive/">the archive</a> '
        'or <a href="https://them.example/?a=1&amp;b=2">them</a>.</p>'
    )


def test_a_link_to_an_issue_leads_to_its_page_whatever_its_slug(publication: Write) -> None:
    other = {
        "content/tipsheets/2026/2026-11-10-old.md": issue(
            id="2026-w46", date="2026-11-10", slug="renamed", body="## Why"
        )
    }
    text = newest(read(publication, "[Why](2026-11-10-old.md#why)", other)).body.prose(PUBLIC)
    assert text == '<p><a href="site:issues/renamed/#why">Why</a></p>'


def test_a_credited_picture_has_its_size_its_credit_and_its_dark_variant(publication: Write) -> None:
    body = '![A pair of scales](../../images/scales.png "Picture: Bo, CC BY 4.0")\n'
    assert newest(read(publication, body)).body.prose(PUBLIC) == (
        '<figure class="ts-figure"><img alt="A pair of scales" src="site:images/scales.png" width="1200" height="800" '
        'data-dark="site:images/scales-dark.png"><figcaption>Picture: Bo, CC BY 4.0</figcaption></figure>'
    )


def test_merge_fields_stay_and_stand_on_one_line(publication: Write) -> None:
    """C5: `proseWrap=always` may break a field over two lines."""
    assert newest(read(publication, "Hello @@first_name or\ndear reader@@, hi.")).body.prose(PUBLIC) == (
        "<p>Hello @@first_name or dear reader@@, hi.</p>"
    )


def test_each_reader_selects_from_the_one_parse(publication: Write) -> None:
    body = """\
For all.

/// only | managers

For managers.

///

//// only | !managers, toronto

Not for managers.

/// event | Dinner { starts=2026-12-01T19:00 }

///

////
"""
    text = newest(read(publication, body)).body
    assert text.prose(PUBLIC) == "<p>For all.</p>"
    assert text.prose(MANAGERS) == "<p>For all.</p>\n<p>For managers.</p>"
    assert text.prose(TORONTO) == "<p>For all.</p>\n<p>Not for managers.</p>"
    assert [e.name for e in text.events(TORONTO)] == ["Dinner"]
    assert text.events(TORONTO | MANAGERS) == ()
    assert text.events(PUBLIC) == ()


def test_an_action_is_data(publication: Write) -> None:
    body = """\
/// action | Ask one question { id=ask minutes=10 due=2026-11-24 tags=trust,asking }

Why it works.

1. Pick a **meeting**.
2. Write it down.

///
"""
    action = newest(read(publication, body)).body.action(PUBLIC)
    assert action == Action(
        id="ask",
        title="Ask one question",
        html="<p>Why it works.</p>\n<ol>\n<li>Pick a <strong>meeting</strong>.</li>\n<li>Write it down.</li>\n</ol>",
        steps=("Pick a meeting.", "Write it down."),
        minutes=10,
        due=dt.date(2026, 11, 24),
        tags=("trust", "asking"),
    )


def test_variants_are_exclusive_and_the_default_waits(publication: Write) -> None:
    """C6: a reader who is both gets the first; who is neither gets the default, though it stands first."""
    body = """\
/// action | Default { id=default }

///

/// action | Manage { id=manage for=managers }

///

/// action | Travel { id=travel for=toronto,managers }

///
"""
    chosen = newest(read(publication, body)).body
    given = [chosen.action(reader) for reader in (PUBLIC, MANAGERS, TORONTO, TORONTO | MANAGERS)]
    assert [a and a.id for a in given] == ["default", "manage", "travel", "manage"]


def test_an_action_is_taken_up_again_from_the_library(publication: Write) -> None:
    """C15: title, steps, minutes and tags come from where it is written; the extra text stands before it."""
    files = {
        "content/actions/ask-first.md": (
            "---\nid: ask-first\ntitle: Ask first\nminutes: 5\ntags: [trust]\nfor: [managers]\n---\n\n1. Ask.\n"
        )
    }
    body = "/// action { use=ask-first due=2026-11-30 }\n\nOnce more.\n\n///\n\n/// action | Else { id=else }\n\n///\n"
    issue_read = newest(read(publication, body, files))
    action = issue_read.body.action(MANAGERS)
    assert action == Action(
        id="ask-first", title="Ask first", html="<p>Once more.</p>\n<ol>\n<li>Ask.</li>\n</ol>", steps=("Ask.",),
        minutes=5, due=dt.date(2026, 11, 30), tags=("trust",), audience=Audience(MANAGERS), used=True,
    )  # fmt: skip
    other = issue_read.body.action(PUBLIC)
    assert other is not None
    assert other.id == "else"


def test_an_event_is_in_its_own_zone_and_past_when_its_day_is_over(publication: Write) -> None:
    """C9: the end of the last day, where the event is."""
    when = "starts=2026-12-01T19:00 ends=2026-12-02T01:00 tz=America/Toronto"
    body = f'/// event | Dinner {{ {when} place="Old Hall" }}\n\n///\n'
    (event,) = newest(read(publication, body)).body.events(PUBLIC)
    zone = ZoneInfo("America/Toronto")
    assert event == Event(
        id="2026-12-01-dinner", name="Dinner", starts=dt.datetime(2026, 12, 1, 19, tzinfo=zone),
        ends=dt.datetime(2026, 12, 2, 1, tzinfo=zone), place="Old Hall",
    )  # fmt: skip
    assert not event.past(dt.datetime(2026, 12, 2, 23, 59, tzinfo=zone))
    assert event.past(dt.datetime(2026, 12, 3, 0, 0, tzinfo=zone))


def test_an_issue_carries_the_notes_of_its_day(publication: Write) -> None:
    """A note announces itself for its period, and only to its segments."""
    note = "---\nid: n-{0}\ntitle: Note {0}\nfrom: {1}\nexpires: {2}\n{3}---\n\n## Heading\n"
    files = {
        "content/notes/first.md": note.format(1, "2026-11-17", "2026-11-17", ""),
        "content/notes/early.md": note.format(2, "2026-11-01", "2026-11-16", ""),
        "content/notes/private.md": note.format(3, "2026-11-01", "2026-12-16", "for: [toronto]\n"),
    }
    publication_read = read(publication, "Text.", files)
    issue_read = newest(publication_read)
    assert [n.id for n in publication_read.notes_of(issue_read, PUBLIC)] == ["n-1"]
    assert [n.id for n in publication_read.notes_of(issue_read, TORONTO)] == ["n-3", "n-1"]
    assert issue_read.notes[0].body.passages[0].content == Prose("<h2>Heading</h2>")


def test_what_is_to_come_and_drafts_are_absent(publication: Write) -> None:
    """C8: the moment decides; with drafts everything is there."""
    files = {
        "content/tipsheets/2026/2026-11-24-next.md": issue(id="next", date="2026-11-24"),
        "content/tipsheets/2026/2026-11-10-draft.md": issue(id="draft", date="2026-11-10", draft="true"),
        "content/articles/long.md": article(id="long", date="2026-11-21T12:00"),
    }
    prepared = prepare(publication({**files}), now=NOW)
    assert prepared.publication is not None
    everything = prepared.publication
    assert [i.id for i in everything.out().issues] == ["2026-w47"]
    assert [a.id for a in everything.out().articles] == []
    assert len(everything.out(drafts=True).issues) == 3
    slot = next(i for i in everything.issues if i.id == "next").published
    assert slot == dt.datetime(2026, 11, 24, 7, tzinfo=ZoneInfo("Europe/Amsterdam"))


def test_ids_and_dates_come_from_the_header_alone(publication: Write) -> None:
    """C10: a fresh checkout with other file times is the same publication."""
    root = publication({})
    before = prepare(root, now=NOW)
    for file in root.rglob("*.md"):
        file.touch()
    assert prepare(root, now=NOW) == before


def test_the_dialect_reads_what_editors_know(publication: Write) -> None:
    """C12: tables, footnotes, task lists, strikes, bare addresses, fences, attributes."""
    body = """\
| a | b |
| - | -: |
| 1 | 2 |

- [ ] to do

~~gone~~ https://bare.example/ and a note[^1].

```text
/// only | not a block
```

/// action | Do it

///

[Reserve](https://seats.example/){ .cta }

[^1]: The note.
"""
    html = newest(read(publication, body)).body.prose(PUBLIC)
    for part in (
        '<td style="text-align: right;">2</td>', 'class="task-list"', "<del>gone</del>", 'href="https://bare.example/"',
        '<sup id="fnref:1">', "/// only | not a block",
        '<a class="cta" href="https://seats.example/">', '<li id="fn:1">',
    ):  # fmt: skip
        assert part in html


def test_subject_and_preheader_may_be_texts_by_segment(publication: Write) -> None:
    """Those for segments keep their order; the one for everyone, or else the title, is the default."""
    varied = newest(
        read(
            publication,
            "Words.",
            subject='{everyone: "All of you", "toronto, managers": Some of you, sellers: One}',
            preheader="{managers: What a team can do this week}",
        )
    )
    assert varied.subject == "All of you"
    assert varied.subjects == (
        (Audience(frozenset({"managers", "toronto"})), "Some of you"),
        (Audience(frozenset({"sellers"})), "One"),
    )
    assert (varied.preheader, len(varied.preheaders)) == ("", 1)
    plain = newest(read(publication, "Words.", preheader="What anybody can do this week"))
    assert (plain.subject, plain.subjects) == (plain.title, ())
    assert (plain.preheader, plain.preheaders) == ("What anybody can do this week", ())


def test_a_new_kind_of_block_is_one_value_in_the_table(publication: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """C13: nothing of the way from file to page knows the kinds by name."""
    box = BlockKind(
        name="box",
        argument=Argument.TITLE,
        options=Table,
        element=lambda header, parent: etree.SubElement(parent, "div", {"class": "box"}),
        content=lambda header, html, _zone: Prose(f"<h3>{header.argument}</h3>\n{html}"),
        summary="A box.",
        example="/// box | Title\n\n///",
    )
    monkeypatch.setitem(BLOCKS, "box", box)  # type: ignore[arg-type]  # a dict behind its read-only type
    root = publication({TIP: issue(body="/// box | Look\n\nInside.\n\n///\n")})
    prepared = prepare(root, now=NOW)
    assert prepared.problems == ()
    assert prepared.publication is not None
    assert newest(prepared.publication).body.prose(PUBLIC) == "<h3>Look</h3>\n<p>Inside.</p>"


def test_every_body_is_converted_once(publication: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """C4: pages of readers, feeds, mail and search select from the one parse."""
    converted: list[str] = []
    convert = Markdown.convert

    def counting(self: Markdown, source: str) -> str:
        converted.append(source)
        return convert(self, source)

    monkeypatch.setattr(Markdown, "convert", counting)
    body = "A sentence of its own.\n\n/// only | managers\n\nFor managers.\n\n///\n"
    root = publication({TIP: issue(body=body), "content/articles/long.md": article("Another one.", id="long")})
    build(root, BuildOptions(site_dir=tmp_path / "site", outbox_dir=tmp_path / "outbox"), now=NOW)
    assert sum("A sentence of its own." in source for source in converted) == 1
    assert sum("Another one." in source for source in converted) == 1


def test_extensions_may_name_objects_of_python(publication: Write) -> None:
    """C18: nested ones too, as on ordinary pages."""
    settings = """
markdown_extensions:
  - pymdownx.superfences:
      custom_fences:
        - {name: graph, class: graph, format: !!python/name:pymdownx.superfences.fence_code_format }
  - pymdownx.emoji:
      emoji_generator: !!python/name:pymdownx.emoji.to_alt
  - toc:
      slugify: !!python/object/apply:pymdownx.slugs.slugify {kwds: {case: lower}}
"""
    body = "## Ask :smile:\n\n```graph\nA-->B\n```\n"
    html = newest(read(publication, body, {"mkdocs.yml": MKDOCS + settings})).body.prose(PUBLIC)
    assert html == '<h2 id="ask-">Ask 😄</h2>\n<pre class="graph"><code>A--&gt;B</code></pre>'
