"""Compiler of letters: an issue is rendered once, inlined once, cut into pieces, and gets its header.

The template is rendered with everything that anyone sees. What css-inline does to one element does
not depend on its neighbours (the sheet has no sibling or structural selectors), so what is left for
an audience after the cut is what rendering for it alone would give.
"""

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import replace
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from urllib.parse import urlsplit

from css_inline import CSSInliner
from jinja2 import Environment
from markupsafe import Markup

from tipsheet.edition.edition import MESSAGE_DATE, MESSAGE_KEY, Edition, Escape, Line, Slot, Variant
from tipsheet.edition.mime import encoded_text, mailbox
from tipsheet.edition.outbox import digest_of
from tipsheet.model.addresses import Tag, slug_of, tagged
from tipsheet.model.directions import RTL
from tipsheet.model.placeholders import CONFIRM
from tipsheet.model.post import Issue
from tipsheet.model.publication import Publication
from tipsheet.rendering.directions import mirrored
from tipsheet.rendering.email.body import in_cells, mail_tree
from tipsheet.rendering.email.contents import Contents, Wording, contents_of
from tipsheet.rendering.email.pieces import CLOSE, Conditions, cut, line_of, text_pieces
from tipsheet.rendering.language import slants
from tipsheet.settings import Settings
from tipsheet.settings.leaving import mailto

__all__ = [
    "KEY", "SAYS_HOW_TO_LEAVE", "SIDE", "compile_edition", "compile_letter", "preview_key", "sender_of",
    "service_header",
]  # fmt: skip

SIDE = 32
"""Padding left and right of the column, in px, as `inline.css` has it."""

_PADDING = Markup("&#847;&zwnj;&nbsp;" * 60)  # noqa: S704 - a constant
_MONO = "Consolas, 'SF Mono', Menlo, 'Liberation Mono', monospace"


def compile_edition(issue: Issue, publication: Publication, settings: Settings, environment: Environment) -> Edition:
    """The mail of an issue for every audience.

    The same values give the same edition. Raises jinja2.TemplateError for a broken override.
    """
    letter = contents_of(issue, publication, settings)
    return compile_letter(letter, _header_of(issue, settings), settings, environment)


def compile_letter(
    letter: Contents,
    header: tuple[tuple[str, Line], ...],
    settings: Settings,
    environment: Environment,
    template: str = "email/main.html",
) -> Edition:
    """The mail with these contents and this header, in a template that extends ``email/base.html``."""
    issue, conditions = letter.issue, Conditions()
    document = _inlined(_rendered(letter, settings, environment, conditions, template), letter, settings, environment)
    text, links = text_pieces(letter)
    edition = Edition(
        issue=issue.id,
        url=letter.page,
        title=issue.title,
        published=issue.published.isoformat(),
        audience=issue.audience,
        header=header,
        subject=_lines(letter.subjects, letter.direction),
        preheader=_lines(letter.preheaders, letter.direction),
        html=cut(document, conditions, letter.direction),
        text=text,
        links=links,
    )
    return replace(edition, digest=digest_of(edition))


def _lines(wordings: Iterable[Wording], direction: str) -> tuple[Variant, ...]:
    return tuple(Variant(line_of(wording.text, Escape.TEXT, direction), wording.when) for wording in wordings)


def _rendered(
    letter: Contents, settings: Settings, environment: Environment, conditions: Conditions, template: str
) -> str:
    width = settings.mail.page_width

    def prose(html: str, tone: str = "ink", column: int = width - 2 * SIDE) -> Markup:
        tree = mail_tree(html, site_url=letter.masthead.url, page_url=letter.page, column=column)
        cells = in_cells(tree, tone=tone, column=column, direction=letter.direction)
        return Markup(cells)  # noqa: S704 - finished HTML, made safe by mail_tree

    tones = settings.look
    return environment.get_template(template).render(
        letter=letter,
        issue=letter.issue,
        masthead=letter.masthead,
        light=tones.light,
        dark=tones.dark,
        width=width,
        padding=_PADDING,
        words=letter.words,
        head_css=Markup(_sheet("email/head.css", letter, settings, environment)),  # noqa: S704 - our own CSS; `'` must stay
        prose=prose,
        open=lambda when: Markup(f"\n{conditions.mark(when)}\n"),  # noqa: S704 - a number in a comment
        close=Markup(f"\n{CLOSE}\n"),  # noqa: S704 - a constant
    )


def _sheet(name: str, letter: Contents, settings: Settings, environment: Environment) -> str:
    """A style sheet, written for letters that run to the right; one that runs to the left has it mirrored."""
    tones = settings.look
    css = environment.get_template(name).render(
        light=tones.light,
        dark=tones.dark,
        width=settings.mail.page_width,
        serif=settings.look.serif.replace('"', "'"),
        sans=settings.look.sans.replace('"', "'"),
        mono=_MONO,
        slanted="italic" if slants(letter.language) else "normal",
        spaced=slants(letter.language),
        radius=settings.look.radius,
    )
    return mirrored(css) if letter.direction == RTL else css


