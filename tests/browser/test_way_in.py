"""The way in with a real browser: the form, the sum that it does, the button; with scripts and without."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.browser.conftest import Open
from tests.delivery.sink import Sink, running
from tests.web.builders import RECORD, World, world
from tests.web.door import link_in, readers, rows, send
from tipsheet.rendering.service.pages import FOLDER
from tipsheet.store.database import open_store
from tipsheet.store.tables import signup
from tipsheet.web import create_app, serve_at

pytestmark = pytest.mark.browser


@pytest.fixture
def half_turn(sqlite_url: str, tmp_path: Path) -> Iterator[World]:
    engine = open_store(sqlite_url)
    made = world(engine, tmp_path, replace(RECORD, proof=True))
    shutil.copy(FOLDER / "proof.js", tmp_path / "outbox/service/assets")
    yield made
    engine.dispose()


@pytest.fixture
def base(half_turn: World) -> Iterator[str]:
    server = serve_at(create_app(half_turn.service), "127.0.0.1", 0, 4)
    thread = threading.Thread(target=server.run_until_closed)
    thread.start()
    yield server.url
    server.accepting = False
    thread.join()
    server.close()


def answers(store: sa.Engine) -> list[bool]:
    """Of each request, whether its browser has proved something."""
    return [proof is not None for (proof,) in rows(store, signup, "proof")]


@pytest.mark.parametrize("scripts", [True, False])
def test_a_reader_comes_in(half_turn: World, base: str, visit: Open, scripts: bool) -> None:
    """W2, W4: a mistake is told, the browser proves what it can, and the button makes a reader."""
    here = visit(base=base, java_script_enabled=scripts)
    page = here.go("/subscribe")
    half_turn.clock.forward(seconds=30)
    page.get_by_label("E-mail address").fill("ada@localhost")
    page.get_by_label(RECORD.consent).check()
    page.get_by_role("button", name="Send me the confirmation").click()
    page.get_by_text("Please look at this again").first.wait_for()
    assert page.get_by_label("E-mail address").input_value() == "ada@localhost"
    half_turn.clock.forward(seconds=30)
    page.get_by_label("E-mail address").fill("ada@example.org")
    page.get_by_label("Sellers").check()
    page.get_by_role("button", name="Send me the confirmation").click()
    if not scripts:
        page.get_by_role("button", name="Go on without it").click()
    page.wait_for_url("**/subscribe/asked", timeout=60_000)
    assert answers(half_turn.service.engine) == [scripts]

    with running(Sink()) as sink:
        (letter,) = send(half_turn, sink)
    page = here.go(link_in(letter))
    assert readers(half_turn.service.engine) == []
    page.get_by_role("button", name="Yes, send me Half Turn").click()
    page.get_by_role("heading", name="You are on the list").wait_for()
    assert readers(half_turn.service.engine) == [("ada@example.org", "confirmed")]
    assert (here.foreign(), [said for said in here.complaints if "Failed to load" not in said]) == ([], [])
