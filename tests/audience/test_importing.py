"""What an import does to the people of a store."""

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import Result

from tests.audience.people import FORM, NOW, SECRET, add_confirmed, address, changing, person
from tests.cli.conftest import run
from tests.folders import write_publication
from tipsheet.audience import transitions
from tipsheet.audience.consent import verify
from tipsheet.audience.importing import loading
from tipsheet.audience.subscriber import find
from tipsheet.store.tables import METADATA, consent_event, subscriber, suppression, wording

HEADER = "email,first_name,status,tags,city,since\n"
MAPPED = [f"--map={field}={field}" for field in ("email", "first_name", "status", "tags")] + [
    "--map=confirmed_at=since"
]

Import = Callable[..., Result]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TIPSHEET_SECRET", SECRET.text)
    return write_publication(tmp_path / "publication", {})


@pytest.fixture
def bring(root: Path, store_url: str, store: sa.Engine, tmp_path: Path) -> Import:
    """Import rows under `HEADER`, or whole files; the options are those of `MAPPED` unless others are given."""

    def bring(*rows: str, options: list[str] | None = None, file: str = "list.csv") -> Result:
        (tmp_path / file).write_text(HEADER + "".join(f"{row}\n" for row in rows))
        words = ["--consent", "Asked for it", "--database", store_url, "--now", NOW.isoformat()]
        return run("-C", root, "subscribers", "import", tmp_path / file, *words, *MAPPED, *(options or []))

    return bring


def everything(store: sa.Engine) -> dict[str, list[Any]]:
    """All rows of all tables but the list of imports."""
    with store.connect() as connection:
        return {
            name: sorted(map(repr, connection.execute(sa.select(table))))
            for name, table in METADATA.tables.items()
            if name != "import_record"
        }


def status_of(store: sa.Engine, email: str) -> str | None:
    with store.connect() as connection:
        someone = find(connection, address(email))
    return someone.status if someone else None


def events(store: sa.Engine) -> list[tuple[Any, ...]]:
    query = sa.select(consent_event.c.kind, consent_event.c.source, wording.c.text)
    with store.connect() as connection:
        rows = connection.execute(query.outerjoin(wording).order_by(consent_event.c.id)).all()
        assert not verify(connection).fault
    return [tuple(row) for row in rows]


def test_an_import_is_an_event_of_consent_with_the_words_and_the_file(bring: Import, store: sa.Engine) -> None:
    """A6: a consent source is required, and kept with everybody who is new."""
    result = bring("ada@example.org,Ada,confirmed,sells,London,2024-02-03", "bo@example.org,Bo,pending,,,")
    assert result.exit_code == 0
    assert events(store) == [("imported", "list.csv", "Asked for it")] * 2
    with store.connect() as connection:
        ada = find(connection, address("ada@example.org"))
    assert ada is not None
    assert (ada.status, ada.tags, ada.attributes, ada.confirmed_at.year) == (
        "confirmed", ("sells",), {"city": "London"}, 2024,
    )  # fmt: skip


@pytest.mark.parametrize("consent", [[], ["--consent", "  "]])
def test_without_a_source_of_consent_there_is_no_import(root: Path, tmp_path: Path, consent: list[str]) -> None:
    """A6"""
    (tmp_path / "list.csv").write_text("email\nada@example.org\n")
    result = run("-C", root, "subscribers", "import", tmp_path / "list.csv", "--map=email=email", *consent)
    assert result.exit_code == 2
    assert "consent" in result.output


def test_the_same_file_twice_changes_nothing(bring: Import, store: sa.Engine) -> None:
    """A6: no row is changed, no event added; not even when persons stand twice in it."""
    rows = (
        'ada@example.org,Ada,confirmed,"sells,b",London,2024-02-03',
        "bo@example.org,Bo,unsubscribed,,,",
        "kay@example.org,Kay,pending,,,",
        "ADA@example.org,Ada,complained,,,",
        "kay@example.org,Kay,confirmed,,,",
    )  # fmt: skip
    first = bring(*rows)
    before = everything(store)
    second = bring(*rows)
    assert "1 added, 2 left, 0 changed, 0 unchanged, 0 suppressed, 2 rejected" in first.output
    assert "0 added, 0 left, 0 changed, 3 unchanged, 0 suppressed, 2 rejected" in second.output
    assert everything(store) == before


