"""I4: the page shows the words and the links that CommonMark's reference shows of the source, in every item."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from random import Random  # noqa: TID251 - with a seed

import pytest

from tests.conftest import Write
from tipsheet.archives import Wanted, carry_out, open_source, plan_import
from tipsheet.archives.fidelity import commonmark, signature
from tipsheet.model.audience import PUBLIC
from tipsheet.press import prepare

NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
WORDS = (
    "a", "plain", "word", "*star*", "_under_", "1. one", "1) x", "# not", "{x}", "a*b", "snake_case_name", "&copy;",
    "[x]", "(y)", "`tick`", "~~no~~", "- dash", "+ plus", "> q", "| bar", "!bang", "5 < 6", "é", "$5", "==", "---",
    "end.", "/// no",
)  # fmt: skip
SEEDS = range(60)


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def words(r: Random) -> str:
    return escaped(" ".join(r.choice(WORDS) for _ in range(r.randint(1, 5))))


def inline(r: Random, depth: int = 0, *, linked: bool = False) -> str:
    """Emphasis, code, links, pictures and line breaks in each other."""
    out = []
    for _ in range(r.randint(1, 3)):
        kind = r.randint(0, 8) if depth < 3 else 0
        if kind in (3, 4):
            tag = ("em", "strong")[kind - 3]
            out.append(f"<{tag}>{inline(r, depth + 1, linked=linked)}</{tag}>")
        elif kind == 5:
            out.append(f"<code>{escaped(r.choice(['x', 'a`b', '`', '``x``', '<b>', 'a|b']))}</code>")
        elif kind == 6 and not linked:
            href = r.choice(["a", "b(c)", "x?y=1&amp;z=2"])
            out.append(f'<a href="https://e.example/{href}">{inline(r, depth + 1, linked=True)}</a>')
        elif kind == 7:
            out.append(f"{words(r)}<br>{words(r)}")
        else:
            out.append(words(r))
    return r.choice([" ", " ", ""]).join(out)


def block(r: Random, depth: int = 0) -> str:
    """A paragraph, a heading, a quotation, a list, code, a line or a table, with others in it."""
    kind = r.randint(0, 8) if depth < 4 else 0
    if kind == 3:
        return f"<h3>{inline(r, 2)}</h3>"
    if kind == 4:
        return f"<blockquote>{blocks(r, depth + 1)}</blockquote>"
    if kind in (5, 6):
        tag = ("ul", "ol")[kind - 5]
        return f"<{tag}>{''.join(f'<li>{blocks(r, depth + 1)}</li>' for _ in range(r.randint(1, 3)))}</{tag}>"
    if kind == 7:
        code = r.choice(["x = 1\n\n    y\n", "```\nz\n```\n", "# a\n- b\n", "/// a\n"])
        return f'<pre><code class="language-py">{escaped(code)}</code></pre>'
    if kind == 8:
        row = "".join(f"<td>{inline(r, 2)}</td>" for _ in range(2))
        return f"<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr>{row}</tr></tbody></table>"
    return f"<p>{inline(r)}</p>"


def blocks(r: Random, depth: int = 0) -> str:
    return "".join(block(r, depth) for _ in range(r.randint(1, 2 if depth else 5)))


def imported(root: Path, source: Path) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """The file of each item, the HTML of its page, and what was told of it."""
    before = prepare(root, now=NOW)
    assert before.settings is not None
    assert before.publication is not None
    plan = plan_import(root, open_source(source), before.settings, before.publication, Wanted())
    carry_out(root, plan)
    after = prepare(root, now=NOW)
    assert after.publication is not None
    mistakes = [str(one) for one in after.problems if one.severity == "error"]
    assert not mistakes, "\n".join(mistakes)
    pages = {issue.where.path: issue.body.whole(after.publication.html) for issue in after.publication.issues}
    for outcome in plan.outcomes:
        yield outcome.where.path, pages[outcome.path].prose(PUBLIC), tuple(map(str, outcome.left))


FENCES = (
    "/// action | Do it", "x/// action | Do", "x ///only | a", "/// acton { id=x }", "///", "// action", "/ / only | a",
    "a ///b", "\u2044\u2044\u2044 event | b", "file:///etc/hosts", "https://e.example///only", "\\/// only | c",
    "<em>/// only</em> | d",
)  # fmt: skip
AROUND = (
    "<p>{}</p>", "<p>Words<br>{}</p>", "<h3>{}</h3>", "<ul><li>{}</li></ul>", "<blockquote>{}</blockquote>",
    "<table><tr><th>{}</th></tr></table>", "<table><tr><td colspan=2>{}</td></tr></table>", "<dl><dt>{}</dt></dl>",
    "<pre>{}</pre>", "<p><code>{}</code></p>", '<p><a href="https://e.example/">{}</a></p>',
)  # fmt: skip


@pytest.mark.parametrize("around", AROUND)
def test_what_looks_like_a_fence_of_ours_is_text(around: str, publication: Write, tmp_path: Path) -> None:
    """I3: `check` finds no mistake of our own making; that there is none is asserted where the files are read."""
    root, source, html = publication({}), tmp_path / "2015-01-01-a.html", "".join(map(around.format, FENCES))
    source.write_text(f"---\ntitle: Text\n---\n{html}\n", "utf-8")
    ((_, page, told),) = imported(root, source)
    assert not list(signature(html).differences(signature(page)))
    assert not told


def test_code_of_backticks_at_the_beginning_of_a_line_opens_no_fence(publication: Write, tmp_path: Path) -> None:
    root, source = publication({}), tmp_path / "2015-01-01-a.html"
    html = "<p><code>``x``</code> is code</p><pre>```\nz\n```\n</pre>"
    source.write_text(f"---\ntitle: Text\n---\n{html}\n", "utf-8")
    ((_, page, told),) = imported(root, source)
    assert not list(signature(html).differences(signature(page)))
    assert not told


@pytest.mark.parametrize("form", ["html", "md"])
def test_the_page_says_what_the_source_said_or_it_is_told(form: str, publication: Write, tmp_path: Path) -> None:
    root, wanted, old = publication({}), {}, tmp_path / "old"
    old.mkdir()
    for seed in SEEDS:
        html = blocks(Random(seed))  # noqa: S311
        name = f"{dt.date(2015, 1, 1) + dt.timedelta(days=seed)}-text-{seed}.{form}"
        text = html if form == "html" else html.replace("<p>", "\n\n").replace("</p>", "\n\n")
        (old / name).write_text(f"---\ntitle: Text {seed}\n---\n{text}\n", "utf-8")
        wanted[name] = signature(html if form == "html" else commonmark(text))
    found = list(imported(root, old))
    assert {name for name, _, _ in found} == set(wanted)
    for name, html, told in found:
        unlike = list(wanted[name].differences(signature(html)))
        assert not unlike or any("otherwise" in line for line in told), (name, unlike)
    if form == "html":
        assert sum(not list(wanted[name].differences(signature(html))) for name, html, _ in found) == len(found)
