"""Units of the files for the service: record, pages, files of pages, letters.

The service reads them with `tipsheet.edition.service`.
"""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
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
from tipsheet.engine.digest import digest_of
from tipsheet.engine.inputs import Inputs
from tipsheet.engine.units import Made, Ref, Unit
from tipsheet.model.publication import Publication
from tipsheet.model.segment import Segment
from tipsheet.problems import Problem
from tipsheet.rendering.letters import Parts, outbox_files
from tipsheet.rendering.service.letters import (
    lint_service_letter,
    previews,
    service_letter,
    service_letters,
    spoken,
)
from tipsheet.rendering.service.pages import FOLDER, Frame, compile_pages
from tipsheet.rendering.service.record import record_of_publication
from tipsheet.rendering.templates import template_environment
from tipsheet.settings import Look, Settings
from tipsheet.settings.look import form, properties

__all__ = ["AT", "lint_service_letters", "service_style_sheet", "service_units"]

AT = f"outbox/{SERVICE_FOLDER}/"
"""Folder of the files of the service."""
ROOT = 16
"""Font size of pages in px, which `service.css` leaves as browsers have it."""
STYLES, PROOF = "service.css", "proof.js"


def service_units(
    root: Path, settings: Settings, publication: Publication, inputs: Inputs, *, given: Parts
) -> Iterator[Unit]:
    """The units; none for a publication that has neither an address of the service nor a mailbox.

    ``given`` are the references that every letter is made from.
    """
    if service_letters(settings):
        plan = _Plan(root=root, settings=settings, publication=publication, inputs=inputs)
        yield plan.record_unit()
        yield plan.pages()
        yield plan.assets()
        yield from plan.letters(given)


def lint_service_letters(root: Path, settings: Settings) -> Iterator[Problem]:
    """Problems of the letters of the service, as the build finds them."""
    environment = template_environment(settings.overrides_in(root))
    for name in service_letters(settings):
        yield from lint_service_letter(name, service_letter(name, settings, environment), settings)


def service_style_sheet(look: Look) -> str:
    """The style sheet of the pages: the publication's colours and type, then what is the same for all."""
    sheet = (FOLDER / STYLES).read_text(encoding="utf-8")
    return (
        f":root {{ color-scheme: light dark; {form(look, ROOT)} {properties(look.light)} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {properties(look.dark)} }} }}\n\n{sheet}"
    )


@dataclass(kw_only=True)
class _Plan:
    """The units of one publication."""

    root: Path
    settings: Settings
    publication: Publication
    inputs: Inputs

    @cached_property
    def _record(self) -> ServiceRecord:
        return record_of_publication(self.publication, self.settings)

    def record_unit(self) -> Unit:
        """The record itself; it is small, and its text is its key."""
        path = AT + SERVICE_FILE
        return Unit(path, write_record, {"record": self._record}, [path])

    def pages(self) -> Unit:
        """All pages. They know nothing of single issues, which the service fills in, nor of private segments (K1)."""
        folder = f"{self.settings.overrides}/service"
        own = self.inputs.below(folder) if self.settings.overrides else ()
        templates = Ref("templates", "service", digest_of([(path, self.inputs.digest(path)) for path in own]))
        others = {language: replace(other, issues=()) for language, other in self._record.others.items()}
        known = replace(self._record, issues=(), plan=(), rules={}, others=others)
        path = AT + PAGES_FILE
        return Unit(path, write_pages, {"templates": templates, "record": known, "menus": self._frame}, [path])

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
        return Frame(
            mark=names.get("mark", ""),
            mark_dark=names.get("mark-dark", ""),
            icon=names.get("icon", names.get("mark", "")),
            address=self.settings.masthead.postal_address,
        )

    def assets(self) -> Unit:
        """Style sheet, the script of a proof where one is asked for, and pictures, which the service serves."""
        copies = tuple([(name, Ref("file", path, self.inputs.digest(path))) for name, path in self._files.items()])
        own = {STYLES: service_style_sheet(self.settings.look).encode()}
        if self.settings.service.proof:
            own[PROOF] = (FOLDER / PROOF).read_bytes()
        names, files = tuple(name for name, _ in copies), tuple(file for _, file in copies)
        return Unit(f"{AT}{ASSETS}", write_assets, {"look": own, "names": names, "files": files})

    def letters(self, given: Parts) -> Iterator[Unit]:
        """The letters, each with copies to look at."""
        for name in service_letters(self.settings):
            args = {**given, "name": name, "segments": self.publication.segments}
            yield Unit(f"{AT}mail-{name}", write_service_letter, args)


def write_record(record: ServiceRecord) -> Made:
    """The file with the record of the service."""
    return Made({AT + SERVICE_FILE: record_of_service(record).encode()})


def write_pages(templates: Environment, record: ServiceRecord, menus: Frame) -> Made:
    """The pages of the service, compiled."""
    return Made({AT + PAGES_FILE: record_of_pages(compile_pages(templates, record, menus)).encode()})


def write_assets(look: Mapping[str, bytes], names: tuple[str, ...], files: tuple[bytes, ...]) -> Made:
    """Files of ours, and those of the publication by their names among them."""
    found = {**look, **dict(zip(names, files, strict=True))}
    return Made({f"{AT}{ASSETS}/{name}": data for name, data in found.items()})


def write_service_letter(settings: Settings, templates: Environment, name: str, segments: tuple[Segment, ...]) -> Made:
    """A letter of the service, looked over."""
    edition = service_letter(name, settings, templates)
    files = outbox_files(edition, spoken(segments), previews(settings.masthead))
    return Made({AT + path: data for path, data in files.items()}, tuple(lint_service_letter(name, edition, settings)))
