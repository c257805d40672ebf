"""Pictures of letters and pages that changed, before and after, taken by a Chromium without a window.

They come from a server on loopback, to a browser with a profile of its own that is deleted; any other host is not
found, so that nothing is loaded from elsewhere. The browser runs the scripts of the site: take pictures where there is
no secret, as in a pipeline for pull requests.
"""

import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

from tipsheet.edition.joining import EVERYONE_NAME
from tipsheet.review.changes import Change, Changes
from tipsheet.review.comparison import INDEX
from tipsheet.review.revision import BuiltSide

__all__ = ["BROWSERS", "BROWSER_VARIABLE", "find_browser", "take_pictures"]

BROWSER_VARIABLE = "TIPSHEET_CHROMIUM"
"""Variable that names the program, where it has another name."""
BROWSERS = (
    "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
)  # fmt: skip
"""Programs that are looked for, the quickest first."""
_WIDTHS = (390, 1280)
_HEIGHT = 2400
"""Pixels of a picture's height: a window, since Chromium takes no picture of a whole page by itself."""
_SECONDS = 60
_MOST = 40
"""Letters and pages of which pictures are taken."""


@dataclass(frozen=True, slots=True)
class _Subject:
    """A file to take a picture of, below the folder of a side, and the name that its picture begins with."""

    name: str
    file: Path


def find_browser(environ: Mapping[str, str]) -> str | None:
    """The path of a Chromium or Chrome; None where there is none."""
    named = environ.get(BROWSER_VARIABLE)
    names = (named,) if named else BROWSERS
    return next((found for name in names if (found := shutil.which(name, path=environ.get("PATH")))), None)


def take_pictures(browser: str, folder: Path, before: BuiltSide, after: BuiltSide, changes: Changes) -> int:
    """Write ``letter-….before.390.png`` and so on for what changed; returns how many were taken."""
    folder.mkdir(parents=True, exist_ok=True)
    count, subjects = 0, list(_subjects(changes))[:_MOST]
    for side, built in (("before", before), ("after", after)):
        with tempfile.TemporaryDirectory(prefix="tipsheet-") as profile, _served(built.folder) as address:
            for subject in subjects:
                for width in _WIDTHS if (built.folder / subject.file).is_file() else ():
                    picture = folder.resolve() / f"{subject.name}.{side}.{width}.png"
                    page = f"{address}{quote(subject.file.as_posix())}"
                    count += _taken(browser, page, picture, width, profile)
    return count


class _Files(SimpleHTTPRequestHandler):
    """The files of a folder, without a word on stderr about each."""

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """The address of a server of this folder, on loopback, for as long as it is asked."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, name="pictures", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _subjects(changes: Changes) -> Iterator[_Subject]:
    for letter in changes.letters:
        for one in letter.audiences:
            audience = EVERYONE_NAME if EVERYONE_NAME in one.audiences else one.audiences[0]
            yield _Subject(_name("letter", letter.issue, audience), Path("outbox", letter.issue, f"{audience}.html"))
    for page in changes.pages:
        if page.whole or page.change is not Change.CHANGED:
            address = page.address.lstrip("/")
            file = address + INDEX if not address or address.endswith("/") else address
            yield _Subject(_name("page", address or "home"), Path("site", file))


def _name(*words: str) -> str:
    """A name of a file, of letters, digits and hyphens, that says what the picture shows."""
    return "-".join(re.sub(r"[^\w]+", "-", word).strip("-")[:80] for word in words)


def _taken(browser: str, page: str, picture: Path, width: int, profile: str) -> bool:
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []  # Chromium refuses root otherwise
    command = [
        browser, "--headless", "--disable-gpu", "--hide-scrollbars", "--mute-audio", "--no-first-run", *root,
        "--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        f"--user-data-dir={profile}", f"--window-size={width},{_HEIGHT}", f"--screenshot={picture}", page,
    ]  # fmt: skip
    told = {name: value for name, value in os.environ.items() if not name.startswith("TIPSHEET_")}
    try:
        done = subprocess.run(command, env=told, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and picture.is_file()
