"""Providers that send our letters: their tags as a value, and a letter with those tags in place of our slots.

Everything that a provider cannot write is found at once.
"""

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from tipsheet.edition.edition import Edition, Piece, Slot
from tipsheet.edition.joining import html_part, text_part
from tipsheet.model.audience import Segments
from tipsheet.model.placeholders import TOKEN
from tipsheet.problems import Evidence, Problem, Sign, Where
from tipsheet.settings import MailSettings, Settings

__all__ = ["MailPart", "Provider", "ProviderLetter", "provider_letter", "refusing", "settings_for_provider"]


class MailPart(StrEnum):
    """A part of the mail; subject and preheader are text."""

    HTML = "html"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """The tags of one provider.

    ``unsubscribe``, ``preferences`` and ``web`` (the copy in a browser) are tags that become
    addresses; where ``web`` is empty our own page stays. ``names`` are the provider's variables for what
    every subscriber has, ``attribute`` gives that of a declared attribute. ``field`` writes a merge
    field: variable, slot, part. ``literal`` writes a run of text so that it is not taken for a tag.
    The three functions raise ValueError, with a sentence, for what cannot be written.
    """

    name: str
    title: str
    unsubscribe: str
    preferences: str
    web: str = ""
    names: Mapping[str, str]
    attribute: Callable[[str], str]
    field: Callable[[str, Slot, MailPart], str]
    literal: Callable[[str, MailPart], str]

    def filled(self, slot: Slot, part: MailPart) -> str:
        """The merge field as the provider writes it; raises ValueError where it has no way to."""
        variable = self.names.get(slot.field) or self.attribute(slot.field)
        return self.field(variable, slot, part)


def refusing(title: str, *openings: str) -> Callable[[str, MailPart], str]:
    """A ``literal`` for a provider without a sign that keeps these openings of its tags from being read.

    The beginning of one at the very end of a run counts, because a tag may follow.
    """

    def literal(text: str, _part: MailPart) -> str:
        for opening in openings:
            if opening in text:
                raise ValueError(f"{title} would take '{opening}' for a tag")
        if text.endswith("{") and any(opening.startswith("{") for opening in openings):
            raise ValueError(f"{title} would take a '{{' before a merge field for a part of it")
        return text

    return literal


STAND_IN = f"https://unsubscribe.invalid/@@{TOKEN}@@"
"""Address to unsubscribe in a letter without one of its own; the provider's tag replaces it."""

_MARK = "\0"
"""Sign around the names of tags while a part is put together; no letter holds one (E17)."""

