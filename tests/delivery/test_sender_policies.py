"""W16: SPF (RFC 7208) and DMARC (RFC 9989), record by record, as a receiver reads them from DNS."""

import ipaddress
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.delivery.dns_server import dns_server
from tipsheet.delivery.online import authentication, spf

HERE = Path(__file__).parent
SPF = yaml.safe_load((HERE / "spf.yaml").read_text("utf-8"))
DMARC = yaml.safe_load((HERE / "dmarc.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", SPF, ids=lambda case: case["records"][0].partition("TXT ")[2])
def test_what_an_spf_record_says_of_a_host(case: dict[str, Any]) -> None:
    """W16."""
    with dns_server(case["records"]) as known:
        for address, expected in case["says"].items():
            try:
                said: str = spf.verdict(known.lookups(), "sheet.test", ipaddress.ip_address(address))
            except spf.SpfError:
                said = "error"
            assert said == expected, address


@pytest.mark.parametrize("case", DMARC, ids=lambda case: case["domain"])
def test_the_record_of_dmarc_that_counts(case: dict[str, Any]) -> None:
    """W16: found by walking up the names, in eight questions at most."""
    with dns_server(case["records"]) as known:
        lookups = known.lookups()
        assert authentication.organizational_domain(lookups, case["domain"]) == case["organizational"]
        asked = [question.removeprefix("_dmarc.").removesuffix(". TXT") for question in known.asked]
        found = authentication.discover(lookups, case["domain"])
    assert ([found.record.domain, found.policy] if found else []) == case["policy"]
    assert len(asked) <= 8
    assert case.get("asked", asked) == asked


def test_a_record_without_end_is_looked_at_for_a_while() -> None:
    """W16: a record that names others without end costs a receiver, and us, no more than some questions."""
    records = [f'{n}.test TXT "v=spf1 include:{n + 1}.test include:{n + 2}.test -all"' for n in range(60)]
    with dns_server([*records, 'sheet.test TXT "v=spf1 include:0.test -all"']) as known:
        seen = spf.survey(known.lookups(), "sheet.test")
        assert len(known.asked) < 60
    assert seen is not None
    assert any("receivers ask 10" in fault for fault in seen.faults)
