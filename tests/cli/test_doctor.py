"""``tipsheet doctor``: everything that is missing, at once, with a remedy, and no connection unless asked."""

import json
import subprocess
from pathlib import Path

import pytest
import trustme

from tests.cli.conftest import Run
from tests.delivery.dns_server import dns_server
from tests.delivery.servers import mail_server, scripted
from tests.delivery.test_dkim import ED25519
from tests.delivery.test_online import server_context
from tests.delivery.web_server import web_server
from tipsheet.cli.doctor import tables

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
            "one click",
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


RECORDS = (
    'sheet.test TXT "v=spf1 mx -all"',
    "sheet.test MX 10 mail.sheet.test.",
    "mail.sheet.test A 192.0.2.10",
    "10.2.0.192.in-addr.arpa PTR mail.sheet.test.",
    '_dmarc.sheet.test TXT "v=DMARC1; p=none; rua=mailto:reports@sheet.test"',
    "lists.sheet.test A 127.0.0.1",
    "www.sheet.test A 127.0.0.1",
)


@pytest.mark.parametrize(
    ("answers", "records", "expected"),
    [
        ("leave", RECORDS, (0, [])),
        (
            "redirect",
            RECORDS[1:],
            (1, ["error SPF", "error one click", "error one click"]),
        ),
        ("page-alone", (), (1, ["error SPF", "error DMARC", "error reverse DNS", "error certificates", "error MX"])),
    ],
)
def test_online(  # noqa: PLR0917 - a row of the table, and where
    answers: str,
    records: tuple[str, ...],
    expected: tuple[int, list[str]],
    own: Path,
    here: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """W16: the command on a right set-up and on wrong ones, with DNS, web server and mail server of its own."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(own / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(own / "authority.pem"))
    monkeypatch.setenv("TIPSHEET_SECRET", SECRET)
    context = server_context(authority, ["lists.sheet.test", "www.sheet.test"], None)
    assert here("subscribers", "demo", 2).exit_code == 0
    with (
        web_server(context) as web,
        dns_server(records) as known,
        mail_server(name="mail.sheet.test") as (port, _),
    ):
        monkeypatch.setenv("TIPSHEET_SMTP_URL", f"smtp://127.0.0.1:{port}")
        file = own / "mkdocs.yml"
        text = file.read_text().replace("lists.sheet.test/leave/", f"lists.sheet.test:{web.port}/{answers}/")
        file.write_text(text.replace("www.sheet.test/", f"www.sheet.test:{web.port}/"))
        result = here("doctor", "--online", "--resolver", known.address, "--json")
        words = here("doctor", "--online", "--resolver", known.address)
    found = [one for one in json.loads(result.stdout) if one["subject"] != "mail server"]
    wrong = [f"{one['severity']} {one['subject']}" for one in found if one["severity"]]
    if not records:
        wrong.remove("error one click")  # no address either
    assert (result.exit_code, wrong) == expected
    assert {*tables()["Examinations with --online"]} - {one["subject"] for one in found} <= {"alignment"}
    assert ("Ready to send." in words.stderr) is (expected[0] == 0)
    assert SECRET not in result.output + words.output


def test_online_without_a_network(own: Path, here: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """W16: one clear finding, and what can be said without is said."""
    found = findings(here, "--online", "--resolver", "127.0.0.1:9")
    assert found["network"] == [("error", "DNS cannot be asked, so that nothing was looked at online")]
    assert not set(found) & {"SPF", "DMARC", "MX"}
    assert found["address"][0][0] is None


@pytest.mark.parametrize("options", [("--resolver", "9.9.9.9"), ("--online", "--resolver", "dns.example")])
def test_a_resolver_that_cannot_be_asked(options: tuple[str, ...], own: Path, here: Run) -> None:
    assert here("doctor", *options).exit_code == 2


def test_help_says_what_is_looked_at(here: Run) -> None:
    """W16: from the tables of examinations, each of which is described."""
    said = " ".join(here("doctor", "--help").stdout.split())
    for title, examinations in tables().items():
        assert title in said
        for name, sentence in examinations.items():
            assert sentence.endswith(".")
            assert f"{name} {sentence.rstrip('.')}" in said
