"""The lint finds what it is for, and nothing in a letter that is right."""

import pytest

from tests.rendering.builders import COVER, action, compiled, event, issue, note, settings, with_mail
from tipsheet.edition.joining import join
from tipsheet.explanations import EXPLANATIONS
from tipsheet.problems import Severity
from tipsheet.rendering.email.rules import lint
from tipsheet.rendering.letters import lint_edition

__all__ = ["settings"]

FULL = issue(
    '<h2>Head</h2><p>Dear @@first_name or reader@@, see <a href="https://one.example/">one</a>.</p>'
    '<blockquote><p class="ask">Why?</p></blockquote><pre><code>def a(): **b**</code></pre>'
    '<ul class="task-list"><li><input type="checkbox"> task</li></ul><dl><dt>A</dt><dd>B</dd></dl>'
    "<table><thead><tr><th>A</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>"
    '<p><img src="site:images/a.png" alt="A" width="1200" height="600" data-dark="site:images/a-dark.png"></p>'
    '<p><a class="cta" href="https://x.example/">Reserve a chair</a></p>',
    event(),
    action(),
    image=COVER,
    notes=(note("<p>Forty chairs.</p>", event()),),
)


def _codes(settings, *, html=("", ""), text=("", ""), subject=None):
    found = join(compiled(FULL, settings), frozenset())
    problems = lint(
        found.html.replace(*html) if html[0] else found.html,
        found.text.replace(*text) if text[0] else found.text,
        subject=found.subject if subject is None else subject,
        settings=settings,
        where=FULL.where,
    )
    return {p.code for p in problems}


