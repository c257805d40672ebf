"""Reading files that were not read before, or not like this: headers, then bodies, then values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from tipsheet.engine.processes import spread
from tipsheet.model.body import Html
from tipsheet.model.language import language_in
from tipsheet.model.post import Author
from tipsheet.problems import Problem
from tipsheet.reading.body import BodyReader, Parsed
from tipsheet.reading.conversion import TooLongError, bounded, fault_of
from tipsheet.reading.headers import Headed, read_post_header, strange_to_pages
from tipsheet.reading.posts import Definition, PostReader, name_in, read_evergreen, read_note, written_out
from tipsheet.reading.recall import ACTION, Reading
from tipsheet.reading.sources import Source, read_ordinary, read_source
from tipsheet.reading.targets import Targets, page_address
from tipsheet.settings import Settings

__all__ = ["Fresh", "FreshReader"]


@dataclass(slots=True)
class Fresh:
    """A file on its way to a `Reading`: the header is read, the body when it has been its turn."""

    kind: str
    source: Source
    headed: Headed | None
    problems: tuple[Problem, ...]
    directory_urls: bool = True
    parsed: Parsed = field(default_factory=Parsed)
    defines: tuple[Definition, ...] = ()

    @property
    def url(self) -> str:
        """Address of its page, relative to the site's root; of an action or a note there is none."""
        if self.headed:
            return self.headed.url
        if self.kind != "page":
            return ""
        return page_address(self.source.name, directory_urls=self.directory_urls)

    @property
    def draft(self) -> bool:
        """True for a post whose header says that nobody is to read it yet."""
        return bool(self.headed and self.headed.table and self.headed.table.draft)


@dataclass
class FreshReader:
    """Reads files with one Markdown program, in two processes when there are many.

    ``targets`` are set once every address is known; before, only headers can be read. With ``witness`` texts are
    compared with CommonMark. ``unsaved`` are bytes of files, by path, that count instead of those on the disk.
    """

    root: Path
    settings: Settings
    witness: bool = False
    unsaved: Mapping[str, bytes] = field(default_factory=dict)
    targets: Targets = field(init=False)

    @cached_property
    def _bodies(self) -> BodyReader:
        settings, segments = self.settings, tuple(s.id for s in self.settings.segments)
        return BodyReader(
            self.targets,
            settings.time_zone,
            segments,
            settings.merge_fields,
            settings.markdown,
            settings.hosts,
            witness=self.witness,
        )

    def headers(self, files: Sequence[tuple[str, str]]) -> dict[str, Fresh]:
        """The headers of these files, by path; each comes with its kind."""
        return {one.source.path: one for one in spread(self._header, files)}

    def _header(self, file: tuple[str, str]) -> Fresh:
        path, kind = file
        content, data = self.root / self.settings.docs_dir, self.unsaved.get(path)
        if kind == "page":
            page, found = read_ordinary(self.root / path, self.root, content, data)
            written = (self.root / path).read_bytes() if data is None and page.body else data or b""
            text = written.decode(errors="replace") if page.body else ""
            told = (*found, *strange_to_pages(path, text))
            return Fresh(kind, page, None, told, self.settings.directory_urls)
        source, problems = read_source(self.root / path, self.root, content, data=data)
        headed: Headed | None = None
        match kind:
            case "issue" | "article" | "welcome":
                headed = read_post_header(kind, source, self.settings, problems)
        return Fresh(kind, source, headed, tuple(problems))

    def bodies(self, fresh: dict[str, Fresh]) -> dict[str, Fresh]:
        """Parse the bodies, once each."""
        if fresh:
            _ = self._bodies  # made before the fork, so that every process has it
        for one, parsed in zip(fresh.values(), spread(self._parsed, list(fresh.values())), strict=True):
            one.parsed = parsed
            if one.headed:
                one.defines = written_out(one.headed, parsed) if one.kind == "issue" else ()
            elif one.kind == "action":
                found: Any = read_evergreen(one.source, parsed, self._bodies, [], self._language(one))
                one.defines = (found,) if found else ()
        return fresh

    def _parsed(self, one: Fresh) -> Parsed:
        source = one.source
        try:
            with bounded(len(source.body)):
                place = "issue" if one.kind == "welcome" else one.kind
                return self._bodies.read(source, place=place, ids=one.kind not in ("note", "action"))
        except (Exception, TooLongError) as error:  # noqa: BLE001 - an extension may raise anything
            return Parsed(problems=(fault_of(error, source.path, source.body, source.first_line),))

    def _language(self, one: Fresh) -> str:
        return language_in(one.source.name, self.settings.languages)

    def reading(
        self, one: Fresh, authors: Mapping[str, Author], library: Mapping[str, Definition], html: Html
    ) -> Reading:
        """The reading of a file; ``html`` loads texts of the library."""
        problems = list(one.problems)
        self.targets.asked.clear()
        value: Any = None
        if any(p.code == "TS041" for p in one.parsed.problems):
            problems += one.parsed.problems  # there is no text of which anything could be said
        elif one.headed:
            maker = PostReader(reader=self._bodies, authors=authors, library=library, html=html, problems=problems)
            make = {"issue": maker.issue, "article": maker.article, "welcome": maker.welcome}[one.kind]
            value = make(one.headed, one.parsed)
        elif one.kind == "note":
            value = read_note(one.source, one.parsed, self._bodies, problems, self._language(one))
        elif one.kind == "action":
            value = read_evergreen(one.source, one.parsed, self._bodies, problems, self._language(one))
        else:
            problems += one.parsed.problems
        table = one.headed.table if one.headed else None
        asked = {f"author:{name}" for name in (table.authors if table else ())}
        used = [c.id for _, c, _ in one.parsed.actions() if c.used]
        languages = {"", one.headed.language if one.headed else ""}
        asked |= {f"{ACTION}{name_in(action, language)}" for action in used for language in languages}
        return Reading(
            path=one.source.path,
            kind=one.kind,
            url=one.url,
            value=value,
            defines=one.defines,
            asked=frozenset(asked | one.parsed.asked | self.targets.asked),
            problems=tuple(problems),
        )
