"""Checks of `tipsheet check` beyond the mistakes that reading finds: three registries, and checks between posts.

A check is a function and one line in a registry. Those in `CHECKS` and `COMPARISONS` look at a publication (with
everything that is to come) and its settings, those in `TEXT_CHECKS` at one source as it is written; a build does not
wait for the last two. `moved` stands apart from them: it compares with the last build, which only a build knows.
"""

import datetime as dt
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from functools import partial
from itertools import combinations, pairwise
from pathlib import Path
from typing import assert_never
from urllib.parse import unquote

from tipsheet.checks.issues import (
    copyright_line,
    cover_texts,
    due_dates,
    events_over,
    in_block,
    missing_actions,
    verbs,
    word_budgets,
)
from tipsheet.checks.picture_files import small_covers
from tipsheet.checks.repetition import repeated_paragraphs, twice, used_links
from tipsheet.checks.report import Report
from tipsheet.checks.texts import (
    House,
    Sheet,
    blank_runs,
    copyright_years,
    left_over,
    link_words,
    pictures,
    shortened,
    starters,
    tracking,
    word_markup,
)
from tipsheet.edition.inbox import columns
from tipsheet.edition.service import SERVICE_FOLDER
from tipsheet.engine.inputs import Inputs
from tipsheet.engine.units import Made, Ref, Unit
from tipsheet.model.audience import PUBLIC, Audience
from tipsheet.model.body import Action, Event, Prose
from tipsheet.model.language import language_in, original_of
from tipsheet.model.post import Issue, Post
from tipsheet.model.publication import Publication, tag_page
from tipsheet.model.segment import Choice, Segment, choice_of
from tipsheet.places import SourceText
from tipsheet.problems import Evidence, Problem, Sign, Where
from tipsheet.settings import CONFIG_FILE, Settings

__all__ = [
    "CHECKS", "COMPARISONS", "TEXT_CHECKS", "Report", "check_publication", "check_text", "compare_issues", "house_of",
    "look_over", "moved", "text_units", "variants_gone",
]  # fmt: skip

Check = Callable[[Publication, Settings], Iterable[Problem]]
TextCheck = Callable[[Sheet], Iterable[Problem]]

SUBJECT = 70
"""Characters that a desktop inbox shows of a subject."""
PREHEADER = range(40, 131)
"""E13: shorter ones pull in the first words of the body, longer ones are cut."""
FOOTNOTE = re.compile(r"fn(?:ref\d*)?:")
CANONICAL = re.compile(r'<link rel="canonical" href="([^"]*)">')


def dead_links(publication: Publication, _settings: Settings) -> Iterator[Problem]:
    """Links of what is out to issues and articles that are not, and to fragments that do not exist."""
    texts = tuple(publication.texts())
    posts = {post.url: post for post in texts if post.url}
    for post in texts:
        for link in post.links:
            path, _, fragment = link.partition("#")
            target = posts.get(path) if path else post
            if target is None:
                continue
            told = partial(_about_link, (post, link, target))
            if post.out(publication.now) and not target.out(publication.now):
                message = f"'{post.title}' links to '{target.title}', which has not appeared"
                yield told("TS501", message, "the link is dead until then")
            if not target.meant_for(PUBLIC) and post.meant_for(PUBLIC):
                message = f"'{post.title}' links to '{target.title}', which is not for everyone"
                yield told("TS503", message, "the public page does not exist")
            # links between a footnote's mark and its text are Markdown's own: reading tells when they part (TS108)
            note = target is post and FOOTNOTE.match(fragment)
            if fragment and not note and not {fragment, unquote(fragment)} & target.anchors:
                message = f"there is no heading or action '#{fragment}' in '{target.title}'"
                yield told("TS502", message, "look at the headings of that page")


def _about_link(found: tuple[Post, str, Post], code: str, message: str, hint: str) -> Problem:
    """A finding about a link of a post to another, which may be written as a path or as an address."""
    post, link, target = found
    path, mark, fragment = link.partition("#")
    files = (target.where.path, original_of(target.where.path)) if target.language else (target.where.path,)
    written = (*files, f"/{path}") if path else ("",)
    seen = tuple(Evidence(Sign.LINK, address + mark + fragment) for address in written)
    return Problem(post.where, code, message, hint, evidence=seen)


