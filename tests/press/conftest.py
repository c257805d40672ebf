"""The sample publication, built once for all tests that look at it."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tipsheet.model.publication import Publication
from tipsheet.press import Built, build, prepare

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Sample:
    """What was built, and from what."""

    built: Built
    publication: Publication

    @property
    def site(self) -> Path:
        return self.built.site_dir

    @property
    def outbox(self) -> Path:
        return self.built.outbox_dir


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """Half Turn as seen at `NOW`, strictly: a warning is a failure."""
    folder = tmp_path_factory.mktemp("sample")
    built = build(ROOT, now=NOW, site_dir=folder / "site", outbox_dir=folder / "outbox", strict=True)
    publication = prepare(ROOT, now=NOW).publication
    assert publication is not None
    return Sample(built, publication.out())
