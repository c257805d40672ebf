"""A publication to start from: its files, in one of the looks that tipsheet brings.

A look is data: settings in ``templates/looks/<name>.yml``, and a style sheet ``<name>.css`` where it has one.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from textwrap import indent

from tipsheet.editing.drafts import in_yaml, title_on_one_line, week_id
from tipsheet.editing.timetable import Timetable
from tipsheet.errors import WouldOverwriteError
from tipsheet.settings import Schedule
from tipsheet.words import ENGLISH

__all__ = ["CLASSIC", "TIMETABLE", "NewPublication", "looks", "make_starter", "starter_files"]

CLASSIC = "classic"
"""The look of a new publication for which none is asked."""
TIMETABLE = Timetable(Schedule(), dt.UTC)
"""The timetable that the starter's mkdocs.yml sets."""
NOTE_WEEKS = 8
"""Weeks for which the note of the starter is in force."""
FOLDER = Path(__file__).parent.parent / "templates"
TEMPLATES, LOOKS = FOLDER / "publication", FOLDER / "looks"
DATED = "content/tipsheets/welcome.md"
INSIDE = " " * 6
"""Indentation of the tipsheet entry in the starter's mkdocs.yml."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPublication:
    """A publication that an editor asks for: its name, one of `looks`, and the language of its words (BCP 47)."""

    name: str
    look: str = CLASSIC
    language: str = ENGLISH


@cache
def looks() -> tuple[str, ...]:
    """The names of the looks that there are, sorted."""
    return tuple(sorted(file.stem for file in LOOKS.glob("*.yml")))


def starter_files(wanted: NewPublication, now: dt.datetime) -> Mapping[str, str]:
    """The texts of a new publication by their paths; its first issue has the latest slot, so that it is out.

    Raises UnusableTitleError for a name that no publication may have.
    """
    title = title_on_one_line(wanted.name)
    slot = TIMETABLE.latest(now)
    sheet = f"assets/{wanted.look}.css"
    own_sheet = LOOKS / f"{wanted.look}.css"
    fields = {
        "name": in_yaml(title, within=","),
        "address": in_yaml(f"{title}, 1 Example Street, Exampletown"),
        "copyright": in_yaml(f"© {slot.year} {title}"),
        "title": title,
        "heading": re.sub(r"([\\`*_{}\[\]<>#|~])", r"\\\1", title),  # so that Markdown prints it as it is
        "id": week_id(slot),
        "date": slot.date().isoformat(),
        "expires": (slot.date() + dt.timedelta(weeks=NOTE_WEEKS)).isoformat(),
        "language": wanted.language,
        "look": indent((LOOKS / f"{wanted.look}.yml").read_text(encoding="utf-8"), INSIDE).rstrip("\n"),
        "sheet": f"\nextra_css:\n  - {sheet} # below content/\n" if own_sheet.is_file() else "",
    }
    renamed = {
        "gitignore": ".gitignore",
        "github/workflows/publish.yml": ".github/workflows/publish.yml",
        "github/workflows/review.yml": ".github/workflows/review.yml",
        DATED: f"content/tipsheets/{slot.year}/{slot.date()}-welcome.md",
    }
    files = {}
    for file in sorted(path for path in TEMPLATES.rglob("*") if path.is_file()):
        path = file.relative_to(TEMPLATES).as_posix()
        files[renamed.get(path, path)] = Template(file.read_text(encoding="utf-8")).substitute(fields)
    if own_sheet.is_file():
        files[f"content/{sheet}"] = own_sheet.read_text(encoding="utf-8")
    return files


def make_starter(folder: Path, wanted: NewPublication, now: dt.datetime) -> tuple[str, ...]:
    """Write a new publication into a folder that is empty or does not exist; return the paths of its files.

    Raises WouldOverwriteError when there is anything in the folder.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise WouldOverwriteError(f"{folder} is not an empty folder", "name a folder that does not exist yet")
    files = starter_files(wanted, now)
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    return tuple(files)
