"""Translations put beside what they translate: ``ask.de.md`` beside ``ask.md``, one issue in two languages.

A translation is read by itself, as any post is. What makes the two one, the id and the moment, the number and the
readers, it has from its original; where it says them itself, it must say the same (`TS712`, `TS713`).
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from tipsheet.engine.digest import digest_of, digest_of_value
from tipsheet.model.audience import EVERYONE, Audience
from tipsheet.model.body import Action, Body, Event
from tipsheet.model.language import language_in, original_of, tag_of
from tipsheet.model.post import UNDATED, Issue, Note, Post
from tipsheet.problems import Evidence, Problem, Sign, Where, did_you_mean
from tipsheet.reading.posts import Definition, translated_actions
from tipsheet.reading.published import READ, Contents, Kind
from tipsheet.settings import Settings
from tipsheet.settings.config import translations as known_languages

__all__ = ["Together", "in_known_languages", "together", "translated", "with_notes"]

V = TypeVar("V", bound=Post | Note)

_OF_NOTES = {"id": "id", "from": "starts", "expires": "expires", "for": "audience"}
"""Keys of a note's header and their fields, which a translation shares with its original."""
_UNSAID = ("", dt.date.min, dt.date.max, EVERYONE)
"""Values of what the header of a translation does not say."""


@dataclass(frozen=True, slots=True)
class Together:
    """Everything that was read, with translations in their originals; actions in other languages by language and id."""

    values: list[Any]
    actions: Mapping[tuple[str, str], Action]
    problems: list[Problem]


def in_known_languages(contents: Contents, languages: Sequence[str]) -> tuple[Contents, list[Problem]]:
    """The contents without files in languages that the publication does not have, and a problem for each of these."""
    strange = [*_strange(contents, languages)]
    names = {problem.where.path.removeprefix(f"{contents.docs}/") for problem in strange}
    kinds = {name: kind for name, kind in contents.kinds.items() if name not in names} if names else contents.kinds
    return replace(contents, kinds=kinds), strange


def together(values: Iterable[Any], contents: Contents, settings: Settings) -> Together:
    """Put each translation into its original, which it agrees with; one without an original is a problem."""
    found = list(values)
    own, others = [v for v in found if not v.language], [v for v in found if v.language]
    problems = [*_lonely(contents, settings.languages), *_ordinary(contents, settings.languages)]
    beside: dict[str, list[Any]] = {}
    for value in others:
        beside.setdefault(original_of(value.where.path), []).append(value)
    written = translated_actions(value for value in found if isinstance(value, Definition))
    actions = {(one.language, one.action.id): one.action for one in written if one.language}
    joined = [
        _joined(value, beside[value.where.path], problems) if value.where.path in beside else value for value in own
    ]
    return Together(joined, actions, problems)


def _joined(original: Any, others: Sequence[Any], problems: list[Problem]) -> Any:
    """The original with its translations; an action of the library stands for itself."""
    alike = [one for one in others if type(one) is type(original)]
    if isinstance(original, Definition):
        problems.extend(problem for one in alike for problem in _library_problems(original.action, one))
        return original
    stated = _note_problems if isinstance(original, Note) else _post_problems
    for one in alike:
        problems.extend(stated(original, one))
    return replace(original, translations=tuple([translated(original, one) for one in alike]))


def translated(original: V, one: V) -> V:
    """The translation of a post or a note, with everything that it shares with its original."""
    if isinstance(original, Post) and isinstance(one, Post):
        whole = replace(one, **_shared(original, one))
        return replace(whole, headline_digest=digest_of_value(whole.headline))
    return replace(one, **{name: getattr(original, name) for name in _OF_NOTES.values()})


