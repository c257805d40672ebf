"""Templates of the service's pages compiled into text, slots and parts under flags.

A template is rendered once, at build, with three functions besides what it is given: ``slot(name)`` stands for a
value that the service fills in, ``when(name)`` and ``unless(name)`` open a part that a flag shows or hides, and
``end()`` closes it. Parts nest.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment
from markupsafe import Markup

from tipsheet.edition.service import ASSETS, PagePart, ServicePage, ServiceRecord
from tipsheet.model.frequency import FREQUENCIES
from tipsheet.model.language import query_of
from tipsheet.rendering.language import direction
from tipsheet.words import own_name, words_of

__all__ = ["FRAME", "Frame", "compile_page", "compile_pages", "marks"]

FRAME = "frame.html"
"""Template that the others extend."""
FOLDER = Path(__file__).parent.parent.parent / "templates" / "service"

_MARK = re.compile("\ufdd2([<>=])(!?[a-z][a-z0-9_:-]*)?\ufdd3")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The parts of the publication around every page: its ``name``, its postal ``address``, the language's direction.

    ``mark``, its variant for dark and ``icon`` are names of files among the assets, or empty.
    """

    name: str = ""
    direction: str = "ltr"
    mark: str = ""
    mark_dark: str = ""
    icon: str = ""
    address: str = ""


def compile_pages(
    environment: Environment, record: ServiceRecord, frame: Frame | None = None
) -> Mapping[tuple[str, str], ServicePage]:
    """All pages in every language, by language and name; raises what `compile_page` raises.

    Templates are given ``service``, ``frame``, ``language``, ``words``, ``frequencies`` and ``assets``, the address
    that files of pages begin with: where a proxy serves the service under a path, with that path. ``languages`` are
    names of languages in themselves, by code, where there are several; ``query`` keeps the language in a link.
    """
    pages = (_in_language(environment, record.in_language(language), frame or Frame()) for language in _all(record))
    return {(page.language, page.name): page for found in pages for page in found}


def _all(record: ServiceRecord) -> tuple[str, ...]:
    return record.languages or (record.language,)


def _in_language(environment: Environment, record: ServiceRecord, frame: Frame) -> Iterator[ServicePage]:
    names = sorted(file.name for file in FOLDER.glob("*.html") if file.name != FRAME)
    assets = f"{urlsplit(record.url).path}/{ASSETS}/"
    words, frequencies = (words_of(record.language, subject, record.own) for subject in ("pages", "frequencies"))
    context = {
        "service": record, "frame": replace(frame, direction=direction(record.language), name=record.name),
        "language": record.language, "assets": assets, "query": query_of(record.language, record.languages),
        "languages": {language: own_name(language) for language in record.languages},
        "frequencies": {name: frequencies(name) for name in FREQUENCIES}, "words": words,
    }  # fmt: skip
    for name in names:
        yield compile_page(environment, f"service/{name}", record.language, context)


def compile_page(environment: Environment, template: str, language: str, context: Mapping[str, object]) -> ServicePage:
    """The page that a template gives; its name is the template's.

    Raises ValueError for a part that is not closed, and jinja2.TemplateError.
    """
    html = environment.get_template(template).render({**context, **marks()})
    name = template.rpartition("/")[2].removesuffix(".html")
    return ServicePage(name, language, tuple(_parts(html, template)))


def marks() -> Mapping[str, object]:
    """The functions by which a template says what is filled in later."""
    return {
        "slot": lambda name: _mark("=", name),
        "when": lambda name: _mark("<", name),
        "unless": lambda name: _mark("<", f"!{name}"),
        "end": lambda: _mark(">", ""),
    }


def _mark(kind: str, name: str) -> Markup:
    return Markup(f"\ufdd2{kind}{name}\ufdd3")  # noqa: S704 - two characters that no text holds, and a name of ours


def _parts(html: str, template: str) -> Iterator[PagePart]:
    flags: list[str] = []
    at = 0
    for mark in _MARK.finditer(html):
        if text := html[at : mark.start()]:
            yield PagePart(text, flags=tuple(flags))
        at = mark.end()
        kind, name = mark[1], mark[2] or ""
        if kind == "=":
            yield PagePart(slot=name, flags=tuple(flags))
        elif kind == "<":
            flags.append(name)
        elif flags:
            flags.pop()
        else:
            raise ValueError(f"{template} closes a part that is not open")
    if flags:
        raise ValueError(f"{template} does not close the part under '{flags[-1]}'")
    if text := html[at:]:
        yield PagePart(text)
