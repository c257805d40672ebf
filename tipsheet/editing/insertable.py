"""Things that an editor puts into a text by a button: blocks, merge fields, links, actions of the library, segments.

Blocks are derived from their registry, so that a new kind has its button. In a text that is put in, `CURSOR` marks
where to go on writing.
"""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from tipsheet.blocks import BLOCKS, BlockKind
from tipsheet.blocks.kind import Argument
from tipsheet.editing.drafts import header_date
from tipsheet.editing.timetable import Timetable
from tipsheet.model.body import Action
from tipsheet.model.placeholders import NAME
from tipsheet.model.publication import Publication
from tipsheet.settings import Settings

__all__ = ["CURSOR", "BlockForm", "Insertable", "Option", "actions", "blocks", "fields", "links", "segments"]

CURSOR = "⁂"

_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~])")
"""Signs before which a backslash makes Markdown print them."""
_IN_ADDRESS = "/!$&'*+,;=:@~"
"""What stays as it is in the address of a link; parentheses would end it."""


@dataclass(frozen=True, slots=True)
class Insertable:
    """A thing that can be put in: its name, its title for people, and the text."""

    name: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a block, as it is written in the braces."""

    name: str
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class BlockForm:
    """A block to put in; ``text`` is a whole one in Markdown, with the options that it has to have."""

    name: str
    title: str
    text: str
    options: tuple[Option, ...]


def blocks(publication: Publication, settings: Settings) -> tuple[BlockForm, ...]:
    """A block of each kind, with a value of the right type for each option that it has to have."""
    slot = Timetable.of(settings).free(publication)
    words = (
        "name", "10", header_date(slot, settings.schedule), f"{slot.date()}T18:00", "https://www.example.org/",
        *(one.id for one in settings.segments), "everyone", str(settings.time_zone), "someone@example.org",
    )  # fmt: skip
    return tuple(_form(kind, settings, words) for kind in BLOCKS.values())


def _form(kind: BlockKind, settings: Settings, words: tuple[str, ...]) -> BlockForm:
    by_name = kind.argument is Argument.AUDIENCE
    audience = next((one.id for one in settings.segments), "everyone")
    needed = [
        f'{name}="{value}"' if re.search(r"\s", value) else f"{name}={value}"
        for name, field in _options(kind)
        if field.is_required()
        for value in [_value(field, words)]
    ]
    braces = f" {{ {' '.join(needed)} }}" if needed else ""
    header = f"/// {kind.name} | {audience if by_name else NAME}{braces}"
    options = tuple(Option(name, field.is_required(), field.description or "") for name, field in _options(kind))
    title = f"{kind.name[:1].upper()}{kind.name[1:]}".replace("-", " ")
    return BlockForm(kind.name, title, f"{header}\n\n{CURSOR}\n\n///", options)


def _options(kind: BlockKind) -> Iterator[tuple[str, FieldInfo]]:
    return ((field.alias or name, field) for name, field in kind.options.model_fields.items())


def _value(field: FieldInfo, words: tuple[str, ...]) -> str:
    """The first of these words that the option takes, or the first of all."""
    kind: Any = Annotated[field.annotation, *field.metadata]
    adapter: TypeAdapter[object] = TypeAdapter(kind)
    for word in words:
        try:
            adapter.validate_python(word)
        except ValidationError:
            continue
        return word
    return words[0]


def fields(settings: Settings) -> tuple[Insertable, ...]:
    """The merge fields, each with a place for what readers see who lack it."""
    return tuple(Insertable(name, name.replace("_", " "), f"@@{name} or {CURSOR}@@") for name in settings.merge_fields)


def links(publication: Publication, settings: Settings, path: str) -> tuple[Insertable, ...]:
    """Links to the issues and articles, newest first, and to ordinary pages, as they stand in the file ``path``."""
    folder = posixpath.dirname(path)
    posts = sorted((*publication.issues, *publication.articles), key=lambda post: post.published, reverse=True)
    found = [(post.where.path, post.title) for post in posts]
    found += [(f"{settings.docs_dir}/{name}", name) for name in sorted(publication.ordinary) if name.endswith(".md")]
    return tuple(Insertable(to, title, _link(folder, to, title)) for to, title in found if to != path)


def _link(folder: str, to: str, title: str) -> str:
    words = _SIGNS.sub(r"\\\1", title)
    return f"[{words}]({quote(posixpath.relpath(to, folder or '.'), safe=_IN_ADDRESS)})"


def actions(publication: Publication) -> tuple[Insertable, ...]:
    """The actions of the library, those never used first, then the newest, each as a block that takes it up."""
    found: dict[str, Action] = {action.id: action for action in publication.evergreen}
    for issue in publication.issues:
        for action in issue.body.all_actions():
            found.setdefault(action.id, action)
    return tuple(
        Insertable(name, action.title, f"/// action {{ use={name} }}\n\n///\n{CURSOR}")
        for name, action in found.items()
    )


def segments(settings: Settings) -> tuple[Insertable, ...]:
    """The segments, as the option that makes an action or an event theirs."""
    return tuple(Insertable(one.id, one.title, f"for={one.id}") for one in settings.segments)
