"""Letters of the service: each a few words from a template, in the publication's own letter, compiled as issues are.

``email/service/<name>.html`` has the words, in blocks: subject, preheader, title, body. The body is plain HTML, and
both parts of the mail are made of it. What the service fills in is written ``{{ slot('confirm') }}`` there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from html import unescape
from urllib.parse import urlsplit

from jinja2 import Environment
from markupsafe import Markup

from tipsheet.edition.edition import Edition
from tipsheet.edition.joining import PREVIEW, audiences, join
from tipsheet.edition.languages import in_languages
from tipsheet.edition.service import MAILS, MAILS_BY_MAIL
from tipsheet.model.body import Body, Passage, Prose
from tipsheet.model.language import is_language, query_of
from tipsheet.model.placeholders import CONFIRM, PASSED_ON
from tipsheet.model.post import UNDATED, Issue
from tipsheet.model.publication import Masthead, Publication
from tipsheet.model.segment import Segment
from tipsheet.problems import Problem, Where
from tipsheet.rendering.email.compile import SAYS_HOW_TO_LEAVE, compile_letter, service_header
from tipsheet.rendering.email.contents import Contents, contents_of
from tipsheet.rendering.email.rules import lint
from tipsheet.rendering.references import bare
from tipsheet.settings import CONFIG_FILE, Leaving, Settings
from tipsheet.words import words_of

__all__ = ["folder_of", "lint_service_letter", "previews", "service_letter", "service_letters", "spoken"]

TEMPLATE = "email/service.html"


def previews(masthead: Masthead) -> Mapping[str, str]:
    """Values for copies of these letters that are only looked at."""
    words = words_of(masthead.language, "service", masthead.words)
    passed_on = zip(PASSED_ON, (words("preview_title"), "https://issue.example/"), strict=True)
    return {**PREVIEW, CONFIRM: words("preview_link"), **dict(passed_on)}


def folder_of(name: str) -> str:
    """Name of the folder of a letter, below that of the service; it is the ``issue`` of its edition."""
    return f"mail-{name}"


def service_letters(settings: Settings) -> tuple[str, ...]:
    """The names of the letters that are needed: all, or those of a publication that only has a mailbox (W8)."""
    if settings.service.url:
        return MAILS
    return MAILS_BY_MAIL if settings.service.mailbox else ()


def service_letter(name: str, settings: Settings, environment: Environment) -> Edition:
    """One of the letters in all languages, compiled; as with issues, a language is a segment of its readers.

    Raises jinja2.TemplateError for a template that cannot be filled.
    """
    others = {language: _compiled(name, settings.in_language(language), environment) for language in settings.others}
    return in_languages(_compiled(name, settings, environment), others)


def _compiled(name: str, settings: Settings, environment: Environment) -> Edition:
    publication = bare(settings.masthead, settings.segments)
    written = _written(name, publication, settings, environment)
    contents = _contents(written, publication, settings)
    header = service_header(name, contents.issue, settings)
    return compile_letter(contents, header, settings, environment, TEMPLATE)


def lint_service_letter(name: str, edition: Edition, settings: Settings) -> tuple[Problem, ...]:
    """Problems of one of the letters, by the rules for letters of issues."""
    where, leave = Where(CONFIG_FILE), name in SAYS_HOW_TO_LEAVE
    found: dict[Problem, None] = {}
    for reader in audiences(edition, spoken(settings.segments)).values():
        letter = join(edition, reader, previews(settings.masthead))
        said = lint(letter.html, letter.text, subject=letter.subject, settings=settings, where=where, leave=leave)
        found |= dict.fromkeys(said)
    return tuple(replace(one, message=f"the letter '{name}' of the service: {one.message}") for one in found)


def spoken(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """The segments of readers of other languages, which are all that these letters ask for."""
    return tuple(segment for segment in segments if is_language(segment.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """The words of a letter; the body is HTML, the others are text."""

    name: str
    subject: str
    preheader: str
    title: str
    body: str


def _written(name: str, publication: Publication, settings: Settings, environment: Environment) -> _Written:
    masthead = publication.masthead
    template = environment.get_template(f"email/service/{name}.html")
    context = template.new_context(
        {
            "name": masthead.name,
            "words": words_of(masthead.language, "mails", masthead.words),
            "promise": masthead.promise or masthead.tagline,
            "host": urlsplit(masthead.url).hostname or "",
            "service": settings.service,
            "query": query_of(masthead.language, settings.languages),
            "letter": _contents(
                _Written(name=name, subject="", preheader="", title="", body=""), publication, settings
            ),
            "slot": lambda field: Markup(f"@@{field}@@"),  # noqa: S704 - a name of ours
        }
    )
    text = {block: "".join(template.blocks[block](context)).strip() for block in ("subject", "preheader", "title")}
    plain = {block: " ".join(unescape(words).split()) for block, words in text.items()}
    return _Written(name=name, body="".join(template.blocks["body"](context)).strip(), **plain)


def _contents(written: _Written, publication: Publication, settings: Settings) -> Contents:
    """The words as the contents of a letter that has no date, no page and no authors."""
    letter = Issue(
        id=folder_of(written.name),
        slug="",
        url="",
        title=written.title,
        description=written.preheader,
        published=UNDATED,
        authors=(),
        body=Body((Passage(Prose(written.body)),)),
        subject=written.subject,
        preheader=written.preheader,
        after=0,
        where=Where(CONFIG_FILE),
    )
    contents = replace(contents_of(letter, publication, settings), service=True)
    return contents if written.name in SAYS_HOW_TO_LEAVE else replace(contents, leaving=Leaving(), preferences="")
