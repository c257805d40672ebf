"""W18: a letter promises the ways to unsubscribe that are set up, and one without any goes to no reader."""

import email
import email.policy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import html

from tests.cli.conftest import MAIL, Run
from tests.cli.test_gate import ISSUE, SECRET, names
from tests.delivery.sink import Sink, running

URL = "https://lists.sheet.test/leave/TOKEN"
EDITOR = "mailto:ada@sheet.test?subject=unsubscribe%20TOKEN"
LEAVE = "leave+TOKEN@sheet.test"
LINK = f"mailto:{LEAVE}?subject=unsubscribe%20TOKEN"


@dataclass(frozen=True)
class Expected:
    """What a letter shows, and what the gate and `doctor` say of it. ``foot`` are links, with their words."""

    header: str = ""
    one_click: bool = False
    foot: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    gate: tuple[str, ...] = ()
    doctor: tuple[str, ...] = ()


CASES = {
    "none": ("", Expected(gate=("unsubscribe",), doctor=("error unsubscribe",))),
    "mailbox": (
        "service: {mailbox: lists@sheet.test}",
        Expected(
            header=f"<{LINK}>",
            foot=(f"Unsubscribe by mail: {LINK}",),
            text=(f"Unsubscribe by mail: {LEAVE}",),
            doctor=("ok unsubscribe", "warning one click"),
        ),
    ),
    "url": (
        "service: {url: https://lists.sheet.test}",
        Expected(
            header=f"<{URL}>, <{EDITOR}>",
            one_click=True,
            foot=(f"Unsubscribe with one click: {URL}",),
            text=(f"Unsubscribe with one click: {URL}",),
            doctor=("ok unsubscribe", "ok one click"),
        ),
    ),
    "both": (
        "service: {url: https://lists.sheet.test, mailbox: lists@sheet.test}",
        Expected(
            header=f"<{URL}>, <{LINK}>",
            one_click=True,
            foot=(f"Unsubscribe with one click: {URL}", f"by mail: {LINK}"),
            text=(f"Unsubscribe with one click: {URL}", f"Unsubscribe by mail: {LEAVE}"),
            doctor=("ok unsubscribe", "ok one click"),
        ),
    ),
    "an address of one's own": (
        "mail: {unsubscribe_url: 'https://my.sheet.test/out?who=@@token@@'}",
        Expected(
            header=f"<https://my.sheet.test/out?who=TOKEN>, <{EDITOR}>",
            one_click=True,
            foot=("Unsubscribe with one click: https://my.sheet.test/out?who=TOKEN",),
            text=("Unsubscribe with one click: https://my.sheet.test/out?who=TOKEN",),
            doctor=("ok unsubscribe", "ok one click"),
        ),
    ),
    "a mail address of one's own": (
        "mail: {unsubscribe_email: out@sheet.test}",
        Expected(
            header="<mailto:out@sheet.test?subject=unsubscribe%20TOKEN>",
            foot=("Unsubscribe by mail: mailto:out@sheet.test?subject=unsubscribe%20TOKEN",),
            text=("Unsubscribe by mail: out@sheet.test, subject: unsubscribe TOKEN",),
            doctor=("ok unsubscribe", "warning one click"),
        ),
    ),
    "no https": (
        "service: {url: 'http://lists.sheet.test'}",
        Expected(
            header=f"<{URL.replace('https', 'http')}>, <{EDITOR}>",
            foot=(f"Unsubscribe: {URL.replace('https', 'http')}",),
            text=(f"Unsubscribe: {URL.replace('https', 'http')}",),
            gate=("one-click",),
            doctor=("ok unsubscribe", "error one click"),
        ),
    ),
    "the address of an example": (
        "service: {mailbox: lists@example.org}",
        Expected(
            header="<mailto:leave+TOKEN@example.org?subject=unsubscribe%20TOKEN>",
            foot=("Unsubscribe by mail: mailto:leave+TOKEN@example.org?subject=unsubscribe%20TOKEN",),
            text=("Unsubscribe by mail: leave+TOKEN@example.org",),
            gate=("unsubscribe", "examples"),
            doctor=("error unsubscribe", "warning one click"),
        ),
    ),
}


