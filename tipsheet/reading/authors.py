"""The people of ``content/authors.yml``, with what is said of them in each language."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from pydantic import Field

from tipsheet.documents import Document, parse_yaml, read_yaml, text_in
from tipsheet.fields import Address, OneLine, Table, WebAddress, read_table
from tipsheet.model.post import Author, AuthorWords
from tipsheet.problems import Problem, Where, did_you_mean
from tipsheet.reading.headers import OPTIONAL, ImageTable, credited
from tipsheet.reading.targets import Targets

__all__ = ["AuthorTable", "AuthorWordsTable", "read_authors"]

_AUTHOR_ID = re.compile(r"\w[\w.-]*")
"""An id that can stand in an address and in the name of a folder."""


class AuthorWordsTable(Table):
    """Name, role and bio of an author in another language."""

    name: OneLine = Field(OPTIONAL, description="Full name, where it is written otherwise", validate_default=False)
    role: OneLine = Field(OPTIONAL, description="What they do here", validate_default=False)
    bio: OneLine = Field(OPTIONAL, description="Two or three sentences, plain text", validate_default=False)


class AuthorTable(Table):
    """An entry of `content/authors.yml`."""

    name: OneLine = Field(description="Full name")
    role: OneLine = Field(OPTIONAL, description="What they do here", validate_default=False)
    bio: OneLine = Field(OPTIONAL, description="Two or three sentences, plain text", validate_default=False)
    email: Address = Field(OPTIONAL, description="Address that readers may use", validate_default=False)
    url: WebAddress = Field(OPTIONAL, description="Their own site", validate_default=False)
    image: ImageTable | None = Field(None, description="Portrait, relative to the content folder")
    languages: dict[str, AuthorWordsTable] = Field(
        {}, description="Name, role and bio for readers of other languages, by their codes"
    )


def read_authors(
    file: Path, root: Path, targets: Targets, problems: list[Problem], data: bytes | None = None
) -> dict[str, Author]:
    """The people of ``content/authors.yml`` by id, in the order of the file; mistakes go to ``problems``.

    With ``data`` these are its bytes, whatever is on the disk.
    """
    path = file.relative_to(root).as_posix()
    if data is None:
        document, found = read_yaml(file, path) if file.is_file() else (None, [])
    else:
        text, found = text_in(data, path, "settings")
        document, found = (None, found) if text is None else parse_yaml(text, path)
    problems += found
    if document is None:
        return {}
    if not isinstance(document.data, dict):
        problems.append(Problem(Where(path), "TS009", "authors.yml must be a mapping of ids to people"))
        return {}
    authors: dict[str, Author] = {}
    for key in document.data:
        part = document.within(key)
        if not _AUTHOR_ID.fullmatch(str(key)):
            hint = "small letters, digits and hyphens: their page is at authors/<id>/"
            problems.append(Problem(document.key((key,)), "TS009", f"'{key}' cannot be the id of an author", hint))
            continue
        table, found = read_table(AuthorTable, part, what=f"author '{key}'", code="TS009")
        problems += found
        if table is None:
            continue
        image = credited(table.image, targets, file.name, part.place(("image", "src")), problems)
        own = {name: getattr(table, name) for name in ("name", "role", "bio", "email", "url")}
        author = Author(id=str(key), image=image, **own)
        authors[str(key)] = replace(author, words=tuple(_words_of(author, table, part, targets, problems)))
    return authors


def _words_of(
    author: Author, table: AuthorTable, part: Document, targets: Targets, problems: list[Problem]
) -> Iterator[AuthorWords]:
    """The words of an author in other languages; one that the publication does not have is a problem."""
    known = {language.lower(): language for language in targets.languages[1:]}
    for code, words in table.languages.items():
        language = known.get(code.replace("_", "-").lower())
        if language is None:
            hint = did_you_mean(code, known) or "add it under languages: in mkdocs.yml, or delete these lines"
            message = f"the publication has no other language '{code}'"
            problems.append(Problem(part.key(("languages", code)), "TS711", message, hint))
            continue
        said = {name: getattr(words, name) or getattr(author, name) for name in ("name", "role", "bio")}
        yield AuthorWords(language=language, **said)
