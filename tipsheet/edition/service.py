"""The folder ``service`` of the outbox: the service's record, pages and letters, written by the build.

It holds no reader. The service reads it when it starts, and again when it has changed. Pages are compiled text with
slots for values and parts under flags; the service fills them and never renders. A value is text and is escaped; a flag
shows a part, such as a message about a mistake, or the tick of a box.
"""

import html
import json
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from tipsheet.edition.edition import Edition
from tipsheet.edition.outbox import NotInOutboxError, read_edition
from tipsheet.edition.plan import PlanEntry, entry_from, plain_entry, plain_rule, rule_from
from tipsheet.model.segment import Rule
from tipsheet.words import Catalogue, Own

__all__ = [
    "ASSETS", "MAILS", "MAILS_BY_MAIL", "PAGES_FILE", "SERIES_FILE", "SERVICE_FILE", "SERVICE_FOLDER", "Chosen",
    "LanguageRecord", "PagePart", "PublicIssue", "ServiceOutbox", "ServicePage", "ServiceRecord", "fill_page",
    "pages_from", "read_service", "record_of_pages", "record_of_service",
]  # fmt: skip


PAGES_FILE = "pages.json"
PAGES_VERSION = 1
_NAME = re.compile(r"[a-z][a-z0-9_:-]*")


@dataclass(frozen=True, slots=True)
class PagePart:
    """A stretch of a page: ``text`` as it is, or the value of the ``slot``.

    It is shown when every flag in ``flags`` is set; one with ``!`` before it must not be.
    """

    text: str = ""
    slot: str = ""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServicePage:
    """A page of the service; ``language`` is that of its words (BCP 47)."""

    name: str
    language: str
    parts: tuple[PagePart, ...]

    @property
    def slots(self) -> frozenset[str]:
        """Names of the values that it takes."""
        return frozenset(part.slot for part in self.parts if part.slot)

    @property
    def flags(self) -> frozenset[str]:
        """Names of the flags that decide about anything in it."""
        return frozenset(flag.removeprefix("!") for part in self.parts for flag in part.flags)


def fill_page(page: ServicePage, values: Mapping[str, str], flags: AbstractSet[str] = frozenset()) -> str:
    """The HTML of the page with these values, escaped, and with the parts that these flags show.

    Raises KeyError for a value that the page shows and nobody has given.
    """
    shown = (
        part for part in page.parts if all((flag.removeprefix("!") in flags) != (flag[0] == "!") for flag in part.flags)
    )
    return "".join(html.escape(values[part.slot]) if part.slot else part.text for part in shown)


