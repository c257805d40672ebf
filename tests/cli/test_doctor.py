"""``tipsheet doctor``: everything that is missing, at once, with a remedy, and no connection unless asked."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.delivery.servers import mail_server, scripted
from tests.delivery.test_dkim import ED25519

SECRET = "a secret that is long enough for tests"  # noqa: S105


def findings(here: Run, *options: str) -> dict[str, list[tuple[str | None, str]]]:
    """What was found, by subject."""
    found: dict[str, list[tuple[str | None, str]]] = {}
    for finding in json.loads(here("doctor", "--json", *options).stdout):
        assert finding["severity"] is None or finding["remedy"]
        found.setdefault(finding["subject"], []).append((finding["severity"], finding["message"]))
    return found


def test_a_fresh_publication_is_told_all_that_it_lacks(here: Run) -> None:
    result = here("doctor")
    assert result.exit_code == 1
    assert "5 things missing." in result.stderr
    assert {subject: [severity for severity, _ in found] for subject, found in findings(here).items()} == {
        "secret": ["error"],
        "store": ["warning"],
        "address": ["error"],
        "unsubscribe": ["error"],
        "domains": ["error"],
        "mail server": ["error"],
    }


def test_a_publication_in_order(own: Path, here: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPSHEET_SECRET", SECRET)
    assert here("subscribers", "demo", 2).exit_code == 0
    with mail_server() as (port, post):
        monkeypatch.setenv("TIPSHEET_SMTP_URL", f"smtp://127.0.0.1:{port}")
        offline = findings(here)
        assert offline["mail server"] == [(None, f"smtp://127.0.0.1:{port}, not asked; --connect asks it")]
        online = findings(here, "--connect")
        result = here("doctor", "--connect")
    assert (result.exit_code, result.stderr) == (0, "Ready to send.\n")
    assert online["store"][0][0] is None
    assert online["mail server"][0][0] is None
    assert online["mail server"][1] == ("warning", f"smtp://127.0.0.1:{port} does not offer PIPELINING")
    assert post.arrived == []
    assert all(secret not in str((offline, online)) for secret in (SECRET,))


def test_a_server_that_will_not_have_us(own: Path, here: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted("554 5.7.1 listed") as (port, _):
        monkeypatch.setenv("TIPSHEET_SMTP_URL", f"smtp://127.0.0.1:{port}")
        found = findings(here, "--connect")["mail server"]
    assert found == [("error", f"smtp://127.0.0.1:{port} does not want us: 554 5.7.1 listed")]


def test_another_secret_than_the_stores(own: Path, here: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPSHEET_SECRET", SECRET)
    assert here("subscribers", "demo", 2).exit_code == 0
    monkeypatch.setenv("TIPSHEET_SECRET", SECRET[::-1])
    assert [severity for severity, _ in findings(here)["store"]] == ["error"]


def test_a_store_that_git_would_take(own: Path, here: Run) -> None:
    subprocess.run(["git", "init", "-q"], cwd=own, check=True)
    assert [severity for severity, _ in findings(here)["store"]] == ["warning"]
    (own / ".gitignore").unlink()
    assert findings(here)["store"][-1] == (
        "error", "git does not ignore audience.db, so that it may be committed by mistake",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "subject", "message"),
    [
        (
            "lists.sheet.test",
            "other.test",
            "domains",
            ("warning", "From is at sheet.test, but unsubscribing is at other.test"),
        ),
        (
            "https://lists.sheet.test",
            "http://lists.sheet.test",
            "unsubscribe",
            ("error", "the address to unsubscribe is not https"),
        ),
        (
            "      mail:\n",
            "      delivery: {bounces: b@mail.provider.test}\n      mail:\n",
            "domains",
            ("warning", "From is at sheet.test, but bounces come back to mail.provider.test"),
        ),
    ],
)
def test_what_filters_would_frown_at(  # noqa: PLR0917 - a row of the table, and where
    old: str, new: str, subject: str, message: tuple[str, str], own: Path, here: Run
) -> None:
    file = own / "mkdocs.yml"
    file.write_text(file.read_text().replace(old, new))
    assert message in findings(here)[subject]


def test_the_record_for_dns_is_shown(own: Path, here: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """D16."""
    file = own / "mkdocs.yml"
    file.write_text(
        file.read_text().replace("      mail:\n", "      delivery: {dkim: [{selector: s1}]}\n      mail:\n")
    )
    assert findings(here)["signature"] == [("error", "TIPSHEET_DKIM_KEY, which should hold the DKIM key, is not set")]
    monkeypatch.setenv("TIPSHEET_DKIM_KEY", ED25519)
    ((severity, record),) = findings(here)["signature"]
    assert severity is None
    assert record.startswith('s1._domainkey.sheet.test TXT "v=DKIM1; k=ed25519; p=')
    assert "PRIVATE" not in record


def test_mistakes_in_the_settings_come_first(here: Run, letter: Path) -> None:
    (letter / "mkdocs.yml").write_text("site_name: x\n")
    assert here("doctor").exit_code == 1


def test_a_server_that_wants_a_login_is_noticed(own: Path, here: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes connections from anybody, and letters from those who log in."""
    said = ("220 x", "250-x\n250 AUTH PLAIN", "530 5.7.0 Authentication required", "250 OK", "221 bye")
    with scripted(*said) as (port, heard):
        monkeypatch.setenv("TIPSHEET_SMTP_URL", f"smtp://127.0.0.1:{port}")
        ((severity, message),) = findings(here, "--connect")["mail server"]
    assert severity == "error"
    assert "does not take letters from us: 530 5.7.0 Authentication required. It offers a login" in message
    assert [line.split()[0] for line in heard] == ["ehlo", "mail", "rset", "QUIT"]
