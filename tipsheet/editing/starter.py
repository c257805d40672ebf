"""The starter: a publication that builds at once and shows an editor what can be written where."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from string import Template

from tipsheet.editing.scalars import in_markdown, in_yaml
from tipsheet.editing.slots import Timetable, week_id
from tipsheet.editing.titles import one_line
from tipsheet.errors import WouldOverwriteError
from tipsheet.settings import Schedule

__all__ = ["TIMETABLE", "make_starter", "starter_files"]

TIMETABLE = Timetable(Schedule(), dt.UTC)
"""The schedule that the starter's mkdocs.yml sets."""
NOTE_WEEKS = 8
"""How long the note of the starter is in force."""
TEMPLATES = Path(__file__).parent.parent / "templates" / "publication"
DATED = "content/tipsheets/welcome.md"


def starter_files(name: str, now: dt.datetime) -> Mapping[str, str]:
    """The files by their paths; the first issue stands on the last slot of the schedule, so that it is out.

    Raises UnusableTitleError for a name that no publication may have.
    """
    title = one_line(name)
    slot = TIMETABLE.latest(now)
    fields = {
        "name": in_yaml(title, within=","),
        "address": in_yaml(f"{title}, 1 Example Street, Exampletown"),
        "copyright": in_yaml(f"© {slot.year} {title}"),
        "title": title,
        "heading": in_markdown(title),
        "id": week_id(slot),
        "date": slot.date().isoformat(),
        "expires": (slot.date() + dt.timedelta(weeks=NOTE_WEEKS)).isoformat(),
    }
    renamed = {
        "gitignore": ".gitignore",
        "github/workflows/publish.yml": ".github/workflows/publish.yml",
        DATED: f"content/tipsheets/{slot.year}/{slot.date()}-welcome.md",
    }
    files = {}
    for file in sorted(path for path in TEMPLATES.rglob("*") if path.is_file()):
        path = file.relative_to(TEMPLATES).as_posix()
        files[renamed.get(path, path)] = Template(file.read_text(encoding="utf-8")).substitute(fields)
    return files


def make_starter(folder: Path, name: str, now: dt.datetime) -> tuple[str, ...]:
    """Write the starter into a folder that is empty or does not exist; returns the paths of its files.

    Raises WouldOverwriteError when something stands there already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise WouldOverwriteError(f"{folder} is not an empty folder", "name a folder that does not exist yet")
    files = starter_files(name, now)
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    return tuple(files)