def test_a_letter_with_everything_in_it_is_right(settings):
    assert lint_edition(compiled(FULL, settings), settings, settings.segments, FULL.where) == ()


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        ("TS401", '<html lang="en" ', "<html "),
        ("TS401", 'role="article" aria-roledescription="email" lang="en"', 'role="article"'),
        ("TS402", '<table role="presentation"', "<table"),
        ("TS402", ' scope="col"', ""),
        ("TS403", "<h1", "<h2"),
        ("TS403", "<title>Ask", "<title>Tell"),
        ("TS404", 'alt="A"', ""),
        ("TS404", 'width="536"', 'width="100%"'),
        ("TS404", "https://halfturn.example/images/a.png", "http://halfturn.example/images/a.png"),
        ("TS404", "question.png", "question.webp"),
        ("TS405", ">one</a>", ">click here</a>"),
        ("TS405", ">one</a>", "></a>"),
        ("TS405", "text-decoration:underline", "font-style:normal"),
        ("TS415", "Dear reader", "Dear **reader**"),
        ("TS415", ">Head<", "># Head<"),
        ("TS406", '<p class="meta soft"', '<p style="color:#999999"'),
        ("TS406", "color:#4D5B56", "color:#EAF0EC"),
        ("TS406", ".soft { color: #A6B4AE", ".soft { color: #444444"),
        ("TS406", ".link {", ".lnk {"),
        ("TS406", "background-color:#FFFFFF", "background-color:#333333"),
        ("TS406", "background-color:#FFFFFF", "background:#333333"),
        ("TS407", "</h1>", "</h1>" + "<p>word</p>" * 10_000),
        ("TS430", "</h1>", "</h1>" + "<p>word</p>" * 5_500),
        ("TS408", "</style>", f"</style><style>{':root { color: #000000; } ' * 700}</style>"),
        ("TS408", "margin:0 auto", "margin:0 -4px"),
        ("TS408", "margin:0 auto", "color:rgba(0,0,0,1)"),
        ("TS408", "@media (max", "@import 'x'; @media (max"),
        ("TS408", " !important", "!important"),
        ("TS409", "</style>", "</style><style>.side { color: #000000; }</style>"),
        ("TS409", ".title { font-size", ".title { display: none !important; font-size"),
        ("TS410", "</table>\n</div>", "</div>\n</table>"),
        ("TS410", "PixelsPerInch", "Dots"),
        ("TS410", "<noscript>", ""),
        ("TS410", '<!--[if mso]><table role="presentation" width="600"', '<!--[if mso]><table role="presentation"'),
        ("TS410", 'class="column" style="', 'class="column" style="padding:4px;'),
        ("TS410", 'class="btn go" bgcolor="#0B5B4D"', 'class="btn go"'),
        ("TS410", "mso-padding-alt", "mso-padding"),
        ("TS410", "</h1>", "</h1><blockquote>Said</blockquote>"),
        ("TS411", "color:#14211D", "color:#142"),
        ("TS411", 'bgcolor="#FFFFFF"', 'bgcolor="white"'),
        ("TS412", '<meta name="supported-color-schemes" content="light dark">', ""),
        ("TS412", "[data-ogsb] .wash {", "[data-ogsb] .wish {"),
        ("TS412", "[data-ogsc] .soft { color: #A6B4AE", "[data-ogsc] .soft { color: #A6B4AF"),
        ("TS412", "prefers-color-scheme: dark", "prefers-color-scheme: light"),
        ("TS413", "display:none", "display:block"),
        ("TS413", "\u034f\u200c&nbsp;", ""),
        ("TS431", 'href="https://one.example/"', 'href="#one"'),
        ("TS414", 'href="https://one.example/"', 'href="https://one.example/?utm_source=x"'),
        ("TS431", 'href="https://one.example/"', 'href="https://halfturn.example/?utm_source=x"'),
        ("TS431", "</h1>", "</h1><script>x</script>"),
        ("TS431", 'width="536"', 'width="1" height="1"'),
        ("TS418", "margin:0 auto", "margin:0 auto;}; : x"),
        ("TS419", "margin:0 auto", "position:absolute"),
        ("TS419", "margin:0 auto", "max-width:40em"),
        ("TS419", "margin:0 auto", "display:flex"),
        ("TS419", "<dl", "<blink"),
        ("TS419", "<h1", '<h1 contenteditable="true"'),
        ("TS419", "(max-width: 519px)", "(min-height: 519px)"),
        ("TS419", ".edge-gilt {", ".ask.gilt {"),
        ("TS419", ".edge-gilt { border-color", ".edge-gilt { opacity"),
        ("TS419", ".title { font-size: 32px", ".title { font-size: 2rem"),
        ("TS421", "Oudegracht 12", "Somewhere"),
        ("TS421", "https://lists.halfturn.example/leave/", "https://elsewhere.example/"),
    ],
)
def test_a_fault_in_the_html_is_found(settings, code, old, new):
    if old not in join(compiled(FULL, settings), frozenset()).html:
        pytest.fail(f"the letter has no {old!r}")
    assert code in _codes(settings, html=(old, new))


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        ("TS415", "Ask once more", "Ask"),
        ("TS421", "Oudegracht 12", "Somewhere"),
        ("TS421", "Unsubscribe with one click: https://lists", "Leave: https://list"),
    ],
)
def test_a_fault_in_the_text_is_found(settings, code, old, new):
    assert code in _codes(settings, text=(old, new))


@pytest.mark.parametrize(
    "html",
    [
        '<p>The city council has published its budget at <a href="https://b.example/">long last</a> one.</p>',
        "<p>Call <code>__init__</code> and <code>2**10</code>.</p>",
        '<p>See <a href="https://b.example/">the budget</a>(below).</p>',
        f"<ul><li>{'long' * 30}</li></ul>",
        "<p>E = mc<sup>2</sup>, [1] and [99].</p>",
    ],
)
def test_nothing_is_wrong_with_a_text_that_looks_like_something(settings, html):
    """E25: what is a list of links or Markdown is known by what it was made from."""
    sent = issue(html)
    assert lint_edition(compiled(sent, settings), settings, (), sent.where) == ()


def test_every_code_that_is_found_is_explained(settings):
    assert _codes(settings, subject="Another") <= set(EXPLANATIONS)


def test_a_mail_promises_nothing_that_is_not_set_up(settings):
    """W18: without a way to unsubscribe there is none to show, and the gate lets the letter go to no reader."""
    mail = with_mail(settings, unsubscribe_url=None)
    found = lint_edition(compiled(FULL, mail), mail, (), FULL.where)
    assert not [p for p in found if p.severity is Severity.ERROR]
    assert "nsubscribe" not in join(compiled(FULL, mail), frozenset()).html
