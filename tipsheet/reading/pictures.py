"""Pictures that ordinary pages, templates, style sheets and settings name, and that so belong to the public."""

import posixpath
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote

from tipsheet.engine.inputs import Inputs
from tipsheet.reading.published import PICTURES, Contents, Kind
from tipsheet.reading.recall import Reading
from tipsheet.settings import CONFIG_FILE, Settings

__all__ = ["shown_pictures"]

TEXTS = (".md", ".css", ".html", ".js", ".mjs", ".json", ".xml", ".svg", ".txt", ".webmanifest", ".yml", ".yaml")
_NAME = re.compile(rf"""[^\s"'()<>\[\]{{}}|,;=]+(?:{"|".join(map(re.escape, PICTURES))})""", re.IGNORECASE)


def shown_pictures(
    root: Path, settings: Settings, inputs: Inputs, contents: Contents, readings: Iterable[Reading]
) -> frozenset[str]:
    """Names in the content folder; what a page asked about is exact, the rest is looked for as words in texts."""
    pictures = frozenset(contents.pictures())
    found = {name for reading in readings if reading.kind == "page" for name in reading.asked}
    docs = settings.docs_dir
    texts = [f"{docs}/{name}" for name in contents.of(Kind.PAGE, Kind.FILE, Kind.AUTHORS)]
    texts += inputs.below(settings.overrides) if settings.overrides else ()
    for path in (CONFIG_FILE, *texts):
        if path.lower().endswith(TEXTS):
            folder = posixpath.dirname(path.removeprefix(f"{docs}/")) if path.startswith(f"{docs}/") else ""
            found.update(_words(root / path, folder))
    return pictures & found


def _words(file: Path, folder: str) -> Iterator[str]:
    """What the words of a text may mean: relative to its folder, to the root of the site, or from any page."""
    for match in _NAME.finditer(file.read_text(encoding="utf-8", errors="ignore")):
        word = unquote(match[0])
        yield posixpath.normpath(posixpath.join(folder, word))
        yield re.sub(r"^(?:\.{0,2}/)+", "", word)
