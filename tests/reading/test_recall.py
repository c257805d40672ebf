"""What was read is not read again while nothing that it asked about has changed."""

from pathlib import Path

from tests.sample import NOW, copy_of_sample
from tipsheet.engine.inputs import scan
from tipsheet.reading import read_publication
from tipsheet.reading.recall import Recall
from tipsheet.settings import read_settings


def read(root: Path, before: Recall | None = None) -> Recall:
    settings, _ = read_settings(root)
    assert settings
    inputs = scan(root, [settings.docs_dir], {}, moment=0)
    recall = Recall(inputs, {**before.rows, **before.kept}, before.given) if before else Recall(inputs)
    read_publication(root, settings, NOW, recall)
    return recall


def test_nothing_is_read_twice_and_a_change_by_those_who_asked_about_it(tmp_path: Path) -> None:
    root = copy_of_sample(tmp_path / "publication")
    first = read(root)
    second = read(root, first)
    assert len(first.kept) > 20
    assert second.kept == {}

    taken_up = root / "content/actions/keep-an-hour-empty.md"
    taken_up.write_text(taken_up.read_text().replace("title: ", "title: Again, "))
    third = read(root, second)
    users = {path for path, row in first.kept.items() if "action:keep-an-hour-empty" in row.asked}
    assert users
    assert third.kept.keys() == {"content/actions/keep-an-hour-empty.md", *users}
