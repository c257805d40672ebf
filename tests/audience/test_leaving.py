"""Leaving by hand, by an address or by the token that letters carry."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import Result

from tests.audience.people import FORM, NOW, SECRET, add_confirmed, changing
from tests.cli.conftest import run
from tests.folders import write_publication
from tipsheet.audience import transitions
from tipsheet.audience.consent import verify
from tipsheet.audience.register import Register, open_register
from tipsheet.audience.subscriber import address_of as address
from tipsheet.audience.subscriber import known, suppression_of, token_in
from tipsheet.audience.transitions import HOLD, unsubscribe_all
from tipsheet.store.tables import consent_event

Command = Callable[..., Result]


@pytest.fixture
def command(tmp_path: Path, store_url: str, store: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("TIPSHEET_SECRET", SECRET.text)
    root = write_publication(tmp_path / "publication", {})
    return lambda *words: run(
        "-C", root, "subscribers", "unsubscribe", *words, "--database", store_url, "--now", NOW.isoformat()
    )


def status(store: sa.Engine, email: str) -> str:
    with store.connect() as connection:
        return known(connection, address(email)).status


@pytest.mark.parametrize(
    "form",
    [
        "{}", " {} ", "unsubscribe {}", "UNSUBSCRIBE {}", "https://leave.example.org/l/{}",
        "<https://leave.example.org/l/{}>", "mailto:editor@example.org?subject=unsubscribe%20{}",
    ],
)  # fmt: skip
def test_a_token_is_as_good_as_an_address(command: Command, store: sa.Engine, form: str) -> None:
    """W2: in whatever form a reader sends it back."""
    token = SECRET.leave_token(add_confirmed(store).public_id)
    result = command(form.format(token.upper() if "UN" in form else token))
    assert (result.exit_code, status(store, "ada@example.org")) == (0, "unsubscribed"), result.output


def test_a_wrong_token_says_nothing_about_who_exists(command: Command, store: sa.Engine) -> None:
    """W2: forged, of a reader who was erased, or of nobody: the same words."""
    someone, erased = add_confirmed(store), add_confirmed(store, "bo@example.org")
    token = SECRET.leave_token(someone.public_id)
    forged = token[:-1] + ("a" if token[-1] != "a" else "b")
    with changing(store) as register:
        transitions.erase(register, erased)
    results = [command(one) for one in (forged, SECRET.leave_token(erased.public_id), "a" * 32)]
    assert {result.exit_code for result in results} == {2}
    assert len({result.output for result in results}) == 1
    assert "no reader is known by this token" in results[0].output
    assert status(store, "ada@example.org") == "confirmed"


@pytest.mark.parametrize("text", ["a" * 32 + "@example.org", "short", "", "ada@example.org", "a" * 33])
def test_what_is_no_token(text: str) -> None:
    assert not token_in(text)


def test_a_list_of_addresses_and_tokens(command: Command, store: sa.Engine, tmp_path: Path) -> None:
    """Whoever is known leaves; what names nobody is told by its line, and not repeated."""
    token = SECRET.leave_token(add_confirmed(store).public_id)
    add_confirmed(store, "bo@example.org")
    lines = ("# of 24 November", token, "", "BO@example.org", "quark@example.org", "a" * 32, "quark")
    (tmp_path / "left.txt").write_text("\n".join(lines))
    dry = command("--list", tmp_path / "left.txt", "--dry-run")
    assert (dry.exit_code, status(store, "bo@example.org")) == (4, "confirmed")
    result = command("--list", tmp_path / "left.txt", "--json")
    assert json.loads(result.stdout) == {
        "unsubscribed": 2,
        "refused": [
            {"line": 5, "reason": "nobody is subscribed by this address"},
            {"line": 6, "reason": "no reader is known by this token"},
            {"line": 7, "reason": "neither an address nor a token"},
        ],
    }
    assert (result.exit_code, "quark" in result.output) == (4, False)
    assert {status(store, f"{who}@example.org") for who in ("ada", "bo")} == {"unsubscribed"}


@pytest.mark.parametrize("words", [[], ["ada@example.org", "--list", "-"]])
def test_one_or_a_list(command: Command, words: list[str]) -> None:
    result = command(*words)
    assert (result.exit_code, "Give an address" in result.output) == (2, True)


def test_readers_leave_by_themselves_while_a_list_is_read(store: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A12: a list is done in batches, between which nothing is held; what was done stays when it breaks off."""
    monkeypatch.setattr("tipsheet.audience.transitions.BATCH", 2)
    for name in ("ada", "bo", "cy", "own"):
        add_confirmed(store, f"{name}@example.org")

    def lines() -> Iterator[tuple[int, str]]:
        for number, name in enumerate(("ada", "bo", "cy", "end"), 1):
            if name == "end":
                with changing(store) as register:
                    transitions.unsubscribe(register, known(register.connection, address("own@example.org")), FORM)
                raise EOFError
            yield number, f"{name}@example.org"

    opened = partial(open_register, store, SECRET, now=NOW, one_of_many=True)
    with pytest.raises(EOFError):
        list(unsubscribe_all(opened, lines(), FORM))
    assert [status(store, f"{name}@example.org") for name in ("ada", "bo", "cy", "own")] == [
        "unsubscribed", "unsubscribed", "confirmed", "unsubscribed",
    ]  # fmt: skip


def test_a_slow_database_makes_shorter_batches(store: sa.Engine) -> None:
    """A12: the time for which a list holds the others up is bounded, not the number of its lines."""
    for number in range(6):
        add_confirmed(store, f"p{number}@example.org")
    opened: list[int] = []

    @contextmanager
    def counted() -> Iterator[Register]:
        opened.append(0)
        with open_register(store, SECRET, now=NOW) as register:
            yield register

    lines = [(number, f"p{number}@example.org") for number in range(6)]
    ticks = iter(number * HOLD * 0.6 for number in range(100))
    assert len(list(unsubscribe_all(counted, lines, FORM, steady=lambda: next(ticks)))) == len(lines)
    assert len(opened) == 3


def test_leaving_together_is_leaving_one_after_another(store: sa.Engine) -> None:
    """W15: the same rows, the same chain; twice counts once, and an id of nobody does nothing."""
    people = [add_confirmed(store, f"{name}@example.org") for name in ("a", "b", "c", "d")]
    with changing(store) as register:
        transitions.unsubscribe(register, people[3], FORM)
    ids = [someone.public_id for someone in (people[1], people[0], people[1], people[3])]
    given = [replace(FORM, source=f"https://sheet.example/{number}") for number in range(5)]
    with changing(store) as register:
        transitions.unsubscribe_together(register, list(zip([*ids, "z" * 16], given, strict=True)))
    statuses = [status(store, someone.email) for someone in people]
    assert statuses == ["unsubscribed", "unsubscribed", "confirmed", "unsubscribed"]
    left = sa.select(consent_event.c.subscriber_id, consent_event.c.source)
    with store.connect() as connection:
        assert [tuple(row) for row in connection.execute(left.order_by(consent_event.c.id)).all()[5:]] == [
            (people[1].id, given[0].source), (people[0].id, given[1].source)
        ]  # fmt: skip
        assert verify(connection).fault == ""
        suppressed = [suppression_of(connection, SECRET, address(someone.email)) for someone in people]
    assert [one is not None for one in suppressed] == [True, True, False, True]