def lengths(publication: Publication, _settings: Settings) -> Iterator[Problem]:
    """Titles, subjects and descriptions that inboxes and search results cut, or that leave room for other words."""
    for post in (*publication.issues, *publication.articles, *publication.welcome):
        if isinstance(post, Issue) and post.archived:
            continue  # no inbox shows it
        own = isinstance(post, Issue) and post.preheader
        if not own and columns(post.description) not in PREHEADER:
            message = f"the description has {columns(post.description)} characters"
            hint = f"{PREHEADER.start} to {PREHEADER.stop - 1} fill the line beside the subject"
            yield Problem(post.where, "TS220", message, hint, evidence=(Evidence(Sign.KEY, "description"),))
        subjects = (post.subject, *(text for _, text in post.subjects)) if isinstance(post, Issue) else (post.title,)
        for subject in subjects:
            if columns(subject) > SUBJECT:
                key = "subject" if isinstance(post, Issue) else "title"
                seen = (Evidence(Sign.KEY, "subject", subject), Evidence(Sign.KEY, "title"))
                message = f"the {key} has {columns(subject)} characters"
                yield Problem(post.where, "TS221", message, f"inboxes cut it after {SUBJECT}", evidence=seen)


def shared_slots(publication: Publication, _settings: Settings) -> Iterator[Problem]:
    """Issues of one moment of which some reader would get two."""
    issues = sorted((i for i in publication.issues if not (i.draft or i.archived)), key=lambda i: (i.published, i.id))
    for first, second in pairwise(issues):
        if first.published == second.published and not _apart(first.audience, second.audience):
            hint = f"{first.where.path} has the same date; readers of both would get two mails"
            message = f"the slot {second.published:%Y-%m-%d %H:%M} is taken"
            yield Problem(second.where, "TS222", message, hint, evidence=(Evidence(Sign.KEY, "date"),))


def tags_alike(publication: Publication, _settings: Settings) -> Iterator[Problem]:
    """Tags that differ and have one page, such as "C++" and "C#"."""
    first: dict[str, str] = {}
    for post in (*publication.issues, *publication.articles):
        for tag in post.tags:
            other = first.setdefault(tag_page(tag), tag)
            if other != tag:
                message = f"the tags '{tag}' and '{other}' have the same page, {tag_page(tag)}"
                seen = (Evidence(Sign.KEY, "tags", tag),)
                yield Problem(post.where, "TS223", message, "write them alike, or rename one", evidence=seen)


def choices(publication: Publication, settings: Settings) -> Iterator[Problem]:
    """Public segments that readers cannot choose by themselves, and pairs that nobody can choose together."""
    if not (settings.service.url or settings.service.mailbox):
        return
    found: list[tuple[Segment, Choice]] = []
    for segment in publication.public_segments():
        choice = choice_of(segment.rule)
        if choice is None:
            message = (
                f"readers cannot choose the segment '{segment.id}' by themselves: its rule is none of 'is' and tags"
            )
            yield _about(segment, "TS680", message)
        else:
            found.append((segment, choice))
    for (first, one), (second, other) in combinations(found, 2):
        shared = one.attributes.keys() & other.attributes.keys()
        if name := next((name for name in sorted(shared) if one.attributes[name] != other.attributes[name]), ""):
            message = f"whoever chooses '{first.id}' and '{second.id}' gets the second only: both set '{name}'"
            yield _about(second, "TS679", message)


def _about(segment: Segment, code: str, message: str) -> Problem:
    hint = f"add a tag: where: {{any: [{{tag: {segment.id}}}, …]}}"
    return Problem(Where(CONFIG_FILE), code, message, hint, evidence=(Evidence(Sign.KEY, f"segments/{segment.id}"),))