def _shared(original: Post, post: Post) -> dict[str, Any]:
    """Fields of a translation that are those of its original, or that it has from there where it says nothing."""
    same: dict[str, Any] = {
        "id": original.id, "published": original.published, "audience": original.audience,
        "once_for": original.once_for, "tags": post.tags or original.tags,
        "authors": tuple([author.in_language(post.language) for author in post.authors or original.authors]),
        "image": post.image or original.image, "republished": post.republished or original.republished,
        "draft": post.draft or original.draft, "body": _same_actions(original.body, post.body),
        "digest": digest_of(post.digest, original.digest),
    }  # fmt: skip
    if isinstance(original, Issue):
        same |= {
            "number": original.number, "after": original.after, "imported": original.imported,
            "archived": original.archived,
        }  # fmt: skip
    return same


def with_notes(issue: Issue, notes: Iterable[Note]) -> Issue:
    """The issue with the notes that it carries, and its translations with the same in their languages."""
    notes = tuple(notes)
    others = tuple(
        [replace(one, notes=tuple([note.in_language(one.language) for note in notes])) for one in issue.translations]
    )
    return replace(issue, notes=notes, translations=others)


def _same_actions(original: Body, body: Body) -> Body:
    """The body with days, minutes and tags of its actions from the original, where it says none."""
    known = {_key(action): action for action in original.all_actions()}
    passages = []
    for passage in body.passages:
        action = passage.content
        if isinstance(action, Action) and (same := known.get(_key(action))):
            same_facts = {name: getattr(action, name) or getattr(same, name) for name in ("minutes", "due", "tags")}
            passage = replace(passage, content=replace(action, **same_facts))  # noqa: PLW2901 - the same, with its facts
        passages.append(passage)
    return replace(body, passages=tuple(passages))


def _key(action: Action) -> tuple[str, Audience]:
    return action.id, action.audience


def _post_problems(original: Post, post: Post) -> Iterator[Problem]:
    """Facts that a translation states otherwise than its original, and actions that only one of them has."""
    stated: list[tuple[str, object, object]] = [
        ("id", post.id if not isinstance(post, Issue) or post.after is None else "", original.id),
        ("date", post.published if post.published != UNDATED else None, original.published),
    ]
    if post.audience != EVERYONE:
        stated.append(("audience", post.audience, original.audience))
    stated.append(("once_for", ", ".join(post.once_for), ", ".join(original.once_for)))
    if isinstance(post, Issue) and isinstance(original, Issue):
        stated.append(("number", post.number, original.number))
        stated.append(("archived", post.archived and "true", original.archived and "true"))
        if post.after is not None:
            stated.append(("after", post.after or None, original.after))
    yield from (_differs(post, key, said, same) for key, said, same in stated if said and said != same)
    yield from _action_problems(original, post)
    yield from _event_problems(original, post)


def _event_problems(original: Post | Note, one: Post | Note) -> Iterator[Problem]:
    """Events that take place at another time than in the original; which events are told of is a matter of words."""
    known: dict[str, list[Event]] = {}
    for event in original.body.all_events():
        known.setdefault(event.id, []).append(event)  # segments may see it on days of their own
    for event in one.body.all_events():
        same = known.get(event.id, [])
        if any((event.starts, event.ends) == (other.starts, other.ends) for other in same):
            continue
        for key in ("starts", "ends") if same else ():
            said, there = getattr(event, key), getattr(same[0], key)
            if said != there:
                path, seen = original.where.path, (Evidence(Sign.TEXT, f"{key}="), Evidence(Sign.TEXT, "/// event"))
                message = f"the event '{event.id}' has {key}={said or 'none'}, and in {path} it has {there or 'none'}"
                yield Problem(one.where, "TS712", message, "write the same: it is one event", evidence=seen)


def _note_problems(original: Note, note: Note) -> Iterator[Problem]:
    for key, name in _OF_NOTES.items():
        said = getattr(note, name)
        if said not in _UNSAID and said != getattr(original, name):
            yield _differs(note, key, said, getattr(original, name))
    yield from _event_problems(original, note)


def _library_problems(original: Action, one: Definition) -> Iterator[Problem]:
    for key, name in {"id": "id", "for": "audience", "minutes": "minutes"}.items():
        said = getattr(one.action, name)
        if said and said not in _UNSAID and said != getattr(original, name):
            yield _differs(one, key, said, getattr(original, name))


