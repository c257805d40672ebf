"""Of a text that is being written everything is told that `check` will say of it when it is saved."""

import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.folders import article, issue, write_png, write_publication
from tests.reading.test_mistakes import AROUND, NOW, SCENARIOS, TIP
from tests.sample import NOW as SAMPLE_NOW
from tests.sample import copy_of_sample
from tipsheet.press import Prepared, prepare
from tipsheet.preview.writer import Findings
from tipsheet.problems import Problem

NOTE = "content/notes/n.md"
FILES = {
    **AROUND,
    TIP: issue(),
    "content/about.md": "# About us\n",
    "content/articles/long.md": article(id="long", title="Long"),
    NOTE: "---\nid: n\ntitle: A note\nfrom: 2026-11-01\nexpires: 2026-11-30\n---\n\nText.\n",
}
LATER = {"TS223"}
"""Tags are compared with those of all posts, which comes with the save."""


def texts(name: str) -> Iterator[Any]:
    for case in yaml.safe_load((SCENARIOS / name).read_text("utf-8")):
        fields = {key: str(value) for key, value in case.get("fields", {}).items()}
        if {"fields", "body"} & case.keys():
            yield pytest.param(issue(body=case.get("body", ""), **fields), id=case["name"])


def told(prepared: Prepared, path: str) -> list[str]:
    return [str(one) for one in prepared.problems if one.where.path == path and one.code not in LATER]


def findings(root: Path, prepared: Prepared) -> Findings:
    assert prepared.settings is not None
    assert prepared.publication is not None
    return Findings(root, prepared.settings, prepared.publication)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Findings]:
    """A publication without a mistake, as the desk has it in memory."""
    root = write_publication(tmp_path_factory.mktemp("publication"), FILES)
    write_png(root / "content/images/scales.png")
    prepared = prepare(root, now=NOW)
    assert not told(prepared, TIP)
    return root, findings(root, prepared)


@pytest.mark.parametrize("text", [*texts("headers.yml"), *texts("bodies.yml"), *texts("merge_fields.yml")])
def test_what_is_said_before_a_save_is_said_after_it(text: str, here: tuple[Path, Findings], tmp_path: Path) -> None:
    _, before = here
    said = [without_places(one) for one in before(TIP, text.encode()) if one.code not in LATER]
    after = write_publication(tmp_path, {**FILES, TIP: text})
    write_png(after / "content/images/scales.png")
    found = prepare(after, now=NOW, thorough=True).problems
    assert said == [without_places(one) for one in found if one.where.path == TIP and one.code not in LATER]


UNSAVED: Mapping[str, tuple[str, str]] = {
    "the id of another issue": (TIP, issue(id="2026-w46")),
    "the address of another issue": (TIP, issue(slug="old")),
    "the slot of another issue": (TIP, issue(date="2026-11-10")),
    "an action that another issue writes": (TIP, issue(body="/// action | Old { id=old }\n\n///\n")),
    "an address that is taken by a new slug": ("content/tipsheets/2026/2026-11-10-old.md", issue(id="x", slug="ask")),
    "a link to itself under a new slug": (TIP, issue(slug="new", body="[here](2026-11-17-ask.md#nothing)")),
    "a new file": ("content/tipsheets/2026/2026-12-08-new.md", issue(id="2026-w50", date="2026-12-08", tags="[a, a]")),
    "an article": ("content/articles/long.md", article("[gone](gone.md) @@nobody or you@@", id="long")),
    "a page": ("content/about.md", "---\ndraft: true\n---\n\n[gone](gone.md)\n"),
    "a note": (NOTE, FILES[NOTE].replace("id: n", "id: m\nbogus: 1").replace("Text", "[gone](gone.md)")),
    "an action of the library": ("content/actions/ask-first.md", "---\nid: ask-first\n---\n\n1. [Ask](gone.md).\n"),
    "a welcome letter": ("content/welcome.md", "---\nafter: 3d\ntitle: Welcome\n---\n\nText.\n"),
    "authors": ("content/authors.yml", "ada: {name: Ada, rle: Editor}\n"),
    "no header": (TIP, "# Nothing\n"),
    "nothing at all": (TIP, ""),
    "a character that no page can hold": (TIP, issue(body="a\x07b")),
    "a file with carriage returns": (TIP, issue(body="a\n\n[gone](gone.md)").replace("\n", "\r\n")),
    "a file with a mark": (TIP, "\ufeff" + issue(body="a\n\n[gone](gone.md)")),
}


@pytest.mark.parametrize(("path", "text"), UNSAVED.values(), ids=UNSAVED)
def test_what_is_shared_with_other_files_is_said_too(
    path: str, text: str, here: tuple[Path, Findings], tmp_path: Path
) -> None:
    _, before = here
    said = [without_places(one) for one in before(path, text.encode()) if one.code not in LATER]
    after = prepare(write_publication(tmp_path, {**FILES, path: text}), now=NOW, thorough=True)
    expected = [without_places(one) for one in after.problems if one.where.path == path]
    assert said == expected
    assert said or path.endswith(("new.md", "slug.md")), "say what is wrong with it"


def without_places(problem: Problem) -> tuple[str, str, str]:
    """A finding without the place that its hint names in another file, which was not opened for it."""
    return str(problem.where), problem.code, problem.message


def test_a_text_of_the_sample_has_the_findings_of_check(tmp_path: Path) -> None:
    root = copy_of_sample(tmp_path / "publication")
    prepared = prepare(root, now=SAMPLE_NOW, thorough=True)
    one = findings(root, prepared)
    for file in sorted((root / "content").rglob("*.md")):
        path = file.relative_to(root).as_posix()
        assert [str(found) for found in one(path, file.read_bytes())] == told(prepared, path)


def test_a_file_that_is_never_read_has_no_findings(here: tuple[Path, Findings]) -> None:
    assert here[1]("content/style.css", b"[gone](gone.md)") == ()


def test_a_text_that_was_looked_at_leaves_nothing(here: tuple[Path, Findings]) -> None:
    """A new slug or a new file is seen by its own text only."""
    _, before = here
    before("content/articles/new.md", article(id="new").encode())
    before(TIP, issue(slug="other").encode())
    (problem,) = before("content/about.md", b"[new](articles/new.md) [ask](tipsheets/2026/2026-11-17-ask.md)\n")
    assert problem.message == "there is no file 'articles/new.md'"


def test_the_time_does_not_grow_with_the_publication(tmp_path: Path) -> None:
    """A typical issue among a thousand: 0.1 s of work, counted by the processor so that others do not count."""
    body = "\n\n".join(f"Paragraph {n} with [a link](2026-11-17-ask.md) and **words**. " * 3 for n in range(12))
    many = {
        f"content/tipsheets/old/2020-01-{n % 28 + 1:02}-{n}.md": issue(
            id=f"old-{n}", title=f"Old {n}", date="2020-01-01"
        )
        for n in range(int(os.environ.get("TIPSHEET_ISSUES", "300")))
    }
    root = write_publication(tmp_path, many)
    one = findings(root, prepare(root, now=NOW))
    text = issue(body=f"{body}\n\n[gone](gone.md)\n").encode()
    assert one(TIP, text)
    took = []
    for number in range(5):
        before = time.thread_time()
        one(TIP, text + f"{number}\n".encode())
        took.append(time.thread_time() - before)
    assert min(took) < 0.1
