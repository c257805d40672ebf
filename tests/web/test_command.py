"""``tipsheet web`` as a process: it answers, and ends when it is told to."""

import signal
from pathlib import Path

import pytest

from tests.web.builders import left_by_a_build
from tests.web.processes import web
from tipsheet.web.guards import HopError, hops_of


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_it_answers_until_it_is_stopped(store_url: str, tmp_path: Path, told: signal.Signals) -> None:
    """W14"""
    left_by_a_build(tmp_path / "outbox")
    with web(tmp_path, store_url, "--trusted-hop", "127.0.0.1", "--trusted-hop", "10.0.0.0/8") as running:
        assert running.asked("GET", "/readyz") == (200, "ok\n")
        assert running.asked("GET", "/nothing", Host="evil.example")[0] == 421
        running.process.send_signal(told)
        code, said = running.ended()
    assert (code, "Traceback" in said) == (0, False)


def test_a_hop_is_a_network(sqlite_url: str, tmp_path: Path) -> None:
    """W14"""
    left_by_a_build(tmp_path / "outbox")
    with web(tmp_path, sqlite_url, "--trusted-hop", "proxy.example") as running:
        code, said = running.ended()
    assert code == 2
    assert "'proxy.example' does not appear to be an IPv4 or IPv6 network" in said
    with pytest.raises(HopError):
        hops_of({"TIPSHEET_TRUSTED_HOPS": "10.0.0.0/8 x"})
    assert hops_of({"TIPSHEET_TRUSTED_HOPS": "10.0.0.0/8 ::1 unix"}) == ("10.0.0.0/8", "::1", "unix")


def test_an_outbox_without_a_service_is_told(sqlite_url: str, tmp_path: Path) -> None:
    with web(tmp_path, sqlite_url) as running:
        code, said = running.ended()
    assert code != 0
    assert "nothing for the service" in said
