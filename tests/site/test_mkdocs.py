"""The site by way of MkDocs' own commands."""

import os
import subprocess
import sys
from pathlib import Path

from tests.folders import issue
from tests.site.builders import NOW, build

ROOT = Path(__file__).parents[2]


def mkdocs(root, *arguments, seed="0"):
    environment = os.environ | {
        "SOURCE_DATE_EPOCH": str(int(NOW.timestamp())),
        "NO_MKDOCS_2_WARNING": "true",
        "PYTHONHASHSEED": seed,
    }
    command = [sys.executable, "-m", "mkdocs", "build", *arguments]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


def contents(site):
    return {p.relative_to(site).as_posix(): p.read_bytes() for p in site.rglob("*") if p.is_file()}


def test_mkdocs_build_makes_the_same_bytes(publication):
    root = publication({"content/tipsheets/2026/b.md": issue("tags: [x, y, z]\n", id="b", date="2026-11-10")})

    ours = contents(build(root))
    done = mkdocs(root, "--strict", "-d", "theirs", seed="1")
    again = mkdocs(root, "--strict", "-d", "again", seed="2")

    assert done.returncode == again.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    assert contents(root / "theirs") == ours
    assert contents(root / "again") == ours


def test_mistakes_are_all_told_and_the_last_site_stays(publication):
    root = publication(
        {"content/tipsheets/2026/b.md": issue(id="b", date="2026-11-10", tagz="x", body="/// bogus\n\n///\n")}
    )
    (root / "site").mkdir()
    (root / "site/index.html").write_text("the last good one")

    done = mkdocs(root)

    assert done.returncode != 0
    assert "content/tipsheets/2026/b.md" in done.stderr
    assert "tagz" in done.stderr
    assert "bogus" in done.stderr
    assert (root / "site/index.html").read_text() == "the last good one"
