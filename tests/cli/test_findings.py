"""How findings are printed (X3), and the levels that an editor sets (X4)."""

import json
import os
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.cli.conftest import Run
from tests.cli.test_terminal import COLOUR, on_a_terminal
from tests.folders import issue
from tipsheet.cli.findings import CROWD, FORMATS, Listing, Style, _cut, listed
from tipsheet.problems import Problem, Severity, Where

FOLDER = "content/tipsheets/2026"
TASTE = "Read more [here](https://a.example/), said [our sponsor](https://b.example/?utm_source=x).\n"


def add(letter: Path, name: str, body: str, **fields: str) -> str:
    """Write an issue of the day after tomorrow, and return its path."""
    given = {"id": name, "title": f"About {name}", "date": "2026-11-24T09:00", "authors": "[editor]", **fields}
    (letter / FOLDER / f"{name}.md").write_text(issue(body=body, **given), "utf-8")
    return f"{FOLDER}/{name}.md"


def lint(letter: Path, levels: str) -> None:
    """Set levels in mkdocs.yml."""
    config = letter / "mkdocs.yml"
    config.write_text(
        config.read_text("utf-8").replace("  - tipsheet:\n", f"  - tipsheet:\n      lint: {levels}\n"), "utf-8"
    )


def lines(text: str) -> list[str]:
    """Place and code of each finding."""
    return [" ".join(line.split()[:2]) for line in text.splitlines() if ": TS" in line]


def test_a_mistake_hides_no_finding_about_other_letters(here: Run, letter: Path) -> None:
    """X3: all mistakes at once, letters included; what a mistake entails in its own letter is not told again."""
    broken = add(letter, "broken", "A [page](missing.md).")
    other = add(letter, "other", TASTE, date="2026-11-24T10:00")
    expected = [f"{broken}:9:10: TS013", f"{other}:9:11: TS405", f"{other}:9:58: TS414"]
    checked, built = here("check"), here("build")
    assert (checked.exit_code, built.exit_code) == (1, 1)
    assert lines(checked.stdout) == lines(built.stderr) == expected


def test_a_mistake_in_the_settings_is_not_told_of_every_letter(here: Run, letter: Path) -> None:
    config = letter / "mkdocs.yml"
    config.write_text(config.read_text("utf-8").replace("postal_address:", "postal_adress:"), "utf-8")
    assert {line.split()[1] for line in lines(here("check").stdout)} == {"TS004", "TS005"}


@pytest.mark.parametrize(
    ("levels", "seen", "code"),
    [
        ("{}", {"TS405": "warning", "TS414": "warning"}, 0),
        ("{TS405: off}", {"TS414": "warning"}, 0),
        ("{TS405: error, ts414: Off}", {"TS405": "error"}, 1),
        ("{TS405: off, TS414: off}", {}, 0),
    ],
)
def test_levels_are_the_editors_to_set(here: Run, letter: Path, levels: str, seen: dict[str, str], code: int) -> None:
    """X4: check, build and export agree."""
    add(letter, "taste", TASTE)
    lint(letter, levels)
    checked = here("check", "--format", "json")
    assert {p["code"]: p["severity"] for p in json.loads(checked.stdout)["problems"]} == seen
    built = here("build", "--drafts")
    exported = here("export", "taste", "--for", "listmonk", "--drafts")
    assert (
        {line.split()[1] for line in lines(built.stderr)}
        == {line.split()[1] for line in lines(exported.stderr)}
        == set(seen)
    )
    assert [checked.exit_code, built.exit_code, exported.exit_code] == [code] * 3
    assert here("check", "--strict").exit_code == (1 if seen else 0)


def test_levels_that_cannot_be_set(here: Run, letter: Path) -> None:
    """A code that does not exist, a word that is no level, and what would publish something wrong."""
    lint(letter, "{TS4050: off, TS405: warn, TS013: warning}")
    assert here("check").stdout.splitlines() == [
        "mkdocs.yml:29:14: TS311 there is no code 'TS4050' (did you mean 'TS405'?)",
        "mkdocs.yml:29:34: TS311 'warn' is not a level (did you mean 'warning'?)",
        "mkdocs.yml:29:47: TS312 TS013 is always an error: there is no such file (something wrong would be published)",
    ]


def test_what_one_cause_raises_in_crowds_is_one_line(here: Run, letter: Path) -> None:
    """X3: with a count and one place for people; all of them for programs, and with -v."""
    for number in range(CROWD + 3):
        add(
            letter,
            f"n{number:02}",
            f"Read [more](https://{number}.example/).",
            date=f"2026-12-{number + 1:02}",
            description="Short.",
        )
    text = here("check").stdout.splitlines()
    lengths = "TS220 warning: the description has 6 characters (40 to 130 fill the line beside the subject)"
    words = "TS405 warning: the link 'more' does not say where it leads (name what is there)"
    more = f", and {CROWD + 2} more like this; -v lists them"
    assert text == [f"{FOLDER}/n00.md:5:1: {lengths}{more}", f"{FOLDER}/n00.md:9:6: {words}{more}"]
    every = here("-v", "check").stdout.splitlines()
    values = json.loads(here("check", "--format", "json").stdout)["problems"]
    github = here("check", "--format", "github").stdout.splitlines()
    assert len(every) == len(values) == len(github) - 10 == 2 * (CROWD + 3)
    assert github[10:] == every


