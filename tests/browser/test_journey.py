"""The whole way of a reader, from the form to the farewell, as it is for real (W17).

Debian's Chromium, nginx with TLS as the how-to has it, postfix, the commands as programs, SQLite and PostgreSQL.
"""

import datetime as dt
import email
import email.policy
import os
import re
import signal
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.client import HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright import sync_api

from tests.browser.conftest import CHROMIUM, Launch
from tests.delivery import postfix
from tests.delivery.postfix import Postfix
from tests.delivery.postfix import running as running_postfix
from tests.programs import PATIENCE, free_port, wait_for
from tests.sample import copy_of_sample
from tests.warm import Started
from tests.web.processes import Service, web
from tests.web.test_proxies import NGINX, nginx

pytestmark = [
    pytest.mark.postfix,
    pytest.mark.browser,
    pytest.mark.no_cover,
    pytest.mark.skipif(not postfix.AVAILABLE, reason="postfix is not installed, or this is not root"),
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed"),
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium"),
]

SITE, SERVICE = "https://halfturn.example", "https://lists.halfturn.example"
ADA, BO, CY = "ada@example.org", "bo@example.com", "cy@example.net"
SATURDAY, SUNDAY = "2026-11-14T12:00+01:00", "2026-11-15T12:00+01:00"
TUESDAY, NEXT = "2026-11-17T07:10+01:00", "2026-11-24T07:10+01:00"
OLD, FIRST, SECOND = "2026-w46", "2026-w47", "2026-w48"
CONSENT = "Send me Half Turn by e-mail. I can leave at any time with one click."
GATE = [part for name in ("domains", "examples", "starter", "address") for part in ("--allow", name)]
"""What the last gate says of letters from a domain that does not exist."""


def seconds(moment: str) -> str:
    return str(int(dt.datetime.fromisoformat(moment).timestamp()))


