"""A corpus of old texts: all constructs of Markdown in each other, with pictures and footnotes; and its import."""

import datetime as dt
import os
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random  # noqa: TID251 - with a seed

from tests.folders import write_png
from tipsheet.archives import Wanted, carry_out, open_source, plan_import
from tipsheet.archives.fidelity import Signature, commonmark, signature
from tipsheet.model.audience import PUBLIC
from tipsheet.press import prepare

NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
WORDS = (
    "a", "plain", "word", "*star*", "_under_", "1. one", "1) x", "# not", "{x}", "a*b", "snake_case_name", "&copy;",
    "[x]", "(y)", "`tick`", "~~no~~", "- dash", "+ plus", "> q", "| bar", "!bang", "5 < 6", "é", "$5", "==", "---",
    "end.", "/// no",
)  # fmt: skip


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def words(r: Random) -> str:
    return escaped(" ".join(r.choice(WORDS) for _ in range(r.randint(1, 5))))


def inline(r: Random, depth: int = 0, *, linked: bool = False) -> str:
    """Emphasis, code, links, pictures and line breaks in each other."""
    out = []
    for _ in range(r.randint(1, 3)):
        kind = r.randint(0, 9) if depth < 3 else 0
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
        elif kind == 9:
            out.append(f'<img src="a.png" alt="A scale, {r.randint(1, 9)} pounds">')
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


def text_of(seed: int, form: str) -> str:
    """One text in this form, ``html`` or ``md``, every third with footnotes."""
    r = Random(seed)  # noqa: S311
    body, notes = blocks(r), range(1, r.randint(2, 3)) if seed % 3 == 0 else range(0)
    for number in notes:
        mark = f'<sup class="footnote-ref"><a href="#fn{number}" id="r{number}">{number}</a></sup>'
        body += f"<p>{words(r)}{mark if form == 'html' else f'[^{number}]'}</p>"
    if form == "md":
        body = body.replace("<p>", "\n\n").replace("</p>", "\n\n")
        return body + "".join(f"\n[^{number}]: {words(r)}\n" for number in notes)
    back = '<a href="#r{0}" class="footnote-backref">\u21a9</a>'
    return body + "".join(f'<div class="footnote"><p id="fn{n}">{words(r)} {back.format(n)}</p></div>' for n in notes)


LETTER = 16_000
"""Characters of a letter as weekly lists of links have them."""


def letter_of(seed: int) -> str:
    """A weekly list of links in Markdown: lists in lists by two blanks, references, code, quotations, addresses."""
    r = Random(seed)  # noqa: S311
    parts, number = ["Hello and welcome to *another* letter! [Write to us](mailto:ada@e.example?subject=Idea).\n"], 0
    while sum(map(len, parts)) < LETTER:
        parts.append(f"\n## {_said(r, 3)}\n\n")
        for _ in range(r.randint(4, 12)):
            number += 1
            at = f"https://e{r.randint(1, 400)}.example/{r.choice(NOUNS)}/{number}.html?x={number}"
            parts.append(
                r.choice(
                    (
                        f"* [{_said(r, 6)}]({at}). {_said(r, 5)}.\n",
                        f"* [{_said(r, 4)}]({at}). {_said(r, 7)}.\n",
                        f"* 11/24 | {_said(r, 2)} | [{_said(r, 2)}]({at})\n    * [**{_said(r, 4)}**]({at}#a)\n",
                        f"- [RFC {number}]({at}):\n  {_said(r, 5)} `code_{number}<T>`\n  - Merged\n",
                        f"* {_said(r, 4)} [{_said(r, 3)}][ref{number}].\n\n[ref{number}]: {at}\n\n",
                        f"\n{_said(r, 30)}. *{_said(r, 3)}* and **{_said(r, 2)}**: <{at}>.\n\n> {_said(r, 20)}\n\n",
                    )
                )
            )
    return "".join(parts)


NOUNS = ("garden", "letter", "river", "offer", "question", "winter", "signal", "copper", "ledger", "harbour", "thread")


def _said(r: Random, count: int) -> str:
    return " ".join(r.choice(NOUNS) for _ in range(count)).capitalize()


def at_home(one: Signature) -> Signature:
    """The signature with the names that pictures had in the source."""
    names = ((re.sub(r"^.*/|-[0-9a-f]{8}(?=\.png$)", "", address), count) for address, count in one.pictures)
    return replace(one, pictures=frozenset(names))


def lay_corpus(folder: Path, seeds: range, form: str) -> dict[str, Signature]:
    """Write a text for each seed, and the picture that they show; what each of them says, by its name.

    ``form`` is ``html``, ``md`` or ``letter``.
    """
    folder.mkdir()
    write_png(folder / "a.png", 90, 60)
    wanted = {}
    for seed in seeds:
        ending = "html" if form == "html" else "md"
        name = f"{dt.date(2005, 1, 1) + dt.timedelta(days=seed)}-text-{seed}.{ending}"
        text = letter_of(seed) if form == "letter" else text_of(seed, form)
        (folder / name).write_text(f"---\ntitle: Text {seed}\n---\n{text}\n", "utf-8")
        wanted[name] = signature(text if form == "html" else commonmark(text))
    return wanted


def imported(
    root: Path, source: Path, *, took: list[tuple[float, float]] | None = None
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """The file of each item, the HTML of its page, and what was told of it.

    ``took`` gets the seconds of the import, and those of processors.
    """
    before = prepare(root, now=NOW)
    assert before.settings is not None
    assert before.publication is not None
    begun, busy = time.perf_counter(), _seconds_of_processors()
    plan = plan_import(root, open_source(source), before.settings, before.publication, Wanted())
    carry_out(root, plan)
    if took is not None:
        took.append((time.perf_counter() - begun, _seconds_of_processors() - busy))
    after = prepare(root, now=NOW)
    assert after.publication is not None
    mistakes = [str(one) for one in after.problems if one.severity == "error"]
    assert not mistakes, "\n".join(mistakes)
    pages = {issue.where.path: issue.body.whole(after.publication.html) for issue in after.publication.issues}
    for outcome in plan.outcomes:
        yield outcome.where.path, pages[outcome.path].prose(PUBLIC), tuple(map(str, outcome.left))


def _seconds_of_processors() -> float:
    """Seconds that processors worked for this process and for those that it has ended."""
    return sum(os.times()[:4])
