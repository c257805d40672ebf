"""Addresses of the desk at which one writes: sources, earlier texts, findings, pictures, issues, the calendar.

What they do is in `tipsheet.editing`, which the commands call as well; `writer` ties it to the view of a desk.
"""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any, TypeVar

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import Field, TypeAdapter, ValidationError

from tipsheet.editing import insertable
from tipsheet.editing.assembly import Assembly, draft_assembled
from tipsheet.editing.drafts import NewIssue, UnusableTitleError, new_issue
from tipsheet.editing.files import (
    NoFileError,
    NotSavedError,
    Places,
    ReadOnlyError,
    RefusedPathError,
    UnreadableFileError,
)
from tipsheet.editing.issues import Revision, SlotTakenError, copy_issue, move_issue, set_draft
from tipsheet.editing.pictures import NoPictureError, keep_picture
from tipsheet.editing.revising import UnchangeableError
from tipsheet.editing.saving import ChangedError
from tipsheet.editing.timetable import CalendarEntry, Timetable, agenda
from tipsheet.errors import BusyError, TipsheetError
from tipsheet.fields import Moment, Table
from tipsheet.model.audience import PUBLIC
from tipsheet.preview.desk import Desk
from tipsheet.preview.guards import HOME
from tipsheet.preview.writer import Writer
from tipsheet.reading.published import Kind, kind_of

__all__ = ["picture_routes", "writing_routes"]

T = TypeVar("T", bound=Table)

STATUSES: dict[type[TipsheetError], int] = {
    RefusedPathError: 403,
    ReadOnlyError: 403,
    NoFileError: 404,
    UnreadableFileError: 422,
    UnchangeableError: 422,
    SlotTakenError: 422,
    UnusableTitleError: 422,
    BusyError: 503,
    NotSavedError: 507,
}
"""Statuses of errors; 409 is left to a file that is not what its writer saw."""
PICTURE_STATUSES: dict[type[TipsheetError], int] = {NoPictureError: 422, RefusedPathError: 403, NotSavedError: 507}
WEEK = re.compile(r"(\d{4})-?[Ww](\d{1,2})")
LARGEST = 40 * 1024 * 1024
"""Octets of a picture; photographs of telephones have up to 15 million."""
MOST = 104
"""Weeks that the calendar looks ahead at most, or back."""


class UnusableRequestError(TipsheetError):
    """A request lacks what it needs, or holds something else."""

    exit_code = 2


class _Source(Table):
    path: str
    text: str
    base: str | None = None


class _Unsaved(Table):
    path: str
    text: str


class _Path(Table):
    path: str
    base: str | None = None


class _New(Table):
    title: str
    date: str | None = None


class _Move(Table):
    path: str
    weeks: int


class _Publish(Table):
    path: str
    draft: bool


class _Week(Table):
    week: str | None = None


class _Span(Table):
    weeks: Annotated[int, Field(ge=1, le=MOST)] = 12
    back: Annotated[int, Field(ge=0, le=MOST)] = 2


def writing_routes(desk: Desk) -> Blueprint:
    """The routes of one desk at which one writes."""
    blueprint, writer = Blueprint("writing", __name__, url_prefix=HOME.rstrip("/")), Writer(desk)
    for kind, status in STATUSES.items():
        blueprint.register_error_handler(kind, _refusal(status))
    blueprint.register_error_handler(ChangedError, _conflict)
    _sources(blueprint, writer)
    _versions(blueprint, writer)
    _issues(blueprint, writer)
    _offers(blueprint, writer)
    return blueprint


def _sources(blueprint: Blueprint, writer: Writer) -> None:
    """Routes of sources, and of findings in them."""

    @blueprint.get("/source")
    def read() -> ResponseReturnValue:
        return jsonify(writer.opened(_path()))

    @blueprint.put("/source")
    def save() -> ResponseReturnValue:
        asked = _asked(_Source)
        seen = writer.save(asked.path, asked.text, asked.base)
        problems = writer.found(asked.path, seen.text)
        return jsonify({"digest": seen.digest, "revision": writer.desk.revision, "problems": problems})

    @blueprint.post("/check")
    def check() -> ResponseReturnValue:
        asked = _asked(_Unsaved)
        return jsonify({"problems": writer.found(asked.path, asked.text)})

    @blueprint.post("/undo")
    def undo() -> ResponseReturnValue:
        asked = _asked(_Path)
        seen = writer.undo(asked.path, asked.base)
        return jsonify({"text": seen.text, "digest": seen.digest, "revision": writer.desk.revision})

    @blueprint.post("/delete")
    def delete() -> ResponseReturnValue:
        asked = _asked(_Path)
        if asked.base is None:
            raise UnusableRequestError("what was seen is missing", "send the digest of the text as base")
        writer.delete(asked.path, asked.base)
        return jsonify({"path": asked.path, "revision": writer.desk.revision})


