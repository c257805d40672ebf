"""Issues, articles, notes and actions as values: header and body together, with authors, pictures and the library.

An action is evergreen, written out in an issue, or taken up again from the library of both (C15).
"""

import datetime as dt
import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from tipsheet.blocks.action import steps_in
from tipsheet.documents import Document
from tipsheet.fields import Table, parse_audience, read_table
from tipsheet.model.addresses import runs
from tipsheet.model.audience import EVERYONE, PUBLIC, Audience, exclusive
from tipsheet.model.body import Action, Body, Html, Passage, Prose, whole, words_in
from tipsheet.model.language import original_of
from tipsheet.model.post import UNDATED, Article, Author, Issue, Link, Note, Post, Reprint
from tipsheet.problems import Evidence, Problem, Sign, Where, did_you_mean
from tipsheet.reading.body import BodyReader, Parsed
from tipsheet.reading.headers import (
    ActionTable,
    ActionTranslationTable,
    Headed,
    IssueTable,
    NoteTable,
    NoteTranslationTable,
    PostTable,
    WelcomeTable,
    credited,
)
from tipsheet.reading.merge import field_problems, no_fields
from tipsheet.reading.sources import Source

__all__ = [
    "Definition",
    "PostReader",
    "library_of",
    "read_evergreen",
    "read_note",
    "translated_actions",
    "unique_addresses",
    "unique_ids",
    "written_out",
]

