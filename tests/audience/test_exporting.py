"""Exporting everybody, and getting them back."""

import csv
import datetime as dt
import io
import os
import shutil
import stat
import string
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.audience.people import NOW, SECRET, add_confirmed, changing
from tests.cli.conftest import run
from tests.folders import write_publication
from tests.soak import soak, times
from tipsheet.audience.exporting import export
from tipsheet.audience.importing.columns import Instructions
from tipsheet.audience.importing.run import Import
from tipsheet.audience.private_files import harmless, restored
from tipsheet.audience.register import label
from tipsheet.audience.subscriber import LABELS
from tipsheet.model.frequency import FREQUENCIES
from tipsheet.model.segment import STATUSES, Attribute, AttributeType
from tipsheet.store.database import open_store
from tipsheet.store.tables import subscriber, subscriber_tag, subscription, tag, topic

ATTRIBUTES = (
    Attribute(name="city", type=AttributeType.TEXT),
    Attribute(name="seats", type=AttributeType.NUMBER),
    Attribute(name="vip", type=AttributeType.BOOLEAN),
)
INSTRUCTIONS = Instructions(consent="As before", attributes=ATTRIBUTES, mapped={})

Person = Mapping[str, Any]

# A line as the store holds one: without control characters, and without blanks around it.
LINE = st.text(
    st.one_of(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), st.sampled_from("=+-@'\",;[]{}")),
    max_size=12,
).map(lambda text: text.strip(" "))
NAMES = st.frozensets(LINE.filter(bool), max_size=3)
LOCAL = st.text(string.ascii_letters + string.digits + "'+-=_", min_size=1, max_size=8)
MOMENT = st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2100, 1, 1), timezones=st.just(dt.UTC))  # noqa: DTZ001 - the zone is given beside
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "city": LINE.filter(bool),
        "seats": st.one_of(st.integers(-(10**15), 10**15), st.floats(allow_nan=False, allow_infinity=False)),
        "vip": st.booleans(),
    },
)
PEOPLE = st.lists(
    st.fixed_dictionaries({
        "email": LOCAL.map(lambda local: f"{local}@example.org"),
        "first_name": LINE,
        "last_name": LINE,
        "locale": st.sampled_from(["", "en", "nl-BE"]),
        "status": st.sampled_from(STATUSES),
        "frequency": st.sampled_from(sorted(FREQUENCIES)),
        "paused_until": st.none() | MOMENT,
        "created_at": MOMENT,
        "confirmed_at": st.none() | MOMENT,
        "attributes": VALUES,
        "tags": NAMES,
        "topics": NAMES,
    }),
    unique_by=lambda one: one["email"].lower(),
    max_size=6,
)  # fmt: skip


def put(store: sa.Engine, people: Sequence[Person]) -> None:
    """People into the store, as they are."""
    with changing(store) as register:
        for person in people:
            row = {k: v for k, v in person.items() if k not in ("tags", "topics")}
            row |= {"email_norm": person["email"].lower(), "public_id": register.public_id(), "changed_at": NOW}
            number = register.connection.execute(sa.insert(subscriber).values(row)).inserted_primary_key[0]
            for kind in LABELS:
                label(register.connection, kind, {number: person[kind]})


def held(store: sa.Engine) -> list[dict[str, Any]]:
    """Everybody, with everything that is about them and not about the row."""
    with store.connect() as connection:
        people = {row["id"]: dict(row) for row in connection.execute(sa.select(subscriber)).mappings()}
        for names, links in ((tag, subscriber_tag), (topic, subscription)):
            for number, name in connection.execute(sa.select(links.c.subscriber_id, names.c.name).join(names)):
                people[number].setdefault(names.name, set()).add(name)
    for one in people.values():
        del one["id"], one["changed_at"], one["import_id"]
    return [people[number] for number in sorted(people)]


def there_and_back(source: sa.Engine, target: sa.Engine, folder: Path) -> str:
    """Export one store, import it into another, and return the file."""
    file = folder / "people.csv"
    with file.open("w", encoding="utf-8", newline="") as text, source.connect() as connection:
        export(connection, text, declared=[attribute.name for attribute in ATTRIBUTES])
    (report,) = Import(engine=target, secret=SECRET, now=NOW, instructions=INSTRUCTIONS).take([file])
    assert (report.rejections, report.left_out) == ((), ())
    return file.read_text("utf-8")


