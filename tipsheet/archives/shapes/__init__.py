"""The shapes of archives: one file and one line in `SHAPES` each, recognised by their form.

A shape is asked in the order of the table, so one whose form holds another's stands before it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tipsheet.archives.item import Archive
from tipsheet.archives.shapes import (
    beehiiv,
    buttondown,
    eleventy,
    ghost,
    hugo,
    jekyll,
    mailchimp,
    mkdocs_blog,
    pelican,
    plain,
    substack,
    wordpress,
)
from tipsheet.archives.source import SourceFiles, UnreadableSourceError
from tipsheet.errors import UnknownNameError
from tipsheet.problems import did_you_mean

__all__ = ["SHAPES", "Shape", "read_archive"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A form of archives: ``name`` is for ``--from``, ``title`` for people."""

    name: str
    title: str
    recognise: Callable[[SourceFiles], bool]
    read: Callable[[SourceFiles], Archive]


_ALL = (
    Shape(name="substack", title="Substack", recognise=substack.recognise, read=substack.read),
    Shape(name="beehiiv", title="beehiiv", recognise=beehiiv.recognise, read=beehiiv.read),
    Shape(name="mailchimp", title="Mailchimp", recognise=mailchimp.recognise, read=mailchimp.read),
    Shape(name="ghost", title="Ghost", recognise=ghost.recognise, read=ghost.read),
    Shape(name="buttondown", title="Buttondown", recognise=buttondown.recognise, read=buttondown.read),
    Shape(name="wordpress", title="WordPress", recognise=wordpress.recognise, read=wordpress.read),
    Shape(name="jekyll", title="Jekyll", recognise=jekyll.recognise, read=jekyll.read),
    Shape(name="hugo", title="Hugo", recognise=hugo.recognise, read=hugo.read),
    Shape(name="eleventy", title="Eleventy", recognise=eleventy.recognise, read=eleventy.read),
    Shape(name="mkdocs", title="the blog of mkdocs-material", recognise=mkdocs_blog.recognise, read=mkdocs_blog.read),
    Shape(name="pelican", title="Pelican", recognise=pelican.recognise, read=pelican.read),
    Shape(name="plain", title="a folder of texts", recognise=plain.recognise, read=plain.read),
)
SHAPES: Mapping[str, Shape] = {shape.name: shape for shape in _ALL}
"""Every shape that is known, by its name."""


def read_archive(files: SourceFiles, name: str | None) -> tuple[Shape, Archive]:
    """The shape of a source, and its items; ``name`` insists on one.

    Raises UnknownNameError for an unknown name, UnreadableSourceError for a source of no known shape.
    """
    if name is not None and name not in SHAPES:
        raise UnknownNameError(f"there is no shape '{name}'", did_you_mean(name, SHAPES))
    shape = SHAPES[name] if name else next((one for one in SHAPES.values() if one.recognise(files)), None)
    if shape is None:
        raise UnreadableSourceError(f"{files.label} has no form that is known", f"say it: --from {' or '.join(SHAPES)}")
    archive = shape.read(files)
    if not archive.items:
        raise UnreadableSourceError(f"{files.label} holds no items of {shape.title}", "name another, or another --from")
    return shape, archive
