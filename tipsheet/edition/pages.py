"""Pages of the service, compiled by the build: text with slots for values, and parts that stand under a flag.

The service fills them and never renders. A value is text: it is escaped wherever it stands. A flag says whether
a part is shown, such as a message about a mistake, or the tick of a box.
"""

import html
import json
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["PAGES_FILE", "Part", "ServicePage", "fill_page", "pages_from", "record_of_pages"]

PAGES_FILE = "pages.json"
VERSION = 1
_NAME = re.compile(r"[a-z][a-z0-9_:-]*")


@dataclass(frozen=True, slots=True)
class Part:
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
    parts: tuple[Part, ...]

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
    return json.dumps({"version": VERSION, "pages": plain}, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


@lru_cache(maxsize=4)
def pages_from(record: str) -> Mapping[tuple[str, str], ServicePage]:
    """The pages that `record_of_pages` wrote, by language and name; raises ValueError for what is no such record."""
    try:
        data = json.loads(record)
        if data["version"] != VERSION:
            raise ValueError(f"pages of form {data['version']}, this program reads {VERSION}")
        pages = [
            ServicePage(page["name"], page["language"], tuple(map(_part, page["parts"]))) for page in data["pages"]
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("this is not the record of the service's pages") from error
    return {(page.language, page.name): page for page in pages}


def _plain(part: Part) -> dict[str, object]:
    plain: dict[str, object] = {"slot": part.slot} if part.slot else {"text": part.text}
    return plain | ({"if": list(part.flags)} if part.flags else {})


def _part(data: Mapping[str, object]) -> Part:
    text, slot, flags = data.get("text", ""), data.get("slot", ""), data.get("if", [])
    if not (isinstance(text, str) and isinstance(slot, str) and isinstance(flags, list)):
        raise TypeError("a part of a page")
    if any(not _NAME.fullmatch(str(name).removeprefix("!")) for name in (*flags, *([slot] if slot else []))):
        raise TypeError("a name in a part of a page")
    return Part(text, slot, tuple(map(str, flags)))
