"""What stands in the letter, for whom, and that any audience's letter is what rendering it alone would give."""

import datetime as dt
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import lxml.html
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.rendering.builders import (
    COVER,
    ENVIRONMENT,
    LEAVE,
    MANAGERS,
    MARA,
    OTHERS,
    SITE,
    TORONTO,
    action,
    body,
    compiled,
    event,
    flat,
    issue,
    letter,
    note,
    settings,
    text_of,
)  # fmt: skip
from tipsheet.edition.joining import join
from tipsheet.model.audience import EVERYONE, Audience, exclusive
from tipsheet.model.body import Body, Passage, Prose
from tipsheet.model.post import Link, Reprint
from tipsheet.model.publication import Publication
from tipsheet.rendering.email.compile import compile_edition
from tipsheet.rendering.letters import lint_edition
from tipsheet.rendering.templates import template_environment

__all__ = ["settings"]


def test_the_letter_has_title_action_and_story_first_and_then_notes(settings):
    """E22."""
    full = letter(
        issue(
            "<p>A customer rings.</p>",
            event(),
            action(),
            image=COVER,
            notes=(note("<p>Forty chairs.</p>"),),
            republished=Reprint(title="Forty units", site="Example", url="https://example.org/forty"),
            more=(Link(title="Polite questions", url="site:about/"),),
        ),
        settings,
    )
    shared = (
        "No. 84", "Ask once more", "By", "Do", "Inês Prado", "A customer rings", "Pricing aloud", "This week",
        "Once is enough", "Forty units", "Seats are left", "Forty chairs", "Polite questions",
        "editor@halfturn.example",
        "Forward it", "Get your own copy", "Copyright © 2026 Half Turn", "Oudegracht 12",
    )  # fmt: skip
    body_html = full.html[full.html.index("<body") :].replace("&#x27;", "'")
    for text, words in (
        (flat(body_html), ("in your browser", *shared, LEAVE)),
        (full.text, (*shared, LEAVE, "in your browser")),
    ):
        places = [text.index(word) for word in words]
        assert places == sorted(places)


def test_addresses_are_absolute_and_footnotes_are_plain_marks(settings):
    html = letter(
        issue(
            '<p>See <a href="site:about/?a=1&amp;b=2#us">us</a>'
            '<sup id="fnref:1"><a class="footnote-ref" href="#fn:1">1</a></sup>'
            ' and <a href="#below">below</a>.</p>\n<div class="footnote"><hr><ol><li id="fn:1"><p>So it is.&#160;'
            '<a class="footnote-backref" href="#fnref:1">↩</a></p></li></ol></div>'
        ),
        settings,
    ).html
    assert f'href="{SITE}about/?a=1&amp;b=2#us"' in html
    assert f'href="{SITE}issues/ask-once-more/#below"' in html
    assert re.search(r"<sup\s[^>]*>\[1\]</sup>", html)
    assert "[1] So it is.</p>" in flat(html)
    assert "#fn" not in html
    assert "site:" not in html


def test_what_runs_or_mail_programs_drop_is_left_out(settings):
    html = letter(
        issue(
            '<p onclick="x()">Words</p><script>alert(1)</script><iframe src="https://x.example"></iframe>'
            '<form><input name="a"></form><svg><text>drawn</text></svg><!-- hidden --><p style="color:red">More</p>'
        ),
        settings,
    ).html
    kept = html[html.index("Words") :]
    assert not re.search(r"onclick|<script|<iframe|<form|<svg|drawn|hidden|red", kept)
    assert "More" in kept


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<blockquote><p>Quiet.</p></blockquote>", r'<td class="quote ink edge-ink"[^>]*><p[^>]*>Quiet\.</p>'),
        ('<blockquote><p class="ask">Why?</p></blockquote>', r'<td class="ask ink edge-ink"[^>]*><p[^>]*>Why\?</p>'),
        (
            "<pre><code>if  x:\n    y\n</code></pre>",
            r'class="code wash ink"[^>]*>if&nbsp;&nbsp;x:<br>&nbsp;&nbsp;&nbsp;&nbsp;y</td>',
        ),
        ('<ul class="task-list"><li><input type="checkbox" checked> done</li></ul>', r"<li[^>]*>☑&nbsp;done</li>"),
        ("<table><thead><tr><th>A</th></tr></thead><tbody><tr><td>b</td></tr></tbody></table>", r'<th[^>]*scope="col"'),
        (
            '<p><a class="cta" href="https://x.example/">Go</a></p>',
            r'<td class="btn go"[^>]*mso-padding-alt:12px 24px[^>]*><a',
        ),
        (
            '<p><img src="site:a.png" alt="A" width="1072" height="500"></p>',
            r'src="https://halfturn.example/a.png"[^>]*width="536"(?![^>]*height=)',
        ),
        ('<p><img src="site:a.png" alt="A" width="200" height="100"></p>', r'width="200"(?![^>]*height=)'),
        ("<h1>Big</h1>", r'<h2 class="opens"[^>]*>Big</h2>'),
        (
            '<div class="admonition note"><p class="admonition-title">Mind</p><p>Gap</p></div>',
            r'<td class="panel wash ink"',
        ),
        ("<p>a &lt;b&gt; &amp; c</p>", r"a &lt;b&gt; &amp; c"),
    ],
)
def test_a_piece_of_body_becomes_mail_html(settings, source, expected):
    assert re.search(expected, letter(issue(source), settings).html)


