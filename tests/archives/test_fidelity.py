"""I4: the page shows the words and the links that CommonMark's reference shows of the source, in every item."""

import re
import shutil
from pathlib import Path

import pytest

from tests.archives.corpus import NOW, at_home, imported, lay_corpus
from tests.conftest import Write
from tipsheet.archives import Wanted, open_source, plan_import
from tipsheet.archives.fidelity import commonmark, signature
from tipsheet.archives.run import ENOUGH
from tipsheet.blocks.passages import fragment
from tipsheet.press import prepare

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


@pytest.mark.parametrize(("form", "count"), [("html", 60), ("md", 60), ("letter", 3)])
def test_the_page_says_what_the_source_said_or_it_is_told(
    form: str, count: int, publication: Write, tmp_path: Path
) -> None:
    """`make bench-archives` does the same with 600 texts of each form."""
    wanted = lay_corpus(tmp_path / "old", range(count), form)
    found = list(imported(publication({}), tmp_path / "old"))
    assert {name for name, _, _ in found} == set(wanted)
    unlike = [name for name, html, _ in found if list(wanted[name].differences(at_home(signature(html))))]
    told = [name for name, _, said in found if any("otherwise" in line for line in said)]
    assert set(unlike) <= set(told)
    assert not (form != "md" and unlike)


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "ZIP"])
def test_several_processes_bring_what_one_brings(
    packed: bool, publication: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each with its pictures, which all of them read from the same file where that is an archive."""
    old = tmp_path / "old"
    lay_corpus(old, range(2 * ENOUGH), "html")
    source = Path(shutil.make_archive(str(old), "zip", old)) if packed else old
    plans = []
    for processors in (1, 2, 4):
        monkeypatch.setattr("tipsheet.engine.processes._processors", lambda processors=processors: processors)
        before = prepare(publication({}), now=NOW)
        assert before.settings is not None
        assert before.publication is not None
        plans.append(plan_import(tmp_path, open_source(source), before.settings, before.publication, Wanted()))
    assert plans[0] == plans[1] == plans[2]
    assert plans[0].pictures == 1


@pytest.mark.parametrize(
    ("source", "page", "told"),
    [
        ("<p>a <b>b</b></p>", "<p>a</p><p>b</p>", []),
        ("<p>a b</p>", "<p>a c</p>", ["words: 'ab' became 'ac'"]),
        ("<a href='x'>a</a><a>b</a>", "<a href='y'>a</a>b", ["link: x"]),
        ("<img src='x.png' alt='a'>", "", ["picture: x.png"]),
        ("<a href='mailto:a@b.example'>a@b.example</a>", "a@b.example", []),
    ],
)
def test_what_a_page_says_otherwise(source: str, page: str, told: list[str]) -> None:
    assert list(signature(source).differences(signature(page))) == told


def test_an_address_that_nobody_wrote_is_found() -> None:
    page = fragment("<a href='x'>a</a><a href='#b'>b</a><a href='https://x.example/'>c</a><q src='y'>d</q>")
    assert list(signature("<a href='x'>a</a>").unknown_in(page)) == ["y"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\n: c", "<dt>a</dt><dt>b</dt><dd>c</dd>"),
        ("a\nb\n\n: c\n\n: d", "<dt>a</dt><dt>b</dt><dd><p>c</p></dd><dd><p>d</p></dd>"),
        ("*a*\n`b`\n: c\n\n    - d", "<dt><em>a</em></dt><dt><code>b</code></dt><dd><p>c</p><ul><li>d</li></ul></dd>"),
        ("a\n: b\n\nc\nd\n: e", "<dt>a</dt><dd>b</dd><dt>c</dt><dt>d</dt><dd>e</dd>"),
        ("*a\nb*\n: c", "<dt><em>a\nb</em></dt><dd>c</dd>"),
        ("![a](b)\nc\n: d", '<dt><img src="b" alt="a" /></dt><dt>c</dt><dd>d</dd>'),
    ],
)  # fmt: skip
def test_a_definition_may_have_several_terms(text: str, shown: str) -> None:
    """As kramdown and Markdown Extra read them; a sign of ours in the text is none."""
    found = commonmark(text.replace("b", "b\ufdd6", 1), terms=True).replace("<dl>\n", "").removesuffix("\n</dl>\n")
    assert re.sub(r"(?<=>)\n", "", found) == shown


@pytest.mark.parametrize(
    "text", ["```\na\nb\n: c\n```", "- a\n  b\n  : c", "a\nb : c", "a\nb\n:c", "    a\n    b\n: c"]
)
def test_what_is_no_definition_has_no_terms(text: str) -> None:
    assert commonmark(text, terms=True) == commonmark(text)