@pytest.mark.parametrize("leave", [transitions.unsubscribe, transitions.bounce, transitions.complain])
def test_whoever_has_left_does_not_come_back(bring: Import, store: sa.Engine, leave: Callable[..., object]) -> None:
    """A6: suppressed and unsubscribed addresses never come back to life."""
    someone = add_confirmed(store)
    with changing(store) as register:
        leave(register, someone, FORM)
    before = everything(store)
    result = bring("ada@example.org,Ada,confirmed,new,Utrecht,")
    assert "0 added, 0 left, 0 changed, 0 unchanged, 1 suppressed, 0 rejected" in result.output
    assert everything(store) == before


def test_whoever_was_erased_does_not_come_back(bring: Import, store: sa.Engine) -> None:
    """A6, A8: the suppression outlives the row."""
    someone = add_confirmed(store)
    with changing(store) as register:
        transitions.erase(register, someone)
    result = bring("ADA@example.org,Ada,confirmed,,,", "ada+news@example.org,Ada,confirmed,,,")
    assert "1 added, 0 left, 0 changed, 0 unchanged, 1 suppressed, 0 rejected" in result.output
    assert status_of(store, "ada@example.org") is None


@pytest.mark.parametrize("status", ["unsubscribed", "bounced", "complained"])
def test_a_file_may_say_that_somebody_has_left(bring: Import, store: sa.Engine, status: str) -> None:
    add_confirmed(store)
    bring(f"ada@example.org,,{status},,,", f"bo@example.org,,{status},,,", file="left.csv")
    assert status_of(store, "ada@example.org") == status_of(store, "bo@example.org") == status
    assert events(store)[1:] == [(status, "left.csv", None)] * 2
    with store.connect() as connection:
        reasons = dict(connection.execute(sa.select(suppression.c.email_hmac, suppression.c.reason)).all())
    assert reasons == {SECRET.suppression(f"{who}@example.org"): status for who in ("ada", "bo")}


def test_a_file_adds_and_never_takes_away(bring: Import, store: sa.Engine) -> None:
    add_confirmed(store, tags=("old",))
    result = bring('ada@example.org,Augusta,pending,"new",Utrecht,', "ada2@example.org,,confirmed,,,")
    with store.connect() as connection:
        ada = find(connection, address("ada@example.org"))
    assert ada is not None
    assert "1 added, 0 left, 1 changed" in result.output
    assert (ada.first_name, ada.last_name, ada.status, ada.tags) == ("Augusta", "Lovelace", "confirmed", ("new", "old"))
    assert ada.attributes == {"role": "manager", "city": "Utrecht"}
    assert len(events(store)) == 2


def test_a_tag_alone_is_a_change(bring: Import, store: sa.Engine) -> None:
    add_confirmed(store)
    bring("ada@example.org,,confirmed,new,,")
    with store.connect() as connection:
        ada = find(connection, address("ada@example.org"))
    assert ada is not None
    assert ada.tags == ("new",)


def test_the_pending_are_confirmed_by_a_list_of_the_confirmed(bring: Import, store: sa.Engine) -> None:
    with changing(store) as register:
        transitions.add(register, person(), FORM)
    bring("ada@example.org,,confirmed,,,2024-02-03")
    assert status_of(store, "ada@example.org") == "confirmed"
    assert events(store)[1:] == [("imported", "list.csv", "Asked for it")]


