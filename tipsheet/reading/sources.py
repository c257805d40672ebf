"""Content files as they are on disk: header and body apart, each with its first line (C3)."""

from dataclasses import dataclass
from pathlib import Path

from tipsheet.documents import Document, decoded, parse_yaml
from tipsheet.problems import Problem, Where

__all__ = ["Source", "read_ordinary", "read_source"]

DELIMITER = "---"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One Markdown file; ``path`` is relative to the publication, ``name`` to the content folder.

    ``header`` is None when it cannot be read, which is a problem already reported.
    """

    path: str
    name: str
    header: Document | None
    body: str
    first_line: int

    @property
    def where(self) -> Where:
        """The top of the file."""
        return Where(self.path)

    @property
    def stem(self) -> str:
        """File name without folder and ending."""
        return Path(self.name).stem


def read_source(file: Path, root: Path, content: Path) -> tuple[Source, list[Problem]]:
    """Read a content file with a header between two lines of ``---``."""
    path = file.relative_to(root).as_posix()
    name = file.relative_to(content).as_posix()
    text, mistake = decoded(file.read_bytes(), path)
    if mistake:
        return Source(path=path, name=name, header=None, body="", first_line=1), [mistake]
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[0].rstrip() != DELIMITER:
        problem = Problem(Where(path), "TS007", "the file does not begin with a header", "begin it with a line of ---")
        return Source(path=path, name=name, header=None, body=text, first_line=1), [problem]
    end = next((i for i, line in enumerate(lines[1:], 1) if line.rstrip() == DELIMITER), None)
    if end is None:
        problem = Problem(Where(path), "TS008", "the header is never closed", "end it with a line of ---")
        return Source(path=path, name=name, header=None, body="", first_line=1), [problem]
    header, problems = parse_yaml("\n".join(lines[1:end]) + "\n", path, first_line=2)
    body = "\n".join(lines[end + 1 :])
    return Source(path=path, name=name, header=header, body=body, first_line=end + 2), problems


def read_ordinary(file: Path, root: Path, content: Path) -> Source:
    """Read an ordinary page, whose header is MkDocs' affair and may be missing."""
    text = file.read_text(encoding="utf-8-sig", errors="replace")
    source, problems = read_source(file, root, content)
    if any(p.code == "TS007" for p in problems):
        return Source(path=source.path, name=source.name, header=None, body=text, first_line=1)
    return source
