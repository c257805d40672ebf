"""``content/authors.yml``: the people, by id."""

import re
from pathlib import Path

from tipsheet.documents import read_yaml
from tipsheet.fields import read_table
from tipsheet.model.post import Author
from tipsheet.problems import Problem, Where
from tipsheet.reading.tables import AuthorTable
from tipsheet.reading.targets import Targets

__all__ = ["read_authors"]

ID = re.compile(r"\w[\w.-]*")
"""What can stand in an address and in the name of a folder."""


def read_authors(file: Path, root: Path, targets: Targets, problems: list[Problem]) -> dict[str, Author]:
    """Read the authors in the order of the file; a publication without the file has none."""
    if not file.is_file():
        return {}
    path = file.relative_to(root).as_posix()
    document, found = read_yaml(file, path)
    problems += found
    if document is None:
        return {}
    if not isinstance(document.data, dict):
        problems.append(Problem(Where(path), "TS009", "authors.yml must be a mapping of ids to people"))
        return {}
    authors: dict[str, Author] = {}
    for key in document.data:
        part = document.within(key)
        if not ID.fullmatch(str(key)):
            hint = "small letters, digits and hyphens: their page is at authors/<id>/"
            problems.append(Problem(document.key((key,)), "TS009", f"'{key}' cannot be the id of an author", hint))
            continue
        table, found = read_table(AuthorTable, part, what=f"author '{key}'", code="TS009")
        problems += found
        if table is None:
            continue
        image = None
        if table.image:
            image, problem = targets.credited(table.image, file.name, part.place(("image", "src")))
            problems += [problem] if problem else []
        authors[str(key)] = Author(
            id=str(key), name=table.name, role=table.role, bio=table.bio, email=table.email, url=table.url, image=image
        )
    return authors