@contextmanager
def empty(template: Path) -> Iterator[sa.Engine]:
    """An empty store in a file that does not stay."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(template, f"{folder}/audience.db")
        engine = open_store(f"sqlite:///{folder}/audience.db")
        yield engine
        engine.dispose()


@soak(600)
@settings(max_examples=times(20, 200), deadline=None)
@given(people=PEOPLE)
def test_an_export_comes_back_without_loss(people: Sequence[Person], sqlite_template: Path) -> None:
    """A7: export, import into an empty store, and there are the same people."""
    with (
        empty(sqlite_template) as source,
        empty(sqlite_template) as target,
        empty(sqlite_template) as third,
    ):
        put(source, people)
        with tempfile.TemporaryDirectory() as folder:
            first = there_and_back(source, target, Path(folder))
            assert held(target) == held(source)
            assert there_and_back(target, third, Path(folder)) == first


NASTY = [
    {
        "email": "=cmd'+x@example.org", "first_name": "=HYPERLINK(1)", "last_name": "'-1", "locale": "",
        "status": "bounced", "frequency": "every", "paused_until": NOW, "created_at": NOW, "confirmed_at": None,
        "attributes": {"city": '@a,"b";c', "seats": -0.5, "vip": False},
        "tags": frozenset({"a, b", 'say "so"', "'quoted'"}), "topics": frozenset({"=1"}),
    },
    {
        "email": "Zoë@example.org", "first_name": "Zoë 漢字", "last_name": "", "locale": "nl", "status": "confirmed",
        "frequency": "monthly", "paused_until": None, "created_at": NOW, "confirmed_at": NOW.replace(microsecond=7),
        "attributes": {}, "tags": frozenset(), "topics": frozenset(),
    },
]  # fmt: skip


def test_an_export_of_either_database_comes_back(store: sa.Engine, sqlite_template: Path, tmp_path: Path) -> None:
    """A7"""
    put(store, NASTY)
    with empty(sqlite_template) as other:
        there_and_back(store, other, tmp_path)
        assert held(other) == held(store)


def test_an_import_into_either_database_is_lossless(store: sa.Engine, sqlite_template: Path, tmp_path: Path) -> None:
    """A7"""
    with empty(sqlite_template) as other:
        put(other, NASTY)
        there_and_back(other, store, tmp_path)
        assert held(other) == held(store)


def test_no_cell_of_an_export_is_a_formula(store: sa.Engine) -> None:
    """A7: ASVS 1.2.10."""
    put(store, NASTY)
    text = io.StringIO(newline="")
    with store.connect() as connection:
        assert export(connection, text) == 2
    cells = [cell for row in csv.reader(io.StringIO(text.getvalue())) for cell in row]
    assert "'=HYPERLINK(1)" in cells
    assert "''-1" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


@given(st.text(st.sampled_from("=+-@\t\r'a "), max_size=5) | st.text())
def test_what_is_made_harmless_is_restored(cell: str) -> None:
    """A7: without ambiguity, also for cells that begin with apostrophes."""
    assert restored(harmless(cell)) == cell
    assert not harmless(cell).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_an_export_goes_to_standard_output_or_to_a_private_file(
    store: sa.Engine, store_url: str, tmp_path: Path
) -> None:
    root = write_publication(tmp_path / "publication", {})
    add_confirmed(store)
    put(store, NASTY[:1])
    command = ["-C", root, "subscribers", "export", "--database", store_url]
    printed = run(*command)
    file = tmp_path / "people.csv"
    assert (run(*command, "-o", file).exit_code, printed.stderr) == (0, "Exported: 2 subscribers.\n")
    assert file.read_bytes() == printed.stdout_bytes
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [row["email"] for row in csv.DictReader(run(*command, "--status=confirmed").stdout.splitlines())] == [
        "Ada@example.org"
    ]
    assert run(*command, "--segment=toronto", "--segment=sellers").stderr == "Exported: 1 subscriber.\n"
    assert run(*command, "--segment=toronto", "--status=bounced").stderr == "Exported: 0 subscribers.\n"
    assert "did you mean 'toronto'?" in run(*command, "--segment=torronto").stderr
    assert "is not one of 'pending'" in run(*command, "--status=active").stderr


def test_an_export_does_not_get_where_others_read(sqlite_url: str, tmp_path: Path) -> None:
    """A10: not into the site, the outbox or the content, and not over a file that git tracks."""
    root = write_publication(tmp_path / "publication", {})
    open_store(sqlite_url).dispose()
    command = ["-C", root, "subscribers", "export", "--database", sqlite_url, "-o"]
    for folder in ("site", "outbox", "content"):
        (root / folder).mkdir(exist_ok=True)
        result = run(*command, root / folder / "people.csv")
        assert (result.exit_code, f"lies in {folder}/" in result.stderr) == (2, True)
    environ = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}
    (root / "tracked.csv").write_text("")
    for words in (["init", "-q"], ["add", "tracked.csv"]):
        subprocess.run(["git", *words], cwd=root, check=True, env=environ)
    (root / "tracked.csv").unlink()
    assert "is tracked by git" in run(*command, root / "tracked.csv").stderr
    assert "git does not ignore" in run(*command, root / "new.csv").stderr
    assert "is there already" in run(*command, root / "new.csv").stderr
    assert sorted(path.name for path in root.glob("*.csv")) == ["new.csv"]


def test_an_export_that_fails_leaves_no_file(store: sa.Engine, store_url: str, tmp_path: Path) -> None:
    root = write_publication(tmp_path / "publication", {})
    add_confirmed(store)
    with store.begin() as connection:
        connection.execute(sa.text("DROP TABLE subscription"))
    result = run("-C", root, "subscribers", "export", "--database", store_url, "-o", tmp_path / "people.csv")
    assert (result.exit_code, "refused a statement" in result.stderr) == (1, True)
    assert not list(tmp_path.glob("*.csv*"))
