"""Checks of single posts: their actions, dates, events, pictures and length."""

import re
from collections.abc import Iterator

from tipsheet.checks.texts import automatic, stale_year
from tipsheet.lexicon import listed_in
from tipsheet.model.audience import PUBLIC, Segments
from tipsheet.model.body import Body, words_in
from tipsheet.model.post import Image, Issue, Post
from tipsheet.model.publication import Publication, may_still_be_sent
from tipsheet.problems import Evidence, Problem, Sign, Where
from tipsheet.settings import CONFIG_FILE, Settings
from tipsheet.words import ENGLISH

__all__ = [
    "copyright_line",
    "cover_texts",
    "covers",
    "due_dates",
    "events_over",
    "in_block",
    "missing_actions",
    "opens_without_verb",
    "verbs",
    "word_budgets",
]

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")


def in_block(kind: str, words: str) -> tuple[Evidence, ...]:
    """Evidence in the header of a block: these words, or else its fence."""
    return Evidence(Sign.TEXT, words), Evidence(Sign.TEXT, f"/// {kind}")


def missing_actions(publication: Publication, _settings: Settings) -> Iterator[Problem]:
    """Issues that leave some of their readers without an action.

    More segments never take an action away, since variants only choose: the readers with the fewest decide for all.
    That nobody gets two is how variants are read (`reading.posts`).
    """
    for issue in publication.issues:
        if issue.archived:
            continue  # its readers have it as it is
        some = [action.audience for action in issue.body.all_actions()]
        readers = [reader for reader in _least(issue) if issue.meant_for(reader)]
        left = [reader for reader in readers if not any(audience.includes(reader) for audience in some)]
        if not left:
            continue
        named = ", ".join(sorted(name for reader in left for name in reader))
        outside = f"for readers in {named}" if named else "for readers outside the variants' segments"
        message = f"no action {outside}" if some else "the issue has no action"
        hint = "write /// action | What to do … without for=; it ends every tipsheet"
        seen = (Evidence(Sign.TEXT, "/// action"),) if some else ()
        yield Problem(issue.where, "TS213", message, hint, evidence=seen)


def _least(issue: Issue) -> list[Segments]:
    """The readers of an issue that are in the fewest segments."""
    return [frozenset({name}) for name in sorted(issue.audience.any_of)] or [PUBLIC]


def due_dates(publication: Publication, _settings: Settings) -> Iterator[Problem]:
    """Actions that are due before the issue appears."""
    for issue in publication.issues:
        day = issue.published.date()
        for action in issue.body.all_actions():
            if action.due is not None and action.due < day:
                message = f"the action '{action.id}' is due on {action.due}, before the issue appears on {day}"
                seen = in_block("action", str(action.due))
                yield Problem(issue.where, "TS214", message, "a day after the issue's date", evidence=seen)


def events_over(publication: Publication, _settings: Settings) -> Iterator[Problem]:
    """Events that are over before anybody reads of them: in an issue on its day, in a note on its first."""
    hint = "take the event out, or mend its date"
    for issue in publication.issues:
        for event in issue.body.all_events():
            if event.past(issue.published):
                message = f"the event '{event.name}' is over on {event.last_day}, before the issue appears"
                yield Problem(issue.where, "TS240", message, hint, evidence=in_block("event", event.name))
    for note in publication.notes:
        for event in note.body.all_events():
            if event.last_day < note.starts:
                message = f"the event '{event.name}' is over on {event.last_day}, before the note is in force"
                yield Problem(note.where, "TS240", message, hint, evidence=in_block("event", event.name))


def verbs(publication: Publication, settings: Settings) -> Iterator[Problem]:
    """Actions whose title does not begin with a verb, as far as a list of words can tell; in English only."""
    if settings.masthead.language.partition("-")[0] != ENGLISH:
        return
    for issue in publication.issues:
        for action in issue.body.all_actions():
            if not action.used and (word := opens_without_verb(action.title)):
                message = f"the action '{action.title}' begins with '{word}', and not with what to do"
                seen = in_block("action", action.title)
                yield Problem(issue.where, "TS236", message, "begin with a verb: Ask, Write, Cancel", evidence=seen)


def opens_without_verb(title: str) -> str:
    """The first word of a title where no request begins with it, or nothing."""
    found = _WORD.search(title)
    if found is None:
        return ""
    word = found[0].lower()
    if word in listed_in(ENGLISH, "openers"):
        return "" if "," in title or ":" in title else found[0]
    noun = word.endswith(tuple(listed_in(ENGLISH, "not_endings"))) and word not in listed_in(ENGLISH, "requests")
    number = title[: found.start()].strip(" *_\"'(\u201c\u2018").isdigit()
    return found[0] if noun or number or word in listed_in(ENGLISH, "not_verbs") else ""


def word_budgets(publication: Publication, settings: Settings) -> Iterator[Problem]:
    """Issues with more words, for some reader, than the publication allows itself."""
    budget = settings.word_budget
    if budget is None:
        return
    for issue in publication.issues:
        if not may_still_be_sent(issue, publication.now):
            continue  # readers have it
        body, names = issue.body.whole(publication.html), sorted(issue.names())
        readers: list[Segments] = [PUBLIC, *(frozenset({name}) for name in names), frozenset(names)]
        most = max((_words(body, reader) for reader in readers if issue.meant_for(reader)), default=0)
        if most > budget:
            message = f"the issue has {most} words for a reader, and the budget is {budget}"
            yield Problem(issue.where, "TS234", message, "make a part of it an article and link to it")


def _words(body: Body, reader: Segments) -> int:
    return sum(words_in(content.html) for content in body.select(reader))


def cover_texts(publication: Publication, settings: Settings) -> Iterator[Problem]:
    """Alt texts in headers that a program has written."""
    for post, image in covers(publication):
        language = settings.in_language(post.language).masthead.language
        words = listed_in(language, "pictures") | listed_in(ENGLISH, "pictures")
        if reason := automatic(image.alt, image.src, words):
            message = f"the text '{image.alt}' of this picture {reason}"
            hint = "say what somebody sees who looks at it"
            yield Problem(post.where, "TS230", message, hint, evidence=(Evidence(Sign.KEY, "image/alt"),))


def covers(publication: Publication) -> Iterator[tuple[Post, Image]]:
    """Cover pictures, with the posts whose headers name them: a translation may have its original's."""
    for post in publication.originals():
        for text in post.texts:
            if text.image and (text is post or text.image != post.image):
                yield text, text.image


def copyright_line(publication: Publication, settings: Settings) -> Iterator[Problem]:
    """The publication's own copyright, where it ends in a year that is over."""
    year = publication.now.astimezone(settings.time_zone).year
    if found := stale_year(settings.masthead.copyright, year):
        message = f"the copyright ends in {found[1]}, and it is {year}"
        seen = (Evidence(Sign.KEY, "copyright", str(found[1])),)
        yield Problem(Where(CONFIG_FILE), "TS233", message, "write the year, or none", evidence=seen)
