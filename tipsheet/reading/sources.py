"""Content files as they are on disk: header and body apart, each with its first line (C3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tipsheet.documents import Document, as_yaml_1_1, parse_yaml, read_text, text_in
from tipsheet.fields import cut_short
from tipsheet.limits import LIMITS
from tipsheet.problems import Problem, Where
from tipsheet.scalars import CutShort, written

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


def read_source(
    file: Path, root: Path, content: Path, *, ordinary: bool = False, data: bytes | None = None
) -> tuple[Source, list[Problem]]:
    """Read a content file with a header between two lines of ``---``, which MkDocs reads too in an ordinary page.

    With ``data`` these are its bytes, whatever is on the disk.
    """
    path = file.relative_to(root).as_posix()
    name = file.relative_to(content).as_posix()
    text, problems = read_text(file, path) if data is None else text_in(data, path)
    if text is None:
        return Source(path=path, name=name, header=None, body="", first_line=1), problems
    lines = text.split("\n")
    if lines[0].rstrip() != DELIMITER:
        problem = Problem(Where(path), "TS007", "the file does not begin with a header", "begin it with a line of ---")
        return Source(path=path, name=name, header=None, body=text, first_line=1), [problem]
    ends = {DELIMITER, "..."} if ordinary else {DELIMITER}
    end = next((i for i, line in enumerate(lines[1:], 1) if line.rstrip() in ends), None)
    if end is None and ordinary:  # to MkDocs it is no header at all, and is printed
        return Source(path=path, name=name, header=None, body=text, first_line=1), []
    if end is None:
        problem = Problem(Where(path), "TS008", "the header is never closed", "end it with a line of ---")
        return Source(path=path, name=name, header=None, body="", first_line=1), [problem]
    text = "\n".join(lines[1:end]) + "\n"
    header, problems = _header(text, path)
    if ordinary and header is not None:
        problems += _for_mkdocs(text, path, header)
    body = "\n".join(lines[end + 1 :])
    return Source(path=path, name=name, header=header, body=body, first_line=end + 2), problems


def _header(text: str, path: str) -> tuple[Document | None, list[Problem]]:
    largest = LIMITS["header"]
    if len(text.encode()) > largest.value:
        return None, [Problem(Where(path), "TS031", largest.message, largest.remedy)]
    return parse_yaml(text, path, first_line=2)


def read_ordinary(file: Path, root: Path, content: Path, data: bytes | None = None) -> tuple[Source, list[Problem]]:
    """Read an ordinary page, whose header may be missing; what stands in it is for MkDocs."""
    source, problems = read_source(file, root, content, ordinary=True, data=data)
    found = [p for p in problems if p.code not in {"TS007", "TS008"}]
    return source, found


def _for_mkdocs(text: str, path: str, document: Document) -> Iterator[Problem]:
    """Words for people in the header of a page that MkDocs takes for something else: it reads YAML 1.1 (C21)."""
    try:
        data = as_yaml_1_1(text)
    except Exception as error:  # noqa: BLE001 - PyYAML raises what Python does, for a day that does not exist
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        yield Problem(
            Where(path, 2), "TS042", f"MkDocs cannot read this header: {reason}", "put quotes around the value"
        )
        return
    for key in ("title", "description", "tags") if isinstance(data, dict) else ():
        ours, theirs = document.get(key), data.get(key)
        several = isinstance(ours, list) and isinstance(theirs, list)
        for number, (one, other) in enumerate(zip(ours, theirs, strict=True) if several else [(ours, theirs)]):
            if isinstance(one, CutShort):
                yield cut_short(one)
            if other is not None and not isinstance(other, str | list):
                where = document.place((key, number) if several else (key,))
                words = written(one)
                yield Problem(where, "TS042", f"MkDocs does not take '{words}' for words", f'write "{words}"')