def test_mistakes_that_differ_are_all_listed() -> None:
    """Each has to be mended: only the same words are one cause."""
    problems = [Problem(Where("a.md", n), "TS013", f"there is no file '{n}'") for n in range(1, 3 * CROWD)]
    assert len(list(listed(Listing(problems=problems, root=Path())))) == len(problems)


def test_a_quiet_run_says_what_failed(here: Run, letter: Path) -> None:
    """X9."""
    path = add(letter, "broken", "A [page](missing.md).")
    checked, built = here("-q", "check"), here("-q", "build")
    assert (lines(checked.stdout), checked.stderr) == ([f"{path}:9:10: TS013"], "")
    assert lines(built.stderr) == [f"{path}:9:10: TS013"]
    assert (checked.exit_code, built.exit_code) == (1, 1)


def test_on_a_terminal_the_source_stands_below(letter: Path) -> None:
    """X3: one path a file, the line with a caret, the remedy."""
    path = add(letter, "taste", "日本語\tRead more [here](https://a.example/).")
    seen = on_a_terminal(letter, "-q", "check", SOURCE_DATE_EPOCH=os.environ["SOURCE_DATE_EPOCH"], NO_COLOR="1")
    assert seen.decode().split("\r\n") == [
        path,
        "  9:15 warning TS405: the link 'here' does not say where it leads",
        "  9 | 日本語    Read more [here](https://a.example/).",
        "    |                     ^",
        "    = name what is there",
        "",
    ]
    assert COLOUR.search(on_a_terminal(letter, "check", SOURCE_DATE_EPOCH=os.environ["SOURCE_DATE_EPOCH"]))


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environ", "style"),
    [
        (StringIO(), {}, Style(terminal=False, colour=False)),
        (Terminal(), {}, Style(terminal=True, colour=True)),
        (Terminal(), {"NO_COLOR": "1"}, Style(terminal=True, colour=False)),
        (Terminal(), {"NO_COLOR": ""}, Style(terminal=True, colour=True)),
        (Terminal(), {"TERM": "dumb"}, Style(terminal=True, colour=False)),
        (StringIO(), {"FORCE_COLOR": "1"}, Style(terminal=True, colour=True)),
        (StringIO(), {"FORCE_COLOR": "0"}, Style(terminal=False, colour=False)),
        (StringIO(), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, Style(terminal=True, colour=False)),
    ],
)
def test_colours_are_for_terminals(stream: StringIO, environ: dict[str, str], style: Style) -> None:
    """X3: https://no-color.org and https://force-color.org."""
    assert Style.of(stream, environ) == style


@given(
    line=st.text(st.sampled_from("ab é\t日本語한e\u0301🙂\x1b\x07"), min_size=1, max_size=300),
    col=st.integers(1, 300),
    room=st.integers(20, 120),
)
@example(line="x" * 500, col=250, room=40)
def test_a_long_line_is_cut_around_the_caret(line: str, col: int, room: int) -> None:
    """X3: it fits into the terminal, and the caret stands below the sign that is meant."""
    shown, caret = _cut(line, col, room)
    assert cell_len(shown) <= room + 4
    assert "\x1b" not in shown
    sign = line[col - 1 : col]
    if sign.strip() and sign.isprintable() and cell_len(sign):
        before = next(n for n in range(len(shown) + 1) if cell_len(shown[:n]) == caret and shown[n : n + 1] == sign)
        assert before >= 0


@pytest.mark.parametrize("form", FORMATS)
def test_control_characters_reach_no_terminal(form: str, tmp_path: Path) -> None:
    """K12: what stands in content cannot move a cursor, begin a command of GitHub, or turn the line around."""
    message = "there is no file 'a\x1b[2J\n::error::x\u202e'"
    found: Any = FORMATS[form](Listing(problems=[Problem(Where("a.md"), "TS013", message)], root=tmp_path))
    text = "\n".join(found)
    assert "\x1b" not in text
    assert not any(line.startswith("::error::x") for line in text.splitlines())


def test_severity_is_that_of_the_code_unless_one_is_set() -> None:
    assert Problem(Where("a.md"), "TS405", "m").severity is Severity.WARNING
    assert Problem(Where("a.md"), "TS405", "m", level=Severity.ERROR).severity is Severity.ERROR
