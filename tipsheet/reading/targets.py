"""What a relative address in content leads to: a page of the site, or a file that is copied to it."""

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import imagesize

from tipsheet.model.byline import Image
from tipsheet.model.names import split_address
from tipsheet.problems import Problem, Where, did_you_mean
from tipsheet.reading.tables import ImageTable

__all__ = ["Targets", "page_address"]

ABSOLUTE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//|#|@@")
MAILABLE = (".png", ".jpg", ".jpeg", ".gif")


def page_address(name: str) -> str:
    """Address that MkDocs gives an ordinary page, relative to the site's root: ``about.md`` is ``about/``."""
    folder, file = posixpath.split(name.removesuffix(".md"))
    return (
        f"{folder}/"
        if file in ("index", "README") and folder
        else ""
        if file in ("index", "README")
        else f"{name.removesuffix('.md')}/"
    )


@dataclass(frozen=True, slots=True)
class Targets:
    """Addresses by source: ``pages`` maps names of Markdown files to addresses; other files are looked up on disk.

    ``asked`` collects the names (in the content folder) that were looked for, found or not.
    """

    content: Path
    pages: Mapping[str, str]
    asked: set[str] = field(default_factory=set)
    _sizes: dict[str, tuple[int, int]] = field(default_factory=dict)

    def resolve(self, href: str, name: str, where: Where) -> tuple[str, Problem | None]:
        """The address as the model writes it; ``name`` is the file that it stands in.

        A target that does not exist stays as it is and gives ``TS013``.
        """
        if ABSOLUTE.match(href):
            return href, None
        if href.startswith("/"):
            return f"site:{href.lstrip('/')}", None
        path, mark, rest = split_address(href)
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
        self.asked.add(target)
        if target in self.pages:
            return f"site:{self.pages[target]}{mark}{rest}", None
        if target.startswith(".."):
            return href, Problem(where, "TS013", f"'{path}' leads out of the content folder", "copy the file into it")
        if not target.endswith(".md") and (self.content / target).is_file():
            return f"site:{target}{mark}{rest}", None
        near = did_you_mean(posixpath.basename(target), map(posixpath.basename, self._neighbours(target)))
        return href, Problem(where, "TS013", f"there is no file '{path}'", near)

    def image(self, src: str, alt: str, name: str, where: Where) -> tuple[Image | None, Problem | None]:
        """A picture of the publication with its size in px."""
        address, problem = self.resolve(src, name, where)
        if problem is not None:
            return None, Problem(where, "TS014", problem.message.replace("file", "picture", 1), problem.hint)
        path = address.removeprefix("site:")
        if not address.startswith("site:"):
            hint = "pages and mails load nothing from other hosts"
            return None, Problem(where, "TS014", f"'{src}' is not a picture of this publication", hint)
        if not path.lower().endswith(MAILABLE):
            return None, Problem(where, "TS015", f"'{src}' cannot be shown by mail programs", "use PNG, JPEG or GIF")
        width, height = self._size(path)
        if width <= 0:
            return None, Problem(
                where, "TS015", f"the size of '{src}' cannot be read", "is it a whole PNG, JPEG or GIF?"
            )
        return Image(src=path, alt=alt, width=width, height=height, dark=self._dark(path)), None

    def credited(self, table: ImageTable, name: str, where: Where) -> tuple[Image | None, Problem | None]:
        """The picture of a header, with its credit."""
        image, problem = self.image(table.src, table.alt, name, where)
        if image is None:
            return None, problem
        return Image(
            src=image.src, alt=table.alt, width=image.width, height=image.height, dark=image.dark,
            credit=table.credit, credit_url=table.credit_url, licence=table.licence,
        ), None  # fmt: skip

    def _size(self, path: str) -> tuple[int, int]:
        if path not in self._sizes:
            try:
                self._sizes[path] = imagesize.get(self.content / path)
            except (OSError, ValueError):
                self._sizes[path] = (-1, -1)
        return self._sizes[path]

    def _dark(self, path: str) -> str:
        stem, ending = posixpath.splitext(path)
        dark = f"{stem}-dark{ending}"
        self.asked.add(dark)
        return dark if (self.content / dark).is_file() else ""

    def _neighbours(self, target: str) -> list[str]:
        folder = self.content / posixpath.dirname(target)
        return [p.name for p in folder.iterdir() if p.is_file()] if folder.is_dir() else []
