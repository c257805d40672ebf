"""The sample publication as tests see it."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from tipsheet.model.publication import Publication
from tipsheet.press import Built

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