@pytest.fixture
def sink(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    with running(Sink()) as sink:
        monkeypatch.setenv("TIPSHEET_SMTP_URL", f"smtp://127.0.0.1:{sink.port}")
        monkeypatch.setenv("TIPSHEET_SECRET", SECRET)
        yield sink


def set_up(folder: Path, line: str) -> None:
    file = folder / "mkdocs.yml"
    file.write_text(file.read_text().replace(MAIL, f"      {line}\n"))


@pytest.mark.parametrize("name", CASES)
def test_what_is_set_up_is_what_is_promised(name: str, own: Path, here: Run, sink: Sink) -> None:
    """W18: header, foot of the HTML, foot of the text, gate and doctor, for one setting."""
    line, expected = CASES[name]
    set_up(own, line)
    assert here("subscribers", "demo", 3).exit_code == 0
    assert here("build", "--strict").exit_code == 0
    assert here("send", ISSUE, "--to", "me@sheet.test").exit_code == 0  # a test to oneself
    assert seen(sink.accepted[0].message) == (expected.header, expected.one_click, expected.foot, expected.text)

    said = json.loads(here("doctor", "--json").stdout)
    about = [f"{one['severity'] or 'ok'} {one['subject']}" for one in said if one["subject"] in SUBJECTS]
    assert tuple(about) == expected.doctor

    sent = here("send", ISSUE, "--yes")
    assert (sorted(names(sent.stderr)), sent.exit_code) == (sorted(expected.gate), bool(expected.gate))


SUBJECTS = ("unsubscribe", "one click")


def seen(message: bytes) -> tuple[str, bool, tuple[str, ...], tuple[str, ...]]:
    """What a letter shows of ways to unsubscribe, with TOKEN for the reader's token."""
    parsed = email.message_from_bytes(message, policy=email.policy.default)
    body, text = (parsed.get_body((kind,)) for kind in ("html", "plain"))
    assert body is not None
    assert text is not None
    links = html.fromstring(body.get_content()).iter("a")
    shown = [f"{' '.join(link.text_content().split())}: {link.get('href')}" for link in links]
    lines = text.get_content().splitlines()
    wanted = re.compile(r"unsubscribe|by mail", re.IGNORECASE).search
    return (
        anonymous(parsed["List-Unsubscribe"] or ""),
        parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click",
        tuple(anonymous(one) for one in shown if wanted(one)),
        tuple(anonymous(line) for line in lines if wanted(line)),
    )


def anonymous(text: str) -> str:
    return text.replace("your-own-token", "TOKEN")  # that of a test to oneself


def test_nobody_can_allow_a_letter_without_a_way_to_unsubscribe(own: Path, here: Run, sink: Sink) -> None:
    """W18: the law asks for one; the other reasons can be allowed."""
    set_up(own, "")
    assert here("subscribers", "demo", 3).exit_code == 0
    assert here("build").exit_code == 0
    refused = here("send", ISSUE, "--yes")
    assert refused.exit_code == 1
    assert "neither an address on the web nor a mailbox is set up" in refused.stderr
    assert "unsubscribe cannot be allowed" in refused.stderr
    assert "--allow" not in refused.stderr
    allowed = here("send", ISSUE, "--yes", "--allow", "unsubscribe")
    assert (allowed.exit_code, "'unsubscribe' cannot be allowed: the law asks" in allowed.stderr) == (2, True)
    assert sink.sessions == 0


def test_a_letter_built_before_is_not_sent_by_a_job_without_the_content(own: Path, here: Run, sink: Sink) -> None:
    """W18: the gate looks at the letter too, where nothing tells that its settings have changed."""
    set_up(own, "")
    assert here("subscribers", "demo", 3).exit_code == 0
    assert here("build").exit_code == 0
    file = own / "mkdocs.yml"
    file.write_text(file.read_text().replace("      # service:\n", "      service: {url: https://lists.sheet.test}\n"))
    for path in sorted((own / "content").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    refused = here("send", ISSUE, "--yes")
    assert names(refused.stderr) == ["unsubscribe"]
    assert "the letter holds no way to unsubscribe, which mkdocs.yml sets up" in refused.stderr
    assert "unsubscribe: the letter holds no way" in here("doctor").stdout


@pytest.mark.parametrize("line", [case[0] for case in CASES.values()], ids=CASES)
def test_a_provider_puts_in_its_own_way_to_unsubscribe(line: str, own: Path, here: Run) -> None:
    """W18: whatever is set up here."""
    set_up(own, line)
    exported = here("export", ISSUE, "--for", "mailchimp", "--json")
    assert exported.exit_code == 0, exported.output
    done = json.loads(exported.stdout)
    for kind in ("html", "text"):
        letter = Path(done[kind]).read_text("utf-8")
        assert letter.count("*|UNSUB|*") == 1
        assert not re.search(r"leave\+|unsubscribe\.invalid|mailto:out@", letter)


def test_the_site_promises_one_click_where_it_is_set_up(own: Path, here: Run) -> None:
    """W18: a reader agrees to what can be kept; the form on a page of its own, and that on others."""
    page, other = own / "site/subscribe/index.html", own / "site/index.html"
    for line, promised in (("subscribe: {url: 'https://form.sheet.test/'}", False), (CASES["url"][0], True)):
        set_up(own, line)
        assert here("build").exit_code == 0
        words = " ".join(html.fromstring(page.read_bytes()).text_content().split())
        assert "I can leave at any time" in words
        assert ("with one click" in words) is promised
        assert ("Leave with one click." in other.read_text("utf-8")) is promised
        file = own / "mkdocs.yml"
        file.write_text(file.read_text().replace(f"      {line}\n", MAIL))