def _differs(value: Any, key: str, said: object, same: object) -> Problem:
    message = f"the {key} is {said}, and {original_of(value.where.path)} says {same or 'none'}"
    return Problem(
        value.where, "TS712", message, "delete the line: it is as there", evidence=(Evidence(Sign.KEY, key),)
    )


def _action_problems(original: Post, post: Post) -> Iterator[Problem]:
    """Actions that the other does not have, and days or minutes that differ."""
    ours, theirs = (Counter(map(_key, one.body.all_actions())) for one in (post, original))
    path = original.where.path
    for name, audience in sorted(theirs - ours, key=str):
        hint = f"write it with id={name}{_for(audience)}, in {post.language}"
        yield Problem(post.where, "TS713", f"{path} has the action '{name}'{_of(audience)}, and this does not", hint)
    for name, audience in sorted(ours - theirs, key=str):
        hint = "a translation has the actions of its original, with their ids and readers"
        message, seen = f"{path} has no action '{name}'{_of(audience)}, and this has", _written(f"id={name}")
        yield Problem(post.where, "TS713", message, hint, evidence=seen)
    known = {_key(action): action for action in original.body.all_actions()}
    for action in post.body.all_actions():
        same = known.get(_key(action))
        for key in ("due", "minutes") if same else ():
            said, there = getattr(action, key), getattr(same, key)
            if said and said != there:
                message = f"the action '{action.id}' has {key}={said}, and in {path} it has {there or 'none'}"
                seen = _written(f"{key}={said}")
                yield Problem(post.where, "TS713", message, "leave it out: it is as there", evidence=seen)


def _written(option: str) -> tuple[Evidence, ...]:
    """Evidence in the header of an action: this option, or else its fence."""
    return Evidence(Sign.TEXT, option), Evidence(Sign.TEXT, "/// action")


def _of(audience: Audience) -> str:
    return "" if audience == EVERYONE else f" for {audience}"


def _for(audience: Audience) -> str:
    return "" if audience == EVERYONE else f" for={audience}"


def _lonely(contents: Contents, languages: Sequence[str]) -> Iterator[Problem]:
    """Translations of files that are not there."""
    for name in contents.of(*READ - {Kind.PAGE}):
        if language_in(name, languages) and original_of(name) not in contents.kinds:
            path = f"{contents.docs}/{name}"
            message = f"this is a translation of {original_of(path)}, which is not there"
            yield Problem(Where(path), "TS710", message, "write that first, or delete or rename this")


def _ordinary(contents: Contents, languages: Sequence[str]) -> Iterator[Problem]:
    """Ordinary pages that are named as translations: MkDocs would publish them among those of the first language."""
    for name in contents.of(Kind.PAGE):
        if language := language_in(name, languages):
            message = f"an ordinary page has no translations: this would be published in {languages[0]}, at its name"
            hint = f"write it as an article, articles/….md and articles/….{language}.md, or give the file another name"
            yield Problem(Where(f"{contents.docs}/{name}"), "TS714", message, hint)


def _strange(contents: Contents, languages: Sequence[str]) -> Iterator[Problem]:
    """Files beside an original that are in a language which the publication does not have."""
    for name in contents.of(*READ - {Kind.PAGE}):
        original = original_of(name)
        if original not in contents.kinds or language_in(name, languages):
            continue
        tag = tag_of(name)
        path = f"{contents.docs}/{name}"
        if tag.lower() == languages[0].lower():
            message, hint = f"{tag} is the language of {contents.docs}/{original} itself", "delete one of the two"
        elif tag.partition("-")[0].lower() in {one.partition("-")[0] for one in known_languages()}:
            message = f"the publication has no language '{tag}'"
            hint = f"add it in mkdocs.yml: languages: [{', '.join((*languages[1:], tag))}]"
        else:
            message = f"'{tag}' is no language, and {contents.docs}/{original} stands beside this"
            hint = did_you_mean(tag, known_languages()) or "write a code such as de or pt-BR, or rename the file"
        yield Problem(Where(path), "TS711", message, hint)
