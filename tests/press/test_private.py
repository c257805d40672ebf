"""K1: text for some is read by those alone, whatever stands around it or in it.

Hypothesis composes texts around a secret: what opens something and what closes something, in any order, before the
block, in it and after it. Each text is either a mistake with its place, or its secret is in the letters of its segment
and nowhere else. Many texts make one publication, so that a build looks at all of them.
"""

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.folders import MKDOCS, article, issue, write_publication
from tests.sample import NOW
from tests.soak import soak, times
from tipsheet.blocks.commonmark import code_fences
from tipsheet.blocks.passages import normalised
from tipsheet.edition.service import PAGES_FILE
from tipsheet.errors import ContentError
from tipsheet.last_build import BuildOptions
from tipsheet.press import build, prepare
from tipsheet.problems import Problem, errors_in

TEXTS = 25
"""Texts in a publication."""
PARTS = 4
"""Tests that share them, so that every worker has some."""
EXAMPLES = times(300, 2000)
"""Texts that are tried."""
SECRET = re.compile(rb"zqx(\d+)q", re.IGNORECASE)

SERVED = MKDOCS.replace("      mail:", '      service: {url: "https://lists.sheet.example"}\n      mail:')
EXTENSIONS = """
markdown_extensions:
  - abbr
  - admonition
  - def_list
  - pymdownx.blocks.admonition
  - pymdownx.blocks.details
  - pymdownx.blocks.html
  - pymdownx.blocks.tab
  - pymdownx.details
  - pymdownx.tabbed: {alternate_style: true}
"""

PIECES: list[str] = yaml.safe_load((Path(__file__).parent / "contexts.yml").read_text(encoding="utf-8"))
GAPS = [
    "\n",
    "\n\n",
    "\n\n\n",
    "\r\n\r\n",
    "\r",
    "\n \n",
    "\n\t\n",
    " ",
    "\n  ",
    "\n    ",
    "\n> ",
    "\n- ",
    "\u2028",
    "",
]
FENCES = ["///", "////", "/////", "//////"]

pieces = st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(GAPS[:7] * 3 + GAPS[7:])), max_size=4).map(
    lambda parts: "".join(piece + gap for piece, gap in parts)
)


@dataclass(frozen=True)
class Secret:
    """A text with ``@`` for the number of its secret, and the kind of file that it stands in."""

    kind: str
    body: str


@st.composite
def texts(draw: st.DrawFn) -> Secret:
    kind = draw(st.sampled_from(["issue", "issue", "issue", "article", "note", "page", "welcome"]))
    header = draw(
        st.sampled_from(
            ["only | toronto", "only | toronto", "event | Talk @ { starts=2027-01-02 for=toronto id=talk-@ }"]
            + ["action | Do @ { id=do-@ for=toronto }"] * (kind in ("issue", "welcome"))
        )
    )
    depth = draw(st.integers(1, 3)) if header.startswith("only") else 1
    text = f"{draw(pieces)}\n\nzqx@q\n\n{draw(pieces)}"
    for level in range(depth):
        fence = FENCES[level]
        opening = header if level == 0 else "only | toronto"
        text = f"{draw(pieces)}\n\n{fence} {opening}\n\n{text}\n\n{fence}\n\n{draw(pieces)}"
    return Secret(kind, text)


def files_of(secrets: list[Secret]) -> Mapping[str, str]:
    """The texts as files; each has an address and ids of its own."""
    files = {}
    for number, secret in enumerate(secrets):
        body = secret.body.replace("@@", "\0").replace("@", str(number)).replace("\0", "@@")
        match secret.kind:
            case "issue":
                action = f"\n\n/// action | Do {number} {{ id=all-{number} }}\n\n///\n"
                text = (
                    issue(id=f"i{number}", title=f"Title {number}").partition("\n\n/// action")[0] + f"\n{body}{action}"
                )
                files[f"content/tipsheets/2026-11-17-t{number}.md"] = text
            case "article":
                files[f"content/articles/a{number}.md"] = article(body, id=f"a{number}", title=f"Title {number}")
            case "welcome":
                head = (
                    f"---\nafter: {number + 1}d\ntitle: Title {number}\ndescription: One of many letters, each late.\n"
                )
                files[f"content/welcome/w{number}.md"] = f"{head}---\n\n{body}"
            case "note":
                head = f"---\nid: n{number}\ntitle: Note {number}\nfrom: 2026-11-01\nexpires: 2026-12-24\n---\n\n"
                files[f"content/notes/n{number}.md"] = head + body
            case _:
                files[f"content/p{number}.md"] = f"# Page {number}\n\n{body}"
    return files


def path_of(number: int, kind: str) -> str:
    return {
        "issue": f"content/tipsheets/2026-11-17-t{number}.md",
        "article": f"content/articles/a{number}.md",
        "note": f"content/notes/n{number}.md",
        "welcome": f"content/welcome/w{number}.md",
    }.get(kind, f"content/p{number}.md")


def shown_as_code(body: str) -> bool:
    """Whether a fence stands in code: then it is an example, and is read by everyone."""
    lines = normalised(body).split("\n")
    fenced = {number for fence in code_fences(lines) for number in range(fence.first, fence.end)}
    return any(number in fenced for number, line in enumerate(lines) if line.startswith("///") or "zqx" in line)


def readers_of(file: Path) -> str:
    """Who reads a file of the outbox; an edition, and the plan of readers, are for nobody before they are joined."""
    if file.name == PAGES_FILE:
        return "public"
    return "nobody" if file.suffix == ".json" else file.stem


def made(root: Path, site: Path, outbox: Path) -> Sequence[Problem]:
    """Build, and return the mistakes because of which nothing was written."""
    mistakes = errors_in(prepare(root, now=NOW).problems)
    if not mistakes:
        try:
            build(root, BuildOptions(site_dir=site, outbox_dir=outbox), now=NOW)
        except ContentError as error:
            mistakes = errors_in(error.problems)
    assert not mistakes or not site.exists()
    return mistakes


@pytest.mark.no_cover
@soak(7200)
@pytest.mark.parametrize("part", range(PARTS))
@settings(
    deadline=None,
    max_examples=max(1, EXAMPLES // TEXTS // PARTS),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(secrets=st.lists(texts().filter(lambda secret: not shown_as_code(secret.body)), min_size=TEXTS, max_size=TEXTS))
def test_a_secret_is_read_by_those_it_is_for(part: int, secrets: list[Secret]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        files = files_of(secrets)
        root = write_publication(Path(scratch) / "publication", {"mkdocs.yml": SERVED + EXTENSIONS, **files})
        # a mistake in the letter of a note may be told at an issue that carries it, so each may go
        site, outbox = root / "site", root / "outbox"
        while mistakes := made(root, site, outbox):
            for path in {mistake.where.path for mistake in mistakes}:
                assert path.startswith("content/"), mistakes
                (root / path).unlink()
        found: dict[int, set[str]] = {}
        for file in [*site.rglob("*"), *outbox.rglob("*")]:
            if file.is_file():
                reader = "public" if file.is_relative_to(site) else readers_of(file)
                for secret in SECRET.findall(file.read_bytes() + os.fsencode(file.name)):
                    found.setdefault(int(secret), set()).add(reader)
        for number, readers in found.items():
            assert readers <= {"toronto", "nobody"}, secrets[number]
