"""The service beside ``tipsheet serve``: a newcomer subscribes, reads the letter, confirms and leaves."""

import re
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from tests.cli.served import PATIENCE, serving
from tests.programs import port_before_one_that_is_taken
from tests.sample import copy_of_sample


def asked(method: str, url: str, form: dict[str, str] | None = None, **headers: str) -> tuple[int, str]:
    """Status and text of an answer of the service, as a browser gets it."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=PATIENCE)
    kind = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
    try:
        connection.request(method, parts.path, urlencode(form) if form else None, {**kind, **headers})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@pytest.mark.no_cover
def test_a_newcomer_comes_in_and_goes_within_a_minute(tmp_path: Path) -> None:
    """Issue 14, item 6: everything on this machine, and the folder of the site is what is published."""
    letter = copy_of_sample(tmp_path / "letter")
    with serving(letter, "--no-drafts") as served:
        service = served.hears(r"The service answers at (http://127\.0\.0\.1:\d+); its letters are at (\S+mail/)")[1]
        served.shows(f'action="{service}/subscribe"', "subscribe/")
        assert service not in (letter / "site/subscribe/index.html").read_text()
        assert "None yet" in served.get("mail/")[1]

        form = {
            "email": "ada@example.org",
            "first_name": "Ada",
            "consent": "yes",
            "segments": "managers",
            "form": "page",
        }
        origin = served.url.rstrip("/").replace("127.0.0.1", "localhost")
        assert asked("POST", f"{service}/subscribe", form, Origin=origin)[0] == 303
        served.shows("ada@example.org", "mail/")
        (name,) = re.findall(r'href="(0001[^"]+)"', served.get("mail/")[1])
        (confirm,) = set(re.findall(rf"{service}/confirm/[\w.-]+", served.get(f"mail/{name}")[1]))
        assert confirm in served.get(f"mail/{name}.html")[1]

        for _ in range(2):
            status, page = asked("GET", confirm)
            assert (status, service in page, "halfturn.example/" in page) == (200, False, False)
        assert asked("POST", confirm, {"do": "confirm"}, Origin=service)[0] == 200
        assert served.get("mail/../../../mkdocs.yml")[0] == 404
        assert served.get("mail/none.eml")[0] == 404
        code, said = served.interrupt()
    assert (code, "Traceback" in said) == (0, False)
    assert not [path for path in (letter / "site").rglob("*.html") if service in path.read_text()]


@pytest.mark.no_cover
def test_a_port_that_is_taken_is_passed_over(tmp_path: Path) -> None:
    letter = copy_of_sample(tmp_path / "letter")
    with port_before_one_that_is_taken() as port, serving(letter, "--port", str(port)) as served:
        service = served.hears(r"The service answers at http://127\.0\.0\.1:(\d+)")[1]
        assert int(service) not in (port, port + 1)
        assert asked("GET", f"http://127.0.0.1:{service}/readyz")[0] == 200


def test_it_can_be_left_out(tmp_path: Path) -> None:
    letter = copy_of_sample(tmp_path / "letter")
    with serving(letter, "--no-service") as served:
        assert "service" not in served.said
        assert served.get("mail/")[0] == 404
