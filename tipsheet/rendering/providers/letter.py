"""An edition as a provider takes it: the pieces of one audience, with the provider's tags in place of our slots.

This is the one module of the package that knows editions. Everything a provider cannot write is
found at once.
"""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from tipsheet.edition.edition import Edition, Piece, Slot
from tipsheet.edition.joining import html_part, text_part
from tipsheet.model.audience import Segments
from tipsheet.model.placeholders import TOKEN
from tipsheet.problems import Evidence, Problem, Sign, Where
from tipsheet.rendering.providers.provider import Part, Provider
from tipsheet.settings import MailSettings, Settings

__all__ = ["ProviderLetter", "provider_letter", "settings_for_provider"]

STAND_IN = f"https://unsubscribe.invalid/@@{TOKEN}@@"
"""Where the provider's own address to unsubscribe goes, in a letter that has none."""

_MARK = "\0"
"""Stands around the names of tags while a part is put together; no letter holds one (E17)."""

_TOKEN = f"{_MARK}token{_MARK}"
_QUOTED = re.compile(r"'([^']+)'")
_PARTS = {Part.HTML: "HTML part", Part.TEXT: "text part"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderLetter:
    """What is given to the provider, with its tags in it."""

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
    """The letter for readers of these segments, and what the provider cannot do; ``where`` is the issue's place."""
    writer = _Writer(provider, mail, edition.url, where)
    letter = ProviderLetter(
        subject=writer.line(edition.wording(edition.subject, segments)),
        preheader=writer.line(edition.wording(edition.preheader, segments)),
        html=writer.part(html_part(edition, segments), Part.HTML),
        text=writer.part(text_part(edition, segments), Part.TEXT),
    )
    return letter, tuple(sorted(writer.found))


class _Writer:
    """Writes with the tags of one provider, and keeps what it could not write."""

    def __init__(self, provider: Provider, mail: MailSettings, page: str, where: Where) -> None:
        self.found: set[Problem] = set()
        self._provider = provider
        self._page = page
        self._where = where
        addresses = (("unsubscribe", mail.unsubscribe_url), ("preferences", mail.preferences_url))
        self._addresses = sorted(((url, name) for name, url in addresses if url), key=lambda a: -len(a[0]))

    def line(self, line: Iterable[str | Slot]) -> str:
        """A line of the header."""
        return "".join(self._written(line, Part.TEXT))

    def part(self, pieces: Iterable[Piece], part: Part) -> str:
        """A part of the letter, which must hold one way out (E21)."""
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

    def _written(self, line: Iterable[str | Slot], part: Part) -> Iterator[str]:
        """Text and tags by turns."""
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

    def _with_addresses(self, marked: str, part: Part) -> str:
        """The same with marks for the addresses that the provider has tags for."""
        for url, name in self._addresses:
            address = html.escape(url, quote=False) if part is Part.HTML else url
            marked = marked.replace(address.replace("@@token@@", _TOKEN), f"{_MARK}{name}{_MARK}")
        if not self._page or not self._provider.web:
            return marked
        if part is Part.HTML:
            return marked.replace(f'href="{html.escape(self._page, quote=False)}"', f'href="{_MARK}web{_MARK}"')
        return re.sub(rf"(?m)(?<=: ){re.escape(self._page)}$", f"{_MARK}web{_MARK}", marked)

    def _tag(self, name: str, slots: list[Slot], part: Part) -> str:
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

    def _literal(self, text: str, part: Part) -> str:
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
