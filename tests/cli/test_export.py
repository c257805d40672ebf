"""``tipsheet export`` writes a letter for a provider, or says why not."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run


def _say(letter: Path, text: str) -> None:
    """Put a paragraph at the end of the issue that `tipsheet init` wrote."""
    (file,) = (letter / "content/tipsheets").rglob("*.md")
    file.write_text(f"{file.read_text('utf-8')}\n{text}\n", "utf-8")


def test_two_files_and_the_lines_of_the_inbox(here: Run, letter: Path) -> None:
    said = here("export", "2026-w47", "--for", "listmonk").stdout.splitlines()
    assert said[:3] == [
        str(letter / "exports/2026-w47-everyone.html"),
        str(letter / "exports/2026-w47-everyone.txt"),
        "Subject: Welcome, and one thing to do",
    ]
    assert said[3].startswith("Preheader: ")
    assert 'href="{{ UnsubscribeURL }}"' in (letter / "exports/2026-w47-everyone.html").read_text("utf-8")
    assert "{{ UnsubscribeURL }}" in (letter / "exports/2026-w47-everyone.txt").read_text("utf-8")


def test_the_same_for_a_program(here: Run, letter: Path, tmp_path: Path) -> None:
    done = here("export", "2026-w47", "--for", "brevo", "--segment", "leaders", "--output", tmp_path / "out", "--json")
    told = json.loads(done.stdout)
    assert (told["issue"], told["provider"], told["segments"]) == ("2026-w47", "brevo", ["leaders"])
    assert told["subject"] == "Welcome, and one thing to do"
    assert told["problems"] == []
    assert Path(told["html"]) == tmp_path / "out/2026-w47-leaders.html"
    assert Path(told["text"]).is_file()
    assert not (letter / "exports").exists()


def test_a_segment_gets_its_own_action(here: Run, letter: Path) -> None:
    here("export", "2026-w47", "--for", "brevo")
    here("export", "2026-w47", "--for", "brevo", "--segment", "leaders")
    everyone, leaders = ((letter / f"exports/2026-w47-{name}.txt").read_text() for name in ("everyone", "leaders"))
    assert everyone != leaders


def test_what_the_provider_cannot_do_is_listed_and_nothing_is_written(here: Run, letter: Path) -> None:
    _say(letter, "Hello @@first_name or it's you@@, `{$x}`.")
    result = here("export", "2026-w47", "--for", "mailerlite")
    assert result.exit_code == 1
    assert [line.split()[1] for line in result.stderr.splitlines()[:-1]] == ["TS302", "TS303"]
    assert result.stderr.endswith("2 mistakes; nothing was written.\n")
    assert not (letter / "exports").exists()
    assert here("export", "2026-w47", "--for", "buttondown").exit_code == 0


def test_mistakes_in_the_content_stop_it(here: Run, letter: Path) -> None:
    _say(letter, "Hello @@firstname or you@@.")
    result = here("export", "2026-w47", "--for", "brevo")
    assert (result.exit_code, "TS205" in result.stderr) == (1, True)


def test_a_coming_issue_is_exported_when_asked(here: Run, letter: Path) -> None:
    here("new", "Later", "--no-draft")
    result = here("export", "2026-w48", "--for", "brevo")
    assert result.exit_code == 2
    assert result.stderr == "Error: 2026-w48 has not appeared yet\nHint: add --drafts to export it all the same\n"
    assert here("export", "2026-w48", "--for", "brevo", "--drafts").exit_code == 0
    assert here("export", "2026-w48", "--for", "brevo", "--now", "2026-11-24").exit_code == 0


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("2026-w74", "--for", "brevo"), "there is no issue '2026-w74'\nHint: did you mean '2026-w47'?"),
        (("x", "--for", "brevo"), "there is no issue 'x'"),
        (("2026-w47", "--for", "brevo", "--segment", "leader"), "there is no segment 'leader'\nHint: did you mean"),
        (("2026-w47", "--for", "brevoo"), "'brevoo' is not one of 'mailchimp', 'buttondown'"),
        (("2026-w47",), "Missing option '--for'"),
    ],
)
def test_wrong_use(here: Run, letter: Path, args: tuple[str, ...], words: str) -> None:
    result = here("export", *args)
    assert result.exit_code == 2
    assert words in result.stderr
    assert not (letter / "exports").exists()


def test_an_issue_for_a_segment_is_not_for_everyone(here: Run, letter: Path) -> None:
    (file,) = (letter / "content/tipsheets").rglob("*.md")
    file.write_text(file.read_text("utf-8").replace("\nid: ", "\naudience: [leaders]\nid: ", 1), "utf-8")
    result = here("export", "2026-w47", "--for", "brevo")
    assert result.exit_code == 2
    assert result.stderr == (
        "Error: 2026-w47 is for leaders, not for everyone\nHint: name its readers with --segment\n"
    )
    assert here("export", "2026-w47", "--for", "brevo", "--segment", "leaders").exit_code == 0