def _versions(blueprint: Blueprint, writer: Writer) -> None:
    """Routes of the earlier texts of a source."""

    @blueprint.get("/versions")
    def versions() -> ResponseReturnValue:
        found = writer.saving().versions(_path())
        now = writer.saving().history.state(_path())
        return jsonify({
            "versions": [
                {"id": one.number, "at": one.at.isoformat(), "cause": one.cause, "bytes": one.size,
                 "current": one == now}
                for one in found
            ]
        })  # fmt: skip

    @blueprint.get("/version")
    def version() -> ResponseReturnValue:
        number = request.args.get("id", "")
        if not re.fullmatch(r"[0-9]{1,8}", number):
            raise UnusableRequestError(f"'{number[:20]}' is no number of a version", "take one that /versions names")
        return jsonify({"text": writer.saving().version(_path(), int(number))})


def _issues(blueprint: Blueprint, writer: Writer) -> None:
    """Routes that make issues and change them as a whole."""

    @blueprint.post("/new")
    def new() -> ResponseReturnValue:
        asked, publication, settings = _asked(_New), writer.publication(), writer.desk.view().settings
        timetable = Timetable.of(settings)
        slot = timetable.moment(_moment(asked.date)) if asked.date else timetable.free(publication)
        return jsonify(writer.written(new_issue(publication, settings, NewIssue(title=asked.title, slot=slot))))

    @blueprint.post("/duplicate")
    def duplicate() -> ResponseReturnValue:
        path, publication, settings = _asked(_Path).path, writer.publication(), writer.desk.view().settings
        draft, changed = copy_issue(publication, settings, path, writer.saving().read(path).text)
        return jsonify({**writer.written(draft), "changed": changed})

    @blueprint.post("/assemble")
    def assemble() -> ResponseReturnValue:
        asked, publication, settings = _asked(_Week), writer.publication(), writer.desk.view().settings
        timetable = Timetable.of(settings)
        slot = _slot(timetable, asked.week) if asked.week else timetable.free(publication)
        assembly, draft = draft_assembled(publication, settings, slot=slot)
        return jsonify({**writer.written(draft), "choices": _choices(assembly)})

    @blueprint.post("/move")
    def move() -> ResponseReturnValue:
        asked, publication, settings = _asked(_Move), writer.publication(), writer.desk.view().settings
        sent = writer.sent(writer.saving().places(asked.path).path)

        def later(text: str) -> Revision:
            return move_issue(publication, settings, asked.path, text, weeks=asked.weeks, sent=sent)

        return jsonify(writer.revised(asked.path, later))

    @blueprint.post("/publish")
    def publish() -> ResponseReturnValue:
        asked = _asked(_Publish)
        kind = kind_of(asked.path.removeprefix(f"{writer.desk.view().settings.docs_dir}/"))
        if kind not in (Kind.ISSUE, Kind.ARTICLE, Kind.WELCOME):
            raise UnusableRequestError(f"{asked.path} is never a draft", "only issues, articles and letters are")
        return jsonify(writer.revised(asked.path, lambda text: set_draft(asked.path, text, draft=asked.draft)))


def _offers(blueprint: Blueprint, writer: Writer) -> None:
    """Routes of what there is to choose from: the calendar, and things to put in."""

    @blueprint.get("/calendar")
    def calendar() -> ResponseReturnValue:
        span = _span()
        publication, timetable = writer.publication(), Timetable.of(writer.desk.view().settings)
        entries = agenda(publication, timetable, span.weeks, back=span.back)
        actions = {issue.where.path: issue.body.action(PUBLIC) for issue in publication.issues}
        titles = {path: action.title for path, action in actions.items() if action}
        return jsonify({"slots": [_slot_values(one, titles.get(one.path)) for one in entries]})

    @blueprint.get("/insertable")
    def offered() -> ResponseReturnValue:
        path, publication, settings = request.args.get("path", ""), writer.publication(), writer.desk.view().settings
        path = writer.saving().places(path).path if path else ""
        return jsonify({
            "blocks": insertable.blocks(publication, settings),
            "fields": insertable.fields(settings),
            "posts": insertable.links(publication, settings, path),
            "actions": insertable.actions(publication),
            "segments": insertable.segments(settings),
        })  # fmt: skip