def welcome_letters(publication: Publication, settings: Settings) -> Iterator[Problem]:
    """Welcome letters that nobody gets, that come at once with another, or that hold what will be over."""
    for letter in publication.welcome:
        yield from _over_one_day(letter)
    for first, second in pairwise(publication.welcome):
        if first.after == second.after and not _apart(first.audience, second.audience):
            message = f"{first.where.path} comes at the same time: a new reader would get two letters at once"
            own = (Evidence(Sign.KEY, "after"),)
            yield Problem(second.where, "TS676", message, "give one of them another 'after'", evidence=own)
    if publication.welcome and not (settings.service.url or settings.service.mailbox):
        message = "nobody gets this letter: readers confirm at a service, and there is none"
        yield Problem(publication.welcome[0].where, "TS681", message, "set service: {url: https://…} in mkdocs.yml")


def _over_one_day(letter: Issue) -> Iterator[Problem]:
    for passage in letter.body.passages:
        match passage.content:
            case Event(name=name):
                message = f"the event '{name}' will be over, and this letter still be sent"
                hint = "tell of it in an issue or a note"
                yield Problem(letter.where, "TS678", message, hint, evidence=in_block("event", name))
            case Action(due=due):
                if due is not None:
                    message = f"the action is due on {due}, and this letter is sent after that day too"
                    seen = in_block("action", str(due))
                    yield Problem(letter.where, "TS678", message, "leave 'due' out", evidence=seen)
            case Prose():
                pass
            case _:
                assert_never(passage.content)


def reserved_ids(publication: Publication, _settings: Settings) -> Iterator[Problem]:
    """Issues whose folder in the outbox is that of the service."""
    for issue in publication.issues:
        if issue.id == SERVICE_FOLDER:
            hint = f"the outbox keeps what is for the service in outbox/{SERVICE_FOLDER}/"
            own = (Evidence(Sign.KEY, "id"),)
            yield Problem(issue.where, "TS677", f"no issue can have the id '{issue.id}'", hint, evidence=own)


CHECKS: Mapping[str, Check] = {
    "every reader has an action": missing_actions,
    "due dates": due_dates,
    "events that are over": events_over,
    "actions that say what to do": verbs,
    "internal links": dead_links,
    "lengths of title, subject and description": lengths,
    "the word budget": word_budgets,
    "texts of cover pictures": cover_texts,
    "the year of the copyright": copyright_line,
    "one issue a slot": shared_slots,
    "one page a tag": tags_alike,
    "segments that readers choose": choices,
    "welcome letters": welcome_letters,
    "ids that the service needs": reserved_ids,
    "pictures of headers": small_covers,
}
"""By the words with which `tipsheet check` tells that they ran."""

BY_LANGUAGE: frozenset[Check] = frozenset({events_over, lengths, repeated_paragraphs, verbs, word_budgets})
"""Checks that look over the words of translations by themselves too; what these share is looked at in the original."""

COMPARISONS: Mapping[str, Check] = {
    "links of the last issues": used_links,
    "paragraphs of earlier issues": repeated_paragraphs,
}
"""The same, of issues that may still be sent with those before them."""

TEXT_CHECKS: Mapping[str, TextCheck] = {
    "texts of pictures": pictures,
    "words of links": link_words,
    "addresses that track": tracking,
    "addresses that hide where they lead": shortened,
    "words that are still to come": left_over,
    "sentences of a new issue": starters,
    "paragraphs that stand twice": twice,
    "years of ordinary pages": copyright_years,
    "markup of word processors": word_markup,
    "non-breaking spaces": blank_runs,
}
"""Checks of each source by itself, by the same kind of words."""


def check_publication(publication: Publication, settings: Settings) -> list[Problem]:
    """Run the checks that a build runs too over the whole publication, what is to come included."""
    return _in_every_language(CHECKS, publication, settings)


def compare_issues(publication: Publication, settings: Settings) -> list[Problem]:
    """Compare issues that may still be sent with those before them, each with those in its language."""
    return _in_every_language(COMPARISONS, publication, settings)


