"""Fixtures that every test may use, and the rule that CI skips nothing."""

import gc
import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

from tests.folders import write_publication
from tests.installed import remember_what_is_installed
from tests.sample import NOW, Sample, copy_of_sample
from tests.soak import LONG
from tipsheet.last_build import BuildOptions
from tipsheet.press import build, prepare

pytest_plugins = ["tests.databases"]

# Where Python may not write bytecode, each of the programs that tests start would compile all its modules anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# What a shell starts in the background ignores Ctrl-C, and so would the programs that tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

remember_what_is_installed()

# The same examples each time, so that nobody is stopped by what was there before; `make soak` looks for new ones. Busy
# machines stop any example for half a second; pytest's own limit ends a test that hangs.
settings.register_profile("tipsheet", derandomize=not LONG, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tipsheet")

# Objects of ten thousand tests are no garbage: to look through them again and again took half the time of a collection
# of tests, and a tenth of that of the tests. What tests leave is looked for less often, and at the end.
gc.disable()
gc.set_threshold(20_000, 10, 10)


Write = Callable[[Mapping[str, str]], Path]


@pytest.fixture
def publication(tmp_path: Path) -> Write:
    """Write a publication that is right by default; files that are given replace or add to it."""

    def write(files: Mapping[str, str] | None = None) -> Path:
        return write_publication(tmp_path / "publication", files or {})

    return write


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: tests wait for disks, browsers and clocks a third of their time."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(trylast=True)  # Hypothesis marks its tests before
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Count no lines in tests of laws, whose hundred examples pass those that others count."""
    for item in items:
        if item.get_closest_marker("hypothesis"):
            item.add_marker(pytest.mark.no_cover)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Look for garbage among what tests make, and not among the tests."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """Half Turn as seen at `NOW`, built strictly: a warning is a failure.

    All workers of a run share it: the first builds it, and the others find that nothing has changed since.
    """
    ours = tmp_path_factory.getbasetemp()
    home = (ours.parent if "PYTEST_XDIST_WORKER" in os.environ else ours) / "sample"
    folder, site, outbox = home / "publication", home / "site", home / "outbox"
    home.mkdir(exist_ok=True)
    with FileLock(home / "lock"):
        if not folder.exists():
            copy_of_sample(folder)
    built = build(folder, BuildOptions(site_dir=site, outbox_dir=outbox, strict=True, all_letters=True), now=NOW)
    publication = prepare(folder, now=NOW).publication
    assert publication is not None
    return Sample(built, publication.out())


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """In CI a test that would be skipped has failed: what it needs should have been installed."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("TIPSHEET_FORBID_SKIPS") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be: {report.longrepr}"
