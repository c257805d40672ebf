"""Files that the site passes on from the content folder, and smaller copies of the pictures among them, as units."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from tipsheet.checks.picture_files import damaged, file_problems, is_picture
from tipsheet.engine.inputs import Inputs
from tipsheet.engine.units import Made, Ref, Unit
from tipsheet.model.publication import Publication
from tipsheet.pictures.copies import for_letters, published, written
from tipsheet.pictures.files import DamagedError

__all__ = ["copies_of_pictures", "passed_on"]

_AT = "site/"


def passed_on(docs: str, publication: Publication, files: Mapping[str, str], inputs: Inputs) -> Iterator[Unit]:
    """Files by their own names, ``files`` from a name in the content folder ``docs`` to a path on the site.

    Pictures come without what their cameras wrote; those that only letters show come as letters show them.
    """
    secret = publication.letter_pictures
    public = [(name, target) for name, target in files.items() if name not in publication.withheld]
    for name, target in (*public, *secret.items()):
        path = f"{docs}/{name}"
        args: dict[str, object] = {"path": target, "file": Ref("file", path, inputs.digest(path))}
        if name in secret:
            yield Unit(_AT + target, write_letter_picture, {**args, "source": path}, [_AT + target])
        elif is_picture(name):
            yield Unit(_AT + target, write_picture, {**args, "source": path}, [_AT + target])
        else:
            yield Unit(_AT + target, write_copy, args, [_AT + target])


def copies_of_pictures(docs: str, publication: Publication, inputs: Inputs) -> Iterator[Unit]:
    """Smaller copies of pictures that are shown, a unit for all of one picture, since it is decoded once."""
    wanted: dict[str, list[str]] = defaultdict(list)
    for copy, name in publication.picture_copies.items():
        wanted[name].append(copy)
    for name, copies in wanted.items():
        path, paths = f"{docs}/{name}", [_AT + copy for copy in copies]
        args = {"path": tuple(copies), "file": Ref("file", path, inputs.digest(path)), "source": path}
        yield Unit(paths[0].partition("-")[0], write_copies, args, paths, slow=True)


def write_copy(path: str, file: bytes) -> Made:
    """A file that is passed on as it is."""
    return Made({_AT + path: file})


def write_picture(path: str, file: bytes, source: str) -> Made:
    """A picture at its own address, without metadata."""
    return Made({_AT + path: published(file)}, file_problems(source, file))


def write_letter_picture(path: str, file: bytes, source: str) -> Made:
    """A picture that only letters show, as letters show it."""
    try:
        return Made({_AT + path: for_letters(file)}, file_problems(source, file))
    except DamagedError as error:
        return Made({}, (damaged(source, error),))


def write_copies(path: tuple[str, ...], file: bytes, source: str) -> Made:
    """The smaller copies of a picture."""
    try:
        return Made({_AT + name: data for name, data in written(file, path).items()})
    except DamagedError as error:
        return Made({}, (damaged(source, error),))
