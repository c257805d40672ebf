"""The documents as tests see them: fenced blocks with the note above them, links, anchors."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.sample import ROOT

DOCUMENTS = tuple(
    sorted((ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")))
)

FENCE = re.compile(
    r"(?:^<!-- (?P<verb>write|edit|append): (?P<path>\S+) -->\n)?"
    r"^(?P<fence>`{3,})(?P<language>\w*)\n(?P<text>.*?)\n?^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
LINK = re.compile(
    r"(?<!!)\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)|!\[[^\]]*\]\(([^()\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\""
)
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)


@dataclass(frozen=True)
class Fence:
    """A fenced block; ``verb`` and ``path`` are from a comment above it that says what to do with it."""

    language: str
    text: str
    verb: str = ""
    path: str = ""


def name_of(document: Path) -> str:
    return document.relative_to(ROOT).as_posix()


def fences(document: Path) -> Iterator[Fence]:
    for match in FENCE.finditer(document.read_text("utf-8")):
        yield Fence(match["language"], match["text"], match["verb"] or "", match["path"] or "")


def prose(document: Path) -> str:
    """The document without its fenced blocks."""
    return FENCE.sub("", document.read_text("utf-8"))


def links(document: Path) -> Iterator[str]:
    text = re.sub(r"`[^`\n]+`", "", prose(document))
    return (next(filter(None, match.groups())) for match in LINK.finditer(text))


def anchors(document: Path) -> set[str]:
    """Names of the headings as GitHub makes them."""
    seen: dict[str, int] = {}
    found = set()
    for heading in HEADING.findall(prose(document)):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        count = seen.get(slug, 0)
        seen[slug] = count + 1
        found.add(f"{slug}-{count}" if count else slug)
    return found


def carry_out(fence: Fence, folder: Path) -> None:
    """Write, append, or edit the file that the comment above the block names, as a reader would."""
    file = folder / fence.path
    file.parent.mkdir(parents=True, exist_ok=True)
    before = file.read_text("utf-8") if file.exists() else ""
    if fence.verb == "edit":
        lines = fence.text.splitlines()
        old = "\n".join(line[1:] for line in lines if not line.startswith("+"))
        new = "\n".join(line[1:] for line in lines if not line.startswith("-"))
        assert before.count(f"{old}\n") == 1, f"{old!r} does not stand once in {fence.path}"
        after = before.replace(f"{old}\n", f"{new}\n")
    else:
        after = f"{before if fence.verb == 'append' else ''}{fence.text}\n"
    file.write_text(after, "utf-8")
