"""The address at which a picture is dropped in, as the page of the desk asks it."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.folders import issue, write_publication
from tests.pictures.made import telephone
from tests.preview.test_writing import TOKEN, Page
from tests.reading.test_mistakes import TIP
from tipsheet.preview import writing


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return Page(write_publication(tmp_path, {TIP: issue()}))


def drop(page: Page, data: bytes | None, **form: str) -> tuple[int, Any]:
    more = {"file": (BytesIO(data), "IMG_0815.HEIC")} if data is not None else {}
    answer = page.client.post("/_desk/picture", data={**form, **more}, headers={"X-Desk": TOKEN})
    return answer.status_code, answer.json


def test_a_photograph_is_kept_and_its_markdown_given(page: Page) -> None:
    status, kept = drop(page, telephone(2000, 1500, 6), path=TIP, alt="A door")
    assert (status, kept) == (200, {
        "file": "content/images/a-door.jpg", "width": 1500, "height": 2000,
        "markdown": "![A door](../../images/a-door.jpg)",
    })  # fmt: skip
    with Image.open(page.root / kept["file"]) as image:
        assert (image.size, dict(image.getexif())) == ((1500, 2000), {})


@pytest.mark.parametrize(
    ("data", "form", "status", "words"),
    [
        (b"no picture", {"path": TIP, "alt": "A door"}, 422, "this picture cannot be used"),
        (None, {"path": TIP, "alt": "A door"}, 422, "there is no picture in what was dropped"),
        (telephone(60, 40), {"path": TIP}, 422, "nothing says what the picture shows"),
        (telephone(60, 40), {"alt": "A door"}, 403, "cannot be opened"),
        (telephone(60, 40), {"path": "../x.md", "alt": "A door"}, 403, "cannot be opened"),
    ],
    ids=["no picture", "no file", "no words", "no source", "another source"],
)
def test_what_is_not_taken_is_told(
    page: Page, data: bytes | None, form: dict[str, str], status: int, words: str
) -> None:
    found, told = drop(page, data, **form)
    assert found == status
    assert words in told["error"]
    assert told.keys() == {"error", "hint"}


def test_a_file_that_is_too_large_is_not_read(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "LARGEST", 1000)
    status, told = drop(page, telephone(60, 40), path=TIP, alt="A door")
    assert (status, told["error"]) == (413, "the file is too large")
