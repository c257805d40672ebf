"""The address of the desk at which a picture is dropped in; what becomes of it is in `tipsheet.editing.pictures`."""

from dataclasses import asdict

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from tipsheet.editing.files import NotSavedError, Places, RefusedPathError
from tipsheet.editing.pictures import NoPictureError, keep_picture
from tipsheet.errors import TipsheetError
from tipsheet.preview.desk import Desk
from tipsheet.preview.guards import HOME

__all__ = ["LARGEST", "picture_routes"]

LARGEST = 40 * 1024 * 1024
"""Octets of an upload; photographs of telephones have up to 15 million."""
STATUSES: dict[type[TipsheetError], int] = {NoPictureError: 422, RefusedPathError: 403, NotSavedError: 507}


def picture_routes(desk: Desk) -> Blueprint:
    """The route of one desk for pictures."""
    blueprint = Blueprint("pictures", __name__, url_prefix=HOME.rstrip("/"))

    def refused(error: TipsheetError) -> ResponseReturnValue:
        status = next(status for kind, status in STATUSES.items() if isinstance(error, kind))
        return jsonify({"error": str(error), "hint": error.hint}), status

    for kind in STATUSES:
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
