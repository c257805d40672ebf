"""An archive brought in: seconds for 600 issues, and how many of them say what they said (I2, I4).

    make bench-archives
    BENCH_ITEMS=60 make bench-archives

The texts are made from seeds by `tests/archives/corpus.py`: all constructs of Markdown in each other, with pictures and
footnotes, as HTML and as Markdown; and letters of 16 KB, lists of links as weekly newsletters have them. An issue
counts as the same when the words, links and pictures of its page are those that CommonMark's reference shows of the
source. The end is 1 when one differs and nobody is told, when one of HTML or a letter differs at all, or when an import
takes longer than 60 seconds.
"""

import os
import sys
import tempfile
from pathlib import Path

from tests.archives.corpus import at_home, imported, lay_corpus
from tests.folders import write_publication
from tipsheet.archives.fidelity import signature

ITEMS = int(os.environ.get("BENCH_ITEMS", "600"))
MOST_SECONDS = 60


def main() -> int:
    """Print a line for each form, and return the exit code."""
    failed = False
    for form in ("html", "md", "letter"):
        with tempfile.TemporaryDirectory() as name:
            root, old = write_publication(Path(name) / "publication", {}), Path(name) / "old"
            wanted = lay_corpus(old, range(ITEMS), form)
            took: list[tuple[float, float]] = []
            found = list(imported(root, old, took=took))
        unlike = {name for name, html, _ in found if list(wanted[name].differences(at_home(signature(html))))}
        told = {name for name, _, said in found if any("otherwise" in line for line in said)}
        silent, share = unlike - told, 100 * (len(wanted) - len(unlike)) / len(wanted)
        ((seconds, busy),) = took
        print(f"{form:6} {len(found):5} items {seconds:6.1f} s ({busy:.1f} s of processors)", end="  ")
        print(f"{share:6.2f} % the same", end="  ")
        print(f"{len(unlike & told)} told, {len(silent)} not told {' '.join(sorted(silent)[:3])}")
        failed |= bool(silent) or (form != "md" and bool(unlike)) or seconds > MOST_SECONDS
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
