"""Explanations of all problem codes in an editor's words, read from the Markdown files beside this module.

A section of such a file is one code: its heading, a line ``Level: warning`` or ``Level: error, adjustable`` where the
level is not that of a plain error, a paragraph about what is wrong, one about how to mend it, and an example of both
(code fences ``wrong`` and ``right``). The files are read when somebody first asks, since most builds find nothing.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

__all__ = ["EXPLANATIONS", "Explanation"]

_SECTION = re.compile(
    r"""
    ^\#\#[ ](?P<code>TS\d{3})[ ](?P<title>.+)\n
    (?:\nLevel:[ ](?P<level>error|warning)(?P<adjustable>,[ ]adjustable)?\n)?
    \n(?P<wrong>(?:.+\n)+)
    \n(?P<mend>(?:.+\n)+)
    \n````wrong\n(?P<before>(?:.*\n)+?)````\n
    \n````right\n(?P<after>(?:.*\n)+?)````$
    """,
    re.MULTILINE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A problem code for an editor: what is ``wrong``, how to ``mend`` it, and both in an example.

    ``before`` and ``after`` are what an editor would write, a few lines at most. ``level`` is that of
    every finding with this code, unless ``lint:`` in mkdocs.yml says otherwise; an error can be set
    lower only where it is ``adjustable``, because nothing wrong would be published.
    """

    code: str
    title: str
    level: Literal["error", "warning"] = "error"
    adjustable: bool = False
    wrong: str
    mend: str
    before: str
    after: str

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels that an editor may set, the mildest first."""
        return ("off", "warning", "error") if self.adjustable or self.level == "warning" else ("error",)

    def filled(self, **names: str) -> "Explanation":
        """The same with lists that registries know, such as ``{blocks}``, in their places."""
        mend = self.mend
        for name, words in names.items():
            mend = mend.replace(f"{{{name}}}", words)
        return replace(self, mend=mend)


def _read(text: str) -> Iterator[Explanation]:
    """The explanations of one file; raises ValueError for a section that is none."""
    for section in re.split(r"^(?=## TS)", text, flags=re.MULTILINE)[1:]:
        found = _SECTION.fullmatch(section.rstrip("\n"))
        if found is None:
            raise ValueError(f"this explains no code: {section.partition(chr(10))[0]}")
        yield Explanation(
            code=found["code"],
            title=found["title"],
            level="warning" if found["level"] == "warning" else "error",
            adjustable=found["adjustable"] is not None,
            wrong=" ".join(found["wrong"].split()),
            mend=" ".join(found["mend"].split()),
            before=found["before"].removesuffix("\n"),
            after=found["after"].removesuffix("\n"),
        )


class _Explanations(Mapping[str, Explanation]):
    """Explanations by code, in the order of the codes, read at the first question."""

    @cached_property
    def _entries(self) -> Mapping[str, Explanation]:
        files = Path(__file__).parent.glob("*.md")
        entries = (entry for file in files for entry in _read(file.read_text("utf-8")))
        return {entry.code: entry for entry in sorted(entries, key=lambda entry: entry.code)}

    def __getitem__(self, code: str) -> Explanation:
        return self._entries[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


EXPLANATIONS: Mapping[str, Explanation] = _Explanations()
"""By code, in the order of the codes."""