@dataclass
class Journey:
    """The publication, its servers, a browser, and the letters that have been read."""

    letter: Path
    url: str
    post: Postfix
    port: int
    upstream: int
    tls: ssl.SSLContext
    page: sync_api.Page
    read: int = 0
    environ: dict[str, str] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    bounced: EmailMessage | None = None

    def does(self, *words: str, at: str, told: str = "", code: int = 0) -> str:
        """What a command says at this moment."""
        environ = {**os.environ, **self.environ, "SOURCE_DATE_EPOCH": seconds(at)}
        with Started(
            "tipsheet", *words, cwd=self.letter, env=environ,
            stdin=told, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        ) as program:  # fmt: skip
            said = "".join(part.decode() for part in program.communicate())
        assert program.returncode == code, said
        return said

    @contextmanager
    def service(self, at: str) -> Iterator[Service]:
        """``tipsheet web`` at work where nginx expects it, at this moment."""
        told = {**self.environ, "SOURCE_DATE_EPOCH": seconds(at), "TIPSHEET_THROUGH": "smtp"}
        options = ("--trusted-hop", "127.0.0.1", "--port", str(self.upstream))
        with web(self.letter, self.url, *options, environ=told) as running:
            wait_for(self.upstream, running.process)
            yield running
            # It may be at a letter that nobody waits for here. A sender that is killed keeps its letters for a while,
            # and the clock of this journey stands still.
            running.process.send_signal(signal.SIGTERM)
            code, said = running.ended()
            assert code == 0, said

    def letters(self, count: int) -> list[EmailMessage]:
        """So many new letters, once they are there; no more may come."""
        found = [
            email.message_from_bytes(raw, policy=email.policy.default) for raw in self.post.delivered(self.read + count)
        ]
        assert len(found) == self.read + count, [letter["Subject"] for letter in found]
        new = [letter for letter in found if str(letter["Message-ID"]) not in self.known]
        self.known |= {str(letter["Message-ID"]) for letter in found}
        self.read += count
        return new

    def asks(self, method: str, url: str, body: str = "") -> tuple[int, Mapping[str, str]]:
        """Status and headers for a program that is no browser: a scanner of links, a mailbox provider."""
        parts = urlsplit(url)
        connection = HTTPSConnection("127.0.0.1", self.port, context=self.tls, timeout=PATIENCE)
        try:
            headers = {"Host": parts.netloc, "Content-Type": "application/x-www-form-urlencoded"}
            connection.request(method, f"{parts.path}?{parts.query}".rstrip("?"), body or None, headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status, dict(answer.getheaders())
        finally:
            connection.close()


def text_of(letter: EmailMessage, kind: str = "plain") -> str:
    found = letter.get_body((kind,))
    assert found is not None
    return str(found.get_content())


def links_of(letter: EmailMessage) -> list[str]:
    return [link.replace("&amp;", "&") for link in re.findall(r'href="(https://[^"]+)"', text_of(letter, "html"))]


@pytest.fixture
def journey(store_url: str, tmp_path: Path, launch: Launch) -> Iterator[Journey]:
    """Everything at work before the first reader comes."""
    letter = copy_of_sample(tmp_path / "letter")
    place = tmp_path / "nginx"
    place.mkdir(mode=0o755)
    port, upstream = free_port(), free_port()
    site = f"root {letter}/site; location / {{ try_files $uri $uri/index.html =404; }}"
    command, tls = nginx(place, port, upstream, site={urlsplit(SITE).netloc: site})
    with (
        running_postfix() as post,
        (place / "log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log) as process,
    ):
        wait_for(port, process)
        rules = f"--host-resolver-rules=MAP *.example:443 127.0.0.1:{port}"
        browser = launch(rules)
        page = browser.new_context(ignore_https_errors=True).new_page()
        tls.check_hostname = False
        environ = {
            "TIPSHEET_SECRET": "a-secret-for-one-journey-and-nothing-else",
            "TIPSHEET_DATABASE_URL": store_url,
            "TIPSHEET_SMTP_URL": f"smtp://127.0.0.1:{post.port}",
        }
        try:
            yield Journey(letter, store_url, post, port, upstream, tls, page, environ=environ)
        finally:
            browser.close()
            process.terminate()


def test_the_way_of_a_reader(journey: Journey) -> None:
    """W17, and with it W1, W2, W5, W6, W7, W8, W9, W11, W12: from a form to a farewell."""
    for who, name in ((BO, "Bo"), (CY, "Cy")):
        told = ("--source", "fair in Utrecht", "--confirmed", "--first-name", name)
        journey.does("subscribers", "add", who, *told, at=SATURDAY)
    journey.does("publish", *GATE, at=SATURDAY, code=4)  # an old issue is held; the series begins
    journey.does("deliveries", "cancel", OLD, at=SATURDAY, told="y\n")
    with journey.service(SUNDAY):
        confirm = comes_in(journey)
        looking_changes_nothing(journey, confirm)
        confirms(journey, confirm)
    is_welcomed(journey)
    issue = gets_the_issue_for_managers(journey)
    with journey.service(TUESDAY):
        chooses_one_a_month(journey, issue)
        leaves_by_one_click(journey, issue)
    somebody_elses_letter_comes_back(journey)
    the_next_issue_passes_them_over(journey)
    the_record_tells_it_all(journey)


def comes_in(journey: Journey) -> EmailMessage:
    """The form on the site, and the letter that it causes."""
    page = journey.page
    page.goto(f"{SITE}/subscribe/")
    page.fill("#ts-first", "Ada")
    page.fill("#ts-last", "Lovelace")
    page.fill("#ts-email", ADA)
    page.check('input[name="segments"][value="managers"]')
    page.check('form.ts-form input[name="consent"]')
    page.click("form.ts-form button[type=submit]")
    page.wait_for_url(f"{SERVICE}/**")
    sync_api.expect(page.locator("h1")).to_contain_text("look into your mail", ignore_case=True)
    assert ADA not in page.content()
    (letter,) = journey.letters(1)
    assert letter["To"] == ADA
    assert all(word not in letter.as_string() for word in ("Ada", "Lovelace"))
    return letter


def looking_changes_nothing(journey: Journey, letter: EmailMessage) -> None:
    """A scanner opens every link of the letter, and so does the reader; nobody is on the list by it."""
    for link in links_of(letter):
        for method in ("GET", "HEAD"):
            status, headers = journey.asks(method, link)
            assert status == 200, link
            assert "Set-Cookie" not in headers
    journey.page.goto(next(link for link in links_of(letter) if "/confirm/" in link))
    assert CONSENT in journey.page.inner_text("main")
    rows = journey.does("subscribers", "export", at=SUNDAY).splitlines()
    assert not [row for row in rows if ADA in row and "confirmed" in row]


def confirms(journey: Journey, letter: EmailMessage) -> None:
    """The button; a second press of it is no second consent."""
    journey.page.click("main form button")
    journey.page.locator("h1", has_text="on the list").wait_for()
    assert journey.page.context.cookies() == []
    said = journey.does("subscribers", "show", ADA, at=SUNDAY)
    assert "confirmed" in said
    assert CONSENT in said


def is_welcomed(journey: Journey) -> None:
    """The welcome letter comes once, and speaks to managers."""
    for _ in range(2):
        journey.does("publish", "--no-build", *GATE, at=SUNDAY)
    (letter,) = journey.letters(1)
    assert (letter["To"].addresses[0].addr_spec, "Welcome" in letter["Subject"]) == (ADA, True)
    assert "You lead people who sell" in text_of(letter)


def gets_the_issue_for_managers(journey: Journey) -> EmailMessage:
    """The issue of Tuesday: one letter each, and hers has what is for managers."""
    journey.does("publish", *GATE, at=TUESDAY)
    found = {letter["To"].addresses[0].addr_spec: letter for letter in journey.letters(3)}
    assert set(found) == {ADA, BO, CY}
    for_managers = {who for who, letter in found.items() if MANAGERS_ONLY in " ".join(text_of(letter).split())}
    assert for_managers == {ADA}
    journey.bounced = found[BO]
    return found[ADA]


MANAGERS_ONLY = "the quick quote is usually your doing"


def chooses_one_a_month(journey: Journey, issue: EmailMessage) -> None:
    """The page of preferences, by the link in the letter."""
    page = journey.page
    page.goto(next(link for link in links_of(issue) if link.startswith(f"{SERVICE}/preferences/")))
    assert page.is_checked('input[name="segments"][value="managers"]')
    page.check('input[name="frequency"][value="monthly"]')
    page.click('form:has(input[name="frequency"]) button[type=submit]')
    page.locator("main", has_text="Saved").wait_for()
    page.reload()
    assert page.is_checked('input[name="frequency"][value="monthly"]')


def leaves_by_one_click(journey: Journey, issue: EmailMessage) -> None:
    """As Gmail does it (RFC 8058): a POST to the address in the header, without a cookie, and no redirect."""
    assert issue["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    target = re.search(r"<(https://[^>]+)>", str(issue["List-Unsubscribe"]))
    assert target
    for _ in range(2):
        status, headers = journey.asks("POST", target[1], "List-Unsubscribe=One-Click")
        assert (status, headers.get("Set-Cookie"), headers.get("Location")) == (200, None, None)
    assert "unsubscribed" in journey.does("subscribers", "show", ADA, at=TUESDAY)


def somebody_elses_letter_comes_back(journey: Journey) -> None:
    """A report about Bo's letter, as their provider writes it (RFC 3464)."""
    assert journey.bounced is not None
    report = DSN.format(to=journey.bounced["Return-Path"], who=BO, head=headers_of(journey.bounced))
    journey.does("inbox", "receive", "--keep", str(journey.letter.parent / "kept"), at=NEXT, told=report)
    assert "bounced" in journey.does("subscribers", "show", BO, at=NEXT)


def headers_of(letter: EmailMessage) -> str:
    return "\n".join(f"{name}: {letter[name]}" for name in ("From", "To", "Subject", "Message-ID", "Date"))


DSN = """\
Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.example.com>
To: {to}
Subject: Undelivered Mail Returned to Sender
Date: Tue, 17 Nov 2026 07:20:00 +0100
Message-ID: <dsn-1@mx.example.com>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=us-ascii

The address does not exist.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com
Arrival-Date: Tue, 17 Nov 2026 07:15:00 +0100

Final-Recipient: rfc822; {who}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--b
Content-Type: text/rfc822-headers

{head}

--b--
"""


def the_next_issue_passes_them_over(journey: Journey) -> None:
    """Who left and whose address does not exist get nothing more."""
    journey.does("publish", *GATE, at=NEXT)
    (letter,) = journey.letters(1)
    assert letter["To"].addresses[0].addr_spec == CY


def the_record_tells_it_all(journey: Journey) -> None:
    """``subscribers show``: each step with the words that were shown."""
    said = journey.does("subscribers", "show", ADA, at=NEXT)
    for word in (CONSENT, f"{SERVICE}/subscribe", f"{SERVICE}/leave/", "confirmed", "unsubscribed", FIRST):
        assert word in said, said
    assert SECOND not in said
    logs = "".join(file.read_text() for file in journey.letter.parent.glob("nginx/*log"))
    tokens = re.findall(rf"{SERVICE}/\w+/([\w.-]{{20,}})", said)
    assert all(token not in logs for token in tokens)