def _inlined(document: str, letter: Contents, settings: Settings, environment: Environment) -> str:
    """The document with the sheet in style attributes; ``head.css`` stays a sheet, for media queries."""
    inliner = _inliner(_sheet("email/inline.css", letter, settings, environment))
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


SAYS_HOW_TO_LEAVE = frozenset({"known", "changed"})
"""Letters of the service to readers who are on the list. Others go to strangers, or to those who have unsubscribed."""
KEY = 24
"""Characters of a message's key; with them a Message-ID has at most 78 (D14)."""


def sender_of(settings: Settings) -> tuple[str, str]:
    """Name and address of the From: `mail.sender`, or the editor."""
    if settings.mail.sender is None:
        return settings.masthead.editor or settings.masthead.name, settings.masthead.editor_email
    name, address = parseaddr(settings.mail.sender)
    return name, address


def _header_of(issue: Issue, settings: Settings) -> tuple[tuple[str, Line], ...]:
    """Names and values of the header fields that every reader gets alike, with slots for token and key.

    RFC 2919 (List-Id), RFC 2369 (List-Archive, List-Unsubscribe), RFC 8058 (one click), RFC 9477 (CFBL-Address),
    and the Feedback-ID by which Gmail's Postmaster Tools count complaints. It names the ways to unsubscribe
    that are set up; one click needs an https address.
    """
    masthead, mail = settings.masthead, settings.mail
    host = urlsplit(masthead.url).hostname or "localhost"
    name = slug_of(masthead.name)
    list_id = mail.list_id or f"{name}.{host}"
    label = encoded_text("List-Id", masthead.name)
    label = f"{label} " if label == masthead.name and label.replace(" ", "").replace("-", "").isalnum() else ""
    fields: list[tuple[str, Line]] = [
        ("From", (mailbox("From", *sender_of(settings)),)),
        ("Reply-To", (mailbox("Reply-To", masthead.editor, masthead.editor_email),)),
        ("Date", (format_datetime(issue.published),) if issue.after is None else (Slot(MESSAGE_DATE, None),)),
        ("Message-ID", (f"<{_local(issue.id, host)}.", Slot(MESSAGE_KEY, None, Escape.URL), f"@{host}>")),
        ("List-Id", (list_id if "<" in list_id else f"{label}<{list_id}>",)),
        ("List-Archive", (f"<{masthead.url}archive/>",)),
    ]
    leaving = settings.leaving
    if leaving.link:
        letter = leaving.mailto or mailto(masthead.editor_email)
        ways = ", ".join(f"<{way}>" for way in (leaving.url, letter) if way)
        fields.append(("List-Unsubscribe", line_of(ways, Escape.URL)))
    if leaving.one_click:
        fields.append(("List-Unsubscribe-Post", ("List-Unsubscribe=One-Click",)))
    fields.append(("Feedback-ID", (f"{slug_of(issue.id)}:{name}:issue:{name}",)))
    if settings.delivery.cfbl:
        fields += [
            ("CFBL-Address", (f"{settings.delivery.cfbl}; report=arf",)),
            ("CFBL-Feedback-ID", (Slot(MESSAGE_KEY, None, Escape.URL),)),
        ]
    return tuple(fields)


def service_header(name: str, letter: Issue, settings: Settings) -> tuple[tuple[str, Line], ...]:
    """The header of a letter of the service, which a program sends as an answer (RFC 3834).

    Letters about a subscription say how to end it. An answer to ``confirm`` confirms, where there is a mailbox (W8).
    """
    fields = dict(_header_of(letter, settings))
    if name == "confirm" and settings.service.mailbox:
        fields["Reply-To"] = line_of(tagged(Tag.CONFIRM, f"@@{CONFIRM}@@", settings.service.mailbox), Escape.URL)
    left_by = name in SAYS_HOW_TO_LEAVE
    kept = [(field, line) for field, line in fields.items() if left_by or not field.startswith("List-Unsubscribe")]
    return (*kept, ("Auto-Submitted", ("auto-generated",)))


def _local(issue: str, host: str) -> str:
    """The issue's id before the key in a Message-ID, cut to the room that is left."""
    room = 78 - len("<.@>") - KEY - len(host)
    return slug_of(issue)[: max(1, room)].rstrip("-")


def preview_key(issue: str, name: str) -> str:
    """The key of a copy that is only looked at; the same for the same issue and audience."""
    digest = hashlib.sha256(f"{issue}\0{name}".encode()).digest()
    return base64.b32encode(digest).decode().lower()[:KEY]
