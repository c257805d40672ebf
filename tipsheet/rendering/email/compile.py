"""From an issue to its edition: rendered once, inlined once, cut into pieces.

The template is rendered with everything that anyone sees. What css-inline does to one element does
not depend on its neighbours (the sheet has no sibling or structural selectors), so what is left for
an audience after the cut is what rendering for it alone would give.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from css_inline import CSSInliner
from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemBytecodeCache,
    FileSystemLoader,
    PackageLoader,
    StrictUndefined,
)
from markupsafe import Markup

from tipsheet.edition.edition import Edition, Escape, Line, Variant
from tipsheet.edition.outbox import digest_of
from tipsheet.model.post import Issue
from tipsheet.model.publication import Publication
from tipsheet.rendering.email.cells import in_cells
from tipsheet.rendering.email.contents import Contents, contents_of
from tipsheet.rendering.email.inbox import Wording
from tipsheet.rendering.email.pieces import CLOSE, Conditions, cut, line_of
from tipsheet.rendering.email.portable import portable
from tipsheet.rendering.email.sender import header_of
from tipsheet.rendering.email.text import text_pieces
from tipsheet.rendering.wording import MORE, doing_time
from tipsheet.settings import Settings

__all__ = ["SIDE", "compile_edition", "compile_letter", "email_environment"]

SIDE = 32
"""Padding left and right of the column, in px, as `inline.css` has it."""

WORDS = {"more": MORE, "doing": doing_time}
"""What the letter says as page and feed say it."""

_PADDING = Markup("&#847;&zwnj;&nbsp;" * 60)  # noqa: S704 - a constant
_MONO = "Consolas, 'SF Mono', Menlo, 'Liberation Mono', monospace"


def email_environment(overrides: Path | None = None, cache: Path | None = None) -> Environment:
    """Jinja with the letter's templates; ``overrides/email/main.html`` may extend ``email/base.html``.

    ``cache`` is a folder for compiled templates.
    """
    loaders: list[BaseLoader] = [PackageLoader("tipsheet")]
    if overrides is not None:
        loaders.insert(0, FileSystemLoader(overrides))
    return Environment(
        loader=ChoiceLoader(loaders),
        autoescape=lambda name: not (name or "").endswith(".css"),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        bytecode_cache=FileSystemBytecodeCache(str(cache)) if cache else None,
    )


def compile_edition(issue: Issue, publication: Publication, settings: Settings, environment: Environment) -> Edition:
    """The mail of an issue for every audience.

    The same values give the same edition. Raises jinja2.TemplateError for a broken override.
    """
    letter = contents_of(issue, publication, settings)
    return compile_letter(letter, header_of(issue, settings), settings, environment)


def compile_letter(
    letter: Contents,
    header: tuple[tuple[str, Line], ...],
    settings: Settings,
    environment: Environment,
    template: str = "email/main.html",
) -> Edition:
    """The mail with these contents and this header, in a template that extends ``email/base.html``."""
    issue, conditions = letter.issue, Conditions()
    document = _inlined(_rendered(letter, settings, environment, conditions, template), settings, environment)
    text, links = text_pieces(letter)
    edition = Edition(
        issue=issue.id,
        url=letter.page,
        title=issue.title,
        published=issue.published.isoformat(),
        audience=issue.audience,
        header=header,
        subject=_lines(letter.subjects),
        preheader=_lines(letter.preheaders),
        html=cut(document, conditions),
        text=text,
        links=links,
    )
    return replace(edition, digest=digest_of(edition))


def _lines(wordings: Iterable[Wording]) -> tuple[Variant, ...]:
    return tuple(Variant(line_of(wording.text, Escape.TEXT), wording.when) for wording in wordings)


def _rendered(
    letter: Contents, settings: Settings, environment: Environment, conditions: Conditions, template: str
) -> str:
    width = settings.mail.page_width

    def prose(html: str, tone: str = "ink", column: int = width - 2 * SIDE) -> Markup:
        tree = portable(html, site_url=letter.masthead.url, page_url=letter.page, column=column)
        return Markup(in_cells(tree, tone=tone, column=column))  # noqa: S704 - finished HTML, made safe by portable

    tones = settings.look
    return environment.get_template(template).render(
        letter=letter,
        issue=letter.issue,
        masthead=letter.masthead,
        light=tones.light,
        dark=tones.dark,
        width=width,
        padding=_PADDING,
        words={**WORDS, "action": letter.action},
        head_css=Markup(_sheet("email/head.css", settings, environment)),  # noqa: S704 - our own CSS; `'` must stay
        prose=prose,
        open=lambda when: Markup(f"\n{conditions.mark(when)}\n"),  # noqa: S704 - a number in a comment
        close=Markup(f"\n{CLOSE}\n"),  # noqa: S704 - a constant
    )


def _sheet(name: str, settings: Settings, environment: Environment) -> str:
    tones = settings.look
    return environment.get_template(name).render(
        light=tones.light,
        dark=tones.dark,
        width=settings.mail.page_width,
        serif=settings.look.serif.replace('"', "'"),
        sans=settings.look.sans.replace('"', "'"),
        mono=_MONO,
    )


def _inlined(document: str, settings: Settings, environment: Environment) -> str:
    """The document with the sheet in style attributes; ``head.css`` stays a sheet, for media queries."""
    inliner = _inliner(_sheet("email/inline.css", settings, environment))
    return inliner.inline(document).replace(' data-css-inline="ignore"', "")


@lru_cache(maxsize=4)
def _inliner(css: str) -> CSSInliner:
    return CSSInliner(
        keep_style_tags=True,
        remove_inlined_selectors=True,
        minify_css=True,
        load_remote_stylesheets=False,
        extra_css=css,
        preallocate_node_capacity=512,
    )
