"""One build, start to finish: read, check, make, move in. Read this first.

`prepare` reads the publication and collects every mistake; `check` looks over its letters as well;
`build` makes what changed of the site, the feeds and the outbox, and moves it in only when there is no
mistake; `export` makes one letter for a provider who sends it.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import cache as once
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from tipsheet.checks import Report, check_publication, compare_issues, moved, text_units, variants_gone
from tipsheet.checks.picture_files import file_problems, is_picture, unseen_logos
from tipsheet.checks.prose import prose_units, reads_prose
from tipsheet.edition.edition import Edition
from tipsheet.edition.joining import join
from tipsheet.engine.build import Run
from tipsheet.engine.inputs import scan
from tipsheet.engine.outputs import keep_apart
from tipsheet.engine.state import DamagedStateError
from tipsheet.engine.units import Ref, Unit
from tipsheet.errors import ContentError, NotAPublicationError, NotMeantError, UnknownNameError
from tipsheet.last_build import BuildOptions, Built, begin_run, note_build
from tipsheet.memory import Memory, problems_of
from tipsheet.model.audience import Segments
from tipsheet.model.pictures import settled
from tipsheet.model.post import Issue
from tipsheet.model.publication import Publication, next_change
from tipsheet.problems import Problem, did_you_mean, errors_in
from tipsheet.reading import read_publication
from tipsheet.reading.published import contents_of
from tipsheet.rendering.email.rules import lint
from tipsheet.rendering.letters import edition_of, letter_checks, letters, marks, origin, series
from tipsheet.rendering.providers.provider import Provider, ProviderLetter, provider_letter, settings_for_provider
from tipsheet.rendering.references import Texts, whole_post
from tipsheet.rendering.service.units import AT, lint_service_letters, service_units
from tipsheet.rendering.templates import compiled_templates, telling_mistakes, template_environment
from tipsheet.settings import CONFIG_FILE, Settings, read_settings

if TYPE_CHECKING:
    from tipsheet.site.plan import Plan

__all__ = ["Built", "Exported", "Prepared", "Pressed", "build", "check", "export", "prepare", "press"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A publication that was read: everything in it, published or not, and every mistake.

    ``settings``, ``publication`` and ``report``, which settles findings, are None when mkdocs.yml is not YAML.
    """

    root: Path
    settings: Settings | None
    publication: Publication | None
    problems: tuple[Problem, ...]
    report: Report | None = None

    def with_more(self, problems: Iterable[Problem]) -> tuple[Problem, ...]:
        """All mistakes, with these, which are about the same publication."""
        return tuple(sorted({*self.problems, *(self.report(problems) if self.report else problems)}))

    def ready(self, *, strict: bool = False, drafts: bool = False) -> tuple[Settings, Publication]:
        """The settings and what has appeared by now; raises ContentError when there are mistakes."""
        stops = errors_in(self.problems, strict=strict)
        if stops or self.settings is None or self.publication is None:
            raise ContentError(self.problems)
        return self.settings, settled(self.publication, self.publication.out(drafts=drafts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A build and what it was made of: what was read, and the plan of the site, with its frame.

    ``written`` are the files that are new or changed, by paths that begin with ``site/`` or ``outbox/``.
    """

    built: Built
    prepared: Prepared
    plan: "Plan"
    written: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A letter for a provider, and the warnings about it."""

    issue: str
    letter: ProviderLetter
    problems: tuple[Problem, ...]


def prepare(root: Path, *, now: dt.datetime, thorough: bool = False) -> Prepared:
    """Read the publication in this folder as seen at ``now``.

    With ``thorough`` its texts are compared with CommonMark and looked over as they are written, for which a build does
    not wait.

    Raises NotAPublicationError without mkdocs.yml.
    """
    return _prepare(root, now, None, thorough=thorough)


def _prepare(root: Path, now: dt.datetime, memory: Memory | None, *, thorough: bool = False) -> Prepared:
    settings, problems = _settings(root)
    if settings is None:
        return Prepared(root=root, settings=None, publication=None, problems=tuple(problems))
    recall = memory.recall(root, settings) if memory else None
    publication, found = read_publication(root, settings, now, recall, witness=thorough)
    report = Report(root, settings, publication)
    problems += [*found, *check_publication(publication, settings)]
    if thorough:
        problems += [*compare_issues(publication, settings), *_in_texts(root, settings, publication, memory)]
    return Prepared(root=root, settings=settings, publication=publication, problems=report(problems), report=report)


def _settings(root: Path) -> tuple[Settings | None, list[Problem]]:
    try:
        return read_settings(root)
    except FileNotFoundError as error:
        hint = "go to its folder, or make one with: tipsheet init FOLDER"
        raise NotAPublicationError(f"there is no {CONFIG_FILE} in {root}", hint) from error


def _sources(settings: Settings | None) -> tuple[str, ...]:
    """The folders that a build reads, besides those that links in them lead to."""
    folders = (settings.docs_dir, settings.overrides) if settings else ()
    return tuple(filter(None, folders))


def check(root: Path, *, now: dt.datetime, memory: Memory | None = None) -> Prepared:
    """Read the publication and look over everything, the letters that may still be sent included.

    Texts are compared with CommonMark as well, for which a build does not wait. What ``memory`` knows of an earlier
    check is not looked at again.
    """
    prepared = _with_pictures(_prepare(root, now, memory, thorough=True))
    return _with_letters(_with_mkdocs(_with_addresses(prepared)), now, memory)


def _with_pictures(prepared: Prepared) -> Prepared:
    """The same with findings about the bytes of pictures, those included that are not published yet."""
    settings, publication = prepared.settings, prepared.publication
    if settings is None or publication is None:
        return prepared
    docs = f"{settings.docs_dir}/"
    paths = [docs + name for name in sorted({*publication.ordinary, *publication.pictures}) if is_picture(name)]
    found = [problem for path in paths for problem in file_problems(path, (prepared.root / path).read_bytes())]
    found += unseen_logos(prepared.root, settings)
    return replace(prepared, problems=prepared.with_more(found))


def _in_texts(root: Path, settings: Settings, publication: Publication, memory: Memory | None) -> list[Problem]:
    """Problems of each source as it is written."""
    docs = settings.docs_dir
    inputs = memory.inputs if memory else scan(root, (docs,), {}, moment=0)
    sources = contents_of(inputs, docs).sources()

    def load(ref: Ref) -> str:
        return (root / ref.name).read_bytes().decode("utf-8-sig", errors="replace").replace("\r\n", "\n")

    units = [*text_units(sources, inputs, settings, publication.now)]
    if reads_prose(settings):
        units += prose_units(root, publication, settings, inputs)
    return problems_of(units, load, memory)


def _with_addresses(prepared: Prepared) -> Prepared:
    """The same with addresses that two things claim."""
    from tipsheet.site.addresses import address_problems  # noqa: PLC0415 - only these need it
    from tipsheet.site.plan import plan_without_state  # noqa: PLC0415

    settings, publication = prepared.settings, prepared.publication
    if settings is None or publication is None:
        return prepared
    found = address_problems(plan_without_state(prepared.root, settings, settled(publication, publication)))
    return replace(prepared, problems=prepared.with_more(found))


def _with_mkdocs(prepared: Prepared) -> Prepared:
    """The same with what MkDocs and all that it runs find fault with."""
    from tipsheet.site.build import beside, findings  # noqa: PLC0415 - only a check and a build need it

    settings, publication = prepared.settings, prepared.publication
    if settings is None or publication is None:
        return prepared
    sound = not errors_in(prepared.problems)
    with _mistakes_of_others(prepared):
        told = findings(prepared.root, settings, publication.out() if sound else None)
    return replace(prepared, problems=prepared.with_more(beside(told, prepared.problems, settings)))


def _with_letters(prepared: Prepared, now: dt.datetime, memory: Memory | None = None) -> Prepared:
    """The same with what is wrong with letters, which are made of what could be read.

    What a mistake in a text entails in its letter is not told again.
    """
    settings, publication, report = prepared.settings, prepared.publication, prepared.report
    if settings is None or publication is None or report is None:
        return prepared
    known = prepared.problems
    found: list[Problem] = []
    try:
        with _mistakes_of_others(prepared):
            found += _in_letters(prepared.root, settings, replace(publication, now=now), memory)
            found += lint_service_letters(prepared.root, settings)
    except ContentError as error:
        known = tuple({*known, *error.problems})
    return replace(prepared, problems=tuple(sorted({*known, *report.of_letters(found, known)})))


def _in_letters(root: Path, settings: Settings, publication: Publication, memory: Memory | None) -> list[Problem]:
    texts, templates = Texts(publication, settings), once(lambda: template_environment(settings.overrides_in(root)))
    unknown = {"settings": Ref("settings", "", ""), "templates": Ref("templates", "mail", "")}
    given = memory.mail(settings) if memory else unknown

    def load(ref: Ref) -> object:
        return templates() if ref.kind == "templates" else texts.load(ref)

    return problems_of([*letter_checks(publication, given)], load, memory)


def build(
    root: Path,
    options: BuildOptions,
    *,
    now: dt.datetime,
    progress: Callable[[str], None] = lambda _step: None,
    environ: Mapping[str, str] = MappingProxyType({}),
    begun: Run | None = None,
) -> Built:
    """Build the publication in ``root``; see `press`."""
    return press(root, options, now=now, progress=progress, environ=environ, begun=begun).built


def press(
    root: Path,
    options: BuildOptions,
    *,
    now: dt.datetime,
    progress: Callable[[str], None] = lambda _step: None,
    environ: Mapping[str, str] = MappingProxyType({}),
    begun: Run | None = None,
) -> Pressed:
    """Build the publication in ``root`` as seen at ``now``: what changed since the last build is made again.

    Variables of ``environ`` count where mkdocs.yml names them with ``!ENV``. ``begun`` is a build that the caller has
    begun (`last_build.begin_run`). Raises ContentError with all mistakes, and then what was built last is untouched;
    BusyError, OverlapError and WouldOverwriteError.
    """
    settings, _ = _settings(root)  # no state is made where no publication is
    keep_apart(root, options.outputs, {name: root / name for name in _sources(settings)})
    begin = begin_run(root, options, progress, environ=environ)
    with nullcontext(begun) if begun else begin as run:
        memory = Memory(run, environ)
        try:
            return _press(root, options, memory, now=now, progress=progress)
        except DamagedStateError:
            progress("Building from nothing: a text in the state of the last build cannot be read.")
            run.forget()
            return _press(root, options, memory, now=now, progress=progress)


def _press(
    root: Path, options: BuildOptions, memory: Memory, *, now: dt.datetime, progress: Callable[[str], None]
) -> Pressed:
    """Build with what is remembered; raises DamagedStateError where some of that cannot be read."""
    from tipsheet.site.addresses import address_problems  # noqa: PLC0415 - only a build needs it
    from tipsheet.site.make import make_site, plan_of_site  # noqa: PLC0415

    progress("Reading content")
    run = memory.run
    prepared = _prepare(root, now, memory)
    if errors_in(prepared.problems, strict=options.strict):
        prepared = _with_letters(_with_addresses(prepared), now)
    settings, publication = prepared.ready(strict=options.strict, drafts=options.drafts)
    keep_apart(root, options.outputs, {link: root / link for link in memory.inputs.links})
    cache = compiled_templates(memory.environ, root, run.after.facts["program"])
    plan = plan_of_site(settings, publication, run, inputs=memory.inputs, cache=cache)
    if taken := address_problems(plan):
        raise ContentError(prepared.with_more(taken))
    with _mistakes_of_others(prepared):
        progress("Making the mail, the site and the feeds")
        templates = once(lambda: template_environment(plan.overrides, cache))
        loaders = {"templates": lambda _ref: templates()}
        units = _outbox(prepared, plan, memory, options)
        plan = make_site(plan, run, links=memory.links(settings), beside=units, loaders=loaders)
    problems = prepared.with_more(_told(publication, run, options))
    if errors_in(problems, strict=options.strict):
        raise ContentError(problems)
    memory.leave()
    built = _result(run, options, plan, problems)
    until = next_change(prepared.publication or publication, settings.time_zone)
    note_build(run, built, options, now=now, until=until, looked_at=memory.looked_at)
    built = replace(built, changed=run.finish())
    return Pressed(built=built, prepared=prepared, plan=plan, written=run.written)


def _result(run: Run, options: BuildOptions, plan: "Plan", problems: tuple[Problem, ...]) -> Built:
    """The result of a build in which everything is made, and nothing moved in yet."""
    return Built(
        site_dir=options.site_dir,
        outbox_dir=options.outbox_dir,
        issues=len(plan.publication.issues),
        pages=plan.size,
        letters=sum(path.endswith(".eml") and not path.startswith(AT) for path in run.after.outputs),
        reasons=tuple(run.reasons),
        problems=problems,
    )


def _told(publication: Publication, run: Run, options: BuildOptions) -> Iterator[Problem]:
    """Problems that the units found, and pages of the last build that are gone."""
    yield from run.problems
    yield from moved(publication, options.site_dir, run.was("site"))
    yield from variants_gone(publication, run.before.units, run.after.units)


def _outbox(prepared: Prepared, plan: "Plan", memory: Memory, options: BuildOptions) -> tuple[Unit, ...]:
    """The units of the outbox: letters, what the service is given, and what says which letters there are."""
    settings, publication, inputs = plan.settings, plan.publication, plan.inputs
    given, every = memory.mail(settings), options.all_letters
    return (
        *letters(publication, given, every=every),
        *service_units(plan.root, settings, publication, inputs, given=given),
        *series(publication),
        origin(settings, prepared.publication or publication, publication, inputs, every=every),
        *marks(drafts=options.drafts),
    )


def export(
    root: Path, issue: str, provider: Provider, segments: Segments, *, now: dt.datetime, drafts: bool = False
) -> Exported:
    """The letter of an issue for readers who are in all of these segments, with the provider's tags.

    Raises ContentError with all mistakes, among them what the provider cannot write;
    UnknownNameError; and NotMeantError when such readers do not get the issue.
    """
    prepared = prepare(root, now=now)
    settings, publication = prepared.ready(drafts=drafts)
    chosen = _named(issue, publication, prepared)
    known = {segment.id for segment in publication.segments}
    for unknown in sorted(segments - known):
        raise UnknownNameError(f"there is no segment '{unknown}'", did_you_mean(unknown, known))
    if not chosen.meant_for(segments):
        readers = ", ".join(sorted(segments)) or "everyone"
        raise NotMeantError(f"{issue} is for {chosen.audience}, not for {readers}", "name its readers with --segment")
    settings = settings_for_provider(settings)
    with _mistakes_of_others(prepared):
        ((_, edition),) = _editions(root, settings, [chosen], publication)
    copy = join(edition, segments)
    found = lint(copy.html, copy.text, subject=copy.subject, settings=settings, where=chosen.where)
    letter, unwritten = provider_letter(edition, segments, provider, settings.mail, chosen.where)
    own = [problem for problem in prepared.problems if problem.where.path == chosen.where.path]
    problems = replace(prepared, problems=tuple(own)).with_more([*found, *unwritten])
    if errors_in(problems):
        raise ContentError(problems)
    return Exported(issue=issue, letter=letter, problems=problems)


def _named(issue: str, publication: Publication, prepared: Prepared) -> Issue:
    """The issue of this id; one that has not appeared is told from one that does not exist."""
    for one in publication.issues:
        if one.id == issue:
            return one
    everything = prepared.publication.issues if prepared.publication else ()
    known = [one.id for one in everything]
    if issue in known:
        raise UnknownNameError(f"{issue} has not appeared yet", "add --drafts to export it all the same")
    raise UnknownNameError(f"there is no issue '{issue}'", did_you_mean(issue, known) or "tipsheet list shows all")


@contextmanager
def _mistakes_of_others(prepared: Prepared) -> Iterator[None]:
    """Add to the mistakes those that MkDocs gives up with, and a template of the publication that cannot be filled.

    One of our templates that cannot be filled is a bug.
    """
    try:
        with telling_mistakes(prepared.root):
            yield
    except ContentError as error:
        raise ContentError(prepared.with_more(error.problems)) from error


def _editions(
    root: Path, settings: Settings, issues: Iterable[Issue], publication: Publication
) -> Iterator[tuple[Issue, Edition]]:
    """Each issue compiled once, with the publication's own templates."""
    environment = template_environment(settings.overrides_in(root))
    for issue in issues:
        yield issue, edition_of(settings, environment, whole_post(issue, publication), settings.segments)