def record_of_pages(pages: Mapping[tuple[str, str], ServicePage]) -> str:
    """The pages, by language and name, as JSON text."""
    plain = [
        {"name": page.name, "language": page.language, "parts": [_plain(part) for part in page.parts]}
        for _, page in sorted(pages.items())
    ]
    return json.dumps({"version": PAGES_VERSION, "pages": plain}, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


@lru_cache(maxsize=4)
def pages_from(record: str) -> Mapping[tuple[str, str], ServicePage]:
    """The pages that `record_of_pages` wrote, by language and name; raises ValueError for what is no such record."""
    try:
        data = json.loads(record)
        if data["version"] != PAGES_VERSION:
            raise ValueError(f"pages of form {data['version']}, this program reads {PAGES_VERSION}")
        pages = [
            ServicePage(page["name"], page["language"], tuple(map(_part, page["parts"]))) for page in data["pages"]
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("this is not the record of the service's pages") from error
    return {(page.language, page.name): page for page in pages}


def _plain(part: PagePart) -> dict[str, object]:
    plain: dict[str, object] = {"slot": part.slot} if part.slot else {"text": part.text}
    return plain | ({"if": list(part.flags)} if part.flags else {})


def _part(data: Mapping[str, object]) -> PagePart:
    text, slot, flags = data.get("text", ""), data.get("slot", ""), data.get("if", [])
    if not (isinstance(text, str) and isinstance(slot, str) and isinstance(flags, list)):
        raise TypeError("a part of a page")
    if any(not _NAME.fullmatch(str(name).removeprefix("!")) for name in (*flags, *([slot] if slot else []))):
        raise TypeError("a name in a part of a page")
    return PagePart(text, slot, tuple(map(str, flags)))


SERVICE_FOLDER = "service"
SERVICE_FILE = "service.json"
SERIES_FILE = "series.json"
"""File that says which letters of the outbox follow a confirmation (W11).

Each is an ``issue``, ``after`` so many seconds; with ``imported`` people who come by an import get it as well.
"""
ASSETS = "assets"
VERSION = 1
MAILS = ("confirm", "known", "address", "changed", "goodbye", "forward")
"""Letters of the service, each an edition in ``service/mail-<name>``."""
MAILS_BY_MAIL = ("confirm", "known", "goodbye")
"""Those of a publication that has a mailbox and no address of the service (W8)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A segment that a reader may choose, and what choosing it sets: attributes with their values, and tags."""

    id: str
    title: str
    line: str = ""
    attributes: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicIssue:
    """An issue with a public page, for whoever passes it on; ``published`` is RFC 3339."""

    id: str
    title: str
    url: str
    published: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageRecord:
    """The record in another language than the first, as far as it differs there.

    ``titles`` and ``lines`` are those of segments by their ids, ``issues`` those with a page in this language.
    """

    name: str
    site: str
    consent: str
    titles: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, str] = field(default_factory=dict)
    issues: tuple[PublicIssue, ...] = ()
    words: Catalogue = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRecord:
    """The content of ``service.json``.

    ``site`` is the address of the site, ``url`` that of the service, empty for who has a mailbox only; both end without
    a slash. ``mailbox`` is where answers and reports come, or empty. ``consent`` are the words that a reader agrees to
    at the form. ``plan`` are actions and events with who is given them; it and ``rules`` alone name segments that are
    not public. ``per_hour`` and ``per_day`` are how many letters strangers may cause; 0 has it derived from the number
    of readers. ``rules`` say who is in the segments that the plan names. ``words``
    are the publication's own in place of ours, by subject.

    ``languages`` are all of a publication that has several, the first one first, and ``others`` what is said in each
    but that. `in_language` is the record as readers of one have it.
    """

    name: str
    site: str
    url: str
    language: str
    editor: str
    editor_email: str
    time_zone: str
    consent: str
    mailbox: str = ""
    proof: bool = False
    done: bool = False
    per_hour: int = 0
    per_day: int = 0
    segments: tuple[Chosen, ...] = ()
    issues: tuple[PublicIssue, ...] = ()
    plan: tuple[PlanEntry, ...] = ()
    rules: Mapping[str, Rule] = field(default_factory=dict)
    words: Catalogue = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    others: Mapping[str, LanguageRecord] = field(default_factory=dict)

    @property
    def own(self) -> Own:
        """The publication's own words by language, as `tipsheet.words.words_of` takes them."""
        return {self.language: self.words} if self.words else {}

    def in_language(self, language: str) -> "ServiceRecord":
        """The record in this language; in the first one, and in one that there is not, as it is."""
        other = self.others.get(language)
        if other is None:
            return self
        translated = {issue.id: issue for issue in other.issues}
        return replace(
            self,
            language=language,
            name=other.name,
            site=other.site,
            consent=other.consent,
            segments=tuple(
                replace(one, title=other.titles.get(one.id, one.title), line=other.lines.get(one.id, ""))
                for one in self.segments
            ),
            issues=tuple(translated.get(issue.id, issue) for issue in self.issues),
            words=other.words,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceOutbox:
    """The folder, read: the record, pages by language and name, mails by name, and the folder of assets.

    ``others`` are the record in languages besides the first.
    """

    record: ServiceRecord
    pages: Mapping[tuple[str, str], ServicePage]
    mails: Mapping[str, Edition]
    assets: Path
    others: Mapping[str, ServiceRecord] = field(default_factory=dict)

    def in_language(self, language: str) -> ServiceRecord:
        """The record in this language, or in the publication's."""
        return self.others.get(language, self.record)

    def page(self, name: str, language: str = "") -> ServicePage:
        """The page in this language, or in the publication's; raises KeyError for one that there is not."""
        return self.pages.get((language, name)) or self.pages[self.record.language, name]


def record_of_service(record: ServiceRecord) -> str:
    """The record as JSON text."""
    plain = asdict(replace(record, plan=(), rules={}))
    plain |= {"plan": [plain_entry(entry) for entry in record.plan]}
    plain |= {"rules": {name: plain_rule(rule) for name, rule in record.rules.items()}}
    for name in ("words", "languages", "others"):
        if not plain[name]:
            del plain[name]
    return json.dumps({"version": VERSION, **plain}, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def read_service(outbox: Path) -> ServiceOutbox:
    """Read what the build wrote for the service; raises NotInOutboxError when it cannot be used."""
    folder = outbox / SERVICE_FOLDER
    hint = "set service: {url: …} in mkdocs.yml and run tipsheet build"
    try:
        record = _record(json.loads((folder / SERVICE_FILE).read_text(encoding="utf-8")))
        pages = pages_from((folder / PAGES_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NotInOutboxError(f"there is nothing for the service in {outbox}", hint) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotInOutboxError(f"'{folder}' cannot be used: {error}", "run tipsheet build again") from error
    mails = {name: read_edition(folder, f"mail-{name}") for name in (MAILS if record.url else MAILS_BY_MAIL)}
    others = {language: record.in_language(language) for language in record.others}
    return ServiceOutbox(record=record, pages=pages, mails=mails, assets=folder / ASSETS, others=others)


def _record(data: dict[str, Any]) -> ServiceRecord:
    version = data.pop("version")
    if version != VERSION:
        raise ValueError(f"a service of form {version}, this program reads {VERSION}")
    data["segments"] = tuple(Chosen(**{**one, "tags": tuple(one["tags"])}) for one in data["segments"])
    data["issues"] = _issues(data["issues"])
    data["languages"] = tuple(data.get("languages", ()))
    others = data.get("others", {}).items()
    data["others"] = {name: LanguageRecord(**{**one, "issues": _issues(one["issues"])}) for name, one in others}
    data["plan"] = tuple(map(entry_from, data["plan"]))
    data["rules"] = {name: rule_from(rule) for name, rule in data["rules"].items()}
    return ServiceRecord(**data)


def _issues(data: list[dict[str, Any]]) -> tuple[PublicIssue, ...]:
    return tuple(PublicIssue(**one) for one in data)
