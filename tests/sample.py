"""The sample publication as tests see it."""

import datetime as dt
import shutil
from dataclasses import dataclass
from pathlib import Path

from tipsheet.model.publication import Publication
from tipsheet.press import Built

ROOT = Path(__file__).parent.parent
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


def copy_of_sample(target: Path) -> Path:
    """The sample's sources in a folder of their own, so that what a build remembers stays there."""
    for name in ("content", "overrides"):
        shutil.copytree(ROOT / name, target / name)
    for name in ("mkdocs.yml", "words.txt"):
        shutil.copy(ROOT / name, target)
    return target