def _slot_values(entry: CalendarEntry, action: str | None) -> dict[str, object]:
    year, week, _ = entry.at.isocalendar()
    return {
        "date": entry.at.date().isoformat(),
        "at": None if entry.whole_day else entry.at.isoformat(),
        "week": f"{year}-W{week:02}",
        "kind": entry.kind,
        "id": entry.id or None,
        "path": entry.path or None,
        "title": entry.title or None,
        "action": action,
        "shared": entry.shared,
    }


def _choices(assembly: Assembly) -> list[dict[str, object]]:
    return [
        {
            "segment": one.segment or None,
            "title": one.title,
            "action": one.action.title if one.action else None,
            "reason": one.reason,
        }
        for one in assembly.proposals
    ]


def _refusal(status: int) -> Callable[[TipsheetError], ResponseReturnValue]:
    def refused(error: TipsheetError) -> ResponseReturnValue:
        return jsonify({"error": str(error), "hint": error.hint}), status

    return refused


def _conflict(error: ChangedError) -> ResponseReturnValue:
    """The answer to a text that was not saved: what is there now, and both ways on."""
    theirs = error.theirs
    return jsonify({
        "error": str(error),
        "hint": error.hint,
        "cause": error.change,
        "theirs": theirs.text if theirs else None,
        "digest": theirs.digest if theirs else "",
        "difference": error.difference,
        "merged": error.merged,
        "kept": error.kept,
    }), 409  # fmt: skip


def _path() -> str:
    return request.args.get("path", "")


def _asked(table: type[T]) -> T:
    """The body of the request as a table; raises UnusableRequestError."""
    return _read(table, request.get_json())


def _span() -> _Span:
    return _read(_Span, request.args.to_dict())


def _read(table: type[T], values: Any) -> T:
    try:
        return table.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the request"
        raise UnusableRequestError(f"{where}: {first['msg']}", "load the page again") from error


def _moment(text: str) -> dt.date | dt.datetime:
    """A day or a moment as somebody chose it; raises UnusableRequestError."""
    try:
        return TypeAdapter[dt.date | dt.datetime](Moment).validate_python(text)
    except ValidationError as error:
        said = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise UnusableRequestError(said, "choose a day in the calendar") from error


def _slot(timetable: Timetable, text: str) -> dt.datetime:
    """The slot of a week like 2026-W49, or of the week of a day."""
    found = WEEK.fullmatch(text)
    if found is None:
        year, week, _ = _moment(text).isocalendar()
        return timetable.in_week(year, week)
    try:
        return timetable.in_week(int(found[1]), int(found[2]))
    except ValueError as error:
        raise UnusableRequestError(f"{text} is no week", "choose one in the calendar") from error


def picture_routes(desk: Desk) -> Blueprint:
    """The route of one desk for pictures."""
    blueprint = Blueprint("pictures", __name__, url_prefix=HOME.rstrip("/"))

    def refused(error: TipsheetError) -> ResponseReturnValue:
        status = next(status for kind, status in PICTURE_STATUSES.items() if isinstance(error, kind))
        return jsonify({"error": str(error), "hint": error.hint}), status

    for kind in PICTURE_STATUSES:
        blueprint.register_error_handler(kind, refused)

    @blueprint.post("/picture")
    def picture() -> ResponseReturnValue:
        if (request.content_length or 0) > LARGEST:
            hint = f"save it smaller: {LARGEST // 1_000_000} MB are enough for a photograph"
            return jsonify({"error": "the file is too large", "hint": hint}), 413
        file, form, view = request.files.get("file"), request.form, desk.view()
        if file is None:
            raise NoPictureError("there is no picture in what was dropped", "drop one file, a JPEG or a PNG")
        settings = view.settings
        places = Places(root=desk.root, docs=settings.docs_dir, overrides=settings.overrides)
        named = {name: form.get(name, "") for name in ("alt", "path", "name")}
        return jsonify(asdict(keep_picture(places, view.publication, file.read(), **named)))

    return blueprint