def test_people_are_known_again_in_later_batches(
    bring: Import, store: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tipsheet.audience.importing.run.BATCH", 2)
    monkeypatch.setattr("tipsheet.audience.importing.loading.PARAMETERS", 1)
    monkeypatch.setattr("tipsheet.audience.importing.loading.NameNumbers.MOST", 0)
    names = ("a", "b", "c", "A", "B", "c")
    statuses = ("confirmed", "confirmed", "confirmed", "unsubscribed", "confirmed", "bounced")
    result = bring(*(f'{n}@example.org,,{s},"t,{n}",,' for n, s in zip(names, statuses, strict=True)))
    assert "1 added, 2 left, 0 changed, 0 unchanged, 0 suppressed, 3 rejected" in result.output
    assert [status_of(store, f"{n}@example.org") for n in "abc"] == ["unsubscribed", "confirmed", "bounced"]


def test_a_broken_file_among_several_changes_nothing(
    root: Path, store_url: str, store: sa.Engine, tmp_path: Path
) -> None:
    """A9: nothing is half-imported: the second file is broken at its end, and the first is not kept either."""
    (tmp_path / "one.csv").write_text("email\nada@example.org\n")
    (tmp_path / "two.csv").write_text("email\n" + "".join(f"r{i}@example.org\n" for i in range(5_000)) + '"bo@example')
    add_confirmed(store, "old@example.org")
    before = everything(store)
    files = [tmp_path / "one.csv", tmp_path / "two.csv"]
    options = ["--consent=x", "--map=email=email", "--database", store_url]
    result = run("-C", root, "subscribers", "import", *files, *options)
    assert (result.exit_code, "two.csv:5002" in result.output) == (1, True)
    assert everything(store) == before


def test_a_dry_run_says_the_same_and_keeps_nothing(bring: Import, store: sa.Engine) -> None:
    before = everything(store)
    dry = bring("ada@example.org,Ada,confirmed,a,,", "nobody,,confirmed,,,", options=["--dry-run"])
    assert everything(store) == before
    wet = bring("ada@example.org,Ada,confirmed,a,,", "nobody,,confirmed,,,")
    assert dry.stdout == wet.stdout
    assert (dry.exit_code, "dry run" in dry.stderr) == (4, True)


def test_rejected_rows_become_a_file_to_correct(
    bring: Import, root: Path, store_url: str, store: sa.Engine, tmp_path: Path
) -> None:
    """A6: every rejected row with its line and reason; a corrected copy is imported as it is."""
    rejected = tmp_path / "rejected.csv"
    bring("nobody,Ada,confirmed,,,", "bo@example.org,Bo", "kay@example.org,Kay,confirmed,,,",
          options=["--rejected", str(rejected)])  # fmt: skip
    lines = rejected.read_text().splitlines()
    assert lines == [
        HEADER.strip() + ",line,reason",
        "nobody,Ada,confirmed,,,,2,not an address: an email address must have an @-sign",
        'bo@example.org,Bo,,,,,3,"it has 2 cells, and the file 6 columns"',
    ]
    assert stat.S_IMODE(rejected.stat().st_mode) == 0o600
    rejected.write_text(rejected.read_text().replace("nobody", "ada@example.org"))
    run("-C", root, "subscribers", "import", rejected, "--consent=x", "--database", store_url, *MAPPED)
    assert [status_of(store, f"{who}@example.org") for who in ("ada", "bo")] == ["confirmed", None]


def test_rejected_rows_run_nothing_in_a_spreadsheet(
    bring: Import, root: Path, store_url: str, store: sa.Engine, tmp_path: Path
) -> None:
    """K9: a cell that is a formula has an apostrophe before it, and loses it when the corrected copy comes back."""
    rejected = tmp_path / "rejected.csv"
    bring("nobody,=1+1,confirmed,,,", '+ada,"@x",confirmed,,,', options=["--rejected", str(rejected)])
    assert [line.split(",")[:2] for line in rejected.read_text().splitlines()[1:]] == [
        ["nobody", "'=1+1"], ["'+ada", "'@x"],
    ]  # fmt: skip
    rejected.write_text(rejected.read_text().replace("'+ada", "'+ada@example.org"))
    run("-C", root, "subscribers", "import", rejected, "--consent=x", "--database", store_url, *MAPPED)
    assert status_of(store, "+ada@example.org") == "confirmed"


def test_without_rejected_rows_there_is_no_file_of_them(bring: Import, tmp_path: Path) -> None:
    bring("ada@example.org,Ada,confirmed,,,", options=["--rejected", str(tmp_path / "rejected.csv")])
    assert not list(tmp_path.glob("*rejected*"))


def test_the_report_for_a_program(bring: Import) -> None:
    result = bring("ada@example.org,Ada,confirmed,,,", "nobody,,confirmed,,,", options=["--json"])
    assert json.loads(result.stdout) == {
        "dry_run": False,
        "files": [
            {
                "file": "list.csv", "read_as": "plain CSV", "added": 1, "left": 0, "changed": 0, "unchanged": 0,
                "suppressed": 0, "rejected": 1, "left_out": [], "cells_left_out": {}, "unknown_statuses": {},
                "taken": [
                    "email", "first_name", "status", "tags", "attribute.city from city", "confirmed_at from since",
                ],
                "rejections": [{"line": 3, "reason": "not an address: an email address must have an @-sign"}],
            }
        ],
    }  # fmt: skip


def test_only_the_first_rejected_rows_are_told(bring: Import) -> None:
    result = bring(*["nobody,,confirmed,,,"] * 25)
    assert result.output.count("  line ") == 20
    assert "  and 5 more; --rejected FILE.csv writes them all" in result.output


def test_no_person_is_in_what_is_printed(bring: Import) -> None:
    """A10"""
    rows = ("Zoe Quark,Zoe,confirmed,,,", "zoe@@quark,Zoe,Zoe Quark,,,", "zoe@quark.example,Zoe,confirmed,,,Zoe")
    assert "quark" not in bring(*rows).output.lower()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--map=mail=email"], "there is no field 'mail'; did you mean 'email'?"),
        (["--map=attribute.shoe=first_name"], "there is no field 'attribute.shoe'"),
        (["--map=email"], "'email' is not FIELD=COLUMN"),
        (["--map=locale=city", "--map=locale=since"], "'locale' is mapped twice"),
        (["--encoding=latin-99"], "'latin-99' is not an encoding"),
        (["--encoding=base64"], "'base64' is not an encoding"),
    ],
)
def test_wrong_options(bring: Import, options: list[str], said: str) -> None:
    result = bring("ada@example.org,Ada,confirmed,,,", options=options)
    assert (result.exit_code, said in " ".join(result.output.split())) == (2, True), result.output


