"""A format of feeds, a rule for letters and a provider are one file and one line each, and stand in every output."""

import json
from pathlib import Path

import pytest

from tests.folders import write_publication
from tests.scratch import Scratch, scratch
from tipsheet.cli.findings import FORMATS

FEED = '''"""Titles and addresses, a line each."""

from tipsheet.rendering.feeds.formats import FeedFormat

LINES = FeedFormat(
    title="Lines",
    file="feed.lines",
    type="text/x-lines",
    summary="A title and an address a line.",
    write=lambda channel, entries: "".join(f"{one.title} {one.url}\\n" for one in entries).encode(),
)
'''
RULE = '''"""Letters that shout."""

from collections.abc import Iterator

from tipsheet.rendering.email.rules.letter import SentLetter, Violation, text_of


def shouting(letter: SentLetter) -> Iterator[Violation]:
    """No exclamation mark in a subject."""
    if "!" in letter.subject:
        yield Violation("TS498", f"'{letter.subject}' is loud", "whisper", (text_of(letter.subject),))
'''
EXPLANATION = """# Noise

## TS498 A loud letter

Level: warning

Marks shout.

Whisper.

````wrong
subject: Ask!
````

````right
subject: Ask
````
"""
PROVIDER = '''"""Pigeons: ``<name>``."""

from tipsheet.rendering.providers.provider import Provider

PIGEONS = Provider(
    name="pigeons",
    title="Pigeons",
    unsubscribe="<coo>",
    preferences="<seed>",
    names={"first_name": "name"},
    attribute=str,
    field=lambda variable, slot, part: f"<{variable}>",
    literal=lambda text, part: text,
)
'''
PATH = "content/tipsheets/2026/2026-11-17-ask.md"
MESSAGE = "'Ask one question!' is loud"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Scratch:
    """The program with one of each: a file, and a line in the registry with its import."""
    copy = scratch(tmp_path_factory.mktemp("program"))
    feeds, rules, providers = (f"tipsheet/rendering/{name}" for name in ("feeds", "email/rules", "providers"))
    copy.write(f"{feeds}/lines.py", FEED)
    first = "from tipsheet.rendering.feeds.formats import JSON_FEED, RSS, FeedFormat\n"
    copy.register(f"{feeds}/__init__.py", first, f"{first}from tipsheet.rendering.feeds.lines import LINES\n")
    copy.register(f"{feeds}/__init__.py", "(RSS, JSON_FEED)", "(RSS, JSON_FEED, LINES)")
    copy.write(f"{rules}/shouting.py", RULE)
    first = "from tipsheet.rendering.email.rules.letter import SentLetter, Violation\n"
    copy.register(f"{rules}/__init__.py", first, f"{first}from tipsheet.rendering.email.rules import shouting\n")
    copy.register(f"{rules}/__init__.py", "    content.imprint,\n", "    content.imprint,\n    shouting.shouting,\n")
    copy.write("tipsheet/explanations/shouting.md", EXPLANATION)
    copy.write(f"{providers}/pigeons.py", PROVIDER)
    first = "from tipsheet.rendering.providers.provider import Provider\n"
    copy.register(
        f"{providers}/__init__.py", first, f"from tipsheet.rendering.providers.pigeons import PIGEONS\n{first}"
    )
    copy.register(f"{providers}/__init__.py", "BREVO, MAILERLITE)\n", "BREVO, MAILERLITE, PIGEONS)\n")
    return copy


@pytest.fixture(scope="module")
def publication(program: Scratch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A publication with a loud letter, built."""
    folder = write_publication(tmp_path_factory.mktemp("publication"), {})
    text = (folder / PATH).read_text("utf-8")
    (folder / PATH).write_text(text.replace("title: Ask one question\n", "title: Ask one question!\n"), "utf-8")
    built = program.tipsheet("build", folder=folder)
    assert built.returncode == 0, built.stderr
    assert f"TS498 warning: {MESSAGE}" in built.stderr + built.stdout
    return folder


def test_the_feed_is_written_and_every_page_names_it(publication: Path) -> None:
    site = publication / "site"
    assert (site / "feed.lines").read_text("utf-8").startswith("Ask one question! https://sheet.example/issues/")
    for page in ("index.html", "archive/index.html", "subscribe/index.html"):
        assert 'type="text/x-lines" title="The Test Sheet" href="' in (site / page).read_text("utf-8")
    assert '<a href="../feed.lines">Everything (Lines)</a>' in (site / "subscribe/index.html").read_text("utf-8")


def test_the_reference_lists_the_feed_and_the_provider(program: Scratch) -> None:
    assert program.python("docs/reference/generate.py").returncode == 0
    files, commands = (
        (program.root / f"docs/reference/{name}.md").read_text("utf-8") for name in ("files", "commands")
    )
    assert "| `feed.lines` | A title and an address a line. |" in files
    assert "pigeons" in commands


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_of_a_check_has_the_finding_of_the_rule(program: Scratch, publication: Path, form: str) -> None:
    said = program.tipsheet("check", "--format", form, folder=publication)
    assert said.returncode == 0, said.stderr
    match form:
        case "text":
            assert f"{PATH}:3:8: TS498 warning: {MESSAGE} (whisper)\n" in said.stdout
        case "lines":
            assert f"{PATH}:3:8: warning TS498: {MESSAGE} (whisper)" in said.stdout.splitlines()
        case "json":
            (found,) = (one for one in json.loads(said.stdout)["problems"] if one["code"] == "TS498")
            assert (found["path"], found["line"], found["message"]) == (PATH, 3, MESSAGE)
        case "github":
            assert f"::warning file={PATH},line=3,col=8,title=TS498::{MESSAGE} (whisper)" in said.stdout.splitlines()
        case "sarif":
            (run,) = json.loads(said.stdout)["runs"]
            (found,) = (one for one in run["results"] if one["ruleId"] == "TS498")
            assert found["message"] == {"text": f"{MESSAGE} (whisper)"}
        case _:
            pytest.fail(f"say what is expected of the form {form}")


def test_the_code_of_the_rule_is_explained(program: Scratch) -> None:
    assert program.tipsheet("explain", "TS498").stdout.startswith("TS498  A loud letter\n")


def test_the_provider_is_a_choice_and_gets_its_letter(program: Scratch, publication: Path) -> None:
    assert "pigeons" in program.tipsheet("export", "--help").stdout
    done = program.tipsheet("export", "2026-w47", "--for", "pigeons", "--now", "2026-11-18", folder=publication)
    assert done.returncode == 0, done.stderr
    text = (publication / "exports/2026-w47-everyone.txt").read_text("utf-8")
    assert "Hello <name>, this is the text." in text
    assert "<coo>" in text
