"""Folders and files that mkdocs.yml names: content, overrides, the font of share pictures, the mark for dark mail."""

import posixpath
from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePosixPath

from tipsheet.documents import Document
from tipsheet.engine.inputs import is_hidden
from tipsheet.engine.outputs import overlaps
from tipsheet.pictures.share import UnreadableFontError, check_font
from tipsheet.problems import Problem
from tipsheet.settings.config import NO_FOLDER
from tipsheet.settings.tables import PluginTable

__all__ = ["dark_variant", "folder_problems", "font_of", "is_content", "overrides_of", "relative"]


def relative(root: Path, folder: str) -> str:
    """The normalised path of a folder, relative to the publication and with ``/`` on every system."""
    return posixpath.relpath(root.absolute() / folder, root.absolute()).replace("\\", "/")


def is_content(root: Path, docs_dir: str) -> bool:
    """Return True for a folder that holds content alone: below the publication, and not hidden."""
    content, top = (root / docs_dir).resolve(), root.resolve()
    return content != top and content.is_relative_to(top) and not is_hidden(content.relative_to(top).as_posix())


def folder_problems(root: Path, document: Document, docs_dir: str) -> Iterator[Problem]:
    """Problems of a content folder that holds more than content, and of a site folder that overlaps it (K4)."""
    if not is_content(root, docs_dir):
        message, hint = f"the content folder cannot be '{docs_dir}': all of it is published", "docs_dir: content"
        yield Problem(document.place(("docs_dir",)), "TS028", message, hint)
    elif not (root / docs_dir).is_dir():
        message = f"there is no folder '{docs_dir}' with content"
        yield Problem(document.place(("docs_dir",)), NO_FOLDER, message, "make it, or name another")
    if isinstance(site := document.get("site_dir"), str):
        for sentence in islice(overlaps(root, {"site_dir": root / site}, {"docs_dir": root / docs_dir}), 1):
            yield Problem(document.place(("site_dir",)), "TS028", sentence.replace(f"{root}/", ""), "site_dir: site")


def overrides_of(document: Document, root: Path) -> str:
    """The folder of the publication's own templates, relative to ``root``; empty where there is none."""
    folder = str(document.get("theme", "custom_dir") or "")
    return folder if (root / folder).is_dir() else ""


def font_of(root: Path, entry: Document, table: PluginTable) -> tuple[tuple[str, ...], list[Problem]]:
    """The file of the font for share pictures, if there is one."""
    font, place = table.share_pictures.font, entry.place(("share_pictures", "font"))
    if font is None:
        return (), []
    if not (root / font).resolve().is_relative_to(root.resolve()) or not (root / font).is_file():
        return (), [Problem(place, "TS013", f"there is no file '{font}' in the publication", "name a font, or none")]
    try:
        check_font((root / font).read_bytes())
    except UnreadableFontError:
        return (), [Problem(place, "TS006", f"'{font}' is no font that can be read", "name a TTF or OTF file, or none")]
    return (font,), []


def dark_variant(content: Path, logo: str) -> str:
    """The variant of the logo for dark mail, a file beside it; empty where there is none."""
    path = PurePosixPath(logo)
    dark = path.with_name(f"{path.stem}-dark{path.suffix}").as_posix() if path.name else ""
    return dark if dark and (content / dark).is_file() else ""