_TOKEN = f"{_MARK}token{_MARK}"
_QUOTED = re.compile(r"'([^']+)'")
_PARTS = {MailPart.HTML: "HTML part", MailPart.TEXT: "text part"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderLetter:
    """A letter with the tags of its provider."""

    subject: str
    preheader: str
    html: str
    text: str


def settings_for_provider(settings: Settings) -> Settings:
    """The settings of a letter that a provider sends: with one address to unsubscribe, which becomes the provider's.

    Our mailbox is not offered: a provider knows no reader's token.
    """
    mail = {"unsubscribe_url": settings.mail.unsubscribe_url or STAND_IN, "unsubscribe_email": None}
    return replace(
        settings,
        mail=settings.mail.model_copy(update=mail),
        service=settings.service.model_copy(update={"mailbox": None}),
    )


def provider_letter(
    edition: Edition, segments: Segments, provider: Provider, mail: MailSettings, where: Where
) -> tuple[ProviderLetter, tuple[Problem, ...]]:
    """The letter for readers of these segments, and problems with all that the provider cannot write.

    ``where`` is the issue's place.
    """
    writer = _Writer(provider, mail, edition.url, where)
    letter = ProviderLetter(
        subject=writer.line(edition.wording(edition.subject, segments)),
        preheader=writer.line(edition.wording(edition.preheader, segments)),
        html=writer.part(html_part(edition, segments), MailPart.HTML),
        text=writer.part(text_part(edition, segments), MailPart.TEXT),
    )
    return letter, tuple(sorted(writer.found))


class _Writer:
    """Writes with the tags of one provider, and keeps a problem for all that it cannot write."""

    def __init__(self, provider: Provider, mail: MailSettings, page: str, where: Where) -> None:
        self.found: set[Problem] = set()
        self._provider = provider
        self._page = page
        self._where = where
        addresses = (("unsubscribe", mail.unsubscribe_url), ("preferences", mail.preferences_url))
        self._addresses = sorted(((url, name) for name, url in addresses if url), key=lambda a: -len(a[0]))

    def line(self, line: Iterable[str | Slot]) -> str:
        """A line of the header."""
        return "".join(self._written(line, MailPart.TEXT))

    def part(self, pieces: Iterable[Piece], part: MailPart) -> str:
        """A part of the letter, which must hold one address to unsubscribe (E21)."""
        parts = (p for piece in pieces for p in ((piece.content,) if isinstance(piece.content, str) else piece.content))
        runs = list(self._written(parts, part))
        ways = runs[1::2].count(self._provider.unsubscribe)
        if ways != 1:
            self._find(
                "TS304",
                f"the {_PARTS[part]} has {ways} addresses to unsubscribe, {self._provider.title} needs one",
                "show {{ letter.unsubscribe }} once in email/main.html",
                "letter.unsubscribe }}",
                "block imprint",
            )
        return "".join(runs)

    def _written(self, line: Iterable[str | Slot], part: MailPart) -> Iterator[str]:
        """Text and tags by turns, text first."""
        slots: list[Slot] = []
        marked = ""
        for piece in line:
            if isinstance(piece, str):
                marked += piece
            elif piece.fallback is None:
                marked += _TOKEN
            else:
                marked += f"{_MARK}{len(slots)}{_MARK}"
                slots.append(piece)
        for number, run in enumerate(self._with_addresses(marked, part).split(_MARK)):
            yield self._tag(run, slots, part) if number % 2 else self._literal(run, part)

    def _with_addresses(self, marked: str, part: MailPart) -> str:
        """The same with marks for the addresses that the provider has tags for."""
        for url, name in self._addresses:
            address = html.escape(url, quote=False) if part is MailPart.HTML else url
            marked = marked.replace(address.replace("@@token@@", _TOKEN), f"{_MARK}{name}{_MARK}")
        if not self._page or not self._provider.web:
            return marked
        if part is MailPart.HTML:
            return marked.replace(f'href="{html.escape(self._page, quote=False)}"', f'href="{_MARK}web{_MARK}"')
        return re.sub(rf"(?m)(?<=: ){re.escape(self._page)}$", f"{_MARK}web{_MARK}", marked)

    def _tag(self, name: str, slots: list[Slot], part: MailPart) -> str:
        match name:
            case "unsubscribe":
                return self._provider.unsubscribe
            case "preferences":
                return self._provider.preferences
            case "web":
                return self._provider.web
            case "token":
                message = f"the reader's token stands in the {_PARTS[part]} outside the addresses of mkdocs.yml"
                self._find(
                    "TS302", message, f"{self._provider.title} does not know it; write the address whole", "@@token@@"
                )
                return ""
        slot = slots[int(name)]
        try:
            return self._provider.filled(slot, part)
        except ValueError as error:
            seen = (f"@@{slot.field} or {slot.fallback}", f"@@{slot.field}")
            self._find("TS302", f"the merge field '{slot.field}' cannot be filled: {error}", "leave it out", *seen)
            return ""

    def _literal(self, text: str, part: MailPart) -> str:
        try:
            return self._provider.literal(text, part)
        except ValueError as error:
            self._find(
                "TS303",
                f"text of the letter cannot be sent: {error}",
                "write it in other words",
                *_QUOTED.findall(str(error)),
            )
            return text

    def _find(self, code: str, message: str, hint: str, *seen: str) -> None:
        evidence = tuple(Evidence(Sign.TEXT, text) for text in seen)
        self.found.add(Problem(self._where, code, message, hint, evidence=evidence))
