"""The action library: evergreen actions, actions of issues, and issues that take one up again (C15)."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from tipsheet.blocks.action import steps_in
from tipsheet.fields import read_table
from tipsheet.model.audience import EVERYONE, Audience, exclusive
from tipsheet.model.body import Action, Body, Passage, Prose
from tipsheet.problems import Problem, Where, did_you_mean
from tipsheet.reading.body import BodyReader, Parsed
from tipsheet.reading.headers import Headed
from tipsheet.reading.names import unknown_segments
from tipsheet.reading.sources import Source
from tipsheet.reading.tables import ActionTable, PostTable

__all__ = ["Definition", "library_of", "read_evergreen", "settled", "written_out"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """Where an action is written out; ``published`` is None for an evergreen one."""

    action: Action
    where: Where
    published: dt.datetime | None = None


def read_evergreen(source: Source, parsed: Parsed, reader: BodyReader, problems: list[Problem]) -> Definition | None:
    """The action of a file in ``content/actions/``, or None when its header has mistakes (they are reported)."""
    problems += parsed.problems
    if source.header is None:
        return None
    table, mistakes = read_table(ActionTable, source.header, what="the header of an action", code="TS009")
    problems += mistakes
    if table is None:
        return None
    problems += unknown_segments(table.audience, reader.segments, source.header.place(("for",)))
    html = "\n".join(content.html for content, _, _ in parsed.items if isinstance(content, Prose))
    action = Action(
        id=table.id,
        title=table.title,
        html=html,
        steps=steps_in(html),
        minutes=table.minutes,
        tags=table.tags,
        audience=table.audience,
    )
    return Definition(action=action, where=source.header.key(("id",)))


def written_out(headed: Headed, parsed: Parsed) -> tuple[Definition, ...]:
    """The actions that an issue writes out."""
    return tuple(
        Definition(action=content, where=where, published=headed.published)
        for content, _, where in parsed.items
        if isinstance(content, Action) and not content.used
    )


def library_of(definitions: Iterable[Definition], problems: list[Problem]) -> dict[str, Definition]:
    """Every action that is written out somewhere, by id; an id given twice is a problem."""
    library: dict[str, Definition] = {}
    for definition in definitions:
        first = library.setdefault(definition.action.id, definition)
        if first is not definition:
            hint = f"it is written at {first.where}; take it up with use={definition.action.id}, or give it another id"
            message = f"the action '{definition.action.id}' is written twice"
            problems.append(Problem(definition.where, "TS210", message, hint))
    return library


def settled(parsed: Parsed, headed: Headed, library: Mapping[str, Definition], problems: list[Problem]) -> Body:
    """The body with its actions filled in and their variants made exclusive of each other (C6)."""
    tags = headed.table.tags if isinstance(headed.table, PostTable) else ()
    filled = [
        (
            _filled(content, headed, library, where, problems) if isinstance(content, Action) else content,
            conditions,
            where,
        )
        for content, conditions, where in parsed.items
    ]
    actions = [(content, where) for content, _, where in filled if isinstance(content, Action)]
    problems += _variant_problems(actions)
    turns = iter(exclusive(action.audience for action, _ in actions))
    passages = []
    for content, conditions, _ in filled:
        match content:
            case Action():
                turn = next(turns)
                mine = replace(content, tags=content.tags or tags)
                passages.append(Passage(mine, conditions if turn == EVERYONE else (*conditions, turn)))
            case _:
                passages.append(Passage(content, conditions))
    return Body(tuple(passages))


def _filled(
    action: Action, headed: Headed, library: Mapping[str, Definition], where: Where, problems: list[Problem]
) -> Action:
    """An action that is taken up again, with the library's title, text and steps."""
    if not action.used:
        return action
    definition = library.get(action.id)
    if definition is None:
        problems.append(
            Problem(where, "TS211", f"there is no action '{action.id}' to use", did_you_mean(action.id, library))
        )
        return action
    if definition.published and headed.published and definition.published >= headed.published:
        hint = f"write it out here and use it at {definition.where}"
        problems.append(Problem(where, "TS211", f"the action '{action.id}' appears only later", hint))
    known = definition.action
    return replace(
        action,
        title=action.title or known.title,
        html="\n".join(part for part in (action.html, known.html) if part),
        steps=known.steps,
        minutes=action.minutes or known.minutes,
        tags=action.tags or known.tags,
        audience=known.audience if action.audience == EVERYONE else action.audience,
    )


def _variant_problems(actions: list[tuple[Action, Where]]) -> list[Problem]:
    """Variants that nobody can get, or that exclude instead of choosing."""
    problems = []
    taken: set[str] = set()
    default: Where | None = None
    for action, where in actions:
        audience: Audience = action.audience
        if audience.none_of:
            problems.append(
                Problem(
                    where,
                    "TS212",
                    "an action chooses its readers, it cannot exclude",
                    "for=managers, not for=!managers",
                )
            )
        if audience == EVERYONE:
            if default:
                problems.append(
                    Problem(
                        where,
                        "TS212",
                        "a second action for everyone: nobody would see it",
                        f"the first stands at {default}; add for=…",
                    )
                )
            default = default or where
        elif audience.any_of and audience.any_of <= taken:
            problems.append(
                Problem(where, "TS212", f"an action for {audience} stands above: nobody would see this one")
            )
        taken |= audience.any_of
    return problems
