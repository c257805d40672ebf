"""The site of a build that remembers.

First the frame, by MkDocs; then the units of `plan`, those last that are put together of others.
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tipsheet.engine.build import Run
from tipsheet.engine.digest import digest_of
from tipsheet.engine.inputs import Inputs
from tipsheet.engine.units import Loader, Made, Part, Ref, Unit, called
from tipsheet.model.publication import Publication
from tipsheet.settings import Settings
from tipsheet.site.languages import moved
from tipsheet.site.page import Planned, SitePage
from tipsheet.site.plan import AT, Plan, planned_site
from tipsheet.site.search import INDEX_FILE
from tipsheet.site.shells import shape_of
from tipsheet.site.theme import Renderer, frame_from

__all__ = ["make_site", "plan_of_site"]


def plan_of_site(settings: Settings, publication: Publication, run: Run, *, inputs: Inputs, cache: Path | None) -> Plan:
    """The plan of a site that is made from these files; only its frame is still missing."""
    unknown = str(run.before.generation) if settings.foreign else ""
    given = run.after.facts["settings"]
    return planned_site(inputs, settings, publication, given=given, unknown=unknown, cache=cache)


def make_site(plan: Plan, run: Run, *, links: str, beside: Sequence[Unit], loaders: Mapping[str, Loader]) -> Plan:
    """Make what changed of the site; gives the plan with its frame.

    ``links`` tells what ordinary pages link to. ``beside`` are units of others that are made along with it, since
    two processes share many units better than few; ``loaders`` load what only they refer to, by kind. Raises
    ContentError when MkDocs gives up, and jinja2.TemplateError.
    """
    plan = _with_frame(plan, run, links)

    def load(ref: Ref) -> Any:
        return loaders.get(ref.kind, plan.load)(ref)

    run.make([*plan.last(run.make([*beside, *plan.first()], load))], load)
    return plan


def _with_frame(plan: Plan, run: Run, links: str) -> Plan:
    """The plan with the frame that MkDocs leaves, which makes what is its where that has changed."""
    docs = plan.settings.docs_dir
    told = plan.publication
    posts = {post.where.path for post in told.texts()}
    paths = list(plan.inputs.below(docs))
    ordinary = [p for p in paths if p.endswith(".md") and p not in posts]
    pages = [page for one in plan.languages for page in one.map.pages]
    shapes = {shape_of(page.url, page.folder): page for page in reversed(pages)}
    args: dict[str, object] = {
        "settings": Ref("settings", "", plan.given),
        "templates": Ref("templates", "", plan.templates),
        "menus": plan.face,
        "pages": Ref("site", "", digest_of([(path, plan.inputs.digest(path)) for path in ordinary], links)),
        "files": tuple(path for path in paths if not path.endswith(".md")),
        "shapes": tuple(sorted(shapes)),
    }
    if plan.others:
        args["languages"] = tuple(one.face for one in plan.others)

    def load(ref: Ref) -> Any:
        match ref.kind:
            case "templates":
                return None
            case "site":
                return mkdocs
            case _:
                return plan.load(ref)

    renderers: dict[str, Renderer] = {}

    def mkdocs() -> Made:
        made, found = _run(plan, shapes)
        renderers.update(found)
        return made

    unit = Unit(f"{AT}frame", write_frame, args, alone=True)
    frame = frame_from(run.make([unit], load)[unit.path])
    if not frame.shells and not renderers:  # Material itself renders our pages, and nobody has run it yet
        mkdocs()
    return plan.framed(frame, renderers)


def write_frame(pages: Callable[[], Made], **_made_of: object) -> Made:
    """Write the files that MkDocs makes, and keep the frame for our pages.

    MkDocs is no function of ours: this unit alone names what it depends on, and is given a run of it.
    """
    return pages()


def _run(plan: Plan, shapes: Mapping[str, Planned]) -> tuple[Made, Mapping[str, Renderer]]:
    from tipsheet.site.build import run_mkdocs  # noqa: PLC0415 - takes long to import; a weekly build has no need

    root = plan.publication.masthead.url
    samples = {shape: moved(sample(page, plan.load), page.folder, root) for shape, page in shapes.items()}
    with tempfile.TemporaryDirectory() as scratch:
        ran = run_mkdocs(plan.root, plan.settings, plan.publication, Path(scratch, "site"), samples)
        files = {
            AT + path.relative_to(scratch).as_posix().removeprefix("site/"): path.read_bytes()
            for path in Path(scratch).rglob("*")
            if path.is_file()
        }
    files.pop(AT + INDEX_FILE, None)
    return Made(files, ran.problems, ran.frame.value()), ran.renderers


def sample(page: Planned, load: Loader) -> SitePage:
    """The page itself."""
    made: SitePage = called(page.page, load, {}) if isinstance(page.page, Part) else page.page
    return made
