"""Who made it and where it comes from: authors, credited images, reprints, links."""

from dataclasses import dataclass

__all__ = ["Author", "Image", "Link", "Reprint"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture of the publication; ``src`` and ``dark`` are relative to the site's root, sizes are in px.

    ``dark`` is the variant for dark mail, found beside the file as ``<name>-dark.<type>``.
    """

    src: str
    alt: str
    width: int
    height: int
    dark: str = ""
    credit: str = ""
    credit_url: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """A person with a page of their own at ``authors/<id>/``."""

    id: str
    name: str
    role: str = ""
    bio: str = ""
    email: str = ""
    url: str = ""
    image: Image | None = None

    @property
    def page(self) -> str:
        """Address of the author's page, relative to the site's root."""
        return f"authors/{self.id}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reprint:
    """Where a republished piece stood first; its page names that address as the canonical one."""

    title: str
    site: str
    url: str
    author: str = ""
    permission: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An entry of "more on the web": an absolute address, or ``site:`` and a path from the site's root."""

    title: str
    url: str
