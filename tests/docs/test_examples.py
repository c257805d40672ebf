"""Examples in the documents are right: they are taken from the text, tried in a fresh publication, and built."""

import re
import shlex
import textwrap
from pathlib import Path

import click
import pytest
import yaml
from click.testing import CliRunner, Result

from tests.conftest import Write
from tests.docs.documents import DOCUMENTS, Fence, carry_out, fences
from tests.folders import MKDOCS, issue, write_png
from tests.sample import ROOT
from tipsheet.cli import main

GUIDES = ROOT / "docs/how-to"
HEADER = """\
---
id: {name}
title: Something to try
date: 2026-11-24
description: A description that is as long as inboxes like it to be.
authors: [editor]
---

"""


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args])


@pytest.fixture
def letter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh publication, on the day of the tutorial."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795338000")
    assert run("init", tmp_path / "letter").exit_code == 0
    return tmp_path / "letter"


def strictly(folder: Path) -> str:
    """What a strict check finds."""
    result = run("-C", folder, "check", "--strict", "--now", "2026-11-24")
    return "" if result.exit_code == 0 else result.output


def blocks_of(fence: Fence) -> bool:
    return fence.text.startswith("/// ") and "…" not in fence.text


def test_the_issue_of_the_readme_is_right(letter: Path) -> None:
    issue = next(f for f in fences(ROOT / "README.md") if f.language == "markdown")
    carry_out(Fence("", HEADER.format(name="it") + issue.text, "write", "content/tipsheets/2026/it.md"), letter)
    assert strictly(letter) == ""
    assert run("-C", letter, "build", "--now", "2026-11-24").exit_code == 0
    said = {name: (letter / f"outbox/it/{name}.txt").read_text("utf-8") for name in ("everyone", "leaders")}
    assert "Ask one question before you pitch" in said["everyone"]
    assert "Ask your team what they would stop" not in said["everyone"]
    assert "Ask your team what they would stop" in said["leaders"]


def test_the_overrides_build(letter: Path) -> None:
    for fence in fences(GUIDES / "change-the-look.md"):
        if fence.verb:
            carry_out(fence, letter)
    assert strictly(letter) == ""
    assert run("-C", letter, "build", "--strict").exit_code == 0
    for page in ("index.html", "about/index.html", "404.html", "issues/welcome/index.html"):
        html = (letter / "site" / page).read_text("utf-8")
        assert html.count("printed on nothing") == 1
        assert re.search(r'<link rel="stylesheet" href="[./]*assets/letter.css">', html)
    assert "#7A1F4B" in (letter / "site/assets/look.css").read_text("utf-8")
    mail = next((letter / "outbox").glob("*/everyone.html")).read_text("utf-8")
    assert "two people and a kettle" in mail
    assert 'href="https://example.org/about/"' in mail
    assert "#7A1F4B" in mail
    assert "1 Example Street" in mail


@pytest.mark.parametrize("guide", sorted(GUIDES.glob("*.md")), ids=lambda guide: guide.stem)
def test_examples_of_a_guide_are_right(guide: Path, letter: Path) -> None:
    """Headers, files and blocks as the guides show them, with the segments that they speak of."""
    config = (letter / "mkdocs.yml").read_text("utf-8")
    more = "".join(f"        {name}: {{title: {name}, where: {{role: leader}}}}\n" for name in SEGMENTS)
    (letter / "mkdocs.yml").write_text(config.replace("      segments:\n", f"      segments:\n{more}"), "utf-8")
    write_png(letter / "content/images/scales.png")
    carry_out(Fence("", LIBRARY, "write", "content/actions/ask-first.md"), letter)
    for number, fence in enumerate(fences(guide)):
        write_example(fence, f"example-{number}", letter)
    assert strictly(letter) == ""


SEGMENTS = ("managers", "toronto", "utrecht", "jobseekers")
LIBRARY = "---\nid: ask-first\ntitle: Ask one question\n---\n\nAsk.\n"
ACTION = "\n\n/// action | Do {name}\n\nIt is worth it.\n\n///\n"


COMMAND = re.compile(r"(?:\$ |\s+- run: )?tipsheet\b(?!  |/)")


def write_example(fence: Fence, name: str, folder: Path) -> None:
    """Put an example where it belongs: a whole file, a part of a header, or a body; a note above it goes first."""
    if fence.verb:
        carry_out(fence, folder)
        return
    day = f"2026-{int(name.rpartition('-')[2]) + 1:02}-03"
    header = HEADER.format(name=name).replace("2026-11-24", day)
    action = ACTION.format(name=name)
    body = fence.text.replace("id=ask-first", f"id={name}")
    if fence.text.startswith("---\nid:"):
        kind = "notes" if "\nfrom:" in fence.text else "actions"
        file, text = f"content/{kind}/{name}.md", fence.text
    elif fence.language == "yaml" and re.match(r"image|republished|slug", fence.text):
        file, text = f"content/tipsheets/2026/{name}.md", header.replace("---\n\n", f"{fence.text}\n---\n\n") + action
    elif blocks_of(fence) or fence.language == "markdown":
        file = f"content/tipsheets/2026/{name}.md"
        text = header + body + ("" if body.startswith("/// action") else action)
    else:
        return
    carry_out(Fence("", text, "write", file), folder)


def test_the_segments_of_the_guide_are_right(publication: Write) -> None:
    text = next(f.text for f in fences(GUIDES / "segments.md") if f.language == "yaml")
    entry = MKDOCS.partition("      attributes:")[0] + textwrap.indent(text, "      ") + "\n"
    worded = "subject: {managers: For managers, everyone: For all}\n"
    folder = publication({"mkdocs.yml": entry, "content/tipsheets/2026/2026-11-17-ask.md": issue(worded)})
    assert strictly(folder) == ""


def test_the_workflow_is_yaml_and_runs_commands_that_exist() -> None:
    text = next(f.text for f in fences(GUIDES / "publish-in-ci.md") if f.language == "yaml")
    steps = yaml.safe_load(text)["jobs"]["build"]["steps"]
    assert {step["run"].split()[0] for step in steps if "run" in step} == {"python", "tipsheet"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.stem)
def test_commands_that_are_shown_exist_with_their_options(document: Path) -> None:
    text = document.read_text("utf-8")
    shown = [line for fence in fences(document) for line in fence.text.splitlines()]
    lines = [line for line in shown if COMMAND.match(line) and "[OPTIONS]" not in line] + re.findall(
        r"`(tipsheet [^`\n]+)`", text
    )
    for line in lines:
        for command in COMMAND.sub("tipsheet", line).split(" && "):
            words = shlex.split(command, comments=True)
            assert words[0] != "tipsheet" or understood(words[1:]), line


def understood(words: list[str]) -> bool:
    """Return True if Click knows the command and its options."""
    words = words[2:] if words[:1] == ["-C"] else words
    command = main.commands.get(words[0]) if words else main
    if command is None:
        return False
    if hasattr(command, "commands") and len(words) > 1:
        command, words = command.commands.get(words[1]), words[1:]
    if command is None:
        return False
    context = click.Context(command, **main.context_settings)
    try:
        command.make_parser(context).parse_args(words[1:])
    except click.NoSuchOption:
        return False
    except click.BadOptionUsage:  # in prose an option may be named without its value
        pass
    return True