def test_a_reader_of_two_segments_gets_what_is_meant_for_either_and_others_see_no_trace(settings):
    edition = compiled(
        issue(
            "<p>All.</p>",
            ("<p>For those who lead: https://m.example</p>", MANAGERS),
            ("<p>Around the lake.</p>", TORONTO),
        ),
        settings,
    )
    both, none = join(edition, frozenset({"managers", "toronto"})), join(edition, frozenset())
    for part in (both.html, both.text):
        assert "who lead" in part
        assert "the lake" in part
    for part in (none.html, none.text):
        assert "who lead" not in part
        assert "the lake" not in part
        assert "<!--ts" not in part


def test_each_audience_is_told_of_its_own_action_at_the_top(settings):
    team = action(id="team", title="Ask your team")
    first, default = exclusive([MANAGERS, EVERYONE])
    edition = compiled(issue((team, first), (action(), default)), settings)
    public, managers = (join(edition, frozenset(s)).html for s in ((), ("managers",)))
    assert f'href="{SITE}issues/ask-once-more/#action-ask-first"' in public
    assert "Ask your team" not in public
    assert f'href="{SITE}for/managers/ask-once-more/#action-team"' in managers
    assert public.count("bgcolor") == managers.count("bgcolor")


def test_of_two_actions_for_one_reader_only_the_first_is_named_at_the_top(settings):
    html = letter(issue((action(title="One"), MANAGERS), action(id="two", title="Two")), settings, "managers").html
    assert html.count(">Do</td>") == 1


def test_the_rule_that_ends_an_action_is_the_one_before_the_foot(settings):
    """Nobody sees two rules with nothing between them, and nobody sees none."""
    for contents in (
        ("<p>A.</p>", action()),
        (action(), ("<p>B.</p>", MANAGERS)),
        ("<p>A.</p>", (action(), MANAGERS), ("<p>B.</p>", TORONTO)),
    ):
        edition = compiled(issue(*contents), settings)
        for segments in ((), ("managers",), ("toronto",), ("managers", "toronto")):
            lines = [line for line in join(edition, frozenset(segments)).text.split("\n") if line]
            foot = lines.index("Questions or comments? Reply to this letter, or write to")
            assert set(lines[foot - 1]) in ({"-"}, {"="})
            assert not any(set(a) | set(b) <= set("-=") for a, b in pairwise(lines))


def test_events_that_are_over_when_the_issue_appears_are_left_out(settings):
    gone = event(id="gone", name="Gone", starts=dt.datetime(2026, 9, 7, 18, tzinfo=dt.UTC), ends=None)
    for part in (lambda found: flat(found.html), lambda found: found.text):
        assert "Gone" not in part(letter(issue(gone, event(), notes=(note(gone),)), settings))
        assert "Pricing aloud" in part(letter(issue(gone, event()), settings))


def test_an_issue_for_a_segment_links_to_the_page_of_that_segment_or_to_none(settings):
    meant = issue(audience=Audience(frozenset({"managers", "toronto"})))
    for part in ("html", "text"):
        assert f"{SITE}for/managers/ask-once-more/" in getattr(letter(meant, settings, "managers"), part)
        lake = getattr(letter(meant, settings, "toronto"), part)
        assert "in your browser" not in lake
        assert "ask-once-more" not in lake
    assert compiled(meant, settings).url == ""


def test_the_preheader_is_padded_and_of_a_length_that_inboxes_show(settings):
    for description, expected in (
        ("Short.", "Short. Selling and careers, seen from the other side of the desk."),
        ("word " * 60, "word word"),
    ):
        ((preheader,),) = (v.line for v in compiled(issue(description=description), settings).preheader)
        assert preheader.startswith(expected)
        assert 40 <= len(preheader) <= 130


