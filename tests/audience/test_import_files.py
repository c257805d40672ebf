"""A9: every fault of a file has a file here, and beside it what the command says about it.

The first line of the expectation holds the options; then comes what is printed, and the people who
are in the store afterwards. ``TIPSHEET_WRITE_EXPECTED=1`` writes what comes out today.
"""

import os
import shlex
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.audience.people import SECRET
from tests.cli.conftest import run
from tests.folders import write_publication
from tipsheet.store.database import open_store
from tipsheet.store.tables import subscriber, subscriber_tag, tag

FILES = Path(__file__).parent / "files"
CASES = sorted(FILES.glob("*.csv"))


def people(store: sa.Engine) -> Iterator[str]:
    """The people of a store, one a line."""
    with store.connect() as connection:
        tags = defaultdict(list)
        for number, name in connection.execute(sa.select(subscriber_tag.c.subscriber_id, tag.c.name).join(tag)):
            tags[number].append(f"[{name}]")
        for row in connection.execute(sa.select(subscriber).order_by(subscriber.c.id)):
            words = (
                row.email,
                row.first_name,
                row.last_name,
                row.status,
                *(f"{k}={v}" for k, v in sorted(row.attributes.items())),
                *sorted(tags[row.id]),
            )
            yield " ".join(filter(None, words))


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_a_fault_of_a_file(file: Path, tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPSHEET_SECRET", SECRET.text)
    root = write_publication(tmp_path / "publication", {})
    expected = file.with_suffix(".txt")
    arguments = expected.read_text("utf-8").partition("\n")[0]
    command = ["-C", root, "subscribers", "import", file, "--consent", "Asked for it", "--database", store_url]
    result = run(*command, *shlex.split(arguments.removeprefix("$")))
    engine = open_store(store_url)
    lines = [arguments, result.output.rstrip(), f"exit {result.exit_code}", "", *people(engine)]
    engine.dispose()
    found = "\n".join(lines).rstrip() + "\n"
    if os.environ.get("TIPSHEET_WRITE_EXPECTED"):
        expected.write_text(found, "utf-8")
    assert found == expected.read_text("utf-8")
