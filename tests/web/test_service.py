"""What the build leaves for the service comes back from the outbox as it was, and pages are filled with text."""

import os
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from tests.web.builders import RECORD, left_by_a_build, world
from tipsheet.edition.outbox import NotInOutboxError
from tipsheet.edition.service import MAILS, PagePart, ServicePage, fill_page, pages_from, read_service, record_of_pages
from tipsheet.rendering.service.pages import compile_pages
from tipsheet.rendering.templates import template_environment
from tipsheet.web import create_app
from tipsheet.web.service import Outbox

names = st.from_regex(r"[a-z][a-z0-9_:-]{0,8}", fullmatch=True)
parts = st.lists(
    st.builds(PagePart, text=st.text(), flags=st.lists(names).map(tuple)) | st.builds(PagePart, slot=names), max_size=6
)


def test_what_the_build_left_comes_back(tmp_path: Path) -> None:
    found = read_service(left_by_a_build(tmp_path))
    assert found.record == RECORD
    assert set(found.mails) == set(MAILS)
    assert found.pages == compile_pages(template_environment(), RECORD)


@given(parts)
def test_pages_come_back_from_their_record(found: list[PagePart]) -> None:
    pages = {("en", "leave"): ServicePage("leave", "en", tuple(found))}
    assert pages_from(record_of_pages(pages)) == pages


def test_a_value_is_escaped_and_a_part_stands_under_its_flags() -> None:
    """W5"""
    page = ServicePage(
        "p",
        "en",
        (PagePart("<p>"), PagePart(slot="name"), PagePart("wrong", flags=("bad",)), PagePart("fine", flags=("!bad",))),
    )
    assert fill_page(page, {"name": '<a href="x">&'}) == "<p>&lt;a href=&quot;x&quot;&gt;&amp;fine"
    assert fill_page(page, {"name": ""}, {"bad"}) == "<p>wrong"


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("service.json", "{}", "version"),
        ("service.json", '{"version": 9}', "form 9"),
        ("service.json", "no json", "Expecting"),
        ("pages.json", '{"version": 1, "pages": [{}]}', "not the record"),
        (
            "pages.json",
            '{"version": 1, "pages": [{"name": "a", "language": "", "parts": [{"slot": "A b"}]}]}',
            "record",
        ),
        ("mail-known/edition.json", "{}", "cannot be sent"),
    ],
)
def test_a_damaged_outbox_is_told(tmp_path: Path, file: str, text: str, words: str) -> None:
    outbox = left_by_a_build(tmp_path)
    (outbox / "service" / file).write_text(text)
    with pytest.raises(NotInOutboxError, match=words):
        read_service(outbox)


def test_a_new_build_is_seen_and_a_damaged_one_is_not(tmp_path: Path) -> None:
    folder = left_by_a_build(tmp_path)
    outbox = Outbox(folder)
    file = folder / "service" / "service.json"
    text = file.read_text()
    file.write_text(text.replace("Half Turn", "Full Turn"))
    os.utime(file, ns=(1, 1))
    assert outbox.now().record.name == "Full Turn"
    file.write_text("{}")
    os.utime(file, ns=(2, 2))
    assert outbox.now().record.name == "Full Turn"


def test_health(store: sa.Engine, tmp_path: Path) -> None:
    client = create_app(world(store, tmp_path).service).test_client()
    assert (client.get("/healthz").status_code, client.get("/readyz").status_code) == (200, 200)
    with store.begin() as connection:
        connection.execute(sa.text("UPDATE store_version SET version_num = '9999'"))
    assert (client.get("/healthz").status_code, client.get("/readyz").status_code) == (200, 503)