_T = TypeVar("_T", bound=Table)
_INTERNAL = re.compile(r'href="(site:[^"]*|#[^"]*)"')
_ID = re.compile(r'\sid="([^"]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """An action with the place where it is written out; ``published`` is None for an evergreen one.

    ``tags`` are its own; the action of an issue without any may have got those of its issue. ``language`` is that of
    a translation.
    """

    action: Action
    where: Where
    published: dt.datetime | None = None
    tags: tuple[str, ...] = ()
    language: str = ""

    @property
    def name(self) -> str:
        """The name by which the library knows it: its id, and the language of a translation."""
        return name_in(self.action.id, self.language)


def name_in(action: str, language: str) -> str:
    """The name of an action of the library in a language; ids hold no full stop."""
    return f"{action}.{language}" if language else action


def read_evergreen(
    source: Source, parsed: Parsed, reader: BodyReader, problems: list[Problem], language: str = ""
) -> Definition | None:
    """The action of a file in ``content/actions/``, or None when its header has mistakes (they are reported)."""
    what, form = ("a translation", ActionTranslationTable) if language else ("an action", ActionTable)
    table = _table(form, what, source, parsed, problems)
    if table is None or source.header is None:
        return None
    problems += reader.unknown_segments(table.audience, source.header.place(("for",)))
    contents = (passage.content for passage in parsed.body.passages)
    text = "\n".join(content.html for content in contents if isinstance(content, Prose))
    action = Action(
        id=table.id,
        title=table.title,
        html=text,
        steps=steps_in(text),
        minutes=table.minutes,
        tags=table.tags,
        audience=table.audience,
    )
    where = source.header.key(("id",)) if table.id else source.where
    return Definition(action=action, where=where, tags=table.tags, language=language)


def read_note(
    source: Source, parsed: Parsed, reader: BodyReader, problems: list[Problem], language: str = ""
) -> Note | None:
    """The note of a file, or None when its header has mistakes; it may hold events and passages, but no action."""
    table: NoteTable | NoteTranslationTable | None
    if language:
        table = _table(NoteTranslationTable, "a translation", source, parsed, problems)
    else:
        table = _table(NoteTable, "a note", source, parsed, problems)
    if table is None or source.header is None:
        return None
    problems += reader.unknown_segments(table.audience, source.header.place(("for",)))
    return Note(
        id=table.id,
        title=table.title,
        starts=table.starts or dt.date.min,
        expires=table.expires or dt.date.max,
        audience=table.audience,
        language=language,
        body=parsed.body,
        where=source.where,
    )


def _table(table: type[_T], what: str, source: Source, parsed: Parsed, problems: list[Problem]) -> _T | None:
    """The keys of a header, or None when it has mistakes; those of the body are reported too."""
    problems += parsed.problems
    if source.header is None:
        return None
    read, mistakes = read_table(table, source.header, what=f"the header of {what}", code="TS009")
    problems += mistakes
    return read


def written_out(headed: Headed, parsed: Parsed) -> tuple[Definition, ...]:
    """The actions that an issue writes out."""
    return tuple(
        Definition(
            action=action,
            where=where,
            published=headed.published or UNDATED,
            tags=action.tags,
            language=headed.language,
        )
        for _, action, where in parsed.actions()
        if not action.used
    )


def library_of(definitions: Iterable[Definition], problems: list[Problem]) -> dict[str, Definition]:
    """Every action that is written out somewhere, by id; an id given twice is a problem."""
    library: dict[str, Definition] = {}
    for definition in translated_actions(definitions):
        first = library.setdefault(definition.name, definition)
        if first is not definition:
            hint = f"it is written at {first.where}; take it up with use={definition.action.id}, or give it another id"
            message = f"the action '{definition.action.id}' is written twice"
            problems.append(Problem(definition.where, "TS210", message, hint))
    return library


def translated_actions(definitions: Iterable[Definition]) -> Iterator[Definition]:
    """The actions with those in other languages as `in_place_of` gives them; without those of no original."""
    found = list(definitions)
    own = {one.where.path: one for one in found if one.published is None and not one.language}
    for one in found:
        if one.published is None and one.language:
            original = own.get(original_of(one.where.path))
            if original is None and not one.action.id:
                continue  # which is told elsewhere
            yield in_place_of(original, one) if original else one
        else:
            yield one


def in_place_of(original: Definition, one: Definition) -> Definition:
    """The translation of an action of the library, with everything that it shares with its original."""
    first, action = original.action, one.action
    tags = action.tags or first.tags
    minutes = action.minutes or first.minutes
    action = replace(action, id=first.id, minutes=minutes, tags=tags, audience=first.audience)
    return replace(one, action=action, tags=tags)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostReader:
    """Issues, articles and welcome letters made of headers and bodies; mistakes go to ``problems``.

    ``html`` loads the text of an action of the library.

    Each method returns None when the header has mistakes, which are reported.
    """

    reader: BodyReader
    authors: Mapping[str, Author]
    library: Mapping[str, Definition]
    html: Html
    problems: list[Problem]

    def issue(self, headed: Headed, parsed: Parsed) -> Issue | None:
        """The issue, without the notes that it carries."""
        body, table = self._settled(headed, parsed), headed.table
        if not isinstance(table, IssueTable):
            return None
        keys = {**self._shared(headed, table, body, table.audience), **self._inbox(headed, table)}
        return Issue(**keys, **self._dated(headed, table), number=table.number, archived=table.archived)

    def welcome(self, headed: Headed, parsed: Parsed) -> Issue | None:
        """The welcome letter."""
        body, table = self._settled(headed, parsed), headed.table
        if not isinstance(table, WelcomeTable):
            return None
        keys = {**self._shared(headed, table, body, table.audience), **self._inbox(headed, table)}
        return Issue(**keys, id=headed.slug, published=UNDATED, after=table.after or 0, imported=table.imported)

    def article(self, headed: Headed, parsed: Parsed) -> Article | None:
        """The article."""
        self.problems.extend(parsed.problems)
        table = headed.table
        if not isinstance(table, PostTable):
            return None
        return Article(**self._shared(headed, table, parsed.body, EVERYONE), **self._dated(headed, table))

    def _dated(self, headed: Headed, table: PostTable) -> dict[str, Any]:
        """Fields of a post that stands on the site under a date."""
        reprint, header = table.republished, _header(headed)
        for number, segment in enumerate(table.once_for):
            named = Audience(any_of=frozenset({segment}))
            self.problems.extend(self.reader.unknown_segments(named, header.place(("once_for", number))))
        return {
            "id": table.id,
            "published": headed.published or UNDATED,
            "tags": table.tags,
            "republished": Reprint(**reprint.model_dump()) if reprint else None,
            "aliases": table.aliases,
            "once_for": table.once_for,
        }

    def _inbox(self, headed: Headed, table: IssueTable | WelcomeTable) -> dict[str, Any]:
        """Fields that inboxes show."""
        subject, subjects = self._wordings(headed, "subject", table.subject)
        preheader, preheaders = self._wordings(headed, "preheader", table.preheader)
        subject = subject or table.title
        return {"subject": subject, "subjects": subjects, "preheader": preheader, "preheaders": preheaders}

    def _shared(
        self, headed: Headed, table: PostTable | WelcomeTable, body: Body, audience: Audience
    ) -> dict[str, Any]:
        """Fields that every post has."""
        source, header = headed.source, _header(headed)
        for key in ("title", "description"):
            self.problems.extend(no_fields(str(header.get(key)), header.place((key,)), f"the {key}"))
        self.problems.extend(self.reader.unknown_segments(audience, header.place(("audience",))))
        cover, where = table.image, header.place(("image", "src"))
        return {
            "slug": headed.slug,
            "url": headed.url,
            "title": table.title,
            "description": table.description,
            "authors": self._authors(header, table),
            "audience": audience,
            "image": credited(cover, self.reader.targets, source.name, where, self.problems),
            "more": self._links(headed, table),
            "draft": table.draft,
            "language": headed.language,
            "body": body,
            "words": sum(words_in(content.html) for content in body.select(PUBLIC)),
            "links": tuple(_links_in(body)),
            "anchors": frozenset(_anchors_in(body)),
            "where": source.where,
        }

    def _authors(self, header: Document, table: PostTable | WelcomeTable) -> tuple[Author, ...]:
        for index, name in enumerate(table.authors):
            if name not in self.authors:
                hint = did_you_mean(name, self.authors) or "add them to authors.yml"
                where = header.place(("authors", index))
                self.problems.append(Problem(where, "TS012", f"unknown author '{name}'", hint))
        return tuple(self.authors[name] for name in table.authors if name in self.authors)

    def _links(self, headed: Headed, table: PostTable | WelcomeTable) -> tuple[Link, ...]:
        links = []
        for index, link in enumerate(table.more):
            where = _header(headed).place(("more", index, "url"))
            address, problem = self.reader.targets.resolve(link.url, headed.source.name, where)
            self.problems.extend([problem] if problem else [])
            if scheme := runs(link.url):
                message = f"an address that begins with {scheme}: is no place to go to"
                self.problems.append(Problem(where, "TS152", message, "link to a page or a file"))
            links.append(Link(title=link.title, url=address))
        return tuple(links)

    def _wordings(
        self, headed: Headed, key: str, wordings: Mapping[str, str]
    ) -> tuple[str, tuple[tuple[Audience, str], ...]]:
        """The wording for everyone, or "", and those for segments in their order."""
        header = _header(headed)
        default, others = "", []
        for name, text in wordings.items():
            audience = parse_audience(name)
            self.problems.extend(self.reader.unknown_segments(audience, header.key((key, name))))
            self.problems.extend(field_problems(text, header.place((key, name)), self.reader.fields))
            if audience.any_of:
                others.append((audience, text))
            else:
                default = text
        return default, tuple(others)

    def _settled(self, headed: Headed, parsed: Parsed) -> Body:
        """The body with its actions filled in from the library, and their variants exclusive of each other (C6)."""
        self.problems.extend(parsed.problems)
        tags = headed.table.tags if isinstance(headed.table, PostTable) else ()
        actions = [(index, self._filled(action, headed, where), where) for index, action, where in parsed.actions()]
        self.problems.extend(_variant_problems((action, where) for _, action, where in actions))
        passages = list(parsed.body.passages)
        for (index, action, _), turn in zip(actions, exclusive(one.audience for _, one, _ in actions), strict=True):
            own = () if turn == EVERYONE else (turn,)
            tagged = replace(action, tags=action.tags or tags)
            passages[index] = Passage(tagged, (*passages[index].conditions, *own))
        return Body(tuple(passages)) if actions else parsed.body

    def _filled(self, action: Action, headed: Headed, where: Where) -> Action:
        """The action; one that is taken up again with the library's title, text and steps."""
        if not action.used:
            return action
        definition = self.library.get(name_in(action.id, headed.language)) or self.library.get(action.id)
        if definition is None:
            message, hint = f"there is no action '{action.id}' to use", did_you_mean(action.id, self.library)
            self.problems.append(Problem(where, "TS211", message, hint))
            return action
        if definition.published and headed.published and definition.published >= headed.published != UNDATED:
            hint = f"write it out here and use it at {definition.where}"
            self.problems.append(Problem(where, "TS211", f"the action '{action.id}' appears only later", hint))
        known = whole(definition.action, self.html)
        return replace(
            action,
            title=action.title or known.title,
            html="\n".join(part for part in (action.html, known.html) if part),
            steps=known.steps,
            minutes=action.minutes or known.minutes,
            tags=action.tags or definition.tags,
            audience=known.audience if action.audience == EVERYONE else action.audience,
        )


def _header(headed: Headed) -> Document:
    """The header of a post whose table was read, and which so has one."""
    assert headed.source.header is not None  # noqa: S101 - see there
    return headed.source.header


def _variant_problems(actions: Iterable[tuple[Action, Where]]) -> Iterator[Problem]:
    """Variants that nobody can get, or that exclude instead of choosing."""
    taken: set[str] = set()
    default: Where | None = None
    for action, where in actions:
        audience = action.audience
        if audience.none_of:
            message, hint = "an action chooses its readers, it cannot exclude", "for=managers, not for=!managers"
            yield Problem(where, "TS212", message, hint)
        if audience == EVERYONE:
            if default:
                message, hint = "a second action for everyone: nobody would see it", f"the first stands at {default}"
                yield Problem(where, "TS212", message, f"{hint}; add for=…")
            default = default or where
        elif audience.any_of and audience.any_of <= taken:
            yield Problem(where, "TS212", f"an action for {audience} stands above: nobody would see this one")
        taken |= audience.any_of


def _links_in(body: Body) -> Iterator[str]:
    """Addresses inside the site, relative to its root; ``#…`` is the page itself."""
    for passage in body.passages:
        text = passage.content.html
        for match in _INTERNAL.finditer(text) if 'href="' in text else ():
            if text.rfind("<", 0, match.start()) > text.rfind(">", 0, match.start()):  # words may hold it too
                yield html.unescape(match[1]).removeprefix("site:")


def _anchors_in(body: Body) -> Iterator[str]:
    for passage in body.passages:
        yield from _ID.findall(passage.content.html) if 'id="' in passage.content.html else ()
    yield from (action.anchor for action in body.all_actions())


def unique_ids(found: Iterable[tuple[str, Where]]) -> list[Problem]:
    """Ids that two files share."""
    first: dict[str, Where] = {}
    problems = []
    for name, where in found:
        if name in first:
            hint = f"the other is {first[name].path}; readers would get one of the two only"
            own = (Evidence(Sign.KEY, "id"),)
            problems.append(Problem(where, "TS010", f"the id '{name}' is taken", hint, evidence=own))
        first.setdefault(name, where)
    return problems


def unique_addresses(posts: Sequence[Post]) -> list[Problem]:
    """Pages and redirects that would be written to one address."""
    taken: dict[str, Where] = {}
    problems = []
    claims = [(post.url, post.where, Evidence(Sign.KEY, "slug")) for post in posts]
    claims += [
        (post.url.replace(post.slug, alias, 1), post.where, Evidence(Sign.KEY, "aliases", alias))
        for post in posts
        for alias in post.aliases
    ]
    for address, where, own in claims:
        if address in taken:
            hint = f"the other is {taken[address].path}; give one of them another slug"
            problems.append(Problem(where, "TS011", f"the address '{address}' is taken", hint, evidence=(own,)))
        taken.setdefault(address, where)
    return problems
