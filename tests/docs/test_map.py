"""The map in the README names every folder, and none that is not there."""

import re
from collections.abc import Iterator
from fnmatch import fnmatch

from tests.sample import ROOT

ROW = re.compile(r"^\| `([\w./-]+)/` \| \S", re.MULTILINE)


def folders() -> Iterator[str]:
    """Folders at the root and in the program, without those that git leaves alone."""
    ignored = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    for parent in (ROOT, ROOT / "tipsheet"):
        for folder in parent.iterdir():
            name = f"/{folder.name}/" if parent == ROOT else f"{folder.name}/"
            left = name == "/.git/" or any(name in (line, f"/{line}") or fnmatch(name, line) for line in ignored)
            if folder.is_dir() and not left:
                yield folder.relative_to(ROOT).as_posix()


def test_the_map_is_true() -> None:
    text = (ROOT / "README.md").read_text("utf-8").partition("\n## Map\n")[2].partition("\n## ")[0]
    named = ROW.findall(text)
    assert len(named) == len(set(named))
    assert set(named) == set(folders())
