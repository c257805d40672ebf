"""What MkDocs makes of a publication: ordinary pages, static files, and the frame around our own pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tipsheet.model.publication import Publication
from tipsheet.settings import Settings
from tipsheet.site.face import Face, face_of
from tipsheet.site.shells import Shell
from tipsheet.site.theme import logo_size

__all__ = ["Frame", "frame_from"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a run of MkDocs leaves for the rest of a build.

    ``shells`` are by the shapes of pages, or empty when only Material itself can render ours. ``copies``
    are the files that are passed on as they are: where they go, by where they come from below the
    content folder. ``taken`` are addresses that content has already, ``ordinary`` the absolute addresses
    of MkDocs' pages; ``search`` is its index taken apart, or None when there is none. ``menu`` tells the navigation
    from others.
    """

    shells: Mapping[str, Shell]
    copies: Mapping[str, str]
    taken: frozenset[str]
    ordinary: tuple[str, ...]
    pages: int
    search: tuple[str, str] | None
    tiles: tuple[str, ...]
    icon: str
    menu: str

    def face(self, root: Path, publication: Publication, settings: Settings) -> Face:
        """What stands on every page."""
        return face_of(
            publication,
            settings,
            tiles=frozenset(self.tiles),
            logo_size=logo_size(root, settings),
            words=settings.words,
            icon=self.icon,
        )

    def value(self) -> dict[str, object]:
        """As plain values, to be kept."""
        return {name: getattr(self, name) for name in self.__slots__}


def frame_from(value: Mapping[str, object]) -> Frame:
    """The frame that was kept."""
    return Frame(**value)  # type: ignore[arg-type]  # what `value` gave
