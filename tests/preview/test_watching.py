"""Folders that come and go under the watcher: no change is lost, and its threads do not end."""

import shutil
from pathlib import Path
from queue import Empty, SimpleQueue

from tipsheet.preview.watching import Place, Watcher


def test_folders_made_inside_new_folders(tmp_path: Path) -> None:
    told: SimpleQueue[Path] = SimpleQueue()
    watcher = Watcher(told.put)
    watcher.follow(iter([Place(folder=tmp_path)]))
    try:
        for _ in range(300):  # by its own event and in the walk of the outer folder: the inner one is found twice
            (tmp_path / "a/b/c/d/e").mkdir(parents=True)
            shutil.rmtree(tmp_path / "a")
        last = tmp_path / "last.md"
        last.write_text("told")
        assert last in iter(lambda: told.get(timeout=60), None)
    except Empty:
        raise AssertionError("the last change was not told") from None
    finally:
        watcher.close()