def _in_every_language(checks: Mapping[str, Check], publication: Publication, settings: Settings) -> list[Problem]:
    """Run checks over the originals, and some over the translations into each language by themselves."""
    found = [problem for check in checks.values() for problem in check(publication, settings)]
    for language in settings.others:
        spoken = settings.in_language(language)
        told = publication.in_language(spoken.masthead, spoken.segments).only(language)
        paths = {text.where.path for text in told.texts()} | {note.where.path for note in told.notes}
        spoken_of = [check for check in checks.values() if paths and check in BY_LANGUAGE]
        found += [problem for check in spoken_of for problem in check(told, spoken) if problem.where.path in paths]
    return found


def house_of(settings: Settings, now: dt.datetime, path: str = "") -> House:
    """The facts about a publication that checks of its texts need, as seen at ``now``.

    ``path`` is that of the text, relative to the publication, where it may be a translation.
    """
    head = settings.in_language(language_in(path, settings.languages)).masthead
    year = now.astimezone(settings.time_zone).year
    return House(name=head.name, url=head.url, language=head.language, year=year)


def check_text(text: str, path: str, kind: str, house: House) -> tuple[Problem, ...]:
    """Run the checks of texts over one source; ``path`` is relative to the publication, ``text`` has line feeds alone.

    Levels are not set yet (`Report`).
    """
    sheet = Sheet(source=SourceText(path, text), kind=kind, house=house)
    return tuple(sorted({problem for check in TEXT_CHECKS.values() for problem in check(sheet)}))


def text_units(sources: Mapping[str, str], inputs: Inputs, settings: Settings, now: dt.datetime) -> Iterator[Unit]:
    """The checks of texts as units; ``sources`` are kinds by paths. Texts come by references of the kind "source"."""
    first = house_of(settings, now)
    for path, kind in sources.items():
        house = house_of(settings, now, path) if language_in(path, settings.languages) else first
        args = {"source": Ref("source", path, inputs.digest(path)), "path": path, "kind": str(kind), "house": house}
        yield Unit(f"text/{path}", look_over, args, ())


def look_over(source: str, path: str, kind: str, house: House) -> Made:
    """The findings of one source."""
    return Made({}, check_text(source, path, kind, house))


def moved(publication: Publication, site_dir: Path, was: Container[str]) -> Iterator[Problem]:
    """Issues of the last build whose page now has another address, and nothing leads there from the old one (C11).

    ``was`` are the files of the last site, by their paths in it. They are only looked at: the output depends on the
    content alone.
    """
    root = publication.masthead.url
    for issue in publication.issues_for(PUBLIC):
        permanent = f"i/{issue.id}/index.html"
        if f"{issue.url}index.html" in was or permanent not in was:
            continue
        file = site_dir / permanent
        leads = CANONICAL.search(file.read_text(encoding="utf-8")) if file.is_file() else None
        before = leads[1].removeprefix(root) if leads else ""
        slug = before.rstrip("/").rpartition("/")[2]
        if before.startswith("issues/") and slug != issue.slug and slug not in issue.aliases:
            message = f"the page was at {before} in the last build, and links to it would break"
            hint = f"add aliases: [{', '.join((*issue.aliases, slug))}], or slug: {slug}"
            yield Problem(issue.where, "TS224", message, hint, evidence=(Evidence(Sign.KEY, "slug"),))


def variants_gone(publication: Publication, was: Container[str], now: Container[str]) -> Iterator[Problem]:
    """Pages of segments that the last build made and this one does not, where nothing leads on from them (C11).

    ``was`` and ``now`` are paths of units.
    """
    for post in (*publication.issues, *publication.articles):
        for segment in publication.public_segments():
            address = f"{segment.page}{post.slug}/"
            if f"site/{address}" in was and f"site/{address}" not in now and segment.id not in post.once_for:
                message = f"readers of {segment.id} had a page of their own at {address}, and links to it would break"
                hint = f"add once_for: [{', '.join((*post.once_for, segment.id))}]"
                yield Problem(post.where, "TS224", message, hint, evidence=(Evidence(Sign.KEY, "slug"),))


def _apart(first: Audience, second: Audience) -> bool:
    """Tell whether no reader can be meant by both of these audiences."""
    return bool(first.any_of and second.any_of and first.any_of.isdisjoint(second.any_of))
