"""Write the reference from the code: run it after a change, or with ``--check`` to hear what is stale."""
# ruff: noqa: INP001, T201 - a script beside the pages it writes

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from docs.reference.pages import PAGES  # noqa: E402 - found from the root of the repository


def stale() -> list[str]:
    """The pages that are not what the code says now."""
    return [n for n, make in PAGES.items() if not (file := HERE / n).is_file() or file.read_text("utf-8") != make()]


def run(arguments: Sequence[str]) -> int:
    """Write what is stale, or only name it; returns the exit code."""
    parser = argparse.ArgumentParser(description="Write the reference from the code.")
    parser.add_argument("--check", action="store_true", help="write nothing, and end with 1 when a page is stale")
    only_check, names = parser.parse_args(arguments).check, stale()
    if only_check:
        print(f"Stale: {', '.join(names)}. Run make docs." if names else "The reference is up to date.")
        return 1 if names else 0
    for name in names:
        (HERE / name).write_text(PAGES[name](), encoding="utf-8", newline="\n")
        print(f"Wrote docs/reference/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