def test_text_from_front_matter_is_escaped(settings):
    html = letter(issue(title="Ask & <b>win</b>", subject="Ask & win"), settings).html
    assert "Ask &amp; &lt;b&gt;win&lt;/b&gt;</h1>" in flat(html)


def test_an_override_extends_the_letter(settings, tmp_path: Path):
    (tmp_path / "email").mkdir()
    (tmp_path / "email" / "main.html").write_text(
        "{% extends 'email/base.html' %}\n"
        "{% block republished %}{% call ui.row('meta ink') %}Own words{% endcall %}{% endblock %}",
        encoding="utf-8",
    )
    sent = issue()
    publication = Publication(masthead=settings.masthead, now=sent.published, issues=(sent,))
    edition = compile_edition(sent, publication, settings, template_environment(tmp_path))
    assert "Own words" in join(edition, frozenset()).html


def test_the_same_issue_compiles_to_the_same_edition(settings):
    assert compiled(issue("<p>A</p>", action()), settings) == compiled(issue("<p>A</p>", action()), settings)


_AUDIENCES = st.sampled_from(
    [EVERYONE, MANAGERS, TORONTO, OTHERS, Audience(frozenset({"toronto"}), frozenset({"managers"}))]
)
_TEXTS = st.sampled_from(
    [
        '<p>Plain <a href="https://one.example/">one</a> and <a href="https://two.example/">two</a>.</p>',
        '<h2>Head</h2><p>Dear @@first_name or <reader>@@, see <a href="https://two.example/">two</a>.</p>',
        "<blockquote><p>Quoted words, and enough of them to fill a line and a half of the text part.</p></blockquote>",
        '<pre><code>a  b</code></pre><ul class="task-list"><li><input type="checkbox"> task</li></ul>',
        "<table><thead><tr><th>A</th><th>B</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>",
    ]
)
_CONTENTS = st.one_of(
    st.builds(Prose, _TEXTS),
    st.sampled_from(
        [
            event(),
            action(),
            action(id="other", title="Another thing?", html='<p>See <a href="https://three.example/">three</a>.</p>'),
        ]
    ),
)
# An issue holds an action once: where it stood for managers and again for everyone else, what managers
# are linked to would depend on whether the rest is there.
_PASSAGES = st.lists(
    st.builds(Passage, _CONTENTS, st.lists(_AUDIENCES, max_size=2).map(tuple)),
    min_size=1,
    max_size=6,
    unique_by=lambda passage: passage.content,
).map(lambda found: Body(tuple(found)))


@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    contents=_PASSAGES,
    noted=_PASSAGES,
    audience=_AUDIENCES,
    segments=st.frozensets(st.sampled_from(["managers", "toronto", "sellers"])),
)
def test_joining_gives_what_rendering_for_that_audience_alone_gives(settings, contents, noted, audience, segments):
    """E25: byte for byte, the numbers of links too."""
    subjects = ((MANAGERS, "Ask your team"), (TORONTO, "Ask around the lake"))
    preheaders = ((TORONTO, "What to do this week on the shore of the lake."),)
    whole = issue(body=contents, notes=(note(body=noted, audience=audience),), subjects=subjects, preheaders=preheaders)
    alone = replace(
        whole,
        subject=next((text for meant, text in subjects if meant.includes(segments)), whole.subject),
        subjects=(),
        preheader=next((text for meant, text in preheaders if meant.includes(segments)), ""),
        preheaders=(),
        body=_seen(contents, segments),
        notes=tuple(replace(n, body=_seen(n.body, segments)) for n in whole.notes if n.audience.includes(segments)),
    )
    assert letter(whole, settings, *segments) == letter(alone, settings, *segments)


def _seen(whole: Body, segments: frozenset[str]) -> Body:
    return Body(tuple(p for p in whole.passages if p.visible(segments)))


def test_nobody_is_shown_the_address_of_a_link_that_stands_in_a_block_for_others(settings):
    link = '<p><a href="https://secret.example/">this</a></p>'
    edition = compiled(
        issue((link, MANAGERS), ("<p>Then <a href='https://open.example/'>that</a>.</p>", OTHERS)), settings
    )
    managers, others = (join(edition, frozenset(s)).text for s in (("managers",), ()))
    assert "secret.example" in managers
    assert "secret.example" not in others
    number = re.search(r"that \[(\d+)\]", others)
    assert number
    assert f"[{number[1]}]" in others.split("-" * 72)[-2]
    assert "open.example" not in managers


