"""Letters through a real postfix, read back by a parser that shares no code with ours or with Python's."""

import email
import email.policy
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fast_mail_parser import parse_email

from tests.cli.conftest import made_ones_own, run
from tests.delivery import postfix
from tests.delivery.builders import Direct
from tests.delivery.postfix import Postfix, running, sink
from tipsheet.delivery.channel import Envelope
from tipsheet.delivery.senders import SENDERS

pytestmark = [
    pytest.mark.postfix,
    pytest.mark.skipif(not postfix.AVAILABLE, reason="postfix is not installed, or this is not root"),
]

IN_TIME = ("--now", "2026-11-17T07:12")
STARTER = [part for name in ("starter", "examples", "address", "domains") for part in ("--allow", name)]
"""What the last gate says of a fresh publication."""
MACHINES = (
    "List-Id",
    "List-Archive",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Feedback-ID",
    "Message-ID",
    "Date",
    "MIME-Version",
    "Content-Type",
)
LETTER = b"From: a@sheet.test\r\nSubject: One\r\n\r\n.\r\nFrom here\r\n..\r\n"


@pytest.fixture
def server() -> Iterator[Postfix]:
    with running() as server:
        yield server


@pytest.fixture
def letter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh publication with a few subscribers."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795338000")
    monkeypatch.setenv("TIPSHEET_SECRET", "a secret that is long enough for tests")
    folder = tmp_path / "letter"
    assert run("init", folder, "--name", "Größer Fragen").exit_code == 0
    made_ones_own(folder)
    config = folder / "mkdocs.yml"
    served = config.read_text("utf-8").replace("      # service:\n", "      service: {url: https://lists.sheet.test}\n")
    config.write_text(served, "utf-8")
    assert run("-C", folder, "subscribers", "demo", "25").exit_code == 0
    return folder


def test_what_is_published_arrives_whole(server: Postfix, letter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """D14, D15: both parts, every header for machines, none of them an encoded word; each reader has one."""
    monkeypatch.setenv("TIPSHEET_SMTP_URL", f"smtp://127.0.0.1:{server.port}")
    result = run("-C", letter, "publish", *IN_TIME, "--json", *STARTER)
    assert result.exit_code == 0, result.output
    counts = json.loads(result.stdout)[0]["status"]["counts"]
    arrived = server.delivered(counts["sent"])
    assert len(arrived) == counts["sent"] > 10
    seen = set()
    for raw in arrived:
        read = parse_email(raw)
        (text,), (html,) = read.text_plain, read.text_html
        assert "Ada wrote this one herself" in text
        assert "Ada wrote this one herself" in html
        assert "=?" not in read.subject
        head = raw.partition(b"\n\n")[0].decode()
        for name in MACHINES:
            (value,) = re.findall(rf"^{name}: (.*(?:\n[ \t].*)*)", head, re.MULTILINE)
            assert "=?" not in value
            assert read.headers[name] == [value]
        https, mailto = re.fullmatch(r"<(https://.+)>, <(mailto:.+)>", read.headers["List-Unsubscribe"][0]).groups()
        assert re.search(r"/leave/[A-Za-z0-9]{32}$", https)
        assert mailto.startswith("mailto:ada@sheet.test?subject=unsubscribe%20")
        assert read.headers["List-Unsubscribe-Post"][0] == "List-Unsubscribe=One-Click"
        assert len(read.headers["Message-ID"][0]) <= 78
        assert read.headers["Delivered-To"][0] not in read.headers["Message-ID"][0]
        seen.add((read.headers["Delivered-To"][0], read.headers["Message-ID"][0]))
        assert not email.message_from_bytes(raw, policy=email.policy.default).defects
    assert len(seen) == len({who for who, _ in seen}) == counts["sent"]


def test_a_test_letter_arrives(server: Postfix, letter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """D19."""
    monkeypatch.setenv("TIPSHEET_SMTP_URL", f"smtp://127.0.0.1:{server.port}")
    assert run("-C", letter, "build", *IN_TIME).exit_code == 0
    result = run("-C", letter, "send", "2026-w47", "--to", "me@example.org")
    assert result.exit_code == 0, result.output
    (raw,) = server.delivered(1)
    assert b"Delivered-To: me@example.org\n" in raw


def test_refusals_in_a_pipeline_do_not_shift_the_answers(server: Postfix, tmp_path: Path) -> None:
    """D18, and 5xx at RCPT between letters that are taken; dots stay; SMTPUTF8 is offered by postfix."""
    environ = {"TIPSHEET_SMTP_URL": f"smtp://127.0.0.1:{server.port}"}
    channel = Direct(SENDERS["smtp"].open(environ, tmp_path)())
    assert channel.smtputf8
    ann, nobody, other, zoe = (
        Envelope("a@sheet.test", recipient, smtputf8=not recipient.isascii())
        for recipient in ("ann@example.org", "nobody@example.org", "x@elsewhere.test", "zoë@example.org")
    )
    answers = []
    order = [ann, nobody, other, zoe, ann]
    for envelope, following in zip(order, [*order[1:], None], strict=True):
        receipt = channel.offer(envelope, LETTER)
        answers.append((receipt or channel.finish(None if receipt else following)).enhanced)
    channel.close()
    assert answers == ["2.0.0", "5.1.1", "5.7.1", "2.0.0", "2.0.0"]
    arrived = server.delivered(3)
    assert all(raw.endswith(b"\n\n.\nFrom here\n..\n") for raw in arrived)
    assert sum("Delivered-To: zoë@example.org".encode() in raw for raw in arrived) == 1


def test_a_letter_that_is_too_long_is_refused_and_the_next_goes(server: Postfix, tmp_path: Path) -> None:
    channel = Direct(SENDERS["smtp"].open({"TIPSHEET_SMTP_URL": f"smtp://127.0.0.1:{server.port}"}, tmp_path)())
    ann = Envelope("a@sheet.test", "ann@example.org")
    long = LETTER + b"x" * 900 + b"\r\n" + (b"y" * 70 + b"\r\n") * 4000
    receipt = channel.offer(ann, long) or channel.finish(ann)
    assert (receipt.code, receipt.enhanced) == (552, "5.3.4")
    assert channel.offer(ann, LETTER) is None
    assert channel.finish(None).accepted
    channel.close()
    assert len(server.delivered(1)) == 1


@pytest.mark.parametrize("options", [(), ("-p",)], ids=["pipelining", "lock-step"])
def test_smtp_sink_takes_what_we_send(options: tuple[str, ...], tmp_path: Path) -> None:
    """The sink that the benchmark measures against understands us, with and without PIPELINING."""
    ann = Envelope("a@sheet.test", "ann@example.org")
    with sink(*options) as port:
        channel = Direct(SENDERS["smtp"].open({"TIPSHEET_SMTP_URL": f"smtp://127.0.0.1:{port}"}, tmp_path)())
        for number in range(50):
            assert channel.offer(ann, LETTER) is None
            assert channel.finish(ann if number < 49 else None).accepted
        channel.close()
