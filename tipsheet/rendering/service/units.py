"""What the build leaves for the service, cut into units: record, pages, files of pages, letters.

The service reads them with `tipsheet.edition.service`.
"""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from pathlib import Path

from jinja2 import Environment

from tipsheet.edition.service import (
    ASSETS,
    PAGES_FILE,
    SERVICE_FILE,
    SERVICE_FOLDER,
    ServiceRecord,
    record_of_pages,
    record_of_service,
)
from tipsheet.engine.digest import digest, digest_of
from tipsheet.engine.inputs import Inputs
from tipsheet.engine.units import Made, Parts, Unit, key_of
from tipsheet.model.publication import Publication
from tipsheet.problems import Problem
from tipsheet.rendering.language import direction
from tipsheet.rendering.outbox import outbox_files
from tipsheet.rendering.service.letters import (
    PREVIEWS,
    lint_service_letter,
    service_letter,
    service_letters,
)
from tipsheet.rendering.service.pages import FOLDER, Frame, compile_pages
from tipsheet.rendering.service.record import record_of_publication
from tipsheet.rendering.templates import template_environment
from tipsheet.settings import Look, Settings, Tones

__all__ = ["AT", "lint_service_letters", "service_style_sheet", "service_units"]

AT = f"outbox/{SERVICE_FOLDER}/"
"""What paths of files of the service begin with."""
STYLES, PROOF = "service.css", "proof.js"


def service_units(
    root: Path, settings: Settings, publication: Publication, inputs: Inputs, *, given: Parts, compiled: Path | None
) -> Iterator[Unit]:
    """The units; none for a publication that has neither an address of the service nor a mailbox.

    ``given`` tells apart what every letter is made from, ``compiled`` is a folder for compiled templates.
    """
    if service_letters(settings):
        plan = _Plan(root=root, settings=settings, publication=publication, inputs=inputs, compiled=compiled)
        yield plan.record_unit()
        yield plan.pages()
        yield plan.assets()
        yield from plan.letters(given)


def lint_service_letters(root: Path, settings: Settings, publication: Publication) -> Iterator[Problem]:
    """What is wrong with the letters of the service, as the build finds it."""
    environment = template_environment(root / settings.overrides if settings.overrides else None)
    for name in service_letters(settings):
        yield from lint_service_letter(name, service_letter(name, publication, settings, environment), settings)


def service_style_sheet(look: Look) -> str:
    """The style sheet of the pages: the publication's colours and type, then what is the same for all."""
    sheet = (FOLDER / STYLES).read_text(encoding="utf-8")
    return (
        f":root {{ color-scheme: light dark; --serif: {look.serif}; --sans: {look.sans}; {_tones(look.light)} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {_tones(look.dark)} }} }}\n\n{sheet}"
    )


def _tones(tones: Tones) -> str:
    return " ".join(f"--{name.replace('_', '-')}: {value};" for name, value in tones.model_dump().items())


@dataclass(kw_only=True)
class _Plan:
    """The units of one publication."""

    root: Path
    settings: Settings
    publication: Publication
    inputs: Inputs
    compiled: Path | None

    @cached_property
    def _record(self) -> ServiceRecord:
        return record_of_publication(self.publication, self.settings)

    @property
    def _overrides(self) -> Path | None:
        return self.root / self.settings.overrides if self.settings.overrides else None

    def record_unit(self) -> Unit:
        """The record itself; it is small, and its text is its key."""
        data = record_of_service(self._record).encode()
        path = AT + SERVICE_FILE
        return Unit(path, key_of({"record": digest(data)}), lambda: Made({path: data}), [path])

    def pages(self) -> Unit:
        """All pages. They know nothing of single issues, which the service fills in, nor of private segments (K1)."""
        known, frame = replace(self._record, issues=(), plan=(), rules={}), self._frame
        folder = f"{self.settings.overrides}/service"
        own = self.inputs.below(folder) if self.settings.overrides else ()
        templates = digest_of([(path, self.inputs.digest(path)) for path in own])
        key = key_of({"record": digest_of(record_of_service(known), frame), "templates": templates})
        path = AT + PAGES_FILE

        def make() -> Made:
            pages = compile_pages(template_environment(self._overrides), known, frame)
            return Made({path: record_of_pages(pages).encode()})

        return Unit(path, key, make, [path])

    @cached_property
    def _files(self) -> Mapping[str, str]:
        """Files of the publication among the assets: their names there, and their paths."""
        masthead, docs = self.settings.masthead, self.settings.docs_dir
        wanted = {"mark": masthead.logo, "mark-dark": masthead.logo_dark, "icon": self.settings.favicon}
        found = {
            name: f"{docs}/{path}" for name, path in wanted.items() if path and (self.root / docs / path).is_file()
        }
        return {name + posixpath.splitext(path)[1].lower(): path for name, path in found.items()}

    @cached_property
    def _frame(self) -> Frame:
        names = {posixpath.splitext(name)[0]: name for name in self._files}
        masthead = self.settings.masthead
        address = masthead.postal_address
        return Frame(
            direction=direction(masthead.language),
            mark=names.get("mark", ""),
            mark_dark=names.get("mark-dark", ""),
            icon=names.get("icon", names.get("mark", "")),
            imprint=address if masthead.name in address else f"{masthead.name}, {address}",
        )

    def assets(self) -> Unit:
        """Style sheet, the script of a proof where one is asked for, and pictures, which the service serves."""
        files = self._files
        sources = digest_of([(name, self.inputs.digest(path)) for name, path in files.items()])
        own = {STYLES: service_style_sheet(self.settings.look).encode()}
        if self.settings.service.proof:
            own[PROOF] = (FOLDER / PROOF).read_bytes()
        at = f"{AT}{ASSETS}/"

        def make() -> Made:
            copies = {at + name: (self.root / path).read_bytes() for name, path in files.items()}
            return Made({**{at + name: data for name, data in own.items()}, **copies})

        looks = digest_of([(name, digest(data)) for name, data in own.items()])
        return Unit(f"{AT}{ASSETS}", key_of({"look": looks, "files": sources}), make)

    def letters(self, given: Parts) -> Iterator[Unit]:
        """The letters, each with copies to look at."""

        @cache
        def environment() -> Environment:
            return template_environment(self._overrides, self.compiled)

        def make(name: str) -> Made:
            edition = service_letter(name, self.publication, self.settings, environment())
            files = outbox_files(edition, (), PREVIEWS)
            found = lint_service_letter(name, edition, self.settings)
            return Made({AT + path: data for path, data in files.items()}, found)

        for name in service_letters(self.settings):
            yield Unit(f"{AT}mail-{name}", key_of({**given}), partial(make, name))