def test_rejected_rows_of_several_files_have_no_columns_in_common(root: Path, tmp_path: Path) -> None:
    files = [tmp_path / "one.csv", tmp_path / "two.csv"]
    for file in files:
        file.write_text("email\n")
    result = run("-C", root, "subscribers", "import", *files, "--consent=x", "--rejected", tmp_path / "r.csv")
    assert (result.exit_code, "one file at a time" in result.output) == (2, True)


def test_a_publication_with_mistakes_may_lack_attributes(root: Path, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("email\n")
    mkdocs = root / "mkdocs.yml"
    mkdocs.write_text(mkdocs.read_text().replace("{type: number}", "{type: numbre}"))
    result = run("-C", root, "subscribers", "import", tmp_path / "list.csv", "--consent=x", "--map=email=email")
    assert (result.exit_code, "mkdocs.yml:" in result.output) == (1, True)


def test_a_batch_fits_into_the_parameters_of_a_statement() -> None:
    assert loading.BATCH <= 10_000


def test_ids_are_kept_or_new(bring: Import, store: sa.Engine) -> None:
    bring("ada@example.org,Ada,confirmed,,,", "bo@example.org,Bo,confirmed,,,")
    with store.connect() as connection:
        ids = connection.execute(sa.select(subscriber.c.public_id)).scalars().all()
    assert len(set(ids)) == 2
    assert {len(one) for one in ids} == {16}
