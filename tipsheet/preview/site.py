"""The site as the desk shows it: files of its folder at their own path, with a script that loads a page anew.

Nothing in here writes a file. What is shown is what a build left, but for the script, and for a form that leads to the
trial service beside.
"""

import posixpath
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from flask import Response, redirect, request, send_file
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from tipsheet.preview.desk import Desk
from tipsheet.preview.guards import HOME

__all__ = ["Beside", "shown"]

LONGEST = 2000
"""Characters of an address that is looked at; no file of a site has a longer one."""
MAIL = "mail"
"""Folder of pages that show letters of the service."""
SCRIPT = '<script src="{home}static/reload.js" data-since="{since}" data-path="{path}" defer></script>'


@dataclass
class Beside:
    """The trial service beside.

    ``put`` leads a page to it; ``mail`` gives media type and content of a page below ``mail/``.
    """

    put: Callable[[bytes], bytes] = lambda page: page
    mail: Callable[[str], tuple[str, bytes] | None] = lambda _path: None


def shown(desk: Desk, beside: Beside) -> ResponseReturnValue:
    """The answer to the request for a page or a file of the site."""
    path, home = request.path, desk.path
    if len(path) > LONGEST or not path.isprintable():
        raise NotFound
    if path == "/" != home:
        return redirect(home)
    since = desk.last_event  # before the file is read: a change in between is told
    below = path.removeprefix(home.rstrip("/")) if path.startswith(home) else None
    if below is not None and (letter := _letter(below, desk, beside)):
        return Response(letter[1], content_type=letter[0])
    file = _file(desk.site, below) if below is not None else None
    if file is None:
        missing = desk.site / "404.html"
        page = missing.read_bytes() if missing.is_file() else b"Nothing is here yet."
        return _page(page, since, desk, beside), 404
    if file.is_dir():
        return redirect(f"{path}/")
    if file.suffix == ".html":
        newer = desk.page(file.relative_to(desk.site).as_posix())
        return _page(newer or file.read_bytes(), since, desk, beside)
    return send_file(file, conditional=True, max_age=0)


def _letter(below: str, desk: Desk, beside: Beside) -> tuple[str, bytes] | None:
    """A page about letters of the service beside, unless the site has a folder of that name."""
    start = f"/{MAIL}/"
    return (
        beside.mail(below.removeprefix(start)) if below.startswith(start) and not (desk.site / MAIL).exists() else None
    )


def _file(site: Path, below: str) -> Path | None:
    """The file of the site at this path, or the folder where its ``/`` is missing; None where there is nothing of ours.

    No link leads out of the folder, and nothing is opened that could not be read to an end.
    """
    file = site / posixpath.normpath(f"/{below}").lstrip("/")
    if below.endswith("/"):
        file /= "index.html"
    if not file.resolve().is_relative_to(site.resolve()):
        return None
    return file if file.is_file() or file.is_dir() else None


def _page(page: bytes, since: int, desk: Desk, beside: Beside) -> Response:
    """A page with the script before the end of its body."""
    script = SCRIPT.format(home=HOME, since=since, path=desk.path).encode()
    before, end, after = page.rpartition(b"</body>")
    whole = before + script + end + after if end else page + script
    return Response(beside.put(whole), content_type="text/html; charset=utf-8", headers={"Cache-Control": "no-cache"})