def test_where_lines_of_markup_break_does_not_show(settings):
    """Folding may turn a space into a line break; it breaks no value, no field, no sheet and no title."""
    words = "word & größer " * 30
    found = letter(
        issue(
            f'<p title="a > {words}">{words}@@first_name or dear {words.strip()}@@ <b>{words}</b></p>',
            subject=f"Ask {words}",
        ),
        settings,
    )
    assert f"<title>Ask {words.replace('&', '&amp;')}</title>" in found.html
    text = flat(str(lxml.html.document_fromstring(found.html).body.text_content()))
    assert f"{words}dear {words}{words}" in text
    lines = found.html[found.html.index("<body") :].split("\n")
    assert not any(line.endswith(" ") or line.startswith(" ") or not line for line in lines[:-1])


@given(segments=st.frozensets(st.sampled_from(["managers", "toronto"])))
def test_each_reader_gets_one_subject_and_one_preheader(settings, segments):
    edition = compiled(
        issue(
            subject="@@first_name or Reader@@, ask",
            subjects=((MANAGERS, "Ask your team"), (TORONTO, "Ask <around> the lake")),
            preheader="What all of us should do this week, in one line.",
            preheaders=((TORONTO, "@@first_name or You@@: what to do this week on the shore & beyond."),),
        ),
        settings,
    )
    found = join(edition, segments, {"token": "t", "first_name": "Ann & Bo"})
    first = next((name for name in ("managers", "toronto") if name in segments), "")
    subject = {"managers": "Ask your team", "toronto": "Ask <around> the lake", "": "Ann & Bo, ask"}[first]
    root = lxml.html.document_fromstring(found.html)
    assert [e.text for e in root.iter("title")] == [found.subject] == [subject]
    (preheader,) = root.find_class("preheader")
    expected = "Ann & Bo: what to do this week on the shore & beyond." if "toronto" in segments else "What all of us"
    assert flat(str(preheader.text_content())).startswith(expected)


@pytest.mark.parametrize(("tag", "sign"), [("ar", "،"), ("ja", "、")])
def test_our_commas_are_those_of_the_language(settings, tag, sign):
    """Between number and day, day and time, place and price, credit and licence, name and address, and of our links."""
    fields = {"language": tag, "name": "N", "tagline": "", "postal_address": "A 1", "copyright": ""}
    spoken = replace(settings, masthead=replace(settings.masthead, **fields))
    image = replace(COVER, credit="C", licence="L", alt="x")
    sent = issue(
        "<p>x</p>", event(name="E", place="P", price="9"), image=image, title="T", authors=(MARA,), preheader="x" * 40
    )
    found = letter(sent, spoken)
    shown = str(lxml.html.fromstring(found.html).find("body").text_content())
    for part in (found.text, shown):
        joined = flat(re.sub(r"https?://\S+|\N{LEFT-TO-RIGHT MARK}", "", part)).replace(f"{sign} ", sign)
        assert "," not in joined
        assert "。 " not in part
        assert all(sign.join(pair) in joined for pair in (("C", "L"), ("P", "9"), ("N", "A 1")))


def test_a_letter_whose_subject_varies_has_no_findings(settings):
    varied = issue(
        action(), subjects=((MANAGERS, "Ask your team"),), preheaders=((MANAGERS, "What a team is asked this week."),)
    )
    (problem,) = lint_edition(compiled(varied, settings), settings, settings.segments, varied.where)
    assert (problem.code, "31 characters" in problem.message) == ("TS220", True)


@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents=_PASSAGES, noted=_PASSAGES, segments=st.frozensets(st.sampled_from(["managers", "toronto"])))
def test_what_an_audience_does_not_see_leaves_no_gap(settings, contents, noted, segments):
    text = text_of(issue(body=contents, notes=(note(body=noted, audience=MANAGERS),)), settings, *segments)
    assert not re.search(r"\n\n\n(?!Head\n)", text), "two empty lines stand before a heading alone"
    assert not re.search(r"^-+\n\s*-+$", text, re.MULTILINE)


def test_the_environment_does_not_escape_css(settings):
    assert "'Palatino Linotype'" in letter(issue(), settings).html
    assert ENVIRONMENT.get_template("email/inline.css")


def test_prose_in_a_body_may_be_loose_text(settings):
    assert "<p" in letter(issue(body=body("Loose <b>text</b>")), settings).html
